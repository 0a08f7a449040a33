/* The one file that calls PCRE2. */
#include "rules/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct pattern *
compile(const char *source)
{
	struct pattern *p;
	struct err e = {0};
	size_t at;

	p = pattern_new(span_of(source), &at, &e);
	if (p == NULL)
		fail_msg("%s: %s", source, e.text);
	return p;
}

/* The result of pattern_find() over the whole text, with the value in *HIT. */
static int
find(const char *source, const char *text, struct pattern_hit *hit)
{
	struct pattern *p = compile(source);
	struct matcher *m = matcher_new();
	int result =
		pattern_find(p, m, span_of(text), true, 0, strlen(text), hit);

	matcher_free(&m);
	pattern_free(&p);
	return result;
}

static void
test_value(void **state)
{
	struct pattern_hit hit;

	(void)state;
	assert_int_equal(find("b+", "aBBc", &hit), 1);
	assert_int_equal(hit.start, 1);
	assert_int_equal(hit.end, 3);
	assert_int_equal(hit.value_start, 1);
	assert_int_equal(hit.value_end, 3);
	assert_int_equal(
		find("in \\s (?<value> \\w+ ) # why", "x in Foo", &hit), 1);
	assert_int_equal(hit.start, 2);
	assert_int_equal(hit.value_start, 5);
	assert_int_equal(hit.value_end, 8);
	/* A group that took no part. */
	assert_int_equal(find("a | (?<value> b )", "a", &hit), 1);
	assert_int_equal(hit.value_start, hit.value_end);
	assert_int_equal(find("x", "aaa", &hit), 0);
}

static void
test_options(void **state)
{
	struct pattern_hit hit;

	(void)state;
	/* ^ and $ at lines, offsets in bytes, \w without Chinese. */
	assert_int_equal(find("^ b $", "a\nb\nc", &hit), 1);
	assert_int_equal(hit.start, 2);
	assert_int_equal(find("\\b 1", "\u7248\u672c1", &hit), 1);
	assert_int_equal(hit.start, 6);
	assert_int_equal(find("\u00e9", "\u00c9", &hit), 1);
	/* Invalid UTF-8 is no part of a match, and does no harm. */
	assert_int_equal(find("a.b",
				 "a\xff"
				 "b",
				 &hit),
		0);
	assert_int_equal(find("c",
				 "a\xff"
				 "bc",
				 &hit),
		1);
}

struct wrong {
	const char *source, *words;
	size_t at;
};

static void
test_errors(void **state)
{
	static const struct wrong list[] = {
		{"a (b", "missing closing parenthesis", 4},
		{"a\\C", "\\C", 3},
		{"(?<vlaue> a )", "(?<value>...)", 0},
		{"(?<value> a ) (?<other> b )", "(?<value>...)", 0},
		{"(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(?<value>b)",
			"(?:...)", 0},
	};
	struct pattern *p;
	struct err e;
	size_t i, at;

	(void)state;
	for (i = 0; i < countof(list); i++) {
		p = pattern_new(span_of(list[i].source), &at, &e);
		assert_null(p);
		assert_int_equal(e.kind, ERR_PERMANENT);
		if (strstr(e.text, list[i].words) == NULL)
			fail_msg("%s: %s", list[i].source, e.text);
		if (list[i].at > 0)
			assert_int_equal(at, list[i].at);
	}
}

static void
test_matches_nothing(void **state)
{
	struct pattern *p = compile("a* b?");

	(void)state;
	assert_true(pattern_matches_nothing(p));
	pattern_free(&p);
	p = compile("a* b");
	assert_false(pattern_matches_nothing(p));
	pattern_free(&p);
	assert_null(p);
}

static void
test_bounds_of_a_search(void **state)
{
	struct pattern *p = compile("(?<! x ) ab");
	struct matcher *m = matcher_new();
	struct pattern_hit hit;
	struct span text = SPAN("ab xab ab");

	(void)state;
	assert_int_equal(pattern_find(p, m, text, true, 0, 9, &hit), 1);
	assert_int_equal(hit.start, 0);
	/* The second has an x in front, although the search begins behind. */
	assert_int_equal(pattern_find(p, m, text, true, 4, 9, &hit), 1);
	assert_int_equal(hit.start, 7);
	/* A match may reach over TO, but must begin before. */
	assert_int_equal(pattern_find(p, m, text, true, 4, 7, &hit), 0);
	assert_int_equal(pattern_find(p, m, text, true, 4, 8, &hit), 1);
	assert_int_equal(hit.end, 9);
	matcher_free(&m);
	pattern_free(&p);
}

static void
test_final(void **state)
{
	struct pattern *p = compile("ab $");
	struct matcher *m = matcher_new();
	struct pattern_hit hit;

	(void)state;
	assert_int_equal(pattern_find(p, m, SPAN("xab"), true, 0, 3, &hit), 1);
	assert_int_equal(pattern_find(p, m, SPAN("xab"), false, 0, 3, &hit), 0);
	assert_int_equal(
		pattern_find(p, m, SPAN("xab\n"), false, 0, 4, &hit), 1);
	matcher_free(&m);
	pattern_free(&p);
}

static void
test_around(void **state)
{
	struct pattern *p = compile("not \\s+");
	struct matcher *m = matcher_new();
	struct span text = SPAN("is not  affected not \u7248 here");

	(void)state;
	assert_int_equal(pattern_precedes(p, m, text, 8), 1);
	assert_int_equal(pattern_precedes(p, m, text, 9), 0);
	assert_int_equal(pattern_precedes(p, m, text, 0), 0);
	assert_int_equal(pattern_follows(p, m, text, true, 3), 1);
	assert_int_equal(pattern_follows(p, m, text, true, 2), 0);
	assert_int_equal(pattern_follows(p, m, text, true, text.len), 0);
	matcher_free(&m);
	pattern_free(&p);
}

/* The beginning of the look back may not be in the middle of a character. */
static void
test_behind_in_utf8(void **state)
{
	struct pattern *p = compile("\u7248 x{1,62}");
	struct matcher *m = matcher_new();
	char text[3 + 63];

	(void)state;
	memcpy(text, "\u7248", 3);
	memset(text + 3, 'x', 63);
	assert_int_equal(
		pattern_precedes(p, m, (struct span){text, 3 + 62}, 3 + 62), 1);
	assert_int_equal(
		pattern_precedes(p, m, (struct span){text, 3 + 63}, 3 + 63), 0);
	matcher_free(&m);
	pattern_free(&p);
}

static void
test_limit(void **state)
{
	char text[65];
	struct pattern_hit hit;

	(void)state;
	memset(text, 'a', 64);
	text[64] = '\0';
	assert_int_equal(find("(a | aa){1,5} [xy]", text, &hit), 0);
	assert_int_equal(find("(a | aa){1,20} $ x?", text, &hit), -1);
	assert_int_equal(find("(a | aa)+ [xy]", text, &hit), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_matches_nothing),
		cmocka_unit_test(test_bounds_of_a_search),
		cmocka_unit_test(test_final),
		cmocka_unit_test(test_around),
		cmocka_unit_test(test_behind_in_utf8),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
