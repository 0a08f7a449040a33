/* When the default embargo ends: an exact instant, never into a weekend. */
#include "cases/embargo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

static void
ends(const char *reported, int64_t length, const char *end)
{
	char text[INSTANT_TEXT];
	int64_t from;

	assert_true(instant_parse(reported, &from));
	assert_string_equal(
		instant_iso(embargo_default_end(from, length), text), end);
}

static void
test_it_ends_at_16_utc(void **state)
{
	(void)state;
	/* 2026-11-23 is a Monday. */
	ends("2026-11-23T00:00:00Z", 0, "2026-11-23T16:00:00Z");
	ends("2026-11-23T09:30:17Z", DAY, "2026-11-24T16:00:00Z");
}

static void
test_the_hour_itself_is_in_time(void **state)
{
	(void)state;
	ends("2026-11-23T15:59:59Z", DAY, "2026-11-24T16:00:00Z");
	ends("2026-11-23T16:00:00Z", DAY, "2026-11-24T16:00:00Z");
	ends("2026-11-23T16:00:01Z", DAY, "2026-11-25T16:00:00Z");
}

/* A microsecond more is more. */
static void
test_it_is_never_shorter_than_promised(void **state)
{
	int64_t from, end;
	char text[INSTANT_TEXT];

	(void)state;
	assert_true(instant_parse("2026-11-23T16:00:00Z", &from));
	end = embargo_default_end(from + 1, DAY);
	assert_string_equal(instant_iso(end, text), "2026-11-25T16:00:00Z");
	assert_int_equal(end % SECOND, 0);
}

static void
test_friday_to_sunday_become_monday(void **state)
{
	(void)state;
	ends("2026-11-26T12:00:00Z", 0, "2026-11-26T16:00:00Z");
	ends("2026-11-26T17:00:00Z", 0, "2026-11-30T16:00:00Z");
	ends("2026-11-27T00:00:00Z", 0, "2026-11-30T16:00:00Z");
	ends("2026-11-28T16:00:00Z", 0, "2026-11-30T16:00:00Z");
	ends("2026-11-29T23:59:59Z", 0, "2026-11-30T16:00:00Z");
	ends("2026-11-30T16:00:00Z", 0, "2026-11-30T16:00:00Z");
}

static void
test_years_and_leap_days_are_passed(void **state)
{
	(void)state;
	/* Thursday, after the hour: Friday is New Year's Day. */
	ends("2026-12-31T16:00:01Z", 0, "2027-01-04T16:00:00Z");
	ends("2026-12-31T10:00:00Z", 0, "2026-12-31T16:00:00Z");
	/* Tuesday, 29 February 2028 */
	ends("2028-02-28T16:00:00Z", DAY, "2028-02-29T16:00:00Z");
	ends("2028-02-28T16:00:01Z", DAY, "2028-03-01T16:00:00Z");
	ends("2026-11-21T16:00:00Z", 90 * DAY, "2027-02-22T16:00:00Z");
}

/* Whatever the report: a good day, at the hour, long enough, not too long. */
static void
test_each_hour_of_two_years_keeps_the_rule(void **state)
{
	int64_t from, length = 45 * DAY, end, first;
	struct civil c;

	(void)state;
	assert_true(instant_parse("2027-01-01T00:30:00Z", &first));
	for (from = first; from < first + 731 * DAY; from += HOUR) {
		end = embargo_default_end(from, length);
		c = civil_of(end);
		assert_in_range(c.weekday, 1, 4);
		assert_int_equal(end % DAY, 16 * HOUR);
		assert_true(end >= from + length);
		assert_true(end < from + length + 5 * DAY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_ends_at_16_utc),
		cmocka_unit_test(test_the_hour_itself_is_in_time),
		cmocka_unit_test(test_it_is_never_shorter_than_promised),
		cmocka_unit_test(test_friday_to_sunday_become_monday),
		cmocka_unit_test(test_years_and_leap_days_are_passed),
		cmocka_unit_test(test_each_hour_of_two_years_keeps_the_rule)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
