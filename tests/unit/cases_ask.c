/* The question for what a report lacks. */
#include "cases/ask.h"

#include "cases_kit.h"

static void
report(struct kit *k, const char *has, const char *lacks)
{
	static struct hint hints[2];

	hints[0] = kit_hint(k, HINT_HAS, has, has, 50);
	hints[1] = kit_hint(k, HINT_LACKS, lacks, lacks, 50);
	k->mail.hints = hints;
	k->mail.hints_count = 2;
}

static const char *
lacks(struct kit *k)
{
	return case_lacks(&k->c, k->arena);
}

static void
test_it_asks_for_what_is_missing_once(void **state)
{
	struct kit *k = *state;

	report(k, "version", "steps");
	kit_open(k);
	assert_string_equal(lacks(k), "steps");
	assert_int_equal(kit_do(k, "/ask\n"), 0);
	assert_string_equal(kit_events(k), "finder.asked");
	assert_non_null(k->plan.orders);
	assert_int_equal(k->plan.orders->kind, LETTER_ASK);
	assert_int_equal(k->plan.orders->person, FINDER);
	assert_int_equal(k->plan.orders->answers, 5);
	assert_null(k->plan.orders->next);
	assert_string_equal(
		facts_get(&k->plan.orders->facts, "lacks"), "steps");
	assert_int_equal(kit_do(k, "/ask\n"), -1);
	assert_string_equal(k->e.text,
		"line 1: /ask: they have been asked already; /ask again asks "
		"once more");
	assert_int_equal(kit_do(k, "/ask again\n"), 0);
	assert_int_equal(kit_do(k, "/ask nicely\n"), -1);
}

/* What comes later fills the gap; that it lacks other things does not count. */
static void
test_an_answer_fills_the_gap(void **state)
{
	struct kit *k = *state;

	report(k, "version", "steps");
	kit_open(k);
	report(k, "steps", "version");
	k->mail.outer.belongs = true;
	k->mail.evidence = EVIDENCE_ADDRESS;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(lacks(k), "");
	assert_int_equal(kit_do(k, "/ask\n"), -1);
	assert_non_null(strstr(k->e.text, "the report lacks nothing"));
}

static void
test_nobody_to_ask(void **state)
{
	struct kit *k = *state;

	report(k, "version", "steps");
	kit_open(k);
	assert_int_equal(kit_do(k, "/finder none\n"), 0);
	assert_int_equal(kit_do(k, "/ask\n"), -1);
	assert_string_equal(
		k->e.text, "line 1: /ask: there is no finder in this case");
}

static void
test_a_sealed_channel_makes_a_sealed_question(void **state)
{
	struct kit *k = *state;

	report(k, "version", "steps");
	kit_encrypt(k);
	kit_open(k);
	assert_int_equal(kit_do(k, "/ask\n"), 0);
	assert_true(k->plan.orders->sealed);
}

static void
test_what_looks_alike_is_recorded(void **state)
{
	struct kit *k = *state;
	struct likeness alike = {.case_id = 3,
		.public_id = "EX-2025-0007",
		.state = "Closed",
		.why = "cve",
		.score = 60};

	k->mail.alike = &alike;
	k->mail.alike_count = 1;
	kit_open(k);
	assert_non_null(k->c.alike);
	assert_string_equal(k->c.alike->public_id, "EX-2025-0007");
	assert_string_equal(k->c.alike->state, "Closed");
	assert_int_equal(k->c.alike->score, 60);
	/* Offered, not merged. */
	assert_int_equal(k->c.merged_into, 0);
}

/* Closing does not make forget what it was. */
static void
test_what_it_was_judged_is_kept(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(case_judged(&k->c), REPORT_RECEIVED);
	assert_int_equal(kit_do(k, "/invalid no\n/close done\n"), 0);
	assert_int_equal(case_judged(&k->c), REPORT_INVALID);
}

#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_it_asks_for_what_is_missing_once),
		T(test_an_answer_fills_the_gap),
		T(test_nobody_to_ask),
		T(test_a_sealed_channel_makes_a_sealed_question),
		T(test_what_looks_alike_is_recorded),
		T(test_what_it_was_judged_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
