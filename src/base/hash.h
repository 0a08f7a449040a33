/*
 * hash: SHA-256, HMAC-SHA-256, random bytes, and their text forms.
 * libgcrypt (FIPS 180-4, RFC 2104) does the work; base32 is RFC 4648's
 * alphabet in lower case and without padding, because the tokens made of it
 * stand in the local part of addresses, which people and mail systems fold.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/buf.h"
#include "base/err.h"

#define HASH_BYTES 32
#define HASH_HEX (2 * HASH_BYTES + 1) /* with NUL */

struct hash {
	uint8_t bytes[HASH_BYTES];
};

struct hasher; /* one digest in work */

/* Once, before the sandbox closes and before any thread. */
void hash_open(void);

struct hash hash_of(struct span data);
struct hasher *hasher_new(void);
void hasher_add(struct hasher *h, const void *data, size_t len);
/* The digest; frees the hasher and sets *H to NULL. */
struct hash hasher_finish(struct hasher **h);

/* HMAC over the parts; each part goes in with its length in front of it. */
struct hash hmac_of(struct span key, const struct span *parts, size_t count);

/* From the kernel; never fails and blocks only in early boot. */
void random_bytes(void *out, size_t len);

/* Lower-case hex, LEN bytes into 2*LEN+1. */
void hex_of(const void *data, size_t len, char *text);
/* False unless TEXT is exactly 2*LEN hex digits. */
bool hex_parse(const char *text, void *data, size_t len);

/* CHARS characters of base32 over the first bytes of DATA, and a NUL. */
void base32_of(const void *data, size_t len, char *text, size_t chars);

/* In time that does not depend on where they differ. */
bool equal_secret(const void *a, const void *b, size_t len);

#endif
