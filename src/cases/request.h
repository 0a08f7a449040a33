/*
 * request: commands that wait for a second analyst.
 *
 * The configuration names the commands ([policy] confirm).  A block with one
 * of them does nothing but become a request, which another analyst lets happen
 * by /confirm within policy.confirm_within.  The event commands.waiting holds
 * the block, command after command:
 *
 *	command   its word
 *	argument  what stood behind it, but for words and addresses
 *	words     the message that holds its words
 *	whom      the person whose address it was
 */
#ifndef CASES_REQUEST_H
#define CASES_REQUEST_H

#include "cases/command.h"

/* Must the block wait?  /break-glass in it says that it must not. */
bool request_needed(const struct deciding *d);

/*
 * Make it one, and ask the other analysts.  -1 (permanent): a command in it is
 * not possible as the case is.
 */
must_check int request_make(struct deciding *d, struct err *e);

/* The request that /confirm is about, -1 (permanent): there is none for them.
 * It is over then, and its commands are in COMMANDS_R, to be obeyed in the
 * name of its actor. */
must_check int request_confirm(struct deciding *d, const struct command *cmd,
	const struct request **request_r, const struct command **commands_r,
	struct err *e);

/* Those whose time is over; and the timer for the next. */
void request_expire(
	const struct ground *g, struct case_file *c, struct plan *p);

/* "/finder, /title": the words of a block, in the arena. */
const char *request_words(const struct command *commands, struct arena *a);

/* The notice to every analyst but EXCEPT that somebody broke the glass. */
void request_alert(struct deciding *d, const char *words);

#endif
