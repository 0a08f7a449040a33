/* Keys that strangers send: looked at in a home of their own, or refused. */
#include "crypto_kit.h"

#include <dirent.h>

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
is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n++;
	closedir(dir);
	return n == 2;
}

static void
test_one_public_key_is_told_about(void **state)
{
	struct vault *v = *state;
	struct key_facts k;

	must(v,
		engine_examine(
			&v->o, vault_file(v, "faye.pub.asc"), v->a, &k, &v->e));
	assert_int_equal(k.protocol, PROTOCOL_OPENPGP);
	assert_string_equal(k.fingerprint, vault_fingerprint(v, "faye.fpr"));
	assert_string_equal(k.address, "faye@finder.test");
	assert_true(k.usable);
	assert_false(k.revoked);
	assert_int_equal(k.expires, 0);
	assert_true(k.created > 0 && k.created <= clock_now());
	/* What is kept is the same key, and minimal already. */
	must(v, engine_examine(&v->o, span_of(k.minimal), v->a, &k, &v->e));
	assert_string_equal(k.fingerprint, vault_fingerprint(v, "faye.fpr"));
	assert_true(is_empty(v->scratch));
}

static void
test_an_expired_key_is_not_usable(void **state)
{
	struct vault *v = *state;
	struct key_facts k;

	must(v,
		engine_examine(&v->o, vault_file(v, "felix.pub.asc"), v->a, &k,
			&v->e));
	assert_true(k.expires > 0 && k.expires < clock_now());
	assert_false(k.usable);
	assert_false(k.revoked);
}

static void
refused(struct vault *v, struct span key, const char *why)
{
	struct key_facts k;

	assert_int_equal(engine_examine(&v->o, key, v->a, &k, &v->e), -1);
	if (v->e.kind != ERR_PERMANENT || strstr(v->e.text, why) == NULL)
		fail_msg("%s: %s", why, v->e.text);
	assert_true(is_empty(v->scratch));
}

static void
test_anything_else_is_refused(void **state)
{
	struct vault *v = *state;
	struct buf b = BUF_INIT(2 * KEY_MAX);

	refused(v, vault_file(v, "faye.sec.asc"), "a secret key");
	refused(v, SPAN(""), "no OpenPGP key");
	refused(v, SPAN("words\n"), "no OpenPGP key");
	refused(v, vault_file(v, "sam.crt"), "no OpenPGP key");
	buf_span(&b, vault_file(v, "faye.pub.asc"));
	refused(v, (struct span){b.data, b.len / 2}, "no ");
	buf_span(&b, vault_file(v, "alice.pub.asc"));
	refused(v, buf_view(&b), "more than one key");
	while (b.len <= KEY_MAX)
		buf_putc(&b, '\n');
	refused(v, buf_view(&b), "larger than 65536 bytes");
	buf_release(&b);
}

static void
test_a_certificate_is_told_about(void **state)
{
	struct vault *v = *state;
	struct key_facts k, again;

	must(v, cms_examine(vault_file(v, "sam.crt"), v->a, &k, &v->e));
	assert_int_equal(k.protocol, PROTOCOL_SMIME);
	assert_string_equal(
		k.fingerprint, vault_fingerprint(v, "sam.smime.fpr"));
	assert_string_equal(k.address, "sam@finder.test");
	assert_true(k.usable);
	assert_true(k.created <= clock_now() && k.expires > clock_now());
	must(v, cms_examine(span_of(k.minimal), v->a, &again, &v->e));
	assert_string_equal(again.fingerprint, k.fingerprint);
	/* It signs others; nobody encrypts to it. */
	must(v, cms_examine(vault_file(v, "ca.crt"), v->a, &k, &v->e));
	assert_false(k.usable);
	assert_string_equal(k.address, "");
}

static void
test_a_certificate_is_found_among_others(void **state)
{
	struct vault *v = *state;
	const char *ca = vault_fingerprint(v, "ca.smime.fpr");
	struct buf b = BUF_INIT(KEY_MAX);
	struct key_facts k;

	buf_span(&b, vault_file(v, "sam.crt"));
	assert_int_equal(cms_find(buf_view(&b), ca, v->a, &k, &v->e), -1);
	assert_int_equal(v->e.kind, ERR_PERMANENT);
	buf_span(&b, vault_file(v, "ca.crt"));
	must(v, cms_find(buf_view(&b), ca, v->a, &k, &v->e));
	assert_string_equal(k.fingerprint, ca);
	/* Whichever is the first. */
	must(v, cms_find(buf_view(&b), "", v->a, &k, &v->e));
	assert_string_equal(
		k.fingerprint, vault_fingerprint(v, "sam.smime.fpr"));
	buf_release(&b);
}

static void
test_what_is_no_certificate_is_refused(void **state)
{
	struct vault *v = *state;
	struct span pem = vault_file(v, "sam.crt");
	const struct span texts[] = {SPAN(""), SPAN("words"),
		SPAN("-----BEGIN CERTIFICATE-----\nAAAA\n"
		     "-----END CERTIFICATE-----\n"),
		{pem.data, pem.len / 2}, vault_file(v, "faye.pub.asc")};
	struct key_facts k;
	size_t i;

	for (i = 0; i < countof(texts); i++) {
		assert_int_equal(cms_examine(texts[i], v->a, &k, &v->e), -1);
		assert_int_equal(v->e.kind, ERR_PERMANENT);
	}
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_one_public_key_is_told_about),
		T(test_an_expired_key_is_not_usable),
		T(test_anything_else_is_refused),
		T(test_a_certificate_is_told_about),
		T(test_a_certificate_is_found_among_others),
		T(test_what_is_no_certificate_is_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
