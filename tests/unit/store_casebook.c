/* Cases: what is loaded is what was decided; lists and merges. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/letters.h"

static void
test_a_case_comes_back_as_it_was_decided(void **state)
{
	struct shop *x = *state;
	int64_t id = shop_case(x);
	const char *decided;
	struct case_file c;

	shop_do(x, id, "/valid\n/assign bob\n");
	shop_do(x, id, "/note\nIt is so.\n");
	shop_mail(x, id);
	decided = kit_case_text(x->k, &x->k->c);
	store_close(&x->s);
	shop_open(x);
	assert_int_equal(case_load(x->s, id, x->a, &c, &x->e), 1);
	assert_string_equal(kit_case_text(x->k, &c), decided);
	assert_int_equal(case_load(x->s, 99, x->a, &c, &x->e), 0);
}

/* Case, events, letters, timers and tokens: all of them, or none. */
static void
test_a_case_that_is_rolled_back_leaves_nothing(void **state)
{
	static const char *const counts[] = {"SELECT count(*) FROM cases",
		"SELECT count(*) FROM events", "SELECT count(*) FROM payloads",
		"SELECT count(*) FROM letters", "SELECT count(*) FROM timers",
		"SELECT count(*) FROM tokens",
		"SELECT count(*) FROM message_ids"};
	struct shop *x = *state;
	struct kit *k = x->k;
	size_t i;

	shop_begin(x);
	must(x, case_new(x->s, "EX", NOW, k->arena, &k->c, &x->e));
	shop_ground(x, &k->c);
	kit_mail(k, &k->c, NULL);
	must(x, shop_carry(x, &k->c, NULL));
	for (i = 0; i < countof(counts) - 1; i++)
		assert_true(shop_number(x, counts[i]) > 0);
	store_rollback(x->s);
	for (i = 0; i < countof(counts); i++)
		assert_int_equal(shop_number(x, counts[i]), 0);
	/* Nor is its number gone. */
	assert_int_equal(shop_case(x), 1);
	assert_string_equal(k->c.public_id, "EX-2026-0001");
}

static void
test_numbers_begin_anew_each_year(void **state)
{
	struct shop *x = *state;
	struct kit *k = x->k;

	shop_case(x);
	shop_case(x);
	assert_string_equal(k->c.public_id, "EX-2026-0002");
	k->ground.now = NOW + 60 * DAY;
	shop_case(x);
	assert_string_equal(k->c.public_id, "EX-2027-0001");
}

static void
test_a_case_is_found_by_its_name(void **state)
{
	struct shop *x = *state;
	int64_t id = shop_case(x), found;

	assert_int_equal(case_find(x->s, "EX-2026-0001", &found, &x->e), 1);
	assert_int_equal(found, id);
	assert_int_equal(case_find(x->s, "ex-2026-0001", &found, &x->e), 1);
	assert_int_equal(case_find(x->s, "EX-2026-000", &found, &x->e), 0);
	assert_int_equal(case_find(x->s, "EX-2026-000_", &found, &x->e), 0);
	assert_int_equal(case_find(x->s, "", &found, &x->e), 0);
}

/* Through merges of merges, and never for ever. */
static void
test_a_merge_is_followed(void **state)
{
	struct shop *x = *state;
	int64_t id;

	shop_case(x);
	shop_case(x);
	shop_case(x);
	shop_sql(x,
		"UPDATE cases SET merged_into = 2 WHERE id = 1;"
		"UPDATE cases SET merged_into = 3 WHERE id = 2");
	id = 1;
	must(x, case_follow(x->s, &id, &x->e));
	assert_int_equal(id, 3);
	must(x, case_follow(x->s, &id, &x->e));
	assert_int_equal(id, 3);
	shop_sql(x, "UPDATE cases SET merged_into = 1 WHERE id = 3");
	must(x, case_follow(x->s, &id, &x->e));
}

static void
test_the_ground_is_what_is_open(void **state)
{
	struct shop *x = *state;
	struct ground *g = &x->k->ground;
	int64_t id = shop_case(x);

	shop_sql(x,
		"UPDATE letters SET state = 'handed' WHERE id = 1;"
		"UPDATE letters SET state = 'waiting' WHERE id = 2");
	shop_load(x, id);
	assert_int_equal(g->next_letter, 4);
	assert_int_equal(g->open_letters_count, 2);
	assert_int_equal(g->open_letters[0].letter, 2);
	assert_int_equal(g->open_letters[1].letter, 3);
}

static void
test_events_are_in_their_order(void **state)
{
	struct shop *x = *state;
	struct event *ev;
	int64_t id = shop_case(x);

	shop_case(x);
	shop_do(x, id, "/valid\n");
	must(x, case_events(x->s, id, x->a, &ev, &x->e));
	assert_int_equal(ev->kind, EVENT_CASE_OPENED);
	assert_true(ev->at == NOW);
	while (ev->next != NULL)
		ev = ev->next;
	assert_int_equal(ev->kind, EVENT_STATUS_CHANGED);
	assert_int_equal(ev->actor, ADA);
	/* Actor and cause are not among its facts. */
	assert_null(facts_get(&ev->facts, "actor"));
	assert_null(facts_get(&ev->facts, "cause"));
	assert_string_equal(facts_get(&ev->facts, "to"), "Valid");
}

static int
add_line(void *arg, const struct case_line *line)
{
	buf_printf(arg, "%s %s %d\n", line->public_id, line->state,
		(int)line->waiting_letters);
	return 0;
}

static void
test_open_cases_are_listed_the_newest_change_first(void **state)
{
	struct shop *x = *state;
	struct buf b = BUF_INIT(1000);
	int64_t one = shop_case(x);

	x->k->ground.now += HOUR;
	shop_case(x);
	x->k->ground.now += HOUR;
	shop_do(x, one, "/valid\n");
	shop_sql(x, "UPDATE letters SET state = 'waiting' WHERE id = 1");
	must(x, case_list(x->s, CASES_OPEN, add_line, &b, &x->e));
	assert_string_equal(
		b.data, "EX-2026-0001 Valid 1\nEX-2026-0002 Received 0\n");
	buf_clear(&b);
	shop_do(x, 2, "/invalid spam\n");
	shop_do(x, 2, "/close done\n");
	must(x, case_list(x->s, CASES_OPEN, add_line, &b, &x->e));
	assert_string_equal(b.data, "EX-2026-0001 Valid 1\n");
	buf_clear(&b);
	must(x, case_list(x->s, CASES_ALL, add_line, &b, &x->e));
	assert_non_null(strstr(b.data, "EX-2026-0002 Closed"));
	buf_release(&b);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_case_comes_back_as_it_was_decided),
		T(test_a_case_that_is_rolled_back_leaves_nothing),
		T(test_numbers_begin_anew_each_year),
		T(test_a_case_is_found_by_its_name),
		T(test_a_merge_is_followed), T(test_the_ground_is_what_is_open),
		T(test_events_are_in_their_order),
		T(test_open_cases_are_listed_the_newest_change_first)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
