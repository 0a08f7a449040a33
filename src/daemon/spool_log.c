#include "daemon/spool_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"

#define MAGIC "psirtd\0\1" /* the last byte is the format's version */
#define MAGIC_BYTES 8
#define HEAD_BYTES (MAGIC_BYTES + 8 + 8)
#define ENVELOPE_BYTES_MAX (2 << 20)
#define MESSAGE_BYTES_MAX INT64_C(2000000000)
#define NAME_CHARS 11
#define PATH_BYTES 600

static const struct record_field envelope_fields[] = {
	FIELD_INT64(1, struct envelope, received, 0, INT64_MAX),
	FIELD_LINE(2, struct envelope, sender, ENVELOPE_ADDRESS_MAX),
	FIELD_LINES(3, struct envelope, recipients, recipients_count,
		ENVELOPE_ADDRESS_MAX, ENVELOPE_RECIPIENTS_MAX),
	FIELD_LINE(4, struct envelope, client_name, 256),
	FIELD_LINE(5, struct envelope, client_address, 64),
	FIELD_LINE(6, struct envelope, client_helo, 256),
	FIELD_LINE(7, struct envelope, queue_id, 64),
	FIELD_LINE(8, struct envelope, auth, 256),
};
const struct record_schema envelope_schema =
	SCHEMA_OF(envelope, envelope_fields);

struct segment {
	int fd; /* -1: none is open */
	char name[SEGMENT_MAX]; /* "ROLE/NAME" */
	int64_t begun, size;
	bool dirty; /* something is not durable yet */
};

struct spool_writer {
	char state[PATH_BYTES / 2], role[8];
	struct segment shared;
	size_t memory; /* bytes of messages that are arriving */
	bool dir_dirty;
};

struct spool_message {
	struct spool_writer *writer;
	int64_t envelope, message; /* lengths */
	struct hasher *hasher;
	struct buf bytes; /* both, while they are small */
	struct segment own; /* when they are not */
};

/* --- names --- */

static void
segment_path(const char *state, const char *segment, const char *suffix,
	char path[static PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s/spool/%s%s", state, segment, suffix);
}

/* An instant in microseconds, in 11 characters that sort as it does. */
static void
name_of(int64_t instant, char name[static NAME_CHARS + 1])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	int i;

	for (i = NAME_CHARS - 1; i >= 0; i--, instant >>= 5)
		name[i] = digits[instant & 31];
	name[NAME_CHARS] = '\0';
}

int
spool_make(const char *state, struct err *e)
{
	static const char *const roles[] = SPOOL_ROLES;
	char dir[PATH_BYTES];
	size_t i;

	for (i = 0; i < countof(roles); i++) {
		segment_path(state, roles[i], "", dir);
		if (fs_make_dirs(dir, 0700, e) == -1)
			return -1;
	}
	return 0;
}

/* --- writing --- */

static int
segment_new(struct spool_writer *w, struct segment *s, struct err *e)
{
	char path[PATH_BYTES], name[NAME_CHARS + 1];
	int64_t instant = clock_now();

	do {
		name_of(instant++, name);
		snprintf(s->name, sizeof(s->name), "%s/%s", w->role, name);
		segment_path(w->state, s->name, ".open", path);
		s->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	} while (s->fd == -1 && errno == EEXIST);
	if (s->fd == -1)
		return err_errno(e, "%s", path);
	if (flock(s->fd, LOCK_EX | LOCK_NB) == -1) {
		close_fd(&s->fd);
		return err_errno(e, "%s: lock", path);
	}
	s->begun = clock_monotonic();
	s->size = 0;
	s->dirty = false;
	w->dir_dirty = true;
	return 0;
}

static void
segment_close(const struct spool_writer *w, struct segment *s)
{
	char from[PATH_BYTES], to[PATH_BYTES];

	if (s->fd == -1)
		return;
	segment_path(w->state, s->name, ".open", from);
	segment_path(w->state, s->name, ".log", to);
	/* Whoever reads it finds it under either name. */
	if (rename(from, to) == -1)
		log_event(LOG_WARNING, "spool-rename", LOG_TEXT("to", to),
			LOG_TEXT("error", strerror(errno)));
	close_fd(&s->fd);
}

