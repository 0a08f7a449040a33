/*
 * rulefile: the loader of rule files; psirtd-rules(5) describes the language.
 *
 *	struct rulefile *f = rulefile_new();
 *	if (rulefile_add(f, text, "rules/cve.rules", e) == -1) ...
 *	set = rulefile_finish(&f);
 *
 * Definitions and the names of rules are known to the files that come after.
 */
#ifndef RULES_RULEFILE_H
#define RULES_RULEFILE_H

#include "rules/ruleset.h"

struct rulefile;

struct rulefile *rulefile_new(void);
void rulefile_free(struct rulefile **f);

/*
 * Read one file's TEXT; NAME stands in front of errors, with the line.  After
 * an error nothing but rulefile_free() may follow.
 */
must_check int rulefile_add(
	struct rulefile *f, struct span text, const char *name, struct err *e);

/* The set of what was read; frees *F. */
struct ruleset *rulefile_finish(struct rulefile **f);

#endif
