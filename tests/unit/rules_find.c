/* Finding: places, slices, limits, and which hints are kept. */
#include "rules/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rules/rulefile.h"

/* A rule of kind CVE for a test, of which a mail may have many. */
#define RULE(NAME, SCORE, MORE) \
	"rule " NAME "\n\tkind cve\n\tnormal text\n\tscore " #SCORE \
	"\n\twhere subject text quoted\n" MORE
#define PATTERN(P) "\twords *\n\tpattern " P "\n"

struct finding {
	struct arena *arena;
	struct ruleset *set;
	struct hints hints;
};

static struct finding
find_in(const char *rules, const struct rule_texts *texts)
{
	struct rulefile *f = rulefile_new();
	struct finding found = {.arena = arena_new()};
	struct err e;

	if (rulefile_add(f, span_of(rules), "t.rules", &e) == -1)
		fail_msg("%s", e.text);
	found.set = rulefile_finish(&f);
	ruleset_find(found.set, texts, found.arena, &found.hints);
	return found;
}

static struct finding
find(const char *rules, struct span text)
{
	struct rule_texts texts = {{{"", 0}, text, {"", 0}}};

	return find_in(rules, &texts);
}

static void
done(struct finding *f)
{
	ruleset_free(&f->set);
	arena_free(&f->arena);
}

/* The values in their order, with a | between. */
static void
values_are(const struct finding *f, const char *values)
{
	struct buf all = BUF_INIT(4096);
	size_t i;

	for (i = 0; i < f->hints.count; i++)
		if (f->hints.hint[i].kind != HINT_LANGUAGE)
			buf_printf(&all, "%s%s", i > 0 ? "|" : "",
				f->hints.hint[i].value);
	assert_string_equal(all.data, values);
	buf_release(&all);
}

static void
finds(const char *rules, const char *text, const char *values)
{
	struct finding f = find(rules, span_of(text));

	values_are(&f, values);
	assert_int_equal(f.hints.timed_out_count, 0);
	done(&f);
}

static void
test_nothing(void **state)
{
	struct rule_texts none = {0};
	struct finding f;

	(void)state;
	finds("", "some text", "");
	finds(RULE("r", 50, PATTERN("x")), "", "");
	f = find_in(RULE("r", 50, PATTERN("x")), &none);
	assert_int_equal(f.hints.count, 0);
	done(&f);
}

/* Offsets are bytes of the text, whatever the characters. */
static void
test_places(void **state)
{
	static const char text[] =
		"\u4ea7\u54c1\uff1a\u798f\u670d\u52a1\u5668 1.2\n";
	struct finding f = find(RULE("r", 70,
					PATTERN("\u4ea7\u54c1\uff1a"
						"(?<value> \\S+ )")),
		SPAN("\u4ea7\u54c1\uff1a\u798f\u670d\u52a1\u5668 1.2\n"));
	const struct hint *h = f.hints.hint;

	(void)state;
	assert_int_equal(f.hints.hits_count, 1);
	assert_int_equal(h->start, 9);
	assert_int_equal(h->end, 21);
	assert_memory_equal(text + h->start, h->value, 12);
	assert_int_equal(h->where, WHERE_TEXT);
	assert_int_equal(h->kind, HINT_CVE);
	assert_int_equal(h->score, 70);
	assert_string_equal(h->rule, "r");
	done(&f);
}

static void
test_where(void **state)
{
	struct rule_texts texts = {{SPAN("x1"), SPAN("x2"), SPAN("x3")}};
	struct finding f = find_in(RULE("r", 50, PATTERN("x\\d")), &texts);
	int i;

	(void)state;
	values_are(&f, "x1|x2|x3");
	for (i = 0; i < WHERE__COUNT; i++)
		assert_int_equal(f.hints.hint[i].where, i);
	done(&f);
	/* Without a word about it: subject and text. */
	f = find_in("rule r\n\tkind file\n\tscore 1\n" PATTERN("x\\d"), &texts);
	values_are(&f, "x1|x2");
	done(&f);
}

