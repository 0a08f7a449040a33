/* Timers that are due, what became of letters, and reading. */
#include "cases_kit.h"

static void
timer(struct kit *k)
{
	const struct timer_input in = {
		.kind = TIMER_ANSWER, .due = k->c.answer_by};

	kit_plan(k);
	decide_timer(&k->ground, &k->c, &in, &k->plan);
	k->ground.next_letter = k->plan.next_letter;
}

static void
letter(struct kit *k, enum letter_outcome outcome, enum letter_kind kind,
	int64_t person)
{
	const struct letter_input in = {.outcome = outcome,
		.letter = 42,
		.person = person,
		.kind = kind,
		.text = "250 2.0.0 queued"};

	kit_plan(k);
	decide_letter(&k->ground, &k->c, &in, &k->plan);
	k->ground.next_letter = k->plan.next_letter;
}

/* The answer clock is cleared, and that is all there is. */
static void
only_cleared(struct kit *k)
{
	assert_string_equal(kit_events(k), "");
	assert_null(k->plan.orders);
	assert_non_null(k->plan.timers);
	assert_int_equal(k->plan.timers->due, 0);
	assert_null(k->plan.timers->next);
}

static void
test_overdue_is_told_to_each_analyst_once(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->ground.now = k->c.answer_by + 2 * HOUR;
	timer(k);
	assert_string_equal(kit_events(k), "answer.overdue");
	kit_fact(k, EVENT_ANSWER_OVERDUE, "due", "2026-11-26T15:59:30Z");
	assert_string_equal(kit_orders(k), "overdue:1 overdue:2");
	assert_true(k->plan.orders->analyst);
	assert_true(k->plan.orders->sealed);
	assert_int_equal(k->plan.orders->message, 0);
	/* Cleared, and not set anew: it comes once. */
	assert_int_equal(k->plan.timers->kind, TIMER_ANSWER);
	assert_int_equal(k->plan.timers->due, 0);
	assert_null(k->plan.timers->next);
	assert_int_equal(k->c.answered, 0);
}

static void
test_who_has_been_answered_is_not_overdue(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	letter(k, OUTCOME_HANDED, LETTER_MESSAGE, FINDER);
	timer(k);
	only_cleared(k);
}

static void
test_closed_and_merged_cases_are_not_overdue(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/invalid x\n/close y"), 0);
	timer(k);
	only_cleared(k);
	kit_begin(k, &k->c, 9);
	kit_open(k);
	k->c.merged_into = 7;
	timer(k);
	only_cleared(k);
}

static void
test_words_that_have_left_are_the_answer(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	letter(k, OUTCOME_HANDED, LETTER_MESSAGE, FINDER);
	assert_string_equal(kit_events(k), "letter.handed");
	kit_fact(k, EVENT_LETTER_HANDED, "letter", "42");
	kit_fact(k, EVENT_LETTER_HANDED, "person", "10");
	kit_fact(k, EVENT_LETTER_HANDED, "kind", "message");
	kit_fact(k, EVENT_LETTER_HANDED, "reply", "250 2.0.0 queued");
	assert_true(k->c.answered == k->ground.now);
	assert_int_equal(k->plan.timers->due, 0);
	assert_null(k->plan.timers->next);
	assert_null(k->plan.orders);
	/* The first one counts. */
	k->ground.now += DAY;
	letter(k, OUTCOME_HANDED, LETTER_MESSAGE, FINDER);
	assert_true(k->c.answered == k->ground.now - DAY);
	assert_null(k->plan.timers);
}

/* Not the acknowledgement, not words to somebody else, not waiting. */
static void
test_nothing_else_is_the_answer(void **state)
{
	struct kit *k = *state;
	int kind, outcome;

	kit_open(k);
	for (kind = 0; kind < LETTER__COUNT; kind++) {
		for (outcome = 0; outcome < OUTCOME__COUNT; outcome++) {
			letter(k, (enum letter_outcome)outcome,
				(enum letter_kind)kind, SOMEBODY);
			assert_int_equal(k->c.answered, 0);
			assert_null(k->plan.timers);
			if ((kind == LETTER_MESSAGE || kind == LETTER_ANSWER ||
				    kind == LETTER_ASK) &&
				outcome == OUTCOME_HANDED)
				continue;
			letter(k, (enum letter_outcome)outcome,
				(enum letter_kind)kind, FINDER);
			assert_int_equal(k->c.answered, 0);
			assert_null(k->plan.timers);
		}
	}
}

