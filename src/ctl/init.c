/* psirtctl init: directories, keys, and a configuration to begin with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "crypto/cms.h"
#include "crypto/keygen.h"
#include "ctl/verb.h"
#include "daemon/spool_log.h"
#include "store/store.h"

#define SECRET_BYTES 32
#define SETTINGS_MAX 32
#define PATH_BYTES 600
#define KEY_MAX 262144
#define PASSPHRASE_MAX 1024
#define FINGERPRINT_CHARS 40

/* What the command line says, and what comes of it. */
struct setup {
	const char *conf_path;
	const char *organisation, *address, *state, *runtime, *prefix;
	const char *openpgp_file, *smime_file, *passphrase_file;
	const char *analysts[CONF_ANALYSTS_MAX];
	size_t analysts_count;
	const char *settings[SETTINGS_MAX]; /* SECTION.NAME=VALUE */
	bool used[SETTINGS_MAX];
	size_t settings_count;

	char agent[PATH_BYTES], conf_dir[PATH_BYTES];
	char openpgp[48], smime[48];
	bool trial; /* of what the command line says, before keys are made */
	struct buf openpgp_public, smime_public;
	struct buf conf;
};

/* --- directories and secrets --- */

static int
make_state(const struct setup *s, struct err *e)
{
	static const char *const dirs[] = {
		"", "/spool", "/messages", "/keys", "/secret", "/agent"};
	char path[PATH_BYTES], random[SECRET_BYTES];
	size_t i;

	for (i = 0; i < countof(dirs); i++) {
		snprintf(path, sizeof(path), "%s%s", s->state, dirs[i]);
		if (fs_make_dirs(path, 0700, e) == -1)
			return -1;
	}
	if (spool_make(s->state, e) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/secret/hmac", s->state);
	if (access(path, F_OK) == 0)
		return 0;
	random_bytes(random, sizeof(random));
	return fs_replace_file(
		path, (struct span){random, sizeof(random)}, 0600, e);
}

static int
write_own(const struct setup *s, const char *name, const struct buf *text,
	struct err *e)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/keys/%s", s->state, name);
	return fs_replace_file(path, buf_view(text), 0600, e);
}

static int
make_openpgp(struct setup *s, struct err *e)
{
	char user_id[400];

	if (s->openpgp_file != NULL)
		return keygen_import_openpgp(s->agent, s->openpgp_file,
			s->openpgp, &s->openpgp_public, e);
	snprintf(user_id, sizeof(user_id), "%s PSIRT <%s>", s->organisation,
		s->address);
	return keygen_openpgp(
		s->agent, user_id, s->openpgp, &s->openpgp_public, e);
}

static int
import_smime(struct setup *s, struct err *e)
{
	struct buf passphrase = BUF_INIT(PASSPHRASE_MAX);
	int result = keygen_import_smime(
		s->agent, s->smime_file, "", s->smime, &s->smime_public, e);

	if (result == 0 &&
		verb_passphrase(s->passphrase_file, s->smime_file, &passphrase))
		result = keygen_import_smime(s->agent, s->smime_file,
			passphrase.data, s->smime, &s->smime_public, e);
	if (result == 0)
		result = err_permanent(e, "5.7.5",
			"%s: this is not its passphrase", s->smime_file);
	buf_release(&passphrase);
	return result == 1 ? 0 : -1;
}

static int
make_keys(struct setup *s, struct err *e)
{
	static const char agent_conf[] =
		"# Secret keys of psirtd; see psirtd(8).\n"
		"disable-scdaemon\nno-allow-mark-trusted\n"
		"default-cache-ttl 34560000\nmax-cache-ttl 34560000\n";
	char path[PATH_BYTES + 32];
	int result;

	snprintf(path, sizeof(path), "%s/gpg-agent.conf", s->agent);
	if (fs_replace_file(path, SPAN(agent_conf), 0600, e) == -1)
		return -1;
	result = make_openpgp(s, e);
	if (result == 0 && s->smime_file != NULL)
		result = import_smime(s, e);
	keygen_end(s->agent);
	if (result == -1 ||
		write_own(s, "own.asc", &s->openpgp_public, e) == -1)
		return -1;
	return s->smime_file != NULL
		? write_own(s, "own.pem", &s->smime_public, e)
		: 0;
}

/* --- the configuration --- */

/* What --set says of the section that is called PREFIX and a dot there. */
static void
put_settings(struct setup *s, const char *prefix)
{
	size_t len = strlen(prefix), i;
	const char *name, *equals;

	for (i = 0; i < s->settings_count; i++) {
		if (strncmp(s->settings[i], prefix, len) != 0 ||
			s->settings[i][len] != '.')
			continue;
		name = s->settings[i] + len + 1;
		equals = strchr(name, '=');
		buf_printf(&s->conf, "%.*s = \"%s\"\n", (int)(equals - name),
			name, equals + 1);
		s->used[i] = true;
	}
}

static void
put_section(struct setup *s, const char *name)
{
	buf_printf(&s->conf, "\n[%s]\n", name);
	put_settings(s, name);
}

