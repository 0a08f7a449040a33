#include "crypto/ring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "crypto/cms.h"

#define NAME_HEX 16
#define USE_TRIES 10
#define OWN_MAX 262144

/* While keys go in. */
static const char import_conf[] =
	"batch\nno-autostart\ndisable-dirmngr\nno-auto-check-trustdb\n"
	"no-random-seed-file\nimport-options import-minimal\n";

/* While it is used: no locks, no network, no trust but ours. */
static const char gpg_conf[] =
	"batch\nlock-never\nno-autostart\ndisable-dirmngr\n"
	"no-auto-key-locate\nno-auto-key-retrieve\nno-auto-check-trustdb\n"
	"no-random-seed-file\nno-symkey-cache\ntrust-model always\n"
	"weak-digest SHA1\npersonal-digest-preferences SHA512 SHA256\n"
	"no-emit-version\nno-comments\nno-encrypt-to\n";
struct ring {
	const char *keys_dir;
	const struct engine_options *o;
	char home[RING_PATH]; /* where it is being made */
	char name[sizeof("ring.") + NAME_HEX];
};

/* Of what lies where in a ring: a new program makes a new one. */
static const char layout[] = "2";

static struct hash
hash_of_keys(const struct ring_key *keys, size_t n, const char *agent)
{
	struct hasher *h = hasher_new();
	char number[32];
	size_t i;

	hasher_add(h, agent, strlen(agent) + 1);
	hasher_add(h, layout, sizeof(layout));
	hasher_add(h, gpg_conf, sizeof(gpg_conf));
	for (i = 0; i < n; i++) {
		snprintf(number, sizeof(number), "%d %d %zu",
			(int)keys[i].protocol, (int)keys[i].own,
			keys[i].data.len);
		hasher_add(h, number, strlen(number) + 1);
		hasher_add(h, keys[i].fingerprint,
			strlen(keys[i].fingerprint) + 1);
		hasher_add(h, keys[i].data.data, keys[i].data.len);
	}
	return hasher_finish(&h);
}

static int
write_in(
	const struct ring *r, const char *name, const char *text, struct err *e)
{
	char path[RING_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", r->home, name);
	return fs_replace_file(path, span_of(text), 0600, e);
}

static int
make_dir_in(const struct ring *r, const char *name, struct err *e)
{
	char path[RING_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", r->home, name);
	return mkdir(path, 0700) == -1 ? err_errno(e, "%s", path) : 0;
}

#ifdef PSIRTD_TEST
/* A ring that is made while the test clock is away must have its time too. */
static void
add_test_time(struct buf *gpg)
{
	struct civil c = civil_of(clock_now());

	if (getenv("PSIRTD_TEST_CLOCK") == NULL)
		return;
	buf_printf(gpg, "faked-system-time %04d%02d%02dT%02d%02d%02d!\n",
		c.year, c.month, c.day, c.hour, c.minute, c.second);
}
#endif

static int
write_confs(const struct ring *r, struct err *e)
{
	struct buf gpg = BUF_INIT(4096);
	char redirect[RING_PATH];
	int result = -1;

	buf_puts(&gpg, gpg_conf);
#ifdef PSIRTD_TEST
	add_test_time(&gpg);
#endif
	snprintf(redirect, sizeof(redirect), "%%Assuan%%\nsocket=%s\n",
		r->o->agent_socket);
	if (write_in(r, "gpg.conf", gpg.data, e) == 0 &&
		write_in(r, "verify/gpg.conf", gpg.data, e) == 0 &&
		write_in(r, "S.gpg-agent", redirect, e) == 0)
		result = 0;
	buf_release(&gpg);
	return result;
}

static int
import(const struct ring *r, const struct ring_key *keys, size_t n,
	struct err *e)
{
	struct span *data = xcalloc(n, sizeof(*data));
	const char **names = xcalloc(n, sizeof(*names));
	size_t i, count = 0, done;
	int result = 0;

	for (i = 0; i < n; i++) {
		if (keys[i].protocol != PROTOCOL_OPENPGP)
			continue;
		names[count] = keys[i].fingerprint;
		data[count++] = keys[i].data;
	}
	if (count > 0)
		result = engine_import(r->o, r->home, data, count, &done, e);
	if (result == -1 && count > 0 && done < count)
		err_prefix(e, "OpenPGP key %s", names[done]);
	free(names);
	free(data);
	return result;
}

static int
add_certificate(const struct ring *r, const struct ring_key *key, struct err *e)
{
	struct arena *a = arena_new();
	struct key_facts k;
	char name[64];
	int result = cms_find(key->data, key->fingerprint, a, &k, e);

	if (result == 0) {
		snprintf(name, sizeof(name), "smime/%s.pem", k.fingerprint);
		result = write_in(r, name, k.minimal, e);
	}
	arena_free(&a);
	return result == -1 ? err_prefix(e, "S/MIME key %s", key->fingerprint)
			    : 0;
}

/* With their chains, which do no harm. */
static int
write_own_certificates(const struct ring *r, const struct ring_key *keys,
	size_t n, struct err *e)
{
	struct buf own = BUF_INIT(OWN_MAX);
	int result;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!keys[i].own || keys[i].protocol != PROTOCOL_SMIME)
			continue;
		buf_span(&own, keys[i].data);
		buf_putc(&own, '\n');
	}
	result = own.failed
		? err_permanent(e, "5.3.5", "too many own certificates")
		: write_in(r, "smime/own.pem", own.data, e);
	buf_release(&own);
	return result;
}

