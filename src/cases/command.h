/*
 * command: the analysts' words, parsed and obeyed by one table.
 *
 *	/valid
 *	/to finder
 *	Thank you, we can reproduce this.
 *
 * A block is consecutive lines that begin with "/"; what follows is the text.
 * Command words do not care about case and may be cut short where they stay
 * unambiguous.  All or nothing: one impossible command voids the block, and so
 * do words that belong to no command.  The same table gives parser, checks,
 * help and the manual page.
 */
#ifndef CASES_COMMAND_H
#define CASES_COMMAND_H

#include "cases/decide.h"

#define COMMANDS_MAX 32
#define COMMAND_ARGUMENT_MAX 1000

struct command_row;

struct command {
	const struct command_row *row;
	const char *argument; /* "" if there is none */
	int line; /* 1 is the first */
	/* What a person wrote, to be stored as a message of its own before the
	 * decision: the reason, or the text after the block; "" if none. */
	const char *words;
	int64_t message; /* its number, filled in by whoever stored it */
	struct command *next;
};

struct deciding {
	const struct ground *ground;
	struct case_file *c;
	const struct command_input *input;
	struct plan *plan;
};

/* Where the words of a command stand. */
enum command_words {
	WORDS_NONE,
	WORDS_REASON, /* they are the argument */
	WORDS_TEXT, /* they follow the block */
	WORDS_EITHER, /* the argument if there is one, else the text */
};

struct command_row {
	const char *word;
	const char *arguments; /* for help: "REASON" */
	const char *help; /* one sentence */
	enum command_words words;
	/* Nothing is changed; -1 (permanent) says why it cannot be. */
	int (*check)(const struct deciding *d, const struct command *cmd,
		struct err *e);
	void (*apply)(struct deciding *d, const struct command *cmd);
};

const struct command_row *command_table(size_t *count_r);

/*
 * Parse TEXT.  -1 (permanent): the line and the nearest known word; a block
 * without a command is also an error.
 */
must_check int command_parse(const char *text, struct arena *a,
	struct command **commands_r, struct err *e);

#endif
