#include "cases/trust.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "cases/decide_parts.h"

#define WARN_BEFORE (28 * DAY)
#define REMIND_AFTER (7 * DAY)

static const char *const states[] = {
	[KEY_STRANGE] = "strange",
	[KEY_ASIDE] = "aside",
	[KEY_PINNED] = "pinned",
	[KEY_DIFFERS] = "differs",
	[KEY_RETIRED] = "retired",
};
_Static_assert(countof(states) == KEY__STATES, "a name for each state");

const char *
key_state_name(enum key_state state)
{
	return states[state];
}

int
key_state_of(const char *name)
{
	int i;

	for (i = 0; i < KEY__STATES; i++)
		if (strcmp(states[i], name) == 0)
			return i;
	return -1;
}

static bool
is_used(const struct known_key *k)
{
	return k->state == KEY_PINNED || k->state == KEY_ASIDE;
}

const struct known_key *
trust_key(const struct ground *g, int64_t person)
{
	size_t i;

	for (i = 0; i < g->keys_count; i++)
		if (g->keys[i].person == person && is_used(&g->keys[i]))
			return &g->keys[i];
	return NULL;
}

const char *
trust_address(const struct ground *g, int64_t person)
{
	size_t i;

	for (i = 0; i < g->persons_count; i++)
		if (g->persons[i].person == person)
			return g->persons[i].address;
	return "";
}

static const struct known_key *
find(const struct ground *g, int64_t person, const char *fingerprint)
{
	size_t i;

	for (i = 0; i < g->keys_count; i++)
		if (g->keys[i].person == person &&
			strcmp(g->keys[i].fingerprint, fingerprint) == 0)
			return &g->keys[i];
	return NULL;
}

static bool
has_signed(const struct mail_input *in, const char *fingerprint)
{
	const struct signature *s = verdict_signer(in->verdict);

	return s != NULL && strcmp(s->fingerprint, fingerprint) == 0;
}

bool
trust_pinned(const struct ground *g, int64_t person)
{
	const struct known_key *k = trust_key(g, person);

	return k != NULL && k->state == KEY_PINNED;
}

bool
trust_signed(const struct ground *g, const struct mail_input *in)
{
	return !trust_pinned(g, in->person) ||
		has_signed(in, trust_key(g, in->person)->fingerprint);
}

/* --- the keys of a mail --- */

/* One mail's keys on their way; USED changes as they are taken. */
struct trusting {
	const struct ground *g;
	struct case_file *c;
	const struct mail_input *in;
	struct plan *p;
	struct known_key used; /* its fingerprint is NULL: none */
	bool believed;
	size_t quarantined;
};

static void
key_facts_of(
	const struct trusting *t, const struct input_key *k, struct facts *f)
{
	facts_init(f, t->p->arena);
	facts_add_number(f, "person", t->in->person);
	facts_add(f, "protocol", protocol_name(k->protocol));
	facts_add(f, "fingerprint", k->fingerprint);
	facts_add(f, "origin", k->origin);
}

/* The analysts' letter: WHAT happened to the key of PERSON. */
static void
tell_of_key(const struct ground *g, const struct case_file *c, const char *what,
	int64_t person, const char *fingerprint, const char *instead,
	int64_t expires, struct plan *p)
{
	struct order **first = p->orders_end, *o;
	char text[INSTANT_TEXT];

	order_for_analysts(g, c, LETTER_KEY, 0, 0, p);
	for (o = *first; o != NULL; o = o->next) {
		facts_add(&o->facts, "outcome", what);
		facts_add_number(&o->facts, "about", person);
		facts_add(&o->facts, "fingerprint", fingerprint);
		if (instead != NULL)
			facts_add(&o->facts, "instead", instead);
		if (expires != 0)
			facts_add(&o->facts, "expires",
				instant_iso(expires, text));
	}
}

/* The warning comes weeks before; 0: none is needed. */
static int64_t
warn_at(const struct ground *g, const struct case_file *c, int64_t expires)
{
	int64_t at = expires - WARN_BEFORE;

	if (expires <= g->now || expires >= c->embargo_end)
		return 0;
	return at > g->now ? at : g->now;
}

/* The earliest warning, of keys that are in the store and of one more. */
static void
watch_expiry(const struct ground *g, const struct case_file *c,
	int64_t one_more, struct plan *p)
{
	int64_t due = warn_at(g, c, one_more), at;
	const struct party *party;
	const struct known_key *k;

	for (party = c->parties; party != NULL; party = party->next) {
		k = party->removed ? NULL : trust_key(g, party->person);
		at = k != NULL ? warn_at(g, c, k->expires) : 0;
		if (at > g->now && (due == 0 || at < due))
			due = at;
	}
	if (due != 0)
		plan_timer(p, c, TIMER_KEY_EXPIRY, due);
}

