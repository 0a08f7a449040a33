/* Facts about keys, keys from outside, and rings in the making. */
#include "crypto/gnupg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "crypto/sniff.h"

#define KEY_BYTES_MAX 65536

#define ADDRESSES_MAX 4096

/* Those of all user IDs; what does not fit is left out. */
static const char *
addresses_of(gpgme_key_t key, struct arena *a)
{
	struct buf lines = BUF_INIT(ADDRESSES_MAX);
	gpgme_user_id_t uid;
	const char *all;

	for (uid = key->uids; uid != NULL; uid = uid->next) {
		if (uid->address == NULL || uid->address[0] == '\0' ||
			uid->revoked || uid->invalid ||
			lines.len + strlen(uid->address) + 1 > ADDRESSES_MAX)
			continue;
		buf_printf(&lines, "%s%s", lines.len > 0 ? "\n" : "",
			uid->address);
	}
	all = arena_strdup(a, lines.data);
	buf_release(&lines);
	return all;
}

static void
fill_facts(gpgme_key_t key, struct arena *a, struct key_facts *k)
{
	*k = (struct key_facts){.protocol = PROTOCOL_OPENPGP,
		.fingerprint = arena_strdup(a, key->subkeys->fpr),
		.address = addresses_of(key, a),
		.created = key->subkeys->timestamp * SECOND,
		.expires = key->subkeys->expires * SECOND,
		.usable = gnupg_can_encrypt(key),
		.revoked = key->revoked};
}

int
openpgp_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e)
{
	gpgme_key_t key = gnupg_key(g, fingerprint);

	(void)e;
	if (key == NULL)
		return 0;
	fill_facts(key, a, k);
	return 1;
}