static int
check_settings(const struct setup *s, struct err *e)
{
	size_t i;

	for (i = 0; i < s->settings_count; i++)
		if (!s->used[i])
			return err_permanent(e, "5.3.5",
				"--set %s: there is no such section; write "
				"SECTION.NAME=VALUE, or "
				"analyst.WHO.NAME=VALUE for an analyst",
				s->settings[i]);
	return 0;
}

/* Every other setting, commented out, with its default and what it is. */
static void
put_defaults(struct setup *s, const char *section)
{
	size_t i, count;
	const struct option *o = option_table(&count);
	(void)s;

	for (i = 0; i < count; i++, o++) {
		if (strcmp(o->section, section) != 0 || o->standard == NULL)
			continue;
		buf_printf(&s->conf, "# %s\n#%s = %s\n", o->help, o->name,
			o->standard[0] != '\0' ? o->standard : "\"\"");
	}
}

/*
 * NAME=ADDRESS,KEYFILE[,USER].  The fingerprint is read from the file, and
 * shown, so that it can be compared with what the analyst says it is.
 */
static int
put_analyst(struct setup *s, const char *text, struct err *e)
{
	scoped(free_pointer) char *copy = xstrdup(text);
	char *address = strchr(copy, '='), *file, *user = NULL, *whole;
	struct engine_options o = {.scratch = s->state,
		.programs = "/usr/bin",
		.seconds = INT64_C(10000000),
		.deadline = INT64_C(20000000)};
	struct buf key = BUF_INIT(KEY_MAX);
	struct arena *a = arena_new();
	struct key_facts k = {.protocol = PROTOCOL_OPENPGP};
	char section[64];
	int result = -1;

	if (address != NULL)
		*address++ = '\0';
	if (address == NULL || (file = strchr(address, ',')) == NULL) {
		arena_free(&a);
		return err_permanent(e, "5.3.5",
			"--analyst %s: write "
			"NAME=ADDRESS,KEYFILE or NAME=ADDRESS,KEYFILE,USER",
			text);
	}
	*file++ = '\0';
	if ((user = strchr(file, ',')) != NULL)
		*user++ = '\0';
	whole = realpath(file, NULL);
	if (whole == NULL)
		err_permanent(e, "5.3.5", "%s: %s", file, strerror(errno));
	else if (fs_read_file(whole, &key, e) == 0)
		result = strstr(key.data, "-----BEGIN CERTIFICATE-----") != NULL
			? cms_examine(buf_view(&key), a, &k, e)
			: engine_examine(&o, buf_view(&key), a, &k, e);
	if (result == 0) {
		buf_printf(&s->conf,
			"\n[analyst %s]\naddress = \"%s\"\n"
			"key_file = \"%s\"\n%s = %s\n",
			copy, address, whole,
			k.protocol == PROTOCOL_OPENPGP ? "openpgp" : "smime",
			k.fingerprint);
		if (user != NULL)
			buf_printf(&s->conf, "user = \"%s\"\n", user);
		snprintf(section, sizeof(section), "analyst.%s", copy);
		put_settings(s, section);
		put_defaults(s, "analyst");
		if (!s->trial)
			printf("analyst %s: %s key %s\n", copy,
				protocol_name(k.protocol), k.fingerprint);
	} else if (whole != NULL) {
		err_prefix(e, "analyst %s, %s", copy, whole);
	}
	free(whole);
	buf_release(&key);
	arena_free(&a);
	return result;
}

static void
put_service(struct setup *s)
{
	put_section(s, "service");
	buf_printf(&s->conf,
		"organisation = \"%s\"\naddress = \"%s\"\n"
		"openpgp = %s\n",
		s->organisation, s->address, s->openpgp);
	if (s->smime[0] != '\0')
		buf_printf(&s->conf, "smime = %s\n", s->smime);
	if (s->prefix != NULL)
		buf_printf(&s->conf, "prefix = %s\n", s->prefix);
	put_defaults(s, "service");
}

static int
put_conf(struct setup *s, struct err *e)
{
	size_t i, count;
	const struct option *o = option_table(&count);
	const char *last = "service";

	buf_puts(&s->conf,
		"# Configuration of psirtd; see psirtd.conf(5).  A "
		"setting that is commented\n# out has the value that stands "
		"there.  `psirtctl check` tries it.\n");
	put_service(s);
	for (i = 0; i < count; i++) {
		if (strcmp(o[i].section, last) == 0 ||
			strcmp(o[i].section, "service") == 0 ||
			strcmp(o[i].section, "analyst") == 0)
			continue;
		last = o[i].section;
		put_section(s, last);
		if (strcmp(last, "paths") == 0)
			buf_printf(&s->conf,
				"state = \"%s\"\nruntime = "
				"\"%s\"\n",
				s->state, s->runtime);
		put_defaults(s, last);
	}
	for (i = 0; i < s->analysts_count; i++)
		if (put_analyst(s, s->analysts[i], e) == -1)
			return -1;
	if (check_settings(s, e) == -1)
		return -1;
	if (s->conf.failed)
		return err_permanent(e, "5.3.5",
			"the configuration is too "
			"long");
	return 0;
}

