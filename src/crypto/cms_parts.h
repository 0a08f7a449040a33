/*
 * cms_parts: what the cms*.c files share.  Nobody else includes this header or
 * calls libcrypto.
 */
#ifndef CRYPTO_CMS_PARTS_H
#define CRYPTO_CMS_PARTS_H

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "crypto/agent.h"
#include "crypto/engine.h"

/* Temporary, 4.3.0, with libcrypto's words, whose queue is emptied. */
int cms_fail(struct err *e, const char *what);

/* --- BIOs over what an engine reads and writes (cms_bio.c) --- */

struct cms_range {
	const struct crypto_input *in;
	int64_t at; /* how far it was read */
};

/* Both stay the caller's and must outlive the BIO. */
BIO *cms_source(struct cms_range *range);
BIO *cms_sink(struct crypto_output *out);

/* --- certificates (cms_certificate.c) --- */

#define CMS_CERTIFICATES_MAX 32 /* of one list */

/* The first certificate in PEM, the caller's; permanent error if none. */
X509 *cms_parse(struct span pem, struct err *e);
/* All of them, at most CMS_CERTIFICATES_MAX. */
STACK_OF(X509) * cms_parse_all(struct span pem);

/* The instant of T, 0 if it says none. */
int64_t cms_instant(const ASN1_TIME *t);
/* Facts, without `minimal`. */
void cms_facts(X509 *x, int64_t now, struct arena *a, struct key_facts *k);
/* Who issued X, among ALL, its signature checked; NULL if nobody. */
X509 *cms_issuer(X509 *x, STACK_OF(X509) * all);
/* The one that has this fingerprint, or NULL. */
X509 *cms_find_in(STACK_OF(X509) * all, const char *fingerprint);
/* PEM of it, appended. */
void cms_write_pem(X509 *x, struct buf *out);
/* "CN=Sam Finder,O=Test", ASCII. */
void cms_write_name(const X509_NAME *name, struct buf *out);
/* A key's big number as bytes, in A; empty if it has none of that NAME. */
struct span cms_number(const EVP_PKEY *key, const char *name, struct arena *a);
/* A public key as the agent wants it; false for other than RSA and EC. */
bool cms_agent_key(const EVP_PKEY *key, struct arena *a, struct agent_key *k);

/* --- a private key that is elsewhere (cms_key.c) --- */

/*
 * The private operations, done by somebody else, as agent_use() and
 * agent_sign() have them.  False when it was refused.  One may be NULL.
 */
struct cms_holder {
	bool (*use)(void *arg, int key, struct span in, struct buf *out);
	bool (*sign)(void *arg, int key, const char *digest, struct span hash,
		struct buf *out);
	void *arg;
};

/* The private key that belongs to X, the caller's; NULL for other than RSA and
 * EC.  KEY is what the holder calls it.  Both outlive the key. */
EVP_PKEY *cms_remote_key(X509 *x, const struct cms_holder *holder, int key);

#endif
