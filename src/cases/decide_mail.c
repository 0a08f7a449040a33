/* What a mail does to a case; see cases/decide.h. */
#include "cases/decide.h"

#include <string.h>

#include "base/clock.h"
#include "cases/command.h"
#include "cases/decide_parts.h"
#include "cases/embargo.h"
#include "cases/trust.h"

static const char *const evidences[] = {
	[EVIDENCE_NONE] = "",
	[EVIDENCE_ADDRESS] = "reply address",
	[EVIDENCE_OUR_LETTER] = "our letter",
	[EVIDENCE_THEIR_MAIL] = "earlier mail",
	[EVIDENCE_TOKEN] = "token in the text",
	[EVIDENCE_CASE_ID] = "case ID",
};
_Static_assert(countof(evidences) == EVIDENCE__COUNT, "a name for each");

const char *
evidence_name(enum evidence evidence)
{
	return evidences[evidence];
}

/* What every event that puts a mail into a case says of it. */
void
mail_facts(const struct mail_decision *d, const struct case_file *c,
	enum evidence evidence, struct facts *f)
{
	const struct verdict *v = d->in->verdict;
	const struct signature *s = verdict_signer(v);

	facts_init(f, d->p->arena);
	facts_add_number(f, "number", c->posted_count + 1);
	facts_add_number(f, "message", d->in->message);
	facts_add_number(f, "person", d->in->person);
	facts_add(f, "evidence", evidence_name(evidence));
	facts_add(f, "encrypted", encrypted_extent_name(v->encrypted));
	facts_add(f, "signed",
		s != NULL	       ? s->fingerprint
			: v->count > 0 ? "not validly by one key"
				       : "no");
	facts_add(f, "problem", seal_problem_name(v->problem));
	if (v->problem != PROBLEM_NONE)
		facts_add(f, "detail", v->detail);
}

/* Over a limit it waits for its turn, in doubt for an analyst. */
static void
hold(const struct mail_decision *d, struct case_file *c, struct order *o,
	const char *doubt, int64_t when, struct facts *f)
{
	char until[INSTANT_TEXT];

	o->hold = doubt != NULL ? HOLD_FOR_ANALYST : HOLD_FOR_TURN;
	facts_add(f, "reason",
		doubt != NULL ? doubt
			      : "so many have just gone to this address or its "
				"domain");
	if (doubt == NULL) {
		facts_add(f, "until", instant_iso(when, until));
		plan_timer(d->p, c, TIMER_ACKNOWLEDGE, when);
	}
	mail_event(d, c, EVENT_ACKNOWLEDGEMENT_HELD, f);
}

static void
acknowledge(const struct mail_decision *d, struct case_file *c)
{
	const struct outer_facts *outer = &d->in->outer;
	const char *refusal = acknowledge_refusal(outer);
	const char *doubt;
	struct order *o;
	struct facts f;
	int64_t when;

	facts_init(&f, d->p->arena);
	if (refusal != NULL) {
		facts_add(&f, "reason", refusal);
		mail_event(d, c, EVENT_UNACKNOWLEDGED, &f);
		return;
	}
	o = plan_order(d->p, c, LETTER_ACKNOWLEDGEMENT, d->in->sender_person);
	o->address = outer->sender;
	o->key = outer->key;
	o->sealed = outer->key[0] != '\0';
	o->answers = d->in->message;
	facts_add_number(&f, "letter", o->letter);
	facts_add_number(&f, "person", d->in->sender_person);
	doubt = acknowledge_doubt(outer, d->g->policy->acknowledge);
	when = acknowledge_when(&d->g->room, d->g->now);
	if (doubt != NULL || when > d->g->now)
		hold(d, c, o, doubt, when, &f);
	else
		mail_event(d, c, EVENT_ACKNOWLEDGED, &f);
}

