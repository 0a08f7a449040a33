/*
 * messages: mails and words, as ciphertext.
 *
 * A message is put aside first (its bytes made durable, outside of any
 * transaction) and then added (its row, in the transaction that refers to it).
 * Bytes up to STORE_ROW_MAX go into the row, larger ones are a file named by
 * its hash; a file that no row names is swept after a day.
 */
#ifndef STORE_MESSAGES_H
#define STORE_MESSAGES_H

#include "base/memory.h"
#include "store/store.h"

/* Bytes put aside. */
struct stored_bytes {
	struct hash hash;
	int64_t size;
	struct span bytes; /* those of the row; empty when they are a file */
};

enum message_form {
	MESSAGE_RECEIVED, /* encrypted, as it came */
	MESSAGE_SEALED, /* a mail that came in clear, sealed to us */
	MESSAGE_WORDS, /* text that was written here, sealed to us */
	MESSAGE__COUNT
};

struct message {
	int64_t id;
	enum message_form form;
	int64_t received, size, copies;
	const char *sender; /* envelope */
	const char *recipients; /* envelope, one a line */
	const char *spool, *queue, *message_id;
	const char *sealed_to; /* our key, a fingerprint; NULL: as received */
	struct hash identity;
	bool has_identity;
};

/* Bytes AT of FD to the store; those of a row are copied into A. */
must_check int message_put(struct store *s, int fd, int64_t at, int64_t len,
	struct arena *a, struct stored_bytes *b, struct err *e);

/* In a transaction; M's id is filled in. */
must_check int message_add(struct store *s, struct message *m,
	const struct stored_bytes *b, struct err *e);

/* 1, 0 or -1. */
must_check int message_get(struct store *s, int64_t id, struct arena *a,
	struct message *m, struct err *e);

/*
 * A descriptor with the bytes: a file of the store or one in memory; reading
 * from 0 gives size bytes.
 */
must_check int message_open(
	struct store *s, int64_t id, int *fd_r, int64_t *size_r, struct err *e);

/*
 * The message that was received with that identity: 1 and its number, counting
 * one copy more; 0; -1.  Of COPY received, sender, recipients, spool and queue
 * are kept beside it for `trace`, of the first MESSAGE_COPIES_KEPT copies: who
 * sends a mail again and again fills no disk.  In a transaction.
 */
#define MESSAGE_COPIES_KEPT 100
must_check int message_copy(struct store *s, const struct hash *identity,
	const struct message *copy, int64_t *id_r, struct err *e);

/* The same for bytes of letters, which live in their own table. */
must_check int bytes_open(struct store *s, int64_t size, struct span row,
	struct span hash, int *fd_r, struct err *e);

/* The first message behind AFTER that is sealed to another key of ours than
 * OWN: 1, 0 (none) or -1; and how many there are. */
must_check int message_sealed_otherwise(struct store *s, const char *own,
	int64_t after, int64_t *id_r, int64_t *count_r, struct err *e);

/* The same message, sealed to OWN; *OLD_R is the hash of a file that nothing
 * names any more, if it was one (HAS_FILE).  In a transaction. */
must_check int message_reseal(struct store *s, int64_t id, const char *own,
	const struct stored_bytes *b, struct hash *old_r, bool *has_file,
	struct err *e);

/* Remove the file of HASH, if no row names it any more. */
must_check int message_unlink(
	struct store *s, const struct hash *h, struct err *e);

/* Remove files that no row names and that are older than a day. */
must_check int messages_sweep(struct store *s, int64_t now, struct err *e);

#endif
