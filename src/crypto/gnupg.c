/* GPGME's data, contexts and keys; see crypto/gnupg.h. */
#include "crypto/gnupg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "crypto/cms.h"

#define ARMOR_PIECE 8192

int
gnupg_fail(struct err *e, gpgme_error_t error, const char *what)
{
	char text[128];

	gpgme_strerror_r(error, text, sizeof(text));
	return err_temporary(
		e, "4.3.0", "%s: %s (%s)", what, text, gpgme_strsource(error));
}

/* --- data: ranges of files in, counted bytes out --- */

static ssize_t
range_read(void *handle, void *buffer, size_t size)
{
	struct range *r = handle;
	int64_t left = r->in->len - r->at;
	ssize_t n;

	if ((int64_t)size > left)
		size = (size_t)left;
	do
		n = pread(r->in->fd, buffer, size, r->in->at + r->at);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		r->at += n;
	return n;
}

static off_t
range_seek(void *handle, off_t offset, int whence)
{
	struct range *r = handle;
	int64_t from = whence == SEEK_CUR ? r->at
		: whence == SEEK_END	  ? r->in->len
					  : 0;

	if (from + offset < 0 || from + offset > r->in->len) {
		errno = EINVAL;
		return -1;
	}
	return r->at = from + offset;
}

/* Refusing ends the operation; gpg then dies of SIGPIPE (see confine.c). */
static int
put(struct crypto_output *out, const char *data, size_t len)
{
	struct err e;

	if ((int64_t)len > out->max - out->written) {
		out->written = out->max + 1;
		errno = EFBIG;
		return -1;
	}
	if (fs_write_all(out->fd, data, len, &e) == -1)
		return -1;
	out->written += (int64_t)len;
	return 0;
}

/* Lines of gpg's armor end in LF.  By pieces: each write is a system call. */
static int
put_armor(struct crypto_output *out, const char *p, const char *end)
{
	char piece[ARMOR_PIECE];
	size_t n = 0;

	for (; p < end; p++) {
		if (*p == '\n')
			piece[n++] = '\r';
		piece[n++] = *p;
		if (n > sizeof(piece) - 2) {
			if (put(out, piece, n) == -1)
				return -1;
			n = 0;
		}
	}
	return put(out, piece, n);
}

static ssize_t
counted_write(void *handle, const void *buffer, size_t size)
{
	struct crypto_output *out = handle;
	int result = out->armor
		? put_armor(out, buffer, (const char *)buffer + size)
		: put(out, buffer, size);

	return result == -1 ? -1 : (ssize_t)size;
}

static ssize_t
buf_write(void *handle, const void *buffer, size_t size)
{
	struct buf *out = handle;

	buf_add(out, buffer, size);
	if (out->failed)
		errno = EFBIG;
	return out->failed ? -1 : (ssize_t)size;
}

static struct gpgme_data_cbs range_calls = {
	.read = range_read, .seek = range_seek};
static struct gpgme_data_cbs counted_calls = {.write = counted_write};
static struct gpgme_data_cbs buf_calls = {.write = buf_write};

void
gnupg_release_data(gpgme_data_t *data)
{
	if (*data != NULL)
		gpgme_data_release(*data);
	*data = NULL;
}

static gpgme_data_t
data_of(struct gpgme_data_cbs *calls, void *handle)
{
	gpgme_data_t data = NULL;

	if (gpgme_data_new_from_cbs(&data, calls, handle) != 0)
		abort(); /* only memory can be short here */
	return data;
}

gpgme_data_t
gnupg_range(struct range *r)
{
	return data_of(&range_calls, r);
}

gpgme_data_t
gnupg_output(struct crypto_output *out)
{
	return data_of(&counted_calls, out);
}

gpgme_data_t
gnupg_buf(struct buf *out)
{
	return data_of(&buf_calls, out);
}

/* --- contexts --- */

void
gnupg_release_context(gpgme_ctx_t *ctx)
{
	if (*ctx != NULL)
		gpgme_release(*ctx);
	*ctx = NULL;
}

/* The limits reach confine.c through the environment of what GPGME starts. */
static void
set_limits(const struct engine_options *o)
{
	char limits[64];

	snprintf(limits, sizeof(limits), "%lld:%lld",
		(long long)(o->seconds / SECOND),
		(long long)(o->deadline / SECOND));
	setenv("PSIRTD_CONFINE", limits, 1);
}

