/* The language of rule files: what is said, and what is refused and where. */
#include "rules/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "rules/rulefile.h"

#define RULE "rule r\n\tkind cve\n\tscore 50\n\twords *\n\tpattern CVE-\\d+\n"

/* NULL, and the error, when TEXT is refused. */
static struct ruleset *
load(const char *text, struct err *e)
{
	struct rulefile *f = rulefile_new();

	*e = (struct err){0};
	if (rulefile_add(f, span_of(text), "t.rules", e) == 0)
		return rulefile_finish(&f);
	rulefile_free(&f);
	return NULL;
}

static void
accepts(const char *text, size_t count)
{
	struct ruleset *r;
	struct err e;

	if ((r = load(text, &e)) == NULL)
		fail_msg("%s\n%s", text, e.text);
	assert_int_equal(ruleset_count(r), count);
	ruleset_free(&r);
	assert_null(r);
}

static void
test_accepted(void **state)
{
	(void)state;
	accepts("", 0);
	accepts("# nothing\n\n   \n\t# here\n", 0);
	accepts(RULE, 1);
	accepts("rule r\n  kind cve\n  score 50\n  words *\n  pattern x", 1);
	accepts(RULE "\twhere subject quoted\n\tnormal text\n"
		     "\tunless-preceded no\n\tunless-followed no\n",
		1);
	accepts("define n \\d+\nrule r\n\tkind cve\n\tscore 1\n\twords a b\n"
		"\t\t# a comment\n\n"
		"\t\tc\n\tpattern\n\t\tx # why\n\n\t\t${n}\n",
		1);
	accepts("define a x?\ndefine b\n\t${a} y\n" RULE, 1);
}

struct refused {
	const char *text, *error;
};

static void
refuses(const struct refused *list, size_t count)
{
	struct ruleset *r;
	struct err e;
	size_t i;

	for (i = 0; i < count; i++) {
		r = load(list[i].text, &e);
		assert_null(r);
		assert_int_equal(e.kind, ERR_PERMANENT);
		if (strncmp(e.text, list[i].error, strlen(list[i].error)) != 0)
			fail_msg("%s\n%s\nnot\n%s", list[i].text, e.text,
				list[i].error);
	}
}

static void
test_blocks_refused(void **state)
{
	static const struct refused list[] = {
		{"kind cve\n", "t.rules:1: at the margin stands `rule NAME`"},
		{"\tkind cve\n", "t.rules:1: this belongs to no rule"},
		{"\nrule Foo\n", "t.rules:2: a name is made of a-z, 0-9"},
		{"rule\n", "t.rules:1: a name is made of"},
		{"rule a b\n", "t.rules:1: after the name the line ends"},
		{RULE RULE, "t.rules:6: rule r stands already in t.rules:1"},
		{"define a x\n\ndefine a y\n",
			"t.rules:3: a is defined already"},
		{"define a\n", "t.rules:1: a has no value"},
		{"define a\n\t# x\n\n", "t.rules:1: a has no value"},
		{"# ok\nrule a\r\n", "t.rules:2: not plain text"},
		{"# \xff\n", "t.rules:1: not plain text"},
		{"# \xe2\x80\xae\n", "t.rules:1: not plain text"},
	};

	(void)state;
	refuses(list, countof(list));
}

