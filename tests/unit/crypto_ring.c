/* Rings: made from keys, used under a lock, replaced beside their users. */
#include "crypto_kit.h"

#include <dirent.h>

static const char *const openpgp[] = {"service.pub.asc", "faye.pub.asc", NULL};
static const char *const both[] = {
	"service.pub.asc", "faye.pub.asc", "sam.crt", NULL};

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

static int
build(struct vault *v, const char *const *names)
{
	struct ring_key keys[RING_KEYS];
	size_t n;

	for (n = 0; names[n] != NULL; n++)
		keys[n] = vault_key(v, names[n]);
	return ring_build(v->keys, &v->o, keys, n, &v->e);
}

/* How many rings there are, whole or in the making. */
static int
rings(const struct vault *v)
{
	DIR *dir = opendir(v->keys);
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strncmp(entry->d_name, "ring.", 5) == 0 ||
			strcmp(entry->d_name, "making") == 0;
	closedir(dir);
	return n;
}

static bool
has(const struct vault *v, const char *name)
{
	char path[RING_PATH + 80];

	snprintf(path, sizeof(path), "%s/%s", v->ring, name);
	return access(path, F_OK) == 0;
}

static void
test_a_ring_has_its_keys(void **state)
{
	struct vault *v = *state;
	struct ring_key sam = vault_key(v, "sam.crt");
	struct key_facts k;

	vault_open(v, both);
	assert_int_equal(
		engines[PROTOCOL_OPENPGP].look_up(v->g,
			vault_fingerprint(v, "faye.fpr"), v->a, &k, &v->e),
		1);
	assert_string_equal(k.address, "faye@finder.test");
	assert_int_equal(engines[PROTOCOL_SMIME].look_up(
				 v->g, sam.fingerprint, v->a, &k, &v->e),
		1);
	assert_string_equal(k.address, "sam@finder.test");
	assert_int_equal(
		engines[PROTOCOL_OPENPGP].look_up(v->g,
			vault_fingerprint(v, "alice.fpr"), v->a, &k, &v->e),
		0);
	assert_int_equal(
		engines[PROTOCOL_SMIME].look_up(v->g,
			vault_fingerprint(v, "bob.smime.fpr"), v->a, &k, &v->e),
		0);
}

/* Where signatures are verified there is no way to a secret key. */
static void
test_only_the_ring_itself_reaches_the_agent(void **state)
{
	struct vault *v = *state;
	struct buf redirect = BUF_INIT(1000);
	char path[RING_PATH + 20];

	vault_open(v, openpgp);
	assert_true(has(v, "verify/pubring.kbx"));
	assert_false(has(v, "verify/S.gpg-agent"));
	assert_false(has(v, "private-keys-v1.d"));
	snprintf(path, sizeof(path), "%s/S.gpg-agent", v->ring);
	must(v, fs_read_file(path, &redirect, &v->e));
	assert_string_equal(redirect.data,
		arena_printf(v->a, "%%Assuan%%\nsocket=%s\n", v->socket));
	buf_release(&redirect);
}

static void
test_the_same_keys_are_the_same_ring(void **state)
{
	struct vault *v = *state;
	struct stat before, after;

	must(v, build(v, openpgp));
	must(v, ring_use(v->keys, v->ring, &v->lock, &v->e));
	assert_int_equal(fstat(v->lock, &before), 0);
	must(v, build(v, openpgp));
	assert_true(ring_is_current(v->keys, v->ring));
	close_fd(&v->lock);
	must(v, ring_use(v->keys, v->ring, &v->lock, &v->e));
	assert_int_equal(fstat(v->lock, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(rings(v), 1);
}

static void
test_an_old_ring_stays_while_it_is_used(void **state)
{
	struct vault *v = *state;
	char home[RING_PATH];
	int lock;

	must(v, build(v, openpgp));
	must(v, ring_use(v->keys, v->ring, &v->lock, &v->e));
	must(v, build(v, both));
	assert_false(ring_is_current(v->keys, v->ring));
	assert_true(has(v, "pubring.kbx"));
	must(v, ring_use(v->keys, home, &lock, &v->e));
	assert_true(ring_is_current(v->keys, home));
	assert_string_not_equal(home, v->ring);
	assert_int_equal(rings(v), 2);
	/* The next one that is made clears up. */
	close_fd(&v->lock);
	must(v, build(v, openpgp + 1));
	assert_false(has(v, "pubring.kbx"));
	assert_int_equal(rings(v), 2);
	close(lock);
}

/* A key that is not what it is said to be changes nothing. */
static void
refused(struct vault *v, struct ring_key key)
{
	struct ring_key keys[] = {vault_key(v, "service.pub.asc"), key};

	assert_int_equal(ring_build(v->keys, &v->o, keys, 2, &v->e), -1);
	if (v->e.kind != ERR_PERMANENT ||
		strstr(v->e.text, key.fingerprint) == NULL)
		fail_msg("%s", v->e.text);
	assert_int_equal(rings(v), 1);
	assert_true(ring_is_current(v->keys, v->ring));
}

static void
test_a_key_is_what_it_is_said_to_be(void **state)
{
	struct vault *v = *state;
	struct ring_key key = vault_key(v, "faye.pub.asc");

	must(v, build(v, openpgp));
	must(v, ring_use(v->keys, v->ring, &v->lock, &v->e));
	key.data = vault_file(v, "alice.pub.asc");
	refused(v, key);
	key.data = SPAN("words");
	refused(v, key);
	key.data = SPAN("");
	refused(v, key);
	key = vault_key(v, "sam.crt");
	key.data = vault_file(v, "bob.crt");
	refused(v, key);
	key.data = SPAN("words");
	refused(v, key);
	/* The same keys, and another name for one of them. */
	key = vault_key(v, "faye.pub.asc");
	key.fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
	refused(v, key);
}

static void
test_without_a_ring_there_is_nothing_to_use(void **state)
{
	struct vault *v = *state;

	assert_int_equal(ring_use(v->keys, v->ring, &v->lock, &v->e), -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	assert_false(ring_is_current(v->keys, v->keys));
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_a_ring_has_its_keys),
		T(test_only_the_ring_itself_reaches_the_agent),
		T(test_the_same_keys_are_the_same_ring),
		T(test_an_old_ring_stays_while_it_is_used),
		T(test_a_key_is_what_it_is_said_to_be),
		T(test_without_a_ring_there_is_nothing_to_use)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
