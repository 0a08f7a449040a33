/* Robots: loops, bounces by their structure, who answers for whom. */
#include "mail_kit.h"

#include "base/clock.h"
#include "mail/delivery.h"
#include "mail/robot.h"

#define PERSON "From: <f@finder.example>\nSubject: Crash\n"

static void
is_robot(struct kit *k, const char *mail, const char *reason)
{
	const struct reading *r = kit_read(k, mail);

	if (strcmp(r->robot, reason) != 0)
		fail_msg("\"%s\", not \"%s\": %s", r->robot, reason, mail);
}

static void
test_each_sort_is_told(void **state)
{
	struct kit *k = *state;

	is_robot(k, PERSON "\nuser unknown\n", "");
	is_robot(k, PERSON "Auto-Submitted: auto-replied (a)\n\nx\n",
		"auto-reply");
	is_robot(k, PERSON "Auto-Submitted: auto-generated\n\nx\n",
		"auto-submitted");
	is_robot(k, PERSON "Auto-Submitted: no\n\nx\n", "");
	is_robot(k, PERSON "X-Vacation: yes\n\nx\n", "auto-reply");
	is_robot(k, PERSON "X-BoxTrapper: id\n\nx\n", "challenge");
	is_robot(k, PERSON "List-Id: <l.example>\n\nx\n", "list");
	is_robot(k, PERSON "X-Auto-Response-Suppress: All\n\nx\n", "");
	is_robot(k, "Subject: Failure notice\n\nx\n", "bounce");
	is_robot(k, "Subject: Re: X : non remis (delivery failed)\n\nx\n",
		"bounce");
	is_robot(k, "Subject: crash in bounced (delivery failed)\n\nx\n", "");
	is_robot(k,
		PERSON "Content-Type: text/calendar; method=REPLY\n\nBEGIN\n",
		"calendar");
	is_robot(k, PERSON "Content-Type: text/calendar; method=REQUEST\n\nB\n",
		"");
	is_robot(k,
		PERSON "Content-Type: multipart/report;\n"
		       " report-type=feedback-report; boundary=b\n\n--b\n\nx\n",
		"feedback-report");
}

static void
test_a_mail_that_goes_in_circles(void **state)
{
	struct kit *k = *state;
	struct buf mail = BUF_INIT(65536);
	int i;

	for (i = 0; i < ROBOT_HOPS_MAX; i++)
		buf_printf(&mail, "Received: by host%d.example; date\n", i);
	is_robot(k, arena_printf(k->arena, "%s" PERSON "\nx\n", mail.data), "");
	buf_puts(&mail, "received : by one.more.example; date\n");
	is_robot(k, arena_printf(k->arena, "%s" PERSON "\nx\n", mail.data),
		"loop");
	buf_release(&mail);
}

/* Every reason either is about mail itself, or may carry a report. */
static void
test_some_may_carry_a_report(void **state)
{
	(void)state;
	assert_true(robot_may_report("list"));
	assert_true(robot_may_report("role-sender"));
	assert_false(robot_may_report("bounce"));
	assert_false(robot_may_report("loop"));
	assert_false(robot_may_report("auto-reply"));
	assert_false(robot_may_report(ROBOT_OWN_LETTER));
	assert_true(robot_answers_for_somebody("auto-submitted"));
	assert_false(robot_answers_for_somebody("bounce"));
	assert_false(robot_answers_for_somebody(""));
}

static void
test_marks_of_others(void **state)
{
	struct kit *k = *state;

	assert_true(kit_read(k, "X-Spam-Flag: YES\n\nx\n")->spam);
	assert_true(kit_read(k, "X-Spam-Status: Yes, score=9\n\nx\n")->spam);
	assert_false(kit_read(k, "X-Spam-Status: No, score=1\n\nx\n")->spam);
	assert_false(kit_read(k, "Subject: X-Spam-Flag: YES\n\nx\n")->spam);
	assert_string_equal(
		kit_read(k, ROBOT_LOOP_FIELD ":  token \n\nx\n")->loop_mark,
		"token");
	assert_string_equal(kit_read(k, "\nx\n")->loop_mark, "");
}

#define REPORT(STATUS) \
	"From: <>\nContent-Type: multipart/report;\n" \
	" report-type=delivery-status; boundary=b\n\n" \
	"--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n" STATUS \
	"\n--b--\n"

static void
delivers(struct kit *k, const char *mail, enum delivery_action action,
	const char *status, const char *id)
{
	const struct mail_delivery *d = &kit_read(k, mail)->delivery;

	assert_int_equal(d->action, action);
	assert_string_equal(d->status, status);
	assert_string_equal(d->envelope_id, id);
}

static void
test_what_a_bounce_claims(void **state)
{
	struct kit *k = *state;

	delivers(k,
		REPORT("Reporting-MTA: dns; mx\nOriginal-Envelope-Id: abc\n\n"
		       "Final-Recipient: rfc822; f@x\nAction: failed\n"
		       "Status: 5.1.1 (unknown)\n"),
		DELIVERY_FAILED, "5.1.1", "abc");
	assert_string_equal(k->r.robot, "bounce");
	/* The worst of several; a status that is none. */
	delivers(k,
		REPORT("Reporting-MTA: dns; mx\n\nAction: delayed\n"
		       "Status: 4.4.1\n\nAction: Failed\nStatus: five\n\n"
		       "Action: delivered\nStatus: 2.0.0\n"),
		DELIVERY_FAILED, "", "");
	delivers(k, REPORT("\n\nReporting-MTA: x\n\n\n\nAction: delayed\n"),
		DELIVERY_DELAYED, "", "");
	delivers(k, REPORT("Action: failed\n"), DELIVERY_NONE, "", "");
	delivers(k, REPORT(""), DELIVERY_NONE, "", "");
	delivers(k, REPORT("a: b\n\nAction: exploded\nStatus: 5.1.1\n"),
		DELIVERY_NONE, "", "");
	delivers(k, REPORT("a: b\n\nAction: failed\nStatus: 5.11111111111.1\n"),
		DELIVERY_FAILED, "", "");
}

/* What a mail quotes, attaches or holds deep inside is not what it is. */
static void
test_a_bounce_that_is_attached_claims_nothing(void **state)
{
	struct kit *k = *state;

	delivers(k,
		PERSON
		"Content-Type: multipart/mixed; boundary=o\n\n--o\n\n"
		"See the bounce.\n--o\nContent-Type: message/rfc822\n\n" REPORT(
			"a: b\n\nAction: failed\nStatus: 5.1.1\n") "\n--o--\n",
		DELIVERY_NONE, "", "");
	assert_string_equal(k->r.robot, "");
}

static void
test_absence_is_read_of_robots_only(void **state)
{
	static const char text[] =
		"Date: Fri, 20 Nov 2026 10:00:00 +0000\n\n"
		"I am out of the office until 3 December 2026.\n";
	struct kit *k = *state;

	assert_true(kit_read(k, text)->absence == 0);
	assert_true(kit_read(k,
			    arena_printf(k->arena,
				    "Auto-Submitted: auto-replied\n%s", text))
			    ->absence == INT64_C(1796256000000000));
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_each_sort_is_told),
		T(test_a_mail_that_goes_in_circles),
		T(test_some_may_carry_a_report), T(test_marks_of_others),
		T(test_what_a_bounce_claims),
		T(test_a_bounce_that_is_attached_claims_nothing),
		T(test_absence_is_read_of_robots_only)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
