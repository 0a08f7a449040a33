/*
 * envelope: the arguments of MAIL, RCPT and XFORWARD as text (RFC 5321, 4.1.2;
 * Postfix's XFORWARD_README).
 */
#ifndef MAIL_ENVELOPE_H
#define MAIL_ENVELOPE_H

#include "mail/lmtp.h"

/*
 * Take "<path>" off the front of *S, a source route stripped (RFC 5321, F.2).
 * What Postfix passes is taken, quoted local parts and all; the text is
 * cleaned, for it goes into a record.  NULL when there is none; free() it.
 */
char *envelope_path(struct span *s);

/* The same of what a milter is told of a MAIL or RCPT: for mail that did not
 * come by SMTP the address stands there without <>. */
char *envelope_argument(const char *text);

/* Take the next word of *S; an empty span at the end. */
struct span envelope_word(struct span *s);

/* The reply that says what is wrong with the parameters of MAIL, or NULL. */
const char *envelope_mail_parameters(struct span s, int64_t *size);

/*
 * Put one attribute of XFORWARD, NAME=xtext, into F.  False when it is none;
 * PORT and PROTO are known, and dropped.
 */
bool envelope_forward(struct lmtp_forward *f, struct span word);

#endif
