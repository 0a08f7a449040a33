/*
 * keys: other people's public keys.  The store is the truth about them; rings
 * (crypto/ring.h) are made from it.
 *
 * A key is set aside when it is first met, and serves from then on for letters
 * that people write; it is never imported over one that is known.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "cases/decide.h"
#include "store/store.h"

struct person_key {
	enum protocol protocol;
	const char *fingerprint;
	bool pinned;
	int64_t expires;
};

/* Keep a key of the input.  In a transaction. */
must_check int key_keep(struct store *s, const struct input_key *k,
	int64_t person, bool differs, int64_t now, struct err *e);

/*
 * The key to write to a person with: pinned before aside, the first seen
 * first.  ONLY_PINNED leaves out what is aside.  1, 0 or -1.
 */
must_check int key_of_person(struct store *s, int64_t person, bool only_pinned,
	struct arena *a, struct person_key *k, struct err *e);

/* Does the person have exactly this key (known), or another (differs)? */
must_check int key_compare(struct store *s, int64_t person,
	const char *fingerprint, bool *known_r, bool *differs_r, struct err *e);

/* Each key that may be used: calls EACH, in an order that only the keys
 * determine. */
must_check int keys_each(struct store *s,
	int (*each)(void *arg, enum protocol protocol, const char *fingerprint,
		struct span data),
	void *arg, struct err *e);

/* How many keys there are: it changes when a ring must be made anew. */
must_check int keys_count(struct store *s, int64_t *count_r, struct err *e);

#endif
