/*
 * crypto_kit: an agent with the service's secret keys, a ring of public ones
 * and an engine on them, all in a directory that goes away again.  The keys are
 * those of the fixtures (tests/lib/fixtures build/fixtures).
 */
#ifndef TESTS_CRYPTO_KIT_H
#define TESTS_CRYPTO_KIT_H

#include "crypto/ring.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "crypto/agent.h"
#include "crypto/keygen.h"

#define KEYS "build/fixtures/keys/"
#define KEY_MAX 65536
#define RING_KEYS 12

struct vault {
	/* Short: the agent's sockets lie in it. */
	char dir[32], home[48], keys[48], scratch[48], socket[64];
	char programs[512], ring[RING_PATH], verify[RING_PATH + 8];
	struct engine_options o;
	struct engine *g;
	struct arena *a;
	pid_t agent;
	int lock;
	struct err e;
};

/* -1 is the end of the test, with the error's words. */
#define must(VAULT, CALL) \
	do { \
		if ((CALL) == -1) \
			fail_msg("%s: %s", #CALL, (VAULT)->e.text); \
	} while (0)

/* What the fixture's file holds. */
static inline struct span
vault_file(struct vault *v, const char *name)
{
	struct buf b = BUF_INIT(KEY_MAX);
	struct span s;
	char path[128];

	snprintf(path, sizeof(path), KEYS "%s", name);
	must(v, fs_read_file(path, &b, &v->e));
	s = (struct span){arena_dup(v->a, b.data, b.len), b.len};
	buf_release(&b);
	return s;
}

/* "service.fpr": the fingerprint in it. */
static inline const char *
vault_fingerprint(struct vault *v, const char *name)
{
	struct span s = vault_file(v, name);

	while (s.len > 0 && s.data[s.len - 1] == '\n')
		s.len--;
	return arena_dup(v->a, s.data, s.len);
}

/* The ring key of "alice.pub.asc" or "sam.crt", with its fingerprint. */
static inline struct ring_key
vault_key(struct vault *v, const char *name)
{
	bool smime = strstr(name, ".crt") != NULL;
	char of[64];

	snprintf(of, sizeof(of), "%.*s%s", (int)strcspn(name, "."), name,
		smime ? ".smime.fpr" : ".fpr");
	return (struct ring_key){
		.protocol = smime ? PROTOCOL_SMIME : PROTOCOL_OPENPGP,
		.fingerprint = vault_fingerprint(v, of),
		.data = vault_file(v, name),
		.own = strncmp(name, "service", strlen("service")) == 0};
}

/* The confined programs lie beside the directory of the tests. */
static inline void
vault_programs(struct vault *v)
{
	ssize_t n = readlink("/proc/self/exe", v->programs, 400);
	int up;

	assert_true(n > 0);
	v->programs[n] = '\0';
	for (up = 0; up < 2; up++)
		*strrchr(v->programs, '/') = '\0';
	memcpy(v->programs + strlen(v->programs), "/libexec",
		sizeof("/libexec"));
}

/* A directory without an agent or a ring in it. */
static inline struct vault *
vault_bare(void)
{
	struct vault *v = xcalloc(1, sizeof(*v));

	hash_open();
	v->a = arena_new();
	v->lock = -1;
	snprintf(v->dir, sizeof(v->dir), "/tmp/psirtd.XXXXXX");
	assert_non_null(mkdtemp(v->dir));
	snprintf(v->home, sizeof(v->home), "%s/agent", v->dir);
	snprintf(v->keys, sizeof(v->keys), "%s/keys", v->dir);
	snprintf(v->scratch, sizeof(v->scratch), "%s/scratch", v->dir);
	snprintf(v->socket, sizeof(v->socket), "%s/extra", v->dir);
	assert_int_equal(mkdir(v->home, 0700), 0);
	assert_int_equal(mkdir(v->keys, 0700), 0);
	assert_int_equal(mkdir(v->scratch, 0700), 0);
	vault_programs(v);
	v->o = (struct engine_options){.ring = v->ring,
		.verify = v->verify,
		.scratch = v->scratch,
		.programs = v->programs,
		.agent_socket = v->socket,
		.seconds = 30 * SECOND,
		.deadline = 60 * SECOND};
	return v;
}

/* The descriptor closes when the agent is executed: its sockets are bound. */
static inline void
vault_start_agent(struct vault *v)
{
	int ready[2];
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	if ((v->agent = fork()) == 0) {
		(void)!agent_exec(v->home, v->socket, &v->e);
		fprintf(stderr, "%s\n", v->e.text);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 0);
	close(ready[0]);
	must(v, agent_check(v->socket, &v->e));
}

static inline void
vault_stop_agent(struct vault *v)
{
	if (v->agent == 0)
		return;
	kill(v->agent, SIGTERM);
	waitpid(v->agent, NULL, 0);
	v->agent = 0;
}

/* The service's secret keys of both protocols, and an agent that has them. */
static inline void
vault_secrets(struct vault *v)
{
	struct buf public = BUF_INIT(KEY_MAX);
	char fingerprint[48];

	must(v,
		keygen_import_openpgp(v->home, KEYS "service.sec.asc",
			fingerprint, &public, &v->e));
	must(v,
		keygen_import_openpgp(v->home, KEYS "service-old.sec.asc",
			fingerprint, &public, &v->e));
	buf_clear(&public);
	must(v,
		keygen_import_smime(v->home, KEYS "service.p12", "",
			fingerprint, &public, &v->e));
	must(v,
		keygen_import_smime(v->home, KEYS "service-ec.pfx", "fixture",
			fingerprint, &public, &v->e));
	keygen_end(v->home);
	buf_release(&public);
	vault_start_agent(v);
}

/* A ring of the keys in those files, and an engine on it. */
static inline void
vault_open(struct vault *v, const char *const *names)
{
	struct ring_key keys[RING_KEYS + 1];
	size_t n;

	for (n = 0; names[n] != NULL; n++)
		keys[n] = vault_key(v, names[n]);
	keys[n++] = (struct ring_key){.protocol = PROTOCOL_SMIME,
		.fingerprint = "",
		.data = vault_file(v, "ca.crt"),
		.own = true};
	must(v, ring_build(v->keys, &v->o, keys, n, &v->e));
	must(v, ring_use(v->keys, v->ring, &v->lock, &v->e));
	snprintf(v->verify, sizeof(v->verify), "%s/verify", v->ring);
	v->g = engine_open(&v->o, &v->e);
	assert_non_null(v->g);
}

static inline void
vault_free(struct vault *v)
{
	engine_close(&v->g);
	close_fd(&v->lock);
	vault_stop_agent(v);
	keygen_end(v->home);
	must(v, fs_remove_tree(v->dir, &v->e));
	arena_free(&v->a);
	free(v);
}

#endif
