/* Events and their chain; see store/casebook.h. */
#include "store/events.h"

#include <string.h>

#include "base/clock.h"
#include "store/internal.h"

#define SALT_BYTES 32
#define PAYLOAD_MAX 65536

struct hash
event_commitment(struct span salt, struct span payload)
{
	struct hasher *h = hasher_new();

	hasher_add(h, salt.data, salt.len);
	hasher_add(h, payload.data, payload.len);
	return hasher_finish(&h);
}

static void
add_number(struct hasher *h, int64_t number)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
	hasher_add(h, bytes, sizeof(bytes));
}

struct hash
event_link(struct span previous, int64_t seq, int64_t case_id, const char *kind,
	int64_t at, struct span commitment)
{
	struct hasher *h = hasher_new();

	hasher_add(h, previous.data, previous.len);
	add_number(h, seq);
	add_number(h, case_id);
	hasher_add(h, kind, strlen(kind) + 1);
	add_number(h, at);
	hasher_add(h, commitment.data, commitment.len);
	return hasher_finish(&h);
}

/* The end of the chain: 32 zero bytes before the first event. */
static int
head(struct store *s, int64_t *seq_r, struct hash *link, struct err *e)
{
	struct sql *q = sql_query(
		s, e, "SELECT seq, link FROM events ORDER BY seq DESC LIMIT 1");
	int found = sql_next(q, e);

	*seq_r = 0;
	memset(link, 0, sizeof(*link));
	if (found == 1) {
		*seq_r = sql_int(q, 0);
		if (sql_blob(q, 1).len == sizeof(link->bytes))
			memcpy(link->bytes, sql_blob(q, 1).data,
				sizeof(link->bytes));
	}
	sql_end(q);
	return found == -1 ? -1 : 0;
}

int
event_append(struct store *s, int64_t case_id, const struct event *ev,
	const char *cause, struct err *e)
{
	struct buf payload = BUF_INIT(PAYLOAD_MAX);
	const char *kind = event_kind_name(ev->kind);
	struct hash previous, commitment, link;
	uint8_t salt[SALT_BYTES];
	int64_t seq;
	int result = -1;

	buf_printf(&payload, "actor=%lld\ncause=%s\n", (long long)ev->actor,
		cause);
	facts_encode(&payload, &ev->facts);
	random_bytes(salt, sizeof(salt));
	commitment = event_commitment(
		(struct span){(char *)salt, sizeof(salt)}, buf_view(&payload));
	if (payload.failed)
		err_bug(e, "event %s is too large", kind);
	else if (head(s, &seq, &previous, e) == 0) {
		seq++;
		link = event_link((struct span){(char *)previous.bytes,
					  sizeof(previous.bytes)},
			seq, case_id, kind, ev->at,
			(struct span){(char *)commitment.bytes,
				sizeof(commitment.bytes)});
		if (sql_do(s, e,
			    "INSERT INTO events(seq, case_id, kind, at,"
			    " commitment, link) VALUES(?, ?, ?, ?, ?, ?)",
			    SQL_INT(seq), SQL_INT(case_id), SQL_TEXT(kind),
			    SQL_INT(ev->at),
			    SQL_BLOB(
				    commitment.bytes, sizeof(commitment.bytes)),
			    SQL_BLOB(link.bytes, sizeof(link.bytes))) != -1 &&
			sql_do(s, e,
				"INSERT INTO payloads(seq, salt, payload)"
				" VALUES(?, ?, ?)",
				SQL_INT(seq), SQL_BLOB(salt, sizeof(salt)),
				SQL_BLOB(payload.data, payload.len)) != -1)
			result = 0;
	}
	buf_release(&payload);
	return result;
}

static int
read_event(struct sql *q, struct arena *a, struct event *ev, struct err *e)
{
	int kind = event_kind_of(sql_text(q, 0));
	const struct fact *actor;

	if (kind < 0)
		return err_bug(
			e, "store: unknown event kind %s", sql_text(q, 0));
	*ev = (struct event){
		.kind = (enum event_kind)kind, .at = sql_int(q, 1)};
	if (facts_decode(&ev->facts, a, sql_blob(q, 2), e) == -1)
		return -1;
	ev->actor = facts_number(&ev->facts, "actor", 0);
	/* Actor and cause stand in front of the event's own facts. */
	actor = ev->facts.first;
	if (actor != NULL && actor->next != NULL)
		ev->facts.first = actor->next->next;
	return 0;
}

int
case_events(struct store *s, int64_t id, struct arena *a,
	struct event **events_r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT kind, at, coalesce(payload, x'') FROM events"
		" LEFT JOIN payloads USING(seq)"
		" WHERE case_id = ? ORDER BY seq",
		SQL_INT(id));
	struct event *ev, **end = events_r;
	int more;

	*events_r = NULL;
	while ((more = sql_next(q, e)) == 1) {
		ev = arena_alloc(a, sizeof(*ev));
		if (read_event(q, a, ev, e) == -1) {
			more = -1;
			break;
		}
		*end = ev;
		end = &ev->next;
	}
	sql_end(q);
	return more;
}

int
case_load(struct store *s, int64_t id, struct arena *a, struct case_file *c,
	struct err *e)
{
	struct event *ev;

	case_begin(c, a, id);
	if (case_events(s, id, a, &ev, e) == -1)
		return -1;
	if (ev == NULL)
		return 0;
	for (; ev != NULL; ev = ev->next)
		case_apply(c, ev);
	return 1;
}
