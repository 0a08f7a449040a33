/*
 * reader: hostile bytes become a bounded description, in a process that has
 * nothing.
 *
 * reader_start() starts a zygote: the program psirtd-reader, which loads rules
 * and converters, enters its sandbox, and then forks a child for every request.
 * The child closes everything but the request's descriptors,
 * enters a narrower sandbox, reads, writes its answer and is gone.  Whatever
 * kills it costs that one reading; the zygote says what it died of.
 *
 * Requests are served one after the other; a worker has its own zygote.  When
 * the zygote itself is gone, reader_read() fails (temporary) and goes on
 * failing: the worker ends and is started anew.
 */
#ifndef DAEMON_READER_H
#define DAEMON_READER_H

#include "base/conf.h"
#include "mail/read.h"
#include "rules/ruleset.h"
#include "rules/shingles.h"

struct reader;

#define READER_SOURCES_MAX (READING_SEALED_MAX + 1)

/* A source of the mail (mail/read.h), as a range of a file. */
struct reader_source {
	int kind;
	int from_source;
	int64_t from_at;
	int64_t at, len; /* of PLAIN; of MESSAGE for source 0 */
};

struct reader_request {
	const struct reader_source *sources;
	size_t count;
	int message_fd, plain_fd; /* plain_fd may be -1 */
	bool attachments; /* extract them, too */
};

/* What the child answers; the reading is checked (reading_check()). */
struct reader_answer {
	struct reading reading;
	struct hint *hints;
	size_t hints_count;
	struct span shingles; /* rules/shingles.h; without a key */
	char **timed_out; /* rules */
	size_t timed_out_count;
	char *ticket; /* their number, in an automatic answer, or "" */
};

enum reader_end {
	READER_DONE,
	READER_DIED, /* by its own doing: signal, limit, or it lied */
	READER_DEADLINE, /* likewise */
};

/* CONF_FD: the configuration, a memory file.  RULES: their directory. */
struct reader *reader_start(const struct conf *c, int conf_fd, struct err *e);
void reader_stop(struct reader **r);
/* False when the zygote has ended. */
bool reader_is_alive(const struct reader *r);

/*
 * Read.  READER_DONE fills ANSWER (in A) and *EXTRACT_R, a new memory file
 * with what was extracted; the caller closes it.  Otherwise WHY has the cause
 * and ANSWER is an empty reading, *EXTRACT_R is -1.  -1: temporary.
 */
must_check int reader_read(struct reader *r, const struct reader_request *q,
	struct arena *a, struct reader_answer *answer, int *extract_r,
	enum reader_end *end_r, struct err *why, struct err *e);

/* An empty answer, in A. */
void reader_no_answer(struct arena *a, struct reader_answer *answer);

#endif
