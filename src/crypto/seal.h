/*
 * seal: an entity becomes a message that only its reader can read, or one that
 * anybody can read and check (RFC 3156, RFC 8551).
 *
 * OpenPGP is signed and encrypted in one operation (RFC 3156, 6.2), S/MIME
 * signed in a layer of its own inside the enveloped one.  What comes out is
 * 7 bit with CRLF line ends.
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "crypto/engine.h"

#define SEAL_BYTES_MAX (INT64_C(1) << 30)

struct seal_request {
	enum protocol protocol;
	/* Own key of that protocol, a fingerprint, or NULL: do not sign, and
	 * do not encrypt. */
	const char *signer;
	const char *recipient; /* fingerprint, or NULL: in clear */
	/* Header fields, CRLF, of the message: all but MIME-Version and
	 * Content-Type.  They are not protected by the encryption. */
	struct span outer;
	/* The payload with its own header, composed by mail/compose.h. */
	struct crypto_input entity;
};

/*
 * Append the message to OUT_FD, a memory file.  -1 temporary, or permanent with
 * status 5.7.5: the recipient's key cannot be used now.
 */
must_check int seal(struct engine *g, const struct seal_request *r, int out_fd,
	struct err *e);

/*
 * Seal LEN bytes to our own key, for rest in the store: an OpenPGP message in
 * binary armor, not signed.  Appended to OUT.
 */
must_check int seal_at_rest(struct engine *g, const char *own,
	const struct crypto_input *in, struct crypto_output *out,
	struct err *e);

#endif
