#include "daemon/transact.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "daemon/route.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/persons.h"
#include "store/routes.h"

#define CAUSE_MAX 160

/* What every transaction begins with. */
static int
prepare(const struct transactor *t, struct case_file *c, struct arena *a,
	struct ground *g, struct plan *p, struct err *e)
{
	*g = (struct ground){.now = clock_now(), .policy = t->policy};
	if (case_ground(t->store, c, a, g, e) == -1)
		return -1;
	plan_begin(p, a, g->next_letter);
	return 0;
}

static int
load(const struct transactor *t, int64_t id, struct arena *a,
	struct case_file **c_r, struct err *e)
{
	int found;

	*c_r = arena_alloc(a, sizeof(**c_r));
	found = case_load(t->store, id, a, *c_r, e);
	if (found == 0)
		return err_bug(e, "case %lld has no events", (long long)id);
	return found == 1 ? 0 : -1;
}

/* What every transaction ends with, but for the commit. */
static int
finish(const struct transactor *t, const struct ground *g, const char *cause,
	const struct mail_input *mail, struct transacted *r, struct err *e)
{
	struct case_file *cases[] = {r->c, r->elsewhere};
	struct plan_context x = {.cause = cause,
		.owner = t->seals ? t->owner : "",
		.now = g->now,
		.until = t->seals ? g->now + LEASE_SEAL : 0,
		.mail = mail,
		.cases = cases,
		.cases_count = r->elsewhere != NULL ? 2 : 1};

	fault_point("decided");
	return case_carry_out(t->store, &r->plan, &x, e);
}

/* Commit, or roll back and pass the error on. */
static int
end(const struct transactor *t, int result, struct err *e)
{
	if (result != -1)
		return store_commit(t->store, e) == -1 ? -1 : result;
	store_rollback(t->store);
	return -1;
}

/* --- mail --- */

struct filing {
	const struct transactor *t;
	const struct mail_to_file *m;
	struct arena *a;
	struct transacted *r;
	struct mail_input in;
	struct routing routing;
	struct ground ground;
};

static const struct reading *
reading_of(const struct mail_to_file *m)
{
	return &m->opening->answer.reading;
}

/* Who wrote it, by the header that counts; else who sent it. */
static int
identify_writer(struct filing *f, struct err *e)
{
	const struct mail_header *h = &reading_of(f->m)->header;
	const char *address = f->m->envelope->sender, *name = "";

	if (h->from_count > 0 && h->from[0].address[0] != '\0') {
		address = h->from[0].address;
		name = h->from[0].name;
	}
	f->in.person = 0;
	if (!address_valid(span_of(address)))
		return 0;
	return person_of_address(f->t->store, address, name, &f->in.person, e);
}

static int
identify_sender(struct filing *f, struct err *e)
{
	const char *address = f->m->envelope->sender;
	struct person_key key = {.fingerprint = ""};
	int found;

	f->in.outer.sender = "";
	f->in.outer.key = f->m->autocrypt_key;
	if (!address_valid(span_of(address)))
		return 0;
	f->in.outer.sender = address;
	f->in.outer.to_us = address_same(address, f->t->conf->address);
	if (person_of_address(
		    f->t->store, address, "", &f->in.sender_person, e) == -1)
		return -1;
	found = key_of_person(
		f->t->store, f->in.sender_person, true, f->a, &key, e);
	if (found == 1)
		f->in.outer.key = key.fingerprint;
	return found == -1 ? -1 : 0;
}

/* An analyst is who signed by the pinned key; From is never looked at. */
static void
identify_analyst(struct filing *f)
{
	const struct signature *s = verdict_signer(f->in.verdict);
	const struct conf *c = f->t->conf;
	size_t i;

	for (i = 0; s != NULL && i < c->analysts; i++)
		if (strcmp(s->fingerprint,
			    s->protocol == PROTOCOL_OPENPGP
				    ? c->analyst[i].openpgp
				    : c->analyst[i].smime) == 0)
			f->in.analyst = f->t->policy->analysts[i].person;
}

