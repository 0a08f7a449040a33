/* What each command asks for, and what it does. */
#include "cases_kit.h"

static void
test_status_and_help_only_show(void **state)
{
	struct kit *k = *state;
	const char *before;

	kit_open(k);
	before = kit_case_text(k, &k->c);
	assert_int_equal(kit_do(k, "/status"), 0);
	assert_true(k->plan.show_status);
	assert_false(k->plan.show_help);
	assert_int_equal(kit_do(k, "/help"), 0);
	assert_true(k->plan.show_help);
	assert_string_equal(kit_events(k), "");
	assert_null(k->plan.orders);
	assert_string_equal(kit_case_text(k, &k->c), before);
}

static void
goes(struct kit *k, const char *text, const char *from, const char *to,
	const char *message)
{
	if (kit_do(k, text) == -1)
		fail_msg("%s", k->e.text);
	assert_string_equal(kit_events(k), "status.changed");
	kit_fact(k, EVENT_STATUS_CHANGED, "from", from);
	kit_fact(k, EVENT_STATUS_CHANGED, "to", to);
	kit_fact(k, EVENT_STATUS_CHANGED, "message", message);
	assert_int_equal(kit_event(k, EVENT_STATUS_CHANGED, 0)->actor, ADA);
	assert_true(kit_event(k, EVENT_STATUS_CHANGED, 0)->at == k->ground.now);
	assert_string_equal(report_state_name(k->c.state), to);
}

static void
test_each_state_is_reached_by_its_word(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	goes(k, "/invalid no bug", "Received", "Invalid", "50");
	goes(k, "/valid", "Invalid", "Valid", NULL);
	goes(k, "/defer later", "Valid", "Deferred", "50");
	goes(k, "/accept", "Deferred", "Accepted", NULL);
	goes(k, "/defer later", "Accepted", "Deferred", "50");
	goes(k, "/close nothing left", "Deferred", "Closed", "50");
	/* The mail, and four reasons. */
	assert_int_equal(k->c.posted_count, 5);
	assert_int_equal(case_posted(&k->c, 2)->kind, POSTED_REASON);
	assert_int_equal(case_posted(&k->c, 2)->person, ADA);
}

static void
test_a_way_that_is_not_there_is_refused(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_refused(k, "/accept", "5.5.1",
		"line 1: /accept: the report is Received; from there it can go "
		"to Valid, Invalid");
	kit_refused(k, "/close done", "5.5.1",
		"line 1: /close: the report is Received; from there it can go "
		"to Valid, Invalid");
	assert_int_equal(kit_do(k, "/invalid x\n/close y"), 0);
	kit_refused(k, "/valid", "5.5.1",
		"line 1: /valid: the report is Closed; from there it can go to "
		"nothing");
}

static void
test_a_reason_is_asked_for(void **state)
{
	static const char *const words[] = {"invalid", "defer", "close"};
	struct kit *k = *state;
	char text[40], message[80];
	size_t i;

	kit_open(k);
	for (i = 0; i < countof(words); i++) {
		snprintf(text, sizeof(text), "/take\n/%s", words[i]);
		snprintf(message, sizeof(message),
			"line 2: /%s needs a reason behind it", words[i]);
		kit_refused(k, text, "5.5.4", message);
	}
}

static void
test_closing_stops_the_answer_clock(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/invalid x"), 0);
	assert_null(k->plan.timers);
	assert_int_equal(kit_do(k, "/close y"), 0);
	assert_non_null(k->plan.timers);
	assert_int_equal(k->plan.timers->case_id, 7);
	assert_int_equal(k->plan.timers->kind, TIMER_ANSWER);
	assert_int_equal(k->plan.timers->due, 0);
	assert_null(k->plan.timers->next);
}

static void
test_a_merged_case_keeps_its_state(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->c.merged_into = 8;
	kit_refused(k, "/valid", "5.5.1",
		"line 1: /valid: this case is merged into another");
}

static void
test_assign_knows_the_analysts(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/assign BOB"), 0);
	assert_string_equal(kit_events(k), "case.assigned");
	kit_fact(k, EVENT_ASSIGNED, "person", "2");
	assert_int_equal(k->c.assignee, BOB);
	assert_int_equal(kit_do(k, "/take"), 0);
	assert_int_equal(k->c.assignee, ADA);
	kit_fact(k, EVENT_ASSIGNED, "person", "1");
	kit_refused(k, "/assign eve", "5.5.4",
		"line 1: /assign: \"eve\" is not an analyst of the "
		"configuration");
	kit_refused(k, "/assign", "5.5.4",
		"line 1: /assign: \"\" is not an analyst of the configuration");
}

static void
test_a_note_stays_inside(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/note\nwhat we think"), 0);
	assert_string_equal(kit_events(k), "note.added");
	kit_fact(k, EVENT_NOTE_ADDED, "number", "2");
	kit_fact(k, EVENT_NOTE_ADDED, "message", "50");
	assert_null(k->plan.orders);
	assert_int_equal(case_posted(&k->c, 2)->kind, POSTED_NOTE);
	assert_int_equal(case_posted(&k->c, 2)->message, 50);
	kit_refused(k, "/note", "5.5.4",
		"line 1: /note needs a text after the commands");
}

