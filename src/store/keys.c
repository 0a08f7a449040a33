#include "store/keys.h"

#include <string.h>

#include "store/internal.h"
#include "store/persons.h"

static enum protocol
protocol_of(const char *name)
{
	return strcmp(name, protocol_name(PROTOCOL_SMIME)) == 0
		? PROTOCOL_SMIME
		: PROTOCOL_OPENPGP;
}

int
keys_version(struct store *s, int64_t *version_r, struct err *e)
{
	*version_r = 0;
	return sql_number(s, e, version_r,
		       "SELECT value FROM meta WHERE key = 'keys'",
		       SQL_VALUES()) == -1
		? -1
		: 0;
}

static int
new_version(struct store *s, struct err *e)
{
	return sql_do(s, e,
		       "INSERT INTO meta(key, value) VALUES('keys', 1)"
		       " ON CONFLICT(key) DO UPDATE SET value = value + 1") ==
			-1
		? -1
		: 0;
}

/* Letters are encrypted to what is in use: one that is lost takes them back. */
static int
retire_others(
	struct store *s, int64_t person, const char *fingerprint, struct err *e)
{
	return sql_do(s, e,
		"UPDATE keys SET state = 'retired' WHERE person = ?"
		" AND fingerprint <> ? AND state IN ('aside', 'pinned')",
		SQL_INT(person), SQL_TEXT(fingerprint));
}

static int
put_bytes(
	struct store *s, const struct key_change *k, int64_t now, struct err *e)
{
	const struct input_key *key = k->key;

	if (sql_do(s, e,
		    "INSERT INTO keys(fingerprint, person, protocol, origin,"
		    " state, data, first_seen, expires, revoked)"
		    " VALUES(?, ?, ?, ?, 'differs', x'', ?, 0, 0)"
		    " ON CONFLICT DO NOTHING",
		    SQL_TEXT(key->fingerprint), SQL_INT(k->person),
		    SQL_TEXT(protocol_name(key->protocol)),
		    SQL_TEXT(key->origin), SQL_INT(now)) == -1)
		return -1;
	/* Whoever has it: it is one key. */
	return sql_do(s, e,
		"UPDATE keys SET data = ?, expires = ?, revoked = ?"
		" WHERE fingerprint = ?",
		SQL_BLOB(key->minimal, strlen(key->minimal)),
		SQL_INT(key->expires), SQL_INT(key->revoked),
		SQL_TEXT(key->fingerprint));
}

int
key_change(
	struct store *s, const struct key_change *k, int64_t now, struct err *e)
{
	if ((k->key != NULL && put_bytes(s, k, now, e) == -1) ||
		(k->to == KEY_PINNED &&
			retire_others(s, k->person, k->fingerprint, e) == -1) ||
		sql_do(s, e,
			"UPDATE keys SET state = ?"
			" WHERE person = ? AND fingerprint = ?",
			SQL_TEXT(key_state_name(k->to)), SQL_INT(k->person),
			SQL_TEXT(k->fingerprint)) == -1)
		return -1;
	return new_version(s, e);
}

int
keys_forget(struct store *s, int64_t person, struct err *e)
{
	if (sql_do(s, e, "DELETE FROM keys WHERE person = ?",
		    SQL_INT(person)) == -1)
		return -1;
	return new_version(s, e);
}

int
key_bytes(struct store *s, const char *fingerprint, struct arena *a,
	struct span *data, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT data FROM keys WHERE fingerprint = ? LIMIT 1",
		SQL_TEXT(fingerprint));
	int found = sql_next(q, e);

	*data = SPAN("");
	if (found == 1)
		*data = (struct span){
			arena_dup(a, sql_blob(q, 0).data, sql_blob(q, 0).len),
			sql_blob(q, 0).len};
	sql_end(q);
	return found == -1 ? -1 : 0;
}

/* --- for decisions --- */

struct gathering {
	struct known_key *keys;
	size_t keys_count, keys_room;
	struct known_person *persons;
	size_t persons_count;
};

static int
gather_keys(struct store *s, int64_t person, struct arena *a,
	struct gathering *all, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT protocol, state, fingerprint, first_seen, expires,"
		" revoked FROM keys WHERE person = ?"
		" ORDER BY CASE state WHEN 'pinned' THEN 0 WHEN 'aside' THEN 1"
		" ELSE 2 END, first_seen, fingerprint LIMIT ?",
		SQL_INT(person), SQL_INT(KEYS_OF_PERSON_MAX));
	int more, state;

	while ((more = sql_next(q, e)) == 1 &&
		all->keys_count < all->keys_room) {
		if ((state = key_state_of(sql_text(q, 1))) < 0) {
			more = err_bug(e, "store: unknown key state %s",
				sql_text(q, 1));
			break;
		}
		all->keys[all->keys_count++] =
			(struct known_key){.person = person,
				.protocol = protocol_of(sql_text(q, 0)),
				.state = (enum key_state)state,
				.fingerprint = sql_text_copy(q, 2, a),
				.first_seen = sql_int(q, 3),
				.expires = sql_int(q, 4),
				.revoked = sql_int(q, 5) != 0};
	}
	sql_end(q);
	return more == -1 ? -1 : 0;
}

