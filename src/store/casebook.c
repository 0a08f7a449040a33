/* Cases, and plans carried out; see store/casebook.h. */
#include "store/casebook.h"

#include <string.h>

#include "base/clock.h"
#include "store/events.h"
#include "store/internal.h"
#include "store/keys.h"
#include "store/letters.h"
#include "store/timers.h"

#define MERGES_MAX 20

int
case_new(struct store *s, const char *prefix, int64_t now, struct arena *a,
	struct case_file *c, struct err *e)
{
	int year = civil_of(now).year;
	char public_id[CASE_ID_MAX];
	int64_t number;

	if (sql_number(s, e, &number,
		    "SELECT coalesce(max(number), 0) + 1 FROM cases"
		    " WHERE year = ?",
		    SQL_VALUES(SQL_INT(year))) == -1)
		return -1;
	snprintf(public_id, sizeof(public_id), "%s-%04d-%04lld", prefix, year,
		(long long)number);
	if (sql_do(s, e,
		    "INSERT INTO cases(public_id, year, number)"
		    " VALUES(?, ?, ?)",
		    SQL_TEXT(public_id), SQL_INT(year), SQL_INT(number)) == -1)
		return -1;
	case_begin(c, a, sql_last_id(s));
	snprintf(c->public_id, sizeof(c->public_id), "%s", public_id);
	return 0;
}

int
case_find(struct store *s, const char *public_id, int64_t *id_r, struct err *e)
{
	return sql_number(s, e, id_r,
		"SELECT id FROM cases WHERE public_id = ? COLLATE NOCASE",
		SQL_VALUES(SQL_TEXT(public_id)));
}

int
case_follow(struct store *s, int64_t *id, struct err *e)
{
	int64_t next;
	int i, found;

	for (i = 0; i < MERGES_MAX; i++) {
		found = sql_number(s, e, &next,
			"SELECT merged_into FROM cases WHERE id = ?",
			SQL_VALUES(SQL_INT(*id)));
		if (found == -1)
			return -1;
		if (next == 0)
			return 0;
		*id = next;
	}
	return 0;
}

int
case_ground(struct store *s, const struct case_file *c, int64_t writer,
	struct arena *a, struct ground *g, struct err *e)
{
	struct open_letter *letters;
	int64_t count;
	size_t n = 0;
	struct sql *q;
	int more, kind;

	if (sql_number(s, e, &g->next_letter,
		    "SELECT coalesce(max(id), 0) + 1 FROM letters",
		    SQL_VALUES()) == -1 ||
		sql_number(s, e, &count,
			"SELECT count(*) FROM letters WHERE case_id = ?"
			" AND state NOT IN ('handed', 'cancelled', 'failed')",
			SQL_VALUES(SQL_INT(c->id))) == -1)
		return -1;
	letters = arena_calloc(a, (size_t)count, sizeof(*letters));
	q = sql_query(s, e,
		"SELECT id, person, kind, sealed, state = 'waiting'"
		" FROM letters WHERE case_id = ?"
		" AND state NOT IN ('handed', 'cancelled', 'failed')"
		" ORDER BY id",
		SQL_INT(c->id));
	while ((more = sql_next(q, e)) == 1 && n < (size_t)count) {
		kind = letter_kind_of(sql_text(q, 2));
		letters[n++] = (struct open_letter){.letter = sql_int(q, 0),
			.person = sql_int(q, 1),
			.kind = kind >= 0 ? (enum letter_kind)kind
					  : LETTER_MESSAGE,
			.clear = sql_int(q, 3) == 0,
			.waits = sql_int(q, 4) != 0};
	}
	sql_end(q);
	g->open_letters = letters;
	g->open_letters_count = n;
	return more == -1 ? -1 : keys_ground(s, c, writer, a, g, e);
}

static int
project(struct store *s, const struct case_file *c, struct err *e)
{
	const struct party *finder = case_finder(c);

	return sql_do(s, e,
		"UPDATE cases SET state = ?, opened = ?, changed = ?,"
		" answer_by = ?, answered = ?, embargo_end = ?, assignee = ?,"
		" finder = ?, merged_into = ?, class = ?, robots = ?,"
		" purged = ?, severity = ?, tlp = ?"
		" WHERE id = ?",
		SQL_TEXT(report_state_name(c->state)), SQL_INT(c->opened),
		SQL_INT(c->changed), SQL_INT(c->answer_by),
		SQL_INT(c->answered), SQL_INT(c->embargo_end),
		SQL_INT(c->assignee),
		SQL_INT(finder != NULL ? finder->person : 0),
		SQL_INT(c->merged_into), SQL_TEXT(c->class),
		SQL_INT(case_is_of_robots(c)), SQL_INT(c->purged),
		SQL_TEXT(details_value(&c->details, DETAIL_SEVERITY, NULL)),
		SQL_TEXT(details_value(&c->details, DETAIL_TLP, NULL)),
		SQL_INT(c->id));
}

