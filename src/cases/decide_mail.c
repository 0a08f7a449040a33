/* What a mail does to a case; see cases/decide.h. */
#include "cases/decide.h"

#include <string.h>

#include "base/clock.h"
#include "cases/decide_parts.h"
#include "cases/embargo.h"

static const char *const evidences[] = {
	[EVIDENCE_NONE] = "",
	[EVIDENCE_ADDRESS] = "reply address",
	[EVIDENCE_OUR_LETTER] = "our letter",
	[EVIDENCE_THEIR_MAIL] = "earlier mail",
	[EVIDENCE_TOKEN] = "token in the text",
	[EVIDENCE_CASE_ID] = "case ID",
};
_Static_assert(countof(evidences) == EVIDENCE__COUNT, "a name for each");

static const char *const policies[] = {
	[ACKNOWLEDGE_PLAUSIBLE] = "plausible",
	[ACKNOWLEDGE_ALL] = "all",
	[ACKNOWLEDGE_NEVER] = "never",
};
_Static_assert(countof(policies) == ACKNOWLEDGE__COUNT, "a name for each");

const char *
evidence_name(enum evidence evidence)
{
	return evidences[evidence];
}

int
acknowledge_policy_of(const char *name)
{
	int i;

	for (i = 0; i < ACKNOWLEDGE__COUNT; i++)
		if (strcmp(policies[i], name) == 0)
			return i;
	return -1;
}

const char *
acknowledge_refusal(const struct outer_facts *o, const struct policy *policy)
{
	if (o->belongs)
		return "it belongs to an old case";
	if (o->sender[0] == '\0')
		return "null envelope sender";
	if (o->to_us)
		return "it claims to come from ourselves";
	if (policy->acknowledge == ACKNOWLEDGE_NEVER)
		return "configuration: acknowledge = never";
	if (policy->acknowledge != ACKNOWLEDGE_ALL && o->robot[0] != '\0')
		return o->robot;
	return NULL;
}

struct mail_decision {
	const struct ground *g;
	const struct mail_input *in;
	struct plan *p;
};

static void
record(const struct mail_decision *d, struct case_file *c, enum event_kind kind,
	const struct facts *f)
{
	plan_event(d->p, c, kind, d->g->now, 0, f);
}

/* What every event that puts a mail into a case says of it. */
static void
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

static void
acknowledge(const struct mail_decision *d, struct case_file *c)
{
	const struct outer_facts *outer = &d->in->outer;
	const char *refusal = acknowledge_refusal(outer, d->g->policy);
	struct order *o;
	struct facts f;

	facts_init(&f, d->p->arena);
	if (refusal != NULL) {
		facts_add(&f, "reason", refusal);
		record(d, c, EVENT_UNACKNOWLEDGED, &f);
		return;
	}
	o = plan_order(d->p, c, LETTER_ACKNOWLEDGEMENT, d->in->sender_person);
	o->address = outer->sender;
	o->key = outer->key;
	o->sealed = outer->key[0] != '\0';
	o->answers = d->in->message;
	facts_add_number(&f, "letter", o->letter);
	facts_add_number(&f, "person", d->in->sender_person);
	record(d, c, EVENT_ACKNOWLEDGED, &f);
}

static void
add_hints(const struct mail_decision *d, struct case_file *c)
{
	const struct hint *h;
	struct facts f;
	size_t i;

	for (i = 0; i < d->in->hints_count; i++) {
		h = &d->in->hints[i];
		facts_init(&f, d->p->arena);
		facts_add_number(&f, "message", d->in->message);
		facts_add(&f, "kind", hint_kind_name(h->kind));
		facts_add(&f, "value", h->value);
		facts_add(&f, "normalized", h->normalized);
		facts_add(&f, "where", hint_where_name(h->where));
		facts_add_number(&f, "start", h->start);
		facts_add_number(&f, "end", h->end);
		facts_add(&f, "rule", h->rule);
		facts_add_number(&f, "score", h->score);
		record(d, c, EVENT_HINT_FOUND, &f);
	}
}

/* Keys that came along are kept aside, never over one that is known. */
static void
keep_keys(const struct mail_decision *d, struct case_file *c)
{
	const struct input_key *k;
	struct facts f;
	size_t i;

	for (i = 0; i < d->in->keys_count && d->in->person != 0; i++) {
		k = &d->in->keys[i];
		if (k->known)
			continue;
		plan_key(d->p, i, d->in->person, k->differs);
		facts_init(&f, d->p->arena);
		facts_add_number(&f, "person", d->in->person);
		facts_add(&f, "protocol", protocol_name(k->protocol));
		facts_add(&f, "fingerprint", k->fingerprint);
		facts_add(&f, "origin", k->origin);
		if (k->differs)
			facts_add(&f, "differs", "from the key known before");
		record(d, c, EVENT_KEY_KEPT, &f);
	}
}