static int
gather(struct store *s, int64_t person, struct arena *a, struct gathering *all,
	struct err *e)
{
	struct person p;
	size_t i;
	int found;

	for (i = 0; i < all->persons_count; i++)
		if (all->persons[i].person == person)
			return 0;
	if ((found = person_get(s, person, a, &p, e)) != 1)
		return found;
	all->persons[all->persons_count++] =
		(struct known_person){.person = person, .address = p.address};
	return gather_keys(s, person, a, all, e);
}

int
keys_ground(struct store *s, const struct case_file *c, int64_t writer,
	struct arena *a, struct ground *g, struct err *e)
{
	struct gathering all = {.keys = NULL};
	const struct party *p;
	size_t n = 1;

	for (p = c->parties; p != NULL; p = p->next)
		n++;
	all.keys_room = n * KEYS_OF_PERSON_MAX;
	all.keys = arena_calloc(a, all.keys_room, sizeof(*all.keys));
	all.persons = arena_calloc(a, n, sizeof(*all.persons));
	if (writer != 0 && gather(s, writer, a, &all, e) == -1)
		return -1;
	for (p = c->parties; p != NULL; p = p->next)
		if (gather(s, p->person, a, &all, e) == -1)
			return -1;
	g->keys = all.keys;
	g->keys_count = all.keys_count;
	g->persons = all.persons;
	g->persons_count = all.persons_count;
	return 0;
}

/* The first row of Q, which is ended. */
static int
take_key(struct sql *q, struct arena *a, struct person_key *k, struct err *e)
{
	int found = sql_next(q, e);

	if (found == 1)
		*k = (struct person_key){
			.protocol = protocol_of(sql_text(q, 0)),
			.fingerprint = sql_text_copy(q, 1, a),
			.pinned = sql_int(q, 2) != 0,
			.expires = sql_int(q, 3)};
	sql_end(q);
	return found;
}

int
key_of_person(struct store *s, int64_t person, bool only_pinned,
	struct arena *a, struct person_key *k, struct err *e)
{
	return take_key(
		sql_query(s, e,
			"SELECT protocol, fingerprint, state = 'pinned',"
			" expires FROM keys WHERE person = ?1"
			" AND (state = 'pinned'"
			" OR (state = 'aside' AND NOT ?2))"
			" ORDER BY state = 'pinned' DESC, first_seen,"
			" fingerprint LIMIT 1",
			SQL_INT(person), SQL_INT(only_pinned)),
		a, k, e);
}

int
key_of_fingerprint(struct store *s, const char *fingerprint, struct arena *a,
	struct person_key *k, struct err *e)
{
	return take_key(
		sql_query(s, e,
			"SELECT protocol, fingerprint, state = 'pinned',"
			" expires FROM keys WHERE fingerprint = ?"
			" ORDER BY state = 'pinned' DESC LIMIT 1",
			SQL_TEXT(fingerprint)),
		a, k, e);
}

int
keys_each(struct store *s,
	int (*each)(void *arg, enum protocol protocol, const char *fingerprint,
		struct span data),
	void *arg, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT protocol, fingerprint, data FROM keys"
		" WHERE state <> 'differs'"
		" GROUP BY protocol, fingerprint"
		" ORDER BY protocol, fingerprint");
	int more;

	while ((more = sql_next(q, e)) == 1)
		if ((more = each(arg, protocol_of(sql_text(q, 0)),
			     sql_text(q, 1), sql_blob(q, 2))) != 0)
			break;
	sql_end(q);
	return more == -1 ? -1 : 0;
}

int
keys_list(struct store *s, int (*each)(void *arg, const struct key_line *k),
	void *arg, struct err *e)
{
	struct key_line k;
	struct sql *q = sql_query(s, e,
		"SELECT protocol, state, fingerprint, first_seen, expires,"
		" revoked, person, coalesce(address, ''), origin FROM keys"
		" JOIN persons ON persons.id = person"
		" ORDER BY address, first_seen, fingerprint");
	int more, state;

	while ((more = sql_next(q, e)) == 1) {
		state = key_state_of(sql_text(q, 1));
		k = (struct key_line){
			.key = {.person = sql_int(q, 6),
				.protocol = protocol_of(sql_text(q, 0)),
				.state = state < 0 ? KEY_STRANGE
						   : (enum key_state)state,
				.fingerprint = sql_text(q, 2),
				.first_seen = sql_int(q, 3),
				.expires = sql_int(q, 4),
				.revoked = sql_int(q, 5) != 0},
			.address = sql_text(q, 7),
			.origin = sql_text(q, 8)};
		if ((more = each(arg, &k)) != 0)
			break;
	}
	sql_end(q);
	return more == -1 ? -1 : 0;
}
