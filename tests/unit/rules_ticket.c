/* Ticket numbers, as trackers write them, by the default pattern. */
#include "rules/ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
finds(const struct pattern *p, const char *subject, const char *text,
	const char *ticket)
{
	struct arena *a = arena_new();
	const char *is = ticket_find(p, a, span_of(subject), span_of(text));

	if (strcmp(is, ticket) != 0)
		fail_msg("\"%s\", not \"%s\": %s", is, ticket, subject);
	arena_free(&a);
}

static void
test_trackers_of_all_kinds(void **state)
{
	struct err e;
	struct pattern *p = ticket_pattern("", &e);

	(void)state;
	if (p == NULL)
		fail_msg("%s", e.text);
	finds(p, "[Ticket#2026112510000012] Your mail", "", "2026112510000012");
	finds(p, "[example.com #1234] AutoReply: x", "", "1234");
	finds(p, "[ACME-12345] Request received", "", "ACME-12345");
	finds(p, "Case 00123456: report", "", "00123456");
	finds(p, "Incident INC0012345 created", "", "INC0012345");
	finds(p, "Re: report (Case: 12345)", "", "12345");
	finds(p, "Received", "Your request number: REQ-4711 is open.",
		"REQ-4711");
	finds(p, "Out of office", "I am away until 2026-12-03.", "");
	finds(p, "", "", "");
	pattern_free(&p);
}

static void
test_the_subject_comes_first_and_not_all_is_read(void **state)
{
	static char text[6000];
	struct err e;
	struct pattern *p = ticket_pattern("T (?<value> [0-9]{4} )", &e);

	(void)state;
	assert_non_null(p);
	finds(p, "T1111", "T2222", "1111");
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + 5000, "T3333", 5);
	finds(p, "", text, "");
	memcpy(text + 4000, "T4444", 5);
	finds(p, "", text, "4444");
	pattern_free(&p);
}

static void
test_a_bad_pattern_is_refused(void **state)
{
	struct err e;

	(void)state;
	assert_null(ticket_pattern("(", &e));
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_non_null(strstr(e.text, "[policy] ticket_pattern"));
	assert_null(ticket_pattern("x*", &e));
	assert_non_null(strstr(e.text, "where nothing stands"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trackers_of_all_kinds),
		cmocka_unit_test(
			test_the_subject_comes_first_and_not_all_is_read),
		cmocka_unit_test(test_a_bad_pattern_is_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
