/*
 * CVSS: reading, writing and scoring vectors.  The scores are published ones:
 * the examples of the 2.0 guide and of the 3.1 examples document, NVD's, and
 * the vectors that the calculators of FIRST and Red Hat are tested with.
 */
#include "rules/cvss.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct scored {
	const char *vector;
	int tenths;
};

static const struct scored scores_2[] = {
	/* The guide's three: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062. */
	{"AV:N/AC:L/Au:N/C:N/I:N/A:C", 78},
	{"AV:N/AC:L/Au:N/C:C/I:C/A:C", 100},
	{"AV:L/AC:H/Au:N/C:C/I:C/A:C", 62},
	{"AV:N/AC:L/Au:N/C:N/I:N/A:N", 0},
	{"AV:N/AC:L/Au:N/C:P/I:P/A:P", 75},
	{"AV:N/AC:M/Au:N/C:N/I:P/A:N", 43},
	{"AV:N/AC:L/Au:M/C:P/I:P/A:N", 47},
	{"AV:N/AC:L/Au:M/C:C/I:N/A:N", 61},
	{"AV:N/AC:L/Au:M/C:C/I:C/A:C", 83},
	{"AV:N/AC:L/Au:S/C:N/I:N/A:P", 40},
	{"AV:N/AC:L/Au:S/C:P/I:P/A:P", 65},
	{"AV:N/AC:L/Au:S/C:C/I:C/A:P", 87},
	{"AV:N/AC:L/Au:N/C:P/I:P/A:N", 64},
	{"AV:N/AC:L/Au:N/C:C/I:C/A:P", 97},
};

static const struct scored scores_3[] = {
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61},
	{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 64},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 96},
	{"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:N/A:N", 47},
	{"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 99},
	{"CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:H/I:H/A:H", 90},
	{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:L/I:N/A:N", 41},
	{"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", 72},
	{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98},
	{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L", 73},
	{"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:L/A:L", 83},
	{"CVSS:3.0/AV:N/AC:L/PR:L/UI:R/S:U/C:L/I:L/A:L", 55},
};

static const struct scored scores_4[] = {
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 87},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L", 92},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:H/SI:N/SA:L", 78},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:L/SA:H", 79},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:L/VI:N/VA:L/SC:N/SI:H/SA:N", 63},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 86},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:H/SC:N/SI:N/SA:L", 72},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:L/SC:L/SI:L/SA:N", 51},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:N/SA:H", 95},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:L/VI:H/VA:L/SC:L/SI:L/SA:N", 61},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:N/SA:N", 21},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:N/VC:L/VI:L/VA:H/SC:L/SI:L/SA:H", 72},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:A/VC:L/VI:L/VA:N/SC:N/SI:H/SA:L", 45},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:P/VC:H/VI:L/VA:L/SC:L/SI:N/SA:L", 58},
	{"CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:A/VC:N/VI:L/VA:N/SC:N/SI:L/SA:N", 18},
	{"CVSS:4.0/AV:N/AC:H/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:L/SI:H/SA:L", 94},
	{"CVSS:4.0/AV:N/AC:H/AT:N/PR:L/UI:A/VC:H/VI:H/VA:N/SC:N/SI:L/SA:L", 72},
	{"CVSS:4.0/AV:N/AC:H/AT:N/PR:H/UI:P/VC:L/VI:L/VA:L/SC:H/SI:N/SA:L", 45},
	/* The threat, and the requirements of the environment. */
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A",
		73},
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P",
		59},
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U",
		41},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/E:A",
		0},
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
	 "/CR:M/IR:M/AR:H",
		72},
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
	 "/CR:M/IR:M/AR:M",
		55},
	{"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
	 "/CR:L/IR:L/AR:L",
		54},
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N/AR:L",
		79},
	/* Modified metrics come before those they modify. */
	{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"
	 "/MSI:H",
		77},
	/* A tie: 5.65, which floating point takes for less. */
	{"CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:N/VC:H/VI:L/VA:N/SC:L/SI:N/SA:L", 57},
};

static void
check_scores(const struct scored *list, size_t count)
{
	struct buf out = BUF_INIT(300);
	struct cvss v;
	struct err e;
	size_t i;

	for (i = 0; i < count; i++) {
		assert_int_equal(
			cvss_parse(span_of(list[i].vector), &v, &e), 0);
		if (cvss_score(&v) != list[i].tenths)
			fail_msg("%s: %d, not %d", list[i].vector,
				cvss_score(&v), list[i].tenths);
		/* They are canonical as they stand. */
		buf_clear(&out);
		cvss_print(&v, &out);
		assert_string_equal(out.data, list[i].vector);
	}
	buf_release(&out);
}

