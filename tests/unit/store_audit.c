/* The chain: whatever is changed behind it, the audit finds it. */
#include "store_kit.h"

#include "store/forget.h"

#include "base/clock.h"

static int
audit(struct shop *x, struct audit_result *r)
{
	return audit_verify(x->s, r, &x->e);
}

/* Two cases with a handful of events. */
static void
fill(struct shop *x)
{
	int64_t one = shop_case(x);

	shop_case(x);
	shop_do(x, one, "/valid\n/assign bob\n");
	shop_do(x, one, "/note\nIt is so.\n");
	shop_mail(x, one);
}

static void
test_an_empty_store_is_in_order(void **state)
{
	struct shop *x = *state;
	struct audit_result r;

	must(x, audit(x, &r));
	assert_int_equal(r.events, 0);
	assert_int_equal(r.cases, 0);
	assert_string_equal(r.head,
		"00000000000000000000000000000000"
		"00000000000000000000000000000000");
}

static void
test_what_was_written_is_in_order(void **state)
{
	struct shop *x = *state;
	struct audit_result r, again;

	fill(x);
	must(x, audit(x, &r));
	assert_int_equal(
		r.events, shop_number(x, "SELECT count(*) FROM events"));
	assert_int_equal(r.cases, 2);
	assert_int_equal(r.forgotten, 0);
	/* The head is that of the last event, and the same after a restart. */
	store_close(&x->s);
	shop_open(x);
	must(x, audit(x, &again));
	assert_string_equal(again.head, r.head);
	shop_case(x);
	must(x, audit(x, &again));
	assert_string_not_equal(again.head, r.head);
}

/* Payloads that are gone leave links that still hold, when it is purged. */
static void
test_what_is_forgotten_is_counted(void **state)
{
	const struct purge_input in = {.reason = "old", .along = true};
	struct shop *x = *state;
	struct forgotten f = {.arena = x->a};
	struct audit_result r;
	int64_t before;

	fill(x);
	shop_begin(x);
	shop_load(x, x->k->c.id);
	before = shop_number(x, "SELECT count(*) FROM payloads");
	must(x, case_forget(x->s, &x->k->c, &f, &x->e));
	kit_plan(x->k);
	must(x, decide_purge(&x->k->ground, &x->k->c, &in, &x->k->plan, &x->e));
	must(x, shop_carry(x, &x->k->c, NULL));
	shop_commit(x);
	must(x, audit(x, &r));
	assert_int_equal(r.forgotten,
		before + 1 - shop_number(x, "SELECT count(*) FROM payloads"));
	assert_true(r.forgotten > 0);
}

/* The audit of a copy on which CHANGE has been done. */
static int
audit_changed(struct shop *x, const char *change)
{
	struct store *original = x->s;
	struct audit_result r;
	char dir[80], path[100];
	int result;

	snprintf(dir, sizeof(dir), "%s/copy", x->dir);
	snprintf(path, sizeof(path), "%s/store.db", dir);
	shop_mkdir(x, "copy");
	must(x, sql_copy(original, path, &x->e));
	x->s = store_open(dir, SPAN(shop_secret), "h", &x->e);
	assert_non_null(x->s);
	shop_sql(x, "PRAGMA foreign_keys = OFF");
	shop_sql(x, change);
	result = audit(x, &r);
	if (result == -1)
		assert_int_equal(x->e.kind, ERR_PERMANENT);
	store_close(&x->s);
	x->s = original;
	must(x, fs_remove_tree(dir, &x->e));
	return result;
}

static void
test_every_field_is_watched(void **state)
{
	static const char *const changes[] = {
		"UPDATE events SET seq = 100 WHERE seq ="
		" (SELECT max(seq) FROM events)",
		"UPDATE events SET case_id = 2 WHERE seq = 1",
		"UPDATE events SET kind = 'note.added' WHERE seq = 2",
		"UPDATE events SET at = at + 1 WHERE seq = 3",
		"UPDATE events SET commitment = zeroblob(32) WHERE seq = 3",
		"UPDATE events SET commitment = x'' WHERE seq = 3",
		"UPDATE events SET link = zeroblob(32) WHERE seq = 3",
		"UPDATE events SET link = x'' WHERE seq = 3",
		"UPDATE payloads SET salt = zeroblob(32) WHERE seq = 3",
		"UPDATE payloads SET payload = CAST(payload || x'0a' AS BLOB)"
		" WHERE seq = 3",
		"UPDATE payloads SET payload = x'' WHERE seq = 3",
		/* An event less, or one more. */
		"DELETE FROM payloads WHERE seq = 3;"
		"DELETE FROM events WHERE seq = 3",
		"INSERT INTO events SELECT max(seq) + 1, 1, 'case.assigned', 7,"
		" zeroblob(32), zeroblob(32) FROM events",
		/* Two payloads that change places. */
		"UPDATE payloads SET seq = 1000 WHERE seq = 2;"
		"UPDATE payloads SET seq = 2 WHERE seq = 3;"
		"UPDATE payloads SET seq = 3 WHERE seq = 1000",
		/* The end of it: its case tells. */
		"DELETE FROM payloads WHERE seq IN (SELECT seq FROM events"
		" WHERE case_id = 2);"
		"DELETE FROM events WHERE case_id = 2",
		/* And the columns that lists are made of. */
		"UPDATE cases SET public_id = 'EX-2026-0077' WHERE id = 1",
		"UPDATE cases SET state = 'Closed' WHERE id = 1",
		"UPDATE cases SET opened = opened - 1 WHERE id = 1",
		"UPDATE cases SET changed = changed + 1 WHERE id = 1",
		"UPDATE cases SET answer_by = 7 WHERE id = 2",
		"UPDATE cases SET answered = 7 WHERE id = 2",
		"UPDATE cases SET embargo_end = 7 WHERE id = 1",
		"UPDATE cases SET assignee = 7 WHERE id = 1",
		"UPDATE cases SET finder = 7 WHERE id = 1",
		"UPDATE cases SET merged_into = 2 WHERE id = 1",
		"INSERT INTO cases(public_id, year, number)"
		" VALUES('EX-2026-0099', 2026, 99)",
	};
	struct shop *x = *state;
	size_t i;

	fill(x);
	for (i = 0; i < countof(changes); i++)
		if (audit_changed(x, changes[i]) == 0)
			fail_msg("nobody sees: %s", changes[i]);
	/* But for those it is in order. */
	assert_int_equal(audit_changed(x, "SELECT 1"), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_an_empty_store_is_in_order),
		T(test_what_was_written_is_in_order),
		T(test_what_is_forgotten_is_counted),
		T(test_every_field_is_watched)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
