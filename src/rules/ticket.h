/*
 * ticket: the number by which somebody else's tracker knows a case, by a
 * pattern of the configuration.  Read in automatic answers, shown to analysts.
 */
#ifndef RULES_TICKET_H
#define RULES_TICKET_H

#include "base/err.h"
#include "base/memory.h"
#include "rules/pattern.h"

#define TICKET_MAX 64 /* bytes */

/* SOURCE is a pattern as in rule files; "" is one for most trackers.  NULL on
 * error (permanent). */
struct pattern *ticket_pattern(const char *source, struct err *e);

/*
 * The first number in SUBJECT, else in TEXT, both clean UTF-8, of which 4 KB
 * are looked at; a clean line in A, "" if there is none.
 */
char *ticket_find(const struct pattern *p, struct arena *a, struct span subject,
	struct span text);

#endif
