/* Version phrases to intervals. */
#include "rules/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct phrase {
	const char *words, *range; /* NULL: has no normal form */
};

static const char generic[] = "vers:generic/";

static void
check(const struct phrase *list, size_t count)
{
	struct buf out = BUF_INIT(400);
	size_t i;
	bool ok;

	for (i = 0; i < count; i++) {
		buf_clear(&out);
		ok = range_normalize(span_of(list[i].words), &out);
		if (!ok && list[i].range != NULL)
			fail_msg("\"%s\" was not understood", list[i].words);
		if (ok && list[i].range == NULL)
			fail_msg("\"%s\" became %s", list[i].words, out.data);
		assert_int_equal(out.len == 0, !ok);
		if (!ok)
			continue;
		assert_memory_equal(out.data, generic, strlen(generic));
		assert_string_equal(out.data + strlen(generic), list[i].range);
	}
	buf_release(&out);
}

static void
test_one_end(void **state)
{
	static const struct phrase list[] = {
		{"before 1.2.3", "<1.2.3"},
		{"prior to version 1.2.3", "<1.2.3"},
		{"Earlier than v1.2", "<1.2"},
		{"up to 2.1", "<=2.1"},
		{"up to and including 2.1", "<=2.1"},
		{"up to, and including, 2.1", "<=2.1"},
		{"up to but not including 2.1", "<2.1"},
		{"through 2.1", "<=2.1"},
		{"<= 2.1", "<=2.1"},
		{"\u2264 2.1", "<=2.1"},
		{"< 2.1", "<2.1"},
		{"less than or equal to 3", "<=3"},
		{"2.1 and earlier", "<=2.1"},
		{"2.1, and all earlier versions", "<=2.1"},
		{"2.1 or below", "<=2.1"},
		{"2.1 and prior", "<=2.1"},
		{"since 1.0", ">=1.0"},
		{"starting with 1.0", ">=1.0"},
		{"2.4 or later", ">=2.4"},
		{"2.4+", ">=2.4"},
		{"after 2.4", ">2.4"},
		{"> 2.4", ">2.4"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_two_ends(void **state)
{
	static const struct phrase list[] = {
		{"1.0 through 1.4", ">=1.0|<=1.4"},
		{"1.0 to 1.4", ">=1.0|<=1.4"},
		{"1.0 - 1.4", ">=1.0|<=1.4"},
		{"1.0-1.4", ">=1.0|<=1.4"},
		{"1.0 \u2013 1.4", ">=1.0|<=1.4"},
		{"from 1.0 until 1.4", ">=1.0|<=1.4"},
		{"between 1.0 and 1.4", ">=1.0|<=1.4"},
		{"1.0 before 1.4.2", ">=1.0|<1.4.2"},
		{">= 1.0, < 1.4.2", ">=1.0|<1.4.2"},
		{">=1.0 and <1.4.2", ">=1.0|<1.4.2"},
		{"9.0.0 and less than 9.0.2", ">=9.0.0|<9.0.2"},
		{"1.8.x and prior to 1.8.4", ">=1.8|<1.8.4"},
		{"from 0 and before 0.12.19", "<0.12.19"},
		{"~> 1.4.2", ">=1.4.2|<1.5"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_all_of_a_branch(void **state)
{
	static const struct phrase list[] = {
		{"3.x", ">=3|<4"},
		{"1.4.x", ">=1.4|<1.5"},
		{"1.4.*", ">=1.4|<1.5"},
		{"1.9.x", ">=1.9|<1.10"},
		{"1.x before 1.4.2", ">=1|<1.4.2"},
		{"4.1 through 4.2.x", ">=4.1|<4.3"},
		{"2.x and earlier", "<3"},
		{"after 1.4.x", ">=1.5"},
		{"before 2.x", "<2"},
		/* What comes after "1.0b" nobody can say. */
		{"1.0b.x", NULL},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_lists(void **state)
{
	static const struct phrase list[] = {
		{"1.4.x before 1.4.14, 1.5.x before 1.5.9, and 1.6.x before "
		 "1.6.6",
			">=1.4|<1.4.14|>=1.5|<1.5.9|>=1.6|<1.6.6"},
		{"before 1.4.14, 1.5.x before 1.5.9", "<1.4.14|>=1.5|<1.5.9"},
		{"before 2.3.18, 3.0.x and 3.1.x before 3.1.12",
			"<2.3.18|>=3.0|<3.1.12"},
		{"prior to versions 2.2.1 and 2.3.1", "<2.2.1|>=2.3|<2.3.1"},
		{"before 1.2, 1.3 and earlier", "<=1.3"},
		{"before 1.2, 1.3 or later", "<1.2|>=1.3"},
		{"1.0 through 1.4 (excluded)", ">=1.0|<1.4"},
		{"1.1.0, 1.1.1 and 1.2", "1.1.0|1.1.1|1.2"},
		{"1.1.0/1.1.1", "1.1.0|1.1.1"},
		{"<1.2 || >=2.0,<2.3", "<1.2|>=2.0|<2.3"},
		{">=1.0 || <0.5", "<0.5|>=1.0"},
		{"Foo", NULL},
		{"2.6.3 and Foo 2.5.3", "2.5.3|2.6.3"},
		{"2.6.3 and Foo Bar 2.5.3", NULL},
	};

	(void)state;
	check(list, countof(list));
}

/* An end that was left open is closed where its branch begins. */
static void
test_branches(void **state)
{
	static const struct phrase list[] = {
		{"before 1.15.4, 2.0.3, 2.1.2, 2.2.1 and 2.3.1",
			"<1.15.4|>=2|<2.0.3|>=2.1|<2.1.2|>=2.2|<2.2.1|>=2.3|"
			"<2.3.1"},
		{"before 2.5.1 and 3.0.0", "<2.5.1"},
		{"before 1.4 and 1.4.3", "<1.4.3"},
		{"1.5.9 and 1.4.14 or later", ">=1.4.14|<1.5|1.5.9"},
		{">= 5.2.4.3, >= 6.0.3.1", ">=5.2.4.3|<6|>=6.0.3.1"},
	};

	(void)state;
	check(list, countof(list));
}

/* In the order of the versions, joined where they overlap. */
static void
test_order(void **state)
{
	static const struct phrase list[] = {
		{"1.10 and 1.9", "1.9|1.10"},
		{"1.0.2k, 1.0.2 and 1.0.2-beta1", "1.0.2-beta1|1.0.2|1.0.2k"},
		{"1.0 to 1.4, 1.2 to 1.6", ">=1.0|<=1.6"},
		{"1.0 to 1.4, 1.4", ">=1.0|<=1.4"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_schemes(void **state)
{
	static const struct {
		const char *words, *range;
	} list[] = {
		{"before 10.42-1+deb12u2", "vers:deb/<10.42-1%2Bdeb12u2"},
		{"2.4.37-43.el8 and earlier", "vers:rpm/<=2.4.37-43.el8"},
		{"before 1.0.2k", "vers:generic/<1.0.2k"},
	};
	struct buf out = BUF_INIT(400);
	size_t i;

	(void)state;
	for (i = 0; i < countof(list); i++) {
		buf_clear(&out);
		assert_true(range_normalize(span_of(list[i].words), &out));
		assert_string_equal(out.data, list[i].range);
	}
	buf_release(&out);
}

static void
test_chinese(void **state)
{
	static const struct phrase list[] = {
		{"1.2.3 \u4e4b\u524d\u7684\u7248\u672c", "<1.2.3"},
		{"1.2.3\u53ca\u4ee5\u4e0b\u7248\u672c", "<=1.2.3"},
		{"\u4f4e\u4e8e 2.0", "<2.0"},
		{"1.0 \u81f3 1.4", ">=1.0|<=1.4"},
		{"1.0\u30011.1", "1.0|1.1"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_what_a_version_is(void **state)
{
	static const struct phrase list[] = {
		{"v1.10.2", "1.10.2"},
		{"`1.10.2`", "1.10.2"},
		{"1.0.2k", "1.0.2k"},
		{"2.0.0-beta.1", "2.0.0-beta.1"},
		{"1.2.3-4", "1.2.3-4"},
		{"1.0~rc1+dfsg", "1.0~rc1%2Bdfsg"},
		{"5", "5"},
		{"12.2(33)SXI4 and earlier", "<=12.2%2833%29SXI4"},
		{"(1.2)", "1.2"},
		{"before\n\t1.2", "<1.2"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_not_understood(void **state)
{
	static const struct phrase list[] = {
		{"", NULL},
		{"before", NULL},
		{"1.0 before", NULL},
		{"between 1.0", NULL},
		{"all versions", NULL},
		{"before the second release of 2026", NULL},
		{"tomcat 9.0", NULL},
		{"1.2 beta", NULL},
		{"~> 3", NULL},
	};

	(void)state;
	check(list, countof(list));
}

/* All or nothing, also when the buffer is too small. */
static void
test_no_room(void **state)
{
	struct buf out = BUF_INIT(8);

	(void)state;
	buf_puts(&out, "x");
	assert_false(range_normalize(SPAN("1.0.0 through 1.4.0"), &out));
	assert_string_equal(out.data, "x");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_end),
		cmocka_unit_test(test_two_ends),
		cmocka_unit_test(test_all_of_a_branch),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_chinese),
		cmocka_unit_test(test_what_a_version_is),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
