/* Mails of every kind, opened: what became of them, and who has signed. */
#include "opening_kit.h"

#include "crypto/cms.h"

#define WORDS "The importer reads past the end of its buffer"
#define MAIL_MAX (4 << 20)

static const struct mail_case {
	const char *mail;
	enum encrypted_extent encrypted;
	enum seal_problem problem;
	/* "faye.fpr: good all": who is believed to have signed, or NULL. */
	const char *signer;
	enum signature_status status;
	enum signature_covers covers;
} mails[] = {
	{"plain", ENCRYPTED_NONE, 0, NULL, 0, 0},
	{"pgp-encrypted", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"pgp-encrypted-signed", ENCRYPTED_ALL, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"pgp-signed-inside", ENCRYPTED_ALL, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"pgp-signed", ENCRYPTED_NONE, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"pgp-signed-part", ENCRYPTED_NONE, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_PART},
	{"pgp-signed-key-expired", ENCRYPTED_NONE, 0, "felix.fpr",
		SIGNATURE_KEY_EXPIRED, COVERS_ALL},
	{"pgp-hidden-recipient", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"pgp-two-recipients", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"pgp-old-key", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"inline-encrypted", ENCRYPTED_ALL, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_PART},
	{"inline-clearsigned", ENCRYPTED_NONE, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_PART},
	{"inline-two-blocks", ENCRYPTED_PART, 0, NULL, 0, 0},
	{"pgp-wrong-key", ENCRYPTED_ALL, PROBLEM_WRONG_KEY, NULL, 0, 0},
	{"pgp-damaged", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-truncated", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-cut-off", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-no-integrity", ENCRYPTED_ALL, PROBLEM_NO_INTEGRITY, NULL, 0, 0},
	{"pgp-v6", ENCRYPTED_ALL, PROBLEM_UNSUPPORTED, NULL, 0, 0},
	{"pgp-ocb", ENCRYPTED_ALL, PROBLEM_UNSUPPORTED, NULL, 0, 0},
	{"pgp-ocb-damaged", ENCRYPTED_ALL, PROBLEM_UNSUPPORTED, NULL, 0, 0},
	{"pgp-password", ENCRYPTED_ALL, PROBLEM_PASSWORD, NULL, 0, 0},
	{"pgp-many-keys", ENCRYPTED_ALL, PROBLEM_TOO_MANY_KEYS, NULL, 0, 0},
	{"pgp-bomb", ENCRYPTED_ALL, PROBLEM_TOO_LARGE, NULL, 0, 0},
	{"pgp-not-sealed", ENCRYPTED_ALL, PROBLEM_NOT_SEALED, NULL, 0, 0},
	{"pgp-sandwich", ENCRYPTED_PART, 0, NULL, 0, 0},
	{"pgp-only-signed", ENCRYPTED_NONE, 0, "faye.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"pgp-literal-before", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-literal-after", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-two-messages", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-two-literals", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"pgp-status-in-name", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"pgp-hidden-500", ENCRYPTED_ALL, PROBLEM_TOO_MANY_KEYS, NULL, 0, 0},
	{"pgp-password-first", ENCRYPTED_ALL, PROBLEM_PASSWORD, NULL, 0, 0},
	{"smime-enveloped", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-signed", ENCRYPTED_NONE, 0, "sam.smime.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"smime-signed-opaque", ENCRYPTED_NONE, 0, "sam.smime.fpr",
		SIGNATURE_GOOD, COVERS_ALL},
	{"smime-signed-enveloped", ENCRYPTED_ALL, 0, "sam.smime.fpr",
		SIGNATURE_GOOD, COVERS_ALL},
	{"smime-wrong-key", ENCRYPTED_ALL, PROBLEM_WRONG_KEY, NULL, 0, 0},
	{"smime-truncated", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"smime-gcm", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-gcm-damaged", ENCRYPTED_ALL, PROBLEM_DAMAGED, NULL, 0, 0},
	{"smime-oaep", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-oaep-sha256", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-oaep-label", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-oaep-gcm", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-ecdh", ENCRYPTED_ALL, 0, NULL, 0, 0},
	{"smime-many-keys", ENCRYPTED_ALL, PROBLEM_TOO_MANY_KEYS, NULL, 0, 0},
	{"smime-signed-pss", ENCRYPTED_NONE, 0, "sam.smime.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"smime-signed-ec", ENCRYPTED_NONE, 0, "erin.smime.fpr", SIGNATURE_GOOD,
		COVERS_ALL},
	{"smime-signed-sha1", ENCRYPTED_NONE, 0, "sam.smime.fpr",
		SIGNATURE_WEAK, COVERS_ALL},
};

static struct vault *v;

/* One vault for all: nothing that is opened may change it. */
static int
group_setup(void **state)
{
	static const char *const names[] = {"service.pub.asc",
		"service-old.pub.asc", "service.crt", "service-ec.crt",
		"faye.pub.asc", "felix.pub.asc", "sam.crt", NULL};

	(void)state;
	v = vault_bare();
	vault_secrets(v);
	vault_open(v, names);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	vault_free(v);
	return 0;
}

static struct span
fixture(struct kit *k, const char *name)
{
	struct buf b = BUF_INIT(MAIL_MAX);
	struct span s;
	char path[128];

	snprintf(path, sizeof(path), "build/fixtures/mail/%s.eml", name);
	must(v, fs_read_file(path, &b, &v->e));
	s = (struct span){arena_dup(k->arena, b.data, b.len), b.len};
	buf_release(&b);
	return s;
}

static void
check_signer(const struct mail_case *c, const struct verdict *verdict)
{
	const struct signature *s = verdict->signatures;
	bool believed = c->status == SIGNATURE_GOOD && c->covers == COVERS_ALL;

	assert_int_equal(verdict->count, c->signer != NULL);
	if (c->signer == NULL) {
		assert_null(verdict_signer(verdict));
		return;
	}
	assert_string_equal(s->fingerprint, vault_fingerprint(v, c->signer));
	assert_int_equal(s->status, c->status);
	assert_int_equal(s->covers, c->covers);
	assert_true(s->made > 0 && s->made <= clock_now());
	assert_int_equal(strncmp(s->digest, "SHA", 3), 0);
	assert_ptr_equal(verdict_signer(verdict), believed ? s : NULL);
}

static void
check_mail(struct kit *k, const struct mail_case *c)
{
	struct opening o;
	bool shown;

	opening_begin(&o, v, k);
	must(v, opening_open(&o, fixture(k, c->mail)));
	if (o.verdict.problem != c->problem)
		print_message("# %s: %s\n", c->mail, o.verdict.detail);
	assert_int_equal(o.verdict.encrypted, c->encrypted);
	assert_string_equal(seal_problem_name(o.verdict.problem),
		seal_problem_name(c->problem));
	assert_int_equal(o.verdict.opened, c->problem == PROBLEM_NONE);
	check_signer(c, &o.verdict);
	shown = strstr(k->r.new_text, WORDS) != NULL;
	assert_int_equal(shown, c->problem == PROBLEM_NONE);
	assert_int_equal(
		o.verdict.key_expired, strcmp(c->mail, "pgp-old-key") == 0);
}

static void
test_mails(void **state)
{
	size_t i;

	for (i = 0; i < countof(mails); i++) {
		print_message("# %s\n", mails[i].mail);
		check_mail(*state, &mails[i]);
	}
}

/* Whoever altered it, a signature says so. */
static void
test_altered_mails_are_badly_signed(void **state)
{
	static const char *const names[] = {
		"pgp-signed-altered", "smime-signed-altered"};
	struct opening o;
	size_t i;

	for (i = 0; i < countof(names); i++) {
		opening_begin(&o, v, *state);
		must(v, opening_open(&o, fixture(*state, names[i])));
		assert_int_equal(o.verdict.count, 1);
		assert_int_equal(o.verdict.signatures[0].status, SIGNATURE_BAD);
		assert_null(verdict_signer(&o.verdict));
	}
}

/* Not a byte more than is allowed comes out, and nothing of it is read. */
static void
test_what_is_too_large_is_not_opened(void **state)
{
	static const char *const names[] = {"smime-enveloped", "smime-gcm",
		"smime-signed-opaque", "pgp-encrypted"};
	struct opening o;
	size_t i;

	for (i = 0; i < countof(names); i++) {
		print_message("# %s\n", names[i]);
		opening_begin(&o, v, *state);
		o.max = 100;
		must(v, opening_open(&o, fixture(*state, names[i])));
		assert_null(strstr(o.k->r.new_text, WORDS));
		assert_null(verdict_signer(&o.verdict));
		o.max = OPENED_MAX;
		must(v, opening_open(&o, fixture(*state, names[i])));
		assert_non_null(strstr(o.k->r.new_text, WORDS));
	}
}

/* What is signed otherwise than RFC 8551 wants it proves nothing. */
static void
test_doubtful_signatures_of_cms(void **state)
{
	static const struct {
		const char *mail;
		size_t count;
		enum signature_status status;
		enum signature_covers covers;
	} cases[] = {
		{"smime-signed-two", 2, SIGNATURE_GOOD, COVERS_ALL},
		{"smime-signed-bare", 1, SIGNATURE_ERROR, COVERS_ALL},
		{"smime-signed-other-content", 1, SIGNATURE_ERROR,
			COVERS_NOTHING},
	};
	struct opening o;
	size_t i;

	for (i = 0; i < countof(cases); i++) {
		print_message("# %s\n", cases[i].mail);
		opening_begin(&o, v, *state);
		must(v, opening_open(&o, fixture(*state, cases[i].mail)));
		assert_int_equal(o.verdict.count, cases[i].count);
		assert_int_equal(
			o.verdict.signatures[0].status, cases[i].status);
		assert_int_equal(
			o.verdict.signatures[0].covers, cases[i].covers);
		assert_null(verdict_signer(&o.verdict));
		assert_null(o.verdict.certificate.pem);
	}
}

/* EFAIL: blocks of CBC can be exchanged, unless a signature within is good. */
static void
test_what_could_have_been_exchanged_is_marked(void **state)
{
	static const struct {
		const char *mail;
		bool malleable;
	} cases[] = {{"smime-enveloped", true}, {"smime-oaep", true},
		{"smime-enveloped-signed", true}, {"smime-gcm", false},
		{"smime-signed-enveloped", false},
		{"smime-opaque-enveloped", false}, {"smime-signed", false},
		{"pgp-encrypted", false}};
	struct opening o;
	size_t i;

	for (i = 0; i < countof(cases); i++) {
		print_message("# %s\n", cases[i].mail);
		opening_begin(&o, v, *state);
		must(v, opening_open(&o, fixture(*state, cases[i].mail)));
		assert_int_equal(o.verdict.malleable, cases[i].malleable);
	}
}

/* A signed mail introduces its sender's certificate, and says who issued it. */
static void
test_a_signature_brings_its_certificate(void **state)
{
	struct opening o;
	struct key_facts k;

	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "smime-signed")));
	must(v,
		cms_examine_apart(&v->o, span_of(o.verdict.certificate.pem),
			v->a, &k, &v->e));
	assert_string_equal(
		k.fingerprint, vault_fingerprint(v, "sam.smime.fpr"));
	assert_string_equal(o.verdict.certificate.address, "sam@finder.test");
	assert_true(o.verdict.certificate.expires > clock_now());
	assert_string_equal(o.verdict.signatures[0].chain,
		"CN=Sam Finder,O=Test < CN=Test CA,O=Test");
	assert_true(o.verdict.signatures[0].chain_complete);
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "smime-signed-altered")));
	assert_null(o.verdict.certificate.pem);
}

