#include "store/likenesses.h"

#include <stdlib.h>
#include <string.h>

#include "store/casebook.h"
#include "store/internal.h"

#define PER_MARK 16 /* messages, the newest */

struct search {
	struct store *s;
	const struct sketch *k;
	struct arena *a;
	int64_t looked_at[LIKENESS_LOOKED_AT]; /* messages */
	size_t looked_count;
	struct likeness found[LIKENESS_LOOKED_AT];
	size_t found_count;
	struct err *err;
};

struct hash
likeness_key(struct span secret)
{
	return hmac_of(secret, &SPAN("sketches"), 1);
}

/* --- keep --- */

static int
add_number(struct store *s, int64_t mark, int64_t message, struct err *e)
{
	return sql_do(s, e,
		"INSERT OR IGNORE INTO sketch_marks(mark, message)"
		" VALUES(?, ?)",
		SQL_INT(mark), SQL_INT(message));
}

int
likeness_add(struct store *s, int64_t message, int64_t case_id,
	const struct sketch *k, struct err *e)
{
	int64_t marks[SKETCH_MARKS_MAX];
	size_t i;

	if (!k->has_text && k->marks_count == 0)
		return 0;
	for (i = 0; i < k->marks_count; i++)
		marks[i] = k->marks[i].mark;
	if (sql_do(s, e,
		    "INSERT INTO sketches(message, case_id, rows, marks)"
		    " VALUES(?, ?, ?, ?)",
		    SQL_INT(message), SQL_INT(case_id),
		    k->has_text ? SQL_BLOB(k->row, sizeof(k->row)) : SQL_NULL,
		    SQL_BLOB(marks, k->marks_count * sizeof(*marks))) == -1)
		return -1;
	for (i = 0; k->has_text && i < SKETCH_BANDS; i++)
		if (add_number(s, k->band[i], message, e) == -1)
			return -1;
	for (i = 0; i < k->marks_count; i++)
		if (sketch_kind_finds((enum hint_kind)k->marks[i].kind) &&
			add_number(s, k->marks[i].mark, message, e) == -1)
			return -1;
	return 0;
}

/* --- find --- */

static bool
is_new(struct search *x, int64_t message)
{
	size_t i;

	for (i = 0; i < x->looked_count; i++)
		if (x->looked_at[i] == message)
			return false;
	return x->looked_count < LIKENESS_LOOKED_AT;
}

static int
collect(struct search *x, int64_t mark)
{
	struct sql *q = sql_query(x->s, x->err,
		"SELECT message FROM sketch_marks WHERE mark = ?"
		" ORDER BY message DESC LIMIT ?",
		SQL_INT(mark), SQL_INT(PER_MARK));
	int more;

	while ((more = sql_next(q, x->err)) == 1)
		if (is_new(x, sql_int(q, 0)))
			x->looked_at[x->looked_count++] = sql_int(q, 0);
	sql_end(q);
	return more;
}

static int
collect_all(struct search *x)
{
	size_t i;

	for (i = 0; i < x->k->marks_count; i++)
		if (sketch_kind_finds((enum hint_kind)x->k->marks[i].kind) &&
			collect(x, x->k->marks[i].mark) == -1)
			return -1;
	for (i = 0; x->k->has_text && i < SKETCH_BANDS; i++)
		if (collect(x, x->k->band[i]) == -1)
			return -1;
	return 0;
}

static uint64_t
shared_kinds(const struct sketch *k, struct span marks)
{
	uint64_t kinds = 0;
	int64_t mark;
	size_t i, at;

	for (at = 0; at + sizeof(mark) <= marks.len; at += sizeof(mark)) {
		memcpy(&mark, marks.data + at, sizeof(mark));
		for (i = 0; i < k->marks_count; i++)
			if (k->marks[i].mark == mark)
				kinds |= UINT64_C(1) << k->marks[i].kind;
	}
	return kinds;
}

static int
text_of(const struct sketch *k, struct span rows)
{
	uint32_t row[SKETCH_ROWS];

	if (!k->has_text || rows.len != sizeof(row))
		return 0;
	memcpy(row, rows.data, sizeof(row));
	return sketch_text_likeness(k->row, row);
}

static void
note(struct search *x, int64_t case_id, int score, const char *why)
{
	struct likeness *l;
	size_t i;

	for (i = 0; i < x->found_count; i++)
		if (x->found[i].case_id == case_id)
			break;
	l = &x->found[i];
	if (i == x->found_count)
		*l = (struct likeness){.case_id = case_id};
	x->found_count += i == x->found_count;
	if (score > l->score) {
		l->score = score;
		l->why = arena_strdup(x->a, why);
	}
}

