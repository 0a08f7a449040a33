#include "ctl/verb.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/memory.h"

struct conf *
verb_conf(const struct call *c)
{
	struct conf *conf;
	struct err e;

	if ((conf = conf_open(c->conf_path, &e)) == NULL)
		verb_fail(&e);
	return conf;
}

static bool
become(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) == 0 &&
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
}

bool
verb_as_service(const struct call *c, const struct conf *conf)
{
	const struct passwd *owner;
	struct stat st;

	if (stat(conf->state, &st) == -1 || st.st_uid == geteuid())
		return true;
	owner = getpwuid(st.st_uid);
	if (owner != NULL && geteuid() == 0 && become(owner))
		return true;
	fprintf(stderr, "psirtctl: %s: run this as the user that owns %s, %s\n",
		c->argv[0], conf->state,
		owner != NULL ? owner->pw_name : "who has no name here");
	return false;
}

/* Without an echo; the terminal is left as it was found. */
static bool
ask(int tty, const char *what, struct buf *out)
{
	struct termios before, quiet;
	bool good;
	char c;

	if (tcgetattr(tty, &before) == -1)
		return false;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	dprintf(tty, "Passphrase of %s: ", what);
	good = tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
	while (good && read(tty, &c, 1) == 1 && c != '\n')
		buf_putc(out, c);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	return good && !out->failed;
}

bool
verb_passphrase(const char *file, const char *what, struct buf *out)
{
	scoped(close_fd) int tty = -1;
	struct err e;

	if (file != NULL) {
		if (fs_read_file(file, out, &e) == -1) {
			verb_fail(&e);
			return false;
		}
		buf_cut(out, strcspn(out->data, "\n"));
		return true;
	}
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty != -1 && ask(tty, what, out))
		return true;
	fprintf(stderr,
		"psirtctl: %s has a passphrase, and there is no terminal to "
		"ask for it: give --passphrase-file FILE\n",
		what);
	return false;
}

int
verb_fail(const struct err *e)
{
	fprintf(stderr, "psirtctl: %s\n", e->text);
	if (e->kind == ERR_PERMANENT)
		return EX_DATAERR;
	return e->kind == ERR_BUG ? EX_SOFTWARE : EX_TEMPFAIL;
}