/* The analyst tells the finder which keys they were. */
static void
test_keys_that_we_do_not_hold_are_named(void **state)
{
	struct opening o;

	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-wrong-key")));
	assert_int_equal(strncmp(o.verdict.detail, "encrypted to ", 13), 0);
	assert_string_equal(o.verdict.detail + 13 + 16, " (not known here)");
	/* What we know of them, and why it was not even tried. */
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-v6")));
	assert_non_null(strstr(o.verdict.detail, "SEIPD version 2"));
	assert_non_null(strstr(o.verdict.detail, "; encrypted to "));
	assert_non_null(
		strstr(o.verdict.detail, vault_fingerprint(v, "service.fpr")));
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-ocb")));
	assert_non_null(strstr(o.verdict.detail, "OCB, packet 20"));
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-many-keys")));
	assert_non_null(strstr(o.verdict.detail, "whose ID is hidden, "));
	assert_non_null(strstr(o.verdict.detail, " and 33 more"));
}

static const char *
explain(struct kit *k, const char *fingerprint)
{
	const struct engine_operations *engine = &engines[PROTOCOL_OPENPGP];

	return engine->explain_key(
		v->g, fingerprint + strlen(fingerprint) - 16, k->arena);
}

/* What is wrong with one that is known. */
static void
test_keys_are_explained(void **state)
{
	const char *ours = vault_fingerprint(v, "service.fpr");
	const char *old = vault_fingerprint(v, "service-old.fpr");
	const char *felix = vault_fingerprint(v, "felix.fpr");

	assert_string_equal(explain(*state, ours),
		arena_printf(v->a, "key %s, not for encryption", ours));
	assert_non_null(strstr(explain(*state, old), ", expired 20"));
	assert_non_null(strstr(explain(*state, felix), ", expired 20"));
	assert_null(explain(*state, "0123456789ABCDEF"));
	assert_null(engines[PROTOCOL_SMIME].explain_key);
}

