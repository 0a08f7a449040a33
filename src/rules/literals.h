/*
 * literals: which of many short words occur in a text, in one pass over it
 * (the automaton of Aho and Corasick), whatever their number.  Letters A to Z
 * are the same as a to z; other characters are compared as they are.  A word
 * is found inside other words, too.
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

/* Set SEEN[mark] for each word that occurs in TEXT. */
void literals_mark(const struct literals *l, struct span text, bool *seen);

#endif
