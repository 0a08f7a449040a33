/*
 * timers: what is due, as rows.  A due row is an input of decide() like a mail;
 * the transaction that decides it removes it or moves it on, so it is acted
 * upon once.
 */
#ifndef STORE_TIMERS_H
#define STORE_TIMERS_H

#include "cases/plan.h"
#include "store/store.h"

struct due_timer {
	int64_t case_id, due;
	enum timer_kind kind;
};

/* Set and clear those of a plan.  In a transaction. */
must_check int timers_change(
	struct store *s, const struct plan *p, struct err *e);

/* The earliest that is due and that nobody has leased: 1, 0 or -1. */
must_check int timer_due(struct store *s, const char *owner, int64_t now,
	int64_t until, struct due_timer *t, struct err *e);

/* Is it still set like that?  1, 0 or -1.  In a transaction. */
must_check int timer_is_set(
	struct store *s, const struct due_timer *t, struct err *e);

/* When the next one is due: 1, 0 (none) or -1. */
must_check int timer_next(struct store *s, int64_t *due_r, struct err *e);

#endif
