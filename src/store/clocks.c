#include "store/clocks.h"

#include "store/internal.h"

static int
set(struct store *s, const char *key, int64_t ahead, struct err *e)
{
	return sql_do(s, e,
		       "INSERT OR REPLACE INTO meta(key, value)"
		       " VALUES(?, ?)",
		       SQL_TEXT(key), SQL_INT(ahead)) == -1
		? -1
		: 0;
}

/* How far AHEAD is from what is noted; from nothing it is not far. */
static int
distance(struct store *s, const char *key, int64_t ahead, int64_t *far_r,
	struct err *e)
{
	int64_t noted;
	int found =
		sql_number(s, e, &noted, "SELECT value FROM meta WHERE key = ?",
			SQL_VALUES(SQL_TEXT(key)));

	*far_r = 0;
	if (found == 1 &&
		(ahead - noted > CLOCK_JUMP_MAX ||
			noted - ahead > CLOCK_JUMP_MAX))
		*far_r = ahead - noted;
	return found == -1 ? -1 : 0;
}

int
clocks_trust(const char *dir, int64_t ahead, struct err *e)
{
	struct store *s = store_open_alone(dir, e);
	int result = -1;

	if (s == NULL)
		return -1;
	if (store_begin(s, e) == 0) {
		if (set(s, "clock.trusted", ahead, e) == 0 &&
			set(s, "clock.leases", ahead, e) == 0)
			result = store_commit(s, e);
		else
			store_rollback(s);
	}
	store_close(&s);
	return result;
}

/* Another worker may have done it meanwhile. */
static int
move_leases(struct store *s, int64_t ahead, struct err *e)
{
	int64_t far;

	if (store_begin(s, e) == -1)
		return -1;
	if (distance(s, "clock.leases", ahead, &far, e) == 0 &&
		sql_do(s, e,
			"UPDATE spool SET until = until + ?"
			" WHERE until > 0",
			SQL_INT(far)) != -1 &&
		sql_do(s, e,
			"UPDATE timers SET until = until + ?"
			" WHERE until > 0",
			SQL_INT(far)) != -1 &&
		sql_do(s, e,
			"UPDATE letters SET until = until + ?"
			" WHERE until > 0",
			SQL_INT(far)) != -1 &&
		(far == 0 || set(s, "clock.leases", ahead, e) == 0))
		return store_commit(s, e);
	store_rollback(s);
	return -1;
}

int
clocks_jumped(struct store *s, int64_t ahead, int64_t *jump_r, struct err *e)
{
	int64_t far;

	if (distance(s, "clock.trusted", ahead, jump_r, e) == -1 ||
		distance(s, "clock.leases", ahead, &far, e) == -1)
		return -1;
	return far != 0 ? move_leases(s, ahead, e) : 0;
}
