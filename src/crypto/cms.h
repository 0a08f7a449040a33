/*
 * cms: S/MIME encryption by libcrypto, the one file that calls it.
 *
 * gpgsm encrypts only to certificates whose chain it trusts; ours are pinned by
 * fingerprint, whoever issued them.  Certificates lie in the ring as
 * smime/FINGERPRINT.pem (crypto/ring.h).
 */
#ifndef CRYPTO_CMS_H
#define CRYPTO_CMS_H

#include "crypto/engine.h"

/* Rows of engines[]: see there.  AES-256-CBC enveloped-data, RFC 8551. */
int cms_encrypt(struct engine *g, const char *signer, const char *recipient,
	const struct crypto_input *in, struct crypto_output *out,
	struct err *e);
int cms_look_up(struct engine *g, const char *fingerprint, struct arena *a,
	struct key_facts *k, struct err *e);

/*
 * Facts about the first certificate in PEM, with the certificate itself as
 * `minimal`.  Permanent error when there is none.
 */
must_check int cms_examine(
	struct span pem, struct arena *a, struct key_facts *k, struct err *e);

/* The same of the first one that is issued by itself: the root of a chain. */
must_check int cms_root(
	struct span pem, struct arena *a, struct key_facts *k, struct err *e);

#endif
