#include "ctl/verb.h"

#include <stdio.h>
#include <sysexits.h>

struct conf *
verb_conf(const struct call *c)
{
	struct conf *conf;
	struct err e;

	if ((conf = conf_open(c->conf_path, &e)) == NULL)
		verb_fail(&e);
	return conf;
}

int
verb_fail(const struct err *e)
{
	fprintf(stderr, "psirtctl: %s\n", e->text);
	if (e->kind == ERR_PERMANENT)
		return EX_DATAERR;
	return e->kind == ERR_BUG ? EX_SOFTWARE : EX_TEMPFAIL;
}
