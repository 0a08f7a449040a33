/*
 * header: a header block to a struct mail_header.
 *
 * Of a field that should stand once the first counts.  From is the exception:
 * its addresses are put together from all fields, so that a second From shows
 * as a second sender instead of hiding behind the first.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "mail/limit.h"
#include "mail/reading.h"

/* ADDRESSES is how many are read in all.  Everything in H lives in A. */
void header_read(struct arena *a, struct span head, size_t addresses,
	struct limits *hit, struct mail_header *h);

/*
 * The one valid Autocrypt field (Autocrypt Level 1, 2.1) of a mail with the
 * one sender FROM: its addr, and its keydata, still in base64.  False when
 * there is none, or more than one.
 */
bool autocrypt_read(struct span head, const char *from, struct span *keydata);

#endif
