#include "store/forget.h"

#include <string.h>

#include "store/casebook.h"
#include "store/internal.h"
#include "store/keys.h"
#include "store/messages.h"

static int
note_files(struct sql *q, struct forgotten *f, struct err *e)
{
	struct forgotten_file *file;
	int more;

	while ((more = sql_next(q, e)) == 1) {
		if (sql_blob(q, 0).len != HASH_BYTES)
			continue;
		file = arena_alloc(f->arena, sizeof(*file));
		memcpy(file->hash.bytes, sql_blob(q, 0).data, HASH_BYTES);
		file->next = f->files;
		f->files = file;
	}
	sql_end(q);
	return more;
}

static int
forget_message(
	struct store *s, int64_t message, struct forgotten *f, struct err *e)
{
	if (note_files(sql_query(s, e,
			       "SELECT hash FROM messages"
			       " WHERE id = ? AND bytes IS NULL",
			       SQL_INT(message)),
		    f, e) == -1 ||
		sql_do(s, e, "DELETE FROM copies WHERE message = ?",
			SQL_INT(message)) == -1 ||
		sql_do(s, e, "DELETE FROM sketch_marks WHERE message = ?",
			SQL_INT(message)) == -1 ||
		sql_do(s, e, "DELETE FROM sketches WHERE message = ?",
			SQL_INT(message)) == -1)
		return -1;
	return sql_do(s, e, "DELETE FROM messages WHERE id = ?",
		       SQL_INT(message)) == -1
		? -1
		: 0;
}

/* Whatever an event refers to: mails, words, titles. */
static int
forget_messages(struct store *s, const struct case_file *c,
	const struct event *events, struct forgotten *f, struct err *e)
{
	const struct event *ev;
	int64_t message;

	for (ev = events; ev != NULL; ev = ev->next) {
		message = facts_number(&ev->facts, "message", 0);
		if (message != 0 && forget_message(s, message, f, e) == -1)
			return -1;
	}
	return note_files(sql_query(s, e,
				  "SELECT hash FROM letters WHERE case_id = ?"
				  " AND bytes IS NULL AND hash IS NOT NULL",
				  SQL_INT(c->id)),
		f, e);
}

/* Names and keys of who is in no other case; analysts stay. */
static int
forget_person(struct store *s, int64_t person, struct err *e)
{
	int forgotten = sql_do(s, e,
		"UPDATE persons SET address = NULL, name = '' WHERE id = ?1"
		" AND analyst IS NULL"
		" AND NOT EXISTS(SELECT 1 FROM message_ids WHERE person = ?1)"
		" AND NOT EXISTS(SELECT 1 FROM letters WHERE person = ?1)"
		" AND NOT EXISTS(SELECT 1 FROM cases WHERE finder = ?1)",
		SQL_INT(person));

	return forgotten == 1 ? keys_forget(s, person, e) : forgotten;
}

/* Whoever an event or a letter names: 0-ended, in A. */
static int
people_of(struct store *s, const struct case_file *c,
	const struct event *events, struct arena *a, int64_t **people_r,
	struct err *e)
{
	const struct event *ev;
	int64_t count, person;
	struct sql *q;
	size_t n = 0;
	int more;

	if (sql_number(s, e, &count,
		    "SELECT count(*) FROM letters WHERE case_id = ?",
		    SQL_VALUES(SQL_INT(c->id))) == -1)
		return -1;
	for (ev = events; ev != NULL; ev = ev->next)
		count++;
	*people_r = arena_calloc(a, (size_t)count + 1, sizeof(**people_r));
	for (ev = events; ev != NULL; ev = ev->next)
		if ((person = facts_number(&ev->facts, "person", 0)) != 0)
			(*people_r)[n++] = person;
	q = sql_query(s, e,
		"SELECT DISTINCT person FROM letters"
		" WHERE case_id = ? AND person <> 0",
		SQL_INT(c->id));
	while ((more = sql_next(q, e)) == 1 && n < (size_t)count)
		(*people_r)[n++] = sql_int(q, 0);
	sql_end(q);
	return more == -1 ? -1 : 0;
}

int
case_forget(struct store *s, const struct case_file *c, struct forgotten *f,
	struct err *e)
{
	struct event *events;
	int64_t *person;

	if (case_events(s, c->id, f->arena, &events, e) == -1 ||
		people_of(s, c, events, f->arena, &person, e) == -1 ||
		forget_messages(s, c, events, f, e) == -1 ||
		sql_do(s, e, "DELETE FROM letters WHERE case_id = ?",
			SQL_INT(c->id)) == -1 ||
		sql_do(s, e, "DELETE FROM message_ids WHERE case_id = ?",
			SQL_INT(c->id)) == -1 ||
		sql_do(s, e, "DELETE FROM tokens WHERE case_id = ?",
			SQL_INT(c->id)) == -1 ||
		sql_do(s, e, "DELETE FROM timers WHERE case_id = ?",
			SQL_INT(c->id)) == -1 ||
		sql_do(s, e,
			"DELETE FROM payloads WHERE seq IN"
			" (SELECT seq FROM events WHERE case_id = ?)",
			SQL_INT(c->id)) == -1 ||
		sql_do(s, e, "UPDATE cases SET finder = 0 WHERE id = ?",
			SQL_INT(c->id)) == -1)
		return -1;
	for (; *person != 0; person++)
		if (forget_person(s, *person, e) == -1)
			return -1;
	return 0;
}

int
forgotten_unlink(struct store *s, const struct forgotten *f, struct err *e)
{
	const struct forgotten_file *file;

	for (file = f->files; file != NULL; file = file->next)
		if (message_unlink(s, &file->hash, e) == -1)
			return -1;
	return 0;
}

int
case_merged_into(struct store *s, int64_t id, int64_t *merged_r, struct err *e)
{
	return sql_number(s, e, merged_r,
		"SELECT id FROM cases WHERE merged_into = ? AND purged = 0"
		" LIMIT 1",
		SQL_VALUES(SQL_INT(id)));
}

int
case_outlived(struct store *s, int64_t before, int64_t *id_r, struct err *e)
{
	return sql_number(s, e, id_r,
		"SELECT id FROM cases WHERE state = 'Closed' AND purged = 0"
		" AND merged_into = 0 AND changed < ? ORDER BY changed LIMIT 1",
		SQL_VALUES(SQL_INT(before)));
}
