#include "store/letters.h"

#include <string.h>

#include "base/clock.h"
#include "mail/address.h"
#include "store/internal.h"
#include "store/routes.h"

#define FACTS_MAX 65536
/* Of the mail because of which a letter is written: the one that it carries or
 * answers. */
#define CAUSE(COLUMN) \
	"coalesce((SELECT " COLUMN " FROM messages m" \
	" WHERE m.id IN (message, answers) AND m.spool <> '' LIMIT 1), '')"
#define COLUMNS \
	"letters.id, letters.case_id, kind, person, address, analyst, sealed," \
	" key, message, answers, facts, ordered, message_id, letters.state," \
	" until, attempts, sender, recipient, not_after, size, outcome," \
	" public_id, " CAUSE("spool") ", " CAUSE("queue")

static const char *const states[] = {
	[LETTER_QUEUED] = "queued",
	[LETTER_HELD] = "held",
	[LETTER_ORDERED] = "ordered",
	[LETTER_WAITING] = "waiting",
	[LETTER_SEALED] = "sealed",
	[LETTER_HANDED] = "handed",
	[LETTER_FAILED] = "failed",
	[LETTER_CANCELLED] = "cancelled",
};
_Static_assert(countof(states) == LETTER__STATES, "a name for each state");

const char *
letter_state_name(enum letter_state state)
{
	return states[state];
}

static enum letter_state
state_of(const char *name)
{
	int i;

	for (i = 0; i < LETTER__STATES; i++)
		if (strcmp(states[i], name) == 0)
			return (enum letter_state)i;
	return LETTER_FAILED;
}

static int
mint_routes(struct store *s, const struct order *o, const char *message_id,
	int64_t now, struct err *e)
{
	char token[TOKEN_CHARS + 1];

	if (token_mint(s, TOKEN_REPLY, o->case_id, o->person, 0, now, token,
		    e) == -1 ||
		token_mint(s, TOKEN_BOUNCE, o->case_id, o->person, o->letter,
			now, token, e) == -1)
		return -1;
	if (o->analyst &&
		token_mint(s, TOKEN_COMMAND, o->case_id, o->person, o->letter,
			now, token, e) == -1)
		return -1;
	return sql_do(s, e,
		       "INSERT INTO message_ids(id, case_id, person, letter)"
		       " VALUES(?, ?, ?, ?)",
		       SQL_TEXT(message_id), SQL_INT(o->case_id),
		       SQL_INT(o->person), SQL_INT(o->letter)) == -1
		? -1
		: 0;
}

static const enum letter_state first_states[] = {
	[HOLD_NONE] = LETTER_ORDERED,
	[HOLD_FOR_TURN] = LETTER_QUEUED,
	[HOLD_FOR_ANALYST] = LETTER_HELD,
};
_Static_assert(countof(first_states) == HOLD__COUNT, "a state for each");

static int
insert_order(struct store *s, const struct order *o, const char *message_id,
	int64_t now, const char *owner, int64_t until, struct err *e)
{
	struct buf facts = BUF_INIT(FACTS_MAX);
	bool leased = o->hold == HOLD_NONE;
	int result;

	facts_encode(&facts, &o->facts);
	result = facts.failed
		? err_bug(e, "order: facts are too large")
		: sql_do(s, e,
			  "INSERT INTO letters(id, case_id, kind,"
			  " person, address, analyst, sealed,"
			  " key, message, answers, facts,"
			  " ordered, message_id, state, owner,"
			  " until, changed, domain)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			  " ?, ?, ?, ?, ?, ?, ?, lower(?))",
			  SQL_INT(o->letter), SQL_INT(o->case_id),
			  SQL_TEXT(letter_kind_name(o->kind)),
			  SQL_INT(o->person), SQL_TEXT(o->address),
			  SQL_INT(o->analyst), SQL_INT(o->sealed),
			  SQL_TEXT(o->key), SQL_INT(o->message),
			  SQL_INT(o->answers), SQL_BLOB(facts.data, facts.len),
			  SQL_INT(now), SQL_TEXT(message_id),
			  SQL_TEXT(states[first_states[o->hold]]),
			  SQL_TEXT(leased ? owner : ""),
			  SQL_INT(leased ? until : 0), SQL_INT(now),
			  SQL_TEXT(o->kind == LETTER_ACKNOWLEDGEMENT
					  ? address_domain(o->address)
					  : ""));
	buf_release(&facts);
	return result == -1 ? -1 : 0;
}

