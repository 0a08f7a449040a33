/* Events: their names, their lines, and what a case makes of poor ones. */
#include "cases_kit.h"

static void
test_kinds_have_names_of_their_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < EVENT__COUNT; i++) {
		const char *name = event_kind_name((enum event_kind)i);

		assert_int_equal(event_kind_of(name), i);
		for (j = 0; j < i; j++)
			assert_string_not_equal(
				name, event_kind_name((enum event_kind)j));
	}
	assert_int_equal(event_kind_of(""), -1);
	assert_int_equal(event_kind_of("case.Opened"), -1);
}

static const char *
name_of(void *arg, int64_t person)
{
	const char *const *names = arg;

	return person >= 0 && person < 3 ? names[person] : NULL;
}

static void
described(struct kit *k, const struct event *ev, const char *line)
{
	static const char *names[] = {"psirtd", "Ada", "Bob"};

	event_describe(ev, &k->text, name_of, names);
	assert_string_equal(kit_keep(k), line);
}

static struct event *
event(struct kit *k, enum event_kind kind)
{
	struct event *ev = arena_alloc(k->arena, sizeof(*ev));

	ev->kind = kind;
	ev->at = NOW;
	facts_init(&ev->facts, k->arena);
	return ev;
}

static void
test_a_line_has_the_facts_and_the_names(void **state)
{
	struct kit *k = *state;
	struct event *ev = event(k, EVENT_WORDS_SENT);

	facts_add_number(&ev->facts, "number", 3);
	facts_add_number(&ev->facts, "person", BOB);
	facts_add_number(&ev->facts, "letter", 12);
	described(k, ev, "message 3 to Bob, letter 12");
	ev = event(k, EVENT_ASSIGNED);
	facts_add_number(&ev->facts, "person", 77);
	described(k, ev, "assigned to person 77");
	event_describe(ev, &k->text, NULL, NULL);
	assert_string_equal(kit_keep(k), "assigned to person 77");
}

/* A clause is left out when what it is about is absent. */
static void
test_a_line_does_not_speak_of_what_is_not_there(void **state)
{
	struct kit *k = *state;
	struct event *ev = event(k, EVENT_REPLY_ADDED);

	facts_add_number(&ev->facts, "number", 2);
	facts_add_number(&ev->facts, "person", ADA);
	facts_add(&ev->facts, "encrypted", "all");
	facts_add(&ev->facts, "signed", "no");
	described(k, ev, "message 2 from Ada; encrypted: all; signed: no");
	facts_add(&ev->facts, "evidence", "reply address");
	facts_add(&ev->facts, "problem", "damaged");
	described(k, ev,
		"message 2 from Ada; found by reply address; encrypted: all; "
		"signed: no; damaged");
	facts_add(&ev->facts, "detail", "encrypted to 0123456789ABCDEF");
	described(k, ev,
		"message 2 from Ada; found by reply address; encrypted: all; "
		"signed: no; damaged; encrypted to 0123456789ABCDEF");
	ev = event(k, EVENT_STATUS_CHANGED);
	facts_add(&ev->facts, "from", "Valid");
	facts_add(&ev->facts, "to", "Accepted");
	described(k, ev, "status Valid -> Accepted");
}

/* Values are put in once: none is looked at again. */
static void
test_values_are_no_templates(void **state)
{
	struct kit *k = *state;
	struct event *ev = event(k, EVENT_LETTER_FAILED);

	facts_add_number(&ev->facts, "letter", 1);
	facts_add_number(&ev->facts, "person", ADA);
	facts_add(&ev->facts, "reason", "{letter} {@person}; {reason} %s");
	described(k, ev,
		"letter 1 to Ada FAILED: {letter} {@person}; {reason} "
		"%s");
}

/* Forgotten facts make a line poorer, and no more. */
static void
test_every_kind_is_told_without_facts(void **state)
{
	struct kit *k = *state;
	int i;

	for (i = 0; i < EVENT__COUNT; i++) {
		event_describe(
			event(k, (enum event_kind)i), &k->text, name_of, NULL);
		assert_true(k->text.len > 0);
		assert_null(strchr(k->text.data, '{'));
		assert_null(strchr(k->text.data, '}'));
		buf_clear(&k->text);
	}
}

static void
test_every_kind_is_applied_without_facts(void **state)
{
	struct kit *k = *state;
	int i;

	for (i = 0; i < EVENT__COUNT; i++) {
		struct event *ev = event(k, (enum event_kind)i);

		ev->at = NOW + i;
		case_apply(&k->c, ev);
		assert_true(k->c.changed == NOW + i);
	}
	assert_int_equal(k->c.posted_count, 0);
	assert_string_equal(k->c.public_id, "");
	/* The last kind is the purge. */
	assert_int_equal(k->c.state, REPORT_CLOSED);
	assert_true(k->c.purged);
}

