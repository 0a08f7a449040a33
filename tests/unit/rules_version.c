/* The order of versions, against tables and against dpkg. */
#include "rules/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct ascending {
	enum version_scheme scheme;
	const char *versions[16]; /* each comes before the next */
};

static const struct ascending tables[] = {
	{VERSION_GENERIC,
		{"0.9", "1.0.dev1", "1.0-alpha", "1.0a2", "1.0b1", "1.0-beta.2",
			"1.0rc1", "1.0-rc2", "1.0", "1.0+dfsg", "1.0p1",
			"1.0.1", "1.2", "1.10", "2"}},
	/* OpenSSL */
	{VERSION_GENERIC,
		{"0.9.8y", "0.9.8za", "1.0.2-beta1", "1.0.2", "1.0.2a",
			"1.0.2k", "1.0.2u", "1.0.2za", "1.1.0-pre1", "1.1.0",
			"1.1.0a", "3.0.0"}},
	/* Dates, Ruby's patch levels, IOS, Java */
	{VERSION_GENERIC, {"2025-12-31", "2026-01-02", "2026-11-25"}},
	{VERSION_GENERIC, {"20251231", "20260102", "20261125"}},
	{VERSION_GENERIC, {"1.8.7-p72", "1.8.7-p299", "1.9.0"}},
	{VERSION_GENERIC, {"12.2(33)SXI", "12.2(33)SXI4", "12.2(55)SE"}},
	{VERSION_GENERIC, {"4.0.0.Beta1", "4.0.0.CR2", "4.0.0.Final", "4.0.1"}},
	{VERSION_GENERIC, {"9.9", "1:0.1", "1:0.2~rc1", "1:0.2"}},
	{VERSION_GENERIC, {"1.18446744073709551615", "1.18446744073709551616"}},
	/* semver.org 2.0.0, clause 11 */
	{VERSION_SEMVER,
		{"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
			"1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
			"1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"}},
	/* deb-version(7) */
	{VERSION_DEB,
		{"1.0~~", "1.0~~a", "1.0~", "1.0", "1.0-1", "1.0-1+deb12u1",
			"1.0-1+deb12u2", "1.0-2", "1.0a", "1.0+b1", "1.0.1",
			"1.10", "1:0.5"}},
	/* The tests of rpmvercmp() that rpm publishes. */
	{VERSION_RPM,
		{"1.0~rc1~git123", "1.0~rc1", "1.0~rc1^git1", "1.0~rc2", "1.0",
			"1.0^", "1.0^git1", "1.0^git1.1", "1.0^git2", "1.0.1",
			"2.0.1", "2.0.1a", "10", "20101122"}},
	{VERSION_RPM, {"5.5p1", "5.5p2", "5.5p10"}},
	{VERSION_RPM, {"xyz10", "10xyz", "10.1xyz"}},
	{VERSION_RPM, {"xyz.4", "2", "8"}},
	{VERSION_RPM,
		{"2.4.37-43.el8", "2.4.37-43.el8_1", "2.4.37-47.el8",
			"1:2.4.6-1.el8"}},
};

static const struct {
	enum version_scheme scheme;
	const char *a, *b;
} same[] = {
	{VERSION_GENERIC, "1.0", "1.0.0"},
	{VERSION_GENERIC, "v1.2", "1.2"},
	{VERSION_GENERIC, "1.0-rc1", "1.0RC1"},
	{VERSION_GENERIC, "1.01", "1.1"},
	{VERSION_GENERIC, "4.0.0.Final", "4.0"},
	{VERSION_GENERIC, "0:1.0", "1.0"},
	{VERSION_GENERIC, "", ""},
	{VERSION_SEMVER, "1.0.0+a", "1.0.0+b"},
	{VERSION_DEB, "0:1.0-0", "1.0"},
	{VERSION_DEB, "1.01", "1.1"},
	{VERSION_RPM, "2.0", "2_0"},
	{VERSION_RPM, "a+", "a_"},
	{VERSION_RPM, "1.0010", "1.10"},
};

static void
check(enum version_scheme scheme, const char *a, const char *b, int order)
{
	int result = version_compare(scheme, span_of(a), span_of(b));

	if (result != order)
		fail_msg("%s: %s, %s: %d, not %d", version_scheme_name(scheme),
			a, b, result, order);
}

/* Each pair, so that the order is one. */
static void
test_ascending(void **state)
{
	const struct ascending *t;
	size_t i, k;

	(void)state;
	for (t = tables; t < tables + countof(tables); t++) {
		for (i = 0; t->versions[i] != NULL; i++) {
			check(t->scheme, t->versions[i], t->versions[i], 0);
			for (k = 0; k < i; k++) {
				check(t->scheme, t->versions[k], t->versions[i],
					-1);
				check(t->scheme, t->versions[i], t->versions[k],
					1);
			}
		}
	}
}

static void
test_same(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < countof(same); i++) {
		check(same[i].scheme, same[i].a, same[i].b, 0);
		check(same[i].scheme, same[i].b, same[i].a, 0);
	}
}

/* What dpkg --compare-versions says. */
static bool
dpkg_says(const char *a, const char *relation, const char *b)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execlp("dpkg", "dpkg", "--compare-versions", a, relation, b,
			(char *)NULL);
		_exit(126);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 0;
}

static void
test_dpkg(void **state)
{
	static const char *const versions[] = {"1.0~rc1-1", "1.0-1", "1.0-1+b2",
		"1.0.2k-1~deb9u1", "1.0+dfsg-2", "0:1.0-1.1", "2:0.1a",
		"1.2.3-4ubuntu0.1", "1.2.3-4", "1.2.3+git1-1"};
	size_t i, k;

	(void)state;
	for (i = 0; i < countof(versions); i++)
		for (k = 0; k < countof(versions); k++)
			assert_int_equal(version_compare(VERSION_DEB,
						 span_of(versions[i]),
						 span_of(versions[k])) < 0,
				dpkg_says(versions[i], "lt", versions[k]));
}

static void
test_schemes(void **state)
{
	(void)state;
	assert_int_equal(
		version_scheme_of(SPAN("10.42-1+deb12u2")), VERSION_DEB);
	assert_int_equal(version_scheme_of(SPAN("1.1-2ubuntu3")), VERSION_DEB);
	assert_int_equal(version_scheme_of(SPAN("2.4-4.el8")), VERSION_RPM);
	assert_int_equal(version_scheme_of(SPAN("1.0.2k")), VERSION_GENERIC);
	assert_int_equal(version_scheme_of(SPAN("1.0.elf")), VERSION_GENERIC);
	assert_int_equal(version_scheme_of(SPAN("")), VERSION_GENERIC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascending),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_dpkg),
		cmocka_unit_test(test_schemes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
