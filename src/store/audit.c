/* Does the store say what its events say?  See store/casebook.h. */
#include "store/casebook.h"

#include <string.h>

#include "store/events.h"
#include "store/internal.h"

static int
check_link(struct sql *q, struct hash *previous, struct audit_result *r,
	struct err *e)
{
	struct span commitment = sql_blob(q, 4), payload = sql_blob(q, 7);
	struct hash link, again;

	if (sql_is_null(q, 7)) {
		r->forgotten++;
	} else {
		again = event_commitment(sql_blob(q, 6), payload);
		if (commitment.len != sizeof(again.bytes) ||
			memcmp(commitment.data, again.bytes,
				sizeof(again.bytes)) != 0)
			return err_permanent(e, "5.6.0",
				"event %lld (%s): its facts were changed",
				(long long)sql_int(q, 0), sql_text(q, 2));
	}
	link = event_link(
		(struct span){(char *)previous->bytes, sizeof(previous->bytes)},
		sql_int(q, 0), sql_int(q, 1), sql_text(q, 2), sql_int(q, 3),
		commitment);
	if (sql_int(q, 0) != r->events + 1 ||
		sql_blob(q, 5).len != sizeof(link.bytes) ||
		memcmp(sql_blob(q, 5).data, link.bytes, sizeof(link.bytes)))
		return err_permanent(e, "5.6.0",
			"event %lld (%s): the chain breaks here: events were "
			"changed or removed",
			(long long)sql_int(q, 0), sql_text(q, 2));
	r->events++;
	*previous = link;
	return 0;
}

static int
verify_chain(struct store *s, struct audit_result *r, struct err *e)
{
	struct hash previous = {{0}};
	struct sql *q = sql_query(s, e,
		"SELECT seq, case_id, kind, at, commitment, link, salt,"
		" payload FROM events LEFT JOIN payloads USING(seq)"
		" ORDER BY seq");
	int more;

	while ((more = sql_next(q, e)) == 1)
		if ((more = check_link(q, &previous, r, e)) != 0)
			break;
	sql_end(q);
	hex_of(previous.bytes, sizeof(previous.bytes), r->head);
	return more;
}

/* The columns that store/casebook.c projects, in the order of the query. */
static bool
is_projection(struct sql *q, const struct case_file *c)
{
	const struct party *finder = case_finder(c);
	const int64_t numbers[] = {c->opened, c->changed, c->answer_by,
		c->answered, c->embargo_end, c->assignee,
		finder != NULL ? finder->person : 0, c->merged_into,
		case_is_of_robots(c), c->purged};
	size_t i;

	for (i = 0; i < countof(numbers); i++)
		if (numbers[i] != sql_int(q, (int)i + 3))
			return false;
	return strcmp(details_value(&c->details, DETAIL_SEVERITY, NULL),
		       sql_text(q, 14)) == 0 &&
		strcmp(details_value(&c->details, DETAIL_TLP, NULL),
			sql_text(q, 15)) == 0 &&
		strcmp(c->public_id, sql_text(q, 1)) == 0 &&
		strcmp(report_state_name(c->state), sql_text(q, 2)) == 0 &&
		strcmp(c->class, sql_text(q, 13)) == 0;
}

/* Facts may be forgotten when the case is purged, and only then. */
static int
count_gone(struct store *s, int64_t id, int64_t *count_r, struct err *e)
{
	return sql_number(s, e, count_r,
		"SELECT count(*) FROM events LEFT JOIN payloads USING(seq)"
		" WHERE case_id = ? AND payload IS NULL",
		SQL_VALUES(SQL_INT(id)));
}

static int
check_case(struct store *s, struct sql *q, struct err *e)
{
	struct arena *a = arena_new();
	struct case_file c;
	int64_t gone;
	int found = case_load(s, sql_int(q, 0), a, &c, e);

	if (found == 1 && !c.purged) {
		found = count_gone(s, c.id, &gone, e);
		if (found == 1 && gone > 0)
			found = err_permanent(e, "5.6.0",
				"case %s: facts of %lld event(s) are gone, and "
				"it was not purged",
				sql_text(q, 1), (long long)gone);
	}

	/* Without events there is nothing that it could say. */
	if (found == 0 || (found == 1 && !is_projection(q, &c)))
		found = err_permanent(e, "5.6.0",
			"case %s: its row does not say what its events say",
			sql_text(q, 1));
	arena_free(&a);
	return found == -1 ? -1 : 0;
}

int
audit_verify(struct store *s, struct audit_result *r, struct err *e)
{
	struct sql *q;
	int more;

	*r = (struct audit_result){.events = 0};
	/* One read transaction: the store goes on changing meanwhile. */
	if (sql_do(s, e, "BEGIN") == -1)
		return -1;
	s->in_transaction = true;
	more = verify_chain(s, r, e);
	q = more == 0 ? sql_query(s, e,
				"SELECT id, public_id, state, opened, changed,"
				" answer_by, answered, embargo_end, assignee,"
				" finder, merged_into, robots, purged, class,"
				" severity, tlp"
				" FROM cases")
		      : NULL;
	while (q != NULL && (more = sql_next(q, e)) == 1) {
		r->cases++;
		if ((more = check_case(s, q, e)) != 0)
			break;
	}
	sql_end(q);
	store_rollback(s);
	return more == -1 ? -1 : 0;
}
