/* Other people's keys: the first one counts, and nothing replaces it. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/keys.h"
#include "store/persons.h"

#define KEY_C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

static int64_t
faye(struct shop *x)
{
	int64_t id;

	shop_begin(x);
	must(x,
		person_of_address(
			x->s, "faye@finder.example", "Faye", &id, &x->e));
	shop_commit(x);
	return id;
}

static void
keep(struct shop *x, int64_t person, const char *fingerprint, bool differs,
	int64_t now)
{
	struct input_key k = {.protocol = PROTOCOL_OPENPGP,
		.fingerprint = fingerprint,
		.origin = "attached",
		.minimal = fingerprint,
		.expires = NOW + DAY};

	shop_begin(x);
	must(x, key_keep(x->s, &k, person, differs, now, &x->e));
	shop_commit(x);
}

/* "AAAA...": the key to write with, or "". */
static const char *
key_of(struct shop *x, int64_t person, bool only_pinned)
{
	struct person_key k;
	int found = key_of_person(x->s, person, only_pinned, x->a, &k, &x->e);

	must(x, found);
	return found == 1 ? k.fingerprint : "";
}

static void
test_a_key_is_set_aside_and_serves(void **state)
{
	struct shop *x = *state;
	int64_t who = faye(x);
	struct person_key k;

	assert_string_equal(key_of(x, who, false), "");
	keep(x, who, KEY_A, false, NOW);
	assert_int_equal(key_of_person(x->s, who, false, x->a, &k, &x->e), 1);
	assert_string_equal(k.fingerprint, KEY_A);
	assert_int_equal(k.protocol, PROTOCOL_OPENPGP);
	assert_true(k.expires == NOW + DAY);
	assert_false(k.pinned);
	/* But nobody has pinned it. */
	assert_string_equal(key_of(x, who, true), "");
	assert_string_equal(key_of(x, who + 1, false), "");
}

/* The same address with another key: a letter must not go to that one. */
static void
test_another_key_never_takes_its_place(void **state)
{
	struct shop *x = *state;
	int64_t who = faye(x);

	keep(x, who, KEY_B, false, NOW);
	keep(x, who, KEY_A, true, NOW - DAY);
	assert_string_equal(key_of(x, who, false), KEY_B);
	shop_sql(x, "DELETE FROM keys WHERE fingerprint = '" KEY_B "'");
	/* Not even when the first one is gone. */
	assert_string_equal(key_of(x, who, false), "");
}

static void
test_a_pinned_key_stays_pinned(void **state)
{
	struct shop *x = *state;
	int64_t who = faye(x);
	struct person_key k;

	keep(x, who, KEY_A, false, NOW);
	keep(x, who, KEY_B, false, NOW + 1);
	assert_string_equal(key_of(x, who, false), KEY_A);
	shop_sql(x,
		"UPDATE keys SET state = 'pinned'"
		" WHERE fingerprint = '" KEY_B "'");
	assert_string_equal(key_of(x, who, false), KEY_B);
	/* It comes again, and an older one does. */
	keep(x, who, KEY_B, true, NOW - DAY);
	keep(x, who, KEY_C, false, NOW - 2 * DAY);
	assert_int_equal(key_of_person(x->s, who, true, x->a, &k, &x->e), 1);
	assert_string_equal(k.fingerprint, KEY_B);
	assert_true(k.pinned);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM keys"
				 " WHERE state = 'pinned'"),
		1);
	assert_int_equal(shop_number(x,
				 "SELECT first_seen FROM keys WHERE"
				 " fingerprint = '" KEY_B "'") == NOW + 1,
		1);
}

/* Its bytes are those that came first, whatever comes under its name. */
static void
test_known_bytes_are_not_overwritten(void **state)
{
	struct shop *x = *state;
	struct input_key k = {.fingerprint = KEY_A,
		.origin = "autocrypt",
		.minimal = "other bytes"};
	int64_t who = faye(x);

	keep(x, who, KEY_A, false, NOW);
	shop_begin(x);
	must(x, key_keep(x->s, &k, who, false, NOW, &x->e));
	shop_commit(x);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM keys WHERE"
				 " data = CAST('" KEY_A "' AS BLOB)"
				 " AND origin = 'attached'"),
		1);
}

static void
test_keys_are_compared(void **state)
{
	struct shop *x = *state;
	int64_t who = faye(x);
	bool known, differs;

	must(x, key_compare(x->s, who, KEY_A, &known, &differs, &x->e));
	assert_false(known);
	assert_false(differs);
	keep(x, who, KEY_A, false, NOW);
	must(x, key_compare(x->s, who, KEY_A, &known, &differs, &x->e));
	assert_true(known);
	assert_false(differs);
	must(x, key_compare(x->s, who, KEY_B, &known, &differs, &x->e));
	assert_false(known);
	assert_true(differs);
}

static int
add(void *arg, enum protocol protocol, const char *fingerprint,
	struct span data)
{
	struct buf *out = arg;

	assert_int_equal(protocol, PROTOCOL_OPENPGP);
	assert_true(span_is(data, fingerprint));
	buf_putc(out, fingerprint[0]);
	return 0;
}

/* A ring is named by its keys: their order is theirs, not that of events. */
static void
test_the_keys_of_a_ring(void **state)
{
	struct shop *x = *state;
	struct buf all = BUF_INIT(100);
	int64_t who = faye(x), count;

	keep(x, who, KEY_C, false, NOW);
	keep(x, who, KEY_A, false, NOW);
	keep(x, who, KEY_B, true, NOW);
	must(x, keys_each(x->s, add, &all, &x->e));
	assert_string_equal(all.data, "AC");
	must(x, keys_count(x->s, &count, &x->e));
	assert_int_equal(count, 3);
	buf_release(&all);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_key_is_set_aside_and_serves),
		T(test_another_key_never_takes_its_place),
		T(test_a_pinned_key_stays_pinned),
		T(test_known_bytes_are_not_overwritten),
		T(test_keys_are_compared), T(test_the_keys_of_a_ring)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
