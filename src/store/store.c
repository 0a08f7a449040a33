#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/internal.h"

struct store *
store_open_alone(const char *dir, struct err *e)
{
	struct store *s = xcalloc(1, sizeof(*s));
	char path[STORE_PATH_MAX + 16];

	if (strlen(dir) >= sizeof(s->dir)) {
		err_permanent(e, "5.3.5", "store: path too long: %s", dir);
		free(s);
		return NULL;
	}
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/store.db", dir);
	if (sql_open(s, path, e) == -1) {
		free(s);
		return NULL;
	}
	return s;
}

struct store *
store_open(const char *dir, struct span secret, const char *hostname,
	struct err *e)
{
	char path[STORE_PATH_MAX + 16];
	struct store *s;

	/* Opening would make it, in whatever directory this is. */
	snprintf(path, sizeof(path), "%s/store.db", dir);
	if (access(path, F_OK) == -1 && errno == ENOENT) {
		schema_absent(e);
		return NULL;
	}
	if ((s = store_open_alone(dir, e)) == NULL)
		return NULL;
	s->secret = secret;
	s->hostname = hostname;
	if (schema_check(s, e) == -1)
		store_close(&s);
	return s;
}

void
store_close(struct store **s)
{
	if (*s == NULL)
		return;
	store_rollback(*s);
	sql_close(*s);
	free(*s);
	*s = NULL;
}

/* Leases of OWNER, or of everybody when it is NULL.  What waits for its time
 * has no owner, and goes on waiting. */
static int
forget_leases(struct store *s, const char *owner, struct err *e)
{
	if (sql_do(s, e,
		    "UPDATE spool SET state = 'waiting', owner = '', until = 0"
		    " WHERE state = 'leased' AND owner = coalesce(?, owner)",
		    SQL_TEXT(owner)) == -1 ||
		sql_do(s, e,
			"UPDATE timers SET owner = '', until = 0"
			" WHERE owner <> '' AND owner = coalesce(?, owner)",
			SQL_TEXT(owner)) == -1 ||
		sql_do(s, e,
			"UPDATE letters SET owner = '', until = 0"
			" WHERE owner <> '' AND owner = coalesce(?, owner)",
			SQL_TEXT(owner)) == -1)
		return -1;
	return 0;
}

int
store_release(struct store *s, const char *owner, struct err *e)
{
	if (store_begin(s, e) == -1)
		return -1;
	if (forget_leases(s, owner, e) == 0)
		return store_commit(s, e);
	store_rollback(s);
	return -1;
}

int
store_migrate(const char *dir, struct err *e)
{
	struct store *s = store_open_alone(dir, e);
	int result = -1;

	if (s == NULL)
		return -1;
	if (schema_upgrade(s, e) == 0 && store_begin(s, e) == 0 &&
		forget_leases(s, NULL, e) == 0)
		result = store_commit(s, e);
	store_close(&s);
	return result;
}

int
store_begin(struct store *s, struct err *e)
{
	if (s->in_transaction)
		return err_bug(e, "store: a transaction in a transaction");
	if (sql_do(s, e, "BEGIN IMMEDIATE") == -1)
		return -1;
	s->in_transaction = true;
	return 0;
}

int
store_commit(struct store *s, struct err *e)
{
	int result;

	fault_point("before-commit");
	result = fault_fails("disk-full")
		? err_temporary(e, "4.3.1", "store: disk full")
		: sql_do(s, e, "COMMIT");
	if (result == -1) {
		store_rollback(s);
		return -1;
	}
	s->in_transaction = false;
	fault_point("after-commit");
	return 0;
}

void
store_rollback(struct store *s)
{
	struct err ignored;

	if (!s->in_transaction)
		return;
	s->in_transaction = false;
	/* It may have been rolled back by the error already. */
	if (sql_do(s, &ignored, "ROLLBACK") == -1)
		return;
}

int
store_empty_log(struct store *s, struct err *e)
{
	struct sql *q = sql_query(s, e, "PRAGMA wal_checkpoint(TRUNCATE)");
	int found = sql_next(q, e);
	bool busy = found == 1 && sql_int(q, 0) != 0;

	sql_end(q);
	if (found == -1)
		return -1;
	return busy ? err_temporary(e, "4.3.0",
			      "store: its log is in use and was not emptied")
		    : 0;
}

int
store_mark(struct store *s, const char *key, int64_t value, struct err *e)
{
	return sql_do(s, e,
		       "INSERT INTO meta(key, value) VALUES(?, ?)"
		       " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
		       SQL_TEXT(key), SQL_INT(value)) == -1
		? -1
		: 0;
}

int
store_marked(struct store *s, const char *key, int64_t *value_r, struct err *e)
{
	*value_r = 0;
	return sql_number(s, e, value_r, "SELECT value FROM meta WHERE key = ?",
		       SQL_VALUES(SQL_TEXT(key))) == -1
		? -1
		: 0;
}

int
store_claim(struct store *s, const char *key, int64_t now, int64_t until,
	struct err *e)
{
	return sql_do(s, e,
		"INSERT INTO meta(key, value) VALUES(?1, ?2)"
		" ON CONFLICT(key) DO UPDATE SET value = ?2 WHERE value <= ?3",
		SQL_TEXT(key), SQL_INT(until), SQL_INT(now));
}

int
store_consume(struct store *s, const char *key, int64_t now, struct err *e)
{
	return sql_do(s, e,
		"INSERT OR IGNORE INTO inputs(key, at) VALUES(?, ?)",
		SQL_TEXT(key), SQL_INT(now));
}
