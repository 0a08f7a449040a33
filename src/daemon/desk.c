#include "daemon/desk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "crypto/cms.h"
#include "daemon/role.h"
#include "store/keys.h"
#include "store/persons.h"

#define SECRET_MIN 32
#define SECRET_MAX 4096
#define KEY_FILE_MAX 262144
#define AUTOCRYPT_MAX 8192

static void
set_options(struct desk *d)
{
	const struct conf *c = d->conf;

	d->options = (struct engine_options){.ring = d->ring,
		.verify = d->verify,
		.scratch = c->runtime,
		.programs = role_programs(),
		.agent_socket = c->agent_socket,
		.seconds = c->crypto_seconds,
		.deadline = c->crypto_deadline};
}

/* --- the ring --- */

/* Keys on their way into a ring; their data live in the arena. */
struct ring_keys {
	struct arena *arena;
	struct ring_key *all;
	size_t count, room;
};

static struct ring_key *
add_key(struct ring_keys *k, enum protocol protocol, const char *fingerprint,
	struct span data)
{
	if (k->count == k->room) {
		k->room = k->room == 0 ? 16 : 2 * k->room;
		k->all = xreallocarray(k->all, k->room, sizeof(*k->all));
	}
	k->all[k->count] = (struct ring_key){.protocol = protocol,
		.fingerprint = arena_strdup(k->arena, fingerprint),
		.data = {arena_dup(k->arena, data.data, data.len), data.len}};
	return &k->all[k->count++];
}

static int
add_file(struct ring_keys *k, enum protocol protocol, const char *fingerprint,
	const char *path, bool own, struct err *e)
{
	struct buf text = BUF_INIT(KEY_FILE_MAX);
	int result = fs_read_file(path, &text, e);

	if (result == 0)
		add_key(k, protocol, fingerprint, buf_view(&text))->own = own;
	buf_release(&text);
	return result;
}

