/*
 * agent: the gpg-agent that holds the secret keys, seen from outside.
 *
 * GnuPG says "no secret key" when it means "no agent": before a message is
 * blamed, the agent is asked whether it is there.
 */
#ifndef CRYPTO_AGENT_H
#define CRYPTO_AGENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Which secret key: its public half.  RSA, or EC with an uncompressed point. */
struct agent_key {
	struct span modulus, exponent; /* big-endian */
	const char *curve; /* "prime256v1"; "" for RSA */
	struct span point;
};

/* A secret key itself, on its way into the agent.  Big-endian numbers. */
struct agent_secret {
	struct agent_key public;
	struct span d; /* RSA and EC */
	struct span p, q, u; /* RSA: p < q, u = 1/p mod q */
};

/* 0 when the agent behind SOCKET greets; else temporary, 4.3.0. */
must_check int agent_check(const char *socket, struct err *e);

/* Which agent it is: another number after each start, 0 when there is none. */
int64_t agent_incarnation(const char *socket);

/*
 * The bare private operation of K on IN (PKDECRYPT): RSA without padding, or
 * the shared point of ECDH, uncompressed.  The result is appended to OUT, as a
 * number without leading zeros or as a point.  1; 0 when the agent does not
 * hold the key, or IN is not for it; -1 temporary.
 */
must_check int agent_use(const char *socket, const struct agent_key *k,
	struct span in, struct buf *out, struct err *e);

/*
 * Sign HASH, made by DIGEST ("sha256"), with K (PKSIGN).  Appended to OUT: for
 * RSA the number, PKCS#1 1.5, without leading zeros; for EC r and s, each as
 * long as the field.  0, or -1 temporary.
 */
must_check int agent_sign(const char *socket, const struct agent_key *k,
	const char *digest, struct span hash, struct buf *out, struct err *e);

/*
 * Give the agent a secret key, which it files without a passphrase
 * (IMPORT_KEY).  SOCKET is its own, not the extra one, where that is forbidden.
 * One that it has already is fine.
 */
must_check int agent_import(
	const char *socket, const struct agent_secret *secret, struct err *e);

/*
 * In the child that will become the agent: bind its two sockets (its own in
 * HOME, the extra one at SOCKET, mode 0660), and become `gpg-agent
 * --supervised` in the foreground.  Returns only on error.
 */
int agent_exec(const char *home, const char *socket, struct err *e);

#endif
