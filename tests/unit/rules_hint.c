/* Hints: their names, and across a process. */
#include "rules/hint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
test_names(void **state)
{
	int kind;

	(void)state;
	for (kind = 0; kind < HINT__COUNT; kind++)
		assert_int_equal(hint_kind_of(hint_kind_name(kind)), kind);
	assert_string_equal(hint_kind_name(HINT_CVSS), "cvss");
	assert_string_equal(hint_where_name(WHERE_QUOTED), "quoted");
	assert_int_equal(hint_kind_of("CVE"), -1);
	assert_int_equal(hint_kind_of(""), -1);
	assert_string_equal(hint_kind_name(HINT__COUNT), "unknown");
	assert_string_equal(hint_where_name(WHERE__COUNT), "unknown");
}

static struct hint
example(void)
{
	static char value[] = "1.0 through 1.4", normalized[] = ">=1.0,<=1.4",
		    rule[] = "affected-range";

	return (struct hint){.kind = HINT_AFFECTED,
		.where = WHERE_TEXT,
		.value = value,
		.normalized = normalized,
		.start = 10,
		.end = 25,
		.rule = rule,
		.score = 75};
}

static int
across(struct arena *a, const struct hint *from, struct hint *to)
{
	struct buf bytes = BUF_INIT(4096);
	struct span copy;
	struct err e;

	record_encode(&bytes, &hint_schema, from);
	copy = (struct span){arena_dup(a, bytes.data, bytes.len), bytes.len};
	buf_release(&bytes);
	return record_decode(a, copy, &hint_schema, to, &e);
}

static void
test_record(void **state)
{
	struct arena *a = arena_new();
	struct hint from = example(), to;

	(void)state;
	assert_int_equal(across(a, &from, &to), 0);
	assert_int_equal(to.kind, HINT_AFFECTED);
	assert_int_equal(to.where, WHERE_TEXT);
	assert_string_equal(to.value, "1.0 through 1.4");
	assert_string_equal(to.normalized, ">=1.0,<=1.4");
	assert_int_equal(to.start, 10);
	assert_int_equal(to.end, 25);
	assert_string_equal(to.rule, "affected-range");
	assert_int_equal(to.score, 75);
	arena_free(&a);
}

/* What a reader that a mail has taken over might send. */
static void
test_bounds(void **state)
{
	static char two_lines[] = "two\nlines", escape[] = "an \033[31mescape";
	struct arena *a = arena_new();
	struct hint bad, to;

	(void)state;
	bad = example(), bad.kind = HINT__COUNT;
	assert_int_equal(across(a, &bad, &to), -1);
	bad = example(), bad.where = WHERE__COUNT;
	assert_int_equal(across(a, &bad, &to), -1);
	bad = example(), bad.start = -1;
	assert_int_equal(across(a, &bad, &to), -1);
	bad = example(), bad.score = 101;
	assert_int_equal(across(a, &bad, &to), -1);
	bad = example(), bad.value = two_lines;
	assert_int_equal(across(a, &bad, &to), -1);
	bad = example(), bad.rule = escape;
	assert_int_equal(across(a, &bad, &to), -1);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
