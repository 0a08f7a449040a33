/* The language of short texts: those of tests/bench/languages, and what has
 * none. */
#include "rules/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"

static const char *
code_of(const char *text)
{
	struct languages *l = languages_new();
	int score = 0;
	const char *code = language_of(l, span_of(text), &score);

	if (code != NULL)
		assert_in_range(score, 1, 100);
	languages_free(&l);
	return code != NULL ? code : "";
}

/* CODE, a tab, a text. */
static bool
check_line(char *line)
{
	char *tab = strchr(line, '\t');
	const char *code;

	assert_non_null(tab);
	*tab = '\0';
	code = code_of(tab + 1);
	if (strcmp(code, line) == 0)
		return true;
	print_message("%s: \"%s\", not %s\n", tab + 1, code, line);
	return false;
}

static void
test_sentences(void **state)
{
	struct buf file = BUF_INIT(1 << 20);
	int count = 0, wrong = 0;
	char *line, *rest;
	struct err e;

	(void)state;
	assert_int_equal(fs_read_file("tests/bench/languages", &file, &e), 0);
	for (line = strtok_r(file.data, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		count++;
		wrong += !check_line(line);
	}
	assert_true(count > 90);
	assert_int_equal(wrong, 0);
	buf_release(&file);
}

static void
test_none(void **state)
{
	(void)state;
	assert_string_equal(code_of(""), "");
	assert_string_equal(code_of("CVE-2026-1234"), "");
	assert_string_equal(code_of("\n\t \n"), "");
	assert_string_equal(code_of("AV:L/AC:H/Au:M/C:N/I:N/A:N"), "");
	assert_string_equal(code_of("/usr/de/la/le user_la_de"), "");
	assert_string_equal(code_of("0x41414141 0x42424242"), "");
}

/* Code and names of another language do not hide that of the sentences. */
static void
test_mixed(void **state)
{
	(void)state;
	assert_string_equal(
		code_of("Der Fehler steckt in parse_header(), das bei einem zu "
			"langen Feld abst\u00fcrzt:\n\n"
			"    for (i = 0; i < len; i++) dst[i] = src[i];\n"
			"    return with_error(no_memory_for_this);\n"),
		"de");
	assert_string_equal(code_of("The \u4e2d\u6587 locale is not handled "
				    "by the parser and it crashes."),
		"en");
}

/* The end is not looked at, nor a character that the limit cuts. */
static void
test_long(void **state)
{
	struct buf text = BUF_INIT(1 << 20);

	(void)state;
	while (text.len < LANGUAGE_TEXT_MAX - 1)
		buf_puts(&text, "1234 ");
	buf_cut(&text, LANGUAGE_TEXT_MAX - 1);
	buf_puts(&text, "\u6f0f\u6d1e the and of");
	assert_string_equal(code_of(text.data), "");
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
