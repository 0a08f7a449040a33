/* decide_parts: what the files of decide() share; see cases/decide.h. */
#ifndef CASES_DECIDE_PARTS_H
#define CASES_DECIDE_PARTS_H

#include "cases/decide.h"

/* A mail being decided. */
struct mail_decision {
	const struct ground *g;
	const struct mail_input *in;
	struct plan *p;
};

static inline void
mail_event(const struct mail_decision *d, struct case_file *c,
	enum event_kind kind, const struct facts *f)
{
	plan_event(d->p, c, kind, d->g->now, 0, f);
}

/* Begin F with what every event that puts a mail into a case says of it. */
void mail_facts(const struct mail_decision *d, const struct case_file *c,
	enum evidence evidence, struct facts *f);

/* The mail, to each analyst, with what its signatures were worth. */
void tell_analysts(const struct mail_decision *d, const struct case_file *c,
	enum letter_kind kind);

/* A robot's mail, into the case to which it belongs. */
void file_robot(const struct mail_decision *d, struct case_file *c);
/* One of nothing of ours, into the fresh case C. */
void file_stray_robot(const struct mail_decision *d, struct case_file *c);

/* The held acknowledgement of C may go; ACTOR says so (0: its turn came). */
void release_acknowledgement(const struct ground *g, struct case_file *c,
	int64_t actor, struct plan *p);

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
