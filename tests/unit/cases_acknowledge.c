/*
 * The acknowledgement: a function of what can be seen from outside and of
 * policy, and of nothing else.
 */
#include "cases_kit.h"

static void
test_a_plausible_report_is_acknowledged(void **state)
{
	struct kit *k = *state;

	assert_null(acknowledge_refusal(&k->mail.outer, &k->policy));
	k->policy.acknowledge = ACKNOWLEDGE_ALL;
	assert_null(acknowledge_refusal(&k->mail.outer, &k->policy));
}

static void
refused(struct kit *k, const char *reason)
{
	const char *is = acknowledge_refusal(&k->mail.outer, &k->policy);

	assert_non_null(is);
	assert_string_equal(is, reason);
}

/* One reason by one, each alone, and first under every policy. */
static void
test_each_reason_refuses(void **state)
{
	struct kit *k = *state;
	int policy;

	for (policy = 0; policy < ACKNOWLEDGE__COUNT; policy++) {
		k->policy.acknowledge = (enum acknowledge_policy)policy;
		k->mail.outer.belongs = true;
		refused(k, "it belongs to an old case");
		k->mail.outer.belongs = false;
		k->mail.outer.sender = "";
		refused(k, "null envelope sender");
		k->mail.outer.sender = "f@finder.example";
		k->mail.outer.to_us = true;
		refused(k, "it claims to come from ourselves");
		k->mail.outer.to_us = false;
	}
	k->policy.acknowledge = ACKNOWLEDGE_NEVER;
	refused(k, "configuration: acknowledge = never");
	k->policy.acknowledge = ACKNOWLEDGE_PLAUSIBLE;
	k->mail.outer.robot = "Precedence: list";
	refused(k, "Precedence: list");
	k->policy.acknowledge = ACKNOWLEDGE_ALL;
	assert_null(acknowledge_refusal(&k->mail.outer, &k->policy));
}

static void
test_policies_have_names(void **state)
{
	(void)state;
	assert_int_equal(
		acknowledge_policy_of("plausible"), ACKNOWLEDGE_PLAUSIBLE);
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
			.differs = true}};
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
	const struct CMUnitTest tests[] = {
		T(test_a_plausible_report_is_acknowledged),
		T(test_each_reason_refuses), T(test_policies_have_names),
		T(test_it_goes_to_the_envelopes_sender),
		T(test_nothing_inside_changes_it),
		T(test_the_outside_does_change_it)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