static void
test_scores(void **state)
{
	(void)state;
	check_scores(scores_2, countof(scores_2));
	check_scores(scores_3, countof(scores_3));
	check_scores(scores_4, countof(scores_4));
}

struct written {
	const char *in, *out;
};

static void
test_ways_to_write(void **state)
{
	static const struct written list[] = {
		{"(AV:N/AC:L/Au:N/C:P/I:P/A:P)", "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{"CVSS2#AV:N/AC:L/Au:N/C:P/I:P/A:P",
			"AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{"A:P/I:P/C:P/Au:N/AC:L/AV:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{"AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC/RL:ND/CDP:LM",
			"AV:N/AC:L/Au:N/C:P/I:P/A:P/E:POC/CDP:LM"},
		{"CVSS:3.0/S:U/C:H/I:H/A:H/UI:N/PR:N/AC:L/AV:N",
			"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{"av:n/ac:l/pr:n/ui:n/s:u/c:h/i:h/a:h",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{"CVSS v3.1: AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{"CVSS:3.1/MAV:L/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:X",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:L"},
		/* Without a prefix, and AU and S as in no other version. */
		{"SA:N/SI:N/SC:N/VA:H/VI:H/VC:H/UI:N/PR:N/AT:N/AC:L/AV:N"
		 "/U:red/AU:Y/S:P",
			"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H"
			"/SC:N/SI:N/SA:N/S:P/AU:Y/U:Red"},
	};
	struct buf out = BUF_INIT(300);
	struct cvss v;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < countof(list); i++) {
		buf_clear(&out);
		if (cvss_parse(span_of(list[i].in), &v, &e) == -1)
			fail_msg("%s: %s", list[i].in, e.text);
		cvss_print(&v, &out);
		assert_string_equal(out.data, list[i].out);
	}
	buf_release(&out);
}

static void
test_refused(void **state)
{
	static const struct written list[] = {
		{"AV:N/AC:L/Au:N/C:P/I:P/A:P/C:P", "C stands twice"},
		{"CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			"AV stands twice"},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:X/E:P",
			"E stands twice"},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "A is missing"},
		{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X",
			"A cannot be X"},
		{"CVSS:3.1/AV:N/AC:M/PR:N/UI:N/S:U/C:H/I:H/A:H",
			"AC cannot be M"},
		{"CVSS:3.1/AV:N/AC:L/Au:N/C:P/I:P/A:P",
			"CVSS 3.1 has no metric Au"},
		{"CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			"S cannot be U"},
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:S/SI:N"
		 "/SA:N",
			"SC cannot be S"},
		{"CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
			"CVSS 3.1 has no metric CVSS"},
		{"AV:N//AC:L/Au:N/C:P/I:P/A:P", "CVSS 2.0 has no metric "},
		{"AV:N/AC", "metrics of no version of CVSS: AV:N/AC"},
		{"", "metrics of no version of CVSS: "},
	};
	struct cvss v;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < countof(list); i++) {
		assert_int_equal(cvss_parse(span_of(list[i].in), &v, &e), -1);
		assert_string_equal(e.text, list[i].out);
		assert_int_equal(e.kind, ERR_PERMANENT);
	}
}

/* Less impact is never a higher score. */
static void
test_monotonous(void **state)
{
	static const char *const worse = "HLN";
	char text[128];
	int i, before, now = 0;
	struct cvss v;
	struct err e;

	(void)state;
	for (before = 101, i = 0; i < 3; i++, before = now) {
		snprintf(text, sizeof(text),
			"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:%c/VI:%c/VA:%c"
			"/SC:%c/SI:%c/SA:%c",
			worse[i], worse[i], worse[i], worse[i], worse[i],
			worse[i]);
		assert_int_equal(cvss_parse(span_of(text), &v, &e), 0);
		now = cvss_score(&v);
		assert_true(now < before);
	}
	assert_int_equal(now, 0);
}

static void
test_version_names(void **state)
{
	(void)state;
	assert_string_equal(cvss_version_name(CVSS_2_0), "2.0");
	assert_string_equal(cvss_version_name(CVSS_4_0), "4.0");
	assert_string_equal(cvss_version_name(CVSS__COUNT), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_ways_to_write),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_monotonous),
		cmocka_unit_test(test_version_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
