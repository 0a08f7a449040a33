/*
 * mail_commands: the commands that stand in a mail, and whether they count.
 *
 * Before the transaction they are parsed, and what words they have is sealed;
 * inside it the facts are gathered by which cases/authority.h judges, and the
 * commands are tried on the case.  A mail that only looks like commands, and
 * has neither an analyst's signature nor an analyst's token, is like any other:
 * nobody learns from an answer what would have been one.
 */
#ifndef DAEMON_MAIL_COMMANDS_H
#define DAEMON_MAIL_COMMANDS_H

#include "daemon/desk.h"
#include "daemon/route.h"
#include "daemon/transact.h"

/* Which analyst of the configuration has signed it: an index, or -1. */
int mail_signed_by(const struct conf *c, const struct verdict *v);

/* Before the transaction.  -1: temporary. */
must_check int mail_commands_prepare(struct desk *d, const struct opening *o,
	struct arena *a, struct mail_commands *m, struct err *e);

/*
 * Inside it: fill in what IN says of commands.  WHERE is the case that the
 * mail belongs to, 0 if it opens one.  A signature is consumed when it has
 * the authority, whether its commands turn out to be possible or not.
 */
must_check int mail_commands_judge(const struct transactor *t,
	const struct mail_to_file *m, int64_t where, struct arena *a,
	struct mail_input *in, struct err *e);

#endif
