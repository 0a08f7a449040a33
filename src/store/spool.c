#include "store/spool.h"

#include "store/internal.h"

const char *
spool_number(const struct spool_item *item, char text[static SPOOL_NUMBER_MAX])
{
	snprintf(text, SPOOL_NUMBER_MAX, "%s.%lld", item->segment,
		(long long)item->at);
	return text;
}

static int
note_found(struct store *s, const struct spool_item *found, size_t count,
	struct err *e)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (sql_do(s, e,
			    "INSERT OR IGNORE INTO spool(segment, at, state)"
			    " VALUES(?, ?, 'waiting')",
			    SQL_TEXT(found[i].segment),
			    SQL_INT(found[i].at)) == -1)
			return -1;
	return 0;
}

static int
choose(struct store *s, int64_t now, struct spool_item *items, size_t max,
	size_t *count_r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT segment, at, leases, deaths FROM spool"
		" WHERE state IN ('waiting', 'leased') AND until <= ?"
		" ORDER BY leases, segment, at LIMIT ?",
		SQL_INT(now), SQL_INT((int64_t)max));
	struct spool_item *item = items;
	int more;

	while ((more = sql_next(q, e)) == 1) {
		/* An item whose workers died may be why: it goes alone. */
		if (sql_int(q, 2) >= SPOOL_LEASES_MAX - 1 && item > items)
			break;
		*item = (struct spool_item){.at = sql_int(q, 1),
			.leases = sql_int(q, 2) + 1,
			.deaths = sql_int(q, 3)};
		snprintf(item->segment, sizeof(item->segment), "%s",
			sql_text(q, 0));
		item++;
		if (sql_int(q, 2) >= SPOOL_LEASES_MAX - 1) {
			more = 0;
			break;
		}
	}
	sql_end(q);
	*count_r = (size_t)(item - items);
	return more;
}

int
spool_lease(struct store *s, const struct spool_item *found, size_t found_count,
	const char *owner, int64_t now, int64_t until, struct spool_item *items,
	size_t max, size_t *count_r, struct err *e)
{
	int64_t due;
	size_t i;
	int any = found_count > 0 ? 1 : spool_next(s, &due, e);

	*count_r = 0;
	if (any != 1 || (found_count == 0 && due > now))
		return any == -1 ? -1 : 0;
	if (store_begin(s, e) == -1)
		return -1;
	if (note_found(s, found, found_count, e) == -1 ||
		choose(s, now, items, max, count_r, e) == -1)
		goto failed;
	for (i = 0; i < *count_r; i++)
		if (sql_do(s, e,
			    "UPDATE spool SET state = 'leased', owner = ?,"
			    " until = ?, leases = leases + 1"
			    " WHERE segment = ? AND at = ?",
			    SQL_TEXT(owner), SQL_INT(until),
			    SQL_TEXT(items[i].segment),
			    SQL_INT(items[i].at)) == -1)
			goto failed;
	return store_commit(s, e);
failed:
	store_rollback(s);
	*count_r = 0;
	return -1;
}

int
spool_done(struct store *s, const struct spool_item *item, const char *owner,
	int64_t message, struct err *e)
{
	return sql_do(s, e,
		"UPDATE spool SET state = 'done', owner = '', message = ?"
		" WHERE segment = ? AND at = ? AND owner = ?"
		" AND state = 'leased'",
		SQL_INT(message), SQL_TEXT(item->segment), SQL_INT(item->at),
		SQL_TEXT(owner));
}

static int
alone(struct store *s, int changed, struct err *e)
{
	if (changed != -1)
		return store_commit(s, e);
	store_rollback(s);
	return -1;
}

int
spool_retry(struct store *s, const struct spool_item *item, const char *owner,
	int64_t until, struct err *e)
{
	if (store_begin(s, e) == -1)
		return -1;
	return alone(s,
		sql_do(s, e,
			"UPDATE spool SET state = 'waiting', owner = '',"
			" until = ?, leases = max(leases - 1, 0)"
			" WHERE segment = ? AND at = ?"
			" AND owner = ? AND state = 'leased'",
			SQL_INT(until), SQL_TEXT(item->segment),
			SQL_INT(item->at), SQL_TEXT(owner)),
		e);
}

int
spool_death(struct store *s, const struct spool_item *item, struct err *e)
{
	if (store_begin(s, e) == -1)
		return -1;
	return alone(s,
		sql_do(s, e,
			"UPDATE spool SET deaths = deaths + 1"
			" WHERE segment = ? AND at = ?",
			SQL_TEXT(item->segment), SQL_INT(item->at)),
		e);
}

int
spool_gone(struct store *s, const struct spool_item *item, const char *owner,
	struct err *e)
{
	if (store_begin(s, e) == -1)
		return -1;
	return alone(s,
		sql_do(s, e,
			"DELETE FROM spool WHERE segment = ? AND at = ?"
			" AND owner = ? AND state = 'leased'",
			SQL_TEXT(item->segment), SQL_INT(item->at),
			SQL_TEXT(owner)),
		e);
}

int
spool_forget(struct store *s, const char *segment, int64_t count, struct err *e)
{
	int64_t done;

	if (sql_number(s, e, &done,
		    "SELECT count(*) FROM spool"
		    " WHERE segment = ? AND state = 'done'",
		    SQL_VALUES(SQL_TEXT(segment))) == -1)
		return -1;
	if (done < count)
		return 0;
	if (store_begin(s, e) == -1)
		return -1;
	return alone(s,
		       sql_do(s, e, "DELETE FROM spool WHERE segment = ?",
			       SQL_TEXT(segment)),
		       e) == -1
		? -1
		: 1;
}

int
spool_next(struct store *s, int64_t *due_r, struct err *e)
{
	return sql_number(s, e, due_r,
		"SELECT until FROM spool WHERE state IN ('waiting', 'leased')"
		" ORDER BY until LIMIT 1",
		SQL_VALUES());
}
