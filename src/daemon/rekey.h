/*
 * rekey: what lies sealed to an older key of ours is sealed to the one in use.
 *
 * In turns of a few seconds, each under a lease; where it has come to stands in
 * the store, so it goes on after a restart.  Mails that came encrypted are kept
 * as they came and are not touched: their key must be kept, too.
 */
#ifndef DAEMON_REKEY_H
#define DAEMON_REKEY_H

#include "daemon/desk.h"

struct rekeyed {
	int64_t done, failed; /* in this turn */
	int64_t left;
	bool finished; /* the last one was looked at */
};

/* One turn.  Temporary error: somebody else is at it. */
must_check int rekey_turn(struct desk *d, struct rekeyed *r, struct err *e);

#endif
