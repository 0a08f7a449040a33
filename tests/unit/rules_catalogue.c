/* The catalogue: the file, its names in texts, and what follows from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "rules/consult.h"
#include "rules/rulefile.h"
#include "rules/rule.h"

#define FOO "[product foo]\nname = \"Foo Server\"\nowner = foo@example.test\n"
#define BAR "[product bar]\nname = Bar\nowner = bar@example.test\n"

static char dir[] = "/tmp/ut-catalogue.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[100];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(fs_replace_file(path, span_of(text), 0600, &e), 0);
}

static struct catalogue *
load(const char *text, struct err *e)
{
	char path[100];

	put("products.ini", text);
	snprintf(path, sizeof(path), "%s/products.ini", dir);
	return catalogue_load(path, e);
}

static void
assert_bad(const char *text, const char *says)
{
	struct err e;

	assert_null(load(text, &e));
	assert_int_equal(e.kind, ERR_PERMANENT);
	if (strstr(e.text, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, says);
}

static void
test_mistakes_have_file_and_line(void **state)
{
	(void)state;
	assert_bad("", "products.ini: no [product NAME] section");
	assert_bad("[team a]\n", "products.ini:1: unknown section [team a]");
	assert_bad(FOO "colour = red\n", "products.ini:4: unknown setting");
	assert_bad(FOO "name = x\n", "products.ini:4: `name` is set twice");
	assert_bad("[product foo]\nname = Foo\n", "needs `owner = ...`");
	assert_bad("[product foo]\nname = Foo\nowner = nobody\n",
		"products.ini:3: owner");
	assert_bad(FOO "supported = whenever\n", "products.ini:4: supported");
	assert_bad(FOO "end_of_life = 1.x soon\n",
		"products.ini:4: end_of_life: behind the versions");
	assert_bad(FOO "end_of_life = often 2026-01-31\n",
		"products.ini:4: end_of_life: in front of the day");
	assert_bad(FOO "end_of_life = 1.x 2026-02-31\n",
		"products.ini:4: end_of_life: behind the versions");
	assert_bad(FOO "repositories = foo\n", "products.ini:4: repositories");
	assert_bad(FOO BAR "aliases = foo server\n",
		"products.ini:4: \"foo server\" is also a name of [product "
		"foo] "
		"in line 1");
	put("foo.components", "\t1.0\n");
	assert_bad(FOO "components = foo.components\n",
		"foo.components:1: expected NAME");
}

/* --- names --- */

struct seen {
	char text[400];
};

static void
note(void *arg, const struct rule *rule, size_t start, size_t end)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "%s %zu-%zu;",
		rule->means, start, end);
}

static void
assert_seen(const struct catalogue *c, const char *text, const char *seen)
{
	struct seen s = {.text = ""};

	catalogue_scan(c, span_of(text), note, &s);
	assert_string_equal(s.text, seen);
}

static void
test_names_are_words_and_the_longest_wins(void **state)
{
	struct err e;
	struct catalogue *c = load(FOO
		"aliases = foo, FooSrv\n"
		"repositories = https://git.example.test/x/foo.git\n" BAR
		"aliases = Foo Server Pro, b\303\244r\n",
		&e);

	(void)state;
	assert_non_null(c);
	assert_seen(c, "FOO SERVER crashes", "Foo Server 0-10;");
	assert_seen(c, "the Foo Server Pro", "Bar 4-18;");
	assert_seen(c, "foo\nserver", "Foo Server 0-10;");
	assert_seen(c, "foo-server, foo_server",
		"Foo Server 0-10;Foo Server 12-22;");
	assert_seen(c, "food, xfoo, foo_x, foo1, foo-bar.c, a/foo, foo.c", "");
	assert_seen(c, "foo. (foo) \"foo\" foo's foo",
		"Foo Server 0-3;"
		"Foo Server 6-9;Foo Server 12-15;Foo Server 17-20;"
		"Foo Server 23-26;");
	assert_seen(c, "http://git.example.test/x/foo/issues/1",
		"Foo Server 7-29;");
	assert_seen(c, "in b\303\244r", "Bar 3-7;");
	assert_seen(c, "", "");
	catalogue_free(&c);
}

static void
test_as_many_names_as_may_be(void **state)
{
	struct buf text = BUF_INIT(CATALOGUE_BYTES_MAX);
	struct catalogue *c;
	struct err e;
	int i;

	(void)state;
	for (i = 0; i < 4000; i++)
		buf_printf(&text,
			"[product p%d]\nname = \"Product Number %dx\"\n"
			"owner = a@example.test\n",
			i, i);
	assert_non_null(c = load(text.data, &e));
	assert_int_equal(catalogue_count(c), 4000);
	assert_seen(c, "Product Number 0x, product number 3999x",
		"Product Number 0x 0-17;Product Number 3999x 19-39;");
	catalogue_free(&c);
	for (; i < 6000; i++)
		buf_printf(&text,
			"[product p%d]\nname = \"Product Number %dx\"\n"
			"owner = a@example.test\n",
			i, i);
	assert_bad(text.data, "the names of all products are longer");
	buf_release(&text);
}

/* --- hints --- */

