/*
 * The acknowledgement: a function of what can be seen from outside and of
 * policy, and of nothing else.
 */
#include "cases_kit.h"

static const char *
doubt(const struct kit *k, enum acknowledge_policy policy)
{
	return acknowledge_doubt(&k->mail.outer, policy);
}

static void
doubted(const struct kit *k, enum acknowledge_policy policy, const char *why)
{
	const char *is = doubt(k, policy);

	if (why == NULL)
		assert_null(is);
	else if (is == NULL)
		fail_msg("no doubt, wanted: %s", why);
	else
		assert_string_equal(is, why);
}

static void
refused(struct kit *k, const char *reason)
{
	const char *is = acknowledge_refusal(&k->mail.outer);

	assert_non_null(is);
	assert_string_equal(is, reason);
}

/* One reason by one, each alone. */
static void
test_each_reason_refuses(void **state)
{
	struct kit *k = *state;

	assert_null(acknowledge_refusal(&k->mail.outer));
	k->mail.outer.belongs = true;
	refused(k, "it belongs to an old case");
	k->mail.outer.belongs = false;
	k->mail.outer.sender = "";
	refused(k, "null envelope sender");
	k->mail.outer.sender = "f@finder.example";
	k->mail.outer.to_us = true;
	refused(k, "it claims to come from ourselves");
	k->mail.outer.to_us = false;
	k->mail.outer.robot = "list";
	refused(k, "list");
}

/* Whatever the border says, and if it says nothing. */
static void
test_plausible_is_what_is_not_forged(void **state)
{
	struct kit *k = *state;
	struct mail_authentication *a = &k->mail.outer.authentication;
	int dmarc, spf;

	for (dmarc = 0; dmarc < AUTH__COUNT; dmarc++) {
		for (spf = 0; spf < AUTH__COUNT; spf++) {
			a->dmarc = dmarc;
			a->spf = spf;
			doubted(k, ACKNOWLEDGE_PLAUSIBLE,
				dmarc == AUTH_FAIL ? "our border says "
						     "dmarc=fail"
					: spf == AUTH_FAIL
					? "our border says spf=fail"
					: NULL);
			doubted(k, ACKNOWLEDGE_ALL, NULL);
			doubted(k, ACKNOWLEDGE_NEVER,
				"configuration: acknowledge = never");
		}
	}
}

#define UNVERIFIED "the sender is not verified"

