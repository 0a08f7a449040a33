/*
 * keys: other people's public keys.  The store is the truth about them; rings
 * (crypto/ring.h) are made from it.  What their states mean: cases/key.h.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "cases/decide.h"
#include "store/store.h"

/* Of one person, for a decision: pinned first, then as they came. */
#define KEYS_OF_PERSON_MAX 32

struct person_key {
	enum protocol protocol;
	const char *fingerprint;
	bool pinned;
	int64_t expires;
};

/* A line of `key list`. */
struct key_line {
	struct known_key key;
	const char *address, *origin;
};

/*
 * Carry out a change: bytes if there are some, and the state; who gets a pinned
 * key has the one before retired.  In a transaction.
 */
must_check int key_change(struct store *s, const struct key_change *k,
	int64_t now, struct err *e);

/* All keys of a person who is forgotten.  In a transaction. */
must_check int keys_forget(struct store *s, int64_t person, struct err *e);

/*
 * What decide() needs to know: keys and addresses of the parties of C and of
 * WRITER (0: nobody).
 */
must_check int keys_ground(struct store *s, const struct case_file *c,
	int64_t writer, struct arena *a, struct ground *g, struct err *e);

/* The bytes that are known of a key, whoever's, or none; in A. */
must_check int key_bytes(struct store *s, const char *fingerprint,
	struct arena *a, struct span *data, struct err *e);

/*
 * The key to write to a person with: pinned before aside, the first seen
 * first.  ONLY_PINNED leaves out what is aside.  1, 0 or -1.
 */
must_check int key_of_person(struct store *s, int64_t person, bool only_pinned,
	struct arena *a, struct person_key *k, struct err *e);

/* The same of a key by its fingerprint, whoever's. */
must_check int key_of_fingerprint(struct store *s, const char *fingerprint,
	struct arena *a, struct person_key *k, struct err *e);

/* Each key that may be used: calls EACH, in an order that only the keys
 * determine. */
must_check int keys_each(struct store *s,
	int (*each)(void *arg, enum protocol protocol, const char *fingerprint,
		struct span data),
	void *arg, struct err *e);

/* Each key of everybody, by address. */
must_check int keys_list(struct store *s,
	int (*each)(void *arg, const struct key_line *k), void *arg,
	struct err *e);

/* A number that changes with every change of a key: rings must be made anew. */
must_check int keys_version(struct store *s, int64_t *version_r, struct err *e);

#endif