#define RULES \
	"rule product\n\tkind product\n\tscore 90\n\twords in\n\tpattern\n" \
	"\t\tin [ ] (?<value> \\w+ )\n" \
	"rule affected\n\tkind affected\n\tscore 80\n" \
	"\twords version\n\tpattern\n" \
	"\t\tversion [ ] (?<value> [^\\n;]+ )\n" \
	"list common-words\n\tserver bar\n"

/* "kind: value = normalized; ..." of what is no `affected`. */
static void
assert_hints(const char *ini, const char *text, const char *expected)
{
	struct rulefile *f = rulefile_new();
	struct rule_texts texts = {.text = {{"", 0}, {"", 0}, {"", 0}}};
	struct arena *a = arena_new();
	struct buf out = BUF_INIT(2000);
	struct ruleset *r;
	struct hints h;
	struct err e;
	size_t i;

	assert_int_equal(rulefile_add(f, SPAN(RULES), "r", &e), 0);
	r = rulefile_finish(&f);
	assert_non_null(r->catalogue = load(ini, &e));
	texts.text[WHERE_TEXT] = span_of(text);
	ruleset_find(r, &texts, a, &h);
	for (i = 0; i < h.count; i++)
		if (h.hint[i].kind != HINT_AFFECTED &&
			h.hint[i].kind != HINT_LANGUAGE)
			buf_printf(&out, "%s: %s = %s; ",
				hint_kind_name(h.hint[i].kind), h.hint[i].value,
				h.hint[i].normalized);
	assert_string_equal(out.data, expected);
	buf_release(&out);
	arena_free(&a);
	ruleset_free(&r);
}

static void
test_a_product_outranks_the_open_vocabulary(void **state)
{
	(void)state;
	assert_hints(FOO, "a hole in Quux and the foo server",
		"product: foo server = Foo Server; "
		"owner: foo@example.test = Foo Server; ");
	assert_hints(FOO, "a hole in Quux", "product: Quux = Quux; ");
}

static void
test_a_common_word_needs_a_shape(void **state)
{
	(void)state;
	assert_hints(BAR, "they meet at the bar", "");
	assert_hints(BAR, "a hole in bar",
		"product: bar = Bar; owner: bar@example.test = Bar; ");
}

static void
test_an_unsupported_version_is_warned_of(void **state)
{
	static const char ini[] =
		FOO "supported = 2.x, 3.1 and later\n"
		    "end_of_life = 1.x 2020-06-30, 2.x 2999-01-31\n";

	(void)state;
	assert_hints(ini, "in Foo Server\nversion 2.4",
		"product: Foo Server = Foo Server; "
		"owner: foo@example.test = Foo Server; ");
	assert_hints(ini, "in Foo Server\nversion 3.0",
		"product: Foo Server = Foo Server; "
		"owner: foo@example.test = Foo Server; "
		"unsupported: 3.0 = Foo Server: supported is "
		"vers:generic/>=2|<3|>=3.1; ");
	assert_hints(ini, "in Foo Server\nversion before 1.2",
		"product: Foo Server = Foo Server; "
		"owner: foo@example.test = Foo Server; "
		"unsupported: before 1.2 = Foo Server: support of "
		"vers:generic/>=1|<2 ended on 2020-06-30; ");
}

static void
test_an_upstream_advisory_finds_who_uses_it(void **state)
{
	static const char ini[] = FOO "components = foo.components\n" BAR;

	(void)state;
	put("foo.components",
		"openssl\t3.0.2\tpkg:generic/openssl@3.0.2\n"
		"zlib\t1.2.11\t\nzlib\t1.3\t\n");
	assert_hints(ini, "a hole in OpenSSL\nversion before 3.0.7",
		"product: OpenSSL = OpenSSL; "
		"used-in: OpenSSL = Foo Server: openssl 3.0.2, in the stated "
		"versions; owner: foo@example.test = Foo Server; ");
	assert_hints(ini, "a hole in zlib\nversion 1.2.11",
		"product: zlib = zlib; "
		"used-in: zlib = Foo Server: zlib 1.2.11, in the stated "
		"versions; owner: foo@example.test = Foo Server; "
		"used-in: zlib = Foo Server: zlib 1.3, not in the stated "
		"versions; ");
	assert_hints(ini, "a hole in zlib",
		"product: zlib = zlib; "
		"used-in: zlib = Foo Server: zlib 1.2.11; "
		"owner: foo@example.test = Foo Server; "
		"used-in: zlib = Foo Server: zlib 1.3; ");
	assert_hints(ini, "a hole in libpng", "product: libpng = libpng; ");
}

static int
set_up(void **state)
{
	(void)state;
	clock_open();
	return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	struct err e;

	(void)state;
	return fs_remove_tree(dir, &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes_have_file_and_line),
		cmocka_unit_test(test_names_are_words_and_the_longest_wins),
		cmocka_unit_test(test_as_many_names_as_may_be),
		cmocka_unit_test(test_a_product_outranks_the_open_vocabulary),
		cmocka_unit_test(test_a_common_word_needs_a_shape),
		cmocka_unit_test(test_an_unsupported_version_is_warned_of),
		cmocka_unit_test(test_an_upstream_advisory_finds_who_uses_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