static int
read_key_files(const struct conf *c, struct ring_keys *k, struct err *e)
{
	const struct conf_analyst *who;
	enum protocol protocol;
	char path[RING_PATH];
	size_t i;

	snprintf(path, sizeof(path), "%s/keys/own.asc", c->state);
	if (add_file(k, PROTOCOL_OPENPGP, c->openpgp, path, true, e) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/keys/own.pem", c->state);
	if (c->smime[0] != '\0' &&
		add_file(k, PROTOCOL_SMIME, c->smime, path, true, e) == -1)
		return -1;
	for (i = 0; i < c->analysts; i++) {
		who = &c->analyst[i];
		protocol = who->openpgp[0] != '\0' ? PROTOCOL_OPENPGP
						   : PROTOCOL_SMIME;
		if (add_file(k, protocol,
			    protocol == PROTOCOL_OPENPGP ? who->openpgp
							 : who->smime,
			    who->key_file, false, e) == -1)
			return err_prefix(e, "analyst %s", who->name);
	}
	return 0;
}

/* They lie anywhere, and the sandbox knows only the state directory. */
static int
load_keys(struct desk *d, struct err *e)
{
	struct ring_keys k = {.arena = arena_new()};
	int result = read_key_files(d->conf, &k, e);

	d->key_arena = k.arena;
	d->keys = k.all;
	d->keys_count = k.count;
	return result;
}

static int
add_stored(void *arg, enum protocol protocol, const char *fingerprint,
	struct span data)
{
	add_key(arg, protocol, fingerprint, data);
	return 0;
}

static int
build_ring(struct desk *d, struct err *e)
{
	struct ring_keys k = {.arena = arena_new()};
	char dir[RING_PATH];
	int result = 0;
	size_t i;

	for (i = 0; i < d->keys_count; i++)
		add_key(&k, d->keys[i].protocol, d->keys[i].fingerprint,
			d->keys[i].data)
			->own = d->keys[i].own;
	if (d->store != NULL)
		result = keys_each(d->store, add_stored, &k, e);
	snprintf(dir, sizeof(dir), "%s/keys", d->conf->state);
	if (result == 0)
		result = ring_build(dir, &d->options, k.all, k.count, e);
	arena_free(&k.arena);
	free_pointer(&k.all);
	return result;
}

static int
use_ring(struct desk *d, struct err *e)
{
	char dir[RING_PATH];

	engine_close(&d->engine);
	close_fd(&d->ring_lock);
	snprintf(dir, sizeof(dir), "%s/keys", d->conf->state);
	if (ring_use(dir, d->ring, &d->ring_lock, e) == -1)
		return -1;
	snprintf(d->verify, sizeof(d->verify), "%s/verify", d->ring);
	d->engine = engine_open(&d->options, e);
	return d->engine != NULL ? 0 : -1;
}

int
desk_refresh_ring(struct desk *d, struct err *e)
{
	char dir[RING_PATH];
	int64_t version = 0;

	if (d->store != NULL && keys_version(d->store, &version, e) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "%s/keys", d->conf->state);
	if (d->engine != NULL && version == d->ring_version &&
		ring_is_current(dir, d->ring))
		return 0;
	if (build_ring(d, e) == -1 || use_ring(d, e) == -1)
		return -1;
	d->ring_version = version;
	return 0;
}

/* --- what we say of ourselves --- */

/* The Autocrypt field (level 1): the armor's base64 is its keydata. */
static void
make_autocrypt(struct desk *d, const char *armor)
{
	const char *p = strstr(armor, "\n\n"), *end;

	buf_printf(&d->autocrypt,
		"addr=%s; prefer-encrypt=mutual; keydata=", d->conf->address);
	for (p = p != NULL ? p + 2 : ""; *p != '\0' && *p != '='; p = end + 1) {
		if (*p == '-' || (end = strchr(p, '\n')) == NULL)
			break;
		buf_add(&d->autocrypt, " ", 1);
		buf_add(&d->autocrypt, p, (size_t)(end - p));
	}
}

/* So far as this machine's own list of roots tells. */
static bool
is_public(const struct desk *d)
{
	size_t i;

	for (i = 0; i < d->keys_count; i++)
		if (d->keys[i].own && d->keys[i].protocol == PROTOCOL_SMIME)
			return cms_is_public(d->keys[i].data, d->conf->smime);
	return false;
}

/* Of the keys in own.asc the one that is used now: the others only open what is
 * still encrypted to them, and are not published. */
static int
find_current(struct desk *d, const char **armor_r, struct err *e)
{
	static const char begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
	const char *at = strstr(d->own_key.data, begin), *next;
	struct key_facts k;
	struct span block;

	for (; at != NULL; at = next) {
		next = strstr(at + 1, begin);
		block = next != NULL ? (struct span){at, (size_t)(next - at)}
				     : span_of(at);
		if (engine_examine(&d->options, block, d->key_arena, &k, e) ==
			-1) {
			if (e->kind != ERR_PERMANENT)
				return -1;
			continue;
		}
		*armor_r = k.minimal;
		if (strcmp(k.fingerprint, d->conf->openpgp) == 0)
			return 0;
	}
	return err_permanent(e, "5.3.5",
		"keys/own.asc: %s is not in an armor of its own there",
		d->conf->openpgp);
}

static int
load_self(struct desk *d, struct err *e)
{
	char path[RING_PATH];
	const char *armor = "";

	snprintf(path, sizeof(path), "%s/keys/own.asc", d->conf->state);
	if (fs_read_file(path, &d->own_key, e) == -1 ||
		find_current(d, &armor, e) == -1)
		return -1;
	make_autocrypt(d, armor);
	d->public_certificate = is_public(d);
	d->self = (struct letter_self){.openpgp = d->conf->openpgp,
		.smime = d->conf->smime,
		.public_key = armor,
		.autocrypt = d->autocrypt.failed ? "" : d->autocrypt.data};
	return 0;
}

/* --- the store and the policy --- */

static int
register_analysts(struct desk *d, struct err *e)
{
	const struct conf *c = d->conf;
	size_t i;

	if (store_begin(d->store, e) == -1)
		return -1;
	for (i = 0; i < c->analysts; i++) {
		d->analysts[i].name = c->analyst[i].name;
		if (person_of_analyst(d->store, c->analyst[i].name,
			    c->analyst[i].address, &d->analysts[i].person,
			    e) == -1) {
			store_rollback(d->store);
			return -1;
		}
	}
	return store_commit(d->store, e);
}

static void
desk_init(struct desk *d, const struct conf *c, const char *owner)
{
	size_t i;
	int class;

	*d = (struct desk){.conf = c, .ring_lock = -1};
	buf_init(&d->secret, SECRET_MAX);
	buf_init(&d->own_key, KEY_FILE_MAX);
	buf_init(&d->autocrypt, AUTOCRYPT_MAX);
	snprintf(d->owner, sizeof(d->owner), "%s", owner);
	set_options(d);
	d->policy = (struct policy){
		.acknowledge = (enum acknowledge_policy)acknowledge_policy_of(
			c->acknowledge),
		.answer_within = c->answer_within,
		.embargo = c->embargo,
		.confirm = c->confirm.word,
		.confirm_count = c->confirm.count,
		.confirm_within = c->confirm_within,
		.analysts = d->analysts,
		.analysts_count = c->analysts};
	for (i = 0; i < c->quiet.count; i++)
		if ((class = class_of(c->quiet.word[i])) != -1)
			d->policy.is_quiet[class] = true;
}

int
desk_open_store(
	struct desk *d, const struct conf *c, const char *owner, struct err *e)
{
	char path[RING_PATH];

	desk_init(d, c, owner);
	snprintf(path, sizeof(path), "%s/secret/hmac", c->state);
	if (fs_read_file(path, &d->secret, e) == -1)
		goto failed;
	if (d->secret.len < SECRET_MIN) {
		err_permanent(e, "5.3.5", "%s: shorter than %d bytes", path,
			SECRET_MIN);
		goto failed;
	}
	d->store = store_open(c->state, buf_view(&d->secret), c->hostname, e);
	if (d->store == NULL || store_release(d->store, owner, e) == -1 ||
		register_analysts(d, e) == -1)
		goto failed;
	return 0;
failed:
	desk_close(d);
	return -1;
}

int
desk_open_crypto(
	struct desk *d, const struct conf *c, int conf_fd, struct err *e)
{
	if (d->conf == NULL)
		desk_init(d, c, "");
	umask(077); /* gpg makes its files for everybody to read */
	d->reader = reader_start(c, conf_fd, e);
	if (d->reader == NULL || load_keys(d, e) == -1 ||
		desk_refresh_ring(d, e) == -1) {
		desk_close(d);
		return -1;
	}
	return 0;
}

int
desk_open(struct desk *d, const struct conf *c, int conf_fd, const char *owner,
	struct err *e)
{
	if (desk_open_store(d, c, owner, e) == -1 ||
		desk_open_crypto(d, c, conf_fd, e) == -1)
		return -1;
	d->templates = templates_load(
		c->templates, c->languages.word, c->languages.count, e);
	if (d->templates == NULL || load_self(d, e) == -1) {
		desk_close(d);
		return -1;
	}
	return 0;
}

void
desk_close(struct desk *d)
{
	reader_stop(&d->reader);
	engine_close(&d->engine);
	templates_free(&d->templates);
	store_close(&d->store);
	close_fd(&d->ring_lock);
	arena_free(&d->key_arena);
	free_pointer(&d->keys);
	buf_release(&d->secret);
	buf_release(&d->own_key);
	buf_release(&d->autocrypt);
}

struct opener
desk_opener(struct desk *d)
{
	return (struct opener){
		.conf = d->conf, .reader = d->reader, .engine = d->engine};
}