int
letters_order(struct store *s, const struct plan *p, int64_t now,
	const char *owner, int64_t until, struct err *e)
{
	const struct order *o;
	const char *message_id;

	for (o = p->orders; o != NULL; o = o->next) {
		message_id = message_id_mint(s, o->letter, p->arena);
		if (insert_order(s, o, message_id, now, owner, until, e) ==
				-1 ||
			mint_routes(s, o, message_id, now, e) == -1)
			return -1;
	}
	return 0;
}

int
letters_cancel(
	struct store *s, const struct plan *p, int64_t now, struct err *e)
{
	const struct cancellation *c;

	for (c = p->cancelled; c != NULL; c = c->next)
		if (sql_do(s, e,
			    "UPDATE letters SET state = 'cancelled',"
			    " owner = '', until = 0, bytes = NULL,"
			    " hash = NULL, changed = ?"
			    " WHERE id = ? AND state <> 'handed'",
			    SQL_INT(now), SQL_INT(c->letter)) == -1)
			return -1;
	return 0;
}

int
letters_release(
	struct store *s, const struct plan *p, int64_t now, struct err *e)
{
	const struct release *r;

	for (r = p->released; r != NULL; r = r->next)
		if (sql_do(s, e,
			    "UPDATE letters SET state = 'ordered',"
			    " ordered = ?1, changed = ?1"
			    " WHERE id = ?2 AND state IN ('queued', 'held')",
			    SQL_INT(now), SQL_INT(r->letter)) == -1)
			return -1;
	return 0;
}

static int
read_bucket(struct sql *q, struct acknowledge_bucket *b, struct err *e)
{
	int found = sql_next(q, e);

	if (found == 1)
		*b = (struct acknowledge_bucket){
			.sent = sql_int(q, 0), .oldest = sql_int(q, 1)};
	sql_end(q);
	return found == 1 ? 0 : -1;
}

/* How many of PERSON's that are queued could go now, but for the domain. */
static int
queued_of(struct store *s, const char *domain, int64_t person, int64_t since,
	int64_t *count_r, struct err *e)
{
	int64_t queued, sent;

	if (sql_number(s, e, &queued,
		    "SELECT count(*) FROM (SELECT 1 FROM letters"
		    " WHERE state = 'queued' AND domain = lower(?)"
		    " AND person = ?"
		    " LIMIT ?)",
		    SQL_VALUES(SQL_TEXT(domain), SQL_INT(person),
			    SQL_INT(ACKNOWLEDGE_PER_ADDRESS))) == -1 ||
		sql_number(s, e, &sent,
			"SELECT count(*) FROM (SELECT 1 FROM letters"
			" WHERE kind = 'acknowledgement'"
			" AND state NOT IN ('held', 'queued', 'cancelled')"
			" AND person = ? AND ordered > ? LIMIT ?)",
			SQL_VALUES(SQL_INT(person), SQL_INT(since),
				SQL_INT(ACKNOWLEDGE_PER_ADDRESS))) == -1)
		return -1;
	sent = ACKNOWLEDGE_PER_ADDRESS - sent;
	*count_r = queued < sent ? queued : sent;
	return 0;
}

/* Whoever was first seen later goes first: their number is higher. */
static int
ahead_in_domain(struct store *s, const char *domain, int64_t person,
	int64_t since, int64_t *ahead_r, struct err *e)
{
	int64_t next = person, count;
	int found;

	*ahead_r = 0;
	while (*ahead_r < ACKNOWLEDGE_PER_DOMAIN) {
		found = sql_number(s, e, &next,
			"SELECT person FROM letters"
			" WHERE state = 'queued' AND domain = lower(?)"
			" AND person > ?"
			" ORDER BY person LIMIT 1",
			SQL_VALUES(SQL_TEXT(domain), SQL_INT(next)));
		if (found != 1)
			return found;
		if (queued_of(s, domain, next, since, &count, e) == -1)
			return -1;
		*ahead_r += count;
	}
	return 0;
}

int
letters_room(struct store *s, int64_t letter, int64_t person,
	const char *domain, int64_t now, struct acknowledge_room *room,
	struct err *e)
{
	int64_t since = now - HOUR;

