/* psirtctl key: keys of others, and our own. */
#include "ctl/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/fs.h"
#include "crypto/keygen.h"
#include "ctl/verb.h"

#define KEY_MAX 65536
#define PUBLIC_MAX 262144
#define PATH_BYTES 600

/* The daemon cannot read the caller's files, so the text goes with the call. */
static int
key_add(const struct call *c)
{
	struct buf text = BUF_INIT(KEY_MAX);
	char *words[4];
	struct call to_daemon = *c;
	struct err e;
	int status;

	if (c->argc != 4)
		return -1;
	if (fs_read_file(c->argv[3], &text, &e) == -1) {
		buf_release(&text);
		return verb_fail(&e);
	}
	memcpy(words, c->argv, sizeof(words));
	words[3] = text.data;
	to_daemon.argv = words;
	status = verb_remote(&to_daemon);
	buf_release(&text);
	return status;
}

/* --- our own --- */

static int
write_public(const struct conf *conf, const struct buf *public, struct err *e)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/keys/own.asc", conf->state);
	return fs_replace_file(path, buf_view(public), 0600, e);
}

static void
tell_what_to_do(const struct conf *conf, const char *span)
{
	printf("%s is extended by %s from now.\n"
	       "To do now:\n"
	       "  reload psirtd, so that its letters carry the new key;\n"
	       "  psirtctl key export > FILE, and put it where the old one is: "
	       "the web page\n"
	       "  and the file that security.txt names in Encryption:, key "
	       "servers, and the\n"
	       "  Web Key Directory of %s.\n",
		conf->openpgp, span, strchr(conf->address, '@') + 1);
}

static int
key_renew(const struct conf *c, int argc, char **argv)
{
	struct buf public = BUF_INIT(PUBLIC_MAX);
	const char *span = argc == 2 ? argv[1] : "2y";
	int status = EX_OK;
	struct err e;

	if (argc > 2 || span[0] == '-')
		return -1;
	if (keygen_renew(c->agent_home, c->openpgp, span, &public, &e) == -1 ||
		write_public(c, &public, &e) == -1)
		status = verb_fail(&e);
	else
		tell_what_to_do(c, span);
	buf_release(&public);
	return status;
}

/* Behind the one in use, which stays that until the configuration says so. */
static int
add_public(const struct conf *conf, const struct buf *new, struct err *e)
{
	struct buf all = BUF_INIT(2 * PUBLIC_MAX);
	char path[PATH_BYTES];
	int result;

	snprintf(path, sizeof(path), "%s/keys/own.asc", conf->state);
	result = fs_read_file(path, &all, e);
	if (result == 0) {
		buf_span(&all, buf_view(new));
		result = write_public(conf, &all, e);
	}
	buf_release(&all);
	return result;
}

static int
make_new(const struct conf *conf, char fingerprint[static 48], struct err *e)
{
	struct buf user_id = BUF_INIT(PATH_BYTES),
		   public = BUF_INIT(PUBLIC_MAX);
	bool runs = keygen_agent_runs(conf->agent_home);
	int result;

	buf_printf(
		&user_id, "%s PSIRT <%s>", conf->organisation, conf->address);
	result = keygen_openpgp(
		conf->agent_home, user_id.data, fingerprint, &public, e);
	if (!runs)
		keygen_end(conf->agent_home);
	if (result == 0)
		result = add_public(conf, &public, e);
	buf_release(&user_id);
	buf_release(&public);
	return result;
}

static int
key_new(const struct conf *c, int argc, char **argv)
{
	char fingerprint[48];
	struct err e;

	(void)argv;
	if (argc != 1)
		return -1;
	if (make_new(c, fingerprint, &e) == -1)
		return verb_fail(&e);
	printf("A new key, which is not yet used: %s\n"
	       "To use it:\n"
	       "  set [service] openpgp = %s in %s;\n"
	       "  reload psirtd;\n"
	       "  psirtctl rekey seals to it what lies in the store;\n"
	       "  psirtctl key export > FILE, and publish that.\n"
	       "The key of before goes on to open what comes to it.\n",
		fingerprint, fingerprint, c->path);
	return EX_OK;
}

/* --- the verb --- */

static const struct {
	const char *name;
	int (*remote)(const struct call *c); /* the daemon's part; or */
	int (*own)(const struct conf *c, int argc, char **argv);
} verbs[] = {
	{"list", verb_remote, NULL},
	{"add", key_add, NULL},
	{"export", verb_remote, NULL},
	{"import", NULL, key_import},
	{"renew", NULL, key_renew},
	{"new", NULL, key_new},
};

/* What changes secret keys is done by the service's user. */
static int
run_own(const struct call *c,
	int (*own)(const struct conf *c, int argc, char **argv))
{
	struct conf *conf = verb_conf(c);
	int status;

	if (conf == NULL)
		return EX_CONFIG;
	umask(077);
	status = verb_as_service(c, conf) ? own(conf, c->argc - 1, c->argv + 1)
					  : EX_NOPERM;
	conf_free(&conf);
	return status;
}

static int
run(const struct call *c)
{
	size_t i;

	for (i = 0; c->argc > 1 && i < countof(verbs); i++)
		if (strcmp(verbs[i].name, c->argv[1]) == 0)
			return verbs[i].own != NULL ? run_own(c, verbs[i].own)
						    : verbs[i].remote(c);
	return -1;
}

const struct verb verb_key = {"key",
	"key list [--json]\n"
	"key add ADDRESS FILE\n"
	"key export\n"
	"key import P12FILE [--passphrase-file FILE]\n"
	"key renew [SPAN]\n"
	"key new",
	"List keys, pin somebody's key; publish, extend and take over our "
	"own.",
	run};