/* A key that can be written to: the letters go, nobody need be reminded. */
static void
use(struct trusting *t, const struct input_key *k, enum key_state state)
{
	const struct party *party = case_party(t->c, t->in->person);

	t->used = (struct known_key){.person = t->in->person,
		.state = state,
		.fingerprint = k->fingerprint};
	if (party == NULL)
		return;
	plan_timer(t->p, t->c, TIMER_KEY_REMINDER, 0);
	watch_expiry(t->g, t->c, k->expires, t->p);
}

static void
keep(struct trusting *t, const struct input_key *k)
{
	struct facts f;

	plan_key(t->p, t->in->person, k->fingerprint, KEY_ASIDE, k);
	key_facts_of(t, k, &f);
	plan_event(t->p, t->c, EVENT_KEY_KEPT, t->g->now, 0, &f);
	use(t, k, KEY_ASIDE);
}

/* Its bytes are newer: another expiry, or it is revoked now. */
static void
update(struct trusting *t, const struct input_key *k,
	const struct known_key *known)
{
	char text[INSTANT_TEXT];
	struct facts f;

	if (!k->changed)
		return;
	plan_key(t->p, t->in->person, k->fingerprint, known->state, k);
	key_facts_of(t, k, &f);
	if (k->expires != 0)
		facts_add(&f, "expires", instant_iso(k->expires, text));
	if (k->revoked)
		facts_add(&f, "revoked", "it is REVOKED");
	plan_event(t->p, t->c, EVENT_KEY_UPDATED, t->g->now, 0, &f);
	if (k->revoked && !known->revoked)
		tell_of_key(t->g, t->c, "revoked", t->in->person,
			k->fingerprint, NULL, 0, t->p);
	else if (is_used(known))
		use(t, k, known->state);
}

static void
quarantine(struct trusting *t, const struct input_key *k)
{
	struct facts f;

	if (++t->quarantined > TRUST_QUARANTINED_MAX)
		return;
	plan_key(t->p, t->in->person, k->fingerprint, KEY_DIFFERS, k);
	key_facts_of(t, k, &f);
	if (t->used.fingerprint != NULL)
		facts_add(&f, "instead", t->used.fingerprint);
	plan_event(t->p, t->c, EVENT_KEY_QUARANTINED, t->g->now, 0, &f);
	tell_of_key(t->g, t->c, "changed", t->in->person, k->fingerprint,
		t->used.fingerprint, 0, t->p);
}

/* The address may be one of several, one a line. */
static bool
bears(const struct input_key *k, const char *address)
{
	const char *line = k->address, *end;
	size_t n = strlen(address);

	for (; n > 0 && line != NULL; line = end != NULL ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if ((end != NULL ? (size_t)(end - line) : strlen(line)) == n &&
			strncasecmp(line, address, n) == 0)
			return true;
	}
	return false;
}

static bool
is_own(const struct trusting *t, const struct input_key *k)
{
	return bears(k, trust_address(t->g, t->in->person));
}

/* The key that is used until now has signed this one. */
static void
succeed(struct trusting *t, const struct input_key *k)
{
	const char *before = t->used.fingerprint;
	struct facts f;

	plan_key(t->p, t->in->person, k->fingerprint, KEY_PINNED, k);
	key_facts_of(t, k, &f);
	facts_add(&f, "reason", "in a mail signed by the key before it");
	facts_add(&f, "instead", before);
	plan_event(t->p, t->c, EVENT_KEY_PINNED, t->g->now, 0, &f);
	tell_of_key(t->g, t->c, "accepted", t->in->person, k->fingerprint,
		before, 0, t->p);
	use(t, k, KEY_PINNED);
}

static void
take(struct trusting *t, const struct input_key *k)
{
	const struct known_key *known =
		find(t->g, t->in->person, k->fingerprint);

	if (t->used.fingerprint != NULL &&
		strcmp(t->used.fingerprint, k->fingerprint) == 0) {
		if (known != NULL)
			update(t, k, known);
	} else if (t->used.fingerprint == NULL && t->believed && !k->revoked) {
		keep(t, k);
	} else if (t->used.fingerprint != NULL && k->inside && is_own(t, k) &&
		!k->revoked && has_signed(t->in, t->used.fingerprint)) {
		succeed(t, k);
	} else if (known == NULL) {
		quarantine(t, k);
	} else {
		update(t, k, known);
	}
}

/* The first mail that the key in use has signed as a whole proves it. */
static void
pin(struct trusting *t)
{
	struct facts f;

	if (t->used.fingerprint == NULL || t->used.state != KEY_ASIDE ||
		!has_signed(t->in, t->used.fingerprint))
		return;
	plan_key(t->p, t->in->person, t->used.fingerprint, KEY_PINNED, NULL);
	facts_init(&f, t->p->arena);
	facts_add_number(&f, "person", t->in->person);
	facts_add(&f, "protocol",
		protocol_name(verdict_signer(t->in->verdict)->protocol));
	facts_add(&f, "fingerprint", t->used.fingerprint);
	facts_add(&f, "reason", "it has signed a mail");
	plan_event(t->p, t->c, EVENT_KEY_PINNED, t->g->now, 0, &f);
	t->used.state = KEY_PINNED;
}