/* Also a part: whoever once wrote encrypted is answered encrypted. */
static bool
wrote_encrypted(const struct mail_input *in)
{
	return in->verdict->encrypted != ENCRYPTED_NONE;
}

static void
add_finder(const struct mail_decision *d, struct case_file *c)
{
	const struct signature *s = verdict_signer(d->in->verdict);
	bool sealed = wrote_encrypted(d->in) || d->in->keys_count > 0;
	struct facts f;

	if (d->in->person == 0)
		return;
	facts_init(&f, d->p->arena);
	facts_add_number(&f, "person", d->in->person);
	facts_add(&f, "role", role_name(ROLE_FINDER));
	facts_add(&f, "channel", sealed ? "sealed" : "open");
	facts_add(&f, "signer", s != NULL ? s->fingerprint : "");
	record(d, c, EVENT_PARTY_ADDED, &f);
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
	facts_add(&f, "answer-by",
		instant_iso(received + policy->answer_within, text));
	facts_add(&f, "embargo-end",
		instant_iso(
			embargo_default_end(received, policy->embargo), text));
	record(d, c, EVENT_CASE_OPENED, &f);
}

static void
file_robot(const struct mail_decision *d, struct case_file *c)
{
	struct facts f;

	mail_facts(d, c, d->in->evidence, &f);
	facts_add(&f, "reason", d->in->outer.robot);
	record(d, c, EVENT_ROBOT_FILED, &f);
}

/*
 * The analysts' letters.  What the signatures were worth is in the orders: keys
 * may be known when a letter is sealed that were not when it was decided.
 */
static void
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
is_partys(const struct mail_input *in, const struct party *party)
{
	const struct signature *s = verdict_signer(in->verdict);

	if (party == NULL)
		return false;
	if (party->signer[0] == '\0')
		return true;
	return s != NULL && strcmp(s->fingerprint, party->signer) == 0;
}

static void
seal_channel(const struct mail_decision *d, struct case_file *c,
	const struct party *party)
{
	struct facts f;

	if (party->sealed || !wrote_encrypted(d->in))
		return;
	facts_init(&f, d->p->arena);
	facts_add_number(&f, "person", party->person);
	record(d, c, EVENT_CHANNEL_SEALED, &f);
}

/* A mail that belongs to a case that was there before. */
static int
join(const struct mail_decision *d, struct case_file *c, struct err *e)
{
	const struct party *party = case_party(c, d->in->person);
	bool partys = is_partys(d->in, party);
	struct facts f;

	mail_facts(d, c, d->in->evidence, &f);
	if (d->in->analyst != 0) {
		plan_event(d->p, c, EVENT_NOTE_ADDED, d->g->now, d->in->analyst,
			&f);
		return obey_mail(d->g, c, d->in, d->p, e);
	}
	record(d, c, partys ? EVENT_REPLY_ADDED : EVENT_CONTRIBUTION_ADDED, &f);
	if (partys) {
		seal_channel(d, c, party);
		keep_keys(d, c);
	}
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
	record(d, c, EVENT_MERGED, &f);
}

static void
begin_case(const struct mail_decision *d, struct case_file *c)
{
	struct facts f;

	mail_facts(d, c, EVIDENCE_NONE, &f);
	record(d, c, EVENT_REPORT_RECEIVED, &f);
	add_finder(d, c);
	keep_keys(d, c);
	add_hints(d, c);
	plan_timer(d->p, c, TIMER_ANSWER, c->answer_by);
	tell_analysts(d, c, LETTER_REPORT);
}

int
decide_mail(const struct ground *g, struct case_file *c,
	struct case_file *elsewhere, const struct mail_input *in,
	struct plan *p, struct err *e)
{
	struct mail_decision d = {.g = g, .in = in, .p = p};
	struct facts f;

	if (c->opened != 0) {
		if (in->outer.robot[0] == '\0')
			return join(&d, c, e);
		file_robot(&d, c);
		return 0;
	}
	open_case(&d, c);
	acknowledge(&d, c);
	if (in->outer.robot[0] != '\0') {
		file_robot(&d, c);
	} else if (elsewhere != NULL) {
		mail_facts(&d, c, EVIDENCE_NONE, &f);
		record(&d, c, EVENT_REPORT_RECEIVED, &f);
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
