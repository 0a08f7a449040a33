/* Instants and their texts. */
#include "base/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const struct {
	const char *iso, *mail;
	int64_t seconds;
	int weekday, year_day;
} known[] = {
	{"1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000", 0, 4, 0},
	{"1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000", -1, 3, 364},
	{"2000-02-29T12:34:56Z", "Tue, 29 Feb 2000 12:34:56 +0000", 951827696,
		2, 59},
	{"2026-11-21T16:00:00Z", "Sat, 21 Nov 2026 16:00:00 +0000", 1795276800,
		6, 324},
	{"2028-02-29T00:00:00Z", "Tue, 29 Feb 2028 00:00:00 +0000", 1835395200,
		2, 59},
	{"2028-12-31T23:59:59Z", "Sun, 31 Dec 2028 23:59:59 +0000", 1861919999,
		0, 365},
	{"2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 +0000", 2147483648,
		2, 18},
	{"9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 +0000",
		253402300799, 5, 364},
};

static void
test_known_instants_have_their_texts(void **state)
{
	char text[INSTANT_TEXT];
	int64_t instant, parsed;
	struct civil c;
	size_t i;

	(void)state;
	for (i = 0; i < countof(known); i++) {
		instant = known[i].seconds * SECOND;
		assert_string_equal(instant_iso(instant, text), known[i].iso);
		assert_string_equal(instant_mail(instant, text), known[i].mail);
		assert_true(instant_parse(known[i].iso, &parsed));
		assert_true(parsed == instant);
		c = civil_of(instant);
		assert_int_equal(c.weekday, known[i].weekday);
		assert_int_equal(c.year_day, known[i].year_day);
		assert_true(instant_of(&c) == instant);
	}
}

/* Microseconds belong to the second that has begun, before 1970 too. */
static void
test_parts_of_seconds_are_cut_off(void **state)
{
	char text[INSTANT_TEXT];

	(void)state;
	assert_string_equal(
		instant_iso(SECOND - 1, text), "1970-01-01T00:00:00Z");
	assert_string_equal(instant_iso(-1, text), "1969-12-31T23:59:59Z");
	assert_string_equal(
		instant_iso(-SECOND - 1, text), "1969-12-31T23:59:58Z");
	assert_string_equal(instant_iso(-SECOND, text), "1969-12-31T23:59:59Z");
}

static void
test_each_day_of_four_centuries_comes_back(void **state)
{
	char text[INSTANT_TEXT];
	int64_t instant, parsed = 0;
	int weekday = 1; /* 2001-01-01 was a Monday */
	struct civil c;

	(void)state;
	assert_true(instant_parse("2001-01-01T16:00:00Z", &instant));
	for (; instant < INT64_C(13569465600) * SECOND; instant += DAY) {
		c = civil_of(instant);
		assert_int_equal(c.weekday, weekday);
		weekday = (weekday + 1) % 7;
		assert_true(instant_parse(instant_iso(instant, text), &parsed));
		assert_true(parsed == instant);
	}
	assert_string_equal(text, "2399-12-31T16:00:00Z");
}

static void
test_only_the_exact_form_is_an_instant(void **state)
{
	static const char *const texts[] = {"", "2026", "2026-11-21",
		"2026-11-21T16:00:00", "2026-11-21T16:00:00z",
		"2026-11-21 16:00:00Z", "2026-11-21T16:00:00Z ",
		" 2026-11-21T16:00:00Z", "2026-11-21T16:00:00+00:00",
		"2026-11-21T16:00:00.0Z", "2026-11-21T16:00Z",
		"2026-1-21T16:00:00Z", "2026-11-2T16:00:00Z",
		"2026-00-21T16:00:00Z", "2026-13-21T16:00:00Z",
		"2026-11-00T16:00:00Z", "2026-11-31T16:00:00Z",
		"2026-02-29T16:00:00Z", "2026-11-21T24:00:00Z",
		"2026-11-21T16:60:00Z", "2026-11-21T16:00:60Z",
		"2026-11--1T16:00:00Z", "-026-11-21T16:00:00Z",
		"+026-11-21T16:00:00Z", "02026-11-21T16:00:00Z",
		"2026-11-21T16:00:00ZZ", "2100-02-29T16:00:00Z"};
	int64_t instant;
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++)
		if (instant_parse(texts[i], &instant))
			fail_msg("taken for an instant: %s", texts[i]);
}

static void
test_time_does_not_stand_still(void **state)
{
	int64_t before = clock_monotonic(), now = clock_now();
	struct civil c = civil_of(now);

	(void)state;
	assert_true(clock_monotonic() >= before);
	assert_in_range(c.year, 2024, 2200);
}

#ifdef PSIRTD_TEST
/* The file is mapped: who changes it changes everybody's time at once. */
static void
test_the_test_clock_moves_everybody(void **state)
{
	int fd = memfd_create("clock", MFD_CLOEXEC);
	int64_t offset = 0, before;
	char path[64];

	(void)state;
	assert_int_equal(write(fd, &offset, sizeof(offset)), sizeof(offset));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	setenv("PSIRTD_TEST_CLOCK", path, 1);
	clock_open();
	before = clock_now();
	offset = 400 * DAY;
	assert_int_equal(
		pwrite(fd, &offset, sizeof(offset), 0), sizeof(offset));
	assert_true(clock_now() - before >= 400 * DAY);
	assert_true(clock_now() - before < 401 * DAY);
	offset = -400 * DAY;
	assert_int_equal(
		pwrite(fd, &offset, sizeof(offset), 0), sizeof(offset));
	assert_true(clock_now() < before);
	unsetenv("PSIRTD_TEST_CLOCK");
	close(fd);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_instants_have_their_texts),
		cmocka_unit_test(test_parts_of_seconds_are_cut_off),
		cmocka_unit_test(test_each_day_of_four_centuries_comes_back),
		cmocka_unit_test(test_only_the_exact_form_is_an_instant),
		cmocka_unit_test(test_time_does_not_stand_still),
#ifdef PSIRTD_TEST
		cmocka_unit_test(test_the_test_clock_moves_everybody),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
