#include "store/messages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "store/internal.h"

#define COPY_BYTES 65536
#define SWEEP_AGE DAY

static const char *const forms[] = {
	[MESSAGE_RECEIVED] = "received",
	[MESSAGE_SEALED] = "sealed",
	[MESSAGE_WORDS] = "words",
};
_Static_assert(countof(forms) == MESSAGE__COUNT, "a name for each form");

static enum message_form
form_of(const char *name)
{
	int i;

	for (i = 0; i < MESSAGE__COUNT; i++)
		if (strcmp(forms[i], name) == 0)
			break;
	return (enum message_form)i;
}

static void
file_path(const struct store *s, const char *hex,
	char path[static STORE_PATH_MAX + 128])
{
	snprintf(path, STORE_PATH_MAX + 128, "%s/messages/%.2s/%s", s->dir, hex,
		hex);
}

/* Copy to FD, or nowhere when it is -1, and hash on the way. */
static int
copy_and_hash(
	int out, int fd, int64_t at, int64_t len, struct hash *h, struct err *e)
{
	struct hasher *hasher = hasher_new();
	char chunk[COPY_BYTES];
	int result = 0;
	size_t n;

	while (len > 0 && result == 0) {
		n = len < COPY_BYTES ? (size_t)len : COPY_BYTES;
		result = fs_read_at(fd, chunk, n, at, e);
		if (result == 0)
			hasher_add(hasher, chunk, n);
		if (result == 0 && out != -1)
			result = fs_write_all(out, chunk, n, e);
		at += (int64_t)n;
		len -= (int64_t)n;
	}
	explicit_bzero(chunk, sizeof(chunk));
	*h = hasher_finish(&hasher);
	return result;
}

/* Under its name for good: the directory may be new, so both are synced. */
static int
place_file(const struct store *s, const char *beside, const struct hash *h,
	struct err *e)
{
	char path[STORE_PATH_MAX + 128], all[STORE_PATH_MAX + 16],
		dir[STORE_PATH_MAX + 24], hex[HASH_HEX];

	hex_of(h->bytes, sizeof(h->bytes), hex);
	file_path(s, hex, path);
	snprintf(all, sizeof(all), "%s/messages", s->dir);
	snprintf(dir, sizeof(dir), "%s/%.2s", all, hex);
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return err_errno(e, "%s", dir);
	if (rename(beside, path) == -1)
		return err_errno(e, "%s", path);
	if (fs_sync_dir(dir, e) == -1)
		return -1;
	return fs_sync_dir(all, e);
}

static int
put_file(struct store *s, int fd, int64_t at, int64_t len,
	struct stored_bytes *b, struct err *e)
{
	char beside[STORE_PATH_MAX + 64];
	scoped(close_fd) int out = -1;
	int result = -1;

	snprintf(beside, sizeof(beside), "%s/messages/new.%ld", s->dir,
		(long)getpid());
	out = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out == -1)
		return err_errno(e, "%s", beside);
	if (copy_and_hash(out, fd, at, len, &b->hash, e) == 0) {
		if (fsync(out) == -1)
			err_errno(e, "%s: fsync", beside);
		else
			result = place_file(s, beside, &b->hash, e);
	}
	if (result == -1)
		unlink(beside);
	return result;
}

int
message_put(struct store *s, int fd, int64_t at, int64_t len, struct arena *a,
	struct stored_bytes *b, struct err *e)
{
	char *row;

	*b = (struct stored_bytes){.size = len};
	if (len > STORE_ROW_MAX) {
		if (put_file(s, fd, at, len, b, e) == -1)
			return -1;
		fault_point("message-file");
		return 0;
	}
	row = arena_alloc(a, (size_t)len + 1);
	if (fs_read_at(fd, row, (size_t)len, at, e) == -1)
		return -1;
	b->bytes = (struct span){row, (size_t)len};
	b->hash = hash_of(b->bytes);
	return 0;
}

