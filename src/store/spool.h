/*
 * spool: which records of the spool logs are in work, and which are done.  The
 * logs themselves are daemon/spool_log.h's; nothing is marked in them.
 *
 * A lease is counted in the transaction that takes it and taken off again when
 * it is given back, so an item that kills its worker is known after the
 * restart: its third lease is taken alone, and after that it is not tried any
 * more.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "store/store.h"

#define SEGMENT_MAX 24
#define SPOOL_LEASES_MAX 3 /* that ended with the worker's death */

struct spool_item {
	char segment[SEGMENT_MAX]; /* "lmtp/0j4k..." */
	int64_t at;
	int64_t leases; /* not given back, this one included */
	int64_t deaths; /* of its reader */
};

/*
 * Note what was FOUND in the logs, and lease up to MAX items that wait or whose
 * lease is over: *COUNT_R of them into ITEMS.  Its own transaction.
 */
must_check int spool_lease(struct store *s, const struct spool_item *found,
	size_t found_count, const char *owner, int64_t now, int64_t until,
	struct spool_item *items, size_t max, size_t *count_r, struct err *e);

/* Consumed, as MESSAGE of the store (0: it was a copy).  1, or 0 when it is no
 * longer OWNER's.  In a transaction. */
must_check int spool_done(struct store *s, const struct spool_item *item,
	const char *owner, int64_t message, struct err *e);

/* Give it back; it is tried again at UNTIL.  Its own transaction. */
must_check int spool_retry(struct store *s, const struct spool_item *item,
	const char *owner, int64_t until, struct err *e);

/* Its reader died of it.  Its own transaction. */
must_check int spool_death(
	struct store *s, const struct spool_item *item, struct err *e);

/*
 * Its segment is not there any more: another worker had forgotten and removed
 * it after this one had looked at it, and before its row was noted again.  Own
 * transaction.
 */
must_check int spool_gone(struct store *s, const struct spool_item *item,
	const char *owner, struct err *e);

/* Are COUNT records of SEGMENT done?  Then forget their rows: 1; else 0. */
must_check int spool_forget(
	struct store *s, const char *segment, int64_t count, struct err *e);

/* When the next item is due: 1, 0 (none) or -1. */
must_check int spool_next(struct store *s, int64_t *due_r, struct err *e);

/* The number by which logs and traces name a record: "lmtp/0j4k....0". */
#define SPOOL_NUMBER_MAX (SEGMENT_MAX + 24)
const char *spool_number(
	const struct spool_item *item, char text[static SPOOL_NUMBER_MAX]);

#endif
