#include "store/keys.h"

#include <string.h>

#include "store/internal.h"

static enum protocol
protocol_of(const char *name)
{
	return strcmp(name, protocol_name(PROTOCOL_SMIME)) == 0
		? PROTOCOL_SMIME
		: PROTOCOL_OPENPGP;
}

int
key_keep(struct store *s, const struct input_key *k, int64_t person,
	bool differs, int64_t now, struct err *e)
{
	return sql_do(s, e,
		       "INSERT OR IGNORE INTO keys(fingerprint, person,"
		       " protocol, origin, state, data, first_seen, expires)"
		       " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		       SQL_TEXT(k->fingerprint), SQL_INT(person),
		       SQL_TEXT(protocol_name(k->protocol)),
		       SQL_TEXT(k->origin),
		       SQL_TEXT(differs ? "differs" : "aside"),
		       SQL_BLOB(k->minimal, strlen(k->minimal)), SQL_INT(now),
		       SQL_INT(k->expires)) == -1
		? -1
		: 0;
}

int
key_of_person(struct store *s, int64_t person, bool only_pinned,
	struct arena *a, struct person_key *k, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT protocol, fingerprint, state = 'pinned', expires"
		" FROM keys WHERE person = ?1 AND (state = 'pinned'"
		" OR (state = 'aside' AND NOT ?2))"
		" ORDER BY state = 'pinned' DESC, first_seen, fingerprint"
		" LIMIT 1",
		SQL_INT(person), SQL_INT(only_pinned));
	int found = sql_next(q, e);

	if (found == 1)
		*k = (struct person_key){
			.protocol = protocol_of(sql_text(q, 0)),
			.fingerprint = sql_text_copy(q, 1, a),
			.pinned = sql_int(q, 2) != 0,
			.expires = sql_int(q, 3)};
	sql_end(q);
	return found;
}

int
key_compare(struct store *s, int64_t person, const char *fingerprint,
	bool *known_r, bool *differs_r, struct err *e)
{
	int64_t same, other;

	if (sql_number(s, e, &same,
		    "SELECT count(*) FROM keys"
		    " WHERE person = ? AND fingerprint = ?",
		    SQL_VALUES(SQL_INT(person), SQL_TEXT(fingerprint))) == -1 ||
		sql_number(s, e, &other,
			"SELECT count(*) FROM keys"
			" WHERE person = ? AND fingerprint <> ?",
			SQL_VALUES(SQL_INT(person), SQL_TEXT(fingerprint))) ==
			-1)
		return -1;
	*known_r = same > 0;
	*differs_r = other > 0;
	return 0;
}

int
keys_each(struct store *s,
	int (*each)(void *arg, enum protocol protocol, const char *fingerprint,
		struct span data),
	void *arg, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT protocol, fingerprint, data FROM keys"
		" WHERE state <> 'differs'"
		" GROUP BY protocol, fingerprint"
		" ORDER BY protocol, fingerprint");
	int more;

	while ((more = sql_next(q, e)) == 1)
		if ((more = each(arg, protocol_of(sql_text(q, 0)),
			     sql_text(q, 1), sql_blob(q, 2))) != 0)
			break;
	sql_end(q);
	return more == -1 ? -1 : 0;
}

int
keys_count(struct store *s, int64_t *count_r, struct err *e)
{
	return sql_number(s, e, count_r, "SELECT count(*) FROM keys",
		       SQL_VALUES()) == -1
		? -1
		: 0;
}
