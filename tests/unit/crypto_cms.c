/*
 * psirtd-cms as its worker sees it: whatever a mail makes of it, the worker
 * goes on, and the mail is not taken for good.  Stand-ins misbehave in its
 * place.
 */
#include "crypto_kit.h"

#include "crypto/cms.h"

#define OUT_MAX 1000

static struct vault *v;

static int
group_setup(void **state)
{
	static const char *const names[] = {
		"service.pub.asc", "service.crt", NULL};

	(void)state;
	v = vault_bare();
	vault_open(v, names);
	/* The engine is open: from now on, only psirtd-cms is started. */
	snprintf(v->programs, sizeof(v->programs), "%s", v->dir);
	v->o.deadline = SECOND;
	engine_close(&v->g);
	v->g = engine_open(&v->o, &v->e);
	return v->g == NULL ? -1 : 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	vault_free(v);
	return 0;
}

/* Its socket is its standard input.  It has read what it dies of. */
static void
stand_in(const char *script)
{
	char path[64];
	struct buf text = BUF_INIT(1000);

	snprintf(path, sizeof(path), "%s/psirtd-cms", v->dir);
	buf_printf(&text, "#!/bin/sh\nhead -c 1 >/dev/null\n%s\n", script);
	must(v, fs_replace_file(path, buf_view(&text), 0700, &v->e));
	buf_release(&text);
}

static int
call(bool verify, struct unsealed *u)
{
	struct crypto_input in = {.len = 5};
	struct crypto_output out = {.max = OUT_MAX};
	int result;

	must(v, fs_memory_file("in", &in.fd, &v->e));
	must(v, fs_write_all(in.fd, "hello", 5, &v->e));
	must(v, fs_memory_file("out", &out.fd, &v->e));
	result = verify ? cms_verify(v->g, &in, &in, v->a, u, &v->e)
			: cms_decrypt(v->g, &in, &out, v->a, u, &v->e);
	close(in.fd);
	close(out.fd);
	return result;
}

static void
test_what_it_does_wrong_is_the_mails_fault(void **state)
{
	static const struct {
		const char *script;
		enum seal_problem problem;
	} rows[] = {
		{"kill -SEGV $$", PROBLEM_DAMAGED},
		{"kill -SYS $$", PROBLEM_DAMAGED},
		{"kill -XCPU $$", PROBLEM_TIMED_OUT},
		{"exec sleep 600", PROBLEM_TIMED_OUT},
		{"printf nonsense >&0; exec sleep 600", PROBLEM_DAMAGED},
		/* It may have worked on after its last word. */
		{"printf nonsense >&0; kill -SEGV $$", PROBLEM_DAMAGED},
	};
	struct unsealed u;
	size_t i;

	(void)state;
	for (i = 0; i < countof(rows); i++) {
		print_message("# %s\n", rows[i].script);
		stand_in(rows[i].script);
		must(v, call(false, &u));
		assert_int_equal(u.problem, rows[i].problem);
		assert_int_equal(u.count, 0);
		/* A signature is never forgotten over it. */
		must(v, call(true, &u));
		assert_int_equal(u.count, 1);
		assert_int_equal(u.signatures[0].status, SIGNATURE_ERROR);
		assert_int_equal(u.signatures[0].covers, COVERS_NOTHING);
	}
}

/* Not started, killed by the system, out of memory at the start: again. */
static void
test_what_others_do_to_it_is_not(void **state)
{
	static const char *const scripts[] = {
		"kill -KILL $$", "exit 1", "exec /nonexistent"};
	struct unsealed u;
	size_t i;

	(void)state;
	for (i = 0; i < countof(scripts); i++) {
		print_message("# %s\n", scripts[i]);
		stand_in(scripts[i]);
		assert_int_equal(call(false, &u), -1);
		assert_int_equal(v->e.kind, ERR_TEMPORARY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_does_wrong_is_the_mails_fault),
		cmocka_unit_test(test_what_others_do_to_it_is_not)};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
