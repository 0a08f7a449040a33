/* Whose commands are obeyed: each condition alone makes the difference. */
#include "cases/authority.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define NOW (INT64_C(1795276800) * SECOND)
#define ADA 1
#define BOB 2
#define CASE 7

static struct signature signature;
static struct verdict verdict;
static struct authority_token tokens[2];
static struct authority_facts facts;

static int
setup(void **state)
{
	(void)state;
	signature = (struct signature){.status = SIGNATURE_GOOD,
		.covers = COVERS_ALL,
		.fingerprint = "A",
		.digest = "SHA256",
		.made = NOW - MINUTE};
	verdict = (struct verdict){.encrypted = ENCRYPTED_ALL,
		.opened = true,
		.signatures = &signature,
		.count = 1};
	tokens[0] = tokens[1] = (struct authority_token){.known = true,
		.case_id = CASE,
		.analyst = ADA,
		.made = NOW - 14 * DAY};
	facts = (struct authority_facts){.verdict = &verdict,
		.received = NOW,
		.analyst = ADA,
		.for_us = true,
		.case_id = CASE,
		.tokens = tokens,
		.tokens_count = 2};
	return 0;
}

static void
refused(const char *why)
{
	const char *refusal = authority_refusal(&facts);

	if (refusal == NULL)
		fail_msg("obeyed; expected: %s", why);
	if (strstr(refusal, why) == NULL)
		fail_msg("\"%s\" does not say: %s", refusal, why);
	setup(NULL);
}

static void
test_obeyed(void **state)
{
	static const char *const digests[] = {"SHA256", "SHA384", "SHA512"};
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		signature.digest = digests[i];
		assert_null(authority_refusal(&facts));
	}
}

static void
test_signature(void **state)
{
	static const char *const weak[] = {
		"SHA1", "MD5", "RIPEMD160", "SHA224", ""};
	int status;
	size_t i;

	(void)state;
	for (status = SIGNATURE_WEAK; status < SIGNATURE__COUNT; status++) {
		signature.status = (enum signature_status)status;
		refused("not signed as a whole");
	}
	signature.covers = COVERS_PART;
	refused("not signed as a whole");
	verdict.count = 0;
	refused("not signed as a whole");
	facts.analyst = 0;
	refused("not by the key");
	for (i = 0; i < 5; i++) {
		signature.digest = weak[i];
		refused("weaker than SHA-256");
	}
}

static void
test_encryption(void **state)
{
	(void)state;
	verdict.encrypted = ENCRYPTED_PART;
	refused("not encrypted");
	verdict.encrypted = ENCRYPTED_NONE;
	refused("not encrypted");
}

/* The window: 72 hours before, 10 minutes after; both ends are in it. */
static void
test_window(void **state)
{
	(void)state;
	signature.made = NOW - 72 * HOUR;
	assert_null(authority_refusal(&facts));
	signature.made--;
	refused("72 hours");
	signature.made = NOW + 10 * MINUTE;
	assert_null(authority_refusal(&facts));
	signature.made++;
	refused("future");
}

static void
test_tokens(void **state)
{
	size_t i;

	(void)state;
	facts.tokens_count = 0;
	refused("missing");
	/* All that are found must agree. */
	for (i = 0; i < 2; i++) {
		tokens[i].known = false;
		refused("not one of ours");
		tokens[i].analyst = BOB;
		refused("another analyst");
		tokens[i].case_id = CASE + 1;
		refused("another case");
	}
}

static void
test_age(void **state)
{
	(void)state;
	tokens[0].made -= 100 * DAY;
	assert_null(authority_refusal(&facts));
	tokens[1].made--;
	refused("14 days");
}

static void
test_for_somebody_else(void **state)
{
	(void)state;
	facts.for_us = false;
	refused("somebody else");
}

#define T(F) cmocka_unit_test_setup(F, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(test_obeyed), T(test_signature),
		T(test_encryption), T(test_window), T(test_tokens), T(test_age),
		T(test_for_somebody_else)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
