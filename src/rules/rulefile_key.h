/* rulefile_key: the keys of a rule and what they make of their values; shared
 * by the two files of the loader.  See rules/rulefile.h. */
#ifndef RULES_RULEFILE_KEY_H
#define RULES_RULEFILE_KEY_H

#include "rules/rule.h"
#include "rules/rulefile.h"

/* A named piece of pattern, written ${NAME} where it is used. */
struct definition {
	const char *name;
	struct span pattern;
	struct definition *next;
};

struct rule_key;

/*
 * A file is blocks, "rule NAME", "define NAME" or "list NAME" at the margin.
 * The indented lines below a rule are entries, "KEY VALUE"; a line that is
 * indented deeper than the keys goes on with the value, and so do all below a
 * definition or a list.
 */
struct rulefile {
	struct ruleset *set;
	struct literal *literals;
	size_t literal_count, literal_bytes;
	struct definition *definitions;
	struct word_list *lists;

	/* Of the file in hand. */
	const char *name;
	struct err *err;
	int line;

	/* The block in hand: none, or one of these. */
	struct rule *rule;
	struct definition *definition;
	struct word_list *list;
	unsigned has; /* which keys, by index */

	/* The entry in hand; its lines are collected in value. */
	const struct rule_key *key;
	size_t key_indent;
	int entry_line;
	struct buf value;
};

struct rule_key {
	const char *name;
	int (*set)(struct rulefile *f, struct span value);
	const char *missing; /* NULL: the rule can do without it */
};

extern const struct rule_key rule_keys[];
extern const size_t rule_key_count;

/* Permanent, "FILE:LINE: ..."; returns -1. */
int rulefile_fail(struct rulefile *f, int line, const char *fmt, ...)
	printf_like(3, 4);

/* Without white space at both ends. */
struct span rulefile_strip(struct span s);
/* Cut off and return the first word. */
struct span rulefile_word(struct span *rest);

/* NULL when there is none of that name. */
const struct definition *rulefile_definition(
	const struct rulefile *f, struct span name);
/* The definition in hand is complete: compile it and make it known. */
must_check int rulefile_define(struct rulefile *f);

const struct word_list *rulefile_list(
	const struct rulefile *f, struct span name);
/* The same of a list. */
must_check int rulefile_finish_list(struct rulefile *f);

#endif
