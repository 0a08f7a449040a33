/* decide_parts: what the files of decide() share; see cases/decide.h. */
#ifndef CASES_DECIDE_PARTS_H
#define CASES_DECIDE_PARTS_H

#include "cases/decide.h"

/* One order for each analyst, but EXCEPT (a person, or 0). */
void order_for_analysts(const struct ground *g, const struct case_file *c,
	enum letter_kind kind, int64_t message, int64_t except, struct plan *p);

/*
 * The commands of IN, a mail that has just been added to C: obey them, or
 * refuse them; tell the analyst.  A mail without commands, which is a note, is
 * told as that.  -1 (permanent): a command is impossible.
 */
must_check int obey_mail(const struct ground *g, struct case_file *c,
	const struct mail_input *in, struct plan *p, struct err *e);

#endif
