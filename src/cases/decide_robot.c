/* What a robot's mail does to a case: it is filed, and never answered. */
#include <string.h>

#include "base/clock.h"
#include "cases/decide_parts.h"
#include "mail/robot.h"

/*
 * The letter's own envelope address proves that it is about that letter, and
 * the structure that it is a bounce; what it says beyond is only shown.  Who
 * has had the letter can send as many as they like: the analysts hear of one.
 */
static void
note_delivery(const struct mail_decision *d, struct case_file *c)
{
	const struct mail_input *in = d->in;
	bool known = case_has_bounced(c, in->letter);
	bool late = in->delivery->action == DELIVERY_DELAYED;
	struct order *o;
	struct facts f;

	facts_init(&f, d->p->arena);
	facts_add_number(&f, "letter", in->letter);
	facts_add_number(&f, "person", in->given_to);
	facts_add_number(&f, "number", c->posted_count);
	facts_add(&f, "status", in->delivery->status);
	mail_event(
		d, c, late ? EVENT_LETTER_DELAYED : EVENT_LETTER_BOUNCED, &f);
	if (late || known)
		return;
	order_for_analysts(d->g, c, LETTER_TROUBLE, 0, in->given_to, d->p);
	for (o = d->p->orders; o != NULL; o = o->next) {
		facts_add_number(&o->facts, "letter", in->letter);
		facts_add_number(&o->facts, "about", in->given_to);
		facts_add_number(&o->facts, "number", c->posted_count);
		facts_add(&o->facts, "outcome", "bounced");
		facts_add(&o->facts, "reason", in->delivery->status);
	}
}

static bool
is_bounce(const struct mail_input *in)
{
	return strcmp(in->outer.robot, "bounce") == 0 &&
		in->delivery->action != DELIVERY_DELIVERED;
}

void
file_robot(const struct mail_decision *d, struct case_file *c)
{
	const struct mail_input *in = d->in;
	char text[INSTANT_TEXT];
	struct facts f;

	mail_facts(d, c, in->evidence, &f);
	facts_add(&f, "reason", in->outer.robot);
	if (in->given_to != 0 && !is_bounce(in)) {
		facts_add_number(&f, "for", in->given_to);
		facts_add(&f, "ticket", in->ticket);
		if (in->absence != 0)
			facts_add(
				&f, "absence", instant_iso(in->absence, text));
	}
	mail_event(d, c, EVENT_ROBOT_FILED, &f);
	if (in->envelope && in->letter != 0 && is_bounce(in))
		note_delivery(d, c);
}

void
file_stray_robot(const struct mail_decision *d, struct case_file *c)
{
	struct facts f;

	mail_facts(d, c, EVIDENCE_NONE, &f);
	facts_add(&f, "reason", d->in->outer.robot);
	mail_event(d, c, EVENT_ROBOT_FILED, &f);
	if (robot_may_report(d->in->outer.robot))
		tell_analysts(d, c, LETTER_REPORT);
}
