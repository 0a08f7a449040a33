/* A mail, filed; see daemon/transact.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/mail_commands.h"
#include "daemon/route.h"
#include "daemon/transact_parts.h"
#include "mail/address.h"
#include "mail/robot.h"
#include "store/border.h"
#include "store/keys.h"
#include "store/persons.h"
#include "store/routes.h"

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

/* The published address, or one with a token of ours. */
static bool
is_ours(const struct conf *c, const char *address)
{
	return address_same(address, c->address) ||
		address_token(address, c->address, c->reply_delimiter,
			c->reply_domain)
			.len > 0;
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
	f->in.outer.to_us = is_ours(f->t->conf, address);
	if (person_of_address(
		    f->t->store, address, "", &f->in.sender_person, e) == -1)
		return -1;
	found = key_of_person(
		f->t->store, f->in.sender_person, true, f->a, &key, e);
	if (found == 1) {
		f->in.outer.key_is_pinned =
			strcmp(key.fingerprint, f->m->autocrypt_key) == 0;
		f->in.outer.key = key.fingerprint;
	}
	return found == -1 ? -1 : 0;
}

/* An analyst is who signed by the pinned key; From is never looked at. */
static void
identify_analyst(struct filing *f)
{
	int i = mail_signed_by(f->t->conf, f->in.verdict);

	if (i != -1)
		f->in.analyst = f->t->policy->analysts[i].person;
}

/* What is known of a message by how it came. */
static struct message
as_it_came(const struct envelope *env, const struct spool_item *item,
	struct arena *a)
{
	char number[SPOOL_NUMBER_MAX];

	return (struct message){.received = env->received,
		.sender = env->sender,
		.recipients = envelope_recipients(env, a),
		.spool = arena_strdup(a, spool_number(item, number)),
		.queue = env->queue_id};
}

static int
store_message(struct filing *f, struct err *e)
{
	struct message message = as_it_came(f->m->envelope, f->m->item, f->a);

	message.form = f->m->form;
	message.message_id = reading_of(f->m)->outer.message_id;
	message.identity = f->m->identity;
	message.has_identity = true;
	if (message.form == MESSAGE_SEALED)
		message.sealed_to = f->t->conf->openpgp;
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
		if (transact_load(
			    f->t, f->routing.outer_case, f->a, &r->c, e) == -1)
			return -1;
	} else {
		r->c = arena_alloc(f->a, sizeof(*r->c));
		if (case_new(s, f->t->conf->prefix, clock_now(), f->a, r->c,
			    e) == -1)
			return -1;
	}
	/* What a robot's mail says inside ties it to nothing. */
	if (f->routing.inner_case != 0 && f->in.outer.robot[0] == '\0' &&
		transact_load(f->t, f->routing.inner_case, f->a, &r->elsewhere,
			e) == -1)
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

/* A letter of ours that has come back as it left (the mark is one for all). */
static bool
is_own_letter(const struct filing *f)
{
	char token[TOKEN_CHARS + 1];

	token_text(f->t->store, TOKEN_LOOP, 0, 0, 0, token);
	return strcmp(reading_of(f->m)->loop_mark, token) == 0;
}

static void
describe(struct filing *f)
{
	const struct opening *o = f->m->opening;
	const struct reading *r = reading_of(f->m);

	f->in.outer = (struct outer_facts){.received = f->m->envelope->received,
		.robot = is_own_letter(f) ? ROBOT_OWN_LETTER : r->robot,
		.from = r->outer.from_count == 1 ? r->outer.from[0].address
						 : "",
		.authentication = r->authentication};
	f->in.delivery = &r->delivery;
	f->in.ticket = o->answer.ticket;
	f->in.absence = r->absence;
	f->in.class =
		classify(r, o->answer.hints, o->answer.hints_count, false);
	f->in.verdict = &o->verdict;
	f->in.hints = o->answer.hints;
	f->in.hints_count = o->answer.hints_count;
	f->in.keys = f->m->keys;
	f->in.keys_count = f->m->keys_count;
}

static int
gather(struct filing *f, struct err *e)
{
	describe(f);
	if (identify_writer(f, e) == -1 || identify_sender(f, e) == -1 ||
		route_mail(f->t->store, f->t->conf, f->m->envelope,
			reading_of(f->m), f->in.person, &f->routing, e) == -1)
		return -1;
	identify_analyst(f);
	f->in.outer.belongs = f->routing.outer_case != 0;
	f->in.evidence = f->routing.evidence;
	f->in.given_to = f->routing.given_to;
	f->in.letter = f->routing.letter;
	f->in.envelope = f->routing.envelope;
	return border_note(f->t->store, f->in.outer.authentication.usable,
		f->m->envelope->received, e);
}

