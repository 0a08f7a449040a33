#include "cases/plan.h"

#include <string.h>

static const char *const letter_kinds[] = {
	[LETTER_ACKNOWLEDGEMENT] = "acknowledgement",
	[LETTER_REPORT] = "report",
	[LETTER_UPDATE] = "update",
	[LETTER_ASK] = "ask",
	[LETTER_MESSAGE] = "message",
	[LETTER_ANSWER] = "answer",
	[LETTER_OVERDUE] = "overdue",
	[LETTER_TROUBLE] = "trouble",
	[LETTER_TRANSCRIPT] = "transcript",
	[LETTER_NOTICE] = "notice",
	[LETTER_KEY] = "key",
	[LETTER_KEY_WANTED] = "key-wanted",
};
_Static_assert(countof(letter_kinds) == LETTER__COUNT, "a name for each");

static const char *const timer_kinds[] = {
	[TIMER_ANSWER] = "answer",
	[TIMER_ACKNOWLEDGE] = "acknowledge",
	[TIMER_REQUEST] = "request",
	[TIMER_KEY_EXPIRY] = "key-expiry",
	[TIMER_KEY_REMINDER] = "key-reminder",
};
_Static_assert(countof(timer_kinds) == TIMER__COUNT, "a name for each");

static int
find(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *
letter_kind_name(enum letter_kind kind)
{
	return letter_kinds[kind];
}

int
letter_kind_of(const char *name)
{
	return find(letter_kinds, LETTER__COUNT, name);
}

const char *
timer_kind_name(enum timer_kind kind)
{
	return timer_kinds[kind];
}

int
timer_kind_of(const char *name)
{
	return find(timer_kinds, TIMER__COUNT, name);
}

void
plan_begin(struct plan *p, struct arena *a, int64_t next_letter)
{
	*p = (struct plan){.arena = a, .next_letter = next_letter};
	p->events_end = &p->events;
	p->orders_end = &p->orders;
	p->timers_end = &p->timers;
	p->cancelled_end = &p->cancelled;
	p->released_end = &p->released;
	p->keys_end = &p->keys;
	p->remarks_end = &p->remarks;
}

void
plan_event(struct plan *p, struct case_file *c, enum event_kind kind,
	int64_t at, int64_t actor, const struct facts *facts)
{
	struct planned_event *pe = arena_alloc(p->arena, sizeof(*pe));
	const struct fact *fact;

	pe->case_id = c->id;
	pe->event = (struct event){.kind = kind, .at = at, .actor = actor};
	facts_init(&pe->event.facts, p->arena);
	for (fact = facts != NULL ? facts->first : NULL; fact != NULL;
		fact = fact->next)
		facts_add(&pe->event.facts, fact->key, fact->value);
	*p->events_end = pe;
	p->events_end = &pe->next;
	case_apply(c, &pe->event);
}

struct order *
plan_order(struct plan *p, const struct case_file *c, enum letter_kind kind,
	int64_t person)
{
	struct order *o = arena_alloc(p->arena, sizeof(*o));

	*o = (struct order){.letter = p->next_letter++,
		.case_id = c->id,
		.kind = kind,
		.person = person,
		.address = "",
		.key = ""};
	facts_init(&o->facts, p->arena);
	*p->orders_end = o;
	p->orders_end = &o->next;
	return o;
}

void
plan_timer(struct plan *p, const struct case_file *c, enum timer_kind kind,
	int64_t due)
{
	struct timer_change *t = arena_alloc(p->arena, sizeof(*t));

	*t = (struct timer_change){.case_id = c->id, .kind = kind, .due = due};
	*p->timers_end = t;
	p->timers_end = &t->next;
}

void
plan_cancel(struct plan *p, int64_t letter)
{
	struct cancellation *c = arena_alloc(p->arena, sizeof(*c));

	c->letter = letter;
	*p->cancelled_end = c;
	p->cancelled_end = &c->next;
}

void
plan_release(struct plan *p, int64_t letter)
{
	struct release *r = arena_alloc(p->arena, sizeof(*r));

	r->letter = letter;
	*p->released_end = r;
	p->released_end = &r->next;
}

void
plan_key(struct plan *p, int64_t person, const char *fingerprint,
	enum key_state to, const struct input_key *key)
{
	struct key_change *k = arena_alloc(p->arena, sizeof(*k));

	*k = (struct key_change){.person = person,
		.fingerprint = arena_strdup(p->arena, fingerprint),
		.to = to,
		.key = key};
	*p->keys_end = k;
	p->keys_end = &k->next;
}

void
plan_remark(struct plan *p, const char *text)
{
	struct remark *r = arena_alloc(p->arena, sizeof(*r));

	r->text = text;
	*p->remarks_end = r;
	p->remarks_end = &r->next;
}