/* Would it be read?  Fingerprints of our own are not known yet. */
static int
try_conf(struct setup *s, struct err *e)
{
	scoped(close_fd) int fd = -1;
	struct conf *c = NULL;

	s->trial = true;
	memset(s->openpgp, '0', FINGERPRINT_CHARS);
	if (put_conf(s, e) == 0 && fs_memory_file("conf", &fd, e) == 0 &&
		fs_write_all(fd, s->conf.data, s->conf.len, e) == 0)
		c = conf_read(fd, s->conf_path, e);
	s->trial = false;
	memset(s->openpgp, 0, sizeof(s->openpgp));
	buf_clear(&s->conf);
	if (c == NULL)
		return -1;
	conf_free(&c);
	return 0;
}

/* The analysts read it, too: they are in the group. */
static int
make_conf(struct setup *s, struct err *e)
{
	if (put_conf(s, e) == -1 ||
		fs_replace_file(s->conf_path, buf_view(&s->conf), 0640, e) ==
			-1)
		return -1;
	return chmod(s->conf_path, 0640) == -1
		? err_errno(e, "%s", s->conf_path)
		: 0;
}

/* --- the verb --- */

static int
set_up(struct setup *s, struct err *e)
{
	struct conf *c;

	if (access(s->conf_path, F_OK) == 0)
		return err_permanent(e, "5.3.5",
			"%s is there already; it is not overwritten",
			s->conf_path);
	if (make_state(s, e) == -1 || try_conf(s, e) == -1 ||
		make_keys(s, e) == -1 || make_conf(s, e) == -1 ||
		store_migrate(s->state, e) == -1)
		return -1;
	if ((c = conf_open(s->conf_path, e)) == NULL)
		return -1;
	conf_free(&c);
	printf("state directory: %s\nconfiguration: %s\n"
	       "OpenPGP key of the service: %s\n",
		s->state, s->conf_path, s->openpgp);
	if (s->smime[0] != '\0')
		printf("certificate of the service: %s\n", s->smime);
	printf("next: psirtctl -c %s check\n", s->conf_path);
	return 0;
}

static int
parse(struct setup *s, const struct call *c)
{
	static const struct option_name {
		const char *name;
		size_t offset;
	} texts[] = {
		{"--organisation", offsetof(struct setup, organisation)},
		{"--address", offsetof(struct setup, address)},
		{"--state", offsetof(struct setup, state)},
		{"--runtime", offsetof(struct setup, runtime)},
		{"--prefix", offsetof(struct setup, prefix)},
		{"--openpgp", offsetof(struct setup, openpgp_file)},
		{"--smime", offsetof(struct setup, smime_file)},
		{"--passphrase-file", offsetof(struct setup, passphrase_file)},
	};
	size_t j;
	int i;

	for (i = 1; i + 1 < c->argc; i += 2) {
		for (j = 0; j < countof(texts); j++)
			if (strcmp(c->argv[i], texts[j].name) == 0)
				break;
		if (j < countof(texts))
			*(const char **)((char *)s + texts[j].offset) =
				c->argv[i + 1];
		else if (strcmp(c->argv[i], "--analyst") == 0 &&
			s->analysts_count < CONF_ANALYSTS_MAX)
			s->analysts[s->analysts_count++] = c->argv[i + 1];
		else if (strcmp(c->argv[i], "--set") == 0 &&
			s->settings_count < SETTINGS_MAX &&
			strchr(c->argv[i + 1], '=') != NULL)
			s->settings[s->settings_count++] = c->argv[i + 1];
		else
			return -1;
	}
	return i == c->argc && s->organisation != NULL && s->address != NULL &&
			s->analysts_count > 0
		? 0
		: -1;
}

static int
run(const struct call *c)
{
	struct setup s = {.conf_path = c->conf_path,
		.state = "/var/lib/psirtd",
		.runtime = "/run/psirtd"};
	struct err e;
	int status = EX_OK;

	if (parse(&s, c) == -1)
		return -1;
	buf_init(&s.openpgp_public, KEY_MAX);
	buf_init(&s.smime_public, KEY_MAX);
	buf_init(&s.conf, CONF_BYTES_MAX);
	snprintf(s.agent, sizeof(s.agent), "%s/agent", s.state);
	umask(077);
	if (set_up(&s, &e) == -1)
		status = verb_fail(&e);
	buf_release(&s.openpgp_public);
	buf_release(&s.smime_public);
	buf_release(&s.conf);
	return status;
}

const struct verb verb_init = {"init",
	"init --organisation NAME --address ADDRESS\n"
	"  --analyst NAME=ADDRESS,KEYFILE[,LOGIN] ...\n"
	"  [--state DIR] [--runtime DIR] [--prefix PREFIX]\n"
	"  [--openpgp SECRETKEYFILE]\n"
	"  [--smime P12FILE [--passphrase-file FILE]]\n"
	"  [--set SECTION.NAME=VALUE ...]",
	"Make the state directory, keys and a configuration (as "
	"the service's user).",
	run};
