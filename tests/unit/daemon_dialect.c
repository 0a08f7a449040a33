/* What a letter in clear is signed with, by how its reader wrote. */
#include "daemon/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NONE -1

static char openpgp[] = "K", smime[] = "C", nothing[] = "";

static void
test_the_signature_is_one_that_its_reader_can_check(void **state)
{
	static const struct {
		int kind; /* of what they sent, or NONE */
		int source;
		char *certificate; /* ours */
		bool public;
		const char *signer;
		enum protocol protocol;
	} rows[] = {
		{NONE, 0, smime, true, "C", PROTOCOL_SMIME},
		{NONE, 0, smime, false, NULL, 0},
		{NONE, 0, nothing, false, NULL, 0},
		{SEALED_PGP_ENCRYPTED, 0, smime, true, "K", PROTOCOL_OPENPGP},
		{SEALED_PGP_SIGNED, 0, nothing, false, "K", PROTOCOL_OPENPGP},
		{SEALED_PGP_INLINE, 0, nothing, false, "K", PROTOCOL_OPENPGP},
		{SEALED_SMIME_ENVELOPED, 0, smime, false, "C", PROTOCOL_SMIME},
		{SEALED_SMIME_DETACHED, 0, smime, false, "C", PROTOCOL_SMIME},
		{SEALED_SMIME_DETACHED, 0, nothing, false, NULL, 0},
		/* What lies inside does not show in an acknowledgement. */
		{SEALED_PGP_SIGNED, 1, smime, false, NULL, 0},
	};
	enum protocol protocol;
	const char *signer;
	size_t i;

	(void)state;
	for (i = 0; i < countof(rows); i++) {
		struct conf c = {
			.openpgp = openpgp, .smime = rows[i].certificate};
		struct mail_sealed sealed = {
			.kind = rows[i].kind, .source = rows[i].source};
		struct reading r = {.sealed = &sealed,
			.sealed_count = rows[i].kind != NONE};

		signer = dialect_signer(&r, &c, rows[i].public, &protocol);
		if (rows[i].signer == NULL) {
			assert_null(signer);
			continue;
		}
		assert_string_equal(signer, rows[i].signer);
		assert_int_equal(protocol, rows[i].protocol);
	}
}

/* A letter that answers nothing is to somebody of whom nothing is known. */
static void
test_without_a_mail_nothing_is_known(void **state)
{
	struct conf c = {.openpgp = openpgp, .smime = smime};
	enum protocol protocol;

	(void)state;
	assert_null(dialect_signer(NULL, &c, false, &protocol));
	assert_string_equal(dialect_signer(NULL, &c, true, &protocol), "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_signature_is_one_that_its_reader_can_check),
		cmocka_unit_test(test_without_a_mail_nothing_is_known)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
