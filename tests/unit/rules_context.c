/* Where in a text something stands: fields, code, the first paragraph. */
#include "rules/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

static struct context_map *
map_of(const char *text)
{
	struct context_map *m = xcalloc(1, sizeof(*m));

	context_map(span_of(text), m);
	return m;
}

/* The fields as "LABEL=VALUE", with a blank | blank between. */
static void
fields_are(const char *text, const char *expected)
{
	struct context_map *m = map_of(text);
	struct buf all = BUF_INIT(10000);
	const struct labelled_field *f;
	size_t i;

	for (i = 0; i < m->field_count; i++) {
		f = &m->fields[i];
		buf_printf(&all, "%s%.*s=%.*s", i > 0 ? " | " : "",
			(int)f->label.len, f->label.data,
			(int)(f->end - f->start), text + f->start);
	}
	assert_string_equal(all.data, expected);
	buf_release(&all);
	free(m);
}

static void
test_lines(void **state)
{
	(void)state;
	fields_are("Version: 1.2\nProduct:Foo\n", "Version=1.2 | Product=Foo");
	fields_are("* **Affected versions**: 1.2", "Affected versions=1.2");
	fields_are("\u7248\u672c\uff1a1.2\n", "\u7248\u672c=1.2");
	fields_are("> - Version(s): 1\n", "Version(s)=1");
	fields_are("Version:", "Version=");
	/* Not a label: an address, a scope, a sentence, a clock. */
	fields_are("http://example.org\n", "");
	fields_are("std::string\n", "");
	fields_are("This is a long sentence with many words: so\n", "");
	fields_are("12:30\n", "");
	fields_are("a[1]: 2\n", "");
}

static void
test_going_on(void **state)
{
	(void)state;
	fields_are("Fixed in: 1.2,\n    1.3\nelse\n", "Fixed in=1.2,\n    1.3");
	fields_are(
		"Versions:\n- 1.2\n- 1.3\n\n1.4\n", "Versions=\n- 1.2\n- 1.3");
	fields_are("Versions:\n\n1.2\n1.3\n", "Versions=\n\n1.2");
}

static void
test_headings(void **state)
{
	(void)state;
	fields_are("# Versions\n1.2\n\n1.3\n## How\n",
		"Versions=\n1.2\n\n1.3 "
		"| How=");
	fields_are("Versions\n--------\n1.2\n", "Versions=\n--------\n1.2");
	fields_are("**Versions**\n1.2\n", "Versions=\n1.2");
	/* A label below a heading belongs to both. */
	fields_are("# Facts\nVersion: 1\n", "Facts=\nVersion: 1 | Version=1");
}

static void
test_tables(void **state)
{
	(void)state;
	fields_are("| Product | Version |\n| --- | --- |\n| Foo | 1.2 |\n",
		"Product= Version  | Product= Foo  | Version= 1.2  | "
		"Foo= 1.2 ");
	fields_are("| Version | 1.2 |\n", "Version= 1.2 ");
}

static void
test_code(void **state)
{
	static const char text[] = "a b\n\n    code\n\nc\n```\nx: 1\n```\nd\n";
	struct context_map *m = map_of(text);

	(void)state;
	assert_int_equal(context_at(m, 0) & 1u << CONTEXT_CODE, 0);
	assert_true(context_at(m, 9) & 1u << CONTEXT_CODE);
	assert_int_equal(context_at(m, 15) & 1u << CONTEXT_CODE, 0);
	assert_true(context_at(m, 21) & 1u << CONTEXT_CODE);
	assert_int_equal(context_at(m, 30) & 1u << CONTEXT_CODE, 0);
	/* What is code has no fields. */
	assert_int_equal(m->field_count, 0);
	free(m);
}

static void
test_first_paragraph(void **state)
{
	static const char text[] =
		"Dear all,\n\nthis paragraph is long enough not to be a "
		"greeting or a title, so it is the first.\n\n"
		"This one is not.\n";
	struct context_map *m = map_of(text);
	size_t not = (size_t)(strstr(text, "This one") - text);

	(void)state;
	assert_true(context_at(m, 0) & 1u << CONTEXT_FIRST);
	assert_true(context_at(m, 20) & 1u << CONTEXT_FIRST);
	assert_int_equal(context_at(m, not ) & 1u << CONTEXT_FIRST, 0);
	free(m);
}

/* More of everything than there is room for, and texts that end early. */
static void
test_limits(void **state)
{
	static const char *const ends[] = {"", "\n", ":", "#", "# ", "|", "|-",
		"| a", "a:", "```", "**", "****", "a\n-", "a\n---", "\uff1a",
		"a\uff1a", "\t", "    a"};
	struct buf text = BUF_INIT(1 << 20);
	struct context_map *m;
	size_t i;

	(void)state;
	for (i = 0; i < countof(ends); i++)
		free(map_of(ends[i]));
	for (i = 0; i < 2 * FIELDS_MAX; i++)
		buf_puts(&text, "Label: value\n```\n```\n\n\n");
	m = map_of(text.data);
	assert_int_equal(m->field_count, FIELDS_MAX);
	assert_int_equal(m->code_count, CODE_BLOCKS_MAX);
	free(m);
	/* A value is not longer than that. */
	buf_clear(&text);
	buf_puts(&text, "# Versions\n");
	for (i = 0; i < 1000; i++)
		buf_puts(&text, "1.2 1.3\n");
	m = map_of(text.data);
	assert_int_equal(m->field_count, 1);
	assert_true(m->fields[0].end - m->fields[0].start <= FIELD_VALUE_MAX);
	free(m);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_going_on),
		cmocka_unit_test(test_headings),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_first_paragraph),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