int
case_carry_out(struct store *s, const struct plan *p,
	const struct plan_context *x, struct err *e)
{
	const struct planned_event *pe;
	const struct key_change *k;
	size_t i;

	for (pe = p->events; pe != NULL; pe = pe->next)
		if (event_append(s, pe->case_id, &pe->event, x->cause, e) == -1)
			return -1;
	for (k = p->keys; k != NULL; k = k->next)
		if (key_change(s, k, x->now, e) == -1 ||
			(k->to != KEY_DIFFERS &&
				letters_resume(s, k->person, x->now, e) == -1))
			return -1;
	if (letters_cancel(s, p, x->now, e) == -1 ||
		letters_order(s, p, x->now, x->owner, x->until, e) == -1 ||
		letters_release(s, p, x->now, e) == -1 ||
		timers_change(s, p, e) == -1)
		return -1;
	for (i = 0; i < x->cases_count; i++)
		if (project(s, x->cases[i], e) == -1)
			return -1;
	return 0;
}

int
case_robots(struct store *s, int64_t *count_r, struct err *e)
{
	return sql_number(s, e, count_r,
		       "SELECT count(*) FROM cases WHERE robots",
		       SQL_VALUES()) == -1
		? -1
		: 0;
}

int
case_list(struct store *s, enum case_choice which,
	int (*each)(void *arg, const struct case_line *line), void *arg,
	struct err *e)
{
	struct case_line line;
	struct sql *q = sql_query(s, e,
		"SELECT c.id, c.public_id, c.state, coalesce(a.name, ''),"
		" coalesce(f.address, ''), coalesce(m.public_id, ''),"
		" c.opened, c.changed, c.answer_by, c.answered, c.embargo_end,"
		" (SELECT count(*) FROM letters l WHERE l.case_id = c.id"
		"  AND l.state IN ('waiting', 'failed')), c.class,"
		" c.severity, c.tlp"
		" FROM cases c LEFT JOIN persons a ON a.id = c.assignee"
		" LEFT JOIN persons f ON f.id = c.finder"
		" LEFT JOIN cases m ON m.id = c.merged_into"
		" WHERE CASE ?1 WHEN 0 THEN c.state <> 'Closed'"
		"  AND c.merged_into = 0 AND NOT c.robots"
		" WHEN 1 THEN c.robots ELSE 1 END"
		" ORDER BY c.changed DESC, c.id DESC",
		SQL_INT(which));
	int more;

	while ((more = sql_next(q, e)) == 1) {
		line = (struct case_line){.id = sql_int(q, 0),
			.public_id = sql_text(q, 1),
			.state = sql_text(q, 2),
			.assignee = sql_text(q, 3),
			.finder = sql_text(q, 4),
			.merged_into = sql_text(q, 5),
			.opened = sql_int(q, 6),
			.changed = sql_int(q, 7),
			.answer_by = sql_int(q, 8),
			.answered = sql_int(q, 9),
			.embargo_end = sql_int(q, 10),
			.waiting_letters = sql_int(q, 11),
			.class = sql_text(q, 12),
			.severity = sql_text(q, 13),
			.tlp = sql_text(q, 14)};
		if ((more = each(arg, &line)) != 0)
			break;
	}
	sql_end(q);
	return more == -1 ? -1 : 0;
}

int
cases_of_finder(struct store *s, int64_t person,
	int (*each)(void *arg, int64_t id, struct err *e), void *arg,
	struct err *e)
{
	int64_t id = 0;
	int found;

	while ((found = sql_number(s, e, &id,
			"SELECT id FROM cases WHERE finder = ? AND id > ?"
			" AND state <> 'Closed' AND merged_into = 0"
			" ORDER BY id LIMIT 1",
			SQL_VALUES(SQL_INT(person), SQL_INT(id)))) == 1)
		if (each(arg, id, e) == -1)
			return -1;
	return found;
}
