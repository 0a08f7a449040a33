#include "daemon/mail_commands.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cases/authority.h"
#include "daemon/pipeline.h"
#include "daemon/transact_parts.h"
#include "mail/address.h"
#include "store/casebook.h"
#include "store/letters.h"
#include "store/persons.h"
#include "store/routes.h"

_Static_assert(
	CASE_TOKEN_CHARS == TOKEN_CHARS, "a token is as long as a token");

int
mail_signed_by(const struct conf *c, const struct verdict *v)
{
	const struct signature *s = verdict_signer(v);
	const char *pinned;
	size_t i;

	for (i = 0; s != NULL && i < c->analysts; i++) {
		pinned = s->protocol == PROTOCOL_OPENPGP ? c->analyst[i].openpgp
							 : c->analyst[i].smime;
		if (strcmp(s->fingerprint, pinned) == 0)
			return (int)i;
	}
	return -1;
}

/* --- before the transaction --- */

static int
seal_words(
	struct desk *d, struct mail_commands *m, struct arena *a, struct err *e)
{
	struct stored_bytes *bytes;
	struct command *cmd;

	m->bytes = bytes = arena_calloc(a, COMMANDS_MAX, sizeof(*bytes));
	for (cmd = m->commands; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0' &&
			pipeline_seal_words(d, cmd->words, a, bytes++, e) == -1)
			return -1;
	return 0;
}

int
mail_commands_prepare(struct desk *d, const struct opening *o, struct arena *a,
	struct mail_commands *m, struct err *e)
{
	const struct reading *r = &o->answer.reading;
	int analyst = mail_signed_by(d->conf, &o->verdict);
	struct err why;

	*m = (struct mail_commands){.present = command_block(r->new_text) &&
			(analyst != -1 || r->case_lines_count > 0)};
	if (!m->present)
		return 0;
	if (command_parse(r->new_text, a, &m->commands, &why) == -1) {
		m->commands = NULL;
		m->problem = arena_strdup(a, why.text);
	}
	/* A dry run keeps nothing. */
	if (analyst == -1 || command_with(m->commands, COMMAND_DRY_RUN) != NULL)
		return 0;
	return seal_words(d, m, a, e);
}

/* --- inside it --- */

struct judging {
	const struct transactor *t;
	const struct mail_to_file *m;
	struct arena *arena;
	struct mail_input *in;
	struct authority_facts facts;
	struct err *err;
};

static const struct reading *
reading_of(const struct judging *j)
{
	return &j->m->opening->answer.reading;
}

static bool
is_ours(const struct conf *c, const struct mail_address *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (address_same(list[i].address, c->address) ||
			address_token(list[i].address, c->address,
				c->reply_delimiter, c->reply_domain)
					.len > 0)
			return true;
	return false;
}

/* Programs that protect the subject alone say nothing of it. */
static bool
is_for_us(const struct judging *j)
{
	const struct reading *r = reading_of(j);
	const struct mail_header *h = &r->header;
	const struct conf *c = j->t->conf;

	if (!r->protected_header || h->to_count + h->cc_count == 0)
		return true;
	return is_ours(c, h->to, h->to_count) || is_ours(c, h->cc, h->cc_count);
}

static int
look_up_token(struct judging *j, const struct mail_case_line *line,
	struct authority_token *token)
{
	struct store *s = j->t->store;
	struct route route;
	int64_t named = 0;
	int found = route_of_token(s, span_of(line->token), &route, j->err);

	if (found == 1)
		found = case_find(s, line->id, &named, j->err);
	if (found == -1)
		return -1;
	*token = (struct authority_token){.known = found == 1 &&
			route.purpose == TOKEN_COMMAND &&
			route.case_id == named};
	if (!token->known)
		return 0;
	token->analyst = route.person;
	token->letter = route.letter;
	token->made = route.made;
	token->case_id = route.case_id;
	return case_follow(s, &token->case_id, j->err);
}

static int
look_up_tokens(struct judging *j)
{
	const struct reading *r = reading_of(j);
	struct authority_token *tokens =
		arena_calloc(j->arena, r->case_lines_count, sizeof(*tokens));
	size_t i;

	for (i = 0; i < r->case_lines_count; i++)
		if (look_up_token(j, &r->case_lines[i], &tokens[i]) == -1)
			return -1;
	j->facts.tokens = tokens;
	j->facts.tokens_count = r->case_lines_count;
	return 0;
}

/* Who is told why: who signed it, else whose letter it answers. */
static int64_t
whom_to_tell(const struct judging *j)
{
	const struct policy *policy = j->t->policy;
	int64_t person = j->in->analyst;
	size_t i;

	for (i = 0; person == 0 && i < j->facts.tokens_count; i++)
		person = j->facts.tokens[i].analyst;
	for (i = 0; i < policy->analysts_count; i++)
		if (policy->analysts[i].person == person)
			return person;
	return 0;
}

/*
 * What makes a mail the same once more, in whatever it is wrapped: 1 if it is
 * new to PURPOSE, by REASON.
 */
static int
consume(struct judging *j, const char *purpose, const char *reason)
{
	const struct signature *s = verdict_signer(j->in->verdict);
	const struct reading *r = reading_of(j);
	struct hasher *h = hasher_new();
	char key[CAUSE_MAX], hex[HASH_HEX];
	struct hash hash;

	if (s != NULL) {
		hasher_add(h, s->fingerprint, strlen(s->fingerprint) + 1);
		hasher_add(h, &s->made, sizeof(s->made));
	}
	hasher_add(h, reason, strlen(reason) + 1);
	hasher_add(h, r->new_text, strlen(r->new_text) + 1);
	hasher_add(h, r->quoted_text, strlen(r->quoted_text) + 1);
	hash = hasher_finish(&h);
	hex_of(hash.bytes, HASH_BYTES, hex);
	snprintf(key, sizeof(key), "%s:%s", purpose, hex);
	return store_consume(j->t->store, key, clock_now(), j->err);
}

