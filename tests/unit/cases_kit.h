/* cases_kit: a case, its ground and its inputs; and plans as text. */
#ifndef TESTS_CASES_KIT_H
#define TESTS_CASES_KIT_H

#include "cases/command.h"
#include "cases/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

/* Saturday 21 November 2026, 16:00 UTC */
#define NOW (INT64_C(1795276800) * SECOND)
#define FINDER 10
#define SOMEBODY 11
#define ADA 1
#define BOB 2
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define TEXT_MAX (1 << 20)

struct kit {
	struct arena *arena;
	struct policy_analyst analysts[2];
	struct policy policy;
	struct ground ground;
	struct signature signature;
	struct verdict verdict;
	struct mail_delivery delivery;
	struct mail_input mail;
	struct case_file c, elsewhere;
	struct plan plan;
	struct buf text;
	struct err e;
};

static inline void
kit_plan(struct kit *k)
{
	plan_begin(&k->plan, k->arena, k->ground.next_letter);
}

static inline void
kit_begin(struct kit *k, struct case_file *c, int64_t id)
{
	case_begin(c, k->arena, id);
	snprintf(c->public_id, sizeof(c->public_id), "EX-2026-%04d", (int)id);
}

static inline int
kit_setup(void **state)
{
	struct kit *k = xcalloc(1, sizeof(*k));

	k->arena = arena_new();
	buf_init(&k->text, TEXT_MAX);
	k->analysts[0] = (struct policy_analyst){ADA, "ada"};
	k->analysts[1] = (struct policy_analyst){BOB, "bob"};
	k->policy = (struct policy){.acknowledge = ACKNOWLEDGE_PLAUSIBLE,
		.answer_within = 5 * DAY,
		.embargo = 90 * DAY,
		.analysts = k->analysts,
		.analysts_count = 2};
	k->ground = (struct ground){
		.now = NOW, .policy = &k->policy, .next_letter = 100};
	k->signature = (struct signature){.status = SIGNATURE_GOOD,
		.covers = COVERS_ALL,
		.fingerprint = KEY_A,
		.digest = "SHA512"};
	k->verdict = (struct verdict){.opened = true, .detail = ""};
	k->delivery = (struct mail_delivery){.action = DELIVERY_NONE,
		.status = arena_strdup(k->arena, ""),
		.envelope_id = arena_strdup(k->arena, "")};
	k->mail = (struct mail_input){.outer = {.received = NOW - 30 * SECOND,
					      .sender = "f@finder.example",
					      .from = "f@finder.example",
					      .robot = "",
					      .key = ""},
		.delivery = &k->delivery,
		.ticket = "",
		.message = 5,
		.person = FINDER,
		.sender_person = FINDER,
		.verdict = &k->verdict};
	kit_begin(k, &k->c, 7);
	kit_begin(k, &k->elsewhere, 8);
	kit_plan(k);
	*state = k;
	return 0;
}

static inline int
kit_teardown(void **state)
{
	struct kit *k = *state;

	buf_release(&k->text);
	arena_free(&k->arena);
	free(k);
	*state = NULL;
	return 0;
}

/* A key that the store has, of KEYS, which has room for it. */
static inline void
kit_known(struct kit *k, struct known_key *keys, int64_t person,
	const char *fingerprint, enum key_state state)
{
	keys[k->ground.keys_count++] = (struct known_key){
		.person = person, .state = state, .fingerprint = fingerprint};
	k->ground.keys = keys;
}

static inline void
kit_sign(struct kit *k, const char *fingerprint)
{
	k->signature.fingerprint = fingerprint;
	k->verdict.signatures = &k->signature;
	k->verdict.count = 1;
}

static inline void
kit_encrypt(struct kit *k)
{
	k->verdict.encrypted = ENCRYPTED_ALL;
}

/* The mail of the kit is decided; the plan is of this mail only. */
static inline void
kit_mail(struct kit *k, struct case_file *c, struct case_file *elsewhere)
{
	kit_plan(k);
	assert_int_equal(decide_mail(&k->ground, c, elsewhere, &k->mail,
				 &k->plan, &k->e),
		0);
	k->ground.next_letter = k->plan.next_letter;
	k->mail.message++;
}

static inline struct hint
kit_hint(struct kit *k, enum hint_kind kind, const char *value,
	const char *normalized, int score)
{
	return (struct hint){.kind = kind,
		.where = kind == HINT_PRODUCT ? WHERE_SUBJECT : WHERE_TEXT,
		.value = arena_strdup(k->arena, value),
		.normalized = arena_strdup(k->arena, normalized),
		.end = (int64_t)strlen(value),
		.rule = arena_strdup(k->arena, hint_kind_name(kind)),
		.score = score};
}