static void
test_words(void **state)
{
	static const char rules[] =
		RULE("r", 50, "\twords foo \u4ea7\u54c1\n\tpattern x\\d\n");

	(void)state;
	finds(rules, "x1", "");
	finds(rules, "FOObar x1", "x1");
	finds(rules, "\u4ea7\u54c1 x1", "x1");
}

/* The value is one line and has no quotation marks around it. */
static void
test_value(void **state)
{
	static const char rules[] = RULE("r", 50, PATTERN("a [^;]* ;?"));

	(void)state;
	finds(rules, "a\n\t b  c", "a b c");
	finds(RULE("r", 50, PATTERN("\" [^;]+")), "\"a b\"", "a b");
	finds(RULE("r", 50, PATTERN("\" .")), "\" ", "");
}

static void
test_long_value(void **state)
{
	char text[1001];
	struct finding f;

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	/* The cut may not go through the character. */
	memcpy(text + HINT_VALUE_MAX - 2, "\u4ea7", 3);
	f = find(RULE("r", 50, PATTERN("x \\S+")), span_of(text));
	assert_int_equal(f.hints.count, 1);
	assert_int_equal(f.hints.hint[0].end, 1000);
	assert_int_equal(strlen(f.hints.hint[0].value), HINT_VALUE_MAX - 2);
	assert_string_equal(f.hints.hint[0].normalized, "");
	done(&f);
}

static void
test_unless(void **state)
{
	static const char preceded[] = RULE("r", 50,
		PATTERN("x\\d") "\tunless-preceded not \\s (?: an? \\s )?\n");
	static const char followed[] = RULE("r", 50,
		PATTERN("x\\d+") "\tunless-followed \\s is \\s safe\n");

	(void)state;
	finds(preceded, "x1 not x2 not an x3 not the x4", "x1|x4");
	finds(followed, "x1 is safe x22 is  safe x3", "x22|x3");
	/* What is void is so as a whole: not x2 for x22. */
	finds(followed, "x22 is safe", "");
}

static void
test_if(void **state)
{
	static const char both[] = RULE("r", 50,
		PATTERN("x\\d") "\tif-preceded the \\s\n"
				"\tif-followed \\s is \\s bad\n");

	(void)state;
	finds(both, "the x1 is bad, x2 is bad, the x3", "x1");
}

#define MORE_LISTS "\tunless-begins articles others\n"

/* What begins with a word of the list may begin behind it. */
static void
test_lists(void **state)
{
	static const char rules[] =
		"list articles\n\tthe a\n\tAN\n"
		"list others\n\tany\n" RULE(
			"r", 50, PATTERN("\\w+ (?: \\s \\w+ )?") MORE_LISTS);

	(void)state;
	finds(rules, "The foo; another; an\nx; any", "foo|another|x");
}

static void
test_means(void **state)
{
	struct finding f =
		find(RULE("r", 50, PATTERN("x\\d") "\tmeans trouble\n"),
			SPAN("x1 x2"));

	(void)state;
	values_are(&f, "x1");
	assert_string_equal(f.hints.hint[0].normalized, "trouble");
	assert_int_equal(f.hints.hits[1].fate, HIT_SAID_ALREADY);
	done(&f);
}

/* A match may begin so far before its word, and not farther. */
static void
test_reach(void **state)
{
	static const char text[] =
		"x1 ................................ "
		".............................. foo; x2 ..... foo;";

	(void)state;
	finds(RULE("r", 50,
		      "\twords foo\n\treach 10\n\tpattern x\\d [^;]* ;\n"),
		text, text + sizeof(text) - 14);
	finds(RULE("r", 50, "\twords foo\n\treach 100\n\tpattern x\\d\n"), text,
		"x1|x2");
}

static int
score_of(const struct finding *f, const char *value)
{
	size_t i;

	for (i = 0; i < f->hints.count; i++)
		if (strcmp(f->hints.hint[i].value, value) == 0)
			return f->hints.hint[i].score;
	return 0;
}

