#include "daemon/opening.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"

/* Verdicts on the items met so far, by their identity. */
struct item {
	int source;
	int64_t at;
	struct unsealed unsealed;
};

struct round {
	struct opener *by;
	struct opening *o;
	struct item items[READING_SEALED_MAX];
	size_t items_count;
	int extract;
};

static int
read_mail(struct opener *by, struct opening *o, bool attachments,
	int *extract_r, struct err *e)
{
	struct reader_request q = {.sources = o->sources,
		.count = o->count,
		.message_fd = o->message_fd,
		.plain_fd = o->plain_fd,
		.attachments = attachments};
	struct reader_answer answer;
	enum reader_end end;
	struct err why;
	int deaths = 0;

	for (;;) {
		if (reader_read(by->reader, &q, o->arena, &answer, extract_r,
			    &end, &why, e) == -1)
			return -1;
		if (end == READER_DONE) {
			o->answer = answer;
			return 0;
		}
		log_event(LOG_WARNING, "reader-died",
			LOG_TEXT("cause", why.text));
		if (by->died != NULL && by->died(by->arg, e) == -1)
			return -1;
		if (++deaths == OPENING_DEATHS_MAX)
			break;
	}
	/* What an earlier round read stands; else it is empty. */
	if (!o->unreadable && o->count == 1)
		o->answer = answer;
	o->unreadable = true;
	return 0;
}

/* What became of the item goes into the list, and is a source from now on. */
static int
open_item(struct round *r, const struct mail_sealed *item, struct err *e)
{
	struct opening *o = r->o;
	struct reader_source *source = &o->sources[o->count];
	struct item *done = &r->items[r->items_count];
	struct crypto_output out = {.fd = o->plain_fd};
	int64_t before;
	int kind;

	if (o->count == READER_SOURCES_MAX ||
		r->items_count == READING_SEALED_MAX)
		return 0;
	if (fs_size(o->plain_fd, &before, e) == -1)
		return -1;
	out.max = r->by->conf->opened_size - before;
	if (unseal(r->by->engine, item, r->extract, &out, o->arena,
		    &done->unsealed, &kind, e) == -1)
		return -1;
	/* Nothing of what failed may be read. */
	if (kind == SOURCE_FAILED && ftruncate(o->plain_fd, before) == -1)
		return err_errno(e, "ftruncate");
	if (lseek(o->plain_fd, 0, SEEK_END) == -1)
		return err_errno(e, "lseek");
	done->source = item->source;
	done->at = item->at;
	r->items_count++;
	*source = (struct reader_source){.kind = kind,
		.from_source = item->source,
		.from_at = item->at,
		.at = before,
		.len = kind == SOURCE_FAILED ? 0 : out.written};
	o->count++;
	return 0;
}

/* How many items were new, or -1. */
static int
open_items(struct round *r, struct err *e)
{
	const struct reading *reading = &r->o->answer.reading;
	int opened = 0;
	size_t i;

	for (i = 0; i < reading->sealed_count; i++) {
		if (reading->sealed[i].state != SEALED_NEW)
			continue;
		if (open_item(r, &reading->sealed[i], e) == -1)
			return -1;
		opened++;
	}
	return opened;
}

static void
conclude(struct round *r)
{
	struct opening *o = r->o;
	const struct reading *reading = &o->answer.reading;
	struct unsealed *all =
		arena_calloc(o->arena, reading->sealed_count, sizeof(*all));
	size_t i, j;

	for (i = 0; i < reading->sealed_count; i++) {
		/* One that was never reached: nested too deep. */
		all[i] = (struct unsealed){.problem = PROBLEM_UNSUPPORTED,
			.detail = "nested too deep"};
		for (j = 0; j < r->items_count; j++)
			if (r->items[j].source == reading->sealed[i].source &&
				r->items[j].at == reading->sealed[i].at)
				all[i] = r->items[j].unsealed;
	}
	unseal_verdict(reading, all, o->arena, &o->verdict);
	if (o->unreadable) {
		o->verdict.problem = PROBLEM_UNPARSEABLE;
		o->verdict.opened = false;
	}
}

static int
run_rounds(struct round *r, struct err *e)
{
	int round, opened = 1;

	for (round = 0; opened > 0 && round <= OPENING_ROUNDS; round++) {
		close_fd(&r->extract);
		if (read_mail(r->by, r->o, false, &r->extract, e) == -1)
			return -1;
		opened = 0;
		if (!r->o->unreadable && round < OPENING_ROUNDS &&
			(opened = open_items(r, e)) == -1)
			return -1;
	}
	conclude(r);
	return 0;
}

int
opening_open(struct opener *by, int fd, int64_t len, struct opening *o,
	struct err *e)
{
	struct round r = {.by = by, .o = o, .extract = -1};
	int result = -1;

	*o = (struct opening){.message_fd = fd,
		.message_len = len,
		.plain_fd = -1,
		.attachments_fd = -1,
		.arena = arena_new(),
		.count = 1};
	o->sources[0] =
		(struct reader_source){.kind = SOURCE_MESSAGE, .len = len};
	if (fs_memory_file("plain", &o->plain_fd, e) == 0)
		result = run_rounds(&r, e);
	close_fd(&r.extract);
	if (result == -1)
		opening_release(o);
	return result;
}

void
opening_unread(int fd, int64_t len, struct opening *o)
{
	*o = (struct opening){.message_fd = fd,
		.message_len = len,
		.plain_fd = -1,
		.attachments_fd = -1,
		.arena = arena_new(),
		.unreadable = true,
		.verdict = {.problem = PROBLEM_UNPARSEABLE, .detail = ""}};
	reader_no_answer(o->arena, &o->answer);
}

int
opening_attachments(
	struct opener *by, struct opening *o, int *fd_r, struct err *e)
{
	int result;

	*fd_r = o->attachments_fd;
	if (o->unreadable || o->attachments_fd != -1)
		return 0;
	result = read_mail(by, o, true, &o->attachments_fd, e);
	o->unreadable = false; /* the reading from before stands */
	*fd_r = o->attachments_fd;
	return result;
}

void
opening_release(struct opening *o)
{
	close_fd(&o->plain_fd);
	close_fd(&o->attachments_fd);
	arena_free(&o->arena);
}