/* A case that the finder's first mail has opened. */
static inline void
kit_open(struct kit *k)
{
	kit_mail(k, &k->c, NULL);
	assert_true(k->c.opened == k->ground.now);
	k->ground.now += HOUR;
}

/* What stood in TEXT is parsed; words of commands become messages from 50. */
static inline struct command *
kit_parse(struct kit *k, const char *text)
{
	struct command *commands, *cmd;
	int64_t message = 50;

	if (command_parse(text, k->arena, &commands, &k->e) == -1)
		fail_msg("%s", k->e.text);
	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0')
			cmd->message = message++;
	/* Whoever's address it is: of somebody whose key nobody knows. */
	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (cmd->row->flags & COMMAND_ADDRESS &&
			strchr(cmd->argument, '@') != NULL)
			cmd->person = SOMEBODY;
	return commands;
}

static inline int
kit_do_as(struct kit *k, int64_t actor, const char *text)
{
	struct command_input in = {
		.actor = actor, .commands = kit_parse(k, text)};
	int result;

	kit_plan(k);
	result = decide_command(&k->ground, &k->c, &in, &k->plan, &k->e);
	k->ground.next_letter = k->plan.next_letter;
	return result;
}

static inline int
kit_do(struct kit *k, const char *text)
{
	return kit_do_as(k, ADA, text);
}

/* --- as text --- */

static inline const char *
kit_keep(struct kit *k)
{
	const char *text;

	assert_false(k->text.failed);
	text = arena_dup(k->arena, k->text.data, k->text.len);
	buf_clear(&k->text);
	return text;
}

/* "case.opened report.received", those of another case with its number. */
static inline const char *
kit_events(struct kit *k)
{
	const struct planned_event *pe;

	for (pe = k->plan.events; pe != NULL; pe = pe->next) {
		if (k->text.len > 0)
			buf_putc(&k->text, ' ');
		if (pe->case_id != k->c.id)
			buf_printf(&k->text, "%d:", (int)pe->case_id);
		buf_puts(&k->text, event_kind_name(pe->event.kind));
	}
	return kit_keep(k);
}

static inline void
kit_put_event(struct buf *out, const struct planned_event *pe)
{
	buf_printf(out, "event %d %s at %lld by %d\n", (int)pe->case_id,
		event_kind_name(pe->event.kind), (long long)pe->event.at,
		(int)pe->event.actor);
	facts_encode(out, &pe->event.facts);
}

static inline void
kit_put_order(struct buf *out, const struct order *o)
{
	buf_printf(out,
		"order %d %s case %d to %d <%s> analyst %d sealed %d key %s "
		"message %d answers %d hold %d\n",
		(int)o->letter, letter_kind_name(o->kind), (int)o->case_id,
		(int)o->person, o->address, o->analyst, o->sealed, o->key,
		(int)o->message, (int)o->answers, (int)o->hold);
	facts_encode(out, &o->facts);
}

/* Everything that a plan says. */
static inline const char *
kit_plan_text(struct kit *k, const struct plan *p)
{
	struct buf *out = &k->text;
	const struct planned_event *pe;
	const struct order *o;
	const struct timer_change *t;
	const struct cancellation *c;
	const struct release *r;
	const struct key_change *key;

	for (pe = p->events; pe != NULL; pe = pe->next)
		kit_put_event(out, pe);
	for (o = p->orders; o != NULL; o = o->next)
		kit_put_order(out, o);
	for (t = p->timers; t != NULL; t = t->next)
		buf_printf(out, "timer %d %s %lld\n", (int)t->case_id,
			timer_kind_name(t->kind), (long long)t->due);
	for (r = p->released; r != NULL; r = r->next)
		buf_printf(out, "release %d\n", (int)r->letter);
	for (c = p->cancelled; c != NULL; c = c->next)
		buf_printf(out, "cancel %d\n", (int)c->letter);
	for (key = p->keys; key != NULL; key = key->next)
		buf_printf(out, "key %s of %d %s %s\n", key->fingerprint,
			(int)key->person, key_state_name(key->to),
			key->key != NULL ? "with bytes" : "");
	buf_printf(out, "next %d shows %d%d%d%d\n", (int)p->next_letter,
		p->show_status, p->show_help, p->show_log, p->show_parties);
	return kit_keep(k);
}

