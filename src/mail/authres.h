/*
 * authres: what our own border found out about a mail's sender: the field
 * Authentication-Results (RFC 8601).
 *
 * Anybody can write such a field, so one counts only if it bears our border's
 * authserv-id, and stands above the first Received field that no host of ours
 * wrote: what lies below came with the mail.  The border has to remove foreign
 * fields that bear its id (RFC 8601, section 5).  A field of another version
 * than 1 (2.2) does not count.  Of a method that stands in several fields the
 * topmost counts: that is the one which the border wrote last.
 *
 * Linear in the header, no recursion, any bytes.
 */
#ifndef MAIL_AUTHRES_H
#define MAIL_AUTHRES_H

#include "base/buf.h"
#include "mail/reading.h"

/* Who our border is. */
struct border {
	const char *id; /* its authserv-id */
	/* Hosts whose Received fields are ours: this one, and all that bear the
	 * domain or lie below it. */
	const char *hostname, *domain;
};

/* FROM: the domain of the one address in From, or "".  Texts live in A. */
void authres_read(struct arena *a, struct span head, const struct border *b,
	const char *from, struct mail_authentication *out);

#endif
