/* Errors: their three kinds, what stands in front, and where they are cut. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static struct err e;

static void
is(enum err_kind kind, const char *status, const char *text)
{
	assert_int_equal(e.kind, kind);
	assert_string_equal(e.status, status);
	assert_string_equal(e.text, text);
}

static void
test_each_kind_is_filled_and_is_minus_one(void **state)
{
	(void)state;
	assert_int_equal(err_temporary(&e, "4.2.0", "a %d", 1), -1);
	is(ERR_TEMPORARY, "4.2.0", "a 1");
	assert_int_equal(err_permanent(&e, "5.7.5", "b %s", "2"), -1);
	is(ERR_PERMANENT, "5.7.5", "b 2");
	assert_int_equal(err_bug(&e, "c"), -1);
	is(ERR_BUG, "4.3.5", "c");
}

static void
test_a_failed_call_is_temporary_and_keeps_errno(void **state)
{
	(void)state;
	errno = ENOSPC;
	assert_int_equal(err_errno(&e, "%s", "/some/file"), -1);
	is(ERR_TEMPORARY, "4.3.0", "/some/file: No space left on device");
	assert_int_equal(errno, ENOSPC);
}

static void
test_a_prefix_stands_in_front(void **state)
{
	(void)state;
	err_permanent(&e, "5.1.1", "inner");
	assert_int_equal(err_prefix(&e, "file:%d", 12), -1);
	assert_int_equal(err_prefix(&e, "outer"), -1);
	is(ERR_PERMANENT, "5.1.1", "outer: file:12: inner");
}

/* What is too long is cut at its end: the front says where it was. */
static void
test_what_is_too_long_is_cut(void **state)
{
	char longer[2 * sizeof(e.text)];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_temporary(&e, "4.3.0-and-too-long", "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(strlen(e.status), sizeof(e.status) - 1);
	err_prefix(&e, "front");
	assert_memory_equal(e.text, "front: xxx", 10);
	assert_in_range(strlen(e.text), sizeof(e.text) - 2, sizeof(e.text) - 1);
	err_prefix(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	errno = EIO;
	err_errno(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
}

/* The text goes into logs, letters and JSON: it stays UTF-8. */
static void
test_a_cut_is_between_characters(void **state)
{
	char longer[2 * sizeof(e.text) + 1];
	size_t i, shift;

	(void)state;
	for (shift = 0; shift < 3; shift++) {
		memset(longer, 'x', shift);
		for (i = shift; i + 3 < sizeof(longer); i += 3)
			memcpy(longer + i, "\xe6\xbc\x8f", 3);
		longer[i] = '\0';
		err_permanent(&e, "5.3.5", "%s", longer);
		assert_true(utf8_valid(span_of(e.text)));
		assert_in_range(
			strlen(e.text), sizeof(e.text) - 4, sizeof(e.text) - 1);
		err_prefix(&e, "%s", "\xc3\xa4");
		assert_true(utf8_valid(span_of(e.text)));
		assert_memory_equal(e.text, "\xc3\xa4: ", 4);
		err_prefix(&e, "%s", longer);
		assert_true(utf8_valid(span_of(e.text)));
		errno = EIO;
		err_errno(&e, "%s", longer);
		assert_true(utf8_valid(span_of(e.text)));
	}
}

static void
test_kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(err_kind_name(ERR_NONE), "none");
	assert_string_equal(err_kind_name(ERR_TEMPORARY), "temporary");
	assert_string_equal(err_kind_name(ERR_PERMANENT), "permanent");
	assert_string_equal(err_kind_name(ERR_BUG), "bug");
	assert_string_equal(err_kind_name(ERR__COUNT), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_is_filled_and_is_minus_one),
		cmocka_unit_test(
			test_a_failed_call_is_temporary_and_keeps_errno),
		cmocka_unit_test(test_a_prefix_stands_in_front),
		cmocka_unit_test(test_what_is_too_long_is_cut),
		cmocka_unit_test(test_a_cut_is_between_characters),
		cmocka_unit_test(test_kinds_have_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