static void
add_hints(const struct mail_decision *d, struct case_file *c)
{
	const struct hint *h;
	struct facts f;
	size_t i;

	for (i = 0; i < d->in->hints_count; i++) {
		h = &d->in->hints[i];
		/* They were put together: in->class. */
		if (h->kind == HINT_CLASS)
			continue;
		/* A report lacks something, an answer does not. */
		if (h->kind == HINT_LACKS && c->posted_count > 1)
			continue;
		facts_init(&f, d->p->arena);
		facts_add_number(&f, "message", d->in->message);
		facts_add(&f, "kind", hint_kind_name(h->kind));
		/* Facts are no place for names of people and private links;
		 * where the words stand is enough to find them again. */
		if (hint_kind_is_impersonal(h->kind)) {
			facts_add(&f, "value", h->value);
			facts_add(&f, "normalized", h->normalized);
		}
		facts_add(&f, "where", hint_where_name(h->where));
		facts_add_number(&f, "start", h->start);
		facts_add_number(&f, "end", h->end);
		facts_add(&f, "rule", h->rule);
		facts_add_number(&f, "score", h->score);
		mail_event(d, c, EVENT_HINT_FOUND, &f);
	}
}

/* Offered to the analysts, never merged by ourselves. */
static void
add_likenesses(const struct mail_decision *d, struct case_file *c)
{
	const struct likeness *l;
	struct facts f;
	size_t i;

	for (i = 0; i < d->in->alike_count; i++) {
		l = &d->in->alike[i];
		facts_init(&f, d->p->arena);
		facts_add(&f, "case", l->public_id);
		facts_add(&f, "state", l->state);
		facts_add_number(&f, "score", l->score);
		facts_add(&f, "why", l->why);
		mail_event(d, c, EVENT_LIKENESS_FOUND, &f);
	}
}

/* Whoever once wrote encrypted, if only a part, or sent a key is answered
 * encrypted. */
static bool
asks_to_be_sealed(const struct mail_input *in)
{
	return in->verdict->encrypted != ENCRYPTED_NONE || in->keys_count > 0;
}

static void
add_finder(const struct mail_decision *d, struct case_file *c)
{
	const struct signature *s = verdict_signer(d->in->verdict);
	bool sealed = asks_to_be_sealed(d->in);
	struct facts f;

	if (d->in->person == 0)
		return;
	facts_init(&f, d->p->arena);
	facts_add_number(&f, "person", d->in->person);
	facts_add(&f, "role", role_name(ROLE_FINDER));
	facts_add(&f, "channel", sealed ? "sealed" : "open");
	facts_add(&f, "signer", s != NULL ? s->fingerprint : "");
	mail_event(d, c, EVENT_PARTY_ADDED, &f);
}

static void
open_case(const struct mail_decision *d, struct case_file *c)
{
	const struct policy *policy = d->g->policy;
	int64_t received = d->in->outer.received;
	char text[INSTANT_TEXT];
	struct facts f;

	facts_init(&f, d->p->arena);
	facts_add(&f, "id", c->public_id);
	/* Nothing was promised to a robot. */
	if (d->in->outer.robot[0] == '\0')
		facts_add(&f, "answer-by",
			instant_iso(received + policy->answer_within, text));
	facts_add(&f, "embargo-end",
		instant_iso(
			embargo_default_end(received, policy->embargo), text));
	mail_event(d, c, EVENT_CASE_OPENED, &f);
}

/*
 * The analysts' letters.  What the signatures were worth is in the orders: keys
 * may be known when a letter is sealed that were not when it was decided.
 */
void
tell_analysts(const struct mail_decision *d, const struct case_file *c,
	enum letter_kind kind)
{
	const struct verdict *v = d->in->verdict;
	const struct signature *s;
	struct order *o;
	size_t i;

	order_for_analysts(d->g, c, kind, d->in->message, 0, d->p);
	for (o = d->p->orders; o != NULL; o = o->next) {
		for (i = 0; o->kind == kind && i < v->count; i++) {
			s = &v->signatures[i];
			facts_add(&o->facts, "signature",
				arena_printf(d->p->arena,
					"%s, covers %s, by %s",
					signature_status_name(s->status),
					signature_covers_name(s->covers),
					s->fingerprint));
		}
	}
}

/* The mail is the finder's, or another's word in the case. */
static bool
is_partys(const struct mail_decision *d, const struct party *party)
{
	const struct signature *s = verdict_signer(d->in->verdict);

	if (party == NULL || !trust_signed(d->g, d->in))
		return false;
	/* Once a key is pinned it counts, not what signed first. */
	if (trust_pinned(d->g, d->in->person))
		return true;
	if (party->signer[0] == '\0')
		return true;
	return s != NULL && strcmp(s->fingerprint, party->signer) == 0;
}

