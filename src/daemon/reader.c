/* The worker's side of the reader; see daemon/reader.h. */
#include "daemon/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "base/packet.h"
#include "daemon/reader_protocol.h"
#include "daemon/role.h"
#include "rules/ticket.h"

#define ANSWER_BYTES_MAX (64 << 20)
#define SLACK (10 * INT64_C(1000000)) /* beyond the deadline: the zygote's */

struct reader {
	const struct conf *conf;
	int socket;
	pid_t pid;
};

static const struct record_field source_fields[] = {
	FIELD_INT(1, struct reader_source, kind, 0, SOURCE__COUNT - 1),
	FIELD_INT(2, struct reader_source, from_source, 0, READER_SOURCES_MAX),
	FIELD_INT64(3, struct reader_source, from_at, 0, READING_MESSAGE_MAX),
	FIELD_INT64(4, struct reader_source, at, 0, READING_MESSAGE_MAX),
	FIELD_INT64(5, struct reader_source, len, 0, READING_MESSAGE_MAX),
};
static const struct record_schema source_schema =
	SCHEMA_OF(reader_source, source_fields);

static const struct record_field call_fields[] = {
	FIELD_LIST(1, struct reader_call, sources, count, &source_schema,
		READER_SOURCES_MAX),
	FIELD_BOOL(2, struct reader_call, attachments),
};
const struct record_schema reader_call_schema =
	SCHEMA_OF(reader_call, call_fields);

static const struct record_field end_fields[] = {
	FIELD_INT(1, struct reader_report, end, 0, READER_DEADLINE),
	FIELD_BOOL(2, struct reader_report, again),
	FIELD_LINE(3, struct reader_report, text, 200),
};
const struct record_schema reader_report_schema =
	SCHEMA_OF(reader_report, end_fields);

static const struct record_field answer_fields[] = {
	FIELD_STRUCT(1, struct reader_answer, reading, &reading_schema),
	FIELD_LIST(2, struct reader_answer, hints, hints_count, &hint_schema,
		HINTS_MAX),
	FIELD_LINES(
		3, struct reader_answer, timed_out, timed_out_count, 100, 100),
	FIELD_LINE(4, struct reader_answer, ticket, TICKET_MAX),
	FIELD_BYTES(5, struct reader_answer, shingles, SHINGLES_BYTES),
};
const struct record_schema reader_answer_schema =
	SCHEMA_OF(reader_answer, answer_fields);

struct reader *
reader_start(const struct conf *c, int conf_fd, struct err *e)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	int pair[2], fds[2];

	if (packet_pair(pair, e) == -1) {
		free(r);
		return NULL;
	}
	fds[0] = pair[1];
	fds[1] = conf_fd;
	r->conf = c;
	r->socket = pair[0];
	r->pid = role_spawn("psirtd-reader", "reader", "reader", c->path, fds,
		countof(fds), e);
	close(pair[1]);
	if (r->pid == -1)
		reader_stop(&r);
	return r;
}

void
reader_stop(struct reader **r)
{
	if (*r == NULL)
		return;
	close_fd(&(*r)->socket);
	if ((*r)->pid > 0)
		waitpid((*r)->pid, NULL, 0);
	free(*r);
	*r = NULL;
}

bool
reader_is_alive(const struct reader *r)
{
	struct pollfd p = {.fd = r->socket, .events = POLLIN};

	/* Between calls it has nothing to say but its end. */
	return poll(&p, 1, 0) == 0;
}

/* The child must not be able to change what it reads. */
static int
read_only(int fd, int *fd_r, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((*fd_r = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	return 0;
}

static int
send_call(struct reader *r, const struct reader_request *q, int extract,
	int answer, struct err *e)
{
	struct reader_call call = {
		.sources = (struct reader_source *)q->sources,
		.count = q->count,
		.attachments = q->attachments};
	scoped(close_fd) int message = -1;
	scoped(close_fd) int plain = -1;
	int fds[4];

	if (read_only(q->message_fd, &message, e) == -1 ||
		read_only(q->plain_fd != -1 ? q->plain_fd : q->message_fd,
			&plain, e) == -1)
		return -1;
	fds[0] = message;
	fds[1] = plain;
	fds[2] = extract;
	fds[3] = answer;
	return packet_send(
		r->socket, &reader_call_schema, &call, fds, countof(fds), e);
}

static int
await_report(struct reader *r, struct arena *a, struct reader_report *report,
	struct err *e)
{
	struct packet p;
	int64_t wait = r->conf->reader_deadline + SLACK;
	int got;

	packet_init(&p);
	got = packet_receive(r->socket, &p, wait, e);
	if (got == 0)
		got = err_temporary(e, "4.3.0", "the reader is gone");
	else if (got == 1)
		got = record_decode(a,
			(struct span){arena_dup(a, p.bytes.data, p.bytes.len),
				p.bytes.len},
			&reader_report_schema, report, e);
	packet_release(&p);
	return got;
}

/* What the child wrote is as hostile as what it read. */
static int
take_answer(const struct reader_request *q, int extract, int answer_fd,
	struct arena *a, struct reader_answer *answer, struct err *e)
{
	int64_t sizes[READER_SOURCES_MAX], size, extracted;
	char *bytes;
	size_t i;

	if (fs_size(answer_fd, &size, e) == -1 ||
		fs_size(extract, &extracted, e) == -1)
		return -1;
	if (size > ANSWER_BYTES_MAX)
		return err_permanent(e, "5.6.0", "the answer is too large");
	bytes = arena_alloc(a, (size_t)size + 1);
	if (fs_read_at(answer_fd, bytes, (size_t)size, 0, e) == -1)
		return -1;
	for (i = 0; i < q->count; i++)
		sizes[i] = q->sources[i].len;
	if (record_decode(a, (struct span){bytes, (size_t)size},
		    &reader_answer_schema, answer, e) == -1)
		return -1;
	return reading_check(&answer->reading, sizes, q->count, extracted, e);
}

void
reader_no_answer(struct arena *a, struct reader_answer *answer)
{
	struct err never;

	if (record_decode(a, (struct span){"", 0}, &reader_answer_schema,
		    answer, &never) == -1)
		abort();
}

int
reader_read(struct reader *r, const struct reader_request *q, struct arena *a,
	struct reader_answer *answer, int *extract_r, enum reader_end *end_r,
	struct err *why, struct err *e)
{
	scoped(close_fd) int extract = -1;
	scoped(close_fd) int answer_fd = -1;
	struct reader_report report;

	*extract_r = -1;
	*why = (struct err){.kind = ERR_NONE};
	if (fs_memory_file("extract", &extract, e) == -1 ||
		fs_memory_file("answer", &answer_fd, e) == -1 ||
		send_call(r, q, extract, answer_fd, e) == -1)
		return -1;
	fault_point("reader-called");
	if (await_report(r, a, &report, e) == -1)
		return -1;
	if (report.again)
		return err_temporary(e, "4.3.0", "reader: %s", report.text);
	*end_r = (enum reader_end)report.end;
	if (report.end == READER_DONE) {
		if (take_answer(q, extract, answer_fd, a, answer, why) == 0) {
			*extract_r = extract;
			extract = -1;
			return 0;
		}
		if (why->kind != ERR_PERMANENT) {
			*e = *why;
			return -1;
		}
		*end_r = READER_DIED; /* it lied */
	} else {
		err_permanent(why, "5.6.0", "reader: %s", report.text);
	}
	reader_no_answer(a, answer);
	return 0;
}
