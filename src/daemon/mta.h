/*
 * mta: one letter to the MTA, by libesmtp; the one file that calls it.
 *
 * libesmtp puts addresses into commands as they are and passes bytes on as they
 * are: it is given only addresses that address_valid() knows, and letters whose
 * line ends are CRLF.  It speaks to a Postfix on this host.
 */
#ifndef DAEMON_MTA_H
#define DAEMON_MTA_H

#include "base/conf.h"
#include "daemon/post.h"

#define MTA_TEXT_MAX 300

/*
 * Hand L, whose bytes are FD's, to the MTA of the configuration; blocks.  R's
 * outcome and TEXT say how it went.  A local part beyond ASCII is unreachable;
 * a domain beyond ASCII goes as A-labels (RFC 5891).  Only the null sender goes
 * without DSN requests; all others ask for RET=HDRS, NOTIFY=FAILURE,DELAY.
 */
void mta_deliver(const struct conf *c, const struct post_letter *l, int fd,
	struct post_report *r, char text[static MTA_TEXT_MAX]);

#endif