static int
look_at(struct search *x, int64_t message)
{
	struct sql *q = sql_query(x->s, x->err,
		"SELECT case_id, rows, marks FROM sketches WHERE message = ?",
		SQL_INT(message));
	struct buf why = BUF_INIT(400);
	int more = sql_next(q, x->err), score = 0;
	int64_t case_id = 0;

	if (more == 1) {
		case_id = sql_int(q, 0);
		score = sketch_score(text_of(x->k, sql_blob(q, 1)),
			shared_kinds(x->k, sql_blob(q, 2)), &why);
	}
	sql_end(q);
	if (score >= LIKENESS_LEAST)
		note(x, case_id, score, why.data);
	buf_release(&why);
	return more;
}

static int
name_case(struct search *x, struct likeness *l)
{
	struct sql *q = sql_query(x->s, x->err,
		"SELECT public_id, state FROM cases WHERE id = ?",
		SQL_INT(l->case_id));
	int more = sql_next(q, x->err);

	l->public_id = more == 1 ? sql_text_copy(q, 0, x->a) : "";
	l->state = more == 1 ? sql_text_copy(q, 1, x->a) : "";
	sql_end(q);
	return more;
}

static int
by_score(const void *left, const void *right)
{
	const struct likeness *a = left, *b = right;

	if (a->score != b->score)
		return b->score - a->score;
	return a->case_id < b->case_id ? 1 : -1;
}

/* The best of what was found, where it is merged as what it is merged into. */
static int
keep_best(struct search *x, size_t *count_r)
{
	struct likeness *l;
	size_t i, k;

	*count_r = 0;
	for (i = 0; i < x->found_count && *count_r < LIKENESSES_MAX; i++) {
		l = &x->found[i];
		if (case_follow(x->s, &l->case_id, x->err) == -1)
			return -1;
		for (k = 0; k < *count_r; k++)
			if (x->found[k].case_id == l->case_id)
				break;
		if (k < *count_r)
			continue;
		if (name_case(x, l) == -1)
			return -1;
		x->found[(*count_r)++] = *l;
	}
	return 0;
}

int
likeness_find(struct store *s, const struct sketch *k, struct arena *a,
	struct likeness **list_r, size_t *count_r, struct err *e)
{
	struct search *x = arena_alloc(a, sizeof(*x));
	size_t i;

	*x = (struct search){.s = s, .k = k, .a = a, .err = e};
	*list_r = x->found;
	*count_r = 0;
	if (collect_all(x) == -1)
		return -1;
	for (i = 0; i < x->looked_count; i++)
		if (look_at(x, x->looked_at[i]) == -1)
			return -1;
	qsort(x->found, x->found_count, sizeof(*x->found), by_score);
	return keep_best(x, count_r);
}

/* --- who --- */

/* A closed case does not say in a column what it was found to be. */
static int
judged_of(struct store *s, int64_t id, const char *state,
	enum report_state *judged_r, struct err *e)
{
	struct arena *a;
	struct case_file c = {
		.state = (enum report_state)report_state_of(state)};
	int found;

	*judged_r = case_judged(&c);
	if (c.state != REPORT_CLOSED)
		return 1;
	a = arena_new();
	found = case_load(s, id, a, &c, e);
	if (found == 1)
		*judged_r = case_judged(&c);
	arena_free(&a);
	return found;
}

int
finder_record(struct store *s, int64_t person, int64_t except_case,
	struct finder_record *r, struct err *e)
{
	enum report_state judged;
	struct sql *q;
	int more;

	*r = (struct finder_record){.open = 0};
	q = sql_query(s, e,
		"SELECT id, state FROM cases WHERE finder = ? AND id <> ?"
		" AND merged_into = 0 ORDER BY id DESC LIMIT ?",
		SQL_INT(person), SQL_INT(except_case), SQL_INT(RECORD_CASES));
	while ((more = sql_next(q, e)) == 1) {
		more = judged_of(s, sql_int(q, 0), sql_text(q, 1), &judged, e);
		if (more == -1)
			break;
		r->valid += judged == REPORT_VALID;
		r->invalid += judged == REPORT_INVALID;
		r->open += judged == REPORT_RECEIVED;
	}
	sql_end(q);
	return more == -1 ? -1 : 0;
}