static int
segment_sync(struct segment *s, struct err *e)
{
	if (s->fd == -1 || !s->dirty)
		return 0;
	if (fdatasync(s->fd) == -1)
		return err_errno(e, "%s: fdatasync", s->name);
	s->dirty = false;
	return 0;
}

/* Only the end is wanted. */
static int
go_on(void *arg, const struct spool_item *item)
{
	(void)arg;
	(void)item;
	return 0;
}

/* A dead writer's segment: nobody holds its lock any more. */
static int
adopt(struct spool_writer *w, const char *name, struct err *e)
{
	struct segment s = {.fd = -1};
	char path[PATH_BYTES];
	int64_t end, size;
	bool closed;
	int result = -1;

	snprintf(s.name, sizeof(s.name), "%s/%.*s", w->role, NAME_CHARS, name);
	segment_path(w->state, s.name, ".open", path);
	if ((s.fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	if (flock(s.fd, LOCK_EX | LOCK_NB) == -1) {
		close_fd(&s.fd);
		return 0; /* its writer lives: a reload */
	}
	if (fs_size(s.fd, &size, e) == 0 &&
		spool_scan(w->state, s.name, 0, go_on, NULL, &end, &closed,
			e) == 0) {
		if (end < size)
			log_event(LOG_INFO, "spool-tail-cut",
				LOG_TEXT("segment", s.name),
				LOG_NUMBER("bytes", size - end));
		if (ftruncate(s.fd, end) == -1 || fsync(s.fd) == -1)
			err_errno(e, "%s", path);
		else
			result = 0;
	}
	if (result == 0)
		segment_close(w, &s);
	close_fd(&s.fd);
	return result;
}

static int
adopt_all(struct spool_writer *w, struct err *e)
{
	char dir[PATH_BYTES];
	struct dirent *entry;
	int result = 0;
	size_t len;
	DIR *d;

	segment_path(w->state, w->role, "", dir);
	if ((d = opendir(dir)) == NULL)
		return err_errno(e, "%s", dir);
	while (result == 0 && (entry = readdir(d)) != NULL) {
		len = strlen(entry->d_name);
		if (len == NAME_CHARS + 5 &&
			strcmp(entry->d_name + NAME_CHARS, ".open") == 0)
			result = adopt(w, entry->d_name, e);
	}
	closedir(d);
	return result;
}

struct spool_writer *
spool_writer_open(const char *state, const char *role, struct err *e)
{
	struct spool_writer *w = xcalloc(1, sizeof(*w));

	snprintf(w->state, sizeof(w->state), "%s", state);
	snprintf(w->role, sizeof(w->role), "%s", role);
	w->shared.fd = -1;
	if (adopt_all(w, e) == -1)
		spool_writer_close(&w);
	return w;
}

void
spool_writer_close(struct spool_writer **w)
{
	if (*w == NULL)
		return;
	segment_close(*w, &(*w)->shared);
	free(*w);
	*w = NULL;
}

static void
put_number(char *at, int64_t number)
{
	size_t i;

	for (i = 0; i < 8; i++)
		at[i] = (char)((uint64_t)number >> (8 * i));
}

static int64_t
get_number(const char *at)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		number |= (uint64_t)(unsigned char)at[i] << (8 * i);
	return (int64_t)number;
}

static void
make_head(const struct spool_message *m, char head[static HEAD_BYTES])
{
	memcpy(head, MAGIC, MAGIC_BYTES);
	put_number(head + MAGIC_BYTES, m->envelope);
	put_number(head + MAGIC_BYTES + 8, m->message);
}

struct spool_message *
spool_begin(struct spool_writer *w, const struct envelope *env)
{
	struct spool_message *m = xcalloc(1, sizeof(*m));

	m->writer = w;
	m->own.fd = -1;
	m->hasher = hasher_new();
	buf_init(&m->bytes, SPOOL_SHARED_MAX);
	record_encode(&m->bytes, &envelope_schema, env);
	m->envelope = (int64_t)m->bytes.len;
	w->memory += m->bytes.len;
	hasher_add(m->hasher, m->bytes.data, m->bytes.len);
	return m;
}

/* Too large to wait in memory: it gets a segment of its own. */
static int
spill(struct spool_message *m, struct err *e)
{
	char head[HEAD_BYTES] = {0};

	if (segment_new(m->writer, &m->own, e) == -1 ||
		fs_write_all(m->own.fd, head, sizeof(head), e) == -1 ||
		fs_write_all(m->own.fd, m->bytes.data, m->bytes.len, e) == -1)
		return -1;
	m->writer->memory -= m->bytes.len;
	buf_release(&m->bytes);
	return 0;
}

static bool
fits_into_memory(const struct spool_message *m, size_t more)
{
	return m->bytes.len + more <= SPOOL_SHARED_MAX &&
		m->writer->memory + more <= SPOOL_MEMORY_MAX;
}

int
spool_add(struct spool_message *m, const void *data, size_t len, struct err *e)
{
	if (m->bytes.failed)
		return err_permanent(e, "5.3.4", "the envelope is too large");
	if (m->own.fd == -1 && !fits_into_memory(m, len) && spill(m, e) == -1)
		return -1;
	if (m->own.fd == -1) {
		buf_add(&m->bytes, data, len);
		m->writer->memory += len;
	} else if (fs_write_all(m->own.fd, data, len, e) == -1) {
		return -1;
	}
	hasher_add(m->hasher, data, len);
	m->message += (int64_t)len;
	return 0;
}

static void
free_message(struct spool_message **m)
{
	if ((*m)->hasher != NULL)
		hasher_finish(&(*m)->hasher);
	(*m)->writer->memory -= (*m)->bytes.len;
	buf_release(&(*m)->bytes);
	free(*m);
	*m = NULL;
}

void
spool_abort(struct spool_message **m)
{
	char path[PATH_BYTES];

	if (*m == NULL)
		return;
	if ((*m)->own.fd != -1) {
		segment_path(
			(*m)->writer->state, (*m)->own.name, ".open", path);
		unlink(path);
		close_fd(&(*m)->own.fd);
	}
	free_message(m);
}

static int
commit_shared(struct spool_message *m, const char *head,
	const struct hash *hash, struct spool_item *item, struct err *e)
{
	struct segment *s = &m->writer->shared;
	struct iovec iov[] = {{(char *)head, HEAD_BYTES},
		{m->bytes.data, m->bytes.len},
		{(char *)hash->bytes, HASH_BYTES}};
	int64_t len = HEAD_BYTES + (int64_t)m->bytes.len + HASH_BYTES;

	if (s->fd == -1 && segment_new(m->writer, s, e) == -1)
		return -1;
	snprintf(item->segment, sizeof(item->segment), "%s", s->name);
	item->at = s->size;
	s->dirty = true;
	/* A short write leaves a torn record: the segment ends before it. */
	errno = ENOSPC; /* what a short write means, which does not say so */
	if (fault_fails("spool-full") ||
		pwritev(s->fd, iov, countof(iov), s->size) != len) {
		err_errno(e, "%s: write", s->name);
		if (ftruncate(s->fd, s->size) == -1)
			log_event(LOG_WARNING, "spool-torn",
				LOG_TEXT("segment", s->name));
		return -1;
	}
	s->size += len;
	return 0;
}

static int
commit_own(struct spool_message *m, const char *head, const struct hash *hash,
	struct spool_item *item, struct err *e)
{
	struct segment *s = &m->own;

	if (fs_write_all(s->fd, hash->bytes, HASH_BYTES, e) == -1)
		return -1;
	if (pwrite(s->fd, head, HEAD_BYTES, 0) != HEAD_BYTES)
		return err_errno(e, "%s: write", s->name);
	s->dirty = true;
	if (segment_sync(s, e) == -1)
		return -1;
	snprintf(item->segment, sizeof(item->segment), "%s", s->name);
	item->at = 0;
	segment_close(m->writer, s);
	return 0;
}

int
spool_commit(struct spool_message **m, struct spool_item *item, struct err *e)
{
	char head[HEAD_BYTES];
	struct hash hash;
	int result;

	*item = (struct spool_item){.at = 0};
	make_head(*m, head);
	hasher_add((*m)->hasher, head, sizeof(head));
	hash = hasher_finish(&(*m)->hasher);
	result = (*m)->own.fd == -1 ? commit_shared(*m, head, &hash, item, e)
				    : commit_own(*m, head, &hash, item, e);
	if (result == -1)
		spool_abort(m);
	else
		free_message(m);
	fault_point("spool-written");
	return result;
}

int
spool_sync(struct spool_writer *w, struct err *e)
{
	char dir[PATH_BYTES];

	if (segment_sync(&w->shared, e) == -1)
		return -1;
	if (w->dir_dirty) {
		segment_path(w->state, w->role, "", dir);
		if (fs_sync_dir(dir, e) == -1)
			return -1;
		w->dir_dirty = false;
	}
	fault_point("spool-synced");
	return 0;
}

void
spool_rotate(struct spool_writer *w, int64_t now)
{
	struct segment *s = &w->shared;

	if (s->fd != -1 && !s->dirty &&
		(s->size >= SPOOL_SEGMENT_BYTES ||
			now - s->begun >= SPOOL_SEGMENT_AGE))
		segment_close(w, s);
}

/* --- reading --- */

static int
segment_open(const char *state, const char *segment, bool *closed_r)
{
	char path[PATH_BYTES];
	int fd;

	segment_path(state, segment, ".open", path);
	*closed_r = false;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1 || errno != ENOENT)
		return fd;
	*closed_r = true;
	segment_path(state, segment, ".log", path);
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct place {
	int64_t envelope, message; /* lengths */
	int64_t end; /* of the record */
};

/* 1 with a head that fits into the file, 0 when there is none (yet). */
static int
read_head(int fd, int64_t at, int64_t size, struct place *p, struct err *e)
{
	char head[HEAD_BYTES];

	if (size - at < HEAD_BYTES + HASH_BYTES)
		return 0;
	if (fs_read_at(fd, head, sizeof(head), at, e) == -1)
		return -1;
	if (memcmp(head, MAGIC, MAGIC_BYTES) != 0)
		return 0;
	p->envelope = get_number(head + MAGIC_BYTES);
	p->message = get_number(head + MAGIC_BYTES + 8);
	if (p->envelope < 0 || p->envelope > ENVELOPE_BYTES_MAX ||
		p->message < 0 || p->message > MESSAGE_BYTES_MAX)
		return 0;
	p->end = at + HEAD_BYTES + p->envelope + p->message + HASH_BYTES;
	return p->end <= size;
}

/* 1 when the record's hash is right. */
static int
verify(int fd, int64_t at, const struct place *p, struct err *e)
{
	char chunk[65536], head[HEAD_BYTES];
	int64_t from = at + HEAD_BYTES, left = p->envelope + p->message;
	struct hasher *h = hasher_new();
	struct hash hash;
	int result = fs_read_at(fd, head, sizeof(head), at, e);
	size_t n;

	for (; result == 0 && left > 0; left -= (int64_t)n) {
		n = left < (int64_t)sizeof(chunk) ? (size_t)left
						  : sizeof(chunk);
		result = fs_read_at(fd, chunk, n, from, e);
		if (result == 0)
			hasher_add(h, chunk, n);
		from += (int64_t)n;
	}
	hasher_add(h, head, sizeof(head));
	hash = hasher_finish(&h);
	if (result == -1 || fs_read_at(fd, chunk, HASH_BYTES, from, e) == -1)
		return -1;
	return memcmp(chunk, hash.bytes, HASH_BYTES) == 0;
}

int
spool_scan(const char *state, const char *segment, int64_t at,
	int (*each)(void *arg, const struct spool_item *item), void *arg,
	int64_t *end_r, bool *closed_r, struct err *e)
{
	scoped(close_fd) int fd = segment_open(state, segment, closed_r);
	struct spool_item item = {.at = at};
	struct place p;
	int64_t size;
	int whole;

	*end_r = at;
	if (fd == -1)
		return errno == ENOENT ? 0 : err_errno(e, "spool %s", segment);
	if (fs_size(fd, &size, e) == -1)
		return -1;
	snprintf(item.segment, sizeof(item.segment), "%s", segment);
	while ((whole = read_head(fd, *end_r, size, &p, e)) == 1 &&
		(whole = verify(fd, *end_r, &p, e)) == 1) {
		item.at = *end_r;
		if (each(arg, &item) != 0)
			return 0;
		*end_r = p.end;
	}
	return whole == -1 ? -1 : 0;
}

int
spool_read(const char *state, const struct spool_item *item, struct arena *a,
	struct spool_record *r, struct err *e)
{
	struct place p = {0};
	int64_t size;
	bool closed;
	char *copy;
	int whole;

	if ((r->fd = segment_open(state, item->segment, &closed)) == -1)
		return errno == ENOENT
			? 0
			: err_errno(e, "spool %s", item->segment);
	if (fs_size(r->fd, &size, e) == -1 ||
		(whole = read_head(r->fd, item->at, size, &p, e)) == -1)
		goto failed;
	if (whole == 0) {
		err_permanent(e, "5.6.0", "spool %s at %lld: damaged record",
			item->segment, (long long)item->at);
		goto failed;
	}
	copy = arena_alloc(a, (size_t)p.envelope + 1);
	if (fs_read_at(r->fd, copy, (size_t)p.envelope, item->at + HEAD_BYTES,
		    e) == -1 ||
		record_decode(a, (struct span){copy, (size_t)p.envelope},
			&envelope_schema, &r->envelope, e) == -1)
		goto failed;
	r->at = item->at + HEAD_BYTES + p.envelope;
	r->len = p.message;
	return 1;
failed:
	close_fd(&r->fd);
	return -1;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the segments of one role, without suffix. */
static size_t
list_role(const char *dir, const char *role, struct arena *a, char ***names)
{
	size_t count = 0, room = 0, len;
	char **all = NULL, **kept;
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d != NULL && (entry = readdir(d)) != NULL) {
		len = strlen(entry->d_name);
		if (len < NAME_CHARS + 4 || entry->d_name[NAME_CHARS] != '.')
			continue;
		if (count == room) {
			room = room == 0 ? 64 : 2 * room;
			all = xreallocarray(all, room, sizeof(*all));
		}
		all[count++] = arena_printf(
			a, "%s/%.*s", role, NAME_CHARS, entry->d_name);
	}
	if (d != NULL)
		closedir(d);
	kept = arena_calloc(a, count, sizeof(*kept));
	if (count > 0)
		memcpy(kept, all, count * sizeof(*kept));
	free(all);
	qsort(kept, count, sizeof(*kept), compare_names);
	*names = kept;
	return count;
}

int
spool_segments(const char *state, int (*each)(void *arg, const char *segment),
	void *arg, struct err *e)
{
	static const char *const roles[] = SPOOL_ROLES;
	struct arena *a = arena_new();
	char dir[PATH_BYTES], **names;
	size_t i, j, count;
	int result = 0;

	(void)e;
	for (i = 0; i < countof(roles) && result == 0; i++) {
		segment_path(state, roles[i], "", dir);
		count = list_role(dir, roles[i], a, &names);
		for (j = 0; j < count && result == 0; j++)
			result = each(arg, names[j]);
	}
	arena_free(&a);
	return result == -1 ? -1 : 0;
}

int
spool_unlink(const char *state, const char *segment, struct err *e)
{
	char path[PATH_BYTES];

	segment_path(state, segment, ".log", path);
	if (unlink(path) == -1 && errno != ENOENT)
		return err_errno(e, "%s", path);
	return 0;
}
