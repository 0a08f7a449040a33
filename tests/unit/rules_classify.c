/* What sort of mail it is, by the shipped rules; what their names may be. */
#include "rules/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/rulefile.h"
#include "rules/ruleset.h"

static struct ruleset *rules;
static struct arena *arena;

static int
setup(void **state)
{
	struct err e;

	(void)state;
	arena = arena_new();
	if ((rules = ruleset_load("rules", NULL, &e)) == NULL)
		fail_msg("%s", e.text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ruleset_free(&rules);
	arena_free(&arena);
	return 0;
}

static enum mail_class
class_of_text(const char *subject, const char *text, const char *quoted)
{
	static char none[] = "";
	const struct reading r = {.robot = none};
	const struct rule_texts texts = {
		{span_of(subject), span_of(text), span_of(quoted)}};
	struct hints hints;

	ruleset_find(rules, &texts, arena, &hints);
	return classify(&r, hints.hint, hints.count, false);
}

static const struct {
	enum mail_class class;
	const char *subject, *text;
} rows[] = {
	{CLASS_REPORT, "Question", "Hello, is this the right address?"},
	{CLASS_REPORT, "Vulnerability in frobd 1.2",
		"A heap buffer overflow in frobd 1.2.3 lets anybody run code. "
		"Steps to reproduce: send 5000 bytes. CWE-122."},
	{CLASS_REPORT, "SQL injection in login",
		"The login form has an SQL injection. I hope for a bounty."},
	{CLASS_REPORT, "XSS",
		"Stored XSS in the comment field; proof of concept attached. "
		"Your CSP header is missing, too."},
	{CLASS_REPORT, "DKIM check bypass in maild 2.0",
		"maild 2.0.1 has an authentication bypass: a message without "
		"a valid DKIM signature is taken as signed. CVE-2026-1234. "
		"Reproducer attached."},
	{CLASS_BEG_BOUNTY, "Vulnerability in your website",
		"I found that your domain has no valid SPF record and is "
		"vulnerable to email spoofing. Is there a bounty?"},
	{CLASS_BEG_BOUNTY, "Bug report",
		"Your site is vulnerable to clickjacking because the "
		"X-Frame-Options header is missing. Hoping for a reward."},
	{CLASS_BEG_BOUNTY, "Security issue",
		"DMARC record not found: p=none. I would appreciate "
		"compensation by PayPal."},
	{CLASS_BEG_BOUNTY, "Server version disclosure",
		"The server banner disclosure shows nginx. My vulnerability "
		"scanner report: 3 findings detected. Any bounty?"},
	{CLASS_QUESTIONNAIRE, "Vendor security questionnaire",
		"Please complete the attached form and return it by Friday."},
	{CLASS_PRIVACY, "GDPR request",
		"Under Art. 15 GDPR I request access to my personal data. "
		"Please send me a copy of all of my data."},
	{CLASS_ABUSE, "Phishing site hosted by you",
		"A phishing site impersonating our bank is hosted on your "
		"network. Abuse report attached."},
	{CLASS_ADVISORY, "Security Advisory ACME-2026-01",
		"ACME has released fixes for the following "
		"vulnerabilities: CVE-2026-1111. Our customers should "
		"update ACME Gateway before 4.2."},
};

static void
test_mails_of_each_sort(void **state)
{
	enum mail_class is;
	size_t i;

	(void)state;
	for (i = 0; i < countof(rows); i++) {
		is = class_of_text(rows[i].subject, rows[i].text, "");
		if (is != rows[i].class)
			fail_msg("%s, not %s: %s", class_name(is),
				class_name(rows[i].class), rows[i].text);
	}
}

/* What is quoted is not what the mail is. */
static void
test_quotation_does_not_count(void **state)
{
	(void)state;
	assert_int_equal(class_of_text("Hello", "See below.",
				 "Your domain has no SPF record. Any bounty?"),
		CLASS_REPORT);
}

static void
test_outer_facts_come_first(void **state)
{
	static char list[] = "list", none[] = "";
	struct reading r = {.robot = list, .spam = true};

	(void)state;
	assert_int_equal(classify(&r, NULL, 0, true), CLASS_ROBOT);
	r.robot = none;
	assert_int_equal(classify(&r, NULL, 0, true), CLASS_REPLY);
	assert_int_equal(classify(&r, NULL, 0, false), CLASS_SPAM);
	r.spam = false;
	assert_int_equal(classify(&r, NULL, 0, false), CLASS_REPORT);
}

static void
test_classes_have_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < CLASS__COUNT; i++)
		assert_int_equal(class_of(class_name((enum mail_class)i)), i);
	assert_int_equal(class_of(""), -1);
	assert_int_equal(class_of("Report"), -1);
	assert_int_equal(class_of_rule("beg-bounty-spf"), CLASS_BEG_BOUNTY);
	assert_int_equal(class_of_rule("report"), CLASS_REPORT);
	assert_int_equal(class_of_rule("reporter"), -1);
	assert_int_equal(class_of_rule("spam-words"), -1);
	assert_int_equal(class_of_rule("robot-words"), -1);
}

static void
test_a_rule_for_no_class_does_not_load(void **state)
{
	struct rulefile *f = rulefile_new();
	struct err e;

	(void)state;
	assert_int_equal(rulefile_add(f,
				 SPAN("rule nonsense\n\tkind class\n\tscore 5\n"
				      "\twords *\n\tpattern x\n"),
				 "t.rules", &e),
		-1);
	assert_non_null(strstr(e.text, "t.rules:1: the name of a rule"));
	rulefile_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mails_of_each_sort),
		cmocka_unit_test(test_quotation_does_not_count),
		cmocka_unit_test(test_outer_facts_come_first),
		cmocka_unit_test(test_classes_have_names),
		cmocka_unit_test(test_a_rule_for_no_class_does_not_load)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
