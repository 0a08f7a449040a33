/* Which key of a person is used: nobody can swap it but its owner. */
#include "cases_kit.h"

#include "cases/trust.h"

#define KEY_C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define FAYE "f@finder.example"

static const struct known_person persons[] = {{FINDER, "F@finder.example"}};

static int
setup(void **state)
{
	struct kit *k;

	kit_setup(state);
	k = *state;
	k->ground.persons = persons;
	k->ground.persons_count = 1;
	return 0;
}

/* The mail of the kit brings one key, and is decided. */
static void
bring(struct kit *k, const char *fingerprint, const char *address, bool inside)
{
	struct input_key *key = arena_alloc(k->arena, sizeof(*key));

	*key = (struct input_key){.fingerprint = fingerprint,
		.origin = "attached",
		.address = address,
		.minimal = "bytes",
		.inside = inside};
	k->mail.keys = key;
	k->mail.keys_count = 1;
	kit_mail(k, &k->c, NULL);
}

/* "AAAA aside": the changes of keys. */
static const char *
changes(struct kit *k)
{
	const struct key_change *key;

	for (key = k->plan.keys; key != NULL; key = key->next)
		buf_printf(&k->text, "%s%.4s %s", k->text.len > 0 ? " " : "",
			key->fingerprint, key_state_name(key->to));
	return kit_keep(k);
}

/* A case of the finder's, whose key A has that state. */
static void
begin_with(struct kit *k, struct known_key *keys, enum key_state state)
{
	kit_open(k);
	kit_known(k, keys, FINDER, KEY_A, state);
}

static void
test_the_first_key_is_set_aside(void **state)
{
	struct kit *k = *state;

	bring(k, KEY_A, FAYE, false);
	assert_string_equal(changes(k), "AAAA aside");
	kit_fact(k, EVENT_KEY_KEPT, "fingerprint", KEY_A);
	kit_fact(k, EVENT_KEY_KEPT, "origin", "attached");
	assert_string_equal(
		kit_orders(k), "acknowledgement:10 report:1 report:2");
}

static void
test_what_it_signs_pins_it(void **state)
{
	struct known_key keys[2];
	struct kit *k = *state;

	begin_with(k, keys, KEY_ASIDE);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "");
	kit_sign(k, KEY_A);
	k->signature.covers = COVERS_PART;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "");
	k->signature.covers = COVERS_ALL;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "AAAA pinned");
	kit_fact(k, EVENT_KEY_PINNED, "reason", "it has signed a mail");
	/* Once. */
	keys[0].state = KEY_PINNED;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
}

/* A certificate stands in the mail that it has signed. */
static void
test_a_key_is_pinned_by_the_mail_that_brings_it(void **state)
{
	struct kit *k = *state;

	kit_sign(k, KEY_A);
	bring(k, KEY_A, FAYE, true);
	assert_string_equal(changes(k), "AAAA aside AAAA pinned");
}

static void
test_another_key_is_quarantined_and_told(void **state)
{
	struct known_key keys[2];
	struct kit *k = *state;

	begin_with(k, keys, KEY_ASIDE);
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "BBBB differs");
	assert_string_equal(
		kit_events(k), "reply.added channel.sealed key.quarantined");
	kit_fact(k, EVENT_KEY_QUARANTINED, "fingerprint", KEY_B);
	kit_fact(k, EVENT_KEY_QUARANTINED, "instead", KEY_A);
	assert_string_equal(kit_orders(k), "key:1 key:2 update:1 update:2");
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "outcome"), "changed");
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "fingerprint"), KEY_B);
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "instead"), KEY_A);
	/* It comes again: nobody is told again. */
	kit_known(k, keys, FINDER, KEY_B, KEY_DIFFERS);
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "");
	assert_string_equal(kit_orders(k), "update:1 update:2");
}

