/*
 * decode: the one file that calls libetpan.  It decodes leaves: encoded words
 * (RFC 2047), lists of addresses, dates, quoted-printable.
 *
 * libetpan 1.9 is not safe with any input.  It recurses for each nested
 * comment, reads behind the end of a cut-off escape, and gives up a whole
 * field for one slip in it.  So what it gets is looked over first, and what
 * it refuses is read by a simpler way of our own.  It must not look for
 * charsets, which would open files: all go through mail/charset.h.
 *
 * Texts in results are clean and bounded, unless said otherwise.
 */
#ifndef MAIL_DECODE_H
#define MAIL_DECODE_H

#include "base/memory.h"
#include "mail/reading.h"
#include "mail/transfer.h"

#define DECODE_COMMENTS_MAX 50

/* Once, before the sandbox closes. */
void decode_open(void);

/* Append RAW, a folded field body, as UTF-8.  Not clean. */
void decode_words(struct span raw, struct buf *out);

/* Mailboxes, in an arena; grows by doubling. */
struct address_list {
	struct mail_address *address;
	size_t count, room;
};

/*
 * Append the mailboxes of a folded field body, those of groups with the others,
 * until L has MAX.  An address that is none is "", see mail/address.h.  False
 * when there were more.
 */
bool decode_addresses(
	struct arena *a, struct span body, size_t max, struct address_list *l);

/* The instant of a Date field, or 0. */
int64_t decode_date(struct span body);

/*
 * Decode quoted-printable in which each '=' has its two digits; soft line
 * breaks are not for this.  For transfer_decode().
 */
bool decode_quoted_run(struct span run, const struct sink *to);

/* A clean line of at most READING_LINE_MAX bytes in A, from any UTF-8. */
char *clean_line(struct arena *a, struct span s, size_t max);

#endif
