/*
 * transact: an input decided and committed, in one transaction.
 *
 * The one place where routing, decide() and the store meet: BEGIN IMMEDIATE,
 * has the input been consumed, which case is it about, load it, decide, carry
 * out, COMMIT.  Nothing slow happens inside: everything that needs a key, a
 * file or another process was done before, or is done after from the orders.
 *
 * -1 leaves the store as it was.
 */
#ifndef DAEMON_TRANSACT_H
#define DAEMON_TRANSACT_H

#include "cases/command.h"
#include "daemon/opening.h"
#include "daemon/spool_log.h"
#include "store/casebook.h"
#include "store/letters.h"
#include "store/likenesses.h"
#include "store/messages.h"
#include "store/timers.h"

#define LEASE_SEAL (10 * INT64_C(60000000)) /* orders of a plan: 10 minutes */

/* Who decides: the store, and what it decides by. */
struct transactor {
	struct store *store;
	const struct conf *conf;
	const struct policy *policy;
	const char *owner;
	bool seals; /* the orders: leased to the owner, or anybody's */
};

/* What was decided; its texts live in the arena given. */
struct transacted {
	bool consumed_before; /* nothing was done now */
	bool lost; /* the lease was somebody else's by then */
	struct case_file *c;
	struct case_file *elsewhere; /* a second case, or NULL */
	int64_t message;
	struct plan plan;
};

/* What stands in a mail of commands; see daemon/mail_commands.h. */
struct mail_commands {
	bool present; /* and it may be an analyst's */
	struct command *commands; /* NULL: they cannot be parsed */
	const char *problem; /* then: why; may hold their words */
	const struct stored_bytes *bytes; /* as in commands_to_obey */
};

/* A mail, all slow work done. */
struct mail_to_file {
	const struct spool_item *item;
	const struct envelope *envelope;
	struct hash identity;
	const struct opening *opening;
	const struct input_key *keys; /* looked into */
	size_t keys_count;
	/* Fingerprint of the outer header's, if it is usable, or "". */
	const char *autocrypt_key;
	enum message_form form;
	const struct stored_bytes *bytes;
	const struct sketch *sketch; /* of the whole mail */
	struct mail_commands commands;
};

must_check int transact_mail(const struct transactor *t,
	const struct mail_to_file *m, struct arena *a, struct transacted *r,
	struct err *e);

/* Is a mail of that identity known?  Then it is counted, and ITEM done: 1. */
must_check int transact_copy(const struct transactor *t,
	const struct spool_item *item, const struct envelope *env,
	const struct hash *identity, struct err *e);

must_check int transact_timer(const struct transactor *t,
	const struct due_timer *timer, struct arena *a, struct transacted *r,
	struct err *e);

/*
 * Commands of ACTOR on a case.  BYTES[i] are the sealed words of the i-th
 * command that has some.  NONCE makes a retry harmless.  DRY: decide, and roll
 * back.
 */
struct commands_to_obey {
	int64_t case_id, actor;
	struct command *commands;
	const struct stored_bytes *bytes;
	const char *nonce;
	bool dry;
};
must_check int transact_commands(const struct transactor *t,
	const struct commands_to_obey *c, struct arena *a, struct transacted *r,
	struct err *e);

/*
 * A case that ACTOR begins by psirtctl: /new, and the report as a mail that was
 * read and put aside.  WORDS as BYTES above.
 */
struct case_to_begin {
	int64_t actor;
	struct command *commands;
	const struct stored_bytes *words, *report;
	const struct opening *opening;
	const char *nonce;
};
must_check int transact_begin(const struct transactor *t,
	const struct case_to_begin *b, struct arena *a, struct transacted *r,
	struct err *e);

/*
 * ACTOR vouches for a key of whoever has ADDRESS: it is pinned, and each open
 * case of theirs as finder says so.  *CASES_R is how many.
 */
must_check int transact_key(const struct transactor *t, const char *address,
	int64_t actor, const struct input_key *key, struct arena *a,
	struct transacted *r, int64_t *cases_r, struct err *e);

/*
 * Purge a case, and what was merged into it; then its files and what lies of it
 * in the store's log.  ACTOR 0: by retention.  Large letters that the MTA has
 * are files that nothing names: they go with the next sweep, within a day.
 */
must_check int transact_purge(const struct transactor *t, int64_t case_id,
	int64_t actor, const char *reason, struct arena *a,
	struct transacted *r, struct err *e);

/* The fate of a letter that is leased to us: state, and the next try. */
struct letter_fate {
	int64_t letter;
	enum letter_state state;
	const char *text;
	int64_t until;
	bool wants_key; /* it waits for one that can be used */
};
must_check int transact_fate(const struct transactor *t,
	const struct letter_fate *f, struct arena *a, struct transacted *r,
	struct err *e);

/* Somebody reads message NUMBER of a case: 1 and the message's number in the
 * store, 0 when there is none. */
must_check int transact_read(const struct transactor *t, int64_t case_id,
	int64_t actor, int64_t number, struct arena *a, struct transacted *r,
	struct err *e);

#endif