static void
seal_channel(const struct mail_decision *d, struct case_file *c,
	const struct party *party)
{
	struct facts f;

	if (party->sealed || !asks_to_be_sealed(d->in))
		return;
	facts_init(&f, d->p->arena);
	facts_add_number(&f, "person", party->person);
	mail_event(d, c, EVENT_CHANNEL_SEALED, &f);
}

/* A mail that belongs to a case that was there before. */
static int
join(const struct mail_decision *d, struct case_file *c, struct err *e)
{
	const struct party *party = case_party(c, d->in->person);
	bool partys = is_partys(d, party);
	struct facts f;

	mail_facts(d, c, d->in->evidence, &f);
	if (d->in->analyst != 0) {
		plan_event(d->p, c, EVENT_NOTE_ADDED, d->g->now, d->in->analyst,
			&f);
		return obey_mail(d->g, c, d->in, d->p, e);
	}
	mail_event(d, c, partys ? EVENT_REPLY_ADDED : EVENT_CONTRIBUTION_ADDED,
		&f);
	if (partys)
		seal_channel(d, c, party);
	if (party != NULL)
		trust_mail(d->g, c, d->in, partys, d->p);
	add_hints(d, c);
	tell_analysts(d, c, LETTER_UPDATE);
	return obey_mail(d->g, c, d->in, d->p, e);
}

static void
merge(const struct mail_decision *d, struct case_file *c,
	const struct case_file *into)
{
	struct facts f;

	facts_init(&f, d->p->arena);
	facts_add_number(&f, "case", into->id);
	facts_add(&f, "into", into->public_id);
	mail_event(d, c, EVENT_MERGED, &f);
}

static void
begin_case(const struct mail_decision *d, struct case_file *c)
{
	struct facts f;

	mail_facts(d, c, EVIDENCE_NONE, &f);
	mail_event(d, c, EVENT_REPORT_RECEIVED, &f);
	add_finder(d, c);
	trust_mail(d->g, c, d->in, true, d->p);
	add_hints(d, c);
	facts_init(&f, d->p->arena);
	facts_add_number(&f, "number", c->posted_count);
	facts_add(&f, "class", class_name(d->in->class));
	mail_event(d, c, EVENT_CLASSIFIED, &f);
	add_likenesses(d, c);
	plan_timer(d->p, c, TIMER_ANSWER, c->answer_by);
	if (!d->g->policy->is_quiet[d->in->class])
		tell_analysts(d, c, LETTER_REPORT);
}

/*
 * A case that an analyst begins.  Nobody outside is told: who wrote what they
 * forwarded is offered as the finder, and is none before /finder.
 */
static int
begin_by_command(
	const struct mail_decision *d, struct case_file *c, struct err *e)
{
	struct facts f;

	open_case(d, c);
	mail_facts(d, c, EVIDENCE_NONE, &f);
	if (d->in->author != 0)
		facts_add_number(&f, "author", d->in->author);
	plan_event(
		d->p, c, EVENT_REPORT_RECEIVED, d->g->now, d->in->analyst, &f);
	add_hints(d, c);
	plan_timer(d->p, c, TIMER_ANSWER, c->answer_by);
	tell_analysts(d, c, LETTER_REPORT);
	return obey_mail(d->g, c, d->in, d->p, e);
}

static bool
opens(const struct mail_input *in)
{
	return in->commands != NULL &&
		command_with(in->commands, COMMAND_OPENS) != NULL;
}

int
decide_mail(const struct ground *g, struct case_file *c,
	struct case_file *elsewhere, const struct mail_input *in,
	struct plan *p, struct err *e)
{
	struct mail_decision d = {.g = g, .in = in, .p = p};
	struct facts f;

	if (c->opened == 0 && opens(in))
		return begin_by_command(&d, c, e);
	if (c->opened != 0) {
		if (in->outer.robot[0] == '\0')
			return join(&d, c, e);
		file_robot(&d, c);
		return 0;
	}
	open_case(&d, c);
	acknowledge(&d, c);
	if (in->outer.robot[0] != '\0') {
		file_stray_robot(&d, c);
	} else if (elsewhere != NULL) {
		mail_facts(&d, c, EVIDENCE_NONE, &f);
		mail_event(&d, c, EVENT_REPORT_RECEIVED, &f);
		merge(&d, c, elsewhere);
		return join(&d, elsewhere, e);
	} else {
		begin_case(&d, c);
		/* There is nothing yet that commands could be about. */
		if (in->refusal != NULL)
			return obey_mail(g, c, in, p, e);
	}
	return 0;
}
