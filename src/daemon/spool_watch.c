#include "daemon/spool_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/log.h"

struct watched {
	char name[SEGMENT_MAX];
	int64_t looked_to, records;
	bool closed, seen;
};

struct spool_watch {
	char state[512];
	int fd;
	bool stale; /* something was written since the last whole pass */
	struct watched *all;
	size_t count, room;
};

/* What a pass over the segments fills. */
struct pass {
	struct spool_watch *w;
	struct watched *in;
	struct spool_item *found;
	size_t count;
	struct err *err;
};

struct spool_watch *
spool_watch_open(const char *state, struct err *e)
{
	static const char *const roles[] = SPOOL_ROLES;
	struct spool_watch *w = xcalloc(1, sizeof(*w));
	char dir[600];
	size_t i;

	snprintf(w->state, sizeof(w->state), "%s", state);
	w->stale = true;
	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	for (i = 0; i < countof(roles); i++) {
		snprintf(dir, sizeof(dir), "%s/spool/%s", state, roles[i]);
		if (w->fd == -1 ||
			inotify_add_watch(w->fd, dir,
				IN_MODIFY | IN_CREATE | IN_MOVED_TO) == -1) {
			err_errno(e, "inotify %s", dir);
			spool_watch_close(&w);
			return NULL;
		}
	}
	return w;
}

void
spool_watch_close(struct spool_watch **w)
{
	if (*w == NULL)
		return;
	close_fd(&(*w)->fd);
	free((*w)->all);
	free(*w);
	*w = NULL;
}

int
spool_watch_fd(const struct spool_watch *w)
{
	return w->fd;
}

static struct watched *
watched_of(struct spool_watch *w, const char *segment)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->all[i].name, segment) == 0)
			return &w->all[i];
	if (w->count == w->room) {
		w->room = w->room == 0 ? 16 : 2 * w->room;
		w->all = xreallocarray(w->all, w->room, sizeof(*w->all));
	}
	w->all[w->count] = (struct watched){.looked_to = 0};
	snprintf(w->all[w->count].name, SEGMENT_MAX, "%s", segment);
	return &w->all[w->count++];
}

static int
note_record(void *arg, const struct spool_item *item)
{
	struct pass *p = arg;

	if (p->count == WATCH_FOUND_MAX)
		return 1;
	p->found[p->count++] = *item;
	p->in->records++;
	return 0;
}

static int
look(void *arg, const char *segment)
{
	struct pass *p = arg;
	struct watched *in = watched_of(p->w, segment);

	in->seen = true;
	if (in->closed || p->count == WATCH_FOUND_MAX)
		return 0;
	p->in = in;
	if (spool_scan(p->w->state, segment, in->looked_to, note_record, p,
		    &in->looked_to, &in->closed, p->err) == -1)
		return -1;
	/* Closed, but not looked through: there was no room. */
	if (p->count == WATCH_FOUND_MAX)
		in->closed = false;
	return 0;
}

/* Did the kernel tell of anything since the last time? */
static bool
drain(int fd)
{
	char events[4096];
	bool any = false;

	while (read(fd, events, sizeof(events)) > 0)
		any = true;
	return any;
}

int
spool_watch_find(struct spool_watch *w,
	struct spool_item found[static WATCH_FOUND_MAX], size_t *count_r,
	struct err *e)
{
	struct pass p = {.w = w, .found = found, .err = e};
	size_t i, kept = 0;
	int result;

	*count_r = 0;
	if (drain(w->fd))
		w->stale = true;
	if (!w->stale)
		return 0;
	for (i = 0; i < w->count; i++)
		w->all[i].seen = false;
	result = spool_segments(w->state, look, &p, e);
	for (i = 0; i < w->count; i++)
		if (w->all[i].seen)
			w->all[kept++] = w->all[i];
	w->count = kept;
	*count_r = p.count;
	w->stale = result == -1 || p.count == WATCH_FOUND_MAX;
	return result;
}

bool
spool_watch_is_untidy(const struct spool_watch *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->all[i].closed)
			return true;
	return false;
}

int
spool_watch_tidy(struct spool_watch *w, struct store *s, struct err *e)
{
	size_t i;
	int done;

	for (i = 0; i < w->count; i++) {
		if (!w->all[i].closed)
			continue;
		done = spool_forget(s, w->all[i].name, w->all[i].records, e);
		if (done == -1)
			return -1;
		if (done == 0)
			continue;
		fault_point("segment-forgotten");
		if (spool_unlink(w->state, w->all[i].name, e) == -1)
			return -1;
		log_event(LOG_INFO, "segment-done",
			LOG_TEXT("segment", w->all[i].name),
			LOG_NUMBER("records", w->all[i].records));
		/* Not looked at any more until the next pass drops it. */
		w->all[i].closed = false;
		w->all[i].records = INT64_MAX;
	}
	return 0;
}
