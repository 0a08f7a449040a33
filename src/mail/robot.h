/*
 * robot: did a program send this mail by itself (RFC 3834)?
 *
 * Answered by the outer header and the outer structure alone, never by what
 * the text says: a crash log with "user unknown" in it is no bounce, and what
 * was encrypted must not show in how we answer.  X-Auto-Response-Suppress is
 * no sign: it asks for no answer, people's mail programs send it as well.
 *
 * The reasons, the first that holds: loop (more than ROBOT_HOPS_MAX hosts have
 * had it), bounce, disposition-notification, feedback-report, calendar,
 * challenge, auto-submitted (auto-reply where it says auto-replied), list,
 * precedence, null-return-path, auto-reply, role-sender.  The worker adds
 * own-letter, which needs a secret to tell.
 */
#ifndef MAIL_ROBOT_H
#define MAIL_ROBOT_H

#include "mail/reading.h"
#include "mail/split.h"

#define ROBOT_HOPS_MAX 50

/* Stands in each letter of ours: letters/draft.h. */
#define ROBOT_LOOP_FIELD "X-PSIRT-Loop"
#define ROBOT_OWN_LETTER "own-letter"

/* HEAD and H are of the root of S.  "" when a person seems to have written. */
const char *robot_reason(
	struct span head, const struct mail_header *h, const struct split *s);

/*
 * The same by the fields of an outer HEAD alone, without a library: for a
 * process that takes nothing apart.  What only the structure tells is missed.
 */
const char *robot_reason_of_header(struct span head, bool null_sender);

/*
 * Programs also carry what people want known: a list, a tracker's notice, the
 * news of a coordination centre.  False for the reasons that only ever speak of
 * mail itself: those of nothing of ours interest nobody.
 */
bool robot_may_report(const char *reason);

/* Is it from a program that answers for somebody, and may say when they are
 * back? */
bool robot_answers_for_somebody(const char *reason);

/* Did a filter in front of us mark it as spam? */
bool robot_marked_spam(struct span head);

#endif
