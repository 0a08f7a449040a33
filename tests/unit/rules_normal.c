/* Normal forms but ranges and vectors, which have tests of their own. */
#include "rules/normal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
check(enum normal n, const char *words, const char *form)
{
	struct buf out = BUF_INIT(HINT_VALUE_MAX);

	normal_print(n, span_of(words), &out);
	if (!span_is(buf_view(&out), form))
		fail_msg("\"%s\" became \"%s\"", words, out.data);
	buf_release(&out);
}

static void
test_cve(void **state)
{
	(void)state;
	check(NORMAL_CVE, "CVE-2026-1234", "CVE-2026-1234");
	check(NORMAL_CVE, "cve-2026-1234567890123456789",
		"CVE-2026-1234567890123456789");
	check(NORMAL_CVE, "CVE\u20112026\u20111234", "CVE-2026-1234");
	check(NORMAL_CVE, "CVE 2026-1234", "CVE-2026-1234");
	check(NORMAL_CVE, "CVE-1999-0001", "CVE-1999-0001");
	check(NORMAL_CVE, "CVE-2026-123", "");
	check(NORMAL_CVE, "CVE-2026-12345678901234567890", "");
	check(NORMAL_CVE, "CVE-26-1234", "");
	check(NORMAL_CVE, "CVE-2026-", "");
	check(NORMAL_CVE, "", "");
}

static void
test_cwe(void **state)
{
	(void)state;
	check(NORMAL_CWE, "CWE-79", "CWE-79");
	check(NORMAL_CWE, "cwe id: 0079", "CWE-79");
	check(NORMAL_CWE, "CWE-1321", "CWE-1321");
	check(NORMAL_CWE, "CWE-0", "");
	check(NORMAL_CWE, "CWE-123456", "");
	check(NORMAL_CWE, "CWE", "");
}

static void
test_text(void **state)
{
	(void)state;
	check(NORMAL_TEXT, "Foo Server", "Foo Server");
	check(NORMAL_TEXT, " **`foo-bar`**, ", "foo-bar");
	check(NORMAL_TEXT, "[Foo]", "Foo");
	check(NORMAL_TEXT, "\u798f\u670d\u52a1\u5668",
		"\u798f\u670d\u52a1\u5668");
	check(NORMAL_TEXT, "``", "");
}

static void
test_others(void **state)
{
	(void)state;
	check(NORMAL_CVSS, "(a:p/i:p/c:p/au:n/ac:l/av:n)",
		"AV:N/AC:L/Au:N/C:P/I:P/A:P");
	check(NORMAL_CVSS, "AV:N/AC:L", "");
	check(NORMAL_RANGE, "1.0 through 1.4", "vers:generic/>=1.0|<=1.4");
	check(NORMAL_RANGE, "some of them", "");
}

static void
test_identifiers(void **state)
{
	(void)state;
	check(NORMAL_GHSA, "ghsa-2QVQ-rjwj-gvw9", "GHSA-2qvq-rjwj-gvw9");
	check(NORMAL_VU, "VU# 123456", "VU#123456");
	check(NORMAL_VU, "VU#", "");
	check(NORMAL_LOWER, "`ABC-Def`", "abc-def");
}

static void
test_dates(void **state)
{
	(void)state;
	check(NORMAL_DATE, "2026-12-17", "2026-12-17");
	check(NORMAL_DATE, "2026/2/7", "2026-02-07");
	check(NORMAL_DATE, "17 December 2026", "2026-12-17");
	check(NORMAL_DATE, "17th of Dec. 2026", "2026-12-17");
	check(NORMAL_DATE, "December 17th, 2026", "2026-12-17");
	check(NORMAL_DATE, "17.12.2026", "2026-12-17");
	check(NORMAL_DATE, "2026\u5e7412\u670817\u65e5", "2026-12-17");
	check(NORMAL_DATE, "29 February 2028", "2028-02-29");
	check(NORMAL_DATE, "29 February 2027", "");
	check(NORMAL_DATE, "2100-02-29", "");
	check(NORMAL_DATE, "31 April 2026", "");
	check(NORMAL_DATE, "12/11/2026", "");
	check(NORMAL_DATE, "17 December", "");
	check(NORMAL_DATE, "2026-13-01", "");
	check(NORMAL_DATE, "99999999999999999999-12-17", "");
	check(NORMAL_DATE, "", "");
}

static void
test_weaknesses(void **state)
{
	(void)state;
	check(NORMAL_WEAKNESS, "Cross-Site Scripting", "CWE-79");
	check(NORMAL_WEAKNESS, "SQL\n\tinjection", "CWE-89");
	check(NORMAL_WEAKNESS, "Use-after-free", "CWE-416");
	check(NORMAL_WEAKNESS, "buffer overflows", "CWE-120");
	check(NORMAL_WEAKNESS, "out-of-bounds write", "CWE-787");
	check(NORMAL_WEAKNESS, "xss", "CWE-79");
	check(NORMAL_WEAKNESS, "bug", "");
	check(NORMAL_WEAKNESS, "", "");
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(normal_name(NORMAL_RANGE), "range");
	assert_string_equal(normal_name(NORMAL__COUNT), "unknown");
	assert_int_equal(normal_of_kind(HINT_FIXED), NORMAL_RANGE);
	assert_int_equal(normal_of_kind(HINT_PRODUCT), NORMAL_TEXT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cve),
		cmocka_unit_test(test_cwe),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_weaknesses),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
