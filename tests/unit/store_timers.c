/* Timers: in the order of time, to one worker at a time, acted upon once. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/timers.h"

#define OWNER "worker.1"
#define OTHER "worker.2"

/* A case with a timer at DUE (0: none). */
static int64_t
case_due(struct shop *x, int64_t due)
{
	int64_t id = shop_case(x);

	kit_plan(x->k);
	plan_timer(&x->k->plan, &x->k->c, TIMER_ANSWER, due);
	shop_begin(x);
	must(x, timers_change(x->s, &x->k->plan, &x->e));
	shop_commit(x);
	return id;
}

static int64_t
due_for(struct shop *x, const char *owner, int64_t now)
{
	struct due_timer t;
	int found = timer_due(x->s, owner, now, now + MINUTE, &t, &x->e);

	must(x, found);
	if (found == 0)
		return 0;
	assert_int_equal(t.kind, TIMER_ANSWER);
	return t.case_id;
}

static void
test_what_is_due_comes_in_the_order_of_time(void **state)
{
	struct shop *x = *state;
	int64_t late = case_due(x, NOW + 3 * HOUR);
	int64_t early = case_due(x, NOW + HOUR);
	int64_t between = case_due(x, NOW + 2 * HOUR);
	int64_t due;

	assert_int_equal(timer_next(x->s, &due, &x->e), 1);
	assert_true(due == NOW + HOUR);
	assert_int_equal(due_for(x, OWNER, NOW + HOUR - 1), 0);
	assert_int_equal(due_for(x, OWNER, NOW + DAY), early);
	assert_int_equal(due_for(x, OWNER, NOW + DAY), between);
	assert_int_equal(due_for(x, OWNER, NOW + DAY), late);
	assert_int_equal(due_for(x, OWNER, NOW + DAY), 0);
}

static void
test_a_timer_is_one_workers_until_its_lease_ends(void **state)
{
	struct shop *x = *state;
	int64_t id = case_due(x, NOW), due;

	assert_int_equal(due_for(x, OWNER, NOW), id);
	assert_int_equal(due_for(x, OTHER, NOW + MINUTE - 1), 0);
	assert_int_equal(timer_next(x->s, &due, &x->e), 1);
	assert_true(due == NOW + MINUTE);
	assert_int_equal(due_for(x, OTHER, NOW + MINUTE), id);
}

/* Decided meanwhile: whoever still holds it sees that. */
static void
test_a_timer_that_moved_is_no_longer_set(void **state)
{
	struct shop *x = *state;
	int64_t id = case_due(x, NOW);
	struct due_timer t = {.case_id = id, .due = NOW, .kind = TIMER_ANSWER};

	assert_int_equal(timer_is_set(x->s, &t, &x->e), 1);
	kit_plan(x->k);
	plan_timer(&x->k->plan, &x->k->c, TIMER_ANSWER, NOW + DAY);
	must(x, timers_change(x->s, &x->k->plan, &x->e));
	assert_int_equal(timer_is_set(x->s, &t, &x->e), 0);
	/* Moved on, it is nobody's. */
	assert_int_equal(due_for(x, OTHER, NOW + DAY), id);
	kit_plan(x->k);
	plan_timer(&x->k->plan, &x->k->c, TIMER_ANSWER, 0);
	must(x, timers_change(x->s, &x->k->plan, &x->e));
	t.due = NOW + DAY;
	assert_int_equal(timer_is_set(x->s, &t, &x->e), 0);
	assert_int_equal(timer_next(x->s, &t.due, &x->e), 0);
}

/* What a transaction set and did not commit is not due. */
static void
test_a_rolled_back_timer_was_never_set(void **state)
{
	struct shop *x = *state;

	case_due(x, 0);
	kit_plan(x->k);
	plan_timer(&x->k->plan, &x->k->c, TIMER_ANSWER, NOW);
	shop_begin(x);
	must(x, timers_change(x->s, &x->k->plan, &x->e));
	store_rollback(x->s);
	assert_int_equal(due_for(x, OWNER, NOW + DAY), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_is_due_comes_in_the_order_of_time),
		T(test_a_timer_is_one_workers_until_its_lease_ends),
		T(test_a_timer_that_moved_is_no_longer_set),
		T(test_a_rolled_back_timer_was_never_set)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
