/*
 * mark: the header field by which a mail that was copied on its way to another
 * mailbox is known again.
 *
 *	X-Psirtd-Trace: milter/1j0ocpgrq38.0 k3v5...
 *
 * The number of the record in the spool, which `psirtctl trace` knows, and
 * MARK_TAG_CHARS characters of its HMAC: nothing of the mail or of a case.  The
 * key is derived for this purpose (daemon/mark_key.h) and good for no other.
 * A mail that comes in with a mark of ours has been here before: it loops.
 */
#ifndef MAIL_MARK_H
#define MAIL_MARK_H

#include "base/buf.h"

#define MARK_FIELD "X-Psirtd-Trace"
#define MARK_TAG_CHARS 32
#define MARK_NUMBER_MAX 48
#define MARK_MAX (MARK_NUMBER_MAX + MARK_TAG_CHARS + 2) /* with NUL */

/* The body of the field for the record NUMBER (MARK_NUMBER_MAX bytes). */
void mark_write(
	struct span key, const char *number, char text[static MARK_MAX]);

/* Is BODY, blanks around it or not, a mark made with KEY? */
bool mark_is_ours(struct span key, struct span body);

#endif