/* The case that the mail will join, if it does not stand by itself. */
static const struct case_file *
case_at_hand(const struct filing *f)
{
	return f->r->c->opened == 0 && f->r->elsewhere != NULL ? f->r->elsewhere
							       : f->r->c;
}

/* The ground, with what an acknowledgement of this mail would meet. */
static int
survey(struct filing *f, struct err *e)
{
	if (transact_prepare(f->t, case_at_hand(f), f->in.person, f->a,
		    &f->ground, &f->r->plan, e) == -1)
		return -1;
	if (acknowledge_refusal(&f->in.outer) != NULL)
		return 0;
	return letters_room(f->t->store, f->ground.next_letter,
		f->in.sender_person, address_domain(f->in.outer.sender),
		f->ground.now, &f->ground.room, e);
}

/* Reports are compared with all others, not with their own case. */
static int
compare_reports(struct filing *f, struct err *e)
{
	struct likeness *list = NULL;

	f->in.alike_count = 0;
	if (f->routing.outer_case == 0 && f->routing.inner_case == 0 &&
		likeness_find(f->t->store, f->m->sketch, f->a, &list,
			&f->in.alike_count, e) == -1)
		return -1;
	f->in.alike = list;
	return 0;
}

/* Only what somebody wrote into a case is worth to be found again. */
static int
keep_sketch(struct filing *f, struct err *e)
{
	const struct case_file *c =
		f->r->elsewhere != NULL ? f->r->elsewhere : f->r->c;

	if (f->in.outer.robot[0] != '\0' || f->in.analyst != 0)
		return 0;
	return likeness_add(f->t->store, f->in.message, c->id, f->m->sketch, e);
}

static int
judge_commands(struct filing *f, struct err *e)
{
	int64_t where = f->routing.outer_case != 0 ? f->routing.outer_case
						   : f->routing.inner_case;

	if (mail_commands_judge(f->t, f->m, where, f->a, &f->in, e) == -1)
		return -1;
	/* A case that is begun is not the one that the mail mentions. */
	if (f->in.commands != NULL &&
		command_with(f->in.commands, COMMAND_OPENS) != NULL)
		f->routing.outer_case = f->routing.inner_case = 0;
	return 0;
}

static int
file_mail(struct filing *f, struct err *e)
{
	char cause[CAUSE_MAX], hex[HASH_HEX];

	hex_of(f->m->identity.bytes, HASH_BYTES, hex);
	snprintf(cause, sizeof(cause), "mail:%s", hex);
	if (gather(f, e) == -1 || compare_reports(f, e) == -1 ||
		store_message(f, e) == -1 || judge_commands(f, e) == -1 ||
		open_cases(f, e) == -1 || survey(f, e) == -1 ||
		decide_mail(&f->ground, f->r->c, f->r->elsewhere, &f->in,
			&f->r->plan, e) == -1 ||
		transact_finish(f->t, &f->ground, cause, f->r, e) == -1 ||
		keep_sketch(f, e) == -1)
		return -1;
	return remember(f, e);
}

int
transact_copy(const struct transactor *t, const struct spool_item *item,
	const struct envelope *env, const struct hash *identity, struct err *e)
{
	struct arena *a = arena_new();
	struct message copy = as_it_came(env, item, a);
	int64_t message;
	int found = -1;

	if (store_begin(t->store, e) == 0) {
		found = message_copy(t->store, identity, &copy, &message, e);
		if (found == 1 &&
			spool_done(t->store, item, t->owner, 0, e) == -1)
			found = -1;
		found = transact_end(t, found, e);
	}
	arena_free(&a);
	return found;
}

int
transact_mail(const struct transactor *t, const struct mail_to_file *m,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct filing f = {.t = t, .m = m, .a = a, .r = r};
	struct message copy = as_it_came(m->envelope, m->item, a);
	int64_t message;
	int result;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	/* Another worker may have filed a copy since we looked. */
	result = message_copy(t->store, &m->identity, &copy, &message, e);
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
	return transact_end(t, result, e) == -1 ? -1 : 0;
}
