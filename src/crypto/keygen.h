/*
 * keygen: the service's own secret keys, into the agent's home.
 *
 * For `psirtctl init` and `psirtctl key` only: it runs gpg as a program, in the
 * agent's home itself, and stops the agent that it starts.  Nothing else ever
 * touches secret keys.
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
 * Take over certificate and key from a PKCS#12 FILE, in any form that libcrypto
 * reads.  PUBLIC gets the certificates in PEM, the service's own first.  1; 0
 * when PASSPHRASE is not the file's.
 *
 * gpgsm 2.2 is not asked to read it: it knows only the older forms, and of
 * those it refuses one in eighty, whatever the passphrase (where its key
 * derivation, RFC 7292, B.2, comes by a block that begins with zeros it loses
 * them).
 */
must_check int keygen_import_smime(const char *home, const char *file,
	const char *passphrase, char fingerprint[static 48], struct buf *public,
	struct err *e);

/*
 * Let our key FINGERPRINT and its subkeys live for SPAN from now ("2y", "18m",
 * "90d", as gpg has it).  PUBLIC gets it, and behind it all others that HOME
 * has secret keys of, each in an armor of its own.  An agent that runs is used
 * and left running.
 */
must_check int keygen_renew(const char *home, const char *fingerprint,
	const char *span, struct buf *public, struct err *e);

/* Does an agent serve HOME already?  Then it is not ours to stop. */
bool keygen_agent_runs(const char *home);

/* Stop the agent of HOME that the above have started. */
void keygen_end(const char *home);

#endif
