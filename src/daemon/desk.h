/*
 * desk: what somebody needs who works on cases: configuration, store, keys,
 * reader, templates.
 *
 * A worker has one for its life; the ring and the engine on it are renewed when
 * the store's keys change.  One thread.
 */
#ifndef DAEMON_DESK_H
#define DAEMON_DESK_H

#include "crypto/ring.h"
#include "daemon/opening.h"
#include "letters/letter.h"
#include "store/casebook.h"

#define OWNER_MAX 32

struct desk {
	const struct conf *conf;
	/* Our own and the analysts' keys, read before the sandbox closed. */
	struct arena *key_arena;
	struct ring_key *keys;
	size_t keys_count;
	struct buf secret;
	struct store *store;
	struct templates *templates;
	struct reader *reader;
	struct engine *engine;
	struct engine_options options;
	char ring[RING_PATH], verify[RING_PATH + 8];
	int ring_lock;
	int64_t ring_version; /* keys_version() when it was looked at */
	struct buf own_key; /* armored */
	struct buf autocrypt;
	struct letter_self self;
	struct policy_analyst analysts[CONF_ANALYSTS_MAX];
	struct policy policy;
	char owner[OWNER_MAX]; /* of leases */
	/* Everybody's mail program trusts our certificate. */
	bool public_certificate;
};

/*
 * Open everything: OWNER is the name of our leases.  CONF_FD is the
 * configuration's memory file.  Everything that reads files by name or starts
 * the reader happens here, before the sandbox closes.
 */
must_check int desk_open(struct desk *d, const struct conf *c, int conf_fd,
	const char *owner, struct err *e);
void desk_close(struct desk *d);

/* Renew ring and engine when the store has other keys than they have. */
must_check int desk_refresh_ring(struct desk *d, struct err *e);

struct opener desk_opener(struct desk *d);

/* The store and the policy alone: for who needs no keys.  Closed by
 * desk_close(). */
must_check int desk_open_store(
	struct desk *d, const struct conf *c, const char *owner, struct err *e);

/* Ring and engine without a store: `psirtctl inspect`. */
must_check int desk_open_crypto(
	struct desk *d, const struct conf *c, int conf_fd, struct err *e);

#endif
