/*
 * mbox: the mails of a file that holds one or many, as it streams by.
 *
 * A file whose first line begins with "From " is an mbox (RFC 4155 calls it by
 * that name and leaves the rest open); any other is one mail.  Of an mbox:
 *
 * - A mail begins after a line "From SENDER TIME YEAR" that is the first or
 *   follows an empty one.  Without a time and a year it is text: not everybody
 *   quotes.
 * - The empty line in front of it, or of the end, belongs to the file.
 * - A line of ">"s and "From " loses one ">" (mboxrd).  In mboxo, which quotes
 *   no ">", a line that the sender began with ">From " loses it, too.
 * - Status, X-Status, X-Keywords, X-UID, X-IMAP and X-IMAPbase are what mail
 *   readers note in it, and are left out: the mail is what it was when it came.
 *
 * Lines get CRLF, the last one too, as they have on the way by LMTP.  Memory is
 * a line's beginning (MBOX_LOOK bytes), however long mails and lines are.
 */
#ifndef MAIL_MBOX_H
#define MAIL_MBOX_H

#include "base/buf.h"

#define MBOX_LOOK 1024 /* what is looked at is no longer than this */

/* A mail begins, has bytes, and ends; each returns 0 to go on. */
struct mbox_events {
	int (*begin)(void *arg);
	int (*data)(void *arg, const char *data, size_t len);
	int (*end)(void *arg);
};

struct mbox;

/* E must outlive it. */
struct mbox *mbox_new(const struct mbox_events *e, void *arg);

/* What an event returned if that was not 0, and then it must not go on. */
must_check int mbox_feed(struct mbox *m, const char *data, size_t len);
/* The end of the file: there may be a last line without a line end. */
must_check int mbox_finish(struct mbox *m);

/* Had it a "From " line?  Known after the first MBOX_LOOK bytes. */
bool mbox_is_mbox(const struct mbox *m);

void mbox_free(struct mbox **m);

#endif
