#include "store/timers.h"

#include "store/internal.h"

int
timers_change(struct store *s, const struct plan *p, struct err *e)
{
	const struct timer_change *t;
	int result = 0;

	for (t = p->timers; t != NULL && result != -1; t = t->next) {
		if (t->due == 0)
			result = sql_do(s, e,
				"DELETE FROM timers"
				" WHERE case_id = ? AND kind = ?",
				SQL_INT(t->case_id),
				SQL_TEXT(timer_kind_name(t->kind)));
		else
			result = sql_do(s, e,
				"INSERT OR REPLACE INTO timers(case_id, kind,"
				" due) VALUES(?, ?, ?)",
				SQL_INT(t->case_id),
				SQL_TEXT(timer_kind_name(t->kind)),
				SQL_INT(t->due));
	}
	return result == -1 ? -1 : 0;
}

static int
find_due(struct store *s, int64_t now, struct due_timer *t, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT case_id, kind, due FROM timers"
		" WHERE due <= ?1 AND until <= ?1 ORDER BY due LIMIT 1",
		SQL_INT(now));
	int found = sql_next(q, e), kind;

	if (found == 1) {
		kind = timer_kind_of(sql_text(q, 1));
		*t = (struct due_timer){.case_id = sql_int(q, 0),
			.kind = (enum timer_kind)kind,
			.due = sql_int(q, 2)};
		if (kind < 0)
			found = err_bug(e, "store: unknown timer kind %s",
				sql_text(q, 1));
	}
	sql_end(q);
	return found;
}

int
timer_due(struct store *s, const char *owner, int64_t now, int64_t until,
	struct due_timer *t, struct err *e)
{
	int found = find_due(s, now, t, e);

	if (found != 1)
		return found;
	if (store_begin(s, e) == -1)
		return -1;
	if ((found = find_due(s, now, t, e)) == 1)
		found = sql_do(s, e,
			"UPDATE timers SET owner = ?, until = ?"
			" WHERE case_id = ? AND kind = ?",
			SQL_TEXT(owner), SQL_INT(until), SQL_INT(t->case_id),
			SQL_TEXT(timer_kind_name(t->kind)));
	if (found != 1) {
		store_rollback(s);
		return found;
	}
	return store_commit(s, e) == -1 ? -1 : 1;
}

int
timer_is_set(struct store *s, const struct due_timer *t, struct err *e)
{
	int64_t one;

	return sql_number(s, e, &one,
		"SELECT 1 FROM timers"
		" WHERE case_id = ? AND kind = ? AND due = ?",
		SQL_VALUES(SQL_INT(t->case_id),
			SQL_TEXT(timer_kind_name(t->kind)), SQL_INT(t->due)));
}

int
timer_next(struct store *s, int64_t *due_r, struct err *e)
{
	return sql_number(s, e, due_r,
		"SELECT max(due, until) FROM timers"
		" ORDER BY max(due, until) LIMIT 1",
		SQL_VALUES());
}
