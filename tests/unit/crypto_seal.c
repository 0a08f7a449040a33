/* What is sealed here is opened again, whole, and signed by us. */
#include "opening_kit.h"

#include "crypto/seal.h"

#define WORDS "Words for one reader only."
#define ENTITY \
	"Content-Type: text/plain; charset=utf-8; hp=\"cipher\"\r\n" \
	"Subject: what it is about\r\n\r\n" WORDS "\r\n-- \r\nFrom here\r\n"
#define OUTER "Subject: [EX-2026-0001] message\r\nX-Test: yes\r\n"
#define SEALED_MAX (1 << 20)

static struct vault *v;
static const char *owns[PROTOCOL__COUNT]; /* fingerprints */

static int
group_setup(void **state)
{
	static const char *const names[] = {"service.pub.asc", "service.crt",
		"service-ec.crt", "felix.pub.asc", "sam.crt", NULL};

	(void)state;
	v = vault_bare();
	vault_secrets(v);
	vault_open(v, names);
	owns[PROTOCOL_OPENPGP] = vault_fingerprint(v, "service.fpr");
	owns[PROTOCOL_SMIME] = vault_fingerprint(v, "service.smime.fpr");
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	vault_free(v);
	return 0;
}

static int
memory_file(struct span text)
{
	int fd;

	must(v, fs_memory_file("test", &fd, &v->e));
	must(v, fs_write_all(fd, text.data, text.len, &v->e));
	return fd;
}

/* ENTITY, sealed as R says, into OUT. */
static int
seal_entity(struct seal_request r, struct buf *out)
{
	struct span entity = SPAN(ENTITY);
	int fd, result;

	r.outer = SPAN(OUTER);
	r.entity = (struct crypto_input){
		.fd = memory_file(entity), .len = (int64_t)entity.len};
	must(v, fs_memory_file("sealed", &fd, &v->e));
	result = seal(v->g, &r, fd, &v->e);
	if (result == 0)
		must(v, fs_read_fd(fd, "sealed", out, &v->e));
	close(r.entity.fd);
	close(fd);
	return result;
}

static void
is_mail(const struct buf *mail)
{
	size_t i;

	for (i = 0; i < mail->len; i++) {
		assert_true((unsigned char)mail->data[i] < 0x80);
		assert_true((mail->data[i] == '\n') ==
			(i > 0 && mail->data[i - 1] == '\r'));
	}
	assert_ptr_equal(
		strstr(mail->data, OUTER "MIME-Version: 1.0\r\n"), mail->data);
}

static void
test_a_sealed_message_is_opened_again(void **state)
{
	struct buf mail = BUF_INIT(SEALED_MAX);
	struct opening o;
	int p;

	for (p = 0; p < PROTOCOL__COUNT; p++) {
		must(v,
			seal_entity(
				(struct seal_request){
					.protocol = (enum protocol)p,
					.signer = owns[p],
					.recipient = owns[p]},
				&mail));
		is_mail(&mail);
		assert_null(strstr(mail.data, "Words"));
		assert_null(strstr(mail.data, "about"));
		opening_begin(&o, v, *state);
		must(v, opening_open(&o, buf_view(&mail)));
		assert_int_equal(o.verdict.encrypted, ENCRYPTED_ALL);
		assert_true(o.verdict.opened);
		assert_non_null(verdict_signer(&o.verdict));
		assert_string_equal(
			verdict_signer(&o.verdict)->fingerprint, owns[p]);
		assert_non_null(strstr(o.k->r.new_text, WORDS));
		buf_clear(&mail);
	}
	buf_release(&mail);
}

static void
test_in_clear_it_is_only_signed(void **state)
{
	struct buf mail = BUF_INIT(SEALED_MAX);
	struct opening o;
	int p;

	for (p = 0; p < PROTOCOL__COUNT; p++) {
		must(v,
			seal_entity(
				(struct seal_request){
					.protocol = (enum protocol)p,
					.signer = owns[p]},
				&mail));
		is_mail(&mail);
		/* The entity is in it as it was. */
		assert_non_null(strstr(mail.data, ENTITY));
		opening_begin(&o, v, *state);
		must(v, opening_open(&o, buf_view(&mail)));
		assert_int_equal(o.verdict.encrypted, ENCRYPTED_NONE);
		assert_non_null(verdict_signer(&o.verdict));
		assert_string_equal(
			verdict_signer(&o.verdict)->fingerprint, owns[p]);
		buf_clear(&mail);
	}
	buf_release(&mail);
}