static void
test_the_key_in_use_vouches_for_the_next(void **state)
{
	struct known_key keys[3];
	struct kit *k = *state;

	begin_with(k, keys, KEY_PINNED);
	kit_sign(k, KEY_A);
	bring(k, KEY_B, "other@x.example\n" FAYE, true);
	assert_string_equal(changes(k), "BBBB pinned");
	kit_fact(k, EVENT_KEY_PINNED, "instead", KEY_A);
	assert_string_equal(kit_orders(k), "key:1 key:2 update:1 update:2");
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "outcome"), "accepted");
	/* Also for one that waits in quarantine. */
	kit_known(k, keys, FINDER, KEY_C, KEY_DIFFERS);
	bring(k, KEY_C, FAYE, true);
	assert_string_equal(changes(k), "CCCC pinned");
}

/* What was not signed, and what is somebody else's, changes nothing. */
static void
test_who_does_not_vouch(void **state)
{
	struct known_key keys[2];
	struct kit *k = *state;

	begin_with(k, keys, KEY_PINNED);
	kit_sign(k, KEY_A);
	bring(k, KEY_B, FAYE, false);
	assert_string_equal(changes(k), "BBBB differs");
	bring(k, KEY_B, "colleague@finder.example", true);
	assert_string_equal(changes(k), "BBBB differs");
	bring(k, KEY_B, "", true);
	assert_string_equal(changes(k), "BBBB differs");
	k->signature.covers = COVERS_PART;
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "BBBB differs");
	k->signature.covers = COVERS_ALL;
	k->signature.status = SIGNATURE_KEY_REVOKED;
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "BBBB differs");
	kit_sign(k, KEY_B);
	k->signature.status = SIGNATURE_GOOD;
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "BBBB differs");
	assert_string_equal(
		kit_events(k), "contribution.added key.quarantined");
}

/* Whoever writes in their name brings no key that is used. */
static void
test_a_contribution_brings_no_key(void **state)
{
	struct kit *k = *state;

	kit_sign(k, KEY_A);
	kit_open(k);
	k->verdict.count = 0;
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(
		kit_events(k), "contribution.added key.quarantined");
	assert_string_equal(changes(k), "BBBB differs");
	assert_false(case_finder(&k->c)->sealed);
}

/* Once a key is pinned, what it has not signed is not theirs. */
static void
test_a_pinned_key_speaks_for_its_owner(void **state)
{
	struct known_key keys[2];
	struct kit *k = *state;

	begin_with(k, keys, KEY_PINNED);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	kit_sign(k, KEY_A);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
	keys[0].state = KEY_RETIRED;
	kit_known(k, keys, FINDER, KEY_B, KEY_PINNED);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
}

static void
test_of_several_keys_the_own_one_counts(void **state)
{
	const struct input_key both[] = {{.fingerprint = KEY_B,
						 .origin = "attached",
						 .address = "c@x.example"},
		{.fingerprint = KEY_A, .origin = "autocrypt", .address = FAYE}};
	struct kit *k = *state;

	k->mail.keys = both;
	k->mail.keys_count = 2;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "AAAA aside BBBB differs");
}

static void
test_quarantine_is_bounded(void **state)
{
	struct known_key keys[1 + TRUST_QUARANTINED_MAX];
	struct kit *k = *state;
	int i;

	begin_with(k, keys, KEY_ASIDE);
	for (i = 0; i < TRUST_QUARANTINED_MAX; i++)
		kit_known(k, keys, FINDER, "X", KEY_DIFFERS);
	bring(k, KEY_B, FAYE, true);
	assert_string_equal(changes(k), "");
	assert_string_equal(kit_orders(k), "update:1 update:2");
}

static void
test_a_revocation_is_taken_and_told(void **state)
{
	struct known_key keys[1];
	struct input_key key = {.fingerprint = KEY_A,
		.origin = "attached",
		.address = FAYE,
		.revoked = true,
		.changed = true};
	struct kit *k = *state;

	begin_with(k, keys, KEY_PINNED);
	k->mail.keys = &key;
	k->mail.keys_count = 1;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "AAAA pinned");
	assert_ptr_equal(k->plan.keys->key, &key);
	assert_string_equal(kit_orders(k), "key:1 key:2 update:1 update:2");
	kit_fact(k, EVENT_KEY_UPDATED, "revoked", "it is REVOKED");
	/* A revoked key is nobody's first. */
	k->ground.keys_count = 0;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "AAAA differs");
}

