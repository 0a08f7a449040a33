/* The rules that are shipped, on sentences such as people write. */
#include "rules/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/weakness.h"

static struct ruleset *rules;

struct sentence {
	enum hint_kind kind;
	const char *text;
	const char *forms; /* normal, or the value; with a blank | blank */
};

/* Tests run in the repository's root. */
static int
load(void **state)
{
	struct err e;

	(void)state;
	rules = ruleset_load("rules", NULL, &e);
	if (rules == NULL)
		print_error("%s\n", e.text);
	return rules != NULL ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	ruleset_free(&rules);
	return 0;
}

static void
check_as(enum hint_where where, const struct sentence *list, size_t count)
{
	struct buf forms = BUF_INIT(10000);
	struct arena *a = arena_new();
	struct rule_texts texts;
	struct hints found;
	const struct hint *h;
	size_t i, k;

	for (i = 0; i < count; i++) {
		texts = (struct rule_texts){0};
		texts.text[where] = span_of(list[i].text);
		ruleset_find(rules, &texts, a, &found);
		assert_int_equal(found.timed_out_count, 0);
		buf_clear(&forms);
		for (k = 0; k < found.count; k++) {
			h = &found.hint[k];
			if (h->kind != (int)list[i].kind)
				continue;
			buf_printf(&forms, "%s%s", forms.len > 0 ? " | " : "",
				h->normalized[0] != '\0' ? h->normalized
							 : h->value);
		}
		if (strcmp(forms.data, list[i].forms) != 0)
			fail_msg("\"%s\": \"%s\", not \"%s\"", list[i].text,
				forms.data, list[i].forms);
	}
	buf_release(&forms);
	arena_free(&a);
}

static void
check(const struct sentence *list, size_t count)
{
	check_as(WHERE_TEXT, list, count);
}

static void
test_identifiers(void **state)
{
	static const struct sentence list[] = {
		{HINT_CVE, "This is CVE-2026-1234.", "CVE-2026-1234"},
		{HINT_CVE, "(cve-2026-12345, CVE 2025-0001)",
			"CVE-2026-12345 | CVE-2025-0001"},
		{HINT_CVE,
			"CVE\u20112026\u20111234 and CVE\u20132026\u2013"
			"1235",
			"CVE-2026-1234 | CVE-2026-1235"},
		{HINT_CVE, "https://example.org/CVE-2026-1234.html",
			"CVE-2026-1234"},
		{HINT_CVE, "CVE-2026-123, CVE-2026-XXXX, xCVE-2026-1234", ""},
		{HINT_CWE, "CWE-79: XSS; also CWE 0352 and cwe-id: 22",
			"CWE-79 | CWE-352 | CWE-22"},
		{HINT_CWE, "https://cwe.mitre.org/data/definitions/79.html",
			""},
	};

	(void)state;
	check(list, countof(list));
	check_as(WHERE_QUOTED, list, 1);
	check_as(WHERE_SUBJECT, list, 1);
}

