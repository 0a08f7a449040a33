/* Authentication-Results: whose we believe, where, and what it says. */
#include "mail_kit.h"

#include "mail/authres.h"

#define OURS "Received: from a.example by mx.example.test (Postfix); date\n"
#define THEIRS "Received: from b.example by a.example with ESMTP; date\n"
#define FROM "From: <f@finder.example>\n\n"
#define RESULTS "Authentication-Results: "

static const struct mail_authentication *
reads(struct kit *k, const char *head)
{
	return &kit_read(k, arena_printf(k->arena, "%s" FROM, head))
			->authentication;
}

static void
says(struct kit *k, const char *head, enum auth_result dmarc,
	enum auth_result spf)
{
	const struct mail_authentication *a = reads(k, head);

	if (a->dmarc != (int)dmarc || a->spf != (int)spf)
		fail_msg("dmarc %s, spf %s: %s", auth_result_name(a->dmarc),
			auth_result_name(a->spf), head);
}

static void
test_results_are_read(void **state)
{
	struct kit *k = *state;
	const struct mail_authentication *a;

	says(k, RESULTS "mx.example.test; dmarc=pass header.from=x; spf=fail\n",
		AUTH_PASS, AUTH_FAIL);
	says(k, RESULTS "MX.Example.Test;DMARC = None; Spf=SoftFail\n",
		AUTH_NO_RECORD, AUTH_OTHER);
	says(k, RESULTS "mx.example.test 1; spf/1=pass (a; b) x.y=\"c;d\"\n",
		AUTH_ABSENT, AUTH_PASS);
	says(k, RESULTS "\"mx.example.test\";\n dmarc=fail (p=none dis=none)\n",
		AUTH_FAIL, AUTH_ABSENT);
	says(k, RESULTS "mx.example.test; none\n", AUTH_ABSENT, AUTH_ABSENT);
	/* As Postfix, opendkim, spf-engine and opendmarc leave it. */
	a = reads(k,
		"Return-Path: <f@finder.example>\n" OURS RESULTS
		"mx.example.test; dmarc=pass (p=reject dis=none)\n"
		" header.from=finder.example\n" RESULTS
		"mx.example.test; dkim=pass (2048-bit key; unprotected)\n"
		" header.d=finder.example header.i=@finder.example\n"
		" header.b=\"q/+=;x\"; dkim-atps=neutral\n" RESULTS
		"mx.example.test; spf=pass smtp.mailfrom=f@mail.x\n" THEIRS);
	assert_true(a->usable);
	assert_int_equal(a->dmarc, AUTH_PASS);
	assert_int_equal(a->spf, AUTH_PASS);
	assert_true(a->dkim_aligned);
	assert_string_equal(a->spf_domain, "mail.x");
}

static void
test_only_our_border_is_believed(void **state)
{
	static const char *const heads[] = {
		RESULTS "mx.other.example; dmarc=pass\n",
		RESULTS "mx.example.test.evil.example; dmarc=pass\n",
		RESULTS "mx.example.test evil; dmarc=pass\n",
		RESULTS "(mx.example.test); dmarc=pass\n",
		RESULTS "\n",
		RESULTS ";\n",
		/* A version that nobody knows. */
		RESULTS "mx.example.test 2; dmarc=pass\n",
		/* Below the first Received that is not ours: it came along. */
		THEIRS RESULTS "mx.example.test; dmarc=pass\n",
		OURS THEIRS RESULTS "mx.example.test; dmarc=pass\n",
		"Received: nonsense\n" RESULTS "mx.example.test; dmarc=pass\n",
		/* A comment is no host. */
		"Received: from x (by mx.example.test) by a.x; d\n" RESULTS
		"mx.example.test; dmarc=pass\n",
		/* "by" behind the date is none. */
		"Received: from x; by mx.example.test\n" RESULTS
		"mx.example.test; dmarc=pass\n",
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(heads); i++) {
		says(k, heads[i], AUTH_ABSENT, AUTH_ABSENT);
		assert_false(k->r.authentication.usable);
	}
	/* What is ours: this host, the border, the domain and what is below. */
	says(k,
		"Received: by deep.in.example.test; d\n" OURS RESULTS
		"mx.example.test; dmarc=pass\n",
		AUTH_PASS, AUTH_ABSENT);
	says(k,
		"Received: by notexample.test; d\n" RESULTS
		"mx.example.test; dmarc=pass\n",
		AUTH_ABSENT, AUTH_ABSENT);
}