	if (read_bucket(sql_query(s, e,
				"SELECT count(*), coalesce(min(ordered), 0)"
				" FROM (SELECT ordered FROM letters"
				" WHERE kind = 'acknowledgement' AND state"
				" NOT IN ('held', 'queued', 'cancelled')"
				" AND person = ? AND ordered > ?"
				" ORDER BY ordered DESC LIMIT ?)",
				SQL_INT(person), SQL_INT(since),
				SQL_INT(ACKNOWLEDGE_PER_ADDRESS)),
		    &room->address, e) == -1 ||
		read_bucket(sql_query(s, e,
				    "SELECT count(*), coalesce(min(ordered), 0)"
				    " FROM (SELECT ordered FROM letters"
				    " WHERE kind = 'acknowledgement' AND state"
				    " NOT IN ('held', 'queued', 'cancelled')"
				    " AND domain = lower(?) AND ordered > ?"
				    " ORDER BY ordered DESC LIMIT ?)",
				    SQL_TEXT(domain), SQL_INT(since),
				    SQL_INT(ACKNOWLEDGE_PER_DOMAIN)),
			&room->domain, e) == -1)
		return -1;
	if (sql_number(s, e, &room->address.ahead,
		    "SELECT count(*) FROM (SELECT 1 FROM letters"
		    " WHERE state = 'queued' AND domain = lower(?)"
		    " AND person = ?"
		    " AND id < ? LIMIT 1000)",
		    SQL_VALUES(SQL_TEXT(domain), SQL_INT(person),
			    SQL_INT(letter))) == -1)
		return -1;
	return ahead_in_domain(
		s, domain, person, since, &room->domain.ahead, e);
}

static int
read_letter(struct sql *q, struct arena *a, struct letter *l, struct err *e)
{
	struct order *o = &l->order;
	int kind = letter_kind_of(sql_text(q, 2));

	if (kind < 0)
		return err_bug(
			e, "store: unknown letter kind %s", sql_text(q, 2));
	*o = (struct order){.letter = sql_int(q, 0),
		.case_id = sql_int(q, 1),
		.kind = (enum letter_kind)kind,
		.person = sql_int(q, 3),
		.address = sql_text_copy(q, 4, a),
		.analyst = sql_int(q, 5) != 0,
		.sealed = sql_int(q, 6) != 0,
		.key = sql_text_copy(q, 7, a),
		.message = sql_int(q, 8),
		.answers = sql_int(q, 9)};
	if (facts_decode(&o->facts, a, sql_blob(q, 10), e) == -1)
		return -1;
	l->ordered = sql_int(q, 11);
	l->message_id = sql_text_copy(q, 12, a);
	l->state = state_of(sql_text(q, 13));
	l->until = sql_int(q, 14);
	l->attempts = sql_int(q, 15);
	l->sender = sql_text_copy(q, 16, a);
	l->recipient = sql_text_copy(q, 17, a);
	l->not_after = sql_int(q, 18);
	l->size = sql_int(q, 19);
	l->outcome = sql_text_copy(q, 20, a);
	l->public_id = sql_text_copy(q, 21, a);
	l->spool = sql_text_copy(q, 22, a);
	l->queue = sql_text_copy(q, 23, a);
	return 0;
}

int
letter_get(struct store *s, int64_t id, struct arena *a, struct letter *l,
	struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT " COLUMNS " FROM letters JOIN cases"
		" ON cases.id = case_id WHERE letters.id = ?",
		SQL_INT(id));
	int found = sql_next(q, e);

	if (found == 1 && read_letter(q, a, l, e) == -1)
		found = -1;
	sql_end(q);
	return found;
}

static int
lease_one(struct store *s, enum letter_state state, const char *owner,
	int64_t now, int64_t until, int64_t *id_r, struct err *e)
{
	int found = sql_number(s, e, id_r,
		"SELECT id FROM letters WHERE state = ? AND until <= ?"
		" ORDER BY until, id LIMIT 1",
		SQL_VALUES(SQL_TEXT(states[state]), SQL_INT(now)));

	if (found != 1)
		return found;
	return sql_do(s, e,
		"UPDATE letters SET owner = ?, until = ?,"
		" attempts = attempts + 1 WHERE id = ?",
		SQL_TEXT(owner), SQL_INT(until), SQL_INT(*id_r));
}

int
letter_lease(struct store *s, enum letter_state state, const char *owner,
	int64_t now, int64_t until, struct arena *a, struct letter *l,
	struct err *e)
{
	int64_t id, due;
	int found;

	/* Without the lock first: mostly there is nothing. */
	found = letter_next(s, state, &due, e);
	if (found != 1 || due > now)
		return found == -1 ? -1 : 0;
	if (store_begin(s, e) == -1)
		return -1;
	found = lease_one(s, state, owner, now, until, &id, e);
	if (found != 1) {
		store_rollback(s);
		return found;
	}
	if (store_commit(s, e) == -1)
		return -1;
	return letter_get(s, id, a, l, e);
}

int
letter_is_mine(struct store *s, int64_t id, const char *owner,
	enum letter_state state, struct err *e)
{
	int64_t one;

