/* Report management: every pair of states, and the ways out of each. */
#include "cases/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

/* Rows are from, columns to, as the design has them: R I V D A C. */
static const char *const may[REPORT__COUNT] = {
	[REPORT_RECEIVED] = ".XX...",
	[REPORT_INVALID] = "..X..X",
	[REPORT_VALID] = "...XX.",
	[REPORT_DEFERRED] = "....XX",
	[REPORT_ACCEPTED] = "...X.X",
	[REPORT_CLOSED] = "......",
};

static void
test_every_pair_is_as_designed(void **state)
{
	int from, to;

	(void)state;
	for (from = 0; from < REPORT__COUNT; from++)
		for (to = 0; to < REPORT__COUNT; to++)
			assert_int_equal(
				report_state_may((enum report_state)from,
					(enum report_state)to),
				may[from][to] == 'X');
}

/* What an error says of the ways out is what the table allows. */
static void
test_the_ways_are_told_as_they_are(void **state)
{
	static const char *const none = "nothing";
	int from, to;

	(void)state;
	for (from = 0; from < REPORT__COUNT; from++) {
		const char *ways = report_state_ways((enum report_state)from);
		size_t commas = 0, count = 0, i;

		for (i = 0; ways[i] != '\0'; i++)
			commas += ways[i] == ',';
		for (to = 0; to < REPORT__COUNT; to++) {
			if (may[from][to] != 'X')
				continue;
			count++;
			assert_non_null(strstr(ways,
				report_state_name((enum report_state)to)));
		}
		assert_int_equal(count, strcmp(ways, none) ? commas + 1 : 0);
	}
}

static void
test_names_go_there_and_back(void **state)
{
	int s;

	(void)state;
	for (s = 0; s < REPORT__COUNT; s++)
		assert_int_equal(report_state_of(report_state_name(
					 (enum report_state)s)),
			s);
	assert_int_equal(report_state_of(""), -1);
	assert_int_equal(report_state_of("valid"), -1);
	assert_int_equal(report_state_of("Valid "), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair_is_as_designed),
		cmocka_unit_test(test_the_ways_are_told_as_they_are),
		cmocka_unit_test(test_names_go_there_and_back)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