/* Is each OpenPGP key there that is said to be? */
static int
check_keys(const struct ring *r, const struct ring_key *keys, size_t n,
	struct err *e)
{
	struct engine_options o = *r->o;
	struct arena *a = arena_new();
	struct engine *g;
	struct key_facts k;
	int result = 0, found;
	size_t i;

	o.ring = o.verify = r->home;
	g = engine_open(&o, e);
	for (i = 0; g != NULL && i < n && result == 0; i++) {
		if (keys[i].protocol != PROTOCOL_OPENPGP ||
			keys[i].fingerprint[0] == '\0')
			continue;
		found = engines[PROTOCOL_OPENPGP].look_up(
			g, keys[i].fingerprint, a, &k, e);
		if (found == -1 ||
			(found == 1 &&
				strcmp(k.fingerprint, keys[i].fingerprint)))
			found = 0;
		if (found == 0)
			result = err_permanent(e, "5.7.5",
				"OpenPGP key %s is not in the file that should "
				"hold it",
				keys[i].fingerprint);
	}
	if (g == NULL)
		result = -1;
	engine_close(&g);
	arena_free(&a);
	return result;
}

static int
copy_keybox(const struct ring *r, struct err *e)
{
	struct buf box = BUF_INIT(64 << 20);
	char path[RING_PATH + 64];
	int result;

	snprintf(path, sizeof(path), "%s/pubring.kbx", r->home);
	result = fs_read_file(path, &box, e);
	if (result == 0) {
		snprintf(path, sizeof(path), "%s/verify/pubring.kbx", r->home);
		result = fs_replace_file(path, buf_view(&box), 0600, e);
	}
	buf_release(&box);
	return result;
}

static int
fill(const struct ring *r, const struct ring_key *keys, size_t n, struct err *e)
{
	size_t i;

	if (mkdir(r->home, 0700) == -1)
		return err_errno(e, "%s", r->home);
	if (make_dir_in(r, "verify", e) == -1 ||
		make_dir_in(r, "smime", e) == -1 ||
		write_in(r, "gpg.conf", import_conf, e) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (keys[i].protocol == PROTOCOL_SMIME &&
			add_certificate(r, &keys[i], e) == -1)
			return -1;
	if (write_own_certificates(r, keys, n, e) == -1 ||
		import(r, keys, n, e) == -1 || write_confs(r, e) == -1 ||
		check_keys(r, keys, n, e) == -1 || copy_keybox(r, e) == -1)
		return -1;
	return write_in(r, "lock", "", e);
}

/* The link is made beside the old one and moved over it. */
static int
move_link(const struct ring *r, struct err *e)
{
	char link[RING_PATH], beside[RING_PATH];

	snprintf(link, sizeof(link), "%s/ring", r->keys_dir);
	snprintf(beside, sizeof(beside), "%s/ring.link", r->keys_dir);
	unlink(beside);
	if (symlink(r->name, beside) == -1 || rename(beside, link) == -1)
		return err_errno(e, "%s", link);
	return fs_sync_dir(r->keys_dir, e);
}

/* 1 if the link says NAME already, 0 if not. */
static int
link_says(const char *keys_dir, const char *name)
{
	char link[RING_PATH], says[64];
	ssize_t n;

	snprintf(link, sizeof(link), "%s/ring", keys_dir);
	if ((n = readlink(link, says, sizeof(says) - 1)) < 0)
		return 0;
	says[n] = '\0';
	return strcmp(says, name) == 0;
}

/* Rings beside the current one whose users are gone. */
static void
remove_old(const struct ring *r)
{
	char path[RING_PATH + 300], lock[RING_PATH + 320];
	struct dirent *entry;
	struct err e;
	DIR *dir = opendir(r->keys_dir);
	int fd;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "ring.", 5) != 0 ||
			strcmp(entry->d_name, r->name) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", r->keys_dir,
			entry->d_name);
		snprintf(lock, sizeof(lock), "%s/lock", path);
		fd = open(lock, O_RDONLY | O_CLOEXEC);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1) {
			close(fd);
			continue;
		}
		if (fs_remove_tree(path, &e) == -1)
			log_event(LOG_WARNING, "ring-left", LOG_ERR(&e));
		if (fd != -1)
			close(fd);
	}
	if (dir != NULL)
		closedir(dir);
}

