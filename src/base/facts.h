/*
 * facts: an ordered list of key and value, as text.
 *
 * What an event says is written this way: people can read it in the store,
 * and the audit chain commits to exactly these bytes.  One fact a line,
 * `key=value`; in a value a newline is written `\n`, a backslash `\\`.  A key
 * is [a-z0-9-]+.  A key may come more than once; facts_get() finds the first.
 */
#ifndef BASE_FACTS_H
#define BASE_FACTS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

struct fact {
	const char *key, *value;
	struct fact *next;
};

struct facts {
	struct arena *arena;
	struct fact *first, **end;
};

/* Facts whose keys and values are copied into A. */
void facts_init(struct facts *f, struct arena *a);

/* A NULL or empty value is not recorded. */
void facts_add(struct facts *f, const char *key, const char *value);
void facts_add_number(struct facts *f, const char *key, int64_t number);

/* NULL, or DEFAULT, when there is none (or it is not a number). */
const char *facts_get(const struct facts *f, const char *key);
int64_t facts_number(const struct facts *f, const char *key, int64_t absent);

void facts_encode(struct buf *out, const struct facts *f);
must_check int facts_decode(
	struct facts *f, struct arena *a, struct span in, struct err *e);

#endif