void
trust_mail(const struct ground *g, struct case_file *c,
	const struct mail_input *in, bool believed, struct plan *p)
{
	struct trusting t = {
		.g = g, .c = c, .in = in, .p = p, .believed = believed};
	const struct known_key *used = trust_key(g, in->person);
	size_t i;
	int own;

	if (in->person == 0)
		return;
	if (used != NULL)
		t.used = *used;
	for (i = 0; i < g->keys_count; i++)
		t.quarantined += g->keys[i].person == in->person &&
			g->keys[i].state == KEY_DIFFERS;
	pin(&t);
	/* Those with the writer's address first: one of them is theirs. */
	for (own = 1; own >= 0; own--)
		for (i = 0; i < in->keys_count; i++)
			if (is_own(&t, &in->keys[i]) == own)
				take(&t, &in->keys[i]);
	/* A certificate comes in the mail that it has signed. */
	pin(&t);
}

/* --- an analyst's word --- */

void
trust_pin(const struct ground *g, struct case_file *c, int64_t actor,
	int64_t person, const struct known_key *key,
	const struct input_key *bytes, struct plan *p)
{
	const struct known_key *used = trust_key(g, person);
	struct facts f;

	plan_key(p, person, key->fingerprint, KEY_PINNED, bytes);
	facts_init(&f, p->arena);
	facts_add_number(&f, "person", person);
	facts_add(&f, "protocol", protocol_name(key->protocol));
	facts_add(&f, "fingerprint", key->fingerprint);
	facts_add(&f, "reason", "an analyst vouches for it");
	if (used != NULL && strcmp(used->fingerprint, key->fingerprint) != 0)
		facts_add(&f, "instead", used->fingerprint);
	plan_event(p, c, EVENT_KEY_PINNED, g->now, actor, &f);
	plan_timer(p, c, TIMER_KEY_REMINDER, 0);
	watch_expiry(g, c, key->expires, p);
}

void
decide_key(const struct ground *g, struct case_file *c,
	const struct key_input *in, struct plan *p)
{
	const struct known_key key = {.person = in->person,
		.protocol = in->key->protocol,
		.fingerprint = in->key->fingerprint,
		.expires = in->key->expires};

	trust_pin(g, c, in->actor, in->person, &key, in->key, p);
}

/* --- time --- */

void
trust_expiry(const struct ground *g, struct case_file *c, struct plan *p)
{
	const struct party *party;
	const struct known_key *k;
	char text[INSTANT_TEXT];
	struct facts f;

	for (party = c->parties; party != NULL; party = party->next) {
		k = party->removed ? NULL : trust_key(g, party->person);
		if (k == NULL || warn_at(g, c, k->expires) != g->now ||
			strcmp(party->key_warned, k->fingerprint) == 0)
			continue;
		facts_init(&f, p->arena);
		facts_add_number(&f, "person", party->person);
		facts_add(&f, "fingerprint", k->fingerprint);
		facts_add(&f, "expires", instant_iso(k->expires, text));
		plan_event(p, c, EVENT_KEY_EXPIRES, g->now, 0, &f);
		tell_of_key(g, c, "expiring", party->person, k->fingerprint,
			NULL, k->expires, p);
	}
	watch_expiry(g, c, 0, p);
}

static void
ask(const struct ground *g, struct case_file *c, const struct party *party,
	struct plan *p)
{
	const struct known_key *k = trust_key(g, party->person);
	struct order *o;
	struct facts f;

	o = plan_order(p, c, LETTER_KEY_WANTED, party->person);
	o->answers = case_last_message(c, party->person);
	if (k != NULL)
		facts_add(&o->facts, "unusable", "yes");
	facts_init(&f, p->arena);
	facts_add_number(&f, "person", party->person);
	facts_add_number(&f, "letter", o->letter);
	if (party->key_asked)
		facts_add(&f, "again", "once more");
	plan_event(p, c, EVENT_KEY_WANTED, g->now, 0, &f);
}

void
trust_ask(const struct ground *g, struct case_file *c, int64_t person,
	struct plan *p)
{
	const struct party *party = case_party(c, person);

	if (party == NULL || party->key_asked)
		return;
	ask(g, c, party, p);
	plan_timer(p, c, TIMER_KEY_REMINDER, g->now + REMIND_AFTER);
}

void
trust_remind(const struct ground *g, struct case_file *c, struct plan *p)
{
	const struct party *party;
	size_t i;

	for (party = c->parties; party != NULL; party = party->next) {
		if (party->removed || !party->key_asked || party->key_reminded)
			continue;
		for (i = 0; i < g->open_letters_count; i++) {
			if (g->open_letters[i].person == party->person &&
				g->open_letters[i].waits) {
				ask(g, c, party, p);
				break;
			}
		}
	}
}
