/*
 * command: the analysts' words, parsed and obeyed by one table.
 *
 *	/valid
 *	/to finder
 *	Thank you, we can reproduce this.
 *
 * A block is consecutive lines that begin with "/", the first of the text but
 * for empty ones; what follows is the text.  A blank before the "/" is text:
 * our letters put two before such lines of other people.  A line that a mail
 * program has wrapped, because the next word did not fit, goes on in the next.
 *
 * Command words do not care about case and may be cut short where they stay
 * unambiguous.  No-break spaces count as blanks; in what is not somebody's
 * words also typographic dashes and quotation marks as those of ASCII.
 *
 * All or nothing: one impossible command voids the block, and so do words that
 * belong to no command.  One table, assembled in vocabulary.c from a file for
 * each area, gives parser, checks, help in each language, the lists of
 * psirtd-commands(7) and shell completion.
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
	/* Of an argument that is an address, filled in likewise: whose it is,
	 * and whether a key of theirs is known. */
	int64_t person;
	bool has_key;
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
	WORDS_TITLE, /* the argument; the text is the report of a new case */
};

enum command_flags {
	COMMAND_SHOWS = 1, /* it changes nothing */
	COMMAND_ALONE = 2, /* nothing that changes something beside it */
	COMMAND_DRY_RUN = 4, /* only show what would be done */
	COMMAND_BREAK_GLASS = 8, /* do not wait for a second analyst */
	COMMAND_OPENS = 16, /* it begins a case */
	COMMAND_ADDRESS = 32, /* its argument may be an address */
	COMMAND_CONFIRMS = 64, /* it lets a request happen: cases/request.h */
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
	const char *zh; /* the help in Chinese */
	unsigned int flags; /* of enum command_flags */
	/* What comes nearest to undoing it; NULL where /undo does, or where
	 * nothing was changed. */
	const char *nearest;
};

/* Row I of the table, from 0; NULL behind the last. */
const struct command_row *command_at(size_t i);

/* By its whole word; NULL if there is none. */
const struct command_row *command_named(const char *word);

/* The help of a row in LANGUAGE, English if there is none. */
const char *command_help(const struct command_row *row, const char *language);

/* The first command with FLAG, or NULL. */
const struct command *command_with(
	const struct command *commands, enum command_flags flag);

/* TEXT begins with a block. */
bool command_block(const char *text);

/*
 * Parse TEXT.  -1 (permanent): the line and the nearest known word; a block
 * without a command is also an error.
 */
must_check int command_parse(const char *text, struct arena *a,
	struct command **commands_r, struct err *e);

/* TEXT but for its /case lines, whose tokens are nobody else's to read. */
const char *command_own_words(struct span text, struct arena *a);

#endif
