#include "cases/case.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const char *const roles[] = {
	[ROLE_FINDER] = "finder",
};
_Static_assert(countof(roles) == ROLE__COUNT, "a name for each role");

static const char *const posted_kinds[] = {
	[POSTED_REPORT] = "report",
	[POSTED_REPLY] = "reply",
	[POSTED_CONTRIBUTION] = "contribution",
	[POSTED_ROBOT] = "robot",
	[POSTED_NOTE] = "note",
	[POSTED_WORDS] = "words",
	[POSTED_REASON] = "reason",
	[POSTED_TITLE] = "title",
};
_Static_assert(countof(posted_kinds) == POSTED__COUNT, "a name for each");

static const char *const acknowledgement_states[] = {
	[ACKNOWLEDGEMENT_NONE] = "none",
	[ACKNOWLEDGEMENT_SENT] = "sent",
	[ACKNOWLEDGEMENT_HELD] = "held",
	[ACKNOWLEDGEMENT_WITHHELD] = "withheld",
};
_Static_assert(countof(acknowledgement_states) == ACKNOWLEDGEMENT__COUNT,
	"a name for each state");

const char *
acknowledgement_state_name(enum acknowledgement_state state)
{
	return acknowledgement_states[state];
}

const char *
role_name(enum role role)
{
	return roles[role];
}

const char *
posted_kind_name(enum posted_kind kind)
{
	return posted_kinds[kind];
}

void
case_begin(struct case_file *c, struct arena *a, int64_t id)
{
	*c = (struct case_file){.id = id,
		.acknowledgement = {.reason = ""},
		.class = "",
		.arena = a};
	details_begin(&c->details);
}

struct party *
case_party(const struct case_file *c, int64_t person)
{
	struct party *p;

	for (p = c->parties; p != NULL; p = p->next)
		if (p->person == person && !p->removed)
			return p;
	return NULL;
}

struct party *
case_finder(const struct case_file *c)
{
	struct party *p;

	for (p = c->parties; p != NULL; p = p->next)
		if (p->role == ROLE_FINDER && !p->removed)
			return p;
	return NULL;
}

bool
case_has_bounced(const struct case_file *c, int64_t letter)
{
	const struct bounced_letter *b;

	for (b = c->bounced; b != NULL; b = b->next)
		if (b->letter == letter)
			return true;
	return false;
}

bool
case_is_of_robots(const struct case_file *c)
{
	const struct posted *p;

	for (p = c->posted; p != NULL; p = p->next)
		if (p->kind != POSTED_ROBOT)
			return false;
	return c->posted != NULL && c->state == REPORT_RECEIVED &&
		c->assignee == 0;
}

bool
case_is_sealed_to(const struct case_file *c, const struct party *p)
{
	return p->sealed || c->sealed ||
		tlp_is_sealed(details_value(&c->details, DETAIL_TLP, NULL));
}

struct request *
case_request(const struct case_file *c, int64_t number)
{
	struct request *r, *found = NULL;

	for (r = c->requests; r != NULL; r = r->next) {
		if (r->over || (number != 0 && r->number != number))
			continue;
		if (found != NULL)
			return NULL;
		found = r;
	}
	return found;
}

const struct posted *
case_posted(const struct case_file *c, int64_t number)
{
	const struct posted *p;

	for (p = c->posted; p != NULL; p = p->next)
		if (p->number == number)
			return p;
	return NULL;
}

enum report_state
case_judged(const struct case_file *c)
{
	enum report_state state =
		c->state == REPORT_CLOSED ? c->before_closed : c->state;

	return state == REPORT_ACCEPTED || state == REPORT_DEFERRED
		? REPORT_VALID
		: state;
}

int64_t
case_last_message(const struct case_file *c, int64_t person)
{
	const struct posted *p;
	int64_t message = 0;

	for (p = c->posted; p != NULL; p = p->next)
		if (p->person == person)
			message = p->message;
	return message;
}

static const char *
text_fact(const struct case_file *c, const struct event *ev, const char *key)
{
	const char *value = facts_get(&ev->facts, key);

	return value != NULL ? arena_strdup(c->arena, value) : "";
}

static int64_t
instant_fact(const struct event *ev, const char *key)
{
	const char *value = facts_get(&ev->facts, key);
	int64_t instant = 0;

	if (value == NULL || !instant_parse(value, &instant))
		return 0;
	return instant;
}

static void
apply_opened(struct case_file *c, const struct event *ev)
{
	snprintf(c->public_id, sizeof(c->public_id), "%s",
		text_fact(c, ev, "id"));
	c->opened = ev->at;
	c->answer_by = instant_fact(ev, "answer-by");
	c->embargo_end = instant_fact(ev, "embargo-end");
	c->state = REPORT_RECEIVED;
}

