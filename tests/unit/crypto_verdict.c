/* Verdicts: the one signature that policy may look at, and every name. */
#include "crypto/unseal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Of all statuses and covers, with one signature, one pair is believed. */
static void
test_one_good_signature_over_everything_is_believed(void **state)
{
	struct signature s = {.fingerprint = "A"};
	struct verdict v = {.signatures = &s, .count = 1};
	int status, covers;
	bool good;

	(void)state;
	for (status = 0; status < SIGNATURE__COUNT; status++)
		for (covers = 0; covers < COVERS__COUNT; covers++) {
			s.status = (enum signature_status)status;
			s.covers = (enum signature_covers)covers;
			good = status == SIGNATURE_GOOD && covers == COVERS_ALL;
			assert_ptr_equal(verdict_signer(&v), good ? &s : NULL);
		}
}

static void
test_none_or_two_signatures_are_nobody(void **state)
{
	struct signature s[2] = {
		{.status = SIGNATURE_GOOD, .covers = COVERS_ALL},
		{.status = SIGNATURE_GOOD, .covers = COVERS_ALL}};
	struct verdict v = {.signatures = s};

	(void)state;
	assert_null(verdict_signer(&v));
	v.count = 2;
	assert_null(verdict_signer(&v));
	/* Nor does the order matter. */
	s[0].status = SIGNATURE_BAD;
	assert_null(verdict_signer(&v));
}

/* How a signature is judged does not hang on whether it was encrypted. */
static void
test_protocol_and_encryption_do_not_matter(void **state)
{
	struct signature s = {.status = SIGNATURE_GOOD, .covers = COVERS_ALL};
	struct verdict v = {.signatures = &s, .count = 1};
	int protocol, extent;

	(void)state;
	for (protocol = 0; protocol < PROTOCOL__COUNT; protocol++)
		for (extent = 0; extent < ENCRYPTED__COUNT; extent++) {
			s.protocol = (enum protocol)protocol;
			v.encrypted = (enum encrypted_extent)extent;
			assert_ptr_equal(verdict_signer(&v), &s);
		}
}

/* Around the encryption, by somebody who may not know what is inside. */
static void
test_a_signature_around_the_encryption_is_told_apart(void **state)
{
	static char no_sniff[] = "";
	struct signature s = {.status = SIGNATURE_GOOD, .covers = COVERS_PART};
	struct mail_sealed sealed[2] = {
		{.kind = SEALED_PGP_SIGNED, .whole = true, .sniffed = no_sniff},
		{.kind = SEALED_PGP_ENCRYPTED,
			.whole = true,
			.sniffed = no_sniff}};
	struct unsealed items[2] = {
		{.detail = "", .signatures = &s, .count = 1}, {.detail = ""}};
	struct reading r = {.sealed = sealed, .sealed_count = 2};
	struct arena *a = arena_new();
	struct verdict v;

	(void)state;
	unseal_verdict(&r, items, a, &v);
	assert_int_equal(v.encrypted, ENCRYPTED_ALL);
	assert_true(verdict_signer(&v)->outside);
	/* The other way round it is inside, as it has to be. */
	sealed[0].kind = SEALED_PGP_ENCRYPTED;
	sealed[1].kind = SEALED_PGP_SIGNED;
	items[0].count = 0;
	items[1].signatures = &s;
	items[1].count = 1;
	unseal_verdict(&r, items, a, &v);
	assert_false(verdict_signer(&v)->outside);
	/* One that is part of the encrypted message is inside it, too. */
	items[0].signatures = &s;
	items[0].count = 1;
	r.sealed_count = 1;
	unseal_verdict(&r, items, a, &v);
	assert_false(verdict_signer(&v)->outside);
	arena_free(&a);
}

/* Events and the manual hold these words: they never change. */
static void
test_names(void **state)
{
	static const char *const statuses[SIGNATURE__COUNT] = {"good", "weak",
		"expired", "key expired", "key revoked", "bad", "no key",
		"error"};
	static const char *const problems[PROBLEM__COUNT] = {"", "wrong key",
		"unsupported", "damaged", "no integrity", "not sealed",
		"too large", "timed out", "too many keys", "password",
		"unparseable"};
	static const char *const extents[COVERS__COUNT] = {
		"nothing", "part", "all"};
	int i;

	(void)state;
	for (i = 0; i < SIGNATURE__COUNT; i++)
		assert_string_equal(
			signature_status_name((enum signature_status)i),
			statuses[i]);
	for (i = 0; i < PROBLEM__COUNT; i++)
		assert_string_equal(
			seal_problem_name((enum seal_problem)i), problems[i]);
	for (i = 0; i < COVERS__COUNT; i++)
		assert_string_equal(
			signature_covers_name((enum signature_covers)i),
			extents[i]);
	assert_string_equal(encrypted_extent_name(ENCRYPTED_NONE), "none");
	assert_string_equal(encrypted_extent_name(ENCRYPTED_PART), "part");
	assert_string_equal(encrypted_extent_name(ENCRYPTED_ALL), "all");
	assert_string_equal(protocol_name(PROTOCOL_OPENPGP), "openpgp");
	assert_string_equal(protocol_name(PROTOCOL_SMIME), "smime");
}

/* Each problem tells the analyst something of its own, in a sentence. */
static void
test_each_problem_has_a_sentence(void **state)
{
	const char *text;
	int i, j;

	(void)state;
	assert_string_equal(seal_problem_text(PROBLEM_NONE), "");
	for (i = PROBLEM_NONE + 1; i < PROBLEM__COUNT; i++) {
		text = seal_problem_text((enum seal_problem)i);
		assert_int_equal(text[strlen(text) - 1], '.');
		for (j = 0; j < i; j++)
			assert_string_not_equal(
				text, seal_problem_text((enum seal_problem)j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_one_good_signature_over_everything_is_believed),
		cmocka_unit_test(test_none_or_two_signatures_are_nobody),
		cmocka_unit_test(test_protocol_and_encryption_do_not_matter),
		cmocka_unit_test(
			test_a_signature_around_the_encryption_is_told_apart),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_each_problem_has_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
