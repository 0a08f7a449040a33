#include "ctl/verb.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

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

int
verb_fail(const struct err *e)
{
	fprintf(stderr, "psirtctl: %s\n", e->text);
	if (e->kind == ERR_PERMANENT)
		return EX_DATAERR;
	return e->kind == ERR_BUG ? EX_SOFTWARE : EX_TEMPFAIL;
}