/* Our certificate may be on a curve, and theirs. */
static void
test_a_certificate_on_a_curve_serves(void **state)
{
	const char *own = vault_fingerprint(v, "service-ec.smime.fpr");
	struct buf mail = BUF_INIT(SEALED_MAX);
	struct opening o;

	must(v,
		seal_entity((struct seal_request){.protocol = PROTOCOL_SMIME,
				    .signer = own,
				    .recipient = own},
			&mail));
	opening_begin(&o, v, *state);
	must(v, opening_open(&o, buf_view(&mail)));
	assert_int_equal(o.verdict.encrypted, ENCRYPTED_ALL);
	assert_non_null(strstr(o.k->r.new_text, WORDS));
	assert_non_null(verdict_signer(&o.verdict));
	assert_string_equal(verdict_signer(&o.verdict)->fingerprint, own);
	buf_release(&mail);
}

/* Neither encrypted nor signed: the entity as it is. */
static void
test_without_keys_it_is_as_it_was(void **state)
{
	struct buf mail = BUF_INIT(SEALED_MAX);

	(void)state;
	must(v, seal_entity((struct seal_request){.signer = NULL}, &mail));
	assert_string_equal(mail.data, OUTER "MIME-Version: 1.0\r\n" ENTITY);
	buf_clear(&mail);
	/* What is encrypted is signed, too. */
	assert_int_equal(
		seal_entity((struct seal_request){.protocol = PROTOCOL_SMIME,
				    .recipient = owns[PROTOCOL_SMIME]},
			&mail),
		-1);
	buf_release(&mail);
}

/* A key is missing or has expired: the letter waits, it is not sent. */
static void
test_without_a_usable_key_there_is_no_message(void **state)
{
	const struct {
		enum protocol protocol;
		const char *recipient;
	} rows[] = {
		{PROTOCOL_OPENPGP, vault_fingerprint(v, "alice.fpr")},
		{PROTOCOL_OPENPGP, vault_fingerprint(v, "felix.fpr")},
		{PROTOCOL_SMIME, vault_fingerprint(v, "bob.smime.fpr")},
		{PROTOCOL_SMIME, vault_fingerprint(v, "ca.smime.fpr")},
	};
	struct buf mail = BUF_INIT(SEALED_MAX);
	size_t i;

	(void)state;
	for (i = 0; i < countof(rows); i++) {
		assert_int_equal(
			seal_entity(
				(struct seal_request){
					.protocol = rows[i].protocol,
					.signer = owns[rows[i].protocol],
					.recipient = rows[i].recipient},
				&mail),
			-1);
		assert_int_equal(v->e.kind, ERR_PERMANENT);
		assert_string_equal(v->e.status, "5.7.5");
		assert_non_null(strstr(v->e.text, rows[i].recipient));
	}
	buf_release(&mail);
}