const char *
openpgp_explain_key(struct engine *g, const char *key_id, struct arena *a)
{
	struct buf b = BUF_INIT(400);
	gpgme_key_t key = gnupg_key(g, key_id);
	gpgme_subkey_t sub = key != NULL ? key->subkeys : NULL;
	char until[INSTANT_TEXT];
	const char *text;

	while (sub != NULL && strcmp(sub->keyid, key_id) != 0)
		sub = sub->next;
	if (sub == NULL)
		return NULL;
	buf_printf(&b, "%s %s", sub == key->subkeys ? "key" : "subkey of",
		key->subkeys->fpr);
	if (gnupg_expired(sub->expires))
		buf_printf(&b, ", expired %s",
			instant_iso(sub->expires * SECOND, until));
	if (key->revoked || sub->revoked)
		buf_puts(&b, ", revoked");
	if (!sub->can_encrypt)
		buf_puts(&b, ", not for encryption");
	text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

static int
make_scratch(
	const struct engine_options *o, char *path, size_t size, struct err *e)
{
	static const char conf[] =
		"no-autostart\ndisable-dirmngr\nno-auto-key-locate\n"
		"no-auto-check-trustdb\nno-random-seed-file\nlock-never\n";
	struct buf name = BUF_INIT(4096);
	int result;

	snprintf(path, size, "%s/scratch.%ld", o->scratch, (long)getpid());
	if (fs_remove_tree(path, e) == -1)
		return -1;
	if (mkdir(path, 0700) == -1)
		return err_errno(e, "%s", path);
	buf_printf(&name, "%s/gpg.conf", path);
	result = fs_replace_file(
		name.data, (struct span){conf, sizeof(conf) - 1}, 0600, e);
	buf_release(&name);
	return result;
}

/* Exactly one public key, or why not. */
static int
look_at(gpgme_ctx_t ctx, gpgme_data_t data, struct arena *a,
	struct key_facts *k, struct err *e)
{
	gpgme_key_t key, more;
	gpgme_error_t error;
	int result = 0;

	gpgme_data_seek(data, 0, SEEK_SET);
	if ((error = gpgme_op_keylist_from_data_start(ctx, data, 0)) != 0)
		return gnupg_fail(e, error, "key");
	error = gpgme_op_keylist_next(ctx, &key);
	if (error != 0) {
		gpgme_op_keylist_end(ctx);
		return err_permanent(e, "5.7.5", "no OpenPGP key in it");
	}
	if (key->secret)
		result = err_permanent(e, "5.7.5",
			"a secret key: it is compromised by having been sent");
	else
		fill_facts(key, a, k);
	gpgme_key_unref(key);
	while (gpgme_op_keylist_next(ctx, &more) == 0) {
		gpgme_key_unref(more);
		if (result == 0)
			result = err_permanent(
				e, "5.7.5", "more than one key in it");
	}
	gnupg_reap();
	return result;
}

/* In through one door, out through the other: what is left is minimal. */
static int
minimize(gpgme_ctx_t ctx, gpgme_data_t data, struct arena *a,
	struct key_facts *k, struct err *e)
{
	struct buf out = BUF_INIT(KEY_BYTES_MAX);
	scoped(gnupg_release_data) gpgme_data_t minimal = gnupg_buf(&out);
	gpgme_error_t error;
	gpgme_key_t key;

	gpgme_data_seek(data, 0, SEEK_SET);
	if ((error = gpgme_op_import(ctx, data)) == 0)
		error = gpgme_op_export(ctx, k->fingerprint,
			GPGME_EXPORT_MODE_MINIMAL, minimal);
	gnupg_reap();
	if (error == 0 && out.len > 0 &&
		(error = gpgme_get_key(ctx, k->fingerprint, &key, 0)) == 0) {
		fill_facts(key, a, k);
		gpgme_key_unref(key);
	}
	gnupg_reap();
	k->minimal = arena_strdup(a, out.data);
	buf_release(&out);
	if (error != 0)
		return gnupg_fail(e, error, "key");
	if (k->minimal[0] == '\0')
		return err_permanent(e, "5.7.5",
			"the key has no user ID that "
			"is signed by it");
	return 0;
}

int
engine_offers_aead(struct engine *g, const char *fingerprint, bool *offers_r,
	struct err *e)
{
	struct buf out = BUF_INIT(KEY_BYTES_MAX);
	scoped(gnupg_release_data) gpgme_data_t packets = gnupg_buf(&out);
	gpgme_error_t error;
	int armor = gpgme_get_armor(g->ring);

	gpgme_set_armor(g->ring, 0);
	error = gpgme_op_export(
		g->ring, fingerprint, GPGME_EXPORT_MODE_MINIMAL, packets);
	gpgme_set_armor(g->ring, armor);
	gnupg_reap();
	*offers_r = sniff_offers_aead(buf_view(&out));
	buf_release(&out);
	return error != 0 ? gnupg_fail(e, error, "key") : 0;
}

static gpgme_data_t
data_of(struct span key)
{
	gpgme_data_t data;

	if (gpgme_data_new_from_mem(&data, key.data, key.len, 0) != 0)
		abort();
	return data;
}

static int
import_known(gpgme_ctx_t ctx, struct span known, struct err *e)
{
	scoped(gnupg_release_data) gpgme_data_t data = data_of(known);
	gpgme_error_t error = known.len > 0 ? gpgme_op_import(ctx, data) : 0;

	gnupg_reap();
	return error != 0 ? gnupg_fail(e, error, "key") : 0;
}

int
engine_merge(const struct engine_options *o, struct span known, struct span key,
	struct arena *a, struct key_facts *k, struct err *e)
{
	scoped(gnupg_release_data) gpgme_data_t data = NULL;
	scoped(gnupg_release_context) gpgme_ctx_t ctx = NULL;
	char home[256];
	struct err ignored;
	int result = -1;

	if (key.len > KEY_BYTES_MAX)
		return err_permanent(
			e, "5.7.5", "larger than %d bytes", KEY_BYTES_MAX);
	gpgme_check_version(NULL); /* the library wants to be asked first */
	data = data_of(key);
	if (make_scratch(o, home, sizeof(home), e) == 0 &&
		gnupg_context(o, home, &ctx, e) == 0 &&
		look_at(ctx, data, a, k, e) == 0 &&
		import_known(ctx, known, e) == 0)
		result = minimize(ctx, data, a, k, e);
	gnupg_release_context(&ctx);
	if (fs_remove_tree(home, &ignored) == -1)
		log_event(LOG_WARNING, "scratch-left", LOG_ERR(&ignored));
	return result;
}

int
engine_examine(const struct engine_options *o, struct span key, struct arena *a,
	struct key_facts *k, struct err *e)
{
	return engine_merge(o, SPAN(""), key, a, k, e);
}

int
engine_import(const struct engine_options *o, const char *home,
	const struct span *keys, size_t n, size_t *done_r, struct err *e)
{
	scoped(gnupg_release_context) gpgme_ctx_t ctx = NULL;
	gpgme_import_result_t result;
	gpgme_error_t error;
	gpgme_data_t data;

	*done_r = 0;
	gpgme_check_version(NULL);
	if (gnupg_context(o, home, &ctx, e) == -1)
		return -1;
	for (; *done_r < n; ++*done_r) {
		if (gpgme_data_new_from_mem(&data, keys[*done_r].data,
			    keys[*done_r].len, 0) != 0)
			abort();
		error = gpgme_op_import(ctx, data);
		gpgme_data_release(data);
		gnupg_reap();
		result = gpgme_op_import_result(ctx);
		if (error != 0)
			return gnupg_fail(e, error, "import");
		if (result == NULL || result->considered == 0)
			return err_permanent(e, "5.7.5", "no key to import");
	}
	return 0;
}
