/* The clock is set while leases and timers wait. */
#include "store_kit.h"

#include "store/clocks.h"
#include "store/spool.h"

#define BOOT (NOW - HOUR) /* how far the clock is ahead of it */

static int64_t
jumped(struct shop *x, int64_t ahead)
{
	int64_t jump;

	must(x, clocks_jumped(x->s, ahead, &jump, &x->e));
	return jump;
}

static void
trust(struct shop *x, int64_t ahead)
{
	store_close(&x->s);
	must(x, clocks_trust(x->dir, ahead, &x->e));
	shop_open(x);
}

static void
test_nothing_is_noted_yet(void **state)
{
	assert_true(jumped(*state, BOOT) == 0);
}

static void
test_a_jump_is_more_than_five_minutes(void **state)
{
	struct shop *x = *state;

	trust(x, BOOT);
	assert_true(jumped(x, BOOT) == 0);
	assert_true(jumped(x, BOOT + 5 * MINUTE) == 0);
	assert_true(jumped(x, BOOT - 5 * MINUTE) == 0);
	assert_true(jumped(x, BOOT + 6 * MINUTE) == 6 * MINUTE);
	assert_true(jumped(x, BOOT - DAY) == -DAY);
	/* Back where it was, and trusted where it is. */
	assert_true(jumped(x, BOOT) == 0);
	trust(x, BOOT - DAY);
	assert_true(jumped(x, BOOT - DAY) == 0);
	assert_true(jumped(x, BOOT) == DAY);
}

/* When an item that was given back until NOW + 5 s is due. */
static int64_t
due(struct shop *x)
{
	return shop_number(x, "SELECT until FROM spool") - NOW;
}

static void
test_waits_move_with_the_clock(void **state)
{
	struct spool_item item = {.segment = "lmtp/a"}, leased;
	struct shop *x = *state;
	size_t count;

	trust(x, BOOT);
	must(x,
		spool_lease(x->s, &item, 1, "w", NOW, NOW + MINUTE, &leased, 1,
			&count, &x->e));
	must(x, spool_retry(x->s, &leased, "w", NOW + 5 * SECOND, &x->e));
	assert_true(jumped(x, BOOT - 7 * DAY) == -7 * DAY);
	assert_true(due(x) == 5 * SECOND - 7 * DAY);
	/* Once, however many look. */
	assert_true(jumped(x, BOOT - 7 * DAY) == -7 * DAY);
	assert_true(due(x) == 5 * SECOND - 7 * DAY);
	assert_true(jumped(x, BOOT) == 0);
	assert_true(due(x) == 5 * SECOND);
	/* To trust it moves nothing: leases are given back at a start. */
	trust(x, BOOT + DAY);
	assert_true(due(x) == 5 * SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_nothing_is_noted_yet, shop_setup, shop_teardown),
		cmocka_unit_test_setup_teardown(
			test_a_jump_is_more_than_five_minutes, shop_setup,
			shop_teardown),
		cmocka_unit_test_setup_teardown(test_waits_move_with_the_clock,
			shop_setup, shop_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
