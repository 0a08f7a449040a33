#include "daemon/transact.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "daemon/transact_parts.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/persons.h"

int
transact_prepare(const struct transactor *t, const struct case_file *c,
	int64_t writer, struct arena *a, struct ground *g, struct plan *p,
	struct err *e)
{
	*g = (struct ground){.now = clock_now(), .policy = t->policy};
	if (case_ground(t->store, c, writer, a, g, e) == -1)
		return -1;
	plan_begin(p, a, g->next_letter);
	return 0;
}

int
transact_load(const struct transactor *t, int64_t id, struct arena *a,
	struct case_file **c_r, struct err *e)
{
	int found;

	*c_r = arena_alloc(a, sizeof(**c_r));
	found = case_load(t->store, id, a, *c_r, e);
	if (found == 0)
		return err_bug(e, "case %lld has no events", (long long)id);
	return found == 1 ? 0 : -1;
}

int
transact_finish(const struct transactor *t, const struct ground *g,
	const char *cause, struct transacted *r, struct err *e)
{
	struct case_file *cases[] = {r->c, r->elsewhere};
	struct plan_context x = {.cause = cause,
		.owner = t->seals ? t->owner : "",
		.now = g->now,
		.until = t->seals ? g->now + LEASE_SEAL : 0,
		.cases = cases,
		.cases_count = r->elsewhere != NULL ? 2 : 1};

	fault_point("decided");
	return case_carry_out(t->store, &r->plan, &x, e);
}

int
transact_end(const struct transactor *t, int result, struct err *e)
{
	if (result != -1)
		return store_commit(t->store, e) == -1 ? -1 : result;
	store_rollback(t->store);
	return -1;
}

/* What the acknowledgement that is queued meets now. */
static int
survey_acknowledgement(const struct transactor *t, const struct case_file *c,
	struct arena *a, struct ground *g, struct err *e)
{
	struct letter l;
	int found;

	if (c->acknowledgement.state != ACKNOWLEDGEMENT_HELD)
		return 0;
	found = letter_get(t->store, c->acknowledgement.letter, a, &l, e);
	if (found != 1)
		return found;
	return letters_room(t->store, l.order.letter, l.order.person,
		address_domain(l.order.address), g->now, &g->room, e);
}

int
transact_timer(const struct transactor *t, const struct due_timer *timer,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct timer_input in = {.kind = timer->kind, .due = timer->due};
	char cause[CAUSE_MAX];
	struct ground g;
	int set;

	*r = (struct transacted){.message = 0};
	snprintf(cause, sizeof(cause), "timer:%s", timer_kind_name(in.kind));
	if (store_begin(t->store, e) == -1)
		return -1;
	set = timer_is_set(t->store, timer, e);
	r->consumed_before = set == 0;
	if (set != 1 || transact_load(t, timer->case_id, a, &r->c, e) == -1 ||
		transact_prepare(t, r->c, 0, a, &g, &r->plan, e) == -1 ||
		(in.kind == TIMER_ACKNOWLEDGE &&
			survey_acknowledgement(t, r->c, a, &g, e) == -1))
		return transact_end(t, set == 0 ? 0 : -1, e);
	decide_timer(&g, r->c, &in, &r->plan);
	return transact_end(t, transact_finish(t, &g, cause, r, e), e);
}

int
transact_store_words(const struct transactor *t, struct command *commands,
	const struct stored_bytes *bytes, int64_t now, struct err *e)
{
	struct message message;
	struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->words[0] == '\0')
			continue;
		message = (struct message){.form = MESSAGE_WORDS,
			.received = now,
			.sender = "",
			.recipients = "",
			.spool = "",
			.queue = "",
			.message_id = "",
			.sealed_to = t->conf->openpgp};
		if (message_add(t->store, &message, bytes++, e) == -1)
			return -1;
		cmd->message = message.id;
	}
	return 0;
}

int
transact_find_persons(const struct transactor *t, struct command *commands,
	struct arena *a, struct err *e)
{
	struct person_key key;
	struct command *cmd;
	int found;

