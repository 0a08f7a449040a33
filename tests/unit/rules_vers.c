/* Ranges compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rules/vers.h"

#define OVERLAP(A, B) vers_overlap(SPAN(A), SPAN(B))
#define CONTAINS(R, V) vers_contains(SPAN(R), SPAN(V))

static void
test_overlap(void **state)
{
	(void)state;
	assert_true(OVERLAP("vers:generic/<2", "vers:generic/1.9"));
	assert_true(OVERLAP("vers:generic/>=1|<2|>=3", "vers:generic/3.5"));
	assert_true(OVERLAP("vers:generic/<=2", "vers:generic/>=2"));
	assert_true(OVERLAP("vers:generic/>1", "vers:generic/<5"));
	assert_false(OVERLAP("vers:generic/<2", "vers:generic/>=2"));
	assert_false(OVERLAP("vers:generic/>=1|<2|>=3", "vers:generic/2.5"));
	assert_false(OVERLAP("vers:generic/1|2", "vers:generic/1.5|3"));
}

static void
test_contains(void **state)
{
	(void)state;
	assert_true(CONTAINS("vers:generic/<1.0.2k", "1.0.2f"));
	assert_false(CONTAINS("vers:generic/<1.0.2k", "1.0.2k"));
	assert_true(CONTAINS("vers:deb/<1.2-3%2Bdeb12u2", "1.2-3+deb12u1"));
	assert_false(CONTAINS("vers:deb/<1.2-3%2Bdeb12u2", "1.2-3+deb12u2"));
}

static void
test_what_cannot_be_read_contains_nothing(void **state)
{
	(void)state;
	assert_false(CONTAINS("", "1"));
	assert_false(CONTAINS("1.0", "1.0"));
	assert_false(CONTAINS("vers:npm/1.0", "1.0"));
	assert_false(CONTAINS("vers:generic/", "1.0"));
	assert_false(CONTAINS("vers:generic/>=|<2", "1.0"));
	assert_false(CONTAINS("vers:generic/1||2", "1"));
	assert_true(CONTAINS("vers:generic/1%2", "1%2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_what_cannot_be_read_contains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
