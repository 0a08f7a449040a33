/* What robots do to a case: they are filed, and a bounce marks its reader. */
#include "cases_kit.h"

#define LETTER_TO_FINDER 100

/* A case, and a robot's mail to the envelope address of its first letter. */
static void
bounce(struct kit *k, enum delivery_action action)
{
	static char status[] = "5.1.1";

	k->mail.outer.robot = "bounce";
	k->mail.evidence = EVIDENCE_ADDRESS;
	k->mail.person = 0;
	k->mail.given_to = FINDER;
	k->mail.letter = LETTER_TO_FINDER;
	k->mail.envelope = true;
	k->delivery.action = (int)action;
	k->delivery.status = status;
	kit_mail(k, &k->c, NULL);
}

static void
test_a_bounce_marks_its_reader(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	bounce(k, DELIVERY_FAILED);
	assert_string_equal(kit_events(k), "robot.filed letter.bounced");
	kit_fact(k, EVENT_LETTER_BOUNCED, "letter", "100");
	kit_fact(k, EVENT_LETTER_BOUNCED, "status", "5.1.1");
	kit_fact(k, EVENT_LETTER_BOUNCED, "number", "2");
	assert_string_equal(kit_orders(k), "trouble:1 trouble:2");
	assert_int_equal(case_finder(&k->c)->bounced, LETTER_TO_FINDER);
	assert_string_equal(case_finder(&k->c)->bounce_status, "5.1.1");
	/* Who has the letter can send more of them: analysts hear of one. */
	bounce(k, DELIVERY_FAILED);
	assert_string_equal(kit_events(k), "robot.filed letter.bounced");
	assert_null(k->plan.orders);
}

static void
test_who_writes_again_can_be_reached(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	bounce(k, DELIVERY_FAILED);
	k->mail.outer.robot = "";
	k->mail.person = FINDER;
	k->mail.envelope = false;
	k->mail.letter = k->mail.given_to = 0;
	kit_mail(k, &k->c, NULL);
	assert_int_equal(case_finder(&k->c)->bounced, 0);
}

static void
test_a_delay_is_noted_and_no_more(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	bounce(k, DELIVERY_DELAYED);
	assert_string_equal(kit_events(k), "robot.filed letter.delayed");
	assert_null(k->plan.orders);
	assert_int_equal(case_finder(&k->c)->bounced, 0);
}

/* A bounce without a status part, to the letter's own address. */
static void
test_a_bounce_of_the_old_kind_counts(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	bounce(k, DELIVERY_NONE);
	assert_string_equal(kit_events(k), "robot.filed letter.bounced");
}

/* Only the letter's own address or ID proves what it is about. */
static void
test_nothing_else_marks_anybody(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	bounce(k, DELIVERY_DELIVERED);
	assert_string_equal(kit_events(k), "robot.filed");
	k->mail.envelope = false;
	k->delivery.action = DELIVERY_FAILED;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "robot.filed");
	k->mail.envelope = true;
	k->mail.letter = 0;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "robot.filed");
	/* An absence, to the same address. */
	k->mail.letter = LETTER_TO_FINDER;
	k->mail.outer.robot = "auto-reply";
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "robot.filed");
	assert_int_equal(case_finder(&k->c)->bounced, 0);
	assert_null(k->plan.orders);
}

static void
test_an_absence_and_a_ticket_are_shown(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->mail.outer.robot = "auto-reply";
	k->mail.evidence = EVIDENCE_OUR_LETTER;
	k->mail.given_to = FINDER;
	k->mail.ticket = "ACME-4711";
	k->mail.absence = NOW + 3 * DAY;
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_ROBOT_FILED, "ticket", "ACME-4711");
	assert_string_equal(case_finder(&k->c)->ticket, "ACME-4711");
	assert_true(case_finder(&k->c)->away_until == NOW + 3 * DAY);
	/* It is no answer by a person: the clock runs on, nobody is told. */
	assert_int_equal(k->c.answered, 0);
	assert_null(k->plan.timers);
	assert_null(k->plan.orders);
	/* Of whom it is not known, it says nothing. */
	k->mail.given_to = 0;
	k->mail.ticket = "OTHER-1";
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_ROBOT_FILED, "ticket", NULL);
	assert_string_equal(case_finder(&k->c)->ticket, "ACME-4711");
}

/* Of nothing of ours: a case that does not look like a report. */
static void
test_a_stray_robot_has_a_case_of_its_own(void **state)
{
	struct kit *k = *state;

	k->mail.outer.robot = "bounce";
	kit_mail(k, &k->c, NULL);
	assert_true(case_is_of_robots(&k->c));
	assert_int_equal(k->c.answer_by, 0);
	assert_null(k->plan.orders);
	assert_null(k->plan.timers);
	/* Touched by an analyst, it is a case like any other. */
	assert_int_equal(kit_do(k, "/take"), 0);
	assert_false(case_is_of_robots(&k->c));
}

/* A tracker's notice, a list: somebody should look at what they carry. */
static void
test_a_robot_that_may_report_is_told(void **state)
{
	struct kit *k = *state;

	k->mail.outer.robot = "role-sender";
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k),
		"case.opened acknowledgement.withheld robot.filed");
	assert_string_equal(kit_orders(k), "report:1 report:2");
	assert_true(case_is_of_robots(&k->c));
	k->mail.outer.robot = "";
	kit_mail(k, &k->c, NULL);
	assert_false(case_is_of_robots(&k->c));
}

static void
test_a_quiet_class_is_listed_and_not_told(void **state)
{
	struct kit *k = *state;

	k->mail.class = CLASS_SPAM;
	k->policy.is_quiet[CLASS_SPAM] = true;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_orders(k), "acknowledgement:10");
	assert_string_equal(k->c.class, "spam");
	assert_int_equal(k->plan.timers->kind, TIMER_ANSWER);
	assert_false(case_is_of_robots(&k->c));
}

static void
test_an_answer_lies_ready(void **state)
{
	struct kit *k = *state;
	const struct order *o;

	k->mail.class = CLASS_PRIVACY;
	kit_open(k);
	assert_int_equal(kit_do(k, "/answer"), 0);
	o = k->plan.orders;
	assert_int_equal(o->kind, LETTER_ANSWER);
	assert_int_equal(o->person, FINDER);
	assert_int_equal(o->answers, 5);
	assert_string_equal(facts_get(&o->facts, "class"), "privacy");
	kit_fact(k, EVENT_ANSWER_SENT, "class", "privacy");
	assert_int_equal(kit_do(k, "/answer Abuse"), -1);
	assert_int_equal(kit_do(k, "/answer abuse"), 0);
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "class"), "abuse");
	kit_refused(k, "/answer spam", "5.5.4",
		"line 1: /answer: no answer lies ready for \"spam\"; there is "
		"one for report, advisory, beg-bounty, questionnaire, privacy "
		"and abuse");
	assert_int_equal(kit_do(k, "/finder none"), 0);
	kit_refused(k, "/answer", "5.5.1",
		"line 1: /answer: there is no finder in this case");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_a_bounce_marks_its_reader),
		T(test_who_writes_again_can_be_reached),
		T(test_a_delay_is_noted_and_no_more),
		T(test_a_bounce_of_the_old_kind_counts),
		T(test_nothing_else_marks_anybody),
		T(test_an_absence_and_a_ticket_are_shown),
		T(test_a_stray_robot_has_a_case_of_its_own),
		T(test_a_robot_that_may_report_is_told),
		T(test_a_quiet_class_is_listed_and_not_told),
		T(test_an_answer_lies_ready)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
