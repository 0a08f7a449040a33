/*
 * dialect: what a letter in clear is signed with.
 *
 * To a program that knows nothing of OpenPGP, its signature is an attachment
 * that cannot be opened; one by S/MIME that nobody vouches for is a warning.
 * Then no signature is better: DKIM says whose letter it is, and our key is
 * attached.
 *
 *	how they wrote      we sign by
 *	OpenPGP             OpenPGP
 *	S/MIME              S/MIME, if we have a certificate
 *	neither             S/MIME, if ours is by an authority that all trust
 *
 * Only the outermost layer counts, which everybody could see: the
 * acknowledgement must not depend on what was decrypted.  Pure.
 */
#ifndef DAEMON_DIALECT_H
#define DAEMON_DIALECT_H

#include "base/conf.h"
#include "crypto/verdict.h"
#include "mail/reading.h"

/*
 * The own key to sign with, and its protocol; NULL: do not sign.  R is the mail
 * that is answered, or NULL; PUBLIC is cms_is_public() of our certificate.
 */
const char *dialect_signer(const struct reading *r, const struct conf *c,
	bool public, enum protocol *protocol_r);

#endif
