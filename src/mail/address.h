/*
 * address: mail addresses that are safe to hand on, and those we mint.
 *
 * The form is an addr-spec of RFC 5321 (4.1.2) with a dot-string local part,
 * UTF-8 by RFC 6531; no quoted strings, no comments, no address literals: what
 * a program downstream could take for something else is not an address here.
 * At most 64 octets before the @, 254 in all.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/buf.h"

#define ADDRESS_MAX 254
#define ADDRESS_LOCAL_MAX 64

bool address_valid(struct span address);

/* Domain in lower case, local part untouched, into OUT (ADDRESS_MAX + 1). */
void address_normalize(struct span address, char *out);

/* Same mailbox: domains without case, local parts without ASCII case. */
bool address_same(const char *a, const char *b);

/* What stands behind the last @; all of it when there is none. */
const char *address_domain(const char *address);

/* NAME is DOMAIN, or lies below it; without case.  Nothing lies below "". */
bool domain_is_at_or_below(const char *name, const char *domain);

/* Its local part has octets beyond ASCII: libesmtp cannot carry it. */
bool address_local_is_ascii(const char *address);

/*
 * LOCAL<delimiter>TOKEN@DOMAIN, or TOKEN@REPLY_DOMAIN when that is not "".
 * False when the result would not be a valid address.
 */
bool address_with_token(const char *address, const char *delimiter,
	const char *reply_domain, const char *token, struct buf *out);

/*
 * The token in RECIPIENT if it is one of ours by the same form, else an empty
 * span.  Without case, because people and servers fold.
 */
struct span address_token(const char *recipient, const char *address,
	const char *delimiter, const char *reply_domain);

#endif
