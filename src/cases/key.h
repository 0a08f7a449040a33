/*
 * key: what a public key of somebody else is to us.
 *
 *	(strange) -> aside -> pinned      the first one met; then proved
 *	(strange) -> differs -> pinned    another one: quarantine, until the key
 *	                                  before it or an analyst vouches for it
 *	aside, pinned -> retired          another one has taken its place
 *
 * One key of a person is in use: the pinned one, else the first that was set
 * aside.  One that differs is never used, neither to write to nor to believe.
 */
#ifndef CASES_KEY_H
#define CASES_KEY_H

#include "crypto/verdict.h"

enum key_state {
	KEY_STRANGE, /* not known: in no store */
	KEY_ASIDE,
	KEY_PINNED,
	KEY_DIFFERS,
	KEY_RETIRED,
	KEY__STATES
};

/* A key that came along: looked into, and minimal. */
struct input_key {
	enum protocol protocol;
	const char *fingerprint, *origin;
	const char *address; /* of its first user ID, or "" */
	const char *minimal; /* merged with what is known of it */
	int64_t expires; /* 0: never */
	bool revoked;
	bool inside; /* a layer that had to be opened: it may be signed */
	bool changed; /* we have it, with other bytes */
};

/* One that the store has. */
struct known_key {
	int64_t person;
	enum protocol protocol;
	enum key_state state;
	const char *fingerprint;
	int64_t first_seen, expires;
	bool revoked;
};

const char *key_state_name(enum key_state state);
/* -1 when no state has that name. */
int key_state_of(const char *name);

#endif
