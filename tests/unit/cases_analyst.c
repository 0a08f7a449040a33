/* Mails of analysts: commands obeyed or refused, and the transcript. */
#include "cases_kit.h"

static void
from_ada(struct kit *k, const char *commands)
{
	kit_open(k);
	kit_encrypt(k);
	kit_sign(k, KEY_A);
	k->mail.analyst = k->mail.person = ADA;
	if (commands != NULL)
		k->mail.commands = kit_parse(k, commands);
}

static struct order *
transcript(struct kit *k, const char *outcome)
{
	struct order *o = k->plan.orders;

	while (o != NULL && o->kind != LETTER_TRANSCRIPT)
		o = o->next;
	assert_non_null(o);
	assert_int_equal(o->person, ADA);
	assert_true(o->analyst && o->sealed);
	assert_string_equal(facts_get(&o->facts, "outcome"), outcome);
	return o;
}

static void
test_obeyed(void **state)
{
	struct kit *k = *state;
	const struct order *o;

	from_ada(k, "/take\n/to finder\nThank you.");
	kit_mail(k, &k->c, NULL);
	assert_string_equal(
		kit_events(k), "note.added case.assigned words.sent");
	assert_string_equal(kit_orders(k), "message:10 transcript:1");
	assert_int_equal(kit_event(k, EVENT_ASSIGNED, 0)->actor, ADA);
	assert_int_equal(k->c.assignee, ADA);
	o = transcript(k, "done");
	assert_string_equal(facts_get(&o->facts, "done"), "assigned to ada");
	/* The words that were sent are shown, and the mail is answered. */
	assert_int_equal(o->message, 50);
	assert_int_equal(o->answers, 6);
}

static void
test_names_are_for_analysts(void **state)
{
	struct kit *k = *state;
	const struct fact *f;

	from_ada(k, "/finder none\n/assign bob");
	kit_mail(k, &k->c, NULL);
	f = transcript(k, "done")->facts.first->next;
	assert_string_equal(f->value, "the finder is no longer in the case");
	assert_string_equal(f->next->value, "assigned to bob");
}

static void
test_help(void **state)
{
	struct kit *k = *state;

	from_ada(k, "/help");
	kit_mail(k, &k->c, NULL);
	assert_string_equal(
		facts_get(&transcript(k, "done")->facts, "show"), "help");
}

static void
test_impossible(void **state)
{
	struct kit *k = *state;

	from_ada(k, "/take\n/accept");
	kit_plan(k);
	assert_int_equal(
		decide_mail(&k->ground, &k->c, NULL, &k->mail, &k->plan, &k->e),
		-1);
	assert_int_equal(k->e.kind, ERR_PERMANENT);
	assert_non_null(strstr(k->e.text, "line 2: /accept"));
}

/* The case keeps a fixed sentence; what they wrote is for the letter only. */
static void
test_refused(void **state)
{
	struct kit *k = *state;

	from_ada(k, NULL);
	k->mail.refusal = "It is impossible.";
	k->mail.refusal_detail = "line 1: /eat \"words\"";
	k->mail.refused_to = ADA;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "note.added command.refused");
	kit_fact(k, EVENT_COMMAND_REFUSED, "reason", "It is impossible.");
	assert_string_equal(kit_orders(k), "transcript:1");
	assert_string_equal(
		facts_get(&transcript(k, "refused")->facts, "reason"),
		"line 1: /eat \"words\"");
	assert_int_equal(k->c.assignee, 0);
}

/* Unsigned, with an analyst's token: all of them see it, that one is told. */
static void
test_refused_of_somebody(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->mail.person = SOMEBODY;
	k->mail.refusal = "The mail is not signed.";
	k->mail.refused_to = ADA;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(
		kit_events(k), "contribution.added command.refused");
	assert_string_equal(kit_orders(k), "update:1 update:2 transcript:1");
}

static void
test_noted(void **state)
{
	struct kit *k = *state;

	from_ada(k, NULL);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "note.added");
	assert_string_equal(kit_orders(k), "transcript:1");
	transcript(k, "noted");
}

static void
test_without_a_case(void **state)
{
	struct kit *k = *state;

	k->mail.refusal = "The /case line is missing.";
	k->mail.refused_to = ADA;
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_COMMAND_REFUSED, "number", "1");
	transcript(k, "refused");
}

#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(test_obeyed),
		T(test_names_are_for_analysts), T(test_help),
		T(test_impossible), T(test_refused),
		T(test_refused_of_somebody), T(test_noted),
		T(test_without_a_case)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
