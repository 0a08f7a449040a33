/* Instants as people read them. */
#include "letters/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

static void
test_dates(void **state)
{
	static const struct {
		const char *at, *language, *is;
	} rows[] = {
		{"2026-12-17T16:00:00Z", "en",
			"Thursday 17 December 2026, 16:00 UTC"},
		{"2027-02-28T09:05:59Z", "en",
			"Sunday 28 February 2027, 09:05 UTC"},
		{"2028-02-29T00:00:00Z", "en",
			"Tuesday 29 February 2028, 00:00 UTC"},
		{"2026-12-17T16:00:00Z", "zh-CN",
			"2026年12月17日（星期四）16:00 UTC"},
		{"2027-01-03T23:59:59Z", "zh-CN",
			"2027年1月3日（星期日）23:59 UTC"},
		/* A language without words of its own. */
		{"2026-12-17T16:00:00Z", "fr",
			"Thursday 17 December 2026, 16:00 UTC"},
	};
	char text[DATE_TEXT];
	int64_t at;
	size_t i;

	(void)state;
	for (i = 0; i < countof(rows); i++) {
		assert_true(instant_parse(rows[i].at, &at));
		assert_string_equal(
			date_text(at, rows[i].language, text), rows[i].is);
	}
}

/* It never leaves the text that it is given. */
static void
test_the_longest_dates_fit(void **state)
{
	char text[DATE_TEXT];

	(void)state;
	date_text(INT64_MAX, "en", text);
	date_text(INT64_MIN, "zh-CN", text);
	date_text(INT64_MAX, "zh-CN", text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates),
		cmocka_unit_test(test_the_longest_dates_fit)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