static void
test_words_to_the_finder_are_a_letter(void **state)
{
	struct kit *k = *state;
	struct order *o;

	kit_open(k);
	assert_int_equal(kit_do(k, "/to Finder\nThank you."), 0);
	assert_string_equal(kit_events(k), "words.sent");
	assert_string_equal(kit_orders(k), "message:10");
	o = k->plan.orders;
	assert_int_equal(o->message, 50);
	assert_int_equal(o->answers, 5);
	assert_false(o->sealed);
	assert_false(o->analyst);
	assert_string_equal(o->address, "");
	assert_string_equal(o->key, "");
	kit_fact(k, EVENT_WORDS_SENT, "person", "10");
	assert_int_equal(facts_number(&kit_event(k, EVENT_WORDS_SENT, 0)->facts,
				 "letter", 0),
		o->letter);
	/* Written is not answered: that is when it has left. */
	assert_int_equal(k->c.answered, 0);
}

/* The last mail of theirs is answered, whatever else has come. */
static void
test_a_letter_answers_their_last_mail(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_mail(k, &k->c, NULL);
	k->mail.person = SOMEBODY;
	kit_mail(k, &k->c, NULL);
	assert_int_equal(kit_do(k, "/note ours\n/to finder\nThank you."), 0);
	assert_int_equal(k->plan.orders->answers, 6);
}

static void
test_a_sealed_channel_makes_a_sealed_letter(void **state)
{
	struct kit *k = *state;

	kit_encrypt(k);
	kit_open(k);
	assert_int_equal(kit_do(k, "/to finder\nThank you."), 0);
	assert_true(k->plan.orders->sealed);
}

static void
test_to_knows_the_finder_only(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_refused(k, "/to vendors\ntext", "5.5.4",
		"line 1: /to \"vendors\": only /to finder is known");
	kit_refused(k, "/to\ntext", "5.5.4",
		"line 1: /to \"\": only /to finder is known");
	kit_refused(k, "/to finder", "5.5.4",
		"line 1: /to needs a text after the commands");
	assert_int_equal(kit_do(k, "/finder none"), 0);
	kit_refused(k, "/to finder\ntext", "5.5.1",
		"line 1: /to finder: there is no finder in this case");
}

static void
test_without_a_finder_their_letters_are_cancelled(void **state)
{
	static const struct open_letter open[] = {{.letter = 20, .person = ADA},
		{.letter = 21, .person = FINDER},
		{.letter = 22, .person = SOMEBODY},
		{.letter = 23, .person = FINDER}};
	struct kit *k = *state;
	struct cancellation *c;

	kit_open(k);
	k->ground.open_letters = open;
	k->ground.open_letters_count = countof(open);
	assert_int_equal(kit_do(k, "/finder NONE"), 0);
	assert_string_equal(kit_events(k),
		"letter.cancelled letter.cancelled party.removed");
	c = k->plan.cancelled;
	assert_int_equal(c->letter, 21);
	assert_int_equal(c->next->letter, 23);
	assert_null(c->next->next);
	kit_fact(k, EVENT_LETTER_CANCELLED, "letter", "21");
	kit_fact(k, EVENT_LETTER_CANCELLED, "person", "10");
	assert_null(case_finder(&k->c));
	assert_null(case_party(&k->c, FINDER));
	kit_refused(k, "/finder none", "5.5.1",
		"line 1: /finder none: there is no finder in this case");
	kit_refused(k, "/finder x.example.org", "5.5.4",
		"line 1: /finder \"x.example.org\": an address is wanted, or "
		"none");
}

/* What the same block has ordered has not left the house either. */
static void
test_nothing_goes_to_who_is_removed_in_one_breath(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/to finder\n/finder none\nThank you."), -1);
	assert_int_equal(k->e.kind, ERR_PERMANENT);
	assert_string_equal(k->e.text,
		"line 2: /finder: a letter to the one before stands in the "
		"same block");
}

/* Each is checked against the case as those before it leave it. */
static void
test_a_block_works_on_what_it_has_made(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	assert_int_equal(kit_do(k, "/valid\n/accept\n/take\n/close done"), 0);
	assert_string_equal(kit_events(k),
		"status.changed status.changed case.assigned status.changed");
	assert_int_equal(k->c.state, REPORT_CLOSED);
}

static void
test_one_impossible_command_voids_the_block(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_refused(k, "/valid\n/take\n/valid", "5.5.1",
		"line 3: /valid: the report is Valid; from there it can go to "
		"Accepted, Deferred");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_status_and_help_only_show),
		T(test_each_state_is_reached_by_its_word),
		T(test_a_way_that_is_not_there_is_refused),
		T(test_a_reason_is_asked_for),
		T(test_closing_stops_the_answer_clock),
		T(test_a_merged_case_keeps_its_state),
		T(test_assign_knows_the_analysts), T(test_a_note_stays_inside),
		T(test_words_to_the_finder_are_a_letter),
		T(test_a_letter_answers_their_last_mail),
		T(test_a_sealed_channel_makes_a_sealed_letter),
		T(test_to_knows_the_finder_only),
		T(test_without_a_finder_their_letters_are_cancelled),
		T(test_nothing_goes_to_who_is_removed_in_one_breath),
		T(test_a_block_works_on_what_it_has_made),
		T(test_one_impossible_command_voids_the_block)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
