/* vocabulary_parts: what the files of the vocabulary share; see command.h. */
#ifndef CASES_VOCABULARY_PARTS_H
#define CASES_VOCABULARY_PARTS_H

#include "cases/command.h"

/* The rows of an area, for the table in vocabulary.c. */
struct command_area {
	const struct command_row *rows;
	size_t count;
};
extern const struct command_area details_area; /* severity, products, ... */
extern const struct command_area people_area; /* finder, words, seal */
extern const struct command_area keys_area; /* key */
extern const struct command_area control_area; /* dry-run, undo, ... */

/* An event of the command's analyst, now. */
void vocabulary_record(
	struct deciding *d, enum event_kind kind, const struct facts *facts);

/* Begin the facts of an event that puts the command's words into the case. */
void vocabulary_words(
	struct deciding *d, const struct command *cmd, struct facts *f);

/* The human-answer clock runs again, where somebody waits for an answer and no
 * reminder has been sent. */
void vocabulary_start_clock(struct deciding *d);

must_check int vocabulary_needs_words(const struct command *cmd, struct err *e);

/* "line 2: /cwe: \"x\": TEXT", permanent. */
must_check int vocabulary_refuse(
	const struct command *cmd, const char *text, struct err *e);

/*
 * From now on nothing of the case leaves in clear: neither what this block has
 * ordered nor what has not left yet.  An acknowledgement says nothing of it.
 */
void vocabulary_hold_back(struct deciding *d);

#endif
