#include "store/persons.h"

#include <ctype.h>
#include <string.h>

#include "store/internal.h"

/* Servers fold, and people type: the whole address in lower case. */
static char *
fold(const char *address)
{
	char *folded = xstrdup(address), *p;

	for (p = folded; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return folded;
}

int
person_find(struct store *s, const char *address, int64_t *id_r, struct err *e)
{
	scoped(free_pointer) char *folded = fold(address);

	return sql_number(s, e, id_r,
		"SELECT id FROM persons WHERE address = ?",
		SQL_VALUES(SQL_TEXT(folded)));
}

int
person_of_address(struct store *s, const char *address, const char *name,
	int64_t *id_r, struct err *e)
{
	scoped(free_pointer) char *folded = fold(address);
	int found = person_find(s, address, id_r, e);

	if (found == 1 && name[0] != '\0')
		return sql_do(s, e,
			       "UPDATE persons SET name = ?"
			       " WHERE id = ? AND name = ''",
			       SQL_TEXT(name), SQL_INT(*id_r)) == -1
			? -1
			: 0;
	if (found != 0)
		return found == 1 ? 0 : -1;
	if (sql_do(s, e, "INSERT INTO persons(address, name) VALUES(?, ?)",
		    SQL_TEXT(folded), SQL_TEXT(name)) == -1)
		return -1;
	*id_r = sql_last_id(s);
	return 0;
}

/*
 * The address may have been known as somebody's before they were an analyst:
 * that row becomes the analyst's.
 */
int
person_of_analyst(struct store *s, const char *analyst, const char *address,
	int64_t *id_r, struct err *e)
{
	scoped(free_pointer) char *folded = fold(address);
	int found = sql_number(s, e, id_r,
		"SELECT id FROM persons WHERE analyst = ?",
		SQL_VALUES(SQL_TEXT(analyst)));

	if (found == -1)
		return -1;
	if (found == 0) {
		if (sql_do(s, e,
			    "INSERT INTO persons(analyst, address, name)"
			    " VALUES(?1, ?2, ?1) ON CONFLICT(address)"
			    " DO UPDATE SET analyst = ?1, name = ?1",
			    SQL_TEXT(analyst), SQL_TEXT(folded)) == -1)
			return -1;
		return sql_number(s, e, id_r,
			       "SELECT id FROM persons WHERE analyst = ?",
			       SQL_VALUES(SQL_TEXT(analyst))) == 1
			? 0
			: -1;
	}
	/* Letters to an analyst must never go where they went before. */
	if (sql_do(s, e,
		    "UPDATE persons SET address = NULL"
		    " WHERE address = ?1 AND id <> ?2",
		    SQL_TEXT(folded), SQL_INT(*id_r)) == -1)
		return -1;
	return sql_do(s, e,
		       "UPDATE persons SET address = ?1"
		       " WHERE id = ?2 AND address IS NOT ?1",
		       SQL_TEXT(folded), SQL_INT(*id_r)) == -1
		? -1
		: 0;
}

int
person_get(struct store *s, int64_t id, struct arena *a, struct person *p,
	struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT analyst, address, name FROM persons WHERE id = ?",
		SQL_INT(id));
	int found = sql_next(q, e);

	*p = (struct person){.analyst = "", .address = "", .name = ""};
	if (found == 1)
		*p = (struct person){.id = id,
			.analyst = sql_text_copy(q, 0, a),
			.address = sql_text_copy(q, 1, a),
			.name = sql_text_copy(q, 2, a)};
	sql_end(q);
	return found;
}