/* --- an analyst's word --- */

static void
test_an_analyst_pins(void **state)
{
	struct known_key keys[2];
	struct kit *k = *state;

	begin_with(k, keys, KEY_PINNED);
	kit_known(k, keys, FINDER, KEY_B, KEY_DIFFERS);
	kit_refused(k, "/key f@finder.example " KEY_C, "5.5.4",
		"line 1: /key: F@finder.example has no key " KEY_C
		" here: attach it to your mail, or use psirtctl key add");
	kit_refused(k, "/key g@finder.example " KEY_B, "5.5.4",
		"line 1: /key needs the address of somebody in this case and a "
		"fingerprint");
	kit_refused(k, "/key f@finder.example " KEY_A, "5.5.1",
		"line 1: /key: " KEY_A " is pinned already");
	assert_int_equal(kit_do(k,
				 "/key f@finder.example bbbb BBBB BBBBBBBB"
				 "BBBBBBBBBBBBBBBBBBBBBBBB"),
		0);
	assert_string_equal(changes(k), "BBBB pinned");
	assert_null(k->plan.keys->key);
	kit_fact(k, EVENT_KEY_PINNED, "instead", KEY_A);
	kit_fact(k, EVENT_KEY_PINNED, "reason", "an analyst vouches for it");
	keys[1].revoked = true;
	kit_refused(k, "/key f@finder.example " KEY_B, "5.5.1",
		"line 1: /key: " KEY_B " is revoked");
}

static void
test_an_analyst_brings_a_key(void **state)
{
	struct kit *k = *state;
	const struct input_key keys[] = {
		{.fingerprint = KEY_B, .origin = "attached", .minimal = "b"},
		{.fingerprint = KEY_A,
			.origin = "attached",
			.minimal = "a",
			.inside = true}};

	kit_open(k);
	kit_sign(k, KEY_C);
	k->mail.analyst = ADA;
	k->mail.person = ADA;
	k->mail.keys = keys;
	k->mail.keys_count = 2;
	k->mail.commands = kit_parse(k, "/key f@finder.example " KEY_A);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(changes(k), "AAAA pinned");
	assert_int_equal(k->plan.keys->person, FINDER);
	assert_ptr_equal(k->plan.keys->key, &keys[1]);
	/* It was not in what is signed. */
	k->mail.commands = kit_parse(k, "/key f@finder.example " KEY_B);
	kit_plan(k);
	assert_int_equal(
		decide_mail(&k->ground, &k->c, NULL, &k->mail, &k->plan, &k->e),
		-1);
}

/* --- time --- */

static void
test_a_key_that_expires_within_the_embargo(void **state)
{
	const struct timer_input due = {.kind = TIMER_KEY_EXPIRY, .due = NOW};
	struct known_key keys[1];
	struct input_key key = {.fingerprint = KEY_A,
		.origin = "attached",
		.address = FAYE,
		.expires = NOW + 60 * DAY};
	struct kit *k = *state;

	k->mail.keys = &key;
	k->mail.keys_count = 1;
	kit_mail(k, &k->c, NULL);
	assert_non_null(strstr(kit_plan_text(k, &k->plan),
		arena_printf(k->arena, "timer 7 key-expiry %lld\n",
			(long long)(NOW + 32 * DAY))));
	/* Then: once. */
	kit_known(k, keys, FINDER, KEY_A, KEY_ASIDE);
	keys[0].expires = key.expires;
	k->ground.now = NOW + 32 * DAY;
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &due, &k->plan);
	assert_string_equal(kit_events(k), "key.expires");
	assert_string_equal(kit_orders(k), "key:1 key:2");
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &due, &k->plan);
	assert_string_equal(kit_events(k), "");
	/* It comes again, extended beyond the embargo. */
	k->mail.keys = &key;
	key.changed = true;
	key.expires = NOW + 600 * DAY;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added key.updated");
	assert_null(strstr(kit_plan_text(k, &k->plan), "key-expiry"));
}