static void
test_poor_facts_count_as_nothing(void **state)
{
	struct kit *k = *state;
	struct event *ev = event(k, EVENT_CASE_OPENED);

	facts_add(&ev->facts, "id",
		"A-name-that-is-longer-than-any-case-ID-can-be");
	facts_add(&ev->facts, "answer-by", "tomorrow");
	case_apply(&k->c, ev);
	assert_int_equal(strlen(k->c.public_id), CASE_ID_MAX - 1);
	assert_int_equal(k->c.answer_by, 0);
	ev = event(k, EVENT_STATUS_CHANGED);
	facts_add(&ev->facts, "to", "Nonsense");
	case_apply(&k->c, ev);
	assert_int_equal(k->c.state, REPORT_RECEIVED);
	ev = event(k, EVENT_ASSIGNED);
	facts_add(&ev->facts, "person", "Ada");
	case_apply(&k->c, ev);
	assert_int_equal(k->c.assignee, 0);
	ev = event(k, EVENT_PARTY_REMOVED);
	facts_add_number(&ev->facts, "person", 12345);
	case_apply(&k->c, ev);
	assert_null(k->c.parties);
}

/* The case owns what it says: the events may go. */
static void
test_a_case_keeps_its_own_copies(void **state)
{
	struct kit *k = *state;
	struct arena *gone = arena_new();
	struct event ev = {.kind = EVENT_PARTY_ADDED, .at = NOW};

	facts_init(&ev.facts, gone);
	facts_add_number(&ev.facts, "person", FINDER);
	facts_add(&ev.facts, "signer", KEY_A);
	case_apply(&k->c, &ev);
	ev = (struct event){.kind = EVENT_HINT_FOUND, .at = NOW};
	facts_init(&ev.facts, gone);
	facts_add(&ev.facts, "kind", "cve");
	case_apply(&k->c, &ev);
	arena_free(&gone);
	assert_string_equal(case_finder(&k->c)->signer, KEY_A);
	assert_string_equal(k->c.hints->kind, "cve");
}

static void
test_plans_keep_lists_in_their_order(void **state)
{
	struct kit *k = *state;
	struct plan *p = &k->plan;
	const struct input_key key = {.fingerprint = "B"};

	plan_timer(p, &k->c, TIMER_ANSWER, 5);
	plan_timer(p, &k->elsewhere, TIMER_ANSWER, 0);
	plan_cancel(p, 3);
	plan_cancel(p, 1);
	plan_release(p, 6);
	plan_release(p, 2);
	plan_key(p, FINDER, "B", KEY_DIFFERS, &key);
	plan_key(p, SOMEBODY, "A", KEY_PINNED, NULL);
	plan_order(p, &k->elsewhere, LETTER_OVERDUE, ADA)->message = 4;
	plan_order(p, &k->c, LETTER_TROUBLE, BOB);
	plan_event(p, &k->c, EVENT_ASSIGNED, NOW, ADA, NULL);
	assert_string_equal(kit_plan_text(k, p),
		"event 7 case.assigned at 1795276800000000 by 1\n"
		"order 100 overdue case 8 to 1 <> analyst 0 sealed 0 key  "
		"message 4 answers 0 hold 0\n"
		"order 101 trouble case 7 to 2 <> analyst 0 sealed 0 key  "
		"message 0 answers 0 hold 0\n"
		"timer 7 answer 5\ntimer 8 answer 0\n"
		"release 6\n"
		"release 2\n"
		"cancel 3\ncancel 1\nkey B of 10 differs with bytes\n"
		"key A of 11 pinned \n"
		"next 102 shows 0000\n");
}

/* Facts are copied: one struct serves for many events. */
static void
test_a_plan_copies_facts_and_applies_at_once(void **state)
{
	struct kit *k = *state;
	struct facts f;

	facts_init(&f, k->arena);
	facts_add_number(&f, "person", ADA);
	facts_add(&f, "empty", "");
	plan_event(&k->plan, &k->c, EVENT_ASSIGNED, NOW, 0, &f);
	assert_int_equal(k->c.assignee, ADA);
	facts_add(&f, "more", "x");
	assert_null(facts_get(&kit_event(k, EVENT_ASSIGNED, 0)->facts, "more"));
	assert_string_equal(
		facts_get(&kit_event(k, EVENT_ASSIGNED, 0)->facts, "person"),
		"1");
}

static void
test_kinds_of_letters_and_timers_go_there_and_back(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < LETTER__COUNT; i++)
		assert_int_equal(
			letter_kind_of(letter_kind_name((enum letter_kind)i)),
			i);
	for (i = 0; i < TIMER__COUNT; i++)
		assert_int_equal(
			timer_kind_of(timer_kind_name((enum timer_kind)i)), i);
	assert_int_equal(letter_kind_of("Report"), -1);
	assert_int_equal(timer_kind_of(""), -1);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {
		T(test_kinds_have_names_of_their_own),
		T(test_a_line_has_the_facts_and_the_names),
		T(test_a_line_does_not_speak_of_what_is_not_there),
		T(test_values_are_no_templates),
		T(test_every_kind_is_told_without_facts),
		T(test_every_kind_is_applied_without_facts),
		T(test_poor_facts_count_as_nothing),
		T(test_a_case_keeps_its_own_copies),
		T(test_plans_keep_lists_in_their_order),
		T(test_a_plan_copies_facts_and_applies_at_once),
		T(test_kinds_of_letters_and_timers_go_there_and_back)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