/* Our own key is ours to mend: the letter is tried again. */
static void
test_without_our_own_key_it_is_tried_again(void **state)
{
	struct seal_request r = {.protocol = PROTOCOL_OPENPGP,
		.signer = vault_fingerprint(v, "alice.fpr"),
		.recipient = owns[PROTOCOL_OPENPGP]};
	struct buf mail = BUF_INIT(SEALED_MAX);

	(void)state;
	assert_int_equal(seal_entity(r, &mail), -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	r.recipient = NULL;
	assert_int_equal(seal_entity(r, &mail), -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	r.signer = owns[PROTOCOL_OPENPGP];
	vault_stop_agent(v);
	assert_int_equal(seal_entity(r, &mail), -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	vault_start_agent(v);
	must(v, seal_entity(r, &mail));
	buf_release(&mail);
}

static void
test_at_rest_bytes_come_back(void **state)
{
	struct span text = SPAN("Any \0 bytes,\r\nand \xff.\n");
	struct crypto_input in = {
		.fd = memory_file(text), .len = (int64_t)text.len};
	struct crypto_output out = {.max = SEALED_MAX};
	struct crypto_output again = {.max = SEALED_MAX};
	struct buf b = BUF_INIT(SEALED_MAX);
	struct unsealed u;

	(void)state;
	must(v, fs_memory_file("cipher", &out.fd, &v->e));
	must(v, fs_memory_file("plain", &again.fd, &v->e));
	must(v, seal_at_rest(v->g, owns[PROTOCOL_OPENPGP], &in, &out, &v->e));
	must(v, fs_read_fd(out.fd, "cipher", &b, &v->e));
	assert_int_equal(b.len, out.written);
	assert_null(memmem(b.data, b.len, "bytes", 5));
	close(in.fd);
	in = (struct crypto_input){.fd = out.fd, .len = out.written};
	must(v,
		engines[PROTOCOL_OPENPGP].decrypt(
			v->g, &in, &again, v->a, &u, &v->e));
	assert_int_equal(u.problem, PROBLEM_NONE);
	assert_int_equal(u.count, 0);
	buf_clear(&b);
	must(v, fs_read_fd(again.fd, "plain", &b, &v->e));
	assert_int_equal(b.len, text.len);
	assert_memory_equal(b.data, text.data, text.len);
	close(out.fd);
	close(again.fd);
	buf_release(&b);
}

/* A letter behind it is text all the same. */
static void
test_after_bytes_at_rest_a_letter_is_text(void **state)
{
	struct buf mail = BUF_INIT(SEALED_MAX);

	test_at_rest_bytes_come_back(state);
	must(v,
		seal_entity(
			(struct seal_request){.signer = owns[PROTOCOL_OPENPGP]},
			&mail));
	is_mail(&mail);
	buf_release(&mail);
}

/* What is larger than it may be is not written, and says so. */
static void
test_output_has_a_ceiling(void **state)
{
	struct span text = SPAN(ENTITY ENTITY ENTITY ENTITY ENTITY ENTITY);
	struct crypto_input in = {
		.fd = memory_file(text), .len = (int64_t)text.len};
	struct crypto_output out = {.max = SEALED_MAX};
	struct crypto_output small = {.max = (int64_t)text.len - 1};
	struct unsealed u;

	(void)state;
	must(v, fs_memory_file("cipher", &out.fd, &v->e));
	must(v, fs_memory_file("plain", &small.fd, &v->e));
	must(v, seal_at_rest(v->g, owns[PROTOCOL_OPENPGP], &in, &out, &v->e));
	close(in.fd);
	in = (struct crypto_input){.fd = out.fd, .len = out.written};
	must(v,
		engines[PROTOCOL_OPENPGP].decrypt(
			v->g, &in, &small, v->a, &u, &v->e));
	assert_int_equal(u.problem, PROBLEM_TOO_LARGE);
	close(out.fd);
	close(small.fd);
}

/* A gpg that somebody kills as soon as it shall do WORK, in PROGRAMS. */
static void
killed_gpg(const char *programs, const char *work)
{
	char path[128], text[1024];

	snprintf(text, sizeof(text),
		"#!/bin/sh\ncase \" $* \" in\n"
		"*\" %s \"*) kill -KILL $$ ;;\nesac\nexec %s/gpg \"$@\"\n",
		work, v->o.programs);
	snprintf(path, sizeof(path), "%s/gpg", programs);
	must(v, fs_make_dirs(programs, 0700, &v->e));
	must(v,
		fs_replace_file(
			path, (struct span){text, strlen(text)}, 0700, &v->e));
}

static struct engine *
engine_that_dies(const char *work)
{
	struct engine_options o = v->o;
	struct engine *g;
	char programs[64];

	snprintf(programs, sizeof(programs), "%s/killed", v->dir);
	killed_gpg(programs, work);
	o.programs = programs;
	assert_non_null(g = engine_open(&o, &v->e));
	return g;
}

/* GPGME calls it a success; the mail would be lost. */
static void
test_a_killed_gpg_has_sealed_nothing(void **state)
{
	struct crypto_input in = {.len = sizeof(WORDS) - 1};
	struct crypto_output out = {.max = SEALED_MAX};
	struct engine *g = engine_that_dies("--encrypt");

	(void)state;
	in.fd = memory_file(SPAN(WORDS));
	must(v, fs_memory_file("sealed", &out.fd, &v->e));
	assert_int_equal(
		seal_at_rest(g, owns[PROTOCOL_OPENPGP], &in, &out, &v->e), -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	assert_string_equal(v->e.text, "encrypt: gpg ended before it was done");
	engine_close(&g);

	g = engine_that_dies("--detach");
	assert_int_equal(
		seal_at_rest(g, owns[PROTOCOL_OPENPGP], &in, &out, &v->e), 0);
	engine_close(&g);
	close(in.fd);
	close(out.fd);
}

static void
test_a_killed_gpg_has_signed_nothing(void **state)
{
	struct engine *own = v->g;
	struct buf out = BUF_INIT(SEALED_MAX);

	(void)state;
	v->g = engine_that_dies("--detach");
	assert_int_equal(
		seal_entity((struct seal_request){.protocol = PROTOCOL_OPENPGP,
				    .signer = owns[PROTOCOL_OPENPGP]},
			&out),
		-1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	engine_close(&v->g);
	v->g = own;
	buf_release(&out);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_sealed_message_is_opened_again),
		T(test_in_clear_it_is_only_signed),
		T(test_a_certificate_on_a_curve_serves),
		T(test_without_keys_it_is_as_it_was),
		T(test_without_a_usable_key_there_is_no_message),
		T(test_without_our_own_key_it_is_tried_again),
		T(test_at_rest_bytes_come_back),
		T(test_after_bytes_at_rest_a_letter_is_text),
		T(test_output_has_a_ceiling),
		T(test_a_killed_gpg_has_sealed_nothing),
		T(test_a_killed_gpg_has_signed_nothing)};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
