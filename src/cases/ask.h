/*
 * ask: the command that asks the finder for what the report lacks.
 *
 * What that is stands in the hints: `lacks`, unless a later mail of the case
 * `has` it.  The question is a letter that is ready; nothing of the mail is in
 * it but which of the five things are missing.  It goes out once for a case.
 */
#ifndef CASES_ASK_H
#define CASES_ASK_H

#include "cases/command.h"

/* "version, steps", or "": nothing; in A. */
const char *case_lacks(const struct case_file *c, struct arena *a);

must_check int check_ask(
	const struct deciding *d, const struct command *cmd, struct err *e);
void apply_ask(struct deciding *d, const struct command *cmd);

#endif
