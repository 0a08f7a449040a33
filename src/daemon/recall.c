#include "daemon/recall.h"

#include <unistd.h>

#include "base/fs.h"
#include "base/utf8.h"

#define WORDS_MAX (8 << 20)

/* What lies sealed to our own key, into a new memory file. */
static int
unseal_own(struct desk *d, struct recalled *r, struct err *e)
{
	struct crypto_input in = {.fd = r->fd, .len = r->len};
	struct crypto_output out = {
		.max = d->conf->opened_size + d->conf->message_size};
	scoped(close_fd) int plain = -1;
	struct unsealed u;

	if (fs_memory_file("recalled", &plain, e) == -1)
		return -1;
	out.fd = plain;
	if (engines[PROTOCOL_OPENPGP].decrypt(
		    d->engine, &in, &out, r->arena, &u, e) == -1)
		return -1;
	if (u.problem != PROBLEM_NONE)
		return err_temporary(e, "4.3.5",
			"message %lld of the store cannot be unsealed: %s",
			(long long)r->message.id, seal_problem_name(u.problem));
	close_fd(&r->fd);
	r->fd = plain;
	r->len = out.written;
	plain = -1;
	return 0;
}

static int
read_words(struct recalled *r, struct err *e)
{
	struct buf text = BUF_INIT(WORDS_MAX), clean = BUF_INIT(WORDS_MAX);
	int result = fs_read_fd(r->fd, "words", &text, e);

	if (result == 0) {
		utf8_clean(&clean, buf_view(&text), UTF8_MANY_LINES);
		r->words = arena_dup(r->arena, clean.data, clean.len);
	}
	buf_release(&text);
	buf_release(&clean);
	return result;
}

static int
open_message(struct desk *d, int64_t id, struct recalled *r, struct err *e)
{
	struct opener by = desk_opener(d);
	int found = message_get(d->store, id, r->arena, &r->message, e);

	if (found != 1)
		return found == 0
			? err_bug(e, "store: no message %lld", (long long)id)
			: -1;
	if (message_open(d->store, id, &r->fd, &r->len, e) == -1)
		return -1;
	if (r->message.form != MESSAGE_RECEIVED && unseal_own(d, r, e) == -1)
		return -1;
	if (r->message.form == MESSAGE_WORDS)
		return read_words(r, e);
	if (opening_open(&by, r->fd, r->len, &r->opening, e) == -1)
		return -1;
	r->is_mail = true;
	return 0;
}

int
recall(struct desk *d, int64_t message, struct recalled *r, struct err *e)
{
	*r = (struct recalled){.fd = -1, .arena = arena_new()};
	if (open_message(d, message, r, e) == 0)
		return 0;
	recall_release(r);
	return -1;
}

void
recall_release(struct recalled *r)
{
	if (r->is_mail)
		opening_release(&r->opening);
	r->is_mail = false;
	close_fd(&r->fd);
	arena_free(&r->arena);
}
