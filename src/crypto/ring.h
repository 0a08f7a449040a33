/*
 * ring: read-only GnuPG homes made from the keys that the store holds.
 *
 *	keys/ring -> ring.0123456789abcdef     named by the hash of its keys
 *	keys/ring.../pubring.kbx gpg.conf
 *	keys/ring.../S.gpg-agent               redirects to the agent
 *	keys/ring.../smime/FINGERPRINT.pem     certificates to encrypt to
 *	keys/ring.../smime/own.pem             ours, to decrypt and sign by
 *	keys/ring.../verify/                   the same keys, no agent
 *
 * A ring is derived: it can be thrown away and made again.  It is built aside
 * under a lock, renamed into place, and the link is moved; who works with the
 * old one goes on until it looks at the link again.  Rings nobody uses are
 * removed by the next build (users hold a shared lock on the ring).
 */
#ifndef CRYPTO_RING_H
#define CRYPTO_RING_H

#include "crypto/engine.h"

#define RING_PATH 512

struct ring_key {
	enum protocol protocol;
	/* Checked to be in DATA; "" for "whatever is in it" (our own). */
	const char *fingerprint;
	struct span data; /* armor or PEM */
	bool own; /* the agent has the secret key */
};

/*
 * Make the ring of KEYS the current one, unless it is already.  O's ring and
 * verify are not looked at.  Permanent error: a key is not what it is said to
 * be (the text names it).
 */
must_check int ring_build(const char *keys_dir, const struct engine_options *o,
	const struct ring_key *keys, size_t n, struct err *e);

/*
 * The current ring, locked as in use: its home, and a descriptor that keeps it
 * until it is closed.
 */
must_check int ring_use(const char *keys_dir, char home[static RING_PATH],
	int *lock_r, struct err *e);

/* Is HOME still what the link says? */
bool ring_is_current(const char *keys_dir, const char *home);

#endif