static void
apply_party_added(struct case_file *c, const struct event *ev)
{
	struct party *p = arena_alloc(c->arena, sizeof(*p)), **end;

	p->person = facts_number(&ev->facts, "person", 0);
	p->role = ROLE_FINDER;
	p->sealed = strcmp(text_fact(c, ev, "channel"), "sealed") == 0;
	p->signer = text_fact(c, ev, "signer");
	p->bounce_status = p->ticket = "";
	p->key_warned = "";
	for (end = &c->parties; *end != NULL; end = &(*end)->next)
		;
	*end = p;
}

static void
apply_party_removed(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	if (p != NULL)
		p->removed = true;
}

static void
apply_channel_sealed(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	if (p != NULL)
		p->sealed = true;
}

static void
apply_key_wanted(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	if (p == NULL)
		return;
	p->key_reminded = p->key_asked;
	p->key_asked = true;
}

static void
apply_key_expires(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	if (p != NULL)
		p->key_warned = text_fact(c, ev, "fingerprint");
}

/* There is a key again: what was asked and warned is over. */
static void
apply_key(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	if (p == NULL)
		return;
	p->key_asked = p->key_reminded = false;
	p->key_warned = "";
}

static void
post(struct case_file *c, const struct event *ev, enum posted_kind kind)
{
	struct posted *p, **end;
	int64_t message = facts_number(&ev->facts, "message", 0);

	if (message == 0)
		return;
	p = arena_alloc(c->arena, sizeof(*p));
	p->number = ++c->posted_count;
	p->message = message;
	/* What somebody here wrote has an actor; a mail has a person. */
	p->person = ev->actor != 0 ? ev->actor
				   : facts_number(&ev->facts, "person", 0);
	p->at = ev->at;
	p->kind = kind;
	p->problem = text_fact(c, ev, "problem");
	p->detail = text_fact(c, ev, "detail");
	p->clear = strcmp(text_fact(c, ev, "encrypted"), "none") == 0;
	for (end = &c->posted; *end != NULL; end = &(*end)->next)
		;
	*end = p;
}

static void
apply_hint(struct case_file *c, const struct event *ev)
{
	struct case_hint *h = arena_alloc(c->arena, sizeof(*h)), **end;

	h->kind = text_fact(c, ev, "kind");
	h->value = text_fact(c, ev, "value");
	h->normalized = text_fact(c, ev, "normalized");
	h->where = text_fact(c, ev, "where");
	h->rule = text_fact(c, ev, "rule");
	h->score = facts_number(&ev->facts, "score", 0);
	for (end = &c->hints; *end != NULL; end = &(*end)->next)
		;
	*end = h;
}

static void
apply_likeness(struct case_file *c, const struct event *ev)
{
	struct case_likeness *l = arena_alloc(c->arena, sizeof(*l)), **end;

	l->public_id = text_fact(c, ev, "case");
	l->state = text_fact(c, ev, "state");
	l->why = text_fact(c, ev, "why");
	l->score = facts_number(&ev->facts, "score", 0);
	for (end = &c->alike; *end != NULL; end = &(*end)->next)
		;
	*end = l;
}

static void
apply_report(struct case_file *c, const struct event *ev)
{
	post(c, ev, POSTED_REPORT);
	c->author = facts_number(&ev->facts, "author", c->author);
}

/* Who writes is there, and can be reached. */
static void
apply_reply(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));

	post(c, ev, POSTED_REPLY);
	if (p == NULL)
		return;
	p->bounced = p->away_until = 0;
	p->bounce_status = "";
}

static void
apply_contribution(struct case_file *c, const struct event *ev)
{
	post(c, ev, POSTED_CONTRIBUTION);
}

static void
apply_robot(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "for", 0));
	const char *ticket = text_fact(c, ev, "ticket");
	int64_t absence = instant_fact(ev, "absence");

	post(c, ev, POSTED_ROBOT);
	if (p != NULL && ticket[0] != '\0')
		p->ticket = ticket;
	if (p != NULL && absence != 0)
		p->away_until = absence;
}

static void
apply_bounced(struct case_file *c, const struct event *ev)
{
	struct party *p = case_party(c, facts_number(&ev->facts, "person", 0));
	struct bounced_letter *b = arena_alloc(c->arena, sizeof(*b));

	*b = (struct bounced_letter){
		.letter = facts_number(&ev->facts, "letter", 0),
		.next = c->bounced};
	c->bounced = b;
	if (p == NULL)
		return;
	p->bounced = b->letter;
	p->bounce_status = text_fact(c, ev, "status");
}

