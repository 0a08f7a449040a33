/*
 * tnef: what Outlook and Exchange wrap in winmail.dat (application/ms-tnef,
 * [MS-OXTNEF]), as a MIME entity.
 *
 * A stream of attributes is walked, of which three matter: an attachment
 * begins, its title, its data.  All else (the RTF body, MAPI properties,
 * recurrences) is passed over, and nothing is held: that is why this is by
 * hand, and not libytnef, which decodes everything there is into memory that
 * it allocates by the lengths in the stream.
 */
#ifndef MAIL_TNEF_H
#define MAIL_TNEF_H

#include "mail/transfer.h"

#define TNEF_ATTACHMENTS_MAX 100 /* those beyond are not unpacked */
#define TNEF_TITLE_MAX 255

/* Does HEAD begin a TNEF stream? */
bool tnef_begins(struct span head);

/*
 * Unpack the TNEF stream that BODY holds in ENCODING (enum part_encoding):
 * multipart/mixed, a part for each attachment.  What is cut off or no TNEF ends
 * there.  False: the sink wanted no more.
 */
bool tnef_unpack(struct span body, int encoding, const struct sink *to);

#endif
