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
keep(struct shop *x, int64_t person, const char *fingerprint, enum key_state to,
	int64_t now)
{
	struct input_key k = {.protocol = PROTOCOL_OPENPGP,
		.fingerprint = fingerprint,
		.origin = "attached",
		.minimal = fingerprint,
		.expires = NOW + DAY};

	struct key_change change = {.person = person,
		.fingerprint = fingerprint,
		.to = to,
		.key = &k};

	shop_begin(x);
	must(x, key_change(x->s, &change, now, &x->e));
	shop_commit(x);
}

static void
set(struct shop *x, int64_t person, const char *fingerprint, enum key_state to)
{
	struct key_change change = {
		.person = person, .fingerprint = fingerprint, .to = to};

	shop_begin(x);
	must(x, key_change(x->s, &change, NOW, &x->e));
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
	keep(x, who, KEY_A, KEY_ASIDE, NOW);
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

	keep(x, who, KEY_B, KEY_ASIDE, NOW);
	keep(x, who, KEY_A, KEY_DIFFERS, NOW - DAY);
	assert_string_equal(key_of(x, who, false), KEY_B);
	shop_sql(x, "DELETE FROM keys WHERE fingerprint = '" KEY_B "'");
	/* Not even when the first one is gone. */
	assert_string_equal(key_of(x, who, false), "");
}

/* What it takes the place of stays known, and opens old mail no more. */
static void
test_a_pinned_key_takes_the_place(void **state)
{
	struct shop *x = *state;
	int64_t who = faye(x);
	struct person_key k;

	keep(x, who, KEY_A, KEY_ASIDE, NOW);
	keep(x, who, KEY_B, KEY_DIFFERS, NOW + 1);
	assert_string_equal(key_of(x, who, false), KEY_A);
	set(x, who, KEY_B, KEY_PINNED);
	assert_int_equal(key_of_person(x->s, who, true, x->a, &k, &x->e), 1);
	assert_string_equal(k.fingerprint, KEY_B);
	assert_true(k.pinned);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM keys"
				 " WHERE state = 'retired'"),
		1);
	/* An older one that comes late does not. */
	keep(x, who, KEY_C, KEY_DIFFERS, NOW - 2 * DAY);
	assert_string_equal(key_of(x, who, false), KEY_B);
	assert_true(shop_number(x,
			    "SELECT first_seen FROM keys WHERE"
			    " fingerprint = '" KEY_B "'") == NOW + 1);
	/* And back. */
	set(x, who, KEY_A, KEY_PINNED);
	assert_string_equal(key_of(x, who, true), KEY_A);
}

/* One key that two persons have is one key. */
static void
test_new_bytes_are_everybodys(void **state)
{
	struct shop *x = *state;
	struct input_key k = {.fingerprint = KEY_A,
		.origin = "autocrypt",
		.minimal = "other bytes",
		.revoked = true};
	int64_t who = faye(x), other;
	struct key_change change = {.person = who,
		.fingerprint = KEY_A,
		.to = KEY_ASIDE,
		.key = &k};
	struct span data;

	must(x, key_bytes(x->s, KEY_A, x->a, &data, &x->e));
	assert_int_equal(data.len, 0);
	shop_begin(x);
	must(x, person_of_address(x->s, "f@x.example", "", &other, &x->e));
	shop_commit(x);
	keep(x, who, KEY_A, KEY_ASIDE, NOW);
	keep(x, other, KEY_A, KEY_ASIDE, NOW);
	shop_begin(x);
	must(x, key_change(x->s, &change, NOW, &x->e));
	shop_commit(x);
	must(x, key_bytes(x->s, KEY_A, x->a, &data, &x->e));
	assert_true(span_is(data, "other bytes"));
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM keys WHERE revoked = 1"
				 " AND expires = 0 AND origin = 'attached'"),
		2);
}

/* What decide() is told: who is in the case, pinned before the others. */
static void
test_the_ground_of_a_decision(void **state)
{
	struct shop *x = *state;
	struct case_file c;
	struct ground g;
	int64_t who = faye(x);

	keep(x, who, KEY_C, KEY_DIFFERS, NOW - DAY);
	keep(x, who, KEY_B, KEY_ASIDE, NOW);
	keep(x, who, KEY_A, KEY_PINNED, NOW + DAY);
	case_begin(&c, x->a, 1);
	must(x, keys_ground(x->s, &c, 0, x->a, &g, &x->e));
	assert_int_equal(g.keys_count + g.persons_count, 0);
	must(x, keys_ground(x->s, &c, who, x->a, &g, &x->e));
	assert_int_equal(g.persons_count, 1);
	assert_string_equal(g.persons[0].address, "faye@finder.example");
	assert_int_equal(g.keys_count, 3);
	assert_string_equal(g.keys[0].fingerprint, KEY_A);
	assert_int_equal(g.keys[0].state, KEY_PINNED);
	assert_true(g.keys[0].expires == NOW + DAY);
	assert_string_equal(g.keys[1].fingerprint, KEY_C);
	assert_int_equal(g.keys[2].state, KEY_RETIRED);
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
	int64_t who = faye(x), version;

	keep(x, who, KEY_C, KEY_ASIDE, NOW);
	keep(x, who, KEY_A, KEY_ASIDE, NOW);
	keep(x, who, KEY_B, KEY_DIFFERS, NOW);
	must(x, keys_each(x->s, add, &all, &x->e));
	assert_string_equal(all.data, "AC");
	must(x, keys_version(x->s, &version, &x->e));
	assert_int_equal(version, 3);
	buf_release(&all);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_key_is_set_aside_and_serves),
		T(test_another_key_never_takes_its_place),
		T(test_a_pinned_key_takes_the_place),
		T(test_new_bytes_are_everybodys),
		T(test_the_ground_of_a_decision), T(test_the_keys_of_a_ring)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