static void
set_acknowledgement(struct case_file *c, const struct event *ev,
	enum acknowledgement_state state)
{
	c->acknowledgement = (struct acknowledgement){.state = state,
		.letter = facts_number(&ev->facts, "letter", 0),
		.person = facts_number(&ev->facts, "person", 0),
		.reason = text_fact(c, ev, "reason"),
		.until = instant_fact(ev, "until")};
}

static void
apply_acknowledged(struct case_file *c, const struct event *ev)
{
	set_acknowledgement(c, ev, ACKNOWLEDGEMENT_SENT);
}

static void
apply_held(struct case_file *c, const struct event *ev)
{
	set_acknowledgement(c, ev, ACKNOWLEDGEMENT_HELD);
}

static void
apply_unacknowledged(struct case_file *c, const struct event *ev)
{
	set_acknowledgement(c, ev, ACKNOWLEDGEMENT_WITHHELD);
}

/* A held one that was for somebody who is removed. */
static void
apply_cancelled(struct case_file *c, const struct event *ev)
{
	if (c->acknowledgement.state == ACKNOWLEDGEMENT_HELD &&
		c->acknowledgement.letter ==
			facts_number(&ev->facts, "letter", 0))
		set_acknowledgement(c, ev, ACKNOWLEDGEMENT_WITHHELD);
}

static void
apply_class(struct case_file *c, const struct event *ev)
{
	c->class = text_fact(c, ev, "class");
}

static void
apply_note(struct case_file *c, const struct event *ev)
{
	post(c, ev, POSTED_NOTE);
}

static void
apply_words(struct case_file *c, const struct event *ev)
{
	post(c, ev, POSTED_WORDS);
}

/*
 * Words of a person have left for the finder: that is the answer that the
 * human-answer clock waits for, not their having been written.
 */
static void
apply_handed(struct case_file *c, const struct event *ev)
{
	const struct party *finder = case_finder(c);

	if (c->answered == 0 && finder != NULL &&
		finder->person == facts_number(&ev->facts, "person", 0) &&
		(strcmp(text_fact(c, ev, "kind"), "message") == 0 ||
			strcmp(text_fact(c, ev, "kind"), "answer") == 0 ||
			strcmp(text_fact(c, ev, "kind"), "ask") == 0))
		c->answered = ev->at;
}

/* The one setter of the state. */
static void
apply_status(struct case_file *c, const struct event *ev)
{
	int to = report_state_of(text_fact(c, ev, "to"));

	post(c, ev, POSTED_REASON);
	if (to == REPORT_CLOSED && c->state != REPORT_CLOSED)
		c->before_closed = c->state;
	if (to >= 0)
		c->state = (enum report_state)to;
}

static void
apply_asked(struct case_file *c, const struct event *ev)
{
	(void)ev;
	c->asked = true;
}

static void
apply_sealed(struct case_file *c, const struct event *ev)
{
	(void)ev;
	c->sealed = true;
}

static void
apply_titled(struct case_file *c, const struct event *ev)
{
	post(c, ev, POSTED_TITLE);
	c->details.value[DETAIL_TITLE] = text_fact(c, ev, "title");
}

static void
apply_detail(struct case_file *c, const struct event *ev)
{
	details_apply(&c->details, c->arena, ev);
}

static const struct facts *
copy_facts(struct case_file *c, const struct event *ev)
{
	struct facts *copy = arena_alloc(c->arena, sizeof(*copy));
	const struct fact *f;

	facts_init(copy, c->arena);
	for (f = ev->facts.first; f != NULL; f = f->next)
		facts_add(copy, f->key, f->value);
	return copy;
}

static void
apply_request(struct case_file *c, const struct event *ev)
{
	struct request *r = arena_alloc(c->arena, sizeof(*r)), **end;

	*r = (struct request){.number = ++c->requests_count,
		.at = ev->at,
		.actor = ev->actor,
		.until = instant_fact(ev, "until"),
		.facts = copy_facts(c, ev)};
	for (end = &c->requests; *end != NULL; end = &(*end)->next)
		;
	*end = r;
}

static void
apply_request_over(struct case_file *c, const struct event *ev)
{
	struct request *r =
		case_request(c, facts_number(&ev->facts, "request", -1));

	if (r != NULL)
		r->over = true;
}

/*
 * What a command has changed.  A mail's own note is no change, it only holds
 * the commands.
 */
static bool
is_change(const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_STATUS_CHANGED:
	case EVENT_REOPENED:
	case EVENT_ASSIGNED:
	case EVENT_TITLED:
	case EVENT_DETAIL_SET:
	case EVENT_ITEM_ADDED:
	case EVENT_ITEM_REMOVED:
	case EVENT_CASE_SEALED:
	case EVENT_WORDS_SENT:
	case EVENT_PARTY_ADDED:
	case EVENT_PARTY_REMOVED:
		return ev->actor != 0;
	case EVENT_NOTE_ADDED:
		return facts_get(&ev->facts, "encrypted") == NULL;
	default:
		return false;
	}
}

