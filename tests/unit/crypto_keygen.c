/* The service's own keys: made, or taken over; and what is told of them. */
#include "crypto_kit.h"

#include "crypto/cms.h"

static int
setup(void **state)
{
	*state = vault_bare();
	return 0;
}

static int
teardown(void **state)
{
	vault_free(*state);
	return 0;
}

static bool
is_fingerprint(const char *text)
{
	return strlen(text) == 40 &&
		strspn(text, "0123456789ABCDEF") == strlen(text);
}

static void
test_a_key_is_made(void **state)
{
	struct vault *v = *state;
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48];
	struct key_facts k;

	must(v,
		keygen_openpgp(v->home, "Example <security@example.com>",
			fingerprint, &public, &v->e));
	assert_true(is_fingerprint(fingerprint));
	/* One public key, without its secret half, that can encrypt. */
	must(v, engine_examine(&v->o, buf_view(&public), v->a, &k, &v->e));
	assert_string_equal(k.fingerprint, fingerprint);
	assert_string_equal(k.address, "security@example.com");
	assert_int_equal(k.expires, 0);
	assert_true(k.usable);
	assert_false(k.revoked);
	buf_release(&public);
}

static void
test_an_openpgp_key_is_taken_over(void **state)
{
	struct vault *v = *state;
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48];
	struct key_facts k;

	must(v,
		keygen_import_openpgp(v->home, KEYS "service.sec.asc",
			fingerprint, &public, &v->e));
	assert_string_equal(fingerprint, vault_fingerprint(v, "service.fpr"));
	must(v, engine_examine(&v->o, buf_view(&public), v->a, &k, &v->e));
	assert_string_equal(k.fingerprint, fingerprint);
	buf_release(&public);
}

/* Our own certificate first, then its authority's. */
static void
test_a_certificate_is_taken_over(void **state)
{
	struct vault *v = *state;
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48];
	struct key_facts k;

	must(v,
		keygen_import_smime(v->home, KEYS "service.p12", "",
			fingerprint, &public, &v->e));
	assert_string_equal(
		fingerprint, vault_fingerprint(v, "service.smime.fpr"));
	must(v, cms_examine(buf_view(&public), v->a, &k, &v->e));
	assert_string_equal(k.fingerprint, fingerprint);
	must(v,
		cms_find(buf_view(&public),
			vault_fingerprint(v, "ca.smime.fpr"), v->a, &k, &v->e));
	buf_release(&public);
}

/* PBES2, RC2 of before, and a key on a curve: gpgsm reads none of them. */
static void
test_every_form_of_container_is_taken_over(void **state)
{
	static const char *const files[][2] = {{"service.pfx", "service"},
		{"service-ec.pfx", "service-ec"}, {"sam.old.pfx", "sam"}};
	struct vault *v = *state;
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48], path[80];
	size_t i;

	for (i = 0; i < countof(files); i++) {
		snprintf(path, sizeof(path), KEYS "%s", files[i][0]);
		assert_int_equal(keygen_import_smime(v->home, path, "fixture",
					 fingerprint, &public, &v->e),
			1);
		assert_string_equal(fingerprint,
			vault_fingerprint(v,
				arena_printf(
					v->a, "%s.smime.fpr", files[i][1])));
		/* Once more is no harm; with another passphrase it is said. */
		assert_int_equal(keygen_import_smime(v->home, path, "fixture",
					 fingerprint, &public, &v->e),
			1);
		assert_int_equal(keygen_import_smime(v->home, path, "fixtures",
					 fingerprint, &public, &v->e),
			0);
		assert_int_equal(keygen_import_smime(v->home, path, "",
					 fingerprint, &public, &v->e),
			0);
	}
	buf_release(&public);
}

/* What is no key, or only a public one, is the administrator's to mend. */
static void
test_a_file_without_a_secret_key_is_refused(void **state)
{
	static const char *const files[] = {
		KEYS "service.fpr", KEYS "alice.pub.asc", KEYS "none"};
	struct vault *v = *state;
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48];
	size_t i;

	for (i = 0; i < countof(files); i++) {
		assert_int_equal(keygen_import_openpgp(v->home, files[i],
					 fingerprint, &public, &v->e),
			-1);
		assert_int_equal(v->e.kind, ERR_PERMANENT);
	}
	assert_int_equal(keygen_import_smime(v->home, KEYS "service.fpr", "",
				 fingerprint, &public, &v->e),
		-1);
	assert_int_equal(v->e.kind, ERR_PERMANENT);
	assert_non_null(strstr(v->e.text, "it is not a PKCS#12 file"));
	buf_release(&public);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_a_key_is_made),
		T(test_an_openpgp_key_is_taken_over),
		T(test_a_certificate_is_taken_over),
		T(test_every_form_of_container_is_taken_over),
		T(test_a_file_without_a_secret_key_is_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