static void
test_keys_refused(void **state)
{
	static const struct refused list[] = {
		{"rule r\n\tcolour red\n",
			"t.rules:2: colour is no key; a line that goes on"},
		{"rule r\n\tkind cve\n\tkind cwe\n",
			"t.rules:3: kind stands twice in rule r"},
		{"rule r\n\tkind cvss9\n",
			"t.rules:2: \"cvss9\" is none of product, component, "
			"affected, fixed, cve"},
		{"rule r\n\tkind\n\tscore 1\n", "t.rules:2: kind has no value"},
		{"rule r\n\twhere text header\n",
			"t.rules:2: \"header\" is none of subject, text, "
			"quoted"},
		{"rule r\n\tscore 0\n",
			"t.rules:2: a score is a number from 1 to 100"},
		{"rule r\n\tscore 101\n", "t.rules:2: a score is"},
		{"rule r\n\tscore ten\n", "t.rules:2: a score is"},
		{"rule r\n\tscore 5 # why\n", "t.rules:2: a score is"},
		{"rule r\n\tnormal uppercase\n",
			"t.rules:2: \"uppercase\" is none of text, exact, cve, "
			"cwe, cvss, range"},
		{"rule r\n\tweight foot +1\n",
			"t.rules:2: \"foot\" is none of subject, quoted"},
		{"rule r\n\tweight code 5\n",
			"t.rules:2: after code stands what is added"},
		{"rule r\n\tweight code\n", "t.rules:2: after code stands"},
		{"rule r\n\tweight code +101\n", "t.rules:2: after code"},
		{"rule r\n\treach 0\n", "t.rules:2: a reach is a number"},
		{"rule r\n\treach 501\n", "t.rules:2: a reach is a number"},
		{"rule r\n\tmeans a\n\t\tb\n", "t.rules:2: what it means"},
		{"rule r\n\tlabel (\n", "t.rules:2: missing closing"},
		{"rule r\n\twords \"a b\n", "t.rules:2: words in quotation"},
		{"rule r\n\twords \"\"\n", "t.rules:2: words in quotation"},
		{"rule r\n\tunless-begins l\n",
			"t.rules:2: there is no list l"},
		{"list l\n", "t.rules:1: l has no value"},
		{"list l\n\ta b\n\tA\n",
			"t.rules:1: a stands twice in the list l"},
		{"list l a\nlist l b\n",
			"t.rules:2: there is a list l already"},
		{"rule r\n\twords a # b\n",
			"t.rules:2: a comment stands on a line of its own"},
		{"rule r\n\twords "
		 "12345678901234567890123456789012345678901\n",
			"t.rules:2: a word is longer than 40 bytes"},
	};

	(void)state;
	refuses(list, countof(list));
}

static void
test_patterns_refused(void **state)
{
	static const struct refused list[] = {
		{"rule r\n\tpattern a(b\n",
			"t.rules:2: missing closing parenthesis"},
		{"rule r\n\tkind cve\n\tpattern\n\t\ta\n\n\t\t|\n\t\t*b\n\t\tc",
			"t.rules:7: quantifier does not follow"},
		{"rule r\n\tpattern a*\n",
			"t.rules:2: this can match where nothing stands"},
		{"rule r\n\tunless-followed a?\n",
			"t.rules:2: this can match where nothing stands"},
		{"rule r\n\tpattern\n\t\tx\n\t\t${no}\n",
			"t.rules:4: ${no} is not defined: `define` it above"},
		{"rule r\n\tpattern ${no\n", "t.rules:2: ${} is not defined"},
		{"define a ${a}\n", "t.rules:1: ${a} is not defined"},
		{"define a\n\tx\n\t(y\n", "t.rules:3: missing closing"},
		{"rule r\n\tpattern \\C\n", "t.rules:2: using \\C is disabled"},
		{"rule r\n\tpattern (?<product> x )\n",
			"t.rules:2: the one group that may have a name"},
		/* A definition of many lines counts as the line it is on. */
		{"define a\n\tx\n\ty # z\nrule r\n\tpattern\n\t\t${a}\n\t\t)\n",
			"t.rules:7: unmatched closing parenthesis"},
	};

	(void)state;
	refuses(list, countof(list));
}

static void
test_incomplete_refused(void **state)
{
	static const struct refused list[] = {
		{"# a\nrule r\n\tkind cve\n",
			"t.rules:2: rule r has no `score`: say how sure"},
		{"rule r\n\tscore 1\n\twords *\n\tpattern x\nrule s\n",
			"t.rules:1: rule r has no `kind`"},
		{"rule r\n\tkind cve\n\tscore 1\n\tpattern x\n",
			"t.rules:1: rule r has no `words`: name words of "
			"which one must occur, or write `words *`"},
		{"rule r\n\tkind cve\n\tscore 1\n\twords *\n",
			"t.rules:1: rule r has no `pattern`"},
	};

	(void)state;
	refuses(list, countof(list));
}

