/* Commands that wait for a second analyst, and the glass that is broken. */
#include "cases_kit.h"

static char finder[] = "finder", title[] = "Title", none[] = "none";
static char *const marked[] = {none, finder, title};

static void
open_case(struct kit *k)
{
	k->policy.confirm = marked;
	k->policy.confirm_count = countof(marked);
	k->policy.confirm_within = 3 * DAY;
	kit_open(k);
}

static void
test_it_waits_whole(void **state)
{
	struct kit *k = *state;

	open_case(k);
	assert_int_equal(kit_do(k, "/take\n/finder none"), 0);
	assert_string_equal(kit_events(k), "commands.waiting");
	kit_fact(k, EVENT_COMMANDS_WAIT, "commands", "/take, /finder");
	kit_fact(k, EVENT_COMMANDS_WAIT, "until", "2026-11-24T17:00:00Z");
	assert_string_equal(kit_orders(k), "notice:2");
	assert_true(k->plan.orders->analyst && k->plan.orders->sealed);
	assert_int_equal(k->c.assignee, 0);
	assert_non_null(case_finder(&k->c));
	assert_int_equal(k->plan.timers->kind, TIMER_REQUEST);
	/* What is not marked does not wait. */
	assert_int_equal(kit_do(k, "/take"), 0);
	assert_int_equal(k->c.assignee, ADA);
}

static void
test_another_analyst_confirms(void **state)
{
	struct kit *k = *state;

	open_case(k);
	assert_int_equal(kit_do(k, "/take\n/title words\n/finder x@y.z"), 0);
	/* Neither words nor addresses are in facts. */
	assert_null(strstr(kit_plan_text(k, &k->plan), "x@y"));
	kit_refused(k, "/confirm", "5.5.4",
		"line 1: /confirm: it is your own: another analyst confirms "
		"it");
	kit_refused(k, "/confirm 2", "5.5.4",
		"line 1: /confirm: no request of that number waits");
	kit_refused(k, "/confirm x", "5.5.4",
		"line 1: /confirm: the number of a request is wanted");
	if (kit_do_as(k, BOB, "/confirm 1") == -1)
		fail_msg("%s", k->e.text);
	assert_string_equal(kit_events(k),
		"commands.confirmed case.assigned case.titled party.removed "
		"party.added");
	/* In the name of who gave them. */
	assert_int_equal(k->c.assignee, ADA);
	assert_int_equal(kit_event(k, EVENT_ASSIGNED, 0)->actor, ADA);
	assert_int_equal(kit_event(k, EVENT_COMMANDS_CONFIRMED, 0)->actor, BOB);
	assert_int_equal(details_title(&k->c.details), 50);
	assert_int_equal(case_finder(&k->c)->person, SOMEBODY);
	assert_int_equal(k->plan.timers->due, 0);
	assert_int_equal(kit_do_as(k, BOB, "/confirm 1"), -1);
	assert_int_equal(kit_do_as(k, BOB, "/confirm"), -1);
}

static void
test_impossible_ones_do_not_wait(void **state)
{
	struct kit *k = *state;

	open_case(k);
	assert_int_equal(kit_do(k, "/finder nobody"), -1);
	assert_int_equal(kit_do(k, "/accept\n/finder none"), -1);
}

static void
test_what_has_become_impossible_is_not_done(void **state)
{
	struct kit *k = *state;

	open_case(k);
	assert_int_equal(kit_do(k, "/take\n/finder none"), 0);
	assert_int_equal(kit_do(k, "/break-glass now\n/finder none"), 0);
	assert_int_equal(kit_do_as(k, BOB, "/confirm"), -1);
	assert_non_null(strstr(k->e.text, "there is no finder"));
}

static void
test_nobody_confirms(void **state)
{
	struct kit *k = *state;
	struct timer_input in = {.kind = TIMER_REQUEST};

	open_case(k);
	assert_int_equal(kit_do(k, "/finder none"), 0);
	in.due = k->plan.timers->due;
	k->ground.now = in.due + 1;
	assert_int_equal(kit_do_as(k, BOB, "/confirm"), -1);
	assert_non_null(strstr(k->e.text, "expired"));
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &in, &k->plan);
	assert_string_equal(kit_events(k), "commands.expired");
	assert_string_equal(kit_orders(k), "notice:1");
	assert_null(case_request(&k->c, 1));
	assert_non_null(case_finder(&k->c));
	assert_int_equal(k->plan.timers->due, 0);
}

static void
test_the_glass(void **state)
{
	struct kit *k = *state;
	struct buf line = BUF_INIT(400);

	open_case(k);
	kit_refused(k, "/finder none\n/break-glass", "5.5.4",
		"line 2: /break-glass needs a reason behind it");
	kit_refused(k, "/take\n/break-glass fire", "5.5.4",
		"line 2: /break-glass: none of these commands waits for a "
		"second analyst; leave it out");
	kit_begin(k, &k->c, 7);
	open_case(k);
	assert_int_equal(kit_do(k, "/break-glass fire\n/finder none"), 0);
	assert_string_equal(kit_events(k), "glass.broken party.removed");
	assert_string_equal(kit_orders(k), "notice:2");
	event_describe(kit_event(k, EVENT_GLASS_BROKEN, 0), &line, NULL, NULL);
	assert_non_null(strstr(line.data, "WITHOUT A SECOND ANALYST"));
	buf_release(&line);
}

#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(test_it_waits_whole),
		T(test_another_analyst_confirms),
		T(test_impossible_ones_do_not_wait),
		T(test_what_has_become_impossible_is_not_done),
		T(test_nobody_confirms), T(test_the_glass)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
