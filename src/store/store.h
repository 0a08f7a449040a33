/*
 * store: everything that is known, in one file, changed in transactions.
 *
 * One store.db (SQLite, WAL, synchronous=FULL) in the state directory; bytes
 * above STORE_ROW_MAX lie beside it as messages/ab/HASH.  Decisions are made
 * between store_begin() and store_commit(): BEGIN IMMEDIATE takes the write
 * lock, so what is read there is true until the commit.  Nothing slow may
 * happen in between.
 *
 * Every function here wants an open transaction if its comment says so.  A
 * store is used by one process and one thread.  Errors of the database are
 * temporary (busy, full, I/O), or bugs.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define STORE_ROW_MAX 65536
#define STORE_PATH_MAX 512

struct store;

/*
 * Open DIR/store.db, which store_migrate() has brought to this version; a
 * newer one is a permanent error.  SECRET is the HMAC key of addresses and IDs
 * (at least 32 bytes), HOSTNAME the right side of minted Message-IDs; both
 * must outlive the store.
 */
struct store *store_open(const char *dir, struct span secret,
	const char *hostname, struct err *e);
void store_close(struct store **s);

/* Make or upgrade DIR/store.db, after a copy of the old one, and forget all
 * leases.  Only when no other process has it open. */
must_check int store_migrate(const char *dir, struct err *e);

must_check int store_begin(struct store *s, struct err *e);
must_check int store_commit(struct store *s, struct err *e);
/* After an error, or a dry run; nothing happens without a transaction. */
void store_rollback(struct store *s);

/*
 * Give back every lease of OWNER: it has died, and its successor has the same
 * name.  Its own transaction.
 */
must_check int store_release(struct store *s, const char *owner, struct err *e);

/*
 * Write the log back into store.db and cut it to nothing: deleted rows are
 * overwritten in the one (secure_delete), and would lie on in the other.  Not
 * in a transaction; temporary error when others are at work.
 */
must_check int store_empty_log(struct store *s, struct err *e);

/*
 * Numbers that stand beside the cases, by name: the last self-test, a lease.
 * What was never set is 0.  store_claim() sets KEY to UNTIL if it is not beyond
 * NOW: 1, or 0 when somebody else has it.  In a transaction, or one of its own.
 */
must_check int store_mark(
	struct store *s, const char *key, int64_t value, struct err *e);
must_check int store_marked(
	struct store *s, const char *key, int64_t *value_r, struct err *e);
must_check int store_claim(struct store *s, const char *key, int64_t now,
	int64_t until, struct err *e);

/*
 * Consume an input, once: 1 if KEY is new, 0 if it has been consumed before.
 * In a transaction.
 */
must_check int store_consume(
	struct store *s, const char *key, int64_t now, struct err *e);

#endif
