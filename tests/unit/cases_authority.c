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

/* --- each condition, violated alone --- */

static void
not_encrypted(void)
{
	verdict.encrypted = ENCRYPTED_PART;
}

static void
not_signed(void)
{
	signature.covers = COVERS_PART;
}

static void
not_pinned(void)
{
	facts.analyst = 0;
	tokens[0].analyst = tokens[1].analyst = 0;
}

static void
not_strong(void)
{
	signature.digest = "SHA1";
}

static void
old(void)
{
	signature.made = NOW - 72 * HOUR - 1;
}

static void
future(void)
{
	signature.made = NOW + 10 * MINUTE + 1;
}

static void
for_another(void)
{
	facts.for_us = false;
}

static void
html(void)
{
	facts.html_only = true;
}

static void
differs(void)
{
	facts.differs = true;
}

static void
no_token(void)
{
	facts.tokens_count = 0;
}

static void
strange_token(void)
{
	tokens[1].known = false;
}

static void
anothers_token(void)
{
	tokens[1].analyst = BOB;
}

static void
other_case(void)
{
	tokens[1].case_id = CASE + 1;
}

static void
stale(void)
{
	tokens[0].made--;
	tokens[1].made--;
}

static void
used(void)
{
	facts.used = true;
}

static void (*const violate[])(void) = {
	[AUTHORITY_ENCRYPTED] = not_encrypted,
	[AUTHORITY_SIGNED] = not_signed,
	[AUTHORITY_PINNED] = not_pinned,
	[AUTHORITY_STRONG] = not_strong,
	[AUTHORITY_NOT_OLD] = old,
	[AUTHORITY_NOT_FUTURE] = future,
	[AUTHORITY_FOR_US] = for_another,
	[AUTHORITY_TEXT] = html,
	[AUTHORITY_SAME] = differs,
	[AUTHORITY_TOKEN] = no_token,
	[AUTHORITY_TOKEN_OURS] = strange_token,
	[AUTHORITY_TOKEN_THEIRS] = anothers_token,
	[AUTHORITY_TOKEN_CASE] = other_case,
	[AUTHORITY_TOKEN_FRESH] = stale,
	[AUTHORITY_ONCE] = used,
};
_Static_assert(countof(violate) == AUTHORITY__COUNT, "each is violated");

static void
fails(enum authority_condition condition)
{
	assert_int_equal(authority_fails(&facts), condition);
	setup(NULL);
}

static void
test_each_condition_alone_makes_the_difference(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < AUTHORITY__COUNT; i++) {
		assert_int_equal(authority_fails(&facts), AUTHORITY__COUNT);
		violate[i]();
		fails((enum authority_condition)i);
		/* With a reason of its own. */
		for (j = 0; j < i; j++)
			assert_string_not_equal(
				authority_sentence((enum authority_condition)i),
				authority_sentence(
					(enum authority_condition)j));
	}
	assert_null(authority_sentence(AUTHORITY__COUNT));
}

/* The reason given is the first: nobody learns about a token from a mail that
 * is not even signed. */
static void
test_the_first_reason_is_given(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < AUTHORITY__COUNT; i++) {
		for (j = i + 1; j < AUTHORITY__COUNT; j++) {
			/* Without tokens there are none to be wrong. */
			if (i == AUTHORITY_TOKEN && j > AUTHORITY_TOKEN)
				continue;
			/* Nothing is both. */
			if (i == AUTHORITY_NOT_OLD && j == AUTHORITY_NOT_FUTURE)
				continue;
			violate[i]();
			violate[j]();
			fails((enum authority_condition)i);
		}
	}
}

/* What begins a case can only add: tokens are nothing to it. */
static void
test_a_block_that_opens_needs_no_token(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < AUTHORITY__COUNT; i++) {
		facts.opens = true;
		violate[i]();
		if (i >= AUTHORITY_TOKEN && i <= AUTHORITY_TOKEN_FRESH)
			fails(AUTHORITY__COUNT);
		else
			fails((enum authority_condition)i);
	}
}

static void
test_digests(void **state)
{
	static const char *const weak[] = {
		"SHA1", "MD5", "RIPEMD160", "SHA224", ""};
	static const char *const strong[] = {"SHA256", "SHA384", "SHA512"};
	size_t i;

	(void)state;
	for (i = 0; i < countof(strong); i++) {
		signature.digest = strong[i];
		fails(AUTHORITY__COUNT);
	}
	for (i = 0; i < countof(weak); i++) {
		signature.digest = weak[i];
		fails(AUTHORITY_STRONG);
	}
}

static void
test_signatures(void **state)
{
	static struct signature two[2];
	int status;

	(void)state;
	for (status = SIGNATURE_WEAK; status < SIGNATURE__COUNT; status++) {
		signature.status = (enum signature_status)status;
		fails(AUTHORITY_SIGNED);
	}
	verdict.count = 0;
	fails(AUTHORITY_SIGNED);
	signature.outside = true;
	fails(AUTHORITY_SIGNED);
	two[0] = two[1] = signature;
	verdict.signatures = two;
	verdict.count = 2;
	fails(AUTHORITY_SIGNED);
	verdict.encrypted = ENCRYPTED_NONE;
	fails(AUTHORITY_ENCRYPTED);
}

/* Both ends of the window are in it. */
static void
test_window(void **state)
{
	(void)state;
	signature.made = NOW - 72 * HOUR;
	fails(AUTHORITY__COUNT);
	signature.made = NOW + 10 * MINUTE;
	fails(AUTHORITY__COUNT);
}

/* All that are found must agree, and the newest counts for the age. */
static void
test_tokens(void **state)
{
	(void)state;
	tokens[0].known = false;
	fails(AUTHORITY_TOKEN_OURS);
	tokens[0].analyst = BOB;
	fails(AUTHORITY_TOKEN_THEIRS);
	tokens[0].case_id = CASE + 1;
	fails(AUTHORITY_TOKEN_CASE);
	tokens[0].made -= 100 * DAY;
	fails(AUTHORITY__COUNT);
}

#define T(F) cmocka_unit_test_setup(F, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_each_condition_alone_makes_the_difference),
		T(test_the_first_reason_is_given),
		T(test_a_block_that_opens_needs_no_token), T(test_digests),
		T(test_signatures), T(test_window), T(test_tokens)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
