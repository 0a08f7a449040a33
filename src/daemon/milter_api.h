/*
 * milter_api: libmilter, and the only file that calls it (mfapi.h, protocol
 * version 6).  It carries each callback to a filter (mail/filter.h), and what
 * the filter answers back to the MTA.
 *
 * What libmilter is like, and what follows:
 * - It is one for a process, has threads of its own and cannot be ended well:
 *   milter_run() is called once, in a thread, and does not return before it has
 *   failed.  Whoever wants to end lets milter_turn_away() do its work, waits
 *   until nothing is in work, and ends the process.
 * - The callbacks of one connection come one after the other, but in any
 *   thread; connections run beside each other.  The calls below come from
 *   there.
 * - Many messages come over a connection: the filter is reset at MAIL, at an
 *   abort and at the end of each, and freed with the connection.
 * - It closes no connection for being one too many: such a one gets no filter,
 *   its mail passes untouched, and recipients of ours are answered 451.
 * - Its own words go to syslog, which the sandbox forbids: they are lost.
 *
 * At the end of a message everything that can fail comes before the first
 * edit; when an edit fails the answer is "try again", and the copy that was
 * spooled is known again.
 */
#ifndef DAEMON_MILTER_API_H
#define DAEMON_MILTER_API_H

#include "base/err.h"
#include "mail/filter.h"
#include "store/spool.h"

struct milter_calls {
	/* A filter for a new connection, or NULL: one too many. */
	struct filter *(*open)(void);
	void (*close)(struct filter **f);
	/* The message of F is whole: make it durable; its number in the spool,
	 * or "" where the mode keeps nothing. */
	int (*keep)(struct filter *f, char number[static SPOOL_NUMBER_MAX],
		struct err *e);
	/* Is this an address of the service?  For those without a filter. */
	bool (*is_ours)(const char *path);
};

/*
 * Listen on descriptor FD, which is bound; TIMEOUT for a silent MTA.  Before
 * the sandbox closes.
 */
must_check int milter_prepare(int fd, int64_t timeout, enum filter_mode mode,
	const struct milter_calls *calls, struct err *e);

/* Serve.  Blocks; see above. */
void milter_run(void);

/* Take no new connection: who waits is left to whoever shares the socket. */
must_check int milter_turn_away(struct err *e);

#endif