static void
test_verified_is_what_is_proved(void **state)
{
	static char finder[] = "finder.example", other[] = "other.example",
		    below[] = "mail.finder.example", above[] = "example";
	static const struct {
		int dmarc, spf;
		char *spf_domain;
		bool dkim;
		const char *sender, *from, *doubt;
	} rows[] = {
		{AUTH_ABSENT, AUTH_PASS, finder, true, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_PASS, AUTH_ABSENT, NULL, false, "f@finder.example",
			"f@finder.example", NULL},
		{AUTH_FAIL, AUTH_PASS, finder, true, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		/* No record: a signature or SPF of the author's domain. */
		{AUTH_NO_RECORD, AUTH_ABSENT, NULL, false, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_NO_RECORD, AUTH_ABSENT, NULL, true, "f@finder.example",
			"f@finder.example", NULL},
		{AUTH_NO_RECORD, AUTH_PASS, finder, false, "f@finder.example",
			"f@finder.example", NULL},
		{AUTH_NO_RECORD, AUTH_PASS, other, false, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_NO_RECORD, AUTH_OTHER, finder, false, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		/* A domain speaks for those below it, not for those above. */
		{AUTH_NO_RECORD, AUTH_PASS, finder, false,
			"f@mail.finder.example", "f@mail.finder.example", NULL},
		{AUTH_NO_RECORD, AUTH_PASS, below, false, "f@finder.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_NO_RECORD, AUTH_PASS, above, false, "f@finderexample",
			"f@finderexample", UNVERIFIED},
		/* Good mail of one domain is no leave to mail to another. */
		{AUTH_PASS, AUTH_ABSENT, NULL, true, "victim@other.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_PASS, AUTH_PASS, finder, true, "victim@other.example",
			"f@finder.example", UNVERIFIED},
		{AUTH_PASS, AUTH_PASS, other, true, "bounce@other.example",
			"f@finder.example", NULL},
		{AUTH_PASS, AUTH_ABSENT, NULL, true, "b@mail.finder.example",
			"f@finder.example", NULL},
		/* Two authors, or none. */
		{AUTH_PASS, AUTH_ABSENT, NULL, true, "f@finder.example", "",
			UNVERIFIED},
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		k->mail.outer.sender = rows[i].sender;
		k->mail.outer.from = rows[i].from;
		k->mail.outer.authentication =
			(struct mail_authentication){.dmarc = rows[i].dmarc,
				.spf = rows[i].spf,
				.spf_domain = rows[i].spf_domain,
				.dkim_aligned = rows[i].dkim};
		doubted(k, ACKNOWLEDGE_VERIFIED, rows[i].doubt);
	}
	k->mail.outer.key_is_pinned = true;
	doubted(k, ACKNOWLEDGE_VERIFIED, NULL);
}

/* Ten to an address, fifty to a domain, in any hour. */
static void
test_there_is_room_for_so_many(void **state)
{
	const int64_t hour = NOW + HOUR - MINUTE;
	static const struct {
		struct acknowledge_bucket address, domain;
		int64_t when;
	} rows[] = {
		{{0, 0, 0}, {0, 0, 0}, NOW},
		{{9, NOW - MINUTE, 0}, {49, NOW - MINUTE, 0}, NOW},
		{{10, NOW - MINUTE, 0}, {0, 0, 0}, NOW + HOUR - MINUTE},
		{{0, 0, 0}, {50, NOW - MINUTE, 0}, NOW + HOUR - MINUTE},
		/* Both: the later. */
		{{10, NOW - 2 * MINUTE, 0}, {50, NOW - MINUTE, 0},
			NOW + HOUR - MINUTE},
		/* Those that go first count like those that went. */
		{{5, NOW - MINUTE, 4}, {0, 0, 0}, NOW},
		{{5, NOW - MINUTE, 5}, {0, 0, 0}, NOW + HOUR - MINUTE},
		{{0, 0, 10}, {0, 0, 0}, NOW + HOUR},
		/* A long line is not all looked at again every hour. */
		{{10, NOW - MINUTE, 9}, {0, 0, 0}, NOW + HOUR - MINUTE},
		{{10, NOW - MINUTE, 10}, {0, 0, 0}, NOW + 2 * HOUR - MINUTE},
		{{10, NOW - MINUTE, 1000}, {0, 0, 0},
			NOW + 101 * HOUR - MINUTE},
	};
	struct acknowledge_room room;
	size_t i;

	(void)state;
	assert_true(hour > NOW);
	for (i = 0; i < countof(rows); i++) {
		room = (struct acknowledge_room){
			rows[i].address, rows[i].domain};
		assert_true(acknowledge_when(&room, NOW) == rows[i].when);
	}
}

static void
fill_bucket(struct kit *k)
{
	k->ground.room.address = (struct acknowledge_bucket){
		.sent = ACKNOWLEDGE_PER_ADDRESS, .oldest = NOW};
}

static void
due(struct kit *k)
{
	const struct timer_input in = {.kind = TIMER_ACKNOWLEDGE, .due = NOW};

	kit_plan(k);
	decide_timer(&k->ground, &k->c, &in, &k->plan);
}

/* Over the limit it is ordered, kept, looked at again, and goes in the end. */
static void
test_what_is_over_the_limit_waits_its_turn(void **state)
{
	struct kit *k = *state;

	fill_bucket(k);
	kit_open(k);
	assert_int_equal(k->plan.orders->hold, HOLD_FOR_TURN);
	assert_int_equal(k->plan.timers->kind, TIMER_ACKNOWLEDGE);
	assert_true(k->plan.timers->due == NOW + HOUR);
	assert_int_equal(k->c.acknowledgement.state, ACKNOWLEDGEMENT_HELD);
	assert_true(k->c.acknowledgement.until == NOW + HOUR);
	k->ground.room.address.oldest = k->ground.now;
	due(k);
	assert_null(k->plan.events);
	assert_null(k->plan.released);
	assert_true(k->plan.timers->next->due == k->ground.now + HOUR);
	k->ground.room.address.sent--;
	due(k);
	assert_string_equal(kit_events(k), "acknowledgement.sent");
	assert_int_equal(k->plan.released->letter, 100);
	assert_null(k->plan.timers->next);
	assert_int_equal(k->c.acknowledgement.state, ACKNOWLEDGEMENT_SENT);
	due(k);
	assert_null(k->plan.events);
	assert_null(k->plan.released);
}

static void
doubtful(struct kit *k)
{
	k->mail.outer.authentication.dmarc = AUTH_FAIL;
	kit_open(k);
	assert_int_equal(k->plan.orders->hold, HOLD_FOR_ANALYST);
	assert_null(k->plan.timers->next);
	assert_int_equal(k->plan.timers->kind, TIMER_ANSWER);
}

static void
test_an_analyst_sends_what_is_held(void **state)
{
	struct kit *k = *state;

	doubtful(k);
	kit_fact(k, EVENT_ACKNOWLEDGEMENT_HELD, "reason",
		"our border says dmarc=fail");
	assert_int_equal(kit_do(k, "/ack"), 0);
	assert_string_equal(kit_events(k), "acknowledgement.sent");
	assert_int_equal(k->plan.released->letter, 100);
	assert_int_equal(k->c.acknowledgement.state, ACKNOWLEDGEMENT_SENT);
	kit_refused(k, "/ack", "5.5.1",
		"line 1: /ack: no acknowledgement is held: it has been sent");
}

static void
test_an_analyst_refuses_what_is_held(void **state)
{
	struct kit *k = *state;

	fill_bucket(k);
	kit_open(k);
	kit_refused(k, "/ack perhaps", "5.5.4",
		"line 1: /ack \"perhaps\": it is /ack, or /ack refuse");
	assert_int_equal(kit_do(k, "/ack refuse"), 0);
	assert_string_equal(kit_events(k), "acknowledgement.withheld");
	assert_int_equal(k->plan.cancelled->letter, 100);
	assert_int_equal(k->plan.timers->kind, TIMER_ACKNOWLEDGE);
	assert_true(k->plan.timers->due == 0);
	due(k);
	assert_null(k->plan.released);
	kit_refused(k, "/ack", "5.5.1",
		"line 1: /ack: no acknowledgement is held: refused by an "
		"analyst");
}

/* A robot gets none, whoever wants it. */
static void
test_a_robots_is_never_released(void **state)
{
	struct kit *k = *state;

	k->policy.acknowledge = ACKNOWLEDGE_ALL;
	k->mail.outer.robot = "list";
	kit_open(k);
	kit_refused(k, "/ack", "5.5.1",
		"line 1: /ack: no acknowledgement is held: list");
}

/* Who is removed before it went does not get it. */
static void
test_it_goes_to_nobody_who_is_removed(void **state)
{
	const struct open_letter open = {.letter = 100, .person = FINDER};
	struct kit *k = *state;

	doubtful(k);
	k->ground.open_letters = &open;
	k->ground.open_letters_count = 1;
	assert_int_equal(kit_do(k, "/finder none"), 0);
	assert_int_equal(k->plan.cancelled->letter, 100);
	assert_int_equal(k->c.acknowledgement.state, ACKNOWLEDGEMENT_WITHHELD);
}

static void
test_policies_have_names(void **state)
{
	(void)state;
	assert_int_equal(
		acknowledge_policy_of("plausible"), ACKNOWLEDGE_PLAUSIBLE);
	assert_int_equal(
		acknowledge_policy_of("verified"), ACKNOWLEDGE_VERIFIED);
	assert_int_equal(acknowledge_policy_of("all"), ACKNOWLEDGE_ALL);
	assert_int_equal(acknowledge_policy_of("never"), ACKNOWLEDGE_NEVER);
	assert_int_equal(acknowledge_policy_of("plausible|all"), -1);
	assert_int_equal(acknowledge_policy_of(""), -1);
}

/* It goes to who sent the mail, whoever wrote it, by the outer key alone. */
static void
test_it_goes_to_the_envelopes_sender(void **state)
{
	const struct input_key inside = {
		.fingerprint = KEY_B, .origin = "attached", .minimal = "x"};
	struct kit *k = *state;
	const struct order *o;

	k->mail.person = SOMEBODY;
	k->mail.keys = &inside;
	k->mail.keys_count = 1;
	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	o = k->plan.orders;
	assert_int_equal(o->kind, LETTER_ACKNOWLEDGEMENT);
	assert_int_equal(o->person, FINDER);
	assert_string_equal(o->address, "f@finder.example");
	assert_string_equal(o->key, "");
	assert_false(o->sealed);
	assert_false(o->analyst);
	assert_int_equal(o->message, 0);
	assert_int_equal(o->answers, 5);
	k->mail.outer.key = KEY_A;
	kit_begin(k, &k->c, 9);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(k->plan.orders->key, KEY_A);
	assert_true(k->plan.orders->sealed);
}

/* What the acknowledgement is: its order and its event, as text. */
static const char *
acknowledgement(struct kit *k)
{
	const struct planned_event *pe;
	const struct order *o;

	kit_begin(k, &k->c, 7);
	kit_begin(k, &k->elsewhere, 8);
	k->ground.next_letter = 100;
	kit_plan(k);
	assert_int_equal(
		decide_mail(&k->ground, &k->c,
			k->mail.evidence != EVIDENCE_NONE ? &k->elsewhere
							  : NULL,
			&k->mail, &k->plan, &k->e),
		0);
	for (pe = k->plan.events; pe != NULL; pe = pe->next)
		if (pe->event.kind == EVENT_ACKNOWLEDGED ||
			pe->event.kind == EVENT_UNACKNOWLEDGED ||
			pe->event.kind == EVENT_ACKNOWLEDGEMENT_HELD ||
			pe->event.kind == EVENT_CASE_OPENED)
			kit_put_event(&k->text, pe);
	for (o = k->plan.orders; o != NULL; o = o->next)
		if (o->kind == LETTER_ACKNOWLEDGEMENT)
			kit_put_order(&k->text, o);
	return kit_keep(k);
}

/* Every field of the mail but `outer` (and the numbers of the envelope). */
static void
vary(struct kit *k, const char *expected)
{
	static const struct input_key keys[] = {{.protocol = PROTOCOL_OPENPGP,
							.fingerprint = KEY_A,
							.origin = "attached",
							.minimal = "x"},
		{.protocol = PROTOCOL_SMIME,
			.fingerprint = KEY_B,
			.origin = "certificate",
			.minimal = "x",
			.changed = true}};
	const struct hint hints[] = {kit_hint(k, HINT_CVE, "v", "n", 4)};
	const struct mail_input plain = k->mail;
	const struct verdict none = k->verdict;
	int i;

	kit_begin(k, &k->elsewhere, 8);
	for (i = 0; i < 3; i++) {
		k->mail.person = i == 0 ? 0 : i == 1 ? SOMEBODY : ADA;
		assert_string_equal(acknowledgement(k), expected);
	}
	k->mail.analyst = ADA;
	assert_string_equal(acknowledgement(k), expected);
	for (i = 0; i < EVIDENCE__COUNT; i++) {
		k->mail.evidence = (enum evidence)i;
		assert_string_equal(acknowledgement(k), expected);
	}
	k->mail = plain;
	for (i = 0; i < CLASS__COUNT; i++) {
		k->mail.class = (enum mail_class)i;
		k->policy.is_quiet[i] = true;
		assert_string_equal(acknowledgement(k), expected);
	}
	k->mail.ticket = "T-1234";
	k->mail.absence = NOW + DAY;
	k->mail.given_to = SOMEBODY;
	k->mail.letter = 3;
	k->mail.envelope = true;
	k->delivery.action = DELIVERY_FAILED;
	assert_string_equal(acknowledgement(k), expected);
	k->mail = plain;
	k->mail.hints = hints;
	k->mail.hints_count = 1;
	assert_string_equal(acknowledgement(k), expected);
	k->mail.keys = keys;
	k->mail.keys_count = 2;
	assert_string_equal(acknowledgement(k), expected);
	for (i = 0; i < PROBLEM__COUNT; i++) {
		k->verdict.problem = (enum seal_problem)i;
		k->verdict.opened = i % 2;
		k->verdict.key_expired = i % 3;
		k->verdict.detail = "something";
		assert_string_equal(acknowledgement(k), expected);
	}
	for (i = 0; i < ENCRYPTED__COUNT; i++) {
		k->verdict.encrypted = (enum encrypted_extent)i;
		assert_string_equal(acknowledgement(k), expected);
	}
	for (i = 0; i < SIGNATURE__COUNT; i++) {
		kit_sign(k, KEY_B);
		k->signature.status = (enum signature_status)i;
		k->signature.covers = (enum signature_covers)(i % 3);
		assert_string_equal(acknowledgement(k), expected);
	}
	k->mail = plain;
	k->verdict = none;
}

static void
test_nothing_inside_changes_it(void **state)
{
	struct kit *k = *state;
	int policy;

	for (policy = 0; policy < ACKNOWLEDGE__COUNT; policy++) {
		k->policy.acknowledge = (enum acknowledge_policy)policy;
		vary(k, acknowledgement(k));
		k->mail.outer.key = KEY_A;
		vary(k, acknowledgement(k));
		k->mail.outer.key = "";
		k->mail.outer.robot = "Precedence: bulk";
		vary(k, acknowledgement(k));
		k->mail.outer.robot = "";
		k->mail.outer.sender = "";
		vary(k, acknowledgement(k));
		k->mail.outer.sender = "f@finder.example";
		k->mail.outer.belongs = true;
		vary(k, acknowledgement(k));
		k->mail.outer.belongs = false;
		k->mail.outer.to_us = true;
		vary(k, acknowledgement(k));
		k->mail.outer.to_us = false;
		k->mail.outer.authentication.dmarc = AUTH_FAIL;
		vary(k, acknowledgement(k));
		k->mail.outer.authentication.dmarc = AUTH_ABSENT;
		fill_bucket(k);
		vary(k, acknowledgement(k));
		k->ground.room.address.sent = 0;
	}
}

/* The test above would be worth nothing if nothing ever changed it. */
static void
test_the_outside_does_change_it(void **state)
{
	struct kit *k = *state;
	const char *before = acknowledgement(k);

	k->mail.outer.key = KEY_A;
	assert_string_not_equal(acknowledgement(k), before);
	k->mail.outer.key = "";
	k->mail.outer.sender = "g@finder.example";
	assert_string_not_equal(acknowledgement(k), before);
	k->mail.outer.sender = "f@finder.example";
	k->mail.outer.received -= DAY;
	assert_string_not_equal(acknowledgement(k), before);
	k->mail.outer.received += DAY;
	assert_string_equal(acknowledgement(k), before);
	k->policy.answer_within += DAY;
	assert_string_not_equal(acknowledgement(k), before);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_each_reason_refuses),
		T(test_plausible_is_what_is_not_forged),
		T(test_verified_is_what_is_proved),
		T(test_there_is_room_for_so_many),
		T(test_what_is_over_the_limit_waits_its_turn),
		T(test_an_analyst_sends_what_is_held),
		T(test_an_analyst_refuses_what_is_held),
		T(test_a_robots_is_never_released),
		T(test_it_goes_to_nobody_who_is_removed),
		T(test_policies_have_names),
		T(test_it_goes_to_the_envelopes_sender),
		T(test_nothing_inside_changes_it),
		T(test_the_outside_does_change_it)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
