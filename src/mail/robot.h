/*
 * robot: did a program send this mail by itself (RFC 3834)?
 *
 * Answered by the outer header and the outer structure alone, never by what
 * the text says: a crash log with "user unknown" in it is no bounce, and what
 * was encrypted must not show in how we answer.  X-Auto-Response-Suppress is
 * no sign: it asks for no answer, people's mail programs send it as well.
 *
 * The reasons, the first that holds: bounce, disposition-notification,
 * feedback-report, calendar, auto-submitted, list, precedence,
 * null-return-path, auto-reply, role-sender.
 */
#ifndef MAIL_ROBOT_H
#define MAIL_ROBOT_H

#include "mail/reading.h"
#include "mail/split.h"

/* HEAD and H are of the root of S.  "" when a person seems to have written. */
const char *robot_reason(
	struct span head, const struct mail_header *h, const struct split *s);

/*
 * The same by the fields of an outer HEAD alone, without a library: for a
 * process that takes nothing apart.  What only the structure tells is missed.
 */
const char *robot_reason_of_header(struct span head, bool null_sender);

#endif