static void
test_vectors(void **state)
{
	static const struct sentence list[] = {
		{HINT_CVSS,
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H (9.8)",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
		{HINT_CVSS, "CVSS v2 (AV:N/AC:L/Au:N/C:P/I:P/A:P), 7.5",
			"AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{HINT_CVSS, "score 4.9 (A:N/I:H/C:N/S:U/UI:N/PR:H/AC:L/AV:N)",
			"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:N/I:H/A:N"},
		{HINT_CVSS,
			"`CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/"
			"SC:N/SI:N/SA:N`",
			"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/"
			"SC:N/SI:N/SA:N"},
		/* Not a vector, but somebody meant one: shown as it is. */
		{HINT_CVSS, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
			"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H"},
		{HINT_CVSS, "/usr/lib:/opt/lib AV:N/AC:L", ""},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_affected(void **state)
{
	static const struct sentence list[] = {
		{HINT_AFFECTED, "Foo before 1.4.2 allows remote attackers",
			"vers:generic/<1.4.2"},
		{HINT_AFFECTED, "in Foo prior\nto version 1.4.2.",
			"vers:generic/<1.4.2"},
		{HINT_AFFECTED, "All versions up to and including 2.4.1 crash",
			"vers:generic/<=2.4.1"},
		{HINT_AFFECTED, "Foo 1.4.x before 1.4.14, 1.5.x before 1.5.9",
			"vers:generic/>=1.4|<1.4.14|>=1.5|<1.5.9"},
		{HINT_AFFECTED, "affects `<= 0.8.0`", "vers:generic/<=0.8.0"},
		{HINT_AFFECTED, "versions >= 1.0 and < 1.4",
			"vers:generic/>=1.0|<1.4"},
		{HINT_AFFECTED, "1.0 through 1.4 and 2.0 and earlier",
			"vers:generic/<=2.0"},
		{HINT_AFFECTED, "Affected versions: 1.2, 1.3",
			"vers:generic/1.2|1.3"},
		{HINT_AFFECTED, "**Versions affected:** Foo < 1.6",
			"vers:generic/<1.6"},
		{HINT_AFFECTED, "Version: 2", "vers:generic/2"},
		{HINT_AFFECTED, "a flaw in Foo 1.2.3.", "vers:generic/1.2.3"},
		{HINT_AFFECTED,
			"\u5f71\u54cd\u7248\u672c\uff1a2.4.1 "
			"\u53ca\u4ee5\u4e0b\u7248\u672c",
			"vers:generic/<=2.4.1"},
		{HINT_AFFECTED, "3.0 \u4e4b\u524d\u7684\u7248\u672c",
			"vers:generic/<3.0"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_not_affected(void **state)
{
	static const struct sentence list[] = {
		{HINT_AFFECTED, "Versions before 1.4.2 are not affected.", ""},
		{HINT_AFFECTED, "Not affected: < 1.6.0", ""},
		{HINT_AFFECTED, "the fix is in 1.4.2; fixed in 1.4.2 and later",
			""},
		{HINT_AFFECTED, "upgrades the library from 2.9.13 to 2.9.14",
			""},
		{HINT_AFFECTED, "see http://example.org/1.2/ before 5 o'clock",
			""},
		{HINT_AFFECTED, "up to 4095 bytes, through 80 lines", ""},
		{HINT_AFFECTED,
			"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
			"Version: GnuPG v2.0.22\n\nabc=\n",
			""},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_fixed(void **state)
{
	static const struct sentence list[] = {
		{HINT_FIXED, "This has been fixed in version 1.4.2.",
			"vers:generic/1.4.2"},
		{HINT_FIXED, "patched in 1.4.2, 1.5.1 and 1.6.0",
			"vers:generic/1.4.2|1.5.1|1.6.0"},
		{HINT_FIXED, "Please upgrade to Foo `1.4.2` or later",
			"vers:generic/>=1.4.2"},
		{HINT_FIXED, "Fixed versions: >= 1.4.2",
			"vers:generic/>=1.4.2"},
		{HINT_FIXED, "Versions 1.4.2 and 1.5.1 contain a patch",
			"vers:generic/1.4.2|1.5.1"},
		{HINT_FIXED, "\u4fee\u590d\u7248\u672c\uff1a2.4.2",
			"vers:generic/2.4.2"},
		{HINT_FIXED, "no fix is known; Foo 1.4.2 is affected", ""},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_product(void **state)
{
	static const struct sentence list[] = {
		{HINT_PRODUCT, "Product: Foo Server", "Foo Server"},
		{HINT_PRODUCT, "**Affected product**: foo-bar 1.2", "foo-bar"},
		{HINT_PRODUCT, "Package: foo_bar, versions 1 to 2", "foo_bar"},
		{HINT_PRODUCT, "\u4ea7\u54c1\uff1a\u798f\u670d\u52a1\u5668",
			"\u798f\u670d\u52a1\u5668"},
		{HINT_PRODUCT, "in GitHub repository owner/foo prior to 1.2",
			"foo"},
		{HINT_PRODUCT, "Foo Server before 1.4.2 allows", "Foo Server"},
		{HINT_PRODUCT, "flaw was found in Foo-Bar.", "Foo-Bar"},
		{HINT_PRODUCT, "Foo is a library for bars.", "Foo"},
		{HINT_PRODUCT, "The `foo_bar` crate is unsound", "foo_bar"},
		{HINT_PRODUCT, "This is a report. It is a bug.", ""},
		{HINT_PRODUCT, "std::string before 1.2", ""},
	};
	static const struct sentence subject[] = {
		{HINT_PRODUCT, "Heap overflow in Foo Server 1.2", "Foo Server"},
		{HINT_PRODUCT, "Security issue", ""},
	};

	(void)state;
	check(list, countof(list));
	check_as(WHERE_SUBJECT, subject, countof(subject));
}

/* The number of another issue is no number of this one. */
static void
test_related(void **state)
{
	static const struct sentence list[] = {
		{HINT_CVE,
			"exists because of an incomplete fix for "
			"CVE-2013-7323.",
			""},
		{HINT_RELATED,
			"exists because of an incomplete fix for "
			"CVE-2013-7323.",
			"CVE-2013-7323"},
		{HINT_CVE,
			"CVE-2026-1 is odd; CVE-2026-1111 is a different "
			"issue than\nCVE-2026-1112, CVE-2026-1113, and "
			"CVE-2026-1114.",
			"CVE-2026-1111"},
		{HINT_RELATED, "similar to [CVE-2026-1112](https://a/b)",
			"CVE-2026-1112"},
		{HINT_RELATED, "The fix for CVE-2026-1112 was incomplete.",
			"CVE-2026-1112"},
		{HINT_CVE, "The fix for CVE-2026-1112 is in 1.2.",
			"CVE-2026-1112"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_other_identifiers(void **state)
{
	static const struct sentence list[] = {
		{HINT_GHSA, "see ghsa-2qvq-rjwj-gvw9.", "GHSA-2qvq-rjwj-gvw9"},
		{HINT_GHSA, "GHSA-2qvq-rjwj", ""},
		{HINT_VU, "VU#123456", "VU#123456"},
		{HINT_CPE, "(cpe:2.3:a:example:foo_bar:1.4\\:2:*:*:*:*:*:*:*)",
			"cpe:2.3:a:example:foo_bar:1.4\\:2:*:*:*:*:*:*:*"},
		{HINT_CPE, "cpe:2.3:a:example:foo", ""},
		{HINT_CPE, "cpe:/a:example:foo:1.2", "cpe:/a:example:foo:1.2"},
		{HINT_PURL, "pkg:deb/debian/foo@1.4-1?arch=amd64.",
			"pkg:deb/debian/foo@1.4-1?arch=amd64"},
		{HINT_COMMIT, "since commit 0123abc of Foo", "0123abc"},
		{HINT_COMMIT, "we commit ourselves", ""},
		{HINT_WEAKNESS, "a Stored XSS and an SQL\ninjection",
			"CWE-79 | CWE-89"},
	};

	(void)state;
	check(list, countof(list));
}

static void
test_facts(void **state)
{
	static const struct sentence list[] = {
		{HINT_FUNCTION, "in the function `parse_header` of it",
			"parse_header"},
		{HINT_FUNCTION, "calls png_read() twice", "png_read"},
		{HINT_FUNCTION, "it functions well", ""},
		{HINT_FILE, "in src/parser/header.c, line 3",
			"src/parser/header.c"},
		{HINT_FILE, "https://example.org/a/header.c", ""},
		{HINT_IMPACT, "lets attackers execute arbitrary code",
			"code-execution"},
		{HINT_IMPACT, "a crash of the server, denial of service",
			"denial-of-service"},
		{HINT_EXPLOITED, "It is exploited in the wild.", "in-the-wild"},
		{HINT_EXPLOITED, "I have not seen it exploited in the wild.",
			""},
		{HINT_PUBLIC, "Details have been published.", "known"},
		{HINT_PUBLIC, "This has not been publicly disclosed.", ""},
		{HINT_DISCLOSURE_DATE,
			"We plan to disclose this on 17 December 2026.",
			"2026-12-17"},
		{HINT_DISCLOSURE_DATE, "It was published on 2020-01-01.", ""},
		{HINT_DISCLOSURE_DATE, "our 90-day disclosure policy",
			"in-days"},
		{HINT_CREDIT, "Please credit me as Jane Doe", "Jane Doe"},
		{HINT_CREDIT, "Reporter: Jane Doe\n", "Jane Doe"},
		{HINT_BOUNTY, "Is there a bounty?", "asked"},
		{HINT_BOUNTY, "no bounty hunters here", ""},
		{HINT_EVIDENCE_LINK, "see https://youtu.be/abc123 for it",
			"https://youtu.be/abc123"},
		{HINT_EVIDENCE_LINK, "https://example.org/x", ""},
		{HINT_IN_ATTACHMENT, "Please see the attached file.", "report"},
		{HINT_IN_ATTACHMENT, "The debugger attached to it.", ""},
		{HINT_COMPONENT, "Component: login form\n", "login form"},
	};

	(void)state;
	check(list, countof(list));
}

/* Every name that has a number is looked for. */
static void
test_weaknesses(void **state)
{
	struct arena *a = arena_new();
	struct rule_texts texts = {0};
	struct hints found;
	size_t i, k, count = 0;
	const char *name;

	(void)state;
	for (i = 0; (name = weakness_name(i)) != NULL; i++) {
		texts.text[WHERE_TEXT] = span_of(name);
		ruleset_find(rules, &texts, a, &found);
		for (k = 0; k < found.count; k++)
			count += found.hint[k].kind == HINT_WEAKNESS &&
				strcmp(found.hint[k].value, name) == 0;
		if (count != i + 1)
			fail_msg("no rule finds \"%s\"", name);
	}
	assert_true(count > 50);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_affected),
		cmocka_unit_test(test_not_affected),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_product),
		cmocka_unit_test(test_related),
		cmocka_unit_test(test_other_identifiers),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_weaknesses),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
