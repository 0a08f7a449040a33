/* The search for many words at once, against the simple way. */
#include "rules/literals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define WORDS 10

static const char *const words[WORDS] = {"he", "she", "his", "hers", "cve", "<",
	"\u7248\u672c", "aab", "aa", "prior"};

static struct literals *
build(void)
{
	struct literal list[WORDS];
	size_t i;

	for (i = 0; i < WORDS; i++)
		list[i] = (struct literal){span_of(words[i]), i};
	return literals_new(list, WORDS);
}

static void
mark(void *arg, size_t mark, size_t start)
{
	bool *seen = arg;

	(void)start;
	seen[mark] = true;
}

static bool
occurs(struct span text, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.data + i, word, len) == 0)
			return true;
	return false;
}

static void
check(const struct literals *l, struct span text)
{
	bool seen[WORDS] = {false};
	size_t i;

	literals_scan(l, text, mark, seen);
	for (i = 0; i < WORDS; i++)
		if (seen[i] != occurs(text, words[i]))
			fail_msg("%s in \"%.*s\": %d", words[i], (int)text.len,
				text.data, seen[i]);
}

static void
test_words(void **state)
{
	struct literals *l = build();

	(void)state;
	check(l, SPAN(""));
	check(l, SPAN("ushers"));
	check(l, SPAN("this CVE-2026-1 is PRIOR to <1.2"));
	check(l, SPAN("shishe"));
	check(l, SPAN("aaab"));
	check(l, SPAN("\u5f71\u54cd\u7248\u672c\uff1a1.2"));
	check(l, SPAN("nothing of it"));
	literals_free(&l);
	assert_null(l);
}

/* Texts of few letters, so that words overlap in every way. */
static void
test_overlaps(void **state)
{
	static const char letters[] = "hesiraAbcv<";
	struct literals *l = build();
	unsigned seed = 1, round;
	char text[24];
	size_t i;

	(void)state;
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(text); i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = letters[(seed >> 16) % (sizeof(letters) - 1)];
		}
		check(l, (struct span){text, sizeof(text)});
	}
	literals_free(&l);
}

static void
test_shared_and_none(void **state)
{
	struct literal twice[] = {{SPAN("fix"), 0}, {SPAN("FIX"), 1}};
	struct literals *l = literals_new(twice, 2);
	bool seen[2] = {false};

	(void)state;
	literals_scan(l, SPAN("prefixes"), mark, seen);
	assert_true(seen[0] && seen[1]);
	literals_free(&l);
	l = literals_new(NULL, 0);
	literals_scan(l, SPAN("anything"), mark, NULL);
	literals_free(&l);
}

struct places {
	size_t start[4], count;
};

static void
note_place(void *arg, size_t mark, size_t start)
{
	struct places *p = arg;

	(void)mark;
	assert_true(p->count < 4);
	p->start[p->count++] = start;
}

/* Where they stand; a line end between two words is a blank. */
static void
test_places(void **state)
{
	struct literal list[] = {{SPAN("fixed in"), 0}};
	struct literals *l = literals_new(list, 1);
	struct places p = {.count = 0};

	(void)state;
	literals_scan(l, SPAN("is Fixed in 1, fixed\nin 2, fixed  in 3"),
		note_place, &p);
	assert_int_equal(p.count, 2);
	assert_int_equal(p.start[0], 3);
	assert_int_equal(p.start[1], 15);
	literals_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_shared_and_none),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