static inline void
kit_put_details(struct buf *out, const struct case_file *c)
{
	const struct detail_item *item;
	const struct change *n;
	const struct request *r;
	int i, j;

	for (i = 0; i < DETAIL__COUNT; i++)
		if (c->details.value[i][0] != '\0')
			buf_printf(out, "%s is %s\n",
				detail_name((enum detail)i),
				c->details.value[i]);
	for (i = 0; i < LIST__COUNT; i++)
		for (item = c->details.list[i]; item != NULL;
			item = item->next) {
			buf_printf(out, "%s %s",
				detail_list_name((enum detail_list)i),
				item->value);
			for (j = 0; j < DETAIL__COUNT; j++)
				buf_printf(out, " %s", item->of_product[j]);
			buf_putc(out, '\n');
		}
	for (n = c->changes; n != NULL; n = n->next)
		buf_printf(out, "change %d of %d undone %d\n", (int)n->number,
			(int)n->actor, n->undone);
	for (r = c->requests; r != NULL; r = r->next)
		buf_printf(out, "request %d of %d over %d\n", (int)r->number,
			(int)r->actor, r->over);
	buf_printf(out, "sealed %d was %s author %d\n", c->sealed,
		report_state_name(c->before_closed), (int)c->author);
}

/* Everything that a case is. */
static inline const char *
kit_case_text(struct kit *k, const struct case_file *c)
{
	struct buf *out = &k->text;
	const struct party *party;
	const struct posted *p;
	const struct case_hint *h;

	buf_printf(out,
		"%d %s %s opened %lld changed %lld by %lld %lld end "
		"%lld assignee %d into %d posted %d\n",
		(int)c->id, c->public_id, report_state_name(c->state),
		(long long)c->opened, (long long)c->changed,
		(long long)c->answer_by, (long long)c->answered,
		(long long)c->embargo_end, (int)c->assignee,
		(int)c->merged_into, (int)c->posted_count);
	for (party = c->parties; party != NULL; party = party->next)
		buf_printf(out,
			"party %d %s sealed %d removed %d by %s bounced %d %s "
			"ticket %s away %lld asked %d %d warned %s\n",
			(int)party->person, role_name(party->role),
			party->sealed, party->removed, party->signer,
			(int)party->bounced, party->bounce_status,
			party->ticket, (long long)party->away_until,
			party->key_asked, party->key_reminded,
			party->key_warned);
	buf_printf(out, "class %s acknowledgement %s %d of %d %s %lld\n",
		c->class, acknowledgement_state_name(c->acknowledgement.state),
		(int)c->acknowledgement.letter, (int)c->acknowledgement.person,
		c->acknowledgement.reason, (long long)c->acknowledgement.until);
	for (p = c->posted; p != NULL; p = p->next)
		buf_printf(out, "posted %d %s message %d of %d at %lld\n",
			(int)p->number, posted_kind_name(p->kind),
			(int)p->message, (int)p->person, (long long)p->at);
	kit_put_details(out, c);
	for (h = c->hints; h != NULL; h = h->next)
		buf_printf(out, "hint %s %s %s %s %s %d\n", h->kind, h->value,
			h->normalized, h->where, h->rule, (int)h->score);
	return kit_keep(k);
}

/* The Nth event of that kind in the plan, from 0; there must be one. */
static inline const struct event *
kit_event(const struct kit *k, enum event_kind kind, int n)
{
	const struct planned_event *pe;

	for (pe = k->plan.events; pe != NULL; pe = pe->next)
		if (pe->event.kind == kind && n-- == 0)
			return &pe->event;
	fail_msg("no event %s", event_kind_name(kind));
	return NULL;
}

static inline void
kit_fact(const struct kit *k, enum event_kind kind, const char *key,
	const char *value)
{
	const char *is = facts_get(&kit_event(k, kind, 0)->facts, key);

	if (value == NULL)
		assert_null(is);
	else if (is == NULL)
		fail_msg("%s has no %s", event_kind_name(kind), key);
	else
		assert_string_equal(is, value);
}

/* "acknowledgement:10 report:1": kinds and readers. */
static inline const char *
kit_orders(struct kit *k)
{
	const struct order *o;

	for (o = k->plan.orders; o != NULL; o = o->next)
		buf_printf(&k->text, "%s%s:%d", k->text.len > 0 ? " " : "",
			letter_kind_name(o->kind), (int)o->person);
	return kit_keep(k);
}

static inline void
kit_refused(struct kit *k, const char *text, const char *status,
	const char *message)
{
	assert_int_equal(kit_do(k, text), -1);
	assert_int_equal(k->e.kind, ERR_PERMANENT);
	assert_string_equal(k->e.text, message);
	assert_string_equal(k->e.status, status);
}

#endif