int
message_add(struct store *s, struct message *m, const struct stored_bytes *b,
	struct err *e)
{
	if (sql_do(s, e,
		    "INSERT INTO messages(form, received, size, hash, bytes,"
		    " sender, recipients, spool, queue, message_id, identity,"
		    " sealed_to) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    SQL_TEXT(forms[m->form]), SQL_INT(m->received),
		    SQL_INT(b->size),
		    SQL_BLOB(b->hash.bytes, sizeof(b->hash.bytes)),
		    b->size <= STORE_ROW_MAX
			    ? SQL_BLOB(b->bytes.data, b->bytes.len)
			    : SQL_NULL,
		    SQL_TEXT(m->sender), SQL_TEXT(m->recipients),
		    SQL_TEXT(m->spool), SQL_TEXT(m->queue),
		    SQL_TEXT(m->message_id),
		    m->has_identity ? SQL_BLOB(m->identity.bytes,
					      sizeof(m->identity.bytes))
				    : SQL_NULL,
		    SQL_TEXT(m->sealed_to != NULL ? m->sealed_to : "")) == -1)
		return -1;
	m->id = sql_last_id(s);
	m->size = b->size;
	m->copies = 1;
	return 0;
}

int
message_get(struct store *s, int64_t id, struct arena *a, struct message *m,
	struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT form, received, size, copies, sender, recipients,"
		" spool, queue, message_id FROM messages WHERE id = ?",
		SQL_INT(id));
	int found = sql_next(q, e);

	if (found == 1)
		*m = (struct message){.id = id,
			.form = form_of(sql_text(q, 0)),
			.received = sql_int(q, 1),
			.size = sql_int(q, 2),
			.copies = sql_int(q, 3),
			.sender = sql_text_copy(q, 4, a),
			.recipients = sql_text_copy(q, 5, a),
			.spool = sql_text_copy(q, 6, a),
			.queue = sql_text_copy(q, 7, a),
			.message_id = sql_text_copy(q, 8, a)};
	sql_end(q);
	return found;
}

int
bytes_open(struct store *s, int64_t size, struct span row, struct span hash,
	int *fd_r, struct err *e)
{
	char path[STORE_PATH_MAX + 128], hex[HASH_HEX];

	if (row.len > 0 || (size == 0 && hash.len == HASH_BYTES)) {
		if (fs_memory_file("row", fd_r, e) == -1)
			return -1;
		if (fs_write_all(*fd_r, row.data, row.len, e) == 0)
			return 0;
		close_fd(fd_r);
		return -1;
	}
	if (hash.len != HASH_BYTES)
		return err_bug(e, "store: a row without bytes or hash");
	hex_of(hash.data, hash.len, hex);
	file_path(s, hex, path);
	if ((*fd_r = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	return 0;
}

int
message_open(
	struct store *s, int64_t id, int *fd_r, int64_t *size_r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT size, hash, bytes FROM messages WHERE id = ?",
		SQL_INT(id));
	int result = sql_next(q, e);

	if (result == 0)
		result = err_bug(e, "store: no message %lld", (long long)id);
	else if (result == 1) {
		*size_r = sql_int(q, 0);
		result = bytes_open(
			s, *size_r, sql_blob(q, 2), sql_blob(q, 1), fd_r, e);
	}
	sql_end(q);
	return result;
}

int
message_copy(struct store *s, const struct hash *identity,
	const struct message *copy, int64_t *id_r, struct err *e)
{
	int found = sql_number(s, e, id_r,
		"SELECT id FROM messages WHERE identity = ?",
		SQL_VALUES(SQL_BLOB(identity->bytes, sizeof(identity->bytes))));

	if (found != 1)
		return found;
	if (sql_do(s, e,
		    "INSERT INTO copies(message, received, sender, recipients,"
		    " spool, queue) SELECT id, ?, ?, ?, ?, ? FROM messages"
		    " WHERE id = ? AND copies <= ?",
		    SQL_INT(copy->received), SQL_TEXT(copy->sender),
		    SQL_TEXT(copy->recipients), SQL_TEXT(copy->spool),
		    SQL_TEXT(copy->queue), SQL_INT(*id_r),
		    SQL_INT(MESSAGE_COPIES_KEPT)) == -1 ||
		sql_do(s, e,
			"UPDATE messages SET copies = copies + 1 WHERE id = ?",
			SQL_INT(*id_r)) == -1)
		return -1;
	return 1;
}

/* 1 if some row has the hash that a file is named by. */
static int
is_named(struct store *s, const char *hex, struct err *e)
{
	uint8_t hash[HASH_BYTES];
	int64_t one;

	if (!hex_parse(hex, hash, sizeof(hash)))
		return 0;
	return sql_number(s, e, &one,
		"SELECT 1 FROM messages WHERE hash = ?1 AND bytes IS NULL"
		" UNION ALL SELECT 1 FROM letters"
		" WHERE hash = ?1 AND bytes IS NULL LIMIT 1",
		SQL_VALUES(SQL_BLOB(hash, sizeof(hash))));
}

#define OTHERWISE " FROM messages WHERE form <> 'received' AND sealed_to <> ?"

int
message_sealed_otherwise(struct store *s, const char *own, int64_t after,
	int64_t *id_r, int64_t *count_r, struct err *e)
{
	if (sql_number(s, e, count_r, "SELECT count(*)" OTHERWISE,
		    SQL_VALUES(SQL_TEXT(own))) == -1)
		return -1;
	return sql_number(s, e, id_r,
		"SELECT id" OTHERWISE " AND id > ? ORDER BY id LIMIT 1",
		SQL_VALUES(SQL_TEXT(own), SQL_INT(after)));
}

int
message_reseal(struct store *s, int64_t id, const char *own,
	const struct stored_bytes *b, struct hash *old_r, bool *has_file,
	struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT hash FROM messages WHERE id = ? AND bytes IS NULL",
		SQL_INT(id));
	int found = sql_next(q, e);

	*has_file = found == 1 && sql_blob(q, 0).len == HASH_BYTES;
	if (*has_file)
		memcpy(old_r->bytes, sql_blob(q, 0).data, HASH_BYTES);
	sql_end(q);
	if (found == -1)
		return -1;
	return sql_do(s, e,
		       "UPDATE messages SET size = ?, hash = ?, bytes = ?,"
		       " sealed_to = ? WHERE id = ?",
		       SQL_INT(b->size),
		       SQL_BLOB(b->hash.bytes, sizeof(b->hash.bytes)),
		       b->size <= STORE_ROW_MAX
			       ? SQL_BLOB(b->bytes.data, b->bytes.len)
			       : SQL_NULL,
		       SQL_TEXT(own), SQL_INT(id)) == -1
		? -1
		: 0;
}