/* A mail that brings its own cannot outdo what the border wrote above it. */
static void
test_the_topmost_counts(void **state)
{
	struct kit *k = *state;

	says(k,
		RESULTS "mx.example.test; dmarc=fail\n" RESULTS
			"mx.example.test; dmarc=pass; spf=pass\n",
		AUTH_FAIL, AUTH_PASS);
	says(k, RESULTS "mx.example.test; spf=fail; spf=pass\n", AUTH_ABSENT,
		AUTH_FAIL);
	says(k, RESULTS "mx.example.test; spf/2=pass; spf=fail\n", AUTH_ABSENT,
		AUTH_FAIL);
	assert_false(reads(k,
		RESULTS
		"mx.example.test; dkim=fail header.d=finder.example\n" RESULTS
		"mx.example.test; dkim=pass "
		"header.d=finder.example\n")
			     ->dkim_aligned);
}

static bool
aligns(struct kit *k, const char *result)
{
	return reads(k,
		arena_printf(k->arena, RESULTS "mx.example.test; %s\n", result))
		->dkim_aligned;
}

static void
test_a_signature_of_the_authors_domain(void **state)
{
	struct kit *k = *state;

	assert_true(aligns(k, "dkim=pass header.d=Finder.Example"));
	assert_true(aligns(k, "dkim=pass header.d=example"));
	assert_true(aligns(k,
		"dkim=fail header.d=x; dkim=pass header.i=@y "
		"header.d=finder.example"));
	assert_false(aligns(k, "dkim=pass header.d=sub.finder.example"));
	assert_false(aligns(k, "dkim=pass header.d=inder.example"));
	assert_false(aligns(k, "dkim=pass header.d="));
	assert_false(aligns(k, "dkim=pass reason=\"header.d=finder.example\""));
	assert_false(aligns(k, "dkim=neutral header.d=finder.example"));
	/* Of two authors none is proved. */
	assert_false(kit_read(k,
		RESULTS "mx.example.test; dkim=pass "
			"header.d=finder.example\n"
			"From: a@finder.example, b@x.example\n\n")
			     ->authentication.dkim_aligned);
}

/* Whatever stands in it, it ends and stays in its bounds. */
static void
test_nonsense_is_no_result(void **state)
{
	static const char *const fields[] = {"mx.example.test; =pass",
		"mx.example.test; spf",
		"mx.example.test; spf=", "mx.example.test; ;;; ; spf=(((((",
		"mx.example.test; spf==pass", "mx.example.test; @@@@ spf=pass",
		"mx.example.test; spf=pass\\", "mx.example.test; \"spf=pass"};
	struct kit *k = *state;
	char *longest = arena_alloc(k->arena, 60001);
	size_t i;

	for (i = 0; i < countof(fields); i++)
		says(k, arena_printf(k->arena, RESULTS "%s\n", fields[i]),
			AUTH_ABSENT,
			strstr(fields[i], "spf=") == NULL    ? AUTH_ABSENT
				: i == 6		     ? AUTH_PASS
				: i == 2 || i == 3 || i == 4 ? AUTH_OTHER
							     : AUTH_ABSENT);
	memset(longest, 'a', 60000);
	says(k,
		arena_printf(k->arena,
			RESULTS "mx.example.test; spf=pass smtp.mailfrom=%s\n",
			longest),
		AUTH_ABSENT, AUTH_PASS);
	assert_string_equal(k->r.authentication.spf_domain, "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_results_are_read),
		T(test_only_our_border_is_believed), T(test_the_topmost_counts),
		T(test_a_signature_of_the_authors_domain),
		T(test_nonsense_is_no_result)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
