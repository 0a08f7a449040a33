#include "store/routes.h"

#include <ctype.h>
#include <string.h>

#include "store/internal.h"

static const char *const purposes[] = {
	[TOKEN_REPLY] = "reply",
	[TOKEN_BOUNCE] = "bounce",
	[TOKEN_COMMAND] = "command",
	[TOKEN_LOOP] = "loop",
};
_Static_assert(countof(purposes) == TOKEN__COUNT, "a name for each purpose");

static void
mint(const struct store *s, const char *purpose, int64_t case_id,
	int64_t person, int64_t letter, char token[static TOKEN_CHARS + 1])
{
	int64_t numbers[] = {case_id, person, letter};
	struct span parts[] = {span_of(purpose),
		{.data = (const char *)numbers, .len = sizeof(numbers)}};
	struct hash h = hmac_of(s->secret, parts, countof(parts));

	base32_of(h.bytes, sizeof(h.bytes), token, TOKEN_CHARS);
}

void
token_text(const struct store *s, enum token_purpose purpose, int64_t case_id,
	int64_t person, int64_t letter, char token[static TOKEN_CHARS + 1])
{
	mint(s, purposes[purpose], case_id, person, letter, token);
}

int
token_mint(struct store *s, enum token_purpose purpose, int64_t case_id,
	int64_t person, int64_t letter, int64_t now,
	char token[static TOKEN_CHARS + 1], struct err *e)
{
	token_text(s, purpose, case_id, person, letter, token);
	return sql_do(s, e,
		       "INSERT OR IGNORE INTO tokens(token, purpose, case_id,"
		       " person, letter, made) VALUES(?, ?, ?, ?, ?, ?)",
		       SQL_TEXT(token), SQL_TEXT(purposes[purpose]),
		       SQL_INT(case_id), SQL_INT(person), SQL_INT(letter),
		       SQL_INT(now)) == -1
		? -1
		: 0;
}

char *
message_id_mint(const struct store *s, int64_t letter, struct arena *a)
{
	char token[TOKEN_CHARS + 1];

	mint(s, "message-id", 0, 0, letter, token);
	return arena_printf(a, "%s@%s", token, s->hostname);
}

static enum token_purpose
purpose_of(const char *name)
{
	int i;

	for (i = 0; i < TOKEN__COUNT; i++)
		if (strcmp(purposes[i], name) == 0)
			return (enum token_purpose)i;
	return TOKEN_REPLY;
}

int
route_of_token(
	struct store *s, struct span token, struct route *r, struct err *e)
{
	char folded[TOKEN_CHARS + 1];
	struct sql *q;
	size_t i;
	int found;

	if (token.len != TOKEN_CHARS)
		return 0;
	for (i = 0; i < TOKEN_CHARS; i++)
		folded[i] = (char)tolower((unsigned char)token.data[i]);
	folded[TOKEN_CHARS] = '\0';
	q = sql_query(s, e,
		"SELECT purpose, case_id, person, letter, made FROM tokens"
		" WHERE token = ?",
		SQL_TEXT(folded));
	if ((found = sql_next(q, e)) == 1)
		*r = (struct route){.purpose = purpose_of(sql_text(q, 0)),
			.case_id = sql_int(q, 1),
			.person = sql_int(q, 2),
			.letter = sql_int(q, 3),
			.made = sql_int(q, 4)};
	sql_end(q);
	return found;
}

/* A mail may be in two cases: the newest counts. */
int
route_of_message_id(
	struct store *s, const char *id, struct route *r, struct err *e)
{
	struct sql *q = sql_query(s, e,
		"SELECT case_id, person, letter, message FROM message_ids"
		" WHERE id = ? ORDER BY case_id DESC LIMIT 1",
		SQL_TEXT(id));
	int found = sql_next(q, e);

	if (found == 1)
		*r = (struct route){.case_id = sql_int(q, 0),
			.person = sql_int(q, 1),
			.letter = sql_int(q, 2),
			.message = sql_int(q, 3)};
	sql_end(q);
	return found;
}

int
route_remember(struct store *s, const char *id, int64_t case_id, int64_t person,
	int64_t message, struct err *e)
{
	if (id[0] == '\0')
		return 0;
	return sql_do(s, e,
		       "INSERT OR IGNORE INTO message_ids(id, case_id, person,"
		       " message) VALUES(?, ?, ?, ?)",
		       SQL_TEXT(id), SQL_INT(case_id), SQL_INT(person),
		       SQL_INT(message)) == -1
		? -1
		: 0;
}
