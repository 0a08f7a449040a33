/*
 * pipeline: the way of one mail, step by step.
 *
 *	spool > read > unseal > read and extract > [route > decide > commit]
 *	      > seal > outbox
 *
 * Everything else in this folder serves one of these steps; this is where they
 * are written down in order.
 */
#ifndef DAEMON_PIPELINE_H
#define DAEMON_PIPELINE_H

#include "daemon/desk.h"
#include "daemon/spool_log.h"
#include "daemon/transact.h"

/*
 * Take ITEM, which is leased to D's owner, all the way.  0: it is done with
 * (filed, a copy, or somebody else's by now); letters that could not be sealed
 * now have been given back.  -1: temporary, nothing has happened.
 */
must_check int pipeline_mail(
	struct desk *d, const struct spool_item *item, struct err *e);

/* Seal what was just decided, from what is at hand.  HELD may be NULL.  What
 * fails has been given back and logged. */
struct held_message;
void pipeline_seal(
	struct desk *d, const struct plan *p, const struct held_message *held);

struct transactor pipeline_transactor(const struct desk *d);

/* A text to our own key, put aside: the words of an analyst. */
must_check int pipeline_seal_words(struct desk *d, const char *text,
	struct arena *a, struct stored_bytes *b, struct err *e);

/* Log what of a decision an administrator should see without asking. */
void pipeline_log(
	const struct transacted *r, const char *spool, const char *queue);

#endif
