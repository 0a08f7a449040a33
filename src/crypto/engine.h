/*
 * engine: cryptographic operations, without saying who does them.
 *
 * engines[] has one row a protocol; everything above works by it, so that an
 * engine in process can take a row one day.  Today GPGME with gpg does OpenPGP
 * (crypto/gnupg.c), libcrypto S/MIME (crypto/cms.h).
 * Input is a range of a file and large output a file, never a buffer: 50 MB
 * pass through.
 *
 * An engine is used by one thread.  Operations are bounded: processor time and
 * real time by the confined programs (src/confine.c), output by the caller.
 * -1 means that the operation could not be done here and now (agent gone, no
 * process, no space): temporary, never "unsigned" and never "wrong key".  What
 * the message itself is guilty of is data in struct unsealed.
 */
#ifndef CRYPTO_ENGINE_H
#define CRYPTO_ENGINE_H

#include "base/buf.h"
#include "crypto/verdict.h"

struct engine;

/* The texts must outlive the engine. */
struct engine_options {
	const char *ring; /* GNUPGHOME with the agent (crypto/ring.h) */
	const char *verify; /* the same keys without an agent */
	const char *scratch; /* directory for homes of one operation; tmpfs */
	const char *programs; /* directory of the confined gpg, psirtd-cms */
	const char *agent_socket;
	int64_t seconds, deadline; /* of one program: processor, real time */
};

struct crypto_input {
	int fd;
	int64_t at, len;
};

struct crypto_output {
	int fd; /* appended to */
	int64_t max;
	int64_t written; /* max + 1 when max was passed */
	bool armor; /* ASCII, CRLF at line ends: it becomes mail */
};

/* What a public key or certificate is. */
struct key_facts {
	enum protocol protocol;
	const char *fingerprint;
	/* Of the user IDs, one a line, or of the first SAN; "" if none. */
	const char *address;
	const char *minimal; /* armored export; NULL if not asked */
	int64_t created, expires; /* 0: never */
	bool usable; /* can encrypt now */
	bool revoked;
};

struct engine_operations {
	/*
	 * Decrypt into OUT, verifying what is signed within.  When the result
	 * has a problem, nothing that was written to OUT may be used.
	 */
	int (*decrypt)(struct engine *g, const struct crypto_input *in,
		struct crypto_output *out, struct arena *a, struct unsealed *u,
		struct err *e);
	/* A detached SIGNATURE over SIGNED_BYTES. */
	int (*verify)(struct engine *g, const struct crypto_input *signed_bytes,
		const struct crypto_input *signature, struct arena *a,
		struct unsealed *u, struct err *e);
	/* An opaque or clear signature: its content goes to OUT. */
	int (*open)(struct engine *g, const struct crypto_input *in,
		struct crypto_output *out, struct arena *a, struct unsealed *u,
		struct err *e);
	/* Sign by SIGNER, a fingerprint; detached, armor or base64 lines.
	 * *MICALG_R as multipart/signed has it, static. */
	int (*sign)(struct engine *g, const char *signer,
		const struct crypto_input *in, struct buf *out,
		const char **micalg_r, struct err *e);
	/*
	 * Encrypt to RECIPIENT, appended to OUT in armor or base64 lines; with
	 * SIGNER also sign (NULL: do not; S/MIME cannot, it signs a layer of
	 * its own).  -1 permanent: the recipient's key is not in the ring or
	 * cannot encrypt now.
	 */
	int (*encrypt)(struct engine *g, const char *signer,
		const char *recipient, const struct crypto_input *in,
		struct crypto_output *out, struct err *e);
	/* What the ring knows of a key by its ID, in words for an analyst; NULL
	 * when that is nothing.  S/MIME has no such IDs, and no such row. */
	const char *(*explain_key)(
		struct engine *g, const char *key_id, struct arena *a);
	/* Facts about a key in the ring: 1, 0 (not there) or -1. */
	int (*look_up)(struct engine *g, const char *fingerprint,
		struct arena *a, struct key_facts *k, struct err *e);
};

extern const struct engine_operations engines[PROTOCOL__COUNT];

struct engine *engine_open(const struct engine_options *o, struct err *e);
void engine_close(struct engine **g);
const struct engine_options *engine_options(const struct engine *g);

/* Parsed certificates, which an engine has as long as its ring.  For cms.c
 * alone: it makes them, engine_close() calls cms_forget(). */
struct cms_kept;
struct cms_kept **engine_certificates(struct engine *g);

/*
 * Look at KEY, armored or binary OpenPGP: exactly one public key without
 * secret parts, else a permanent error that says why.  Nothing of it stays.
 */
must_check int engine_examine(const struct engine_options *o, struct span key,
	struct arena *a, struct key_facts *k, struct err *e);

/*
 * The same for KEY, an OpenPGP key that is known as KNOWN: what either says of
 * it, so that nobody takes back an expiry or a revocation by sending an older
 * copy.
 */
must_check int engine_merge(const struct engine_options *o, struct span known,
	struct span key, struct arena *a, struct key_facts *k, struct err *e);

/*
 * Does our OpenPGP key in the ring say that it takes AEAD?  GnuPG 2.2 cannot
 * open what others then send (and 2.2.40 passes damaged OCB as good).
 */
must_check int engine_offers_aead(struct engine *g, const char *fingerprint,
	bool *offers_r, struct err *e);

/* Import OpenPGP KEYS into HOME, a GNUPGHOME that nobody uses yet.  *DONE_R is
 * how many went in before the one that did not. */
must_check int engine_import(const struct engine_options *o, const char *home,
	const struct span *keys, size_t n, size_t *done_r, struct err *e);

#endif
