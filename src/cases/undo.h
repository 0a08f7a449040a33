/*
 * undo: the last block of commands of an analyst, taken back.
 *
 * Taken back is what the block has changed and what can be: states, severity,
 * title, details, lists, assignment.  The events of it say which change they
 * undo.  For the rest the plan gets remarks: what has left the house, and which
 * command comes nearest.  A value that somebody else has changed since is not
 * touched: then nothing is done.
 */
#ifndef CASES_UNDO_H
#define CASES_UNDO_H

#include "cases/command.h"

/* -1 (permanent): there is nothing to undo, or it cannot be. */
must_check int undo_check(
	const struct deciding *d, const struct command *cmd, struct err *e);
void undo_apply(struct deciding *d, const struct command *cmd);

#endif
