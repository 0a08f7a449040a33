/* People: one number for one address, and analysts by their name. */
#include "store_kit.h"

#include "store/persons.h"

static int64_t
of_address(struct shop *x, const char *address, const char *name)
{
	int64_t id = 0;

	shop_begin(x);
	must(x, person_of_address(x->s, address, name, &id, &x->e));
	shop_commit(x);
	assert_true(id > 0);
	return id;
}

static int64_t
of_analyst(struct shop *x, const char *analyst, const char *address)
{
	int64_t id = 0;

	shop_begin(x);
	must(x, person_of_analyst(x->s, analyst, address, &id, &x->e));
	shop_commit(x);
	assert_true(id > 0);
	return id;
}

static void
is(struct shop *x, int64_t id, const char *analyst, const char *address,
	const char *name)
{
	struct person p;

	assert_int_equal(person_get(x->s, id, x->a, &p, &x->e), 1);
	assert_int_equal(p.id, id);
	assert_string_equal(p.analyst, analyst);
	assert_string_equal(p.address, address);
	assert_string_equal(p.name, name);
}

static void
test_an_address_is_one_person_whatever_its_case(void **state)
{
	struct shop *x = *state;
	int64_t id = of_address(x, "Faye@Finder.Example", ""), found;

	assert_int_equal(of_address(x, "faye@finder.example", ""), id);
	assert_int_equal(of_address(x, "FAYE@FINDER.EXAMPLE", ""), id);
	assert_int_not_equal(of_address(x, "faye2@finder.example", ""), id);
	is(x, id, "", "faye@finder.example", "");
	assert_int_equal(
		person_find(x->s, "fAYE@finder.example", &found, &x->e), 1);
	assert_int_equal(found, id);
	/* Bytes that are not ASCII are no letters. */
	id = of_address(x, "\xc3\x84@x.example", "");
	assert_int_not_equal(of_address(x, "\xc3\xa4@x.example", ""), id);
}

static void
test_nobody_is_nobody(void **state)
{
	struct shop *x = *state;
	struct person p;
	int64_t id = 77;

	assert_int_equal(person_find(x->s, "a@x.example", &id, &x->e), 0);
	assert_int_equal(id, 0);
	assert_int_equal(person_get(x->s, 5, x->a, &p, &x->e), 0);
	assert_int_equal(p.id, 0);
	assert_string_equal(p.name, "");
}

static void
test_the_first_name_known_is_kept(void **state)
{
	struct shop *x = *state;
	int64_t id = of_address(x, "f@x.example", "");

	of_address(x, "f@x.example", "Faye");
	is(x, id, "", "f@x.example", "Faye");
	of_address(x, "f@x.example", "Mallory");
	of_address(x, "f@x.example", "");
	is(x, id, "", "f@x.example", "Faye");
}

static void
test_an_analyst_is_known_by_name(void **state)
{
	struct shop *x = *state;
	int64_t ada = of_analyst(x, "ada", "Ada@Example.com");

	is(x, ada, "ada", "ada@example.com", "ada");
	assert_int_equal(of_analyst(x, "ada", "ada@example.com"), ada);
	assert_int_not_equal(of_analyst(x, "bob", "bob@example.com"), ada);
	assert_int_equal(of_address(x, "ada@example.com", "Ada L."), ada);
	is(x, ada, "ada", "ada@example.com", "ada");
}

static void
test_an_analysts_address_follows_the_configuration(void **state)
{
	struct shop *x = *state;
	int64_t ada = of_analyst(x, "ada", "ada@old.example");

	assert_int_equal(of_analyst(x, "ada", "ada@new.example"), ada);
	is(x, ada, "ada", "ada@new.example", "ada");
}

/* Who has written before becomes the analyst. */
static void
test_somebody_known_becomes_an_analyst(void **state)
{
	struct shop *x = *state;
	int64_t ada = of_address(x, "ada@example.com", "Ada L.");

	assert_int_equal(of_analyst(x, "ada", "ada@example.com"), ada);
	is(x, ada, "ada", "ada@example.com", "ada");
}

/*
 * The new address was somebody's before: letters must go to it all the same,
 * never to the old one.
 */
static void
test_an_analyst_takes_an_address_over(void **state)
{
	struct shop *x = *state;
	int64_t ada = of_analyst(x, "ada", "ada@old.example"), before, found;

	before = of_address(x, "ada@new.example", "Ada L.");
	assert_int_equal(of_analyst(x, "ada", "ada@new.example"), ada);
	is(x, ada, "ada", "ada@new.example", "ada");
	assert_int_equal(
		person_find(x->s, "ada@new.example", &found, &x->e), 1);
	assert_int_equal(found, ada);
	/* Their events keep their number. */
	is(x, before, "", "", "Ada L.");
}

/* Two analysts change addresses in one configuration. */
static void
test_analysts_may_swap_addresses(void **state)
{
	struct shop *x = *state;
	int64_t ada = of_analyst(x, "ada", "one@example.com");
	int64_t bob = of_analyst(x, "bob", "two@example.com");

	of_analyst(x, "ada", "two@example.com");
	of_analyst(x, "bob", "one@example.com");
	is(x, ada, "ada", "two@example.com", "ada");
	is(x, bob, "bob", "one@example.com", "bob");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_an_address_is_one_person_whatever_its_case),
		T(test_nobody_is_nobody), T(test_the_first_name_known_is_kept),
		T(test_an_analyst_is_known_by_name),
		T(test_an_analysts_address_follows_the_configuration),
		T(test_somebody_known_becomes_an_analyst),
		T(test_an_analyst_takes_an_address_over),
		T(test_analysts_may_swap_addresses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
