/* Timers, the fate of letters, and reading; mails are in decide_mail.c. */
#include "cases/decide.h"

#include <string.h>

#include "base/clock.h"
#include "cases/decide_parts.h"
#include "cases/request.h"
#include "cases/trust.h"

static const char *const outcomes[] = {
	[OUTCOME_HANDED] = "handed",
	[OUTCOME_WAITING] = "waiting",
	[OUTCOME_FAILED] = "failed",
};
_Static_assert(countof(outcomes) == OUTCOME__COUNT, "a name for each");

const char *
letter_outcome_name(enum letter_outcome outcome)
{
	return outcomes[outcome];
}

void
order_for_analysts(const struct ground *g, const struct case_file *c,
	enum letter_kind kind, int64_t message, int64_t except, struct plan *p)
{
	const struct policy *policy = g->policy;
	struct order *o;
	size_t i;

	for (i = 0; i < policy->analysts_count; i++) {
		if (policy->analysts[i].person == except)
			continue;
		o = plan_order(p, c, kind, policy->analysts[i].person);
		o->analyst = true;
		o->sealed = true;
		o->message = message;
	}
}

static bool
is_open(const struct case_file *c)
{
	return c->merged_into == 0 && c->state != REPORT_CLOSED;
}

static void
answer_is_due(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	char due[INSTANT_TEXT];
	struct facts f;

	if (c->answered != 0 || !is_open(c))
		return;
	facts_init(&f, p->arena);
	facts_add(&f, "due", instant_iso(in->due, due));
	plan_event(p, c, EVENT_ANSWER_OVERDUE, g->now, 0, &f);
	order_for_analysts(g, c, LETTER_OVERDUE, 0, 0, p);
}

void
release_acknowledgement(const struct ground *g, struct case_file *c,
	int64_t actor, struct plan *p)
{
	const struct acknowledgement *a = &c->acknowledgement;
	struct facts f;

	plan_release(p, a->letter);
	facts_init(&f, p->arena);
	facts_add_number(&f, "letter", a->letter);
	facts_add_number(&f, "person", a->person);
	plan_event(p, c, EVENT_ACKNOWLEDGED, g->now, actor, &f);
}

static void
acknowledgement_is_due(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	int64_t when = acknowledge_when(&g->room, g->now);

	(void)in;
	if (c->acknowledgement.state != ACKNOWLEDGEMENT_HELD)
		return;
	if (when > g->now)
		plan_timer(p, c, TIMER_ACKNOWLEDGE, when);
	else
		release_acknowledgement(g, c, 0, p);
}

static void
request_is_due(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	(void)in;
	request_expire(g, c, p);
}

static void
key_expires(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	(void)in;
	if (is_open(c))
		trust_expiry(g, c, p);
}

static void
key_is_wanted(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	(void)in;
	if (is_open(c))
		trust_remind(g, c, p);
}

static void (*const due[TIMER__COUNT])(const struct ground *,
	struct case_file *, const struct timer_input *, struct plan *) = {
	[TIMER_ANSWER] = answer_is_due,
	[TIMER_ACKNOWLEDGE] = acknowledgement_is_due,
	[TIMER_REQUEST] = request_is_due,
	[TIMER_KEY_EXPIRY] = key_expires,
	[TIMER_KEY_REMINDER] = key_is_wanted,
};

void
decide_timer(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p)
{
	plan_timer(p, c, in->kind, 0);
	due[in->kind](g, c, in, p);
}

void
decide_letter(const struct ground *g, struct case_file *c,
	const struct letter_input *in, struct plan *p)
{
	static const enum event_kind kinds[] = {
		[OUTCOME_HANDED] = EVENT_LETTER_HANDED,
		[OUTCOME_WAITING] = EVENT_LETTER_WAITING,
		[OUTCOME_FAILED] = EVENT_LETTER_FAILED,
	};
	bool answered = c->answered != 0;
	struct order **trouble, *o;
	struct facts f;

	facts_init(&f, p->arena);
	facts_add_number(&f, "letter", in->letter);
	facts_add_number(&f, "person", in->person);
	facts_add(&f, "kind", letter_kind_name(in->kind));
	facts_add(&f, in->outcome == OUTCOME_HANDED ? "reply" : "reason",
		in->text);
	plan_event(p, c, kinds[in->outcome], g->now, 0, &f);
	if (!answered && c->answered != 0)
		plan_timer(p, c, TIMER_ANSWER, 0);
	/* A letter about trouble that is in trouble itself ends here. */
	if (in->outcome == OUTCOME_HANDED || in->kind == LETTER_TROUBLE)
		return;
	if (in->wants_key)
		trust_ask(g, c, in->person, p);
	trouble = p->orders_end;
	order_for_analysts(g, c, LETTER_TROUBLE, 0, in->person, p);
	for (o = *trouble; o != NULL; o = o->next) {
		facts_add_number(&o->facts, "letter", in->letter);
		facts_add(&o->facts, "kind", letter_kind_name(in->kind));
		facts_add_number(&o->facts, "about", in->person);
		facts_add(
			&o->facts, "outcome", letter_outcome_name(in->outcome));
		facts_add(&o->facts, "reason", in->text);
	}
}

void
decide_read(const struct ground *g, struct case_file *c,
	const struct read_input *in, struct plan *p)
{
	struct facts f;

	facts_init(&f, p->arena);
	facts_add_number(&f, "number", in->number);
	plan_event(p, c, EVENT_MESSAGE_READ, g->now, in->actor, &f);
}

int
decide_purge(const struct ground *g, struct case_file *c,
	const struct purge_input *in, struct plan *p, struct err *e)
{
	struct facts f;

	if (c->purged)
		return err_permanent(
			e, "5.5.1", "%s is purged already", c->public_id);
	if (!in->along && c->merged_into != 0)
		return err_permanent(e, "5.5.1",
			"%s is merged into another case: purge that one",
			c->public_id);
	if (!in->along && c->state != REPORT_CLOSED)
		return err_permanent(e, "5.5.1",
			"%s is %s: close it first (/close REASON)",
			c->public_id, report_state_name(c->state));
	facts_init(&f, p->arena);
	facts_add(&f, "id", c->public_id);
	if (c->merged_into != 0)
		facts_add_number(&f, "into", c->merged_into);
	facts_add(&f, "reason", in->reason);
	plan_event(p, c, EVENT_CASE_PURGED, g->now, in->actor, &f);
	return 0;
}
