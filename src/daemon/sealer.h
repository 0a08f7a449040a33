/*
 * sealer: an order becomes a sealed letter in the outbox, or waits.
 *
 * Before anything is written it is asked again whether the reader may still
 * have the letter (the order has not been cancelled) and has a key that can be
 * used now.  A letter on a sealed channel never leaves in the clear: without a
 * key it waits, and the analysts are told.
 */
#ifndef DAEMON_SEALER_H
#define DAEMON_SEALER_H

#include "daemon/desk.h"
#include "store/letters.h"

/* A message that the caller has open already, or NULL. */
struct held_message {
	int64_t message; /* its number */
	struct opening *opening;
	const struct message *about;
};

/*
 * Seal L, which is leased to D's owner.  0 when the order is closed (sealed,
 * waiting, or no longer ours); -1: temporary, it has been given back with a
 * wait.  HELD may be NULL.
 */
must_check int seal_order(struct desk *d, const struct letter *l,
	const struct held_message *held, struct err *e);

#endif
