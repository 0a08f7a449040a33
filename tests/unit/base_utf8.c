/* What is UTF-8, and what a person may be shown. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const well_formed[] = {"", "a", "\x7f", "\xc2\x80",
	"\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa4z"};

static const char *const ill_formed[] = {"\x80", "\xbf", "\xc0\x80",
	"\xc1\xbf", /* alone; overlong */
	"\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
	"\xed\xa0\x80", "\xed\xbf\xbf", /* surrogates */
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", /* beyond */
	"\xc3", "\xe2\x82", "\xf0\x9f\x98", /* cut off */
	"\xc3(", "\xe2(\xa1", "\xe2\x82(", "\xf0\x9f\x98(",
	"\xf8\x88\x80\x80\x80", "a\xc3"};

static void
test_well_formed_is_valid(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < countof(well_formed); i++)
		assert_true(utf8_valid(span_of(well_formed[i])));
	assert_true(utf8_valid((struct span){"a\0b", 3}));
}

static void
test_ill_formed_is_not(void **state)
{
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < countof(ill_formed); i++) {
		s = span_of(ill_formed[i]);
		if (utf8_valid(s) || utf8_is_clean(s, UTF8_MANY_LINES))
			fail_msg("%zu is taken for UTF-8", i);
	}
}

/* Every character comes back as itself; the length is that of its range. */
static void
test_every_character_is_decoded(void **state)
{
	unsigned char text[4];
	size_t at, len;
	int32_t c;

	(void)state;
	for (c = 0x80; c <= 0x10ffff; c++) {
		if (c < 0x800) {
			len = 2;
			text[0] = (unsigned char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			len = 3;
			text[0] = (unsigned char)(0xe0 | c >> 12);
		} else {
			len = 4;
			text[0] = (unsigned char)(0xf0 | c >> 18);
		}
		for (at = 1; at < len; at++)
			text[at] = (unsigned char)(0x80 |
				(c >> (6 * (len - 1 - at)) & 0x3f));
		at = 0;
		if (c >= 0xd800 && c < 0xe000) {
			assert_int_equal(
				utf8_next(
					(struct span){(char *)text, len}, &at),
				-1);
			assert_int_equal(at, 1);
		} else {
			assert_int_equal(
				utf8_next(
					(struct span){(char *)text, len}, &at),
				c);
			assert_int_equal(at, len);
		}
	}
}

static void
cleans_to(const char *text, enum utf8_lines lines, const char *expected)
{
	struct buf out = BUF_INIT(1000);

	utf8_clean(&out, span_of(text), lines);
	assert_string_equal(out.data, expected);
	assert_true(utf8_is_clean(buf_view(&out), lines));
	assert_int_equal(utf8_is_clean(span_of(text), lines),
		strcmp(text, expected) == 0);
	buf_release(&out);
}

static void
test_controls_go(void **state)
{
	(void)state;
	cleans_to("a\x01\x1b[31mb\x7f", UTF8_MANY_LINES, "a[31mb");
	cleans_to("a\rb\r\n", UTF8_MANY_LINES, "ab\n");
	/* C1: NEL, CSI */
	cleans_to("a\xc2\x85\xc2\x9b\xc2\xa0", UTF8_MANY_LINES, "a\xc2\xa0");
	cleans_to("plain, \xe6\xbc\x8f\xe6\xb4\x9e \xf0\x9f\x90\x9b",
		UTF8_ONE_LINE,
		"plain, \xe6\xbc\x8f\xe6\xb4\x9e \xf0\x9f\x90\x9b");
}

static void
test_newlines_and_tabs_are_for_many_lines(void **state)
{
	(void)state;
	cleans_to("a\tb\nc", UTF8_MANY_LINES, "a\tb\nc");
	cleans_to("a\tb\nc", UTF8_ONE_LINE, "a b c");
	/* LINE SEPARATOR, PARAGRAPH SEPARATOR */
	cleans_to("a\xe2\x80\xa8"
		  "b\xe2\x80\xa9"
		  "c",
		UTF8_MANY_LINES, "a\nb\nc");
	cleans_to("a\xe2\x80\xa8"
		  "b\xe2\x80\xa9"
		  "c",
		UTF8_ONE_LINE, "a b c");
}

static void
test_what_turns_text_around_goes(void **state)
{
	static const char *const bidi[] = {"\xd8\x9c", "\xe2\x80\x8e",
		"\xe2\x80\x8f", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",
		"\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7",
		"\xe2\x81\xa8", "\xe2\x81\xa9"};
	/* Their neighbours stay. */
	static const char *const plain[] = {"\xd8\x9b", "\xd8\x9d",
		"\xe2\x80\x8d", "\xe2\x80\x90", "\xe2\x80\xa7", "\xe2\x80\xaf",
		"\xe2\x81\xa5", "\xe2\x81\xaa", "\xd7\xa9"};
	size_t i;

	(void)state;
	for (i = 0; i < countof(bidi); i++) {
		cleans_to(bidi[i], UTF8_MANY_LINES, "");
		cleans_to(bidi[i], UTF8_ONE_LINE, "");
	}
	for (i = 0; i < countof(plain); i++)
		cleans_to(plain[i], UTF8_ONE_LINE, plain[i]);
}

static void
test_what_is_invalid_becomes_a_mark(void **state)
{
	(void)state;
	cleans_to("a\xff"
		  "b",
		UTF8_ONE_LINE,
		"a\xef\xbf\xbd"
		"b");
	/* Each byte of an overlong newline, a surrogate. */
	cleans_to("\xc0\x8a", UTF8_MANY_LINES, "\xef\xbf\xbd\xef\xbf\xbd");
	cleans_to("\xed\xa0\x80", UTF8_MANY_LINES,
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	/* What follows a cut sequence is not swallowed. */
	cleans_to("\xe2\x80/", UTF8_ONE_LINE, "\xef\xbf\xbd\xef\xbf\xbd/");
	cleans_to("\xef\xbf\xbd", UTF8_ONE_LINE, "\xef\xbf\xbd");
}

static void
test_a_cut_falls_between_characters(void **state)
{
	const struct span s = SPAN("a\xc3\xa4\xf0\x9f\x90\x9bz");
	static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8, 8};
	size_t i;

	(void)state;
	for (i = 0; i < countof(cuts); i++) {
		assert_int_equal(utf8_cut(s, i), cuts[i]);
		assert_true(utf8_valid((struct span){s.data, cuts[i]}));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_formed_is_valid),
		cmocka_unit_test(test_ill_formed_is_not),
		cmocka_unit_test(test_every_character_is_decoded),
		cmocka_unit_test(test_controls_go),
		cmocka_unit_test(test_newlines_and_tabs_are_for_many_lines),
		cmocka_unit_test(test_what_turns_text_around_goes),
		cmocka_unit_test(test_what_is_invalid_becomes_a_mark),
		cmocka_unit_test(test_a_cut_falls_between_characters)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