static void
test_weights(void **state)
{
	static const char rules[] = RULE("r", 50,
		PATTERN("x\\d") "\tweight subject +1 quoted -2\n"
				"\t\tfirst-paragraph +4\n"
				"\t\tfield +8 code -60 repeated +16\n");
	static const char text[] =
		"x2 stands in the first paragraph, which has to be somewhat "
		"longer than a greeting.\n\nWhere: x3\n\n```\nx4\n```\n\n"
		"x5 and x5, x6\n";
	struct rule_texts texts = {
		{SPAN("x1"), {text, sizeof(text) - 1}, SPAN("It is x7")}};
	struct finding f = find_in(rules, &texts);

	(void)state;
	assert_int_equal(score_of(&f, "x1"), 51);
	assert_int_equal(score_of(&f, "x2"), 54);
	assert_int_equal(score_of(&f, "x3"), 58);
	assert_int_equal(score_of(&f, "x4"), 0);
	assert_int_equal(score_of(&f, "x5"), 66);
	assert_int_equal(score_of(&f, "x6"), 50);
	/* All of a short text is its first paragraph. */
	assert_int_equal(score_of(&f, "x7"), 52);
	done(&f);
}

/* Rules for a label see the values of its fields, and nothing else. */
static void
test_labels(void **state)
{
	static const char rules[] = RULE("r", 50,
		"\twords where\n\tlabel where (?: \\s is )?\n"
		"\tpattern x\\d\n");

	(void)state;
	finds(rules, "Where: x1, x2\nElsewhere: x3\n* **Where is:** x4\n",
		"x1|x2|x4");
	finds(rules, "## Where\n\nx1\n\n## How\n\nx2\n", "x1");
	finds(rules, "| How | Where |\n|---|---|\n| x1 | x2 |\n| x3 | x4 |\n",
		"x2|x4");
	finds(rules, "Where:\n  - x1\n  - x2\n\nx3\n", "x1|x2");
	finds(rules, "where x1", "");
}

#define NAMED(NAME, SCORE, P) \
	"rule " NAME "\n\tkind product\n\tscore " #SCORE \
	"\n\twords *\n\tpattern " P "\n"

/* Names compete; what several rules find is surer. */
static void
test_competing(void **state)
{
	static const char rules[] = NAMED("a", 60, "(?<= a: ) \\S+") NAMED(
		"b", 60, "(?<= b: ) \\S+") NAMED("c", 40, "(?<= c: ) \\S+");

	(void)state;
	finds(rules, "c:foo a:bar", "bar");
	finds(rules, "c:foo", "foo");
	finds(rules, "a:bar b:foo c:Foo", "foo");
	finds(rules, "a:foo-bar b:Foo_Bar", "foo-bar");
	/* Equal ones stay both. */
	finds(rules, "a:bar b:foo", "bar|foo");
	/* One rule does not speak twice. */
	finds(rules, "a:bar b:foo a:bar a:bar", "bar|foo");
}

static void
test_language(void **state)
{
	struct finding f = find("",
		SPAN("Der Fehler ist in der Funktion, die das Feld "
		     "liest, und wird nicht abgefangen."));

	(void)state;
	assert_int_equal(f.hints.count, 1);
	assert_int_equal(f.hints.hint[0].kind, HINT_LANGUAGE);
	assert_string_equal(f.hints.hint[0].normalized, "de");
	done(&f);
}

static void
test_overlaps(void **state)
{
	static const char rules[] = RULE("low", 40, PATTERN("foo \\s bar"))
		RULE("high", 60, PATTERN("bar \\s \\w+"))
			RULE("other", 50, PATTERN("x \\d"));
	struct finding f = find(rules, SPAN("foo bar baz x1 foo bar"));

	(void)state;
	/* The lower one of two that overlap goes; where it stands alone it
	 * stays.  The best comes first. */
	values_are(&f, "bar baz|x1|foo bar");
	assert_string_equal(f.hints.hint[0].rule, "high");
	assert_int_equal(f.hints.hint[2].start, 15);
	done(&f);
	/* Of equal score: the one that begins first, then the longer. */
	finds(RULE("a", 50, PATTERN("b \\s c")) RULE(
		      "b", 50, PATTERN("a \\s b")) RULE("c", 50, PATTERN("a")),
		"a b c", "a b");
}

