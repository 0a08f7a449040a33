/* What gateways do to PGP/MIME on its way, and what is left of it for us. */
#include "mail_kit.h"

#define ARMOR \
	"-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=AAAA\n" \
	"-----END PGP MESSAGE-----\n"
#define HEAD "From: Finder <finder@example.org>\nTo: s@example.com\n"
#define ENCRYPTED \
	HEAD "Content-Type: multipart/encrypted; boundary=e;\n" \
	     " protocol=\"application/pgp-encrypted\"\n\n"
#define VERSION "--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
#define FILE(NAME) \
	"--e\nContent-Type: application/octet-stream; name=" NAME "\n\n" ARMOR
#define INSIDE "Content-Type: text/plain\nSubject: in\n\nthe secret\n"

static bool
repaired(const struct kit *k, const char *name)
{
	return k->r.repairs_count == 1 && strcmp(k->r.repairs[0], name) == 0;
}

static void
test_nothing_to_repair(void **state)
{
	struct kit *k = *state;

	kit_read(k, ENCRYPTED VERSION FILE("encrypted.asc") "--e--\n");
	assert_true(k->r.sealed[0].whole);
	kit_open(k, 0, SOURCE_ENTITY, INSIDE);
	assert_int_equal(k->r.repairs_count, 0);
}

/* Exchange makes multipart/mixed of it, with a text that nobody wrote. */
static void
test_exchange(void **state)
{
	struct kit *k = *state;

	kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=e\n\n"
		     "--e\n\n\n" VERSION FILE("encrypted.asc") "--e--\n");
	kit_open(k, 0, SOURCE_FILE, INSIDE);
	assert_string_equal(k->r.new_text, "the secret\n");
	assert_true(repaired(k, "exchange"));
	assert_false(k->r.sealed[0].whole);
}

static void
test_no_version(void **state)
{
	static const char *const mails[] = {
		ENCRYPTED FILE("x") "--e--\n",
		ENCRYPTED "--e\n\n\n" FILE("x") "--e--\n",
		HEAD "Content-Type: multipart/mixed; boundary=e\n\n"
		     "--e\n\n\n" FILE("encrypted.asc") "--e--\n",
		HEAD "Content-Type: application/octet-stream\n\n" ARMOR,
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(mails); i++) {
		kit_read(k, mails[i]);
		assert_int_equal(k->r.sealed_count, 1);
		kit_open(k, 0,
			k->r.sealed[0].kind == SEALED_PGP_FILE ? SOURCE_FILE
							       : SOURCE_ENTITY,
			INSIDE);
		assert_string_equal(k->r.new_text, "the secret\n");
		assert_true(repaired(k, "no-version"));
	}
}

/* A file stays a file: by its name, or by what is in it. */
static void
test_files(void **state)
{
	struct kit *k = *state;

	kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=e\n\n"
		     "--e\n\nhi\n" FILE("saved.eml.asc") FILE("notes.asc")
			     FILE("log.asc") "--e--\n");
	kit_open(k, 0, SOURCE_FILE, INSIDE);
	kit_open(k, 1, SOURCE_FILE, "a\n\nContent-Type: text/plain\n");
	kit_open(k, 2, SOURCE_FILE, "Host: x\n\nContent-Type: text/plain\n");
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">application/octet-stream sealed, "
		">>application/octet-stream attachment, "
		">application/octet-stream sealed, "
		">>application/octet-stream attachment, "
		">application/octet-stream sealed, "
		">>application/octet-stream attachment");
	assert_int_equal(k->r.repairs_count, 0);
	assert_string_equal(k->r.new_text, "hi\n");
}

/* The ciphertext was cut out: it is said, the mail is not taken for clear. */
static void
test_no_ciphertext(void **state)
{
	struct kit *k = *state;

	kit_read(k, ENCRYPTED VERSION "--e--\n");
	assert_int_equal(k->r.sealed_count, 1);
	assert_int_equal(k->r.sealed[0].kind, SEALED_PGP_ENCRYPTED);
	assert_true(k->r.sealed[0].whole);
	assert_int_equal(k->r.sealed[0].payload_len, 0);
	kit_open(k, 0, SOURCE_FAILED, NULL);
	assert_int_equal(k->r.sealed[0].state, SEALED_FAILED);
	assert_string_equal(k->r.new_text, "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_nothing_to_repair),
		T(test_exchange), T(test_no_version), T(test_files),
		T(test_no_ciphertext)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