	return sql_number(s, e, &one,
		"SELECT 1 FROM letters"
		" WHERE id = ? AND owner = ? AND state = ?",
		SQL_VALUES(
			SQL_INT(id), SQL_TEXT(owner), SQL_TEXT(states[state])));
}

int
letter_seal(struct store *s, const struct letter *l, const char *owner,
	const struct stored_bytes *b, int64_t now, struct err *e)
{
	return sql_do(s, e,
		"UPDATE letters SET state = 'sealed', owner = '', until = 0,"
		" attempts = 0, sender = ?, recipient = ?, not_after = ?,"
		" size = ?, hash = ?, bytes = ?, outcome = '', changed = ?"
		" WHERE id = ? AND owner = ? AND state = 'ordered'",
		SQL_TEXT(l->sender), SQL_TEXT(l->recipient),
		SQL_INT(l->not_after), SQL_INT(b->size),
		SQL_BLOB(b->hash.bytes, sizeof(b->hash.bytes)),
		b->size <= STORE_ROW_MAX ? SQL_BLOB(b->bytes.data, b->bytes.len)
					 : SQL_NULL,
		SQL_INT(now), SQL_INT(l->order.letter), SQL_TEXT(owner));
}

int
letter_set(struct store *s, int64_t id, const char *owner,
	enum letter_state state, const char *outcome, int64_t until,
	int64_t now, struct err *e)
{
	/* What the MTA has need not be kept: it is ciphertext to others. */
	bool done = state == LETTER_HANDED;

	return sql_do(s, e,
		"UPDATE letters SET state = ?1, owner = '', until = ?2,"
		" outcome = ?3, changed = ?4,"
		" bytes = CASE WHEN ?5 THEN NULL ELSE bytes END,"
		" hash = CASE WHEN ?5 THEN NULL ELSE hash END"
		" WHERE id = ?6 AND owner = ?7",
		SQL_TEXT(states[state]), SQL_INT(until), SQL_TEXT(outcome),
		SQL_INT(now), SQL_INT(done), SQL_INT(id), SQL_TEXT(owner));
}

int
letter_open(
	struct store *s, int64_t id, int *fd_r, int64_t *size_r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT size, hash, bytes FROM letters WHERE id = ?",
		SQL_INT(id));
	int result = sql_next(q, e);

	if (result == 0)
		result = err_bug(e, "store: no letter %lld", (long long)id);
	else if (result == 1) {
		*size_r = sql_int(q, 0);
		result = bytes_open(
			s, *size_r, sql_blob(q, 2), sql_blob(q, 1), fd_r, e);
	}
	sql_end(q);
	return result;
}

int
letters_resume(struct store *s, int64_t person, int64_t now, struct err *e)
{
	return sql_do(s, e,
		"UPDATE letters SET state = 'ordered', until = 0, owner = '',"
		" changed = ? WHERE person = ? AND (state = 'waiting' OR"
		" (state = 'sealed' AND owner = '' AND attempts = 0"
		"  AND analyst = 0))",
		SQL_INT(now), SQL_INT(person));
}

int
letter_first(struct store *s, int64_t case_id, int64_t person, struct arena *a,
	const char **message_id_r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT message_id FROM letters"
		" WHERE case_id = ? AND person = ? ORDER BY id LIMIT 1",
		SQL_INT(case_id), SQL_INT(person));
	int found = sql_next(q, e);

	*message_id_r = found == 1 ? sql_text_copy(q, 0, a) : "";
	sql_end(q);
	return found == -1 ? -1 : 0;
}

int
letter_next(
	struct store *s, enum letter_state state, int64_t *due_r, struct err *e)
{
	return sql_number(s, e, due_r,
		"SELECT until FROM letters WHERE state = ?"
		" ORDER BY until LIMIT 1",
		SQL_VALUES(SQL_TEXT(states[state])));
}

int
letters_list(struct store *s, int64_t case_id,
	int (*each)(void *arg, const struct letter *l), void *arg,
	struct err *e)
{
	struct arena *a = arena_new();
	struct letter l;
	struct sql *q = sql_query(s, e,
		"SELECT " COLUMNS " FROM letters JOIN cases"
		" ON cases.id = case_id WHERE CASE WHEN ?1 = 0"
		" THEN letters.state NOT IN ('handed', 'cancelled')"
		" ELSE case_id = ?1 END ORDER BY letters.id",
		SQL_INT(case_id));
	int more;

	while ((more = sql_next(q, e)) == 1) {
		more = read_letter(q, a, &l, e);
		if (more == -1 || (more = each(arg, &l)) != 0)
			break;
	}
	sql_end(q);
	arena_free(&a);
	return more == -1 ? -1 : 0;
}