/* A letter waits for a key: it is asked for once, and once more. */
static void
test_a_key_is_asked_for(void **state)
{
	const struct timer_input due = {.kind = TIMER_KEY_REMINDER, .due = NOW};
	const struct open_letter waiting = {
		.letter = 20, .person = FINDER, .waits = true};
	struct letter_input fate = {.outcome = OUTCOME_WAITING,
		.letter = 20,
		.person = FINDER,
		.kind = LETTER_MESSAGE,
		.text = "no key",
		.wants_key = true};
	struct kit *k = *state;

	kit_encrypt(k);
	kit_open(k);
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_events(k), "letter.waiting key.wanted");
	assert_string_equal(kit_orders(k), "key-wanted:10 trouble:1 trouble:2");
	/* It goes in clear, without content, and answers their mail. */
	assert_false(k->plan.orders->sealed);
	assert_int_equal(k->plan.orders->message, 0);
	assert_int_equal(k->plan.orders->answers, 5);
	assert_null(facts_get(&k->plan.orders->facts, "letter"));
	assert_int_equal(k->plan.timers->kind, TIMER_KEY_REMINDER);
	assert_true(k->plan.timers->due == k->ground.now + 7 * DAY);
	/* The next letter waits, too. */
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_orders(k), "trouble:1 trouble:2");
	/* Nothing waits any more: no reminder.  Else one. */
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &due, &k->plan);
	assert_string_equal(kit_orders(k), "");
	k->ground.open_letters = &waiting;
	k->ground.open_letters_count = 1;
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &due, &k->plan);
	assert_string_equal(kit_orders(k), "key-wanted:10");
	kit_fact(k, EVENT_KEY_WANTED, "again", "once more");
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &due, &k->plan);
	assert_string_equal(kit_orders(k), "");
	/* A key comes, and is lost again: then it is asked anew. */
	bring(k, KEY_A, FAYE, true);
	assert_string_equal(changes(k), "AAAA aside");
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_orders(k), "key-wanted:10 trouble:1 trouble:2");
}

/* Analysts, strangers and acknowledgements are not asked. */
static void
test_who_is_not_asked_for_a_key(void **state)
{
	struct letter_input fate = {.outcome = OUTCOME_WAITING,
		.letter = 20,
		.person = ADA,
		.kind = LETTER_REPORT,
		.text = "no key"};
	struct kit *k = *state;

	kit_open(k);
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_orders(k), "trouble:2");
	fate.person = SOMEBODY;
	fate.wants_key = true;
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_orders(k), "trouble:1 trouble:2");
	assert_int_equal(kit_do(k, "/finder none"), 0);
	fate.person = FINDER;
	kit_plan(k);
	decide_letter(&k->ground, &k->c, &fate, &k->plan);
	assert_string_equal(kit_orders(k), "trouble:1 trouble:2");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_the_first_key_is_set_aside),
		T(test_what_it_signs_pins_it),
		T(test_a_key_is_pinned_by_the_mail_that_brings_it),
		T(test_another_key_is_quarantined_and_told),
		T(test_the_key_in_use_vouches_for_the_next),
		T(test_who_does_not_vouch),
		T(test_a_contribution_brings_no_key),
		T(test_a_pinned_key_speaks_for_its_owner),
		T(test_of_several_keys_the_own_one_counts),
		T(test_quarantine_is_bounded),
		T(test_a_revocation_is_taken_and_told), T(test_an_analyst_pins),
		T(test_an_analyst_brings_a_key),
		T(test_a_key_that_expires_within_the_embargo),
		T(test_a_key_is_asked_for), T(test_who_is_not_asked_for_a_key)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
