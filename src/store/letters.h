/*
 * letters: orders, and the outbox that they become.
 *
 *	ordered -> sealed -> handed        waiting: no usable key, a task
 *	ordered -> waiting -> ordered      failed: given up, a task
 *	any but handed -> cancelled        handed is never "delivered"
 *	queued, held -> ordered            its turn has come, an analyst said so
 *
 * An order is sealed once: store_letter_seal() closes it only for the owner of
 * its lease.  A sealed letter is handed out by lease until the MTA has it, and
 * then it is always the same bytes.
 */
#ifndef STORE_LETTERS_H
#define STORE_LETTERS_H

#include "cases/acknowledge.h"
#include "cases/plan.h"
#include "store/messages.h"
#include "store/store.h"

enum letter_state {
	LETTER_QUEUED,
	LETTER_HELD,
	LETTER_ORDERED,
	LETTER_WAITING,
	LETTER_SEALED,
	LETTER_HANDED,
	LETTER_FAILED,
	LETTER_CANCELLED,
	LETTER__STATES
};

struct letter {
	struct order order; /* letter, case_id, kind, ... facts */
	enum letter_state state;
	const char *public_id; /* of the case */
	const char *message_id; /* without <> */
	/* Of the mail that it carries or answers, or "": for the log. */
	const char *spool, *queue;
	int64_t ordered, until, attempts;
	/* Of a sealed one. */
	const char *sender, *recipient; /* envelope */
	int64_t not_after, size;
	const char *outcome;
};

/* Write the orders of a plan, minting Message-IDs and tokens; leased to OWNER
 * until UNTIL.  In a transaction. */
must_check int letters_order(struct store *s, const struct plan *p, int64_t now,
	const char *owner, int64_t until, struct err *e);

/* Cancel what has not been handed.  In a transaction. */
must_check int letters_cancel(
	struct store *s, const struct plan *p, int64_t now, struct err *e);

/* Those that were queued or held become ordered, by nobody leased.  In a
 * transaction. */
must_check int letters_release(
	struct store *s, const struct plan *p, int64_t now, struct err *e);

/*
 * The room for acknowledgement LETTER to PERSON at DOMAIN, which is ordered
 * already or will be.  Looks at no more than the limits need, however many
 * wait.  In a transaction.
 */
must_check int letters_room(struct store *s, int64_t letter, int64_t person,
	const char *domain, int64_t now, struct acknowledge_room *room,
	struct err *e);

/*
 * Lease one letter in STATE whose lease or wait is over: 1, 0 or -1.  Makes its
 * own transaction.
 */
must_check int letter_lease(struct store *s, enum letter_state state,
	const char *owner, int64_t now, int64_t until, struct arena *a,
	struct letter *l, struct err *e);

/* The letter: 1, 0 or -1. */
must_check int letter_get(struct store *s, int64_t id, struct arena *a,
	struct letter *l, struct err *e);

/* Is it still OWNER's to seal (not cancelled meanwhile)?  1, 0 or -1. */
must_check int letter_is_mine(struct store *s, int64_t id, const char *owner,
	enum letter_state state, struct err *e);

/* Close an order into the outbox: sender, recipient and not_after of L.  1, or
 * 0 when it is no longer OWNER's.  In a transaction. */
must_check int letter_seal(struct store *s, const struct letter *l,
	const char *owner, const struct stored_bytes *b, int64_t now,
	struct err *e);

/* Set the state and the outcome text, give the lease back; the next try is at
 * UNTIL (0: at once).  1, or 0 when it is no longer OWNER's.  In a
 * transaction. */
must_check int letter_set(struct store *s, int64_t id, const char *owner,
	enum letter_state state, const char *outcome, int64_t until,
	int64_t now, struct err *e);

/* The bytes of a sealed letter; see message_open(). */
must_check int letter_open(
	struct store *s, int64_t id, int *fd_r, int64_t *size_r, struct err *e);

/*
 * A key of PERSON has come or changed: letters that wait, and those that are
 * sealed and that nobody has yet tried to hand over, go back to being ordered.
 * In a transaction.  The number of them, or -1.
 */
must_check int letters_resume(
	struct store *s, int64_t person, int64_t now, struct err *e);

/* The Message-ID of the first letter to PERSON in a case, or "", in A. */
must_check int letter_first(struct store *s, int64_t case_id, int64_t person,
	struct arena *a, const char **message_id_r, struct err *e);

/* When the next letter in STATE is due: 1, 0 (none) or -1. */
must_check int letter_next(struct store *s, enum letter_state state,
	int64_t *due_r, struct err *e);

/* Each letter that is not handed or cancelled, or all of CASE_ID when it is
 * not 0: calls EACH; stops when it is not 0. */
must_check int letters_list(struct store *s, int64_t case_id,
	int (*each)(void *arg, const struct letter *l), void *arg,
	struct err *e);

const char *letter_state_name(enum letter_state state);

#endif
