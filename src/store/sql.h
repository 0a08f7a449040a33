/*
 * sql: the one file that calls SQLite, seen from the other files of store/.
 * Nobody outside of this folder includes it.
 *
 * A statement is named by its text, a string literal: it is compiled once and
 * kept.  Values are bound, never pasted.  One thread a store.
 *
 *	sql_do(s, e, "UPDATE timers SET due = ? WHERE case_id = ?",
 *		SQL_INT(due), SQL_INT(id));
 *
 *	q = sql_query(s, e, "SELECT id FROM cases WHERE state = ?",
 *		SQL_TEXT(state));
 *	while ((more = sql_next(q, e)) == 1)
 *		... sql_int(q, 0) ...
 *	sql_end(q);
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

#define SQL_VALUES_MAX 24

struct store;
struct sql;

struct sql_value {
	enum {
		SQL_END_ = 0,
		SQL_INT_,
		SQL_TEXT_,
		SQL_BLOB_,
		SQL_NULL_
	} type;
	int64_t number;
	struct span bytes;
};

#define SQL_INT(N) ((struct sql_value){.type = SQL_INT_, .number = (N)})
/* NULL is NULL. */
#define SQL_TEXT(T) sql_text_value(T)
#define SQL_BLOB(P, LEN) \
	((struct sql_value){.type = SQL_BLOB_, \
		.bytes = {.data = (const char *)(P), .len = (LEN)}})
#define SQL_NULL ((struct sql_value){.type = SQL_NULL_})
/* The rest of the array is SQL_END_; too many do not compile. */
#define SQL_VALUES(...) \
	((const struct sql_value[SQL_VALUES_MAX + 1]){__VA_ARGS__})

#define sql_do(S, E, TEXT, ...) sql_run(S, E, TEXT, SQL_VALUES(__VA_ARGS__))
#define sql_query(S, E, TEXT, ...) \
	sql_start(S, E, TEXT, SQL_VALUES(__VA_ARGS__))

struct sql_value sql_text_value(const char *text);

/* The number of rows changed, or -1. */
must_check int sql_run(struct store *s, struct err *e, const char *text,
	const struct sql_value *values);

/* NULL on error.  Always sql_end() it, also after an error of sql_next(). */
struct sql *sql_start(struct store *s, struct err *e, const char *text,
	const struct sql_value *values);
/* 1 with a row, 0 at the end, -1; a NULL query is -1 (E is filled already). */
must_check int sql_next(struct sql *q, struct err *e);
void sql_end(struct sql *q);

int64_t sql_int(struct sql *q, int column);
/* "" for NULL; valid until the next call. */
const char *sql_text(struct sql *q, int column);
struct span sql_blob(struct sql *q, int column);
bool sql_is_null(struct sql *q, int column);
char *sql_text_copy(struct sql *q, int column, struct arena *a);

/* One number: 1, 0 (no row, *NUMBER_R is 0) or -1. */
must_check int sql_number(struct store *s, struct err *e, int64_t *number_r,
	const char *text, const struct sql_value *values);

int64_t sql_last_id(struct store *s);

/* Several statements without values, for schemas. */
must_check int sql_script(struct store *s, const char *text, struct err *e);

#endif