/* The numbers that words will have are not known yet, nor needed. */
static void
pretend_words(struct command *cmd, int64_t message)
{
	for (; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0')
			cmd->message = message;
}

/* The case as it is, or one that begins. */
static int
load_case(struct judging *j, struct case_file **c_r)
{
	if (!j->facts.opens)
		return transact_load(
			j->t, j->facts.case_id, j->arena, c_r, j->err);
	*c_r = arena_alloc(j->arena, sizeof(**c_r));
	case_begin(*c_r, j->arena, 0);
	return 0;
}

static int
decide_trial(const struct judging *j, const struct ground *g,
	struct case_file *c, struct plan *plan, struct err *why)
{
	struct command *commands = j->m->commands.commands;
	struct command_input in = {.actor = j->in->analyst,
		.commands = commands,
		.keys = j->in->keys,
		.keys_count = j->in->keys_count,
		.note = j->in->note};
	struct mail_input mail = *j->in;
	int result;

	mail.commands = commands;
	pretend_words(commands, j->in->message);
	result = j->facts.opens ? decide_mail(g, c, NULL, &mail, plan, why)
				: decide_command(g, c, &in, plan, why);
	pretend_words(commands, 0);
	return result;
}

/* Would it work?  On a copy of the case, which is thrown away. */
static int
try_commands(struct judging *j, struct plan *plan)
{
	struct case_file *c;
	struct ground g;
	struct err why;
	int result;

	if (load_case(j, &c) == -1 ||
		transact_prepare(j->t, c, 0, j->arena, &g, plan, j->err) == -1)
		return -1;
	result = decide_trial(j, &g, c, plan, &why);
	if (result == 0)
		return 0;
	j->in->refusal = "A command in it is impossible.";
	j->in->refusal_detail = arena_strdup(j->arena, why.text);
	return 0;
}

/* The letter that is answered, if it is the transcript of a note. */
static int
look_up_note(struct judging *j)
{
	const struct authority_token *newest = NULL;
	struct letter l;
	size_t i;
	int found;

	for (i = 0; i < j->facts.tokens_count; i++)
		if (newest == NULL || j->facts.tokens[i].made > newest->made)
			newest = &j->facts.tokens[i];
	if (newest == NULL)
		return 0;
	found = letter_get(j->t->store, newest->letter, j->arena, &l, j->err);
	if (found == 1)
		j->in->note = facts_number(&l.order.facts, "note", 0);
	return found == -1 ? -1 : 0;
}

static int
find_author(struct judging *j)
{
	const char *address = reading_of(j)->forwarded_from;

	if (!j->facts.opens || address[0] == '\0')
		return 0;
	return person_of_address(
		j->t->store, address, "", &j->in->author, j->err);
}

static int
obey(struct judging *j)
{
	const struct mail_commands *m = &j->m->commands;
	struct plan *plan = arena_alloc(j->arena, sizeof(*plan));

	if (look_up_note(j) == -1 || find_author(j) == -1 ||
		transact_find_persons(j->t, m->commands, j->arena, j->err) ==
			-1 ||
		try_commands(j, plan) == -1)
		return -1;
	if (j->in->refusal != NULL)
		return 0;
	j->in->commands = m->commands;
	if (command_with(m->commands, COMMAND_DRY_RUN) != NULL) {
		j->in->trial = plan;
		return 0;
	}
	return transact_store_words(
		j->t, m->commands, m->bytes, clock_now(), j->err);
}

static int
judge(struct judging *j)
{
	const struct mail_commands *m = &j->m->commands;
	enum authority_condition failed = authority_fails(&j->facts);
	int new;

	if (failed == AUTHORITY__COUNT) {
		/* Its signature is used up, whatever comes of it. */
		if ((new = consume(j, "signature", "")) == -1)
			return -1;
		j->facts.used = new == 0;
		failed = authority_fails(&j->facts);
	}
	j->in->refusal = authority_sentence(failed);
	if (failed != AUTHORITY__COUNT) {
		if (failed == AUTHORITY_SAME)
			j->in->refusal_detail = arena_printf(j->arena,
				"%s As HTML it says: %s", j->in->refusal,
				reading_of(j)->other_text);
		return 0;
	}
	if (m->commands == NULL) {
		j->in->refusal = "A command in it is not known.";
		j->in->refusal_detail = m->problem;
		return 0;
	}
	return obey(j);
}

int
mail_commands_judge(const struct transactor *t, const struct mail_to_file *m,
	int64_t where, struct arena *a, struct mail_input *in, struct err *e)
{
	struct judging j = {.t = t, .m = m, .arena = a, .in = in, .err = e};
	int told;

	if (!m->commands.present)
		return 0;
	j.facts = (struct authority_facts){.verdict = in->verdict,
		.received = in->outer.received,
		.analyst = in->analyst,
		.for_us = is_for_us(&j),
		.html_only = reading_of(&j)->html_only,
		.differs = reading_of(&j)->other_text[0] != '\0',
		.opens = command_with(m->commands.commands, COMMAND_OPENS) !=
			NULL,
		.case_id = where};
	if (look_up_tokens(&j) == -1)
		return -1;
	if ((in->refused_to = whom_to_tell(&j)) == 0)
		return 0;
	if (judge(&j) == -1)
		return -1;
	if (in->refusal == NULL)
		return 0;
	/* Whoever sends it again and again must not fill a mailbox with it. */
	told = consume(&j, "refused", in->refusal);
	in->told_before = told == 0;
	return told == -1 ? -1 : 0;
}