int
message_unlink(struct store *s, const struct hash *h, struct err *e)
{
	char path[STORE_PATH_MAX + 128], hex[HASH_HEX];
	int named;

	hex_of(h->bytes, sizeof(h->bytes), hex);
	if ((named = is_named(s, hex, e)) != 0)
		return named == 1 ? 0 : -1;
	file_path(s, hex, path);
	return unlink(path) == -1 && errno != ENOENT ? err_errno(e, "%s", path)
						     : 0;
}

static int
sweep_file(struct store *s, const char *dir, const char *name, int64_t now,
	struct err *e)
{
	char path[STORE_PATH_MAX + 600];
	struct stat st;
	int named;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode) ||
		now - st.st_mtim.tv_sec * SECOND < SWEEP_AGE)
		return 0;
	if ((named = is_named(s, name, e)) != 0)
		return named == 1 ? 0 : -1;
	log_event(LOG_INFO, "swept", LOG_TEXT("file", name));
	return unlink(path) == -1 && errno != ENOENT ? err_errno(e, "%s", path)
						     : 0;
}

static int
sweep_dir(struct store *s, const char *dir, int64_t now, struct err *e)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int result = 0;

	if (d == NULL)
		return err_errno(e, "%s", dir);
	while (result == 0 && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			result = sweep_file(s, dir, entry->d_name, now, e);
	closedir(d);
	return result;
}

int
messages_sweep(struct store *s, int64_t now, struct err *e)
{
	char dir[STORE_PATH_MAX + 32], below[STORE_PATH_MAX + 300];
	struct dirent *entry;
	int result;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/messages", s->dir);
	result = sweep_dir(s, dir, now, e);
	if ((d = opendir(dir)) == NULL)
		return err_errno(e, "%s", dir);
	while (result == 0 && (entry = readdir(d)) != NULL) {
		if (strlen(entry->d_name) != 2 || entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", dir, entry->d_name);
		result = sweep_dir(s, below, now, e);
	}
	closedir(d);
	return result;
}