static void
note_change(struct case_file *c, const struct event *ev)
{
	int64_t undoes = facts_number(&ev->facts, "undoes", 0);
	struct change *n = arena_alloc(c->arena, sizeof(*n)), **at;

	*n = (struct change){.number = ++c->changes_count,
		.at = ev->at,
		.actor = ev->actor,
		.kind = ev->kind,
		.facts = copy_facts(c, ev),
		.undoes = undoes != 0};
	for (at = &c->changes; *at != NULL; at = &(*at)->next)
		if ((*at)->number == undoes)
			(*at)->undone = true;
	*at = n;
}

static void
apply_overdue(struct case_file *c, const struct event *ev)
{
	(void)ev;
	c->overdue = true;
}

static void
apply_assigned(struct case_file *c, const struct event *ev)
{
	c->assignee = facts_number(&ev->facts, "person", 0);
}

static void
apply_merged(struct case_file *c, const struct event *ev)
{
	c->merged_into = facts_number(&ev->facts, "case", 0);
}

/* The stub that a purge leaves; facts of before are gone from the store. */
static void
apply_purged(struct case_file *c, const struct event *ev)
{
	int64_t id = c->id, opened = c->opened;

	case_begin(c, c->arena, id);
	c->state = REPORT_CLOSED;
	c->opened = opened;
	c->merged_into = facts_number(&ev->facts, "into", 0);
	c->purged = true;
	snprintf(c->public_id, sizeof(c->public_id), "%s",
		text_fact(c, ev, "id"));
}

/* Kinds without a function are history only. */
static void (*const apply[EVENT__COUNT])(
	struct case_file *, const struct event *) = {
	[EVENT_CASE_OPENED] = apply_opened,
	[EVENT_REPORT_RECEIVED] = apply_report,
	[EVENT_HINT_FOUND] = apply_hint,
	[EVENT_LIKENESS_FOUND] = apply_likeness,
	[EVENT_PARTY_ADDED] = apply_party_added,
	[EVENT_PARTY_REMOVED] = apply_party_removed,
	[EVENT_CHANNEL_SEALED] = apply_channel_sealed,
	[EVENT_ACKNOWLEDGED] = apply_acknowledged,
	[EVENT_UNACKNOWLEDGED] = apply_unacknowledged,
	[EVENT_ACKNOWLEDGEMENT_HELD] = apply_held,
	[EVENT_CLASSIFIED] = apply_class,
	[EVENT_KEY_KEPT] = apply_key,
	[EVENT_KEY_PINNED] = apply_key,
	[EVENT_KEY_UPDATED] = apply_key,
	[EVENT_KEY_EXPIRES] = apply_key_expires,
	[EVENT_KEY_WANTED] = apply_key_wanted,
	[EVENT_REPLY_ADDED] = apply_reply,
	[EVENT_CONTRIBUTION_ADDED] = apply_contribution,
	[EVENT_ROBOT_FILED] = apply_robot,
	[EVENT_NOTE_ADDED] = apply_note,
	[EVENT_ASKED] = apply_asked,
	[EVENT_WORDS_SENT] = apply_words,
	[EVENT_LETTER_HANDED] = apply_handed,
	[EVENT_LETTER_CANCELLED] = apply_cancelled,
	[EVENT_LETTER_BOUNCED] = apply_bounced,
	[EVENT_STATUS_CHANGED] = apply_status,
	[EVENT_ASSIGNED] = apply_assigned,
	[EVENT_MERGED] = apply_merged,
	[EVENT_ANSWER_OVERDUE] = apply_overdue,
	[EVENT_REOPENED] = apply_status,
	[EVENT_CASE_SEALED] = apply_sealed,
	[EVENT_TITLED] = apply_titled,
	[EVENT_DETAIL_SET] = apply_detail,
	[EVENT_ITEM_ADDED] = apply_detail,
	[EVENT_ITEM_REMOVED] = apply_detail,
	[EVENT_COMMANDS_WAIT] = apply_request,
	[EVENT_COMMANDS_CONFIRMED] = apply_request_over,
	[EVENT_COMMANDS_EXPIRED] = apply_request_over,
	[EVENT_CASE_PURGED] = apply_purged,
};

void
case_apply(struct case_file *c, const struct event *ev)
{
	if (apply[ev->kind] != NULL)
		apply[ev->kind](c, ev);
	if (is_change(ev))
		note_change(c, ev);
	c->changed = ev->at;
}
