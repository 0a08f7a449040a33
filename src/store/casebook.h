/*
 * casebook: cases and their events in the store.
 *
 * A case is loaded by folding its events; its columns are a projection for
 * lists and routing.  Events form one chain over the whole store:
 *
 *	commitment = SHA-256(salt, payload)
 *	link = SHA-256(previous link, seq, case, kind, at, commitment)
 *
 * Salt and payload are a row of their own: forgotten, the link still verifies
 * and says only that something of that kind was there.
 */
#ifndef STORE_CASEBOOK_H
#define STORE_CASEBOOK_H

#include "cases/decide.h"
#include "store/store.h"

/* A line of `case list`. */
struct case_line {
	const char *public_id, *state, *assignee, *finder, *merged_into;
	const char *class;
	const char *severity, *tlp; /* "" if nobody has said */
	int64_t id, opened, changed, answer_by, answered, embargo_end;
	int64_t waiting_letters;
};

/* Begin a fresh case: its row and its public ID.  In a transaction. */
must_check int case_new(struct store *s, const char *prefix, int64_t now,
	struct arena *a, struct case_file *c, struct err *e);

/* Fold the events of case ID: 1, 0 (no such case) or -1. */
must_check int case_load(struct store *s, int64_t id, struct arena *a,
	struct case_file *c, struct err *e);

/* The number of the case with that public ID, without case: 1, 0 or -1. */
must_check int case_find(
	struct store *s, const char *public_id, int64_t *id_r, struct err *e);

/* Follow merges to the case that lives: *ID changes.  0 or -1. */
must_check int case_follow(struct store *s, int64_t *id, struct err *e);

/*
 * What decide() needs beside the case: open letters of the case, the number of
 * the next letter, keys of its parties and of WRITER (0: nobody).  In a
 * transaction.
 */
must_check int case_ground(struct store *s, const struct case_file *c,
	int64_t writer, struct arena *a, struct ground *g, struct err *e);

/*
 * Carry out P: events with cause CAUSE (an input's key), orders leased to
 * OWNER until UNTIL, timers, cancellations, changes of keys; and the columns of
 * CASES.  In a transaction.
 */
struct plan_context {
	const char *cause;
	const char *owner;
	int64_t now, until;
	struct case_file *const *cases;
	size_t cases_count;
};
must_check int case_carry_out(struct store *s, const struct plan *p,
	const struct plan_context *x, struct err *e);

/* How many cases are those of robots. */
must_check int case_robots(struct store *s, int64_t *count_r, struct err *e);

/* The events of a case, oldest first (a list by ->next), in A. */
must_check int case_events(struct store *s, int64_t id, struct arena *a,
	struct event **events_r, struct err *e);

/* Each case in work whose finder is PERSON, the oldest first: calls EACH, which
 * may write.  In a transaction. */
must_check int cases_of_finder(struct store *s, int64_t person,
	int (*each)(void *arg, int64_t id, struct err *e), void *arg,
	struct err *e);

enum case_choice {
	CASES_OPEN, /* but those of robots */
	CASES_OF_ROBOTS, /* case_is_of_robots() */
	CASES_ALL,
};

/* Each case, newest change first: calls EACH; stops when it is not 0. */
must_check int case_list(struct store *s, enum case_choice which,
	int (*each)(void *arg, const struct case_line *line), void *arg,
	struct err *e);

/*
 * Verify the chain from its first link: 0 and the head, or -1 with the first
 * event that does not fit.  Also compares each case's columns with the fold.
 */
struct audit_result {
	int64_t events, cases, forgotten;
	char head[HASH_HEX];
};
must_check int audit_verify(
	struct store *s, struct audit_result *r, struct err *e);

#endif
