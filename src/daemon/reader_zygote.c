/* The zygote and its children; see daemon/reader.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/packet.h"
#include "crypto/sniff.h"
#include "daemon/reader_protocol.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "mail/robot.h"
#include "rules/ticket.h"

#define SOCKET_FD ROLE_FIRST_FD
#define CONF_FD (ROLE_FIRST_FD + 1)
#define ANSWER_BYTES_MAX (64 << 20)
#define EXIT_TEMPORARY 75 /* EX_TEMPFAIL */
#define EXIT_PROTOCOL 76 /* EX_PROTOCOL */

enum call_fd {
	FD_MESSAGE,
	FD_PLAIN,
	FD_EXTRACT,
	FD_ANSWER,
	FD__COUNT
};

struct zygote {
	struct conf *conf;
	struct ruleset *rules;
	struct pattern *ticket;
	int64_t own_memory; /* address space before any mail */
};

/* --- the child --- */

struct mapping {
	const char *data;
	int64_t size;
};

static struct mapping
map_file(int fd)
{
	/* Not fstat(): glibc's is a call that takes names. */
	struct mapping m = {.data = "", .size = lseek(fd, 0, SEEK_END)};
	void *at;

	if (m.size <= 0)
		return (struct mapping){.data = ""};
	at = mmap(NULL, (size_t)m.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		_exit(EXIT_TEMPORARY);
	m.data = at;
	return m;
}

static bool
write_extract(void *arg, const void *data, size_t len)
{
	struct err e;

	return fs_write_all(*(int *)arg, data, len, &e) == 0;
}

static const char *
sniff_item(struct arena *a, const struct mail_sealed *item, struct span payload)
{
	struct sniff s;

	if (item->kind == SEALED_SMIME_ENVELOPED ||
		item->kind == SEALED_SMIME_SIGNED ||
		item->kind == SEALED_SMIME_DETACHED)
		return NULL;
	s = sniff_openpgp(payload);
	return sniff_text(a, &s);
}

/* False when a source does not lie in its file: the worker is confused. */
static bool
place_sources(const struct reader_call *call, const struct mapping *maps,
	struct mail_source *sources)
{
	const struct reader_source *from;
	const struct mapping *m;
	size_t i;

	for (i = 0; i < call->count; i++) {
		from = &call->sources[i];
		m = &maps[i == 0 ? FD_MESSAGE : FD_PLAIN];
		if (from->at > m->size || from->len > m->size - from->at)
			return false;
		sources[i] = (struct mail_source){.kind = from->kind,
			.from_source = from->from_source,
			.from_at = from->from_at,
			.bytes = {m->data + from->at, (size_t)from->len}};
	}
	return call->count > 0;
}

static bool
is_finished(const struct reading *r)
{
	size_t i;

	for (i = 0; i < r->sealed_count; i++)
		if (r->sealed[i].state == SEALED_NEW)
			return false;
	return true;
}

/* Rules are for the whole text: not before all is open that can be. */
static void
extract_hints(
	const struct zygote *z, struct arena *a, struct reader_answer *answer)
{
	const struct reading *r = &answer->reading;
	struct rule_texts texts = {
		.text = {[WHERE_SUBJECT] = span_of(r->header.subject),
			[WHERE_TEXT] = span_of(r->new_text),
			[WHERE_QUOTED] = span_of(r->quoted_text)}};
	struct hints hints;

	if (!is_finished(r))
		return;
	if (robot_answers_for_somebody(r->robot))
		answer->ticket = ticket_find(z->ticket, a,
			span_of(r->header.subject), span_of(r->new_text));
	ruleset_find(z->rules, &texts, a, &hints);
	answer->hints = hints.hint;
	answer->hints_count = hints.count;
	answer->shingles = shingles_of(texts.text[WHERE_TEXT], a);
	answer->timed_out = hints.timed_out;
	answer->timed_out_count = hints.timed_out_count;
}

static void
answer_call(const struct zygote *z, const struct reader_call *call,
	const int fds[FD__COUNT])
{
	struct mapping maps[] = {[FD_MESSAGE] = map_file(fds[FD_MESSAGE]),
		[FD_PLAIN] = map_file(fds[FD_PLAIN])};
	struct mail_source sources[READER_SOURCES_MAX];
	struct reader_answer answer = {.hints = NULL};
	struct buf out = BUF_INIT(ANSWER_BYTES_MAX);
	struct arena *a = arena_new();
	int extract_fd = fds[FD_EXTRACT];
	struct extract extract = {.write = write_extract, .arg = &extract_fd};
	struct read_options options = {.conf = z->conf,
		.attachments = call->attachments,
		.sniff = sniff_item};
	struct err e;

	if (!place_sources(call, maps, sources))
		_exit(EXIT_PROTOCOL);
	mail_read(a, sources, call->count, &options, &extract, &answer.reading);
	extract_hints(z, a, &answer);
	record_encode(&out, &reader_answer_schema, &answer);
	if (out.failed ||
		fs_write_all(fds[FD_ANSWER], out.data, out.len, &e) == -1)
		_exit(EXIT_TEMPORARY);
	_exit(0);
}

static void
child(const struct zygote *z, const struct reader_call *call,
	const int fds[FD__COUNT])
{
	const struct conf *c = z->conf;
	struct sandbox_limits limits = {.memory = z->own_memory +
			c->reader_memory + c->message_size + c->opened_size,
		.seconds = c->reader_seconds / SECOND,
		.file_size = c->message_size + c->opened_size};
	struct err e;

	close(SOCKET_FD);
	close(CONF_FD);
	if (sandbox_enter(SANDBOX_READER, c, &limits, &e) == -1) {
		log_event(LOG_ERROR, "sandbox", LOG_ERR(&e));
		_exit(EXIT_TEMPORARY);
	}
	answer_call(z, call, fds);
}

/* --- the zygote --- */

/* How it ended; true when it had to be killed for its deadline. */
static bool
await_child(pid_t pid, int64_t deadline, int *status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	bool late = false;
	int n;

	do
		n = poll(&p, 1, (int)(deadline / 1000));
	while (n == -1 && errno == EINTR);
	if (n != 1) {
		late = true;
		kill(pid, SIGKILL);
	}
	if (fd != -1)
		close(fd);
	while (waitpid(pid, status, 0) == -1 && errno == EINTR)
		;
	return late;
}

static void
judge(int status, bool late, struct reader_report *r, char *text, size_t size)
{
	r->text = text;
	r->end = READER_DIED;
	if (late) {
		r->end = READER_DEADLINE;
		snprintf(text, size, "deadline passed");
	} else if (WIFSIGNALED(status)) {
		/* SIGKILL is somebody else's doing. */
		r->again = WTERMSIG(status) == SIGKILL;
		snprintf(text, size, "died of signal %d (%s)", WTERMSIG(status),
			sigabbrev_np(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) == 0) {
		r->end = READER_DONE;
		text[0] = '\0';
	} else {
		r->again = WEXITSTATUS(status) == EXIT_TEMPORARY;
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	}
}

static int
serve(const struct zygote *z, struct packet *p, struct err *e)
{
	struct arena *a = arena_new();
	struct reader_report report = {.end = READER_DIED};
	struct reader_call call;
	char text[100];
	bool late;
	int status, result;
	pid_t pid;

	result = record_decode(
		a, buf_view(&p->bytes), &reader_call_schema, &call, e);
	if (result == 0 && p->count != FD__COUNT)
		result = err_bug(e, "reader: %d descriptors", p->count);
	if (result == 0 && (pid = fork()) == 0)
		child(z, &call, p->fds);
	if (result == 0 && pid == -1)
		result = err_errno(e, "fork");
	if (result == 0) {
		late = await_child(pid, z->conf->reader_deadline, &status);
		judge(status, late, &report, text, sizeof(text));
	} else {
		report.again = true;
		report.text = e->text;
	}
	result = packet_send(
		SOCKET_FD, &reader_report_schema, &report, NULL, 0, e);
	arena_free(&a);
	return result;
}

static int64_t
address_space(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long pages = 0;

	if (f == NULL || fscanf(f, "%lld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

int
reader_main(const char *name, const char *conf_path)
{
	struct zygote z = {.conf = role_conf(CONF_FD, conf_path)};
	struct packet p;
	struct err e;
	int got;

	(void)name;
	/* Else the first date would open /etc/localtime. */
	setenv("TZ", "UTC0", 1);
	tzset();
	if ((z.rules = ruleset_of_conf(z.conf, NULL, &e)) == NULL) {
		log_event(LOG_ERROR, "rules", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	if ((z.ticket = ticket_pattern(z.conf->ticket_pattern, &e)) == NULL) {
		log_event(LOG_ERROR, "configuration", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	mail_read_open();
	z.own_memory = address_space();
	/* The child's filter too: it costs more to build than a fork. */
	if (sandbox_prepare(SANDBOX_READER, &e) == -1 ||
		sandbox_enter(SANDBOX_ZYGOTE, z.conf, NULL, &e) == -1) {
		log_event(LOG_ERROR, "sandbox", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	packet_init(&p);
	while ((got = packet_receive(SOCKET_FD, &p, -1, &e)) == 1)
		if ((got = serve(&z, &p, &e)) == -1)
			break;
	if (got == -1)
		log_event(LOG_ERROR, "zygote", LOG_ERR(&e));
	return got == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
