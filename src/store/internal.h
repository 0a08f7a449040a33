/* internal: what the files of store/ know of a store. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/sql.h"
#include "store/store.h"

#define STATEMENTS_KEPT 160

struct sqlite3;
struct sqlite3_stmt;

struct sql {
	struct store *store;
	struct sqlite3_stmt *stmt;
	const char *text; /* the literal that it was made of */
	bool busy;
};

struct store {
	struct sqlite3 *db;
	struct sql kept[STATEMENTS_KEPT];
	size_t kept_count;
	bool in_transaction;
	char dir[STORE_PATH_MAX];
	struct span secret;
	const char *hostname;
};

/* Open the database file, with every switch as we want it. */
must_check int sql_open(struct store *s, const char *path, struct err *e);
void sql_close(struct store *s);
/* SQLite's own online copy. */
must_check int sql_copy(struct store *s, const char *to, struct err *e);

/* Bring the open database to the current version. */
must_check int schema_upgrade(struct store *s, struct err *e);
/* 0 if it is the current one; permanent: newer, or none. */
must_check int schema_check(struct store *s, struct err *e);
/* The error that there is none.  Returns -1. */
int schema_absent(struct err *e);

/* DIR/store.db, whatever its version, without what only letters need. */
struct store *store_open_alone(const char *dir, struct err *e);

#endif
