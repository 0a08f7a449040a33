/*
 * spool_log: where an accepted mail is from "250" until a worker has committed
 * it.
 *
 * Each accepting role appends to logs of its own, state/spool/ROLE/:
 *
 *	SEGMENT.open   being written; its writer holds an flock on it
 *	SEGMENT.log    closed
 *
 * A segment's name is the instant it was begun, 11 characters that sort.  A
 * record is a head (magic with the format's version, two lengths), the envelope
 * (struct envelope), the message, and the SHA-256 of envelope, message and
 * head: in the order in which they become known.  Small messages share a
 * segment; one larger than SPOOL_SHARED_MAX gets a segment of its own, written
 * as it arrives, and so does one that would make what is held in memory more
 * than SPOOL_MEMORY_MAX.  250 is said after spool_sync(); what stands behind
 * the last whole record was never acknowledged, and is ignored.
 *
 * A writer is used by one process; readers need no lock.
 */
#ifndef DAEMON_SPOOL_LOG_H
#define DAEMON_SPOOL_LOG_H

#include "base/record.h"
#include "store/spool.h"

/* The roles that accept mail; a folder of spool/ each. */
#define SPOOL_ROLES \
	{ \
		"lmtp", "milter", "import" \
	}

#define SPOOL_SHARED_MAX 262144 /* envelope and message */
#define SPOOL_MEMORY_MAX (8 << 20) /* of messages that are arriving */
#define SPOOL_SEGMENT_BYTES (16 << 20)
#define SPOOL_SEGMENT_AGE INT64_C(5000000) /* 5 s */
#define ENVELOPE_RECIPIENTS_MAX 1000
#define ENVELOPE_ADDRESS_MAX 512

/* What is known of a mail beside its bytes. */
struct envelope {
	int64_t received; /* instant */
	char *sender; /* "" is the null path */
	char **recipients;
	size_t recipients_count;
	char *client_name, *client_address, *client_helo, *queue_id;
	char *auth; /* who had logged in there, or "" */
};

extern const struct record_schema envelope_schema;

/* The directories STATE/spool/ROLE, for every role. */
must_check int spool_make(const char *state, struct err *e);

struct spool_writer;
struct spool_message; /* one that is arriving */

/*
 * A writer for STATE/spool/ROLE.  What a dead writer left open is closed: its
 * torn tail is cut off.
 */
struct spool_writer *spool_writer_open(
	const char *state, const char *role, struct err *e);
void spool_writer_close(struct spool_writer **w);

/* A message with that envelope; its bytes as they come; commit or abort. */
struct spool_message *spool_begin(
	struct spool_writer *w, const struct envelope *env);
must_check int spool_add(
	struct spool_message *m, const void *data, size_t len, struct err *e);
void spool_abort(struct spool_message **m);
/* Written, but not durable before spool_sync(); ITEM is its place. */
must_check int spool_commit(
	struct spool_message **m, struct spool_item *item, struct err *e);

/* Everything committed is durable, or nobody may be told so. */
must_check int spool_sync(struct spool_writer *w, struct err *e);

/* Close the shared segment when it is old or large.  Call now and then. */
void spool_rotate(struct spool_writer *w, int64_t now);

/* --- reading --- */

struct spool_record {
	struct envelope envelope;
	int fd; /* of the segment; the caller closes it */
	int64_t at, len; /* the message in it */
};

/* Read the record of ITEM, which spool_scan() has found whole: 1, 0 (gone: its
 * segment was done), -1. */
must_check int spool_read(const char *state, const struct spool_item *item,
	struct arena *a, struct spool_record *r, struct err *e);

/*
 * Look through a segment from AT on: calls EACH for every whole record, until
 * it is not 0.  *END_R is where the next record would begin, *CLOSED_R whether
 * there will be none.
 */
must_check int spool_scan(const char *state, const char *segment, int64_t at,
	int (*each)(void *arg, const struct spool_item *item), void *arg,
	int64_t *end_r, bool *closed_r, struct err *e);

/* The segments of every role, oldest first: calls EACH with "ROLE/NAME". */
must_check int spool_segments(const char *state,
	int (*each)(void *arg, const char *segment), void *arg, struct err *e);

/* Unlink a closed segment. */
must_check int spool_unlink(
	const char *state, const char *segment, struct err *e);

#endif
