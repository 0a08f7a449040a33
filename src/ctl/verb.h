/*
 * verb: the verbs of psirtctl, one file each, one row each.
 *
 * The table drives dispatch, `psirtctl --help` and the lint test that holds
 * the manual page against it.
 */
#ifndef CTL_VERB_H
#define CTL_VERB_H

#include "base/buf.h"
#include "base/conf.h"

/* What every verb is given. */
struct call {
	const char *conf_path;
	int argc;
	char **argv; /* argv[0] is the verb */
};

struct verb {
	const char *name;
	const char *usage; /* one form a line, without "psirtctl" */
	const char *help; /* one sentence */
	/* An exit status of sysexits.h; -1: the usage is to be printed. */
	int (*run)(const struct call *c);
};

extern const struct verb verb_init, verb_check, verb_case, verb_outbox,
	verb_inspect, verb_import, verb_key, verb_rules, verb_catalogue,
	verb_trace, verb_audit, verb_purge, verb_rekey;

/* Read the configuration, or say why not and return NULL. */
struct conf *verb_conf(const struct call *c);

/*
 * Go on as the service's user, who owns the state directory: what root or
 * somebody else leaves there would be in the service's way.  Root becomes that
 * user; for anybody else it is false, and standard error says why.
 */
bool verb_as_service(const struct call *c, const struct conf *conf);

/*
 * The passphrase of WHAT: the first line of FILE, or when that is NULL typed at
 * the terminal.  False, and standard error says why, if there is neither.
 */
bool verb_passphrase(const char *file, const char *what, struct buf *out);

/* "psirtctl: TEXT" on standard error; the exit status for the kind. */
int verb_fail(const struct err *e);

/* Hand the whole call to the daemon (daemon/service.h) and print its answer. */
int verb_remote(const struct call *c);

#endif
