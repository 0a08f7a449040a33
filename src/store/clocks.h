/*
 * clocks: what becomes of leases and timers when the wall clock is set.
 *
 * The distance between the wall clock and the time since boot (clock_ahead())
 * only changes when somebody sets the clock.  The store keeps the distance that
 * was trusted last, at the start or at a reload, by which an administrator says
 * that the clock is right; and the one under which leases and waits were
 * written.  A change of up to CLOCK_JUMP_MAX is no jump.
 *
 * After a jump timers are frozen: an embargo must not end, and nobody be
 * reminded, because a clock is wrong.  They go on when it is back, or trusted.
 * Leases and waits are durations, so they move with the clock: a mail that is
 * to be tried again in five seconds does not wait for a day.
 */
#ifndef STORE_CLOCKS_H
#define STORE_CLOCKS_H

#include "base/clock.h"
#include "store/store.h"

#define CLOCK_JUMP_MAX (5 * MINUTE)

/* The clock is right.  Opens DIR/store.db by itself: for the supervisor, and
 * nothing else of the store may be open in it. */
must_check int clocks_trust(const char *dir, int64_t ahead, struct err *e);

/* By how much the clock has jumped since it was trusted; 0: it has not.  Own
 * transaction, when leases have to be moved.  0 or -1. */
must_check int clocks_jumped(
	struct store *s, int64_t ahead, int64_t *jump_r, struct err *e);

#endif
