/* What a report has and lacks, by lists in rule files. */
#include "rules/quality.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rules/rulefile.h"

static struct ruleset *
load(const char *text, struct err *e)
{
	struct rulefile *f = rulefile_new();

	if (rulefile_add(f, span_of(text), "q.rules", e) == 0)
		return rulefile_finish(&f);
	rulefile_free(&f);
	return NULL;
}

static void
assert_refused(const char *text, const char *says)
{
	struct err e;

	assert_null(load(text, &e));
	assert_string_equal(e.text, says);
}

static void
test_a_baseline_is_checked(void **state)
{
	(void)state;
	assert_refused("list wanted-luck\n\taffected\n",
		"q.rules:1: there is no wanted-luck; reports want version, "
		"environment, steps, proof and impact");
	assert_refused("\nlist wanted-steps\n\tsteps\n\tstep\n",
		"q.rules:2: step is no kind of hint");
}

/* "steps impact -proof": what TEXT has and lacks by the rules in tree. */
static void
assert_quality(const struct ruleset *r, const char *text, const char *expected)
{
	struct rule_texts texts = {.text = {{"", 0}, {"", 0}, {"", 0}}};
	struct arena *a = arena_new();
	struct buf out = BUF_INIT(1000);
	struct hints h;
	size_t i;

	texts.text[WHERE_TEXT] = span_of(text);
	ruleset_find(r, &texts, a, &h);
	for (i = 0; i < h.count; i++)
		if (h.hint[i].kind == HINT_HAS || h.hint[i].kind == HINT_LACKS)
			buf_printf(&out, "%s%s%s", out.len > 0 ? " " : "",
				h.hint[i].kind == HINT_HAS ? "" : "-",
				h.hint[i].value);
	assert_string_equal(out.data, expected);
	buf_release(&out);
	arena_free(&a);
}

static void
test_a_list_counts_its_kinds(void **state)
{
	struct err e;
	struct ruleset *r =
		load("rule cve\n\tkind cve\n\tscore 90\n\twords cve-\n"
		     "\tpattern\n\t\tcve- \\d+ - \\d+\n"
		     "list wanted-impact\n\tcve cwe\n"
		     "list wanted-proof\n\tproof\n",
			&e);

	(void)state;
	assert_non_null(r);
	assert_quality(r, "CVE-2026-1234", "-proof impact");
	assert_quality(r, "nothing", "-proof -impact");
	assert_quality(r, "", "-proof -impact");
	ruleset_free(&r);
}

static void
test_ours(void **state)
{
	struct err e;
	struct ruleset *r = ruleset_load("rules", NULL, &e);

	(void)state;
	if (r == NULL)
		fail_msg("%s", e.text);
	assert_quality(r, "Your site has a hole. Pay me.",
		"-version -environment -steps -proof -impact");
	assert_quality(r,
		"Foo Server before 1.4.2 lets attackers execute arbitrary "
		"code.\n\n"
		"Tested on Debian 12, amd64.\n\n"
		"Steps to reproduce:\n1. Start it.\n2. Send the file.\n\n"
		"PoC: attached\n",
		"version environment steps proof impact");
	assert_quality(r, "I found a bug. The report is attached.",
		"version environment steps proof impact");
	assert_quality(r,
		"我发现 Foo 1.2 及更早版本存在漏洞。\n\n复现步骤：\n1. 启动\n\n"
		"测试环境：Debian 12\n",
		"version environment steps -proof -impact");
	ruleset_free(&r);
}

/* How many hints of KIND stand in TEXT. */
static size_t
signs(const struct ruleset *r, enum hint_kind kind, const char *text)
{
	struct rule_texts texts = {.text = {{"", 0}, {"", 0}, {"", 0}}};
	struct arena *a = arena_new();
	struct hints h;
	size_t i, count = 0;

	texts.text[WHERE_TEXT] = span_of(text);
	ruleset_find(r, &texts, a, &h);
	for (i = 0; i < h.count; i++)
		count += h.hint[i].kind == (int)kind;
	arena_free(&a);
	return count;
}

static void
test_signs_of_machines(void **state)
{
	static const char human[] =
		"The length in parse_header() is not checked, so a packet of "
		"70000 bytes writes behind the buffer. It is easy to fix.";
	struct err e;
	struct ruleset *r = ruleset_load("rules", NULL, &e);

	(void)state;
	assert_non_null(r);
	assert_int_equal(signs(r, HINT_SCANNER, human), 0);
	assert_int_equal(signs(r, HINT_FILLER, human), 0);
	assert_int_equal(signs(r, HINT_SCANNER,
				 "This was found by Nessus.\nPlugin ID: 1234"),
		2);
	assert_int_equal(signs(r, HINT_SCANNER,
				 "Your domain has no valid DMARC record."),
		1);
	assert_int_equal(
		signs(r, HINT_FILLER,
			"As an AI language model, I think it is crucial "
			"to act.\n\nBest regards,\n[Your Name]"),
		3);
	ruleset_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_baseline_is_checked),
		cmocka_unit_test(test_a_list_counts_its_kinds),
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_signs_of_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