static int
build_locked(
	struct ring *r, const struct ring_key *keys, size_t n, struct err *e)
{
	char path[RING_PATH];
	struct err ignored;

	snprintf(r->home, sizeof(r->home), "%s/making", r->keys_dir);
	snprintf(path, sizeof(path), "%s/%s", r->keys_dir, r->name);
	if (fs_remove_tree(r->home, e) == -1)
		return -1;
	if (fill(r, keys, n, e) == -1) {
		if (fs_remove_tree(r->home, &ignored) == -1)
			log_event(LOG_WARNING, "ring-left", LOG_ERR(&ignored));
		return err_prefix(e, "keyring");
	}
	/* One of the same name can only be the same keys, half removed. */
	if (fs_remove_tree(path, e) == -1)
		return -1;
	if (rename(r->home, path) == -1)
		return err_errno(e, "%s", path);
	if (move_link(r, e) == -1)
		return -1;
	remove_old(r);
	log_event(LOG_INFO, "ring-built", LOG_TEXT("ring", r->name),
		LOG_NUMBER("keys", (int64_t)n));
	return 0;
}

int
ring_build(const char *keys_dir, const struct engine_options *o,
	const struct ring_key *keys, size_t n, struct err *e)
{
	struct ring r = {.keys_dir = keys_dir, .o = o};
	struct hash h = hash_of_keys(keys, n, o->agent_socket);
	scoped(close_fd) int lock = -1;
	char path[RING_PATH], hex[HASH_HEX];

	hex_of(h.bytes, sizeof(h.bytes), hex);
	snprintf(r.name, sizeof(r.name), "ring.%.*s", NAME_HEX, hex);
	if (link_says(keys_dir, r.name))
		return 0;
	snprintf(path, sizeof(path), "%s/lock", keys_dir);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock == -1 || flock(lock, LOCK_EX) == -1)
		return err_errno(e, "%s", path);
	if (link_says(keys_dir, r.name))
		return 0;
	return build_locked(&r, keys, n, e);
}

bool
ring_is_current(const char *keys_dir, const char *home)
{
	const char *slash = strrchr(home, '/');

	return slash != NULL && link_says(keys_dir, slash + 1);
}

int
ring_use(const char *keys_dir, char home[static RING_PATH], int *lock_r,
	struct err *e)
{
	char link[RING_PATH], lock[RING_PATH + 8], says[64];
	int tries;
	ssize_t n;

	snprintf(link, sizeof(link), "%s/ring", keys_dir);
	/* Between reading the link and taking the lock it may be removed. */
	for (tries = 0; tries < USE_TRIES; tries++) {
		if ((n = readlink(link, says, sizeof(says) - 1)) < 0)
			return err_errno(e, "%s", link);
		says[n] = '\0';
		snprintf(home, RING_PATH, "%s/%s", keys_dir, says);
		snprintf(lock, sizeof(lock), "%s/lock", home);
		if ((*lock_r = open(lock, O_RDONLY | O_CLOEXEC)) == -1)
			continue;
		if (flock(*lock_r, LOCK_SH | LOCK_NB) == 0 &&
			access(lock, F_OK) == 0)
			return 0;
		close(*lock_r);
	}
	return err_temporary(e, "4.3.0", "%s: no usable ring", link);
}
