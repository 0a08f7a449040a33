/*
 * route: which case a mail belongs to.
 *
 * Outer evidence is what anybody on the way can see: the address it was sent
 * to, In-Reply-To and References.  Inner evidence came out of the mail: tokens
 * and case IDs in its text, the protected header.  Only outer evidence decides
 * whether and about which case an acknowledgement is sent.
 */
#ifndef DAEMON_ROUTE_H
#define DAEMON_ROUTE_H

#include "base/conf.h"
#include "cases/decide.h"
#include "daemon/spool_log.h"
#include "mail/reading.h"
#include "store/store.h"

struct routing {
	int64_t outer_case; /* 0: a new one */
	int64_t inner_case; /* only when there is no outer_case */
	enum evidence evidence;
	/* What outer evidence was given to, and in which letter; 0: nobody,
	 * none.  ENVELOPE: it was that letter's envelope address or ID. */
	int64_t given_to, letter;
	bool envelope;
};

/* PERSON wrote it.  Merges are followed.  In a transaction. */
must_check int route_mail(struct store *s, const struct conf *c,
	const struct envelope *env, const struct reading *r, int64_t person,
	struct routing *out, struct err *e);

/* The envelope's recipients, one a line, each line ended, in A. */
const char *envelope_recipients(const struct envelope *env, struct arena *a);

#endif