static int
compare_keys(struct filing *f, struct err *e)
{
	struct input_key *keys =
		arena_calloc(f->a, f->m->keys_count, sizeof(*keys));
	size_t i;

	for (i = 0; i < f->m->keys_count; i++) {
		keys[i] = f->m->keys[i];
		if (key_compare(f->t->store, f->in.person, keys[i].fingerprint,
			    &keys[i].known, &keys[i].differs, e) == -1)
			return -1;
	}
	f->in.keys = keys;
	f->in.keys_count = f->m->keys_count;
	return 0;
}

static int
store_message(struct filing *f, struct err *e)
{
	const struct envelope *env = f->m->envelope;
	char number[SPOOL_NUMBER_MAX];
	struct message message = {.form = f->m->form,
		.received = env->received,
		.sender = env->sender,
		.recipients = envelope_recipients(env, f->a),
		.spool = spool_number(f->m->item, number),
		.queue = env->queue_id,
		.message_id = reading_of(f->m)->outer.message_id,
		.identity = f->m->identity,
		.has_identity = true};

	if (message_add(f->t->store, &message, f->m->bytes, e) == -1)
		return -1;
	f->in.message = f->r->message = message.id;
	return 0;
}

static int
open_cases(struct filing *f, struct err *e)
{
	struct store *s = f->t->store;
	struct transacted *r = f->r;

	if (f->routing.outer_case != 0) {
		if (load(f->t, f->routing.outer_case, f->a, &r->c, e) == -1)
			return -1;
	} else {
		r->c = arena_alloc(f->a, sizeof(*r->c));
		if (case_new(s, f->t->conf->prefix, clock_now(), f->a, r->c,
			    e) == -1)
			return -1;
	}
	if (f->routing.inner_case != 0 &&
		load(f->t, f->routing.inner_case, f->a, &r->elsewhere, e) == -1)
		return -1;
	return 0;
}

static int
remember(struct filing *f, struct err *e)
{
	const struct reading *reading = reading_of(f->m);
	int64_t lives =
		f->r->elsewhere != NULL ? f->r->elsewhere->id : f->r->c->id;

	if (route_remember(f->t->store, reading->outer.message_id, lives,
		    f->in.person, f->in.message, e) == -1)
		return -1;
	if (strcmp(reading->outer.message_id, reading->header.message_id) == 0)
		return 0;
	return route_remember(f->t->store, reading->header.message_id, lives,
		f->in.person, f->in.message, e);
}

static int
gather(struct filing *f, struct err *e)
{
	const struct opening *o = f->m->opening;

	f->in.outer = (struct outer_facts){.received = f->m->envelope->received,
		.robot = reading_of(f->m)->robot};
	f->in.verdict = &o->verdict;
	f->in.hints = o->answer.hints;
	f->in.hints_count = o->answer.hints_count;
	if (identify_writer(f, e) == -1 || identify_sender(f, e) == -1 ||
		compare_keys(f, e) == -1 ||
		route_mail(f->t->store, f->t->conf, f->m->envelope,
			reading_of(f->m), f->in.person, &f->routing, e) == -1)
		return -1;
	identify_analyst(f);
	f->in.outer.belongs = f->routing.outer_case != 0;
	f->in.evidence = f->routing.evidence;
	return 0;
}

static int
file_mail(struct filing *f, struct err *e)
{
	char cause[CAUSE_MAX], hex[HASH_HEX];

	hex_of(f->m->identity.bytes, HASH_BYTES, hex);
	snprintf(cause, sizeof(cause), "mail:%s", hex);
	if (gather(f, e) == -1 || store_message(f, e) == -1 ||
		open_cases(f, e) == -1 ||
		prepare(f->t, f->r->c, f->a, &f->ground, &f->r->plan, e) == -1)
		return -1;
	decide_mail(&f->ground, f->r->c, f->r->elsewhere, &f->in, &f->r->plan);
	if (finish(f->t, &f->ground, cause, &f->in, f->r, e) == -1)
		return -1;
	return remember(f, e);
}

