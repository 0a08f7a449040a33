/*
 * identity: by what a message is known when it comes again.
 *
 * SHA-256 over its bytes below the header fields that our own hosts put on
 * top, so it does not depend on the queue ID, the time or the way: a redelivery
 * after a lost reply is the same message, be it Postfix's to us or that of the
 * sender's host to Postfix (which then has another queue ID), and so is one by
 * LMTP and by a milter, or by import of a mailbox.
 *
 * What counts as ours is one table in identity.c, and only as far as it stands
 * on top without a gap: the first field that is not ours ends it.  The topmost
 * Received is ours whoever it names, for a mail has always just come through a
 * host of ours (the milter role puts one on top itself); others are if they
 * say that they were written `by` us, so that a content filter or a border
 * host changes nothing.
 *
 * What an attacker can do with it.  Below our own fields begins what the sender
 * wrote; if that looks like our fields it is passed over, too.  So a sender can
 * make two mails of his own one (and the second is counted, not processed), and
 * by any other byte as many different ones as he likes, which no identity
 * prevents.  He cannot make his mail the same as somebody else's but by sending
 * that one, byte for byte, and before it: who holds a mail back on its way
 * needs no such trick.  Then it is in the case all the same, and the sender of
 * the copy is written to its record.  Nothing that is passed over is anything
 * but trace: what people read is hashed whole.  Where the passed-over fields
 * end is exact (a blank line ends them), so no two splits of the same bytes
 * exist.
 */
#ifndef DAEMON_IDENTITY_H
#define DAEMON_IDENTITY_H

#include "base/conf.h"
#include "base/err.h"
#include "base/hash.h"

/* Of the LEN bytes of FD.  Our hosts are C's hostname and authserv_id, and
 * what lies in the domain of its address. */
must_check int identity_of(int fd, int64_t len, const struct conf *c,
	struct hash *identity, struct err *e);

#endif
