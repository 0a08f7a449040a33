#include "store/trace.h"

#include <string.h>

#include "store/internal.h"

/* An envelope's addresses, one a line or alone, as <a>,<b>. */
#define ADDRESSES(LINES) \
	"'<' || replace(rtrim(" LINES ", char(10)), char(10), '>,<') || '>'"
#define ENVELOPE(OF) \
	"'from=' || " ADDRESSES(OF ".sender") " || ' to=' || " ADDRESSES( \
		OF ".recipients")
#define CAME ENVELOPE("m")
#define CAME_AGAIN ENVELOPE("y")

/* Mails that came, how they came again, and the letters that their cases
 * ordered because of them.  A mail without Message-ID is known by the letters
 * about it. */
#define STEPS \
	"WITH named AS (SELECT id FROM messages" \
	"  WHERE ?1 <> '' AND (queue = ?1 OR message_id = ?1)" \
	"  UNION SELECT message FROM copies WHERE ?1 <> '' AND queue = ?1" \
	"  UNION SELECT id FROM messages" /* no index: only when it is one */ \
	"  WHERE ?1 GLOB '*/*.*' AND ?1 NOT GLOB '*@*' AND spool = ?1" \
	"  UNION SELECT message FROM copies" /* likewise */ \
	"  WHERE ?1 GLOB '*/*.*' AND ?1 NOT GLOB '*@*' AND spool = ?1)," \
	" m AS (SELECT * FROM messages WHERE id IN (SELECT id FROM named))," \
	" i AS (SELECT m.id AS message, c.id AS case_id, c.public_id" \
	"  FROM m JOIN message_ids x ON x.message = m.id" \
	"  JOIN cases c ON c.id = x.case_id" \
	"  UNION SELECT m.id, c.id, c.public_id" \
	"  FROM m JOIN letters l ON m.id IN (l.message, l.answers)" \
	"  JOIN cases c ON c.id = l.case_id WHERE m.message_id = '')," \
	" l AS (SELECT l.*, c.public_id FROM letters l" \
	"  JOIN cases c ON c.id = l.case_id WHERE l.message_id = ?1" \
	"  OR l.message IN (SELECT id FROM m)" \
	"  OR l.answers IN (SELECT id FROM m))" \
	" SELECT received, 'received', id, 0, spool, queue, '', message_id," \
	"  'copies=' || copies || ' ' || " CAME " FROM m" \
	" UNION ALL SELECT y.received, 'copy', m.id, 0, y.spool, y.queue, ''," \
	"  m.message_id, " CAME_AGAIN \
	"  FROM m JOIN copies y ON y.message = m.id" \
	" UNION ALL SELECT m.received, 'filed', m.id, 0, '', '', i.public_id," \
	"  '', '' FROM m JOIN i ON i.message = m.id" \
	" UNION ALL SELECT ordered, 'letter ordered: ' || kind, message, id," \
	"  '', '', public_id, message_id, recipient FROM l" \
	" UNION ALL SELECT changed, 'letter ' || state, message, id, '', ''," \
	"  public_id, message_id, outcome FROM l WHERE state <> 'ordered'" \
	" ORDER BY 1, 4, 3"

static const char *
bare(const char *what, struct arena *a)
{
	size_t len = strlen(what);

	if (len > 2 && what[0] == '<' && what[len - 1] == '>')
		return arena_dup(a, what + 1, len - 2);
	return what;
}

int
trace(struct store *s, const char *what,
	int (*each)(void *arg, const struct trace_step *step), void *arg,
	struct err *e)
{
	struct arena *a = arena_new();
	struct sql *q = sql_query(s, e, STEPS, SQL_TEXT(bare(what, a)));
	struct trace_step step;
	int more, count = 0;

	while ((more = sql_next(q, e)) == 1) {
		step = (struct trace_step){.at = sql_int(q, 0),
			.step = sql_text(q, 1),
			.message = sql_int(q, 2),
			.letter = sql_int(q, 3),
			.spool = sql_text(q, 4),
			.queue = sql_text(q, 5),
			.public_id = sql_text(q, 6),
			.message_id = sql_text(q, 7),
			.detail = sql_text(q, 8)};
		count++;
		if (each(arg, &step) != 0)
			break;
	}
	sql_end(q);
	arena_free(&a);
	return more == -1 ? -1 : count;
}
