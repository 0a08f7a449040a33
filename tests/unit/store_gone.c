/* Which records of the spool are in work, and which are done. */
#include "store_kit.h"

#include "store/spool.h"

#define OWNER "worker1"
#define OTHER "worker2"

static const struct spool_item record = {.segment = "lmtp/0j4k0000000"};

static size_t
lease(struct shop *x, const struct spool_item *found, size_t count,
	const char *owner, struct spool_item *item)
{
	size_t leased;

	must(x,
		spool_lease(x->s, found, count, owner, 1, INT64_MAX, item, 1,
			&leased, &x->e));
	return leased;
}

static void
finish(struct shop *x, const struct spool_item *item)
{
	must(x, store_begin(x->s, &x->e));
	assert_int_equal(spool_done(x->s, item, OWNER, 0, &x->e), 1);
	must(x, store_commit(x->s, &x->e));
}

static void
test_what_is_done_is_forgotten(void **state)
{
	struct shop *x = *state;
	struct spool_item item;
	int64_t due;

	assert_int_equal(lease(x, &record, 1, OWNER, &item), 1);
	assert_int_equal(spool_forget(x->s, record.segment, 1, &x->e), 0);
	finish(x, &item);
	assert_int_equal(spool_forget(x->s, record.segment, 1, &x->e), 1);
	assert_int_equal(spool_next(x->s, &due, &x->e), 0);
}

/* A worker looked at the segment, and notes it when it has been removed. */
static void
test_a_record_that_is_gone_does_not_come_again(void **state)
{
	struct shop *x = *state;
	struct spool_item item;
	int64_t due;

	assert_int_equal(lease(x, &record, 1, OWNER, &item), 1);
	finish(x, &item);
	assert_int_equal(spool_forget(x->s, record.segment, 1, &x->e), 1);
	assert_int_equal(lease(x, &record, 1, OTHER, &item), 1);
	/* It is the other's, not ours to drop. */
	must(x, spool_gone(x->s, &item, OWNER, &x->e));
	assert_int_equal(spool_next(x->s, &due, &x->e), 1);
	must(x, spool_gone(x->s, &item, OTHER, &x->e));
	assert_int_equal(spool_next(x->s, &due, &x->e), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_what_is_done_is_forgotten),
		T(test_a_record_that_is_gone_does_not_come_again)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
