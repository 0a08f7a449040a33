#include "store/sql.h"

#include <sqlite3.h>

#include "base/fault.h"
#include "base/log.h"
#include "store/internal.h"

#define BUSY_TRIES 3000
#define BUSY_MS_MAX 10

struct sql_value
sql_text_value(const char *text)
{
	if (text == NULL)
		return SQL_NULL;
	return (struct sql_value){.type = SQL_TEXT_, .bytes = span_of(text)};
}

static int
fail(struct store *s, struct err *e, const char *what)
{
	int code = sqlite3_extended_errcode(s->db) & 0xff;
	const char *text = sqlite3_errmsg(s->db);

	if (code == SQLITE_FULL || code == SQLITE_IOERR ||
		code == SQLITE_CANTOPEN || code == SQLITE_READONLY)
		return err_temporary(e, "4.3.1", "store: %s (%s)", text, what);
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED ||
		code == SQLITE_NOMEM)
		return err_temporary(e, "4.3.0", "store: %s (%s)", text, what);
	return err_bug(e, "store: %s (%s)", text, what);
}

/*
 * The lock is held for microseconds, so it is asked for often: SQLite's own
 * handler would sleep for a tenth of a second at a time.
 */
static int
on_busy(void *arg, int tries)
{
	(void)arg;
	fault_point("store-busy");
	if (tries >= BUSY_TRIES)
		return 0;
	sqlite3_sleep(tries < BUSY_MS_MAX ? tries + 1 : BUSY_MS_MAX);
	return 1;
}

static void
set_switches(sqlite3 *db)
{
	static const struct {
		int option, value;
	} switches[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
	};
	size_t i;

	for (i = 0; i < countof(switches); i++)
		sqlite3_db_config(
			db, switches[i].option, switches[i].value, (int *)NULL);
}

int
sql_open(struct store *s, const char *path, struct err *e)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

	if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK) {
		fail(s, e, path);
		sql_close(s);
		return -1;
	}
	sqlite3_extended_result_codes(s->db, 1);
	set_switches(s->db);
	sqlite3_busy_handler(s->db, on_busy, NULL);
	if (sql_script(s,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;"
		    "PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;",
		    e) == -1) {
		sql_close(s);
		return -1;
	}
	return 0;
}

void
sql_close(struct store *s)
{
	while (s->kept_count > 0)
		sqlite3_finalize(s->kept[--s->kept_count].stmt);
	if (s->db != NULL && sqlite3_close(s->db) != SQLITE_OK)
		log_event(LOG_ERROR, "store-close",
			LOG_TEXT("error", sqlite3_errmsg(s->db)));
	s->db = NULL;
}

int
sql_copy(struct store *s, const char *to, struct err *e)
{
	sqlite3 *copy = NULL;
	sqlite3_backup *backup;
	int code = sqlite3_open(to, &copy);

	if (code == SQLITE_OK) {
		backup = sqlite3_backup_init(copy, "main", s->db, "main");
		if (backup != NULL) {
			sqlite3_backup_step(backup, -1);
			sqlite3_backup_finish(backup);
		}
		code = sqlite3_errcode(copy);
	}
	if (code != SQLITE_OK)
		err_temporary(e, "4.3.1", "%s: %s", to, sqlite3_errmsg(copy));
	sqlite3_close(copy);
	return code == SQLITE_OK ? 0 : -1;
}

int
sql_script(struct store *s, const char *text, struct err *e)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return fail(s, e, "script");
	return 0;
}

static struct sql *
statement(struct store *s, const char *text, struct err *e)
{
	struct sql *q;
	size_t i;

	for (i = 0; i < s->kept_count; i++)
		if (s->kept[i].text == text && !s->kept[i].busy)
			return &s->kept[i];
	if (s->kept_count == STATEMENTS_KEPT) {
		err_bug(e, "store: more than %d statements", STATEMENTS_KEPT);
		return NULL;
	}
	q = &s->kept[s->kept_count];
	if (sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT,
		    &q->stmt, NULL) != SQLITE_OK) {
		fail(s, e, text);
		return NULL;
	}
	q->store = s;
	q->text = text;
	s->kept_count++;
	return q;
}

static int
bind(struct sql *q, int at, const struct sql_value *v)
{
	const char *data = v->bytes.data != NULL ? v->bytes.data : "";

	switch (v->type) {
	case SQL_INT_:
		return sqlite3_bind_int64(q->stmt, at, v->number);
	case SQL_TEXT_:
		return sqlite3_bind_text64(q->stmt, at, data, v->bytes.len,
			SQLITE_TRANSIENT, SQLITE_UTF8);
	case SQL_BLOB_:
		return sqlite3_bind_blob64(
			q->stmt, at, data, v->bytes.len, SQLITE_TRANSIENT);
	case SQL_NULL_:
		return sqlite3_bind_null(q->stmt, at);
	case SQL_END_:
		break;
	}
	return SQLITE_MISUSE;
}

struct sql *
sql_start(struct store *s, struct err *e, const char *text,
	const struct sql_value *values)
{
	struct sql *q = statement(s, text, e);
	int i;

	if (q == NULL)
		return NULL;
	q->busy = true;
	for (i = 0; values[i].type != SQL_END_; i++) {
		if (bind(q, i + 1, &values[i]) != SQLITE_OK) {
			fail(s, e, text);
			sql_end(q);
			return NULL;
		}
	}
	if (i != sqlite3_bind_parameter_count(q->stmt)) {
		err_bug(e, "store: %d values for: %s", i, text);
		sql_end(q);
		return NULL;
	}
	return q;
}

int
sql_next(struct sql *q, struct err *e)
{
	int code;

	if (q == NULL)
		return -1;
	code = sqlite3_step(q->stmt);
	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : fail(q->store, e, q->text);
}

void
sql_end(struct sql *q)
{
	if (q == NULL)
		return;
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	q->busy = false;
}

int
sql_run(struct store *s, struct err *e, const char *text,
	const struct sql_value *values)
{
	struct sql *q = sql_start(s, e, text, values);
	int result = sql_next(q, e);

	if (result == 1)
		result = err_bug(e, "store: rows from: %s", text);
	sql_end(q);
	return result == -1 ? -1 : sqlite3_changes(s->db);
}

int64_t
sql_int(struct sql *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

const char *
sql_text(struct sql *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q->stmt, column);

	return text != NULL ? text : "";
}

struct span
sql_blob(struct sql *q, int column)
{
	const void *data = sqlite3_column_blob(q->stmt, column);
	int len = sqlite3_column_bytes(q->stmt, column);

	return (struct span){
		.data = data != NULL ? data : "", .len = (size_t)len};
}

bool
sql_is_null(struct sql *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

char *
sql_text_copy(struct sql *q, int column, struct arena *a)
{
	return arena_strdup(a, sql_text(q, column));
}

int
sql_number(struct store *s, struct err *e, int64_t *number_r, const char *text,
	const struct sql_value *values)
{
	struct sql *q = sql_start(s, e, text, values);
	int result = sql_next(q, e);

	*number_r = result == 1 ? sql_int(q, 0) : 0;
	sql_end(q);
	return result;
}

int64_t
sql_last_id(struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}