static void
test_trouble_is_told_to_the_analysts(void **state)
{
	static const struct {
		enum letter_outcome outcome;
		enum event_kind event;
		const char *name;
	} rows[] = {{OUTCOME_WAITING, EVENT_LETTER_WAITING, "waiting"},
		{OUTCOME_FAILED, EVENT_LETTER_FAILED, "failed"}};
	struct kit *k = *state;
	const struct order *o;
	size_t i;

	kit_open(k);
	for (i = 0; i < countof(rows); i++) {
		letter(k, rows[i].outcome, LETTER_MESSAGE, FINDER);
		kit_fact(k, rows[i].event, "reason", "250 2.0.0 queued");
		kit_fact(k, rows[i].event, "reply", NULL);
		assert_string_equal(kit_orders(k), "trouble:1 trouble:2");
		for (o = k->plan.orders; o != NULL; o = o->next) {
			assert_true(o->analyst);
			assert_true(o->sealed);
			assert_int_equal(
				facts_number(&o->facts, "letter", 0), 42);
			assert_int_equal(
				facts_number(&o->facts, "about", 0), FINDER);
			assert_string_equal(
				facts_get(&o->facts, "kind"), "message");
			assert_string_equal(
				facts_get(&o->facts, "outcome"), rows[i].name);
			assert_string_equal(facts_get(&o->facts, "reason"),
				"250 2.0.0 queued");
		}
	}
}

/* The others are told, and of a letter about trouble nobody is. */
static void
test_trouble_does_not_breed(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	letter(k, OUTCOME_FAILED, LETTER_REPORT, ADA);
	assert_string_equal(kit_orders(k), "trouble:2");
	letter(k, OUTCOME_WAITING, LETTER_TRANSCRIPT, BOB);
	assert_string_equal(kit_orders(k), "trouble:1");
	letter(k, OUTCOME_FAILED, LETTER_TROUBLE, BOB);
	assert_string_equal(kit_events(k), "letter.failed");
	assert_null(k->plan.orders);
	letter(k, OUTCOME_WAITING, LETTER_TROUBLE, ADA);
	assert_string_equal(kit_events(k), "letter.waiting");
	assert_null(k->plan.orders);
}

static void
test_reading_is_recorded_with_who_read(void **state)
{
	const struct read_input in = {.actor = BOB, .number = 1};
	struct kit *k = *state;
	const char *before;

	kit_open(k);
	before = kit_case_text(k, &k->c);
	k->ground.now = k->c.changed;
	kit_plan(k);
	decide_read(&k->ground, &k->c, &in, &k->plan);
	assert_string_equal(kit_events(k), "message.read");
	kit_fact(k, EVENT_MESSAGE_READ, "number", "1");
	assert_int_equal(kit_event(k, EVENT_MESSAGE_READ, 0)->actor, BOB);
	assert_string_equal(kit_case_text(k, &k->c), before);
	assert_null(k->plan.orders);
}

static void
test_outcomes_have_names(void **state)
{
	(void)state;
	assert_string_equal(letter_outcome_name(OUTCOME_HANDED), "handed");
	assert_string_equal(letter_outcome_name(OUTCOME_WAITING), "waiting");
	assert_string_equal(letter_outcome_name(OUTCOME_FAILED), "failed");
	assert_string_equal(evidence_name(EVIDENCE_NONE), "");
	assert_string_equal(evidence_name(EVIDENCE_CASE_ID), "case ID");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {
		T(test_overdue_is_told_to_each_analyst_once),
		T(test_who_has_been_answered_is_not_overdue),
		T(test_closed_and_merged_cases_are_not_overdue),
		T(test_words_that_have_left_are_the_answer),
		T(test_nothing_else_is_the_answer),
		T(test_trouble_is_told_to_the_analysts),
		T(test_trouble_does_not_breed),
		T(test_reading_is_recorded_with_who_read),
		T(test_outcomes_have_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
