/* Until when somebody is away, as people say it. */
#include "mail/absence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"

#define WRITTEN INT64_C(1795168800000000) /* 2026-11-20T10:00:00Z */

static void
until(const char *text, const char *day)
{
	int64_t at = absence_end(span_of(text), WRITTEN), wanted = 0;
	char is[INSTANT_TEXT];

	if (day[0] != '\0' && !instant_parse(day, &wanted))
		fail_msg("%s", day);
	if (at != wanted)
		fail_msg("%s, not %s: %s", instant_iso(at, is), day, text);
}

static void
test_dates_in_many_forms(void **state)
{
	static const char *const texts[] = {
		"I am out of office until 2026-12-03.",
		"I will be back on December 3rd, 2026",
		"I will be back on December 3",
		"Returning on Thursday, 3 December.",
		"away till the 3rd of December 2026",
		"Ich bin bis 03.12.2026 abwesend.",
		"Ich bin bis zum 3. Dezember nicht erreichbar.",
		"Ich bin ab dem 1.12. weg und ab 3.12. wieder da: bis 3.12.",
		"Je serai absent jusqu'au 3 d\xc3\xa9"
		"cembre 2026",
		"Estar\xc3\xa9 fuera hasta el 3 de diciembre de 2026",
		"\xe6\x88\x91\xe5\xb0\x86\xe4\xba\x8e"
		"2026\xe5\xb9\xb4"
		"12"
		"\xe6\x9c\x88"
		"3\xe6\x97\xa5\xe8\xbf\x94\xe5\x9b\x9e",
		"\xe8\x87\xb3"
		"12\xe6\x9c\x88"
		"3\xe6\x97\xa5",
		"UNTIL 03.12.26!",
	};
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++)
		until(texts[i], "2026-12-03T00:00:00Z");
}

static void
test_a_day_without_a_year_lies_ahead(void **state)
{
	(void)state;
	until("back on 4 January", "2027-01-04T00:00:00Z");
	until("until 20 November", "2026-11-20T00:00:00Z");
	until("until 19 November", "2027-11-19T00:00:00Z");
	assert_true(absence_end(SPAN("until 4 January"), 0) == 0);
	assert_true(absence_end(SPAN("until 2027-01-04"), 0) ==
		INT64_C(1799020800000000));
}

static void
test_what_is_no_date_is_none(void **state)
{
	static const char *const texts[] = {"", "until", "back soon",
		"until further notice", "call 2026-12-03 for help",
		"until 2026-13-01", "until 31.02.2027", "until 03/12/2026",
		"until 1999-01-01", "until 2026-11-18", "until 2040-01-01",
		"back at 12345.12.2026", "until 99999999999999999999",
		"until \xe6\x9c\x88", "unti\xe6", "payback 2026-12-03"};
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++)
		until(texts[i], "");
	until("until 12/31/2026", "2026-12-31T00:00:00Z");
	until("until 31/12/2026", "2026-12-31T00:00:00Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_in_many_forms),
		cmocka_unit_test(test_a_day_without_a_year_lies_ahead),
		cmocka_unit_test(test_what_is_no_date_is_none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
