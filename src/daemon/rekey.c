#include "daemon/rekey.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "crypto/seal.h"
#include "store/messages.h"

#define TURN (5 * SECOND)
#define LEASE MINUTE

/* PLAIN gets the message, in memory. */
static int
unseal_message(struct desk *d, int64_t id, int plain, int64_t *len_r,
	struct arena *a, struct err *e)
{
	struct crypto_output out = {.fd = plain,
		.max = d->conf->opened_size + d->conf->message_size};
	struct crypto_input in = {.at = 0};
	scoped(close_fd) int fd = -1;
	struct unsealed u;

	if (message_open(d->store, id, &fd, &in.len, e) == -1)
		return -1;
	in.fd = fd;
	if (engines[PROTOCOL_OPENPGP].decrypt(d->engine, &in, &out, a, &u, e) ==
		-1)
		return -1;
	*len_r = out.written;
	return u.problem == PROBLEM_NONE
		? 0
		: err_permanent(e, "5.7.5", "message %lld: %s", (long long)id,
			  seal_problem_name(u.problem));
}

static int
replace(struct desk *d, int64_t id, const struct stored_bytes *b, struct err *e)
{
	struct hash old;
	bool has_file;

	fault_point("message-rekeyed");
	if (store_begin(d->store, e) == -1)
		return -1;
	if (message_reseal(d->store, id, d->conf->openpgp, b, &old, &has_file,
		    e) == -1 ||
		store_mark(d->store, "rekey-at", id, e) == -1) {
		store_rollback(d->store);
		return -1;
	}
	if (store_commit(d->store, e) == -1)
		return -1;
	return has_file ? message_unlink(d->store, &old, e) : 0;
}

static int
rekey_message(struct desk *d, int64_t id, struct err *e)
{
	struct crypto_output out = {.max = SEAL_BYTES_MAX};
	struct crypto_input in = {.at = 0};
	struct arena *a = arena_new();
	scoped(close_fd) int plain = -1;
	scoped(close_fd) int sealed = -1;
	struct stored_bytes b;
	int result = -1;

	if (fs_memory_file("unsealed", &plain, e) == 0 &&
		fs_memory_file("sealed", &sealed, e) == 0 &&
		unseal_message(d, id, plain, &in.len, a, e) == 0) {
		in.fd = plain;
		out.fd = sealed;
		if (seal_at_rest(d->engine, d->conf->openpgp, &in, &out, e) ==
				0 &&
			message_put(d->store, sealed, 0, out.written, a, &b,
				e) == 0)
			result = replace(d, id, &b, e);
	}
	arena_free(&a);
	return result;
}

static int
turn(struct desk *d, struct rekeyed *r, struct err *e)
{
	int64_t end = clock_monotonic() + TURN, at, id;
	int found;

	if (store_marked(d->store, "rekey-at", &at, e) == -1)
		return -1;
	while ((found = message_sealed_otherwise(d->store, d->conf->openpgp, at,
			&id, &r->left, e)) == 1 &&
		clock_monotonic() < end) {
		at = id;
		if (rekey_message(d, id, e) == 0) {
			r->done++;
			continue;
		}
		if (e->kind != ERR_PERMANENT)
			return -1;
		log_event(LOG_WARNING, "rekey-failed",
			LOG_NUMBER("message", id), LOG_ERR(e));
		r->failed++;
		if (store_mark(d->store, "rekey-at", at, e) == -1)
			return -1;
	}
	r->finished = found == 0;
	if (found == -1)
		return -1;
	return r->finished ? store_mark(d->store, "rekey-at", 0, e) : 0;
}

int
rekey_turn(struct desk *d, struct rekeyed *r, struct err *e)
{
	int64_t now = clock_now();
	int mine = store_claim(d->store, "rekey-lease", now, now + LEASE, e);
	struct err ignored;
	int result;

	*r = (struct rekeyed){.done = 0};
	if (mine == 0)
		return err_temporary(e, "4.3.0",
			"another rekey is running, or was until a minute ago");
	if (mine == -1)
		return -1;
	result = turn(d, r, e);
	/* What was sealed to the older key does not lie on in the log. */
	if (result == 0 && r->finished)
		result = store_empty_log(d->store, e);
	if (store_mark(d->store, "rekey-lease", 0, &ignored) == -1)
		log_event(LOG_WARNING, "rekey-lease", LOG_ERR(&ignored));
	return result;
}