int
gnupg_context(const struct engine_options *o, const char *home,
	gpgme_ctx_t *ctx_r, struct err *e)
{
	struct buf path = BUF_INIT(4096);
	gpgme_error_t error;

	buf_printf(&path, "%s/gpg", o->programs);
	set_limits(o);
	if ((error = gpgme_new(ctx_r)) == 0) {
		gpgme_set_offline(*ctx_r, 1);
		gpgme_set_armor(*ctx_r, 1);
		error = gpgme_set_protocol(*ctx_r, GPGME_PROTOCOL_OpenPGP);
		if (error == 0)
			error = gpgme_ctx_set_engine_info(*ctx_r,
				GPGME_PROTOCOL_OpenPGP, path.data, home);
		if (error != 0)
			gnupg_release_context(ctx_r);
	}
	if (error != 0)
		gnupg_fail(e, error, path.data);
	buf_release(&path);
	return error != 0 ? -1 : 0;
}

/* GPGME does not see how gpg ends: killed, it has "succeeded", with no output
 * or the beginning of it.  This word comes when the output is closed. */
static gpgme_error_t
on_status(void *hook, const char *keyword, const char *arguments)
{
	struct engine *g = hook;

	(void)arguments;
	if (strcmp(keyword, "END_ENCRYPTION") == 0)
		g->encrypted = true;
	return 0;
}

struct engine *
engine_open(const struct engine_options *o, struct err *e)
{
	struct engine *g = xcalloc(1, sizeof(*g));

	gpgme_check_version(NULL);
	g->o = *o;
	if (gnupg_context(o, o->ring, &g->ring, e) == -1 ||
		gnupg_context(o, o->verify, &g->verify, e) == -1)
		engine_close(&g);
	if (g != NULL) {
		gpgme_set_status_cb(g->ring, on_status, g);
		if (gpgme_set_ctx_flag(g->ring, "full-status", "1") != 0)
			abort(); /* GPGME has it since 1.6 */
	}
	return g;
}

void
engine_close(struct engine **g)
{
	if (*g == NULL)
		return;
	while ((*g)->kept_count > 0)
		gpgme_key_unref((*g)->kept[--(*g)->kept_count]);
	cms_forget(&(*g)->certificates);
	gnupg_release_context(&(*g)->ring);
	gnupg_release_context(&(*g)->verify);
	free(*g);
	*g = NULL;
}

struct cms_kept **
engine_certificates(struct engine *g)
{
	return &g->certificates;
}

const struct engine_options *
engine_options(const struct engine *g)
{
	return &g->o;
}

/*
 * GPGME forks twice, so gpg is nobody's child but the subreaper's: ours.  By
 * now it has closed its status descriptor and is on its way out; who is not
 * yet gone is met the next time.
 */
void
gnupg_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static gpgme_key_t
kept_key(const struct engine *g, const char *name)
{
	gpgme_subkey_t sub;
	size_t i;

	for (i = 0; i < g->kept_count; i++)
		for (sub = g->kept[i]->subkeys; sub != NULL; sub = sub->next)
			if ((sub->fpr != NULL && strcmp(sub->fpr, name) == 0) ||
				strcmp(sub->keyid, name) == 0)
				return g->kept[i];
	return NULL;
}

static gpgme_key_t
get_and_keep(struct engine *g, gpgme_ctx_t ctx, const char *name, struct err *e)
{
	gpgme_key_t key = kept_key(g, name);
	gpgme_error_t error;

	if (key != NULL)
		return key;
	error = gpgme_get_key(ctx, name, &key, 0);
	gnupg_reap();
	if (error != 0) {
		(void)gnupg_fail(e, error, "key");
		return NULL;
	}
	if (g->kept_count == KEYS_KEPT)
		gpgme_key_unref(g->kept[--g->kept_count]);
	return g->kept[g->kept_count++] = key;
}

/* That it is absent is believed when two runs of gpg say so: one that is killed
 * lists nothing, too. */
gpgme_key_t
gnupg_key(struct engine *g, const char *name)
{
	struct err e;
	gpgme_key_t key = get_and_keep(g, g->ring, name, &e);

	return key != NULL ? key : get_and_keep(g, g->ring, name, &e);
}

gpgme_key_t
gnupg_signer(struct engine *g, const char *fingerprint, struct err *e)
{
	return get_and_keep(g, g->ring, fingerprint, e);
}

bool
gnupg_expired(long int expires)
{
	return expires > 0 && expires <= clock_now() / SECOND;
}

/* GPGME says what was true when it listed the key: look at the clock again. */
bool
gnupg_can_encrypt(gpgme_key_t key)
{
	gpgme_subkey_t sub;

	if (key->revoked || key->disabled || key->invalid ||
		gnupg_expired(key->subkeys->expires))
		return false;
	for (sub = key->subkeys; sub != NULL; sub = sub->next)
		if (sub->can_encrypt && !sub->revoked && !sub->disabled &&
			!sub->invalid && !gnupg_expired(sub->expires))
			return true;
	return false;
}
