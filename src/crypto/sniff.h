/*
 * sniff: a look at the outside of an OpenPGP message, without opening it.
 *
 * It walks the packets (RFC 4880, 4.2; RFC 9580 for those that GnuPG 2.2 does
 * not know) up to the first encrypted or compressed data, so that what gpg
 * cannot say, or says too late, is known before: how many keys it would try,
 * whether a password is asked for, which version it is.  Pure and bounded; runs
 * in the reader.
 */
#ifndef CRYPTO_SNIFF_H
#define CRYPTO_SNIFF_H

#include "base/memory.h"
#include "base/buf.h"

#define SNIFF_KEYS_MAX 32
#define SNIFF_BYTES 65536 /* looked at */

enum sniff_data {
	SNIFF_NOTHING, /* no packet that holds data */
	SNIFF_SEIPD1, /* integrity-protected: what gpg writes */
	SNIFF_SEIPD2, /* RFC 9580 AEAD */
	SNIFF_OCB, /* tag 20, GnuPG's own AEAD */
	SNIFF_SED, /* not integrity-protected */
	SNIFF_SIGNED, /* one-pass signature, signature, literal, compressed */
	SNIFF_MIXED, /* the same, and then ciphertext */
	SNIFF_KEY, /* a public or secret key */
	SNIFF__COUNT
};

struct sniff {
	enum sniff_data data;
	int recipients; /* public-key encrypted session keys */
	int passwords; /* symmetric-key encrypted session keys */
	int version; /* the highest packet version among them */
	char keys[8][17]; /* key IDs of the first recipients, upper-case hex */
};

/* BYTES: binary packets, or text with an armored block in it. */
struct sniff sniff_openpgp(struct span bytes);

/* The sniff as the text that a reading carries, and back. */
const char *sniff_text(struct arena *a, const struct sniff *s);
struct sniff sniff_parse(const char *text);

/* Does KEY, packets of a public key with its own signatures alone, say that it
 * takes AEAD? */
bool sniff_offers_aead(struct span key);

#endif