/* GnuPG says "no secret key" when it means "no agent". */
static void
test_without_the_agent_nothing_is_the_mails_fault(void **state)
{
	static const char *const names[] = {"pgp-encrypted",
		"pgp-encrypted-signed", "inline-encrypted", "smime-enveloped",
		"smime-signed-enveloped"};
	struct opening o;
	size_t i;

	vault_stop_agent(v);
	for (i = 0; i < countof(names); i++) {
		opening_begin(&o, v, *state);
		assert_int_equal(
			opening_open(&o, fixture(*state, names[i])), -1);
		assert_int_equal(v->e.kind, ERR_TEMPORARY);
		assert_string_equal(v->e.status, "4.3.0");
	}
	/* Who has only signed needs none. */
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-signed")));
	assert_non_null(verdict_signer(&o.verdict));
	vault_start_agent(v);
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, fixture(*state, "pgp-encrypted")));
	assert_true(o.verdict.opened);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_mails),
		T(test_altered_mails_are_badly_signed),
		T(test_what_is_too_large_is_not_opened),
		T(test_doubtful_signatures_of_cms),
		T(test_what_could_have_been_exchanged_is_marked),
		T(test_a_signature_brings_its_certificate),
		T(test_keys_that_we_do_not_hold_are_named),
		T(test_keys_are_explained),
		T(test_without_the_agent_nothing_is_the_mails_fault)};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
