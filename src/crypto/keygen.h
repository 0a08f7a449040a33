/*
 * keygen: the service's own secret keys, into the agent's home.
 *
 * For `psirtctl init` only: it runs gpg and gpgsm as programs, in the agent's
 * home itself, and stops the agent that they start.  Nothing else ever touches
 * secret keys.
 */
#ifndef CRYPTO_KEYGEN_H
#define CRYPTO_KEYGEN_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/engine.h"

/*
 * Make an OpenPGP key for USER_ID, "Example PSIRT <security@example.com>": to
 * sign by Ed25519 and to encrypt to by Curve25519, without a passphrase and
 * without an end.  FINGERPRINT gets its fingerprint, PUBLIC its armor.
 */
must_check int keygen_openpgp(const char *home, const char *user_id,
	char fingerprint[static 48], struct buf *public, struct err *e);

/* Take over the secret key in FILE instead. */
must_check int keygen_import_openpgp(const char *home, const char *file,
	char fingerprint[static 48], struct buf *public, struct err *e);

/*
 * Take over certificate and key from a PKCS#12 FILE (as gpgsm reads it:
 * `openssl pkcs12 -export -legacy`) whose passphrase is empty.  PUBLIC gets the
 * certificates in PEM, the service's own first.
 */
must_check int keygen_import_smime(const char *home, const char *file,
	char fingerprint[static 48], struct buf *public, struct err *e);

/* Stop the agent of HOME that the above have started. */
void keygen_end(const char *home);

#endif
