/* Facts as text and back: whatever is in a value, it stays in its line. */
#include "base/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;
static struct buf out;
static struct facts f;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	buf_init(&out, 1 << 16);
	facts_init(&f, a);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&a);
	buf_release(&out);
	return 0;
}

static void
encodes_to(const char *text)
{
	buf_clear(&out);
	facts_encode(&out, &f);
	assert_string_equal(out.data, text);
}

static void
decode(const char *text)
{
	if (facts_decode(&f, a, span_of(text), &e) == -1)
		fail_msg("%s", e.text);
}

static void
test_facts_keep_their_order(void **state)
{
	(void)state;
	facts_add(&f, "z", "1");
	facts_add(&f, "a", "2");
	facts_add_number(&f, "m", -3);
	encodes_to("z=1\na=2\nm=-3\n");
}

static void
test_the_first_of_a_key_is_found(void **state)
{
	(void)state;
	facts_add(&f, "key", "one");
	facts_add(&f, "keys", "three");
	facts_add(&f, "key", "two");
	assert_string_equal(facts_get(&f, "key"), "one");
	assert_null(facts_get(&f, "ke"));
	encodes_to("key=one\nkeys=three\nkey=two\n");
	decode(out.data);
	assert_string_equal(facts_get(&f, "key"), "one");
	encodes_to("key=one\nkeys=three\nkey=two\n");
}

static void
test_what_is_empty_is_not_recorded(void **state)
{
	(void)state;
	facts_add(&f, "a", NULL);
	facts_add(&f, "b", "");
	encodes_to("");
	assert_null(facts_get(&f, "a"));
	facts_add_number(&f, "c", 0);
	encodes_to("c=0\n");
}

static void
test_values_keep_to_their_line(void **state)
{
	static const char value[] = "a\nb=c\\n\\\n\n=\r\t\xff";

	(void)state;
	facts_add(&f, "v", value);
	facts_add(&f, "w", "after");
	encodes_to("v=a\\nb=c\\\\n\\\\\\n\\n=\r\t\xff\nw=after\n");
	decode(out.data);
	assert_string_equal(facts_get(&f, "v"), value);
	assert_string_equal(facts_get(&f, "w"), "after");
	assert_null(facts_get(&f, "b"));
}

/* A copy of the struct goes on where the original was. */
static void
test_a_copy_can_be_added_to(void **state)
{
	struct facts copy;

	(void)state;
	copy = f;
	facts_add(&copy, "a", "1");
	facts_add(&copy, "b", "2");
	assert_null(f.first);
	f = copy;
	memset(&copy, 0, sizeof(copy));
	facts_add(&f, "c", "3");
	encodes_to("a=1\nb=2\nc=3\n");
}

static void
test_numbers_are_numbers_whole(void **state)
{
	(void)state;
	decode("a=12\nb=12x\nc=\nd=-9223372036854775808\n"
	       "e=9223372036854775808\nf=x\n");
	assert_int_equal(facts_number(&f, "a", 7), 12);
	assert_int_equal(facts_number(&f, "b", 7), 7);
	assert_int_equal(facts_number(&f, "c", 7), 7);
	assert_true(facts_number(&f, "d", 7) == INT64_MIN);
	assert_int_equal(facts_number(&f, "e", 7), 7);
	assert_int_equal(facts_number(&f, "f", 7), 7);
	assert_int_equal(facts_number(&f, "absent", 7), 7);
}

static void
test_nothing_is_no_facts(void **state)
{
	(void)state;
	facts_add(&f, "a", "1");
	decode("");
	assert_null(f.first);
	assert_null(facts_get(&f, "a"));
	facts_add(&f, "b", "2");
	encodes_to("b=2\n");
}

static void
test_a_line_that_is_no_fact_is_refused(void **state)
{
	static const char *const texts[] = {"a", "a=1", "a\n", "a\nb=1\n",
		"a=1\nb\n", "a=1\nb", "\n", "a=1\n\n"};
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++) {
		assert_int_equal(
			facts_decode(&f, a, span_of(texts[i]), &e), -1);
		assert_int_equal(e.kind, ERR_PERMANENT);
	}
}

/* Bytes that no encoder wrote decode to something that encodes for good. */
static void
test_odd_escapes_settle(void **state)
{
	(void)state;
	decode("a=x\\y\\\n");
	assert_string_equal(facts_get(&f, "a"), "xy\\");
	encodes_to("a=xy\\\\\n");
	decode(out.data);
	assert_string_equal(facts_get(&f, "a"), "xy\\");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_facts_keep_their_order),
		T(test_the_first_of_a_key_is_found),
		T(test_what_is_empty_is_not_recorded),
		T(test_values_keep_to_their_line),
		T(test_a_copy_can_be_added_to),
		T(test_numbers_are_numbers_whole), T(test_nothing_is_no_facts),
		T(test_a_line_that_is_no_fact_is_refused),
		T(test_odd_escapes_settle)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