/* Hints of another kind may lie over them. */
static void
test_kinds(void **state)
{
	static const char rules[] =
		"rule v\n\tkind fixed\n\tscore 10\n\twords *\n"
		"\tpattern 1\\.\\d\n"
		"rule p\n\tkind product\n\tscore 5\n\twords *\n"
		"\tpattern Foo .*\n";
	struct finding f = find(rules, SPAN("Foo 1.2"));

	(void)state;
	values_are(&f, "Foo 1.2|1.2");
	assert_int_equal(f.hints.hint[0].kind, HINT_PRODUCT);
	assert_int_equal(f.hints.hint[1].kind, HINT_FIXED);
	assert_string_equal(f.hints.hint[1].normalized, "vers:generic/1.2");
	done(&f);
}

/* Once in each text, by the normal form, which may be overruled. */
static void
test_the_same(void **state)
{
	static const char rules[] = "rule c\n\tkind cve\n\tscore 10\n" PATTERN(
		"cve \\S \\d+ \\S \\d+");
	struct rule_texts texts = {{SPAN("cve-2026-1234"),
		SPAN("x cve-2026-1234 CVE_2026-1234 CVE-2026-1235"), {"", 0}}};
	struct finding f = find_in(rules, &texts);

	(void)state;
	values_are(&f, "cve-2026-1234|cve-2026-1234|CVE-2026-1235");
	assert_string_equal(f.hints.hint[1].normalized, "CVE-2026-1234");
	assert_int_equal(f.hints.hint[1].start, 2);
	done(&f);
	finds("rule c\n\tkind cve\n\tscore 10\n\tnormal text\n" PATTERN(
		      "cve \\S \\d+ \\S \\d+"),
		"cve-2026-1234 CVE_2026-1234", "cve-2026-1234|CVE_2026-1234");
}

/* As many as the kind may have, and as a mail may have: the best, and of equals
 * those that come first. */
static void
test_at_most(void **state)
{
	size_t most = hint_kind_most(HINT_CVE), sum = 0;
	struct buf text = BUF_INIT(100000), rules = BUF_INIT(100000);
	struct finding f;
	int i;

	(void)state;
	for (i = 0; i < HINTS_MAX + 50; i++)
		buf_printf(&text, "x%d ", i);
	buf_puts(&text, "y1");
	f = find(RULE("r", 50, PATTERN("x\\d+"))
			 RULE("s", 51, PATTERN("y\\d+")),
		buf_view(&text));
	assert_string_equal(f.hints.hint[0].value, "y1");
	assert_string_equal(f.hints.hint[most - 1].value, "x48");
	assert_int_equal(f.hints.count, most);
	assert_int_equal(f.hints.hits_count, HINTS_MAX + 51);
	assert_int_equal(f.hints.hits[most].fate, HIT_TOO_MANY);
	done(&f);
	for (i = 0; i < HINT_LANGUAGE; i++) {
		if (hint_kind_margin(i) < 100)
			continue;
		sum += hint_kind_most(i);
		buf_printf(&rules,
			"rule %s%s\n\tkind %s\n\tnormal text\n\tscore 9\n"
			"\twords *\n\tpattern x\\d+\n",
			i == HINT_CLASS ? "abuse-" : "", hint_kind_name(i),
			hint_kind_name(i));
	}
	assert_true(sum > HINTS_MAX);
	f = find(rules.data, buf_view(&text));
	assert_int_equal(f.hints.count, HINTS_MAX);
	done(&f);
	buf_release(&text);
	buf_release(&rules);
}

/*
 * A hit at every place around where a slice may end, in texts without a line
 * end, with lines, and of characters of three bytes.
 */
static void
test_edges(void **state)
{
	static const char *const fillers[] = {"z", "zzzz zzzzzzz\n", "\u4ea7"};
	static const char hit[] = "<value of some length>";
	struct buf text = BUF_INIT(100000);
	size_t at, i, count = 0;
	struct finding f;

	(void)state;
	for (at = 6900; at < 8300; at += 7) {
		buf_clear(&text);
		for (i = 0; text.len < at; i++)
			buf_puts(&text, fillers[count % 3]);
		at = text.len;
		buf_puts(&text, hit);
		while (text.len < 20000)
			buf_puts(&text, fillers[count % 3]);
		f = find(RULE("r", 50, PATTERN("< [^>]* >")), buf_view(&text));
		values_are(&f, hit);
		assert_int_equal(f.hints.hint[0].start, at);
		done(&f);
		count++;
	}
	assert_true(count > 100);
	buf_release(&text);
}

