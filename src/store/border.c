#include "store/border.h"

#include "store/internal.h"

static const char *
name_of(bool usable)
{
	return usable ? "authenticated" : "unauthenticated";
}

int
border_note(struct store *s, bool usable, int64_t now, struct err *e)
{
	return sql_do(s, e,
		       "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)",
		       SQL_TEXT(name_of(usable)), SQL_INT(now)) == -1
		? -1
		: 0;
}

static int
last(struct store *s, bool usable, int64_t *at_r, struct err *e)
{
	return sql_number(s, e, at_r, "SELECT value FROM meta WHERE key = ?",
		SQL_VALUES(SQL_TEXT(name_of(usable))));
}

int
border_last(struct store *s, int64_t *with_r, int64_t *without_r, struct err *e)
{
	if (last(s, true, with_r, e) == -1 ||
		last(s, false, without_r, e) == -1)
		return -1;
	return 0;
}