	for (cmd = commands; cmd != NULL; cmd = cmd->next) {
		if ((cmd->row->flags & COMMAND_ADDRESS) == 0 ||
			!address_valid(span_of(cmd->argument)))
			continue;
		if (person_of_address(
			    t->store, cmd->argument, "", &cmd->person, e) == -1)
			return -1;
		found = key_of_person(t->store, cmd->person, false, a, &key, e);
		if (found == -1)
			return -1;
		cmd->has_key = found == 1;
	}
	return 0;
}

static int
obey(const struct transactor *t, const struct commands_to_obey *c,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct command_input in = {.actor = c->actor, .commands = c->commands};
	int64_t id = c->case_id;
	char cause[CAUSE_MAX];
	struct ground g;
	int new;

	snprintf(cause, sizeof(cause), "command:%s", c->nonce);
	new = store_consume(t->store, cause, clock_now(), e);
	r->consumed_before = new == 0;
	if (case_follow(t->store, &id, e) == -1 ||
		transact_load(t, id, a, &r->c, e) == -1)
		return -1;
	if (new != 1)
		return new;
	if (transact_store_words(t, c->commands, c->bytes, clock_now(), e) ==
			-1 ||
		transact_find_persons(t, c->commands, a, e) == -1 ||
		transact_prepare(t, r->c, 0, a, &g, &r->plan, e) == -1 ||
		decide_command(&g, r->c, &in, &r->plan, e) == -1)
		return -1;
	return transact_finish(t, &g, cause, r, e);
}

int
transact_commands(const struct transactor *t, const struct commands_to_obey *c,
	struct arena *a, struct transacted *r, struct err *e)
{
	int result;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	result = obey(t, c, a, r, e);
	if (c->dry && result != -1) {
		store_rollback(t->store);
		return 0;
	}
	return transact_end(t, result, e) == -1 ? -1 : 0;
}

static const enum letter_outcome outcomes[LETTER__STATES] = {
	[LETTER_HANDED] = OUTCOME_HANDED,
	[LETTER_WAITING] = OUTCOME_WAITING,
	[LETTER_FAILED] = OUTCOME_FAILED,
};

static int
note_fate(const struct transactor *t, const struct letter_fate *f,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct letter_input in = {.letter = f->letter,
		.text = f->text,
		.wants_key = f->wants_key};
	struct letter letter;
	char cause[CAUSE_MAX];
	struct ground g;
	int mine;

	snprintf(cause, sizeof(cause), "letter:%lld", (long long)f->letter);
	mine = letter_set(t->store, f->letter, t->owner, f->state, f->text,
		f->until, clock_now(), e);
	r->lost = mine == 0;
	if (mine != 1)
		return mine;
	/* Back to where it was, to be tried again: nothing happened. */
	if (f->state == LETTER_SEALED || f->state == LETTER_ORDERED)
		return 0;
	if (letter_get(t->store, f->letter, a, &letter, e) != 1 ||
		transact_load(t, letter.order.case_id, a, &r->c, e) == -1 ||
		transact_prepare(t, r->c, 0, a, &g, &r->plan, e) == -1)
		return -1;
	in.outcome = outcomes[f->state];
	in.person = letter.order.person;
	in.kind = letter.order.kind;
	decide_letter(&g, r->c, &in, &r->plan);
	return transact_finish(t, &g, cause, r, e);
}

int
transact_fate(const struct transactor *t, const struct letter_fate *f,
	struct arena *a, struct transacted *r, struct err *e)
{
	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	return transact_end(t, note_fate(t, f, a, r, e), e) == -1 ? -1 : 0;
}

int
transact_read(const struct transactor *t, int64_t case_id, int64_t actor,
	int64_t number, struct arena *a, struct transacted *r, struct err *e)
{
	struct read_input in = {.actor = actor, .number = number};
	const struct posted *posted;
	struct ground g;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	if (transact_load(t, case_id, a, &r->c, e) == -1 ||
		transact_prepare(t, r->c, 0, a, &g, &r->plan, e) == -1)
		return transact_end(t, -1, e);
	if ((posted = case_posted(r->c, number)) == NULL)
		return transact_end(t, 0, e);
	r->message = posted->message;
	decide_read(&g, r->c, &in, &r->plan);
	return transact_end(
		t, transact_finish(t, &g, "read", r, e) == -1 ? -1 : 1, e);
}