/* Every hit of a long text, none twice, and lines begin where they begin. */
static void
test_slices(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	struct finding f;
	int i;

	(void)state;
	for (i = 0; i < 150; i++)
		buf_printf(&text, "x%03d at the margin, and%*s x%03d within\n",
			i, 990 + i, "", i);
	f = find(RULE("r", 50, PATTERN("^ x\\d+")), buf_view(&text));
	assert_int_equal(f.hints.hits_count, 150);
	for (i = 0; i < 150; i++)
		assert_int_equal(
			text.data[f.hints.hits[i].hint.start - (i > 0)],
			i > 0 ? '\n' : 'x');
	done(&f);
	/* A match that reaches into the next slice is not begun again there. */
	buf_clear(&text);
	for (i = 0; i < 3000; i++)
		buf_printf(&text, "n%04d ", i);
	f = find(
		RULE("r", 50, PATTERN("(?: n\\d+ \\s ){20}")), buf_view(&text));
	assert_int_equal(f.hints.hits_count, 150);
	for (i = 0; i < 150; i++)
		assert_int_equal(f.hints.hits[i].hint.start, 20 * 6 * i);
	done(&f);
	buf_release(&text);
}

static void
fill(struct buf *text, size_t len, const char *with)
{
	while (text->len < len)
		buf_puts(text, with);
}

static void
times_out(const char *rules, const struct buf *text, const char *others)
{
	struct finding f = find(rules, buf_view(text));

	values_are(&f, others);
	assert_int_equal(f.hints.timed_out_count, 1);
	assert_string_equal(f.hints.timed_out[0], "bad");
	done(&f);
}

static double
seconds_since(clock_t began)
{
	return (double)(clock() - began) / CLOCKS_PER_SEC;
}

/* One rule without end; the others find what they find. */
static void
test_step_limit(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	clock_t began = clock();

	(void)state;
	fill(&text, 200000, "a");
	buf_puts(&text, " x1");
	times_out(RULE("good", 50, PATTERN("x\\d"))
			  RULE("bad", 50, PATTERN("(a | aa)+ [yz]")),
		&text, "x1");
	assert_true(seconds_since(began) < 2);
	buf_release(&text);
}

/*
 * This one stays below the limit at each offset, and would take the better
 * part of a minute for all of them.
 */
static void
test_work_adds_up(void **state)
{
	struct buf text = BUF_INIT(8 << 20);
	clock_t began = clock();

	(void)state;
	fill(&text, 3 << 20, "a");
	buf_puts(&text, " x1");
	times_out(RULE("bad", 50, PATTERN("(a | aa){1,9} $ x?"))
			  RULE("good", 50, PATTERN("x\\d")),
		&text, "x1");
	assert_true(seconds_since(began) < 5);
	buf_release(&text);
}

/* So does what stands around a hit; what was found before is kept. */
static void
test_limit_around(void **state)
{
	struct buf text = BUF_INIT(1000);

	(void)state;
	buf_puts(&text, "x1 b ");
	buf_puts(&text, "x2 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa x3");
	times_out(RULE("bad", 50,
			  PATTERN("x\\d") "\tunless-followed"
					  " \\s (a | aa)+ [yz]\n"),
		&text, "x1");
	buf_release(&text);
}

/* Also when it is what stands around each of many hits that takes the time. */
static void
test_work_around(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	clock_t began = clock();

	(void)state;
	fill(&text, 7000, "y");
	buf_puts(&text, " x1");
	times_out(RULE("bad", 50,
			  PATTERN("y") "\tunless-preceded"
				       " (y | yy){1,9} [zq]\n")
			  RULE("good", 50, PATTERN("x\\d")),
		&text, "y|x1");
	assert_true(seconds_since(began) < 2);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_unless),
		cmocka_unit_test(test_if),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_means),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_competing),
		cmocka_unit_test(test_language),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_the_same),
		cmocka_unit_test(test_at_most),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_step_limit),
		cmocka_unit_test(test_work_adds_up),
		cmocka_unit_test(test_limit_around),
		cmocka_unit_test(test_work_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
