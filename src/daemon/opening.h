/*
 * opening: a mail, read and unsealed, as often as it takes.
 *
 * The loop that the worker and `psirtctl inspect` share: read, open what is
 * sealed, read again with what came out, at most OPENING_ROUNDS times.  What a
 * reader dies of is data: the mail is then marked unparseable, with what was
 * read of it before.
 */
#ifndef DAEMON_OPENING_H
#define DAEMON_OPENING_H

#include "crypto/unseal.h"
#include "daemon/reader.h"

#define OPENING_ROUNDS 3
#define OPENING_DEATHS_MAX 2

struct opener {
	const struct conf *conf;
	struct reader *reader;
	struct engine *engine;
	/* Called when a reader died of the mail, may be NULL.  -1: stop. */
	int (*died)(void *arg, struct err *e);
	void *arg;
};

struct opening {
	struct reader_answer answer;
	struct verdict verdict;
	struct reader_source sources[READER_SOURCES_MAX];
	size_t count;
	int message_fd; /* the caller's */
	int64_t message_len;
	int plain_fd; /* what was opened: in memory, with us */
	int attachments_fd; /* once they have been asked for */
	bool unreadable;
	struct arena *arena; /* of everything above; wiped */
};

/*
 * Open LEN bytes of FD, which stays the caller's and must outlive O.  -1:
 * temporary (then O is released).
 */
must_check int opening_open(struct opener *by, int fd, int64_t len,
	struct opening *o, struct err *e);

/* The same without reading it: what was tried too often. */
void opening_unread(int fd, int64_t len, struct opening *o);

/*
 * Read once more, with the decoded attachments: *FD_R is a memory file of O's,
 * which has them at the out_at of their parts; O's reading has sizes and
 * hashes.  *FD_R is -1 when the mail cannot be read.
 */
must_check int opening_attachments(
	struct opener *by, struct opening *o, int *fd_r, struct err *e);

void opening_release(struct opening *o);

#endif
