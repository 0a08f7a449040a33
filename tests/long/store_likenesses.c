/*
 * A look-up of near copies among a hundred thousand messages: how long it takes
 * in the store, which is what a transaction waits for.
 */
#include "store_kit.h"

#include "base/clock.h"
#include "store/likenesses.h"

#define MESSAGES 100000
#define LOOKUPS 200
#define SHINGLES 250 /* a report of some length */
#define BUDGET (20 * INT64_C(1000)) /* microseconds for one, on any machine */

/* Every tenth report is about one CVE, as it is when one is in fashion. */
static void
make(struct sketch *k, uint64_t number)
{
	static char normalized[] = "CVE-2026-1234";
	struct hash key = likeness_key(SPAN(shop_secret));
	struct hint hint = {.kind = HINT_CVE,
		.value = normalized,
		.normalized = normalized};
	uint64_t shingles[SHINGLES];

	for (int i = 0; i < SHINGLES; i++)
		shingles[i] = (number << 20) + (uint64_t)i;
	sketch_make((struct span){(const char *)key.bytes, HASH_BYTES},
		(struct span){(const char *)shingles, sizeof(shingles)}, &hint,
		number % 10 == 0, k);
}

static void
fill(struct shop *x, int64_t case_id)
{
	struct sketch *k = xcalloc(1, sizeof(*k));
	int64_t i;

	shop_begin(x);
	shop_sql(x,
		"WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL"
		" SELECT i + 1 FROM n WHERE i < 101000)"
		" INSERT INTO messages(id, form, received, size, hash)"
		" SELECT i, 'sealed', 0, 0, x'00' FROM n");
	for (i = 0; i < MESSAGES; i++) {
		make(k, (uint64_t)i);
		must(x, likeness_add(x->s, 1000 + i, case_id, k, &x->e));
	}
	shop_commit(x);
	free(k);
}

static void
test_a_look_up_is_cheap(void **state)
{
	struct shop *x = *state;
	struct sketch *k = xcalloc(1, sizeof(*k));
	struct likeness *list;
	int64_t begin, took = 0;
	size_t count;
	int i;

	fill(x, shop_case(x));
	for (i = 0; i < LOOKUPS; i++) {
		make(k, (uint64_t)i * (MESSAGES / LOOKUPS));
		begin = clock_monotonic();
		must(x, likeness_find(x->s, k, x->a, &list, &count, &x->e));
		took += clock_monotonic() - begin;
		assert_int_equal(count, 1);
		assert_int_equal(list[0].score, 100);
	}
	print_message("%lld microseconds for a look-up among %d messages\n",
		(long long)(took / LOOKUPS), MESSAGES);
	assert_true(took / LOOKUPS < BUDGET);
	free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
		test_a_look_up_is_cheap, shop_setup, shop_teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
