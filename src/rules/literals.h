/*
 * literals: which of many short words occur in a text, in one pass over it
 * (the automaton of Aho and Corasick), whatever their number.  Letters A to Z
 * are the same as a to z, and a line end or a tab is the same as a blank; other
 * characters are compared as they are.  Words are found inside of others, too.
 */
#ifndef RULES_LITERALS_H
#define RULES_LITERALS_H

#include "base/buf.h"

#define LITERALS_BYTES_MAX 32768 /* of all words together */

struct literal {
	struct span word; /* not empty */
	size_t mark; /* what to set when it occurs */
};

struct literals;

/* The words are copied; COUNT may be 0. */
struct literals *literals_new(const struct literal *list, size_t count);
void literals_free(struct literals **l);

/* A word with this mark stands at START in the text. */
typedef void literal_found(void *arg, size_t mark, size_t start);

/* Call FOUND for each place of each word. */
void literals_scan(const struct literals *l, struct span text,
	literal_found *found, void *arg);

#endif
