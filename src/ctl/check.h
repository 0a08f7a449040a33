/*
 * check: what the files of `psirtctl check` share.
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "base/output.h"
#include "daemon/desk.h"

enum finding {
	FINDING_GOOD,
	FINDING_WARNING,
	FINDING_BAD
};

struct checkup {
	struct conf *conf;
	struct desk desk;
	bool desk_open, json;
	struct output *o;
	int bad, warnings;
};

/* WHAT is looked at, the text what was found, MEND what to do ("" if well). */
void check_tell(struct checkup *k, enum finding finding, const char *what,
	const char *mend, const char *fmt, ...) printf_like(5, 6);

/* The agent, our keys and those of others: whether they can be used, and for
 * how long.  The desk is open. */
void check_keys(struct checkup *k);

#endif