/* Definitions that grow by doubling end at the limit, not at the memory's. */
static void
test_growth(void **state)
{
	struct buf text = BUF_INIT(10000);
	struct ruleset *r;
	struct err e;
	int i;

	(void)state;
	buf_puts(&text, "define d0 x(?#xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx)\n");
	for (i = 1; i < 60; i++)
		buf_printf(
			&text, "define d%d ${d%d} ${d%d}\n", i, i - 1, i - 1);
	r = load(text.data, &e);
	assert_null(r);
	if (strstr(e.text, "longer than 65536 bytes") == NULL)
		fail_msg("%s", e.text);
	buf_release(&text);
}

static void
test_too_many_words(void **state)
{
	struct buf text = BUF_INIT(10000);
	struct ruleset *r;
	struct err e;
	int i;

	(void)state;
	buf_puts(&text, "rule r\n\twords\n");
	for (i = 0; i < 129; i++)
		buf_printf(&text, "\t\tw%d\n", i);
	r = load(text.data, &e);
	assert_null(r);
	assert_string_equal(e.text, "t.rules:2: more than 128 words");
	buf_release(&text);
}

static void
put(const char *dir, const char *name, const char *text)
{
	struct buf path = BUF_INIT(4096);
	struct err e;

	buf_printf(&path, "%s/%s", dir, name);
	assert_int_equal(
		fs_replace_file(path.data, span_of(text), 0600, &e), 0);
	buf_release(&path);
}

static struct ruleset *
load_with(const char *dir, const char *other, const char *name, struct err *e)
{
	struct buf path = BUF_INIT(4096);
	struct ruleset *r;

	buf_printf(&path, "%s/%s", other, name);
	r = ruleset_load(dir, path.data, e);
	buf_release(&path);
	return r;
}

/* Files go in the order of their names, and only *.rules are read. */
static void
test_directory(void **state)
{
	char dir[] = "/tmp/psirtd-rules-XXXXXX";
	char other[] = "/tmp/psirtd-rules-XXXXXX";
	struct ruleset *r;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(mkdtemp(other));
	assert_null(ruleset_load(dir, NULL, &e));
	assert_non_null(strstr(e.text, "no file named *.rules"));
	put(dir, "b.rules",
		"rule b\n\tkind cve\n\tscore 1\n\twords *\n\tpattern ${n}\n");
	put(dir, ".b.rules.swp", "broken");
	put(dir, ".c.rules", "broken");
	put(dir, "d.rules~", "broken");
	r = ruleset_load(dir, NULL, &e);
	assert_null(r);
	assert_non_null(strstr(e.text, "/b.rules:5: ${n} is not defined"));
	put(dir, "a.rules", "define n x\n");
	r = ruleset_load(dir, NULL, &e);
	assert_non_null(r);
	assert_int_equal(ruleset_count(r), 1);
	ruleset_free(&r);
	/* One more, in the place of another of its name, or last. */
	put(other, "b.rules", "# nothing\n");
	put(other, "c.rules", "rule c\n\tbroken\n");
	r = load_with(dir, other, "b.rules", &e);
	assert_int_equal(ruleset_count(r), 0);
	ruleset_free(&r);
	assert_null(load_with(dir, other, "c.rules", &e));
	assert_non_null(strstr(e.text, "/c.rules:2: broken is no key"));
	assert_int_equal(fs_remove_tree(other, &e), 0);
	assert_int_equal(fs_remove_tree(dir, &e), 0);
}

static void
test_unreadable(void **state)
{
	struct err e;

	(void)state;
	assert_null(ruleset_load("/nonexistent/rules", NULL, &e));
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_non_null(strstr(e.text, "/nonexistent/rules"));
	assert_null(ruleset_load("/dev/null", NULL, &e));
	assert_int_equal(e.kind, ERR_PERMANENT);
}

/* The rules that are shipped, as psirtctl rules test will load them. */
static void
test_shipped(void **state)
{
	struct ruleset *r;
	struct err e;

	(void)state;
	if ((r = ruleset_load("rules", NULL, &e)) == NULL)
		fail_msg("%s", e.text);
	assert_true(ruleset_count(r) >= 6);
	ruleset_free(&r);
	if ((r = ruleset_load("rules/cve.rules", NULL, &e)) == NULL)
		fail_msg("%s", e.text);
	assert_int_equal(ruleset_count(r), 3);
	ruleset_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_blocks_refused),
		cmocka_unit_test(test_keys_refused),
		cmocka_unit_test(test_patterns_refused),
		cmocka_unit_test(test_incomplete_refused),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
