/*
 * cms: S/MIME by libcrypto: the cms*.c files, the only ones that call it.
 *
 * Not by gpgsm, which encrypts only to certificates whose chain it trusts (ours
 * are pinned by fingerprint, whoever issued them), opens neither AES-GCM nor
 * RSA-OAEP, verifies no RSASSA-PSS, and keeps what it meets.
 *
 * What strangers send is parsed by psirtd-cms (crypto/cms_open.h), a process of
 * its own for each operation, with no files and no network.  When it needs a
 * private key it asks us, and we ask the agent, as we do to sign: nobody here
 * has the key.
 *
 * Certificates lie in the ring (crypto/ring.h): smime/FINGERPRINT.pem to
 * encrypt to, and our own together in smime/own.pem.
 */
#ifndef CRYPTO_CMS_H
#define CRYPTO_CMS_H

#include "crypto/agent.h"
#include "crypto/engine.h"

/* What an engine has kept, or NULL; then NULL. */
void cms_forget(struct cms_kept **kept);

/* Rows of engines[]: see there.  AES-256-CBC enveloped-data, RFC 8551. */
int cms_encrypt(struct engine *g, const char *signer, const char *recipient,
	const struct crypto_input *in, struct crypto_output *out,
	struct err *e);
int cms_decrypt(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e);
/* Both in one file. */
int cms_verify(struct engine *g, const struct crypto_input *signed_bytes,
	const struct crypto_input *signature, struct arena *a,
	struct unsealed *u, struct err *e);
int cms_open(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e);
/* In process: what is signed is ours.  SHA-256, our chain without its root. */
int cms_sign(struct engine *g, const char *signer,
	const struct crypto_input *in, struct buf *out, const char **micalg_r,
	struct err *e);
int cms_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e);

/*
 * Facts about a stranger's certificate, PEM or DER, with the certificate itself
 * as `minimal`, by psirtd-cms.  Permanent error when there is none.
 */
must_check int cms_examine_apart(const struct engine_options *o,
	struct span certificate, struct arena *a, struct key_facts *k,
	struct err *e);

/*
 * The same here, of what the administrator or the store gives: the first
 * certificate in PEM, with the certificate itself as
 * `minimal`.  Permanent error when there is none.
 */
must_check int cms_examine(
	struct span pem, struct arena *a, struct key_facts *k, struct err *e);

/* Facts about the certificate among those in PEM that has this fingerprint, as
 * cms_examine() gives them; "" is the first. */
must_check int cms_find(struct span pem, const char *fingerprint,
	struct arena *a, struct key_facts *k, struct err *e);

/*
 * Does the certificate that has this FINGERPRINT among those in PEM, our own,
 * lead to a root that this machine trusts (OpenSSL's default paths), as one for
 * mail?  Then a stranger's mail program will show the signature as good.
 */
bool cms_is_public(struct span pem, const char *fingerprint);

/* A private key with its certificates, as PKCS#12 (RFC 7292) has them. */
struct cms_container {
	struct agent_secret secret;
	const char *certificates; /* PEM: its own, then its chain */
	struct key_facts facts; /* of its own */
};

/*
 * Open a PKCS#12 file, however it is encrypted; all in A, which is wiped.  1; 0
 * when PASSPHRASE is not its; -1 when it is none, or its key is neither RSA nor
 * on a curve that the agent knows.
 */
must_check int cms_read_container(struct span file, const char *passphrase,
	struct arena *a, struct cms_container *c, struct err *e);

#endif
