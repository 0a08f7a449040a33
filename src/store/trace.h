/*
 * trace: where a mail or a letter has been, from what the store knows.
 */
#ifndef STORE_TRACE_H
#define STORE_TRACE_H

#include "store/store.h"

struct trace_step {
	int64_t at, message, letter;
	const char *step; /* "received", "filed", "letter ordered", ... */
	const char *spool, *queue, *public_id, *message_id, *detail;
};

/*
 * WHAT is a queue ID of Postfix, a number of a record in the spool, or a
 * Message-ID with or without <>, of a mail that came or a letter that went.
 * A number is looked for in all mails.  Calls EACH in the order of time; stops
 * when it is not 0.  The number of steps, 0 when nothing is known, or -1.
 */
must_check int trace(struct store *s, const char *what,
	int (*each)(void *arg, const struct trace_step *step), void *arg,
	struct err *e);

#endif
