/* Spool marks: each record leased, counted, done once, and forgotten last. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/spool.h"

#define OWNER "worker.1"
#define OTHER "worker.2"
#define ITEMS 8
#define UNTIL (NOW + MINUTE)

static const struct spool_item found[] = {
	{.segment = "lmtp/a", .at = 0},
	{.segment = "lmtp/a", .at = 500},
	{.segment = "lmtp/b", .at = 0},
};

/* "lmtp/a.0 lmtp/a.500": what OWNER gets at NOW. */
static const char *
lease(struct shop *x, const char *owner, int64_t now, size_t found_count)
{
	struct buf b = BUF_INIT(1000);
	char number[SPOOL_NUMBER_MAX];
	struct spool_item items[ITEMS];
	const char *text;
	size_t i, n;

	must(x,
		spool_lease(x->s, found, found_count, owner, now, now + MINUTE,
			items, ITEMS, &n, &x->e));
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "",
			spool_number(&items[i], number));
	text = arena_strdup(x->a, b.data);
	buf_release(&b);
	return text;
}

static int
done(struct shop *x, const struct spool_item *item, const char *owner)
{
	int result;

	shop_begin(x);
	result = spool_done(x->s, item, owner, 5, &x->e);
	must(x, result);
	shop_commit(x);
	return result;
}

static void
test_what_is_found_is_leased_once(void **state)
{
	struct shop *x = *state;

	assert_string_equal(lease(x, OWNER, NOW, 0), "");
	assert_string_equal(lease(x, OWNER, NOW, countof(found)),
		"lmtp/a.0 lmtp/a.500 lmtp/b.0");
	/* Found again, by another: they are in work. */
	assert_string_equal(lease(x, OTHER, NOW, countof(found)), "");
	assert_int_equal(done(x, &found[0], OWNER), 1);
	assert_int_equal(done(x, &found[0], OWNER), 0);
	/* What is done does not come back. */
	assert_string_equal(
		lease(x, OTHER, UNTIL, countof(found)), "lmtp/a.500 lmtp/b.0");
}

static void
test_only_the_owner_has_done_it(void **state)
{
	struct shop *x = *state;

	lease(x, OWNER, NOW, 1);
	assert_int_equal(done(x, &found[0], OTHER), 0);
	assert_int_equal(done(x, &found[0], ""), 0);
	must(x, spool_retry(x->s, &found[0], OTHER, 0, &x->e));
	assert_int_equal(done(x, &found[0], OWNER), 1);
}

/* Not consumed until the rest of the transaction is, too. */
static void
test_a_rolled_back_item_is_not_done(void **state)
{
	struct shop *x = *state;

	lease(x, OWNER, NOW, 1);
	shop_begin(x);
	assert_int_equal(spool_done(x->s, &found[0], OWNER, 5, &x->e), 1);
	store_rollback(x->s);
	assert_string_equal(lease(x, OTHER, UNTIL, 0), "lmtp/a.0");
}

/* Given back, a lease does not count; lost with its worker, it does. */
static void
test_leases_that_were_lost_are_counted(void **state)
{
	struct shop *x = *state;
	struct spool_item item;
	size_t n;

	lease(x, OWNER, NOW, 1);
	must(x, spool_retry(x->s, &found[0], OWNER, NOW + HOUR, &x->e));
	assert_string_equal(lease(x, OWNER, NOW + HOUR - 1, 0), "");
	must(x,
		spool_lease(x->s, NULL, 0, OWNER, NOW + HOUR, NOW + 2 * HOUR,
			&item, 1, &n, &x->e));
	assert_int_equal(n, 1);
	assert_int_equal(item.leases, 1);
	must(x,
		spool_lease(x->s, NULL, 0, OTHER, NOW + 2 * HOUR,
			NOW + 3 * HOUR, &item, 1, &n, &x->e));
	assert_int_equal(n, 1);
	assert_int_equal(item.leases, 2);
}

/* The third lease of what may have killed its worker is taken alone. */
static void
test_a_suspect_goes_alone(void **state)
{
	struct shop *x = *state;
	int64_t at = NOW;

	lease(x, OWNER, at, 1);
	lease(x, OWNER, at += MINUTE, 0);
	at += MINUTE;
	assert_string_equal(
		lease(x, OWNER, at, countof(found)), "lmtp/a.500 lmtp/b.0");
	assert_string_equal(lease(x, OWNER, at, 0), "lmtp/a.0");
}

static void
test_deaths_of_readers_are_counted(void **state)
{
	struct shop *x = *state;
	struct spool_item item;
	size_t n;

	lease(x, OWNER, NOW, 1);
	must(x, spool_death(x->s, &found[0], &x->e));
	must(x, spool_death(x->s, &found[0], &x->e));
	must(x, spool_retry(x->s, &found[0], OWNER, NOW, &x->e));
	must(x,
		spool_lease(
			x->s, NULL, 0, OWNER, NOW, UNTIL, &item, 1, &n, &x->e));
	assert_int_equal(item.deaths, 2);
}

/* The log is unlinked when all of it is done, and the rows go then. */
static void
test_a_segment_is_forgotten_when_all_is_done(void **state)
{
	struct shop *x = *state;
	int64_t due;

	lease(x, OWNER, NOW, countof(found));
	assert_int_equal(spool_forget(x->s, "lmtp/a", 2, &x->e), 0);
	done(x, &found[0], OWNER);
	assert_int_equal(spool_forget(x->s, "lmtp/a", 2, &x->e), 0);
	done(x, &found[1], OWNER);
	assert_int_equal(spool_forget(x->s, "lmtp/a", 2, &x->e), 1);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM spool"), 1);
	assert_int_equal(spool_next(x->s, &due, &x->e), 1);
	assert_true(due == UNTIL);
	done(x, &found[2], OWNER);
	assert_int_equal(spool_next(x->s, &due, &x->e), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_what_is_found_is_leased_once),
		T(test_only_the_owner_has_done_it),
		T(test_a_rolled_back_item_is_not_done),
		T(test_leases_that_were_lost_are_counted),
		T(test_a_suspect_goes_alone),
		T(test_deaths_of_readers_are_counted),
		T(test_a_segment_is_forgotten_when_all_is_done)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