int
transact_copy(const struct transactor *t, const struct spool_item *item,
	const struct envelope *env, const struct hash *identity, struct err *e)
{
	struct arena *a = arena_new();
	int64_t message;
	int found = -1;

	if (store_begin(t->store, e) == 0) {
		found = message_copy(t->store, identity, env->sender,
			envelope_recipients(env, a), &message, e);
		if (found == 1 &&
			spool_done(t->store, item, t->owner, 0, e) == -1)
			found = -1;
		found = end(t, found, e);
	}
	arena_free(&a);
	return found;
}

int
transact_mail(const struct transactor *t, const struct mail_to_file *m,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct filing f = {.t = t, .m = m, .a = a, .r = r};
	int64_t message;
	int result;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	/* Another worker may have filed a copy since we looked. */
	result = message_copy(t->store, &m->identity, m->envelope->sender,
		envelope_recipients(m->envelope, a), &message, e);
	r->consumed_before = result == 1;
	if (result == 0)
		result = file_mail(&f, e);
	if (result != -1) {
		result = spool_done(t->store, m->item, t->owner, r->message, e);
		r->lost = result == 0;
	}
	if (r->lost) {
		store_rollback(t->store);
		return 0;
	}
	return end(t, result, e) == -1 ? -1 : 0;
}

/* --- the others --- */

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
	if (set != 1 || load(t, timer->case_id, a, &r->c, e) == -1 ||
		prepare(t, r->c, a, &g, &r->plan, e) == -1)
		return end(t, set == 0 ? 0 : -1, e);
	decide_timer(&g, r->c, &in, &r->plan);
	return end(t, finish(t, &g, cause, NULL, r, e), e);
}

static int
store_words(const struct transactor *t, const struct commands_to_obey *c,
	int64_t now, struct err *e)
{
	const struct stored_bytes *bytes = c->bytes;
	struct message message;
	struct command *cmd;

	for (cmd = c->commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->words[0] == '\0')
			continue;
		message = (struct message){.form = MESSAGE_WORDS,
			.received = now,
			.sender = "",
			.recipients = "",
			.spool = "",
			.queue = "",
			.message_id = ""};
		if (message_add(t->store, &message, bytes++, e) == -1)
			return -1;
		cmd->message = message.id;
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
		load(t, id, a, &r->c, e) == -1)
		return -1;
	if (new != 1)
		return new;
	if (store_words(t, c, clock_now(), e) == -1 ||
		prepare(t, r->c, a, &g, &r->plan, e) == -1 ||
		decide_command(&g, r->c, &in, &r->plan, e) == -1)
		return -1;
	return finish(t, &g, cause, NULL, r, e);
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
	return end(t, result, e) == -1 ? -1 : 0;
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
	struct letter_input in = {.letter = f->letter, .text = f->text};
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
		load(t, letter.order.case_id, a, &r->c, e) == -1 ||
		prepare(t, r->c, a, &g, &r->plan, e) == -1)
		return -1;
	in.outcome = outcomes[f->state];
	in.person = letter.order.person;
	in.kind = letter.order.kind;
	decide_letter(&g, r->c, &in, &r->plan);
	return finish(t, &g, cause, NULL, r, e);
}

int
transact_fate(const struct transactor *t, const struct letter_fate *f,
	struct arena *a, struct transacted *r, struct err *e)
{
	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	return end(t, note_fate(t, f, a, r, e), e) == -1 ? -1 : 0;
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
	if (load(t, case_id, a, &r->c, e) == -1 ||
		prepare(t, r->c, a, &g, &r->plan, e) == -1)
		return end(t, -1, e);
	if ((posted = case_posted(r->c, number)) == NULL)
		return end(t, 0, e);
	r->message = posted->message;
	decide_read(&g, r->c, &in, &r->plan);
	return end(t, finish(t, &g, "read", NULL, r, e) == -1 ? -1 : 1, e);
}
