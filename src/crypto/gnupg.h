/*
 * gnupg: the operations of GPGME for the table in crypto/engine.c, and what
 * the gnupg*.c files share.  Nobody else includes this header or calls GPGME.
 * What GnuPG 2.2.40 and GPGME 1.18 do that one would not expect is said where
 * it is dealt with.
 */
#ifndef CRYPTO_GNUPG_H
#define CRYPTO_GNUPG_H

#include <gpgme.h>

#include "crypto/engine.h"

#define KEYS_KEPT 128

struct engine {
	struct engine_options o;
	gpgme_ctx_t ring; /* decrypts, signs, encrypts */
	gpgme_ctx_t verify; /* a home without secret keys */
	bool encrypted; /* gpg has said that it wrote all of it */
	/* gpgme_get_key() costs more than a signature: keep what it gave. */
	gpgme_key_t kept[KEYS_KEPT];
	size_t kept_count;
	struct cms_kept *certificates; /* of crypto/cms.c, or NULL */
};

/* Data that reads a range (struct range), or writes to a crypto_output or a
 * buf; the handle must outlive it. */
struct range {
	const struct crypto_input *in;
	int64_t at;
};
gpgme_data_t gnupg_range(struct range *r);
gpgme_data_t gnupg_output(struct crypto_output *out);
gpgme_data_t gnupg_buf(struct buf *out);
/* For scoped(). */
void gnupg_release_data(gpgme_data_t *data);
void gnupg_release_context(gpgme_ctx_t *ctx);

/* Temporary, with GPGME's words; returns -1. */
int gnupg_fail(struct err *e, gpgme_error_t error, const char *what);

int gnupg_context(const struct engine_options *o, const char *home,
	gpgme_ctx_t *ctx_r, struct err *e);

/* After each operation: the programs that it started have come to us. */
void gnupg_reap(void);

/* The ring's key that has this fingerprint or key ID, of a subkey too; or
 * NULL. */
gpgme_key_t gnupg_key(struct engine *g, const char *name);
/* Our own; NULL is temporary. */
gpgme_key_t gnupg_signer(
	struct engine *g, const char *fingerprint, struct err *e);
bool gnupg_expired(long int expires);
bool gnupg_can_encrypt(gpgme_key_t key);

int openpgp_decrypt(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e);
int openpgp_verify(struct engine *g, const struct crypto_input *signed_bytes,
	const struct crypto_input *signature, struct arena *a,
	struct unsealed *u, struct err *e);
int openpgp_open(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e);
int openpgp_sign(struct engine *g, const char *signer,
	const struct crypto_input *in, struct buf *out, const char **micalg_r,
	struct err *e);
int openpgp_encrypt(struct engine *g, const char *signer, const char *recipient,
	const struct crypto_input *in, struct crypto_output *out,
	struct err *e);
const char *openpgp_explain_key(
	struct engine *g, const char *key_id, struct arena *a);
int openpgp_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e);

#endif
