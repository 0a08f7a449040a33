/* What a mail does to a case. */
#include "cases_kit.h"

static void
test_a_first_mail_opens_a_case(void **state)
{
	struct kit *k = *state;
	const struct posted *p;

	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k),
		"case.opened acknowledgement.sent report.received party.added "
		"class.found");
	assert_string_equal(kit_orders(k),
		"acknowledgement:10 report:1 "
		"report:2");
	kit_fact(k, EVENT_CASE_OPENED, "id", "EX-2026-0007");
	/* From when it was received, not from now. */
	kit_fact(k, EVENT_CASE_OPENED, "answer-by", "2026-11-26T15:59:30Z");
	kit_fact(k, EVENT_CASE_OPENED, "embargo-end", "2027-02-22T16:00:00Z");
	assert_int_equal(k->c.state, REPORT_RECEIVED);
	assert_true(k->c.opened == NOW);
	assert_true(k->c.answer_by == NOW - 30 * SECOND + 5 * DAY);
	assert_true(k->c.changed == NOW);
	p = case_posted(&k->c, 1);
	assert_int_equal(p->kind, POSTED_REPORT);
	assert_int_equal(p->message, 5);
	assert_int_equal(p->person, FINDER);
	assert_null(case_posted(&k->c, 2));
	assert_null(case_posted(&k->c, 0));
	assert_int_equal(k->plan.timers->kind, TIMER_ANSWER);
	assert_true(k->plan.timers->due == k->c.answer_by);
	assert_null(k->plan.timers->next);
}

static void
test_letters_to_analysts_are_always_sealed(void **state)
{
	struct kit *k = *state;
	struct order *o;

	kit_mail(k, &k->c, NULL);
	for (o = k->plan.orders->next; o != NULL; o = o->next) {
		assert_true(o->analyst);
		assert_true(o->sealed);
		assert_int_equal(o->message, 5);
		assert_int_equal(o->answers, 0);
		assert_int_equal(o->case_id, 7);
	}
	/* Numbers are given in their order. */
	assert_int_equal(k->plan.orders->letter, 100);
	assert_int_equal(k->plan.orders->next->letter, 101);
	assert_int_equal(k->plan.orders->next->next->letter, 102);
	assert_int_equal(k->plan.next_letter, 103);
}

static void
test_the_finder_comes_in_by_reporting(void **state)
{
	struct kit *k = *state;
	struct party *finder;

	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_PARTY_ADDED, "person", "10");
	kit_fact(k, EVENT_PARTY_ADDED, "role", "finder");
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "open");
	kit_fact(k, EVENT_PARTY_ADDED, "signer", NULL);
	finder = case_finder(&k->c);
	assert_ptr_equal(finder, case_party(&k->c, FINDER));
	assert_false(finder->sealed);
	assert_string_equal(finder->signer, "");
	assert_null(case_party(&k->c, SOMEBODY));
}

/* A mail from nobody makes a case without a finder. */
static void
test_without_a_writer_there_is_no_finder(void **state)
{
	struct kit *k = *state;
	const struct input_key key = {
		.fingerprint = KEY_A, .origin = "attached", .minimal = "x"};

	k->mail.person = 0;
	k->mail.keys = &key;
	k->mail.keys_count = 1;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k),
		"case.opened acknowledgement.sent report.received "
		"class.found");
	assert_null(case_finder(&k->c));
	assert_null(k->plan.keys);
}

static void
test_a_channel_is_sealed_for_who_can_read_sealed(void **state)
{
	struct kit *k = *state;
	const struct input_key key = {
		.fingerprint = KEY_A, .origin = "attached", .minimal = "x"};
	struct case_file again;

	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "sealed");
	assert_true(case_finder(&k->c)->sealed);
	/* In part is encrypted too; and a key is a key. */
	k->verdict.encrypted = ENCRYPTED_PART;
	kit_begin(k, &again, 9);
	kit_mail(k, &again, NULL);
	assert_true(case_finder(&again)->sealed);
	k->verdict.encrypted = ENCRYPTED_NONE;
	kit_begin(k, &again, 9);
	kit_mail(k, &again, NULL);
	assert_false(case_finder(&again)->sealed);
	k->mail.keys = &key;
	k->mail.keys_count = 1;
	kit_begin(k, &again, 9);
	kit_mail(k, &again, NULL);
	assert_true(case_finder(&again)->sealed);
}

static void
test_a_channel_is_sealed_by_the_first_encrypted_mail(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added channel.sealed");
	kit_fact(k, EVENT_CHANNEL_SEALED, "person", "10");
	assert_true(case_finder(&k->c)->sealed);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
	/* And never opens again by itself. */
	k->verdict.encrypted = ENCRYPTED_NONE;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
	assert_true(case_finder(&k->c)->sealed);
}

static void
test_what_was_signed_first_must_be_signed_after(void **state)
{
	struct kit *k = *state;

	kit_sign(k, KEY_A);
	kit_open(k);
	assert_string_equal(case_finder(&k->c)->signer, KEY_A);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "reply.added");
	/* Unsigned, by another key, not good, of a part: somebody's word. */
	k->verdict.count = 0;
	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	kit_sign(k, KEY_B);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	kit_sign(k, KEY_A);
	k->signature.status = SIGNATURE_WEAK;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	k->signature.status = SIGNATURE_GOOD;
	k->signature.covers = COVERS_PART;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	/* It sealed nothing: it is not the finder's. */
	assert_false(case_finder(&k->c)->sealed);
	assert_int_equal(k->c.posted_count, 6);
	assert_int_equal(case_posted(&k->c, 6)->kind, POSTED_CONTRIBUTION);
}

static void
test_who_is_not_in_the_case_contributes(void **state)
{
	struct kit *k = *state;
	const struct input_key key = {
		.fingerprint = KEY_A, .origin = "attached", .minimal = "x"};

	kit_open(k);
	k->mail.person = SOMEBODY;
	k->mail.evidence = EVIDENCE_THEIR_MAIL;
	k->mail.keys = &key;
	k->mail.keys_count = 1;
	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "person", "11");
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "evidence", "earlier mail");
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "number", "2");
	/* They get no rights, their key is not kept; analysts read it. */
	assert_null(case_party(&k->c, SOMEBODY));
	assert_null(k->plan.keys);
	assert_string_equal(kit_orders(k), "update:1 update:2");
	/* Nor does who was removed. */
	assert_int_equal(kit_do(k, "/finder none"), 0);
	k->mail.person = FINDER;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
}

static void
test_a_later_mail_goes_to_the_analysts(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->mail.evidence = EVIDENCE_ADDRESS;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_orders(k), "update:1 update:2");
	assert_int_equal(k->plan.orders->message, 6);
	assert_null(k->plan.timers);
	kit_fact(k, EVENT_REPLY_ADDED, "evidence", "reply address");
	assert_true(k->c.changed == NOW + HOUR);
	assert_true(k->c.opened == NOW);
}

static void
test_an_analysts_mail_is_a_note(void **state)
{
	struct kit *k = *state;
	const struct hint h = kit_hint(k, HINT_CVE, "v", "", 1);

	kit_open(k);
	k->mail.analyst = BOB;
	k->mail.person = BOB;
	k->mail.hints = &h;
	k->mail.hints_count = 1;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "note.added");
	assert_int_equal(kit_event(k, EVENT_NOTE_ADDED, 0)->actor, BOB);
	/* Nobody but the one who wrote it is told. */
	assert_string_equal(kit_orders(k), "transcript:2");
	assert_int_equal(case_posted(&k->c, 2)->kind, POSTED_NOTE);
	assert_int_equal(case_posted(&k->c, 2)->person, BOB);
}

static void
test_a_robots_mail_is_filed_and_no_more(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->mail.outer.robot = "Auto-Submitted: auto-replied";
	k->mail.evidence = EVIDENCE_ADDRESS;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "robot.filed");
	kit_fact(
		k, EVENT_ROBOT_FILED, "reason", "Auto-Submitted: auto-replied");
	kit_fact(k, EVENT_ROBOT_FILED, "number", "2");
	assert_null(k->plan.orders);
	assert_null(k->plan.timers);
	assert_int_equal(case_posted(&k->c, 2)->kind, POSTED_ROBOT);
}

static void
test_a_robots_first_mail_bothers_nobody(void **state)
{
	struct kit *k = *state;

	k->mail.outer.robot = "Precedence: bulk";
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k),
		"case.opened acknowledgement.withheld robot.filed");
	kit_fact(k, EVENT_UNACKNOWLEDGED, "reason", "Precedence: bulk");
	assert_null(k->plan.orders);
	assert_null(k->plan.timers);
	assert_null(case_finder(&k->c));
}

/* Its inside says that it belongs to an old case: that is where it goes. */
static void
test_a_mail_that_belongs_elsewhere_is_merged_there(void **state)
{
	struct kit *k = *state;
	struct case_file fresh;

	kit_sign(k, KEY_A);
	kit_open(k);
	k->mail.evidence = EVIDENCE_TOKEN;
	kit_begin(k, &fresh, 8);
	kit_mail(k, &fresh, &k->c);
	assert_string_equal(kit_events(k),
		"8:case.opened 8:acknowledgement.sent 8:report.received "
		"8:case.merged reply.added");
	assert_string_equal(
		kit_orders(k), "acknowledgement:10 update:1 update:2");
	assert_int_equal(fresh.merged_into, 7);
	assert_null(case_finder(&fresh));
	kit_fact(k, EVENT_MERGED, "case", "7");
	kit_fact(k, EVENT_MERGED, "into", "EX-2026-0007");
	kit_fact(k, EVENT_REPORT_RECEIVED, "evidence", NULL);
	kit_fact(k, EVENT_REPLY_ADDED, "evidence", "token in the text");
	assert_int_equal(case_posted(&k->c, 2)->message, 6);
	/* The acknowledgement names the fresh case, the update the old. */
	assert_int_equal(k->plan.orders->case_id, 8);
	assert_int_equal(k->plan.orders->next->case_id, 7);
	assert_null(k->plan.timers);
}

static void
test_a_robots_mail_is_not_merged(void **state)
{
	struct kit *k = *state;
	struct case_file fresh;

	kit_open(k);
	k->mail.outer.robot = "bounce";
	kit_begin(k, &fresh, 8);
	kit_mail(k, &fresh, &k->c);
	assert_int_equal(fresh.merged_into, 0);
	assert_int_equal(k->c.posted_count, 1);
}

static void
test_what_cryptography_said_is_told(void **state)
{
	struct kit *k = *state;

	kit_sign(k, KEY_A);
	kit_encrypt(k);
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_REPORT_RECEIVED, "encrypted", "all");
	kit_fact(k, EVENT_REPORT_RECEIVED, "signed", KEY_A);
	kit_fact(k, EVENT_REPORT_RECEIVED, "problem", NULL);
	k->signature.status = SIGNATURE_BAD;
	k->verdict.problem = PROBLEM_WRONG_KEY;
	k->verdict.detail = "encrypted to 0123456789ABCDEF";
	kit_mail(k, &k->c, NULL);
	/* The finder's was signed: this one is not validly. */
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "signed",
		"not validly by one key");
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "problem", "wrong key");
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "detail",
		"encrypted to 0123456789ABCDEF");
	k->verdict.count = 0;
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_CONTRIBUTION_ADDED, "signed", "no");
}

/* As they were worth when it was decided: keys may come later. */
static void
test_analysts_are_told_what_signatures_were_worth(void **state)
{
	struct signature two[2];
	struct kit *k = *state;
	const struct fact *fact;

	two[0] = two[1] = k->signature;
	two[1].status = SIGNATURE_NO_KEY;
	two[1].covers = COVERS_PART;
	two[1].fingerprint = KEY_B;
	k->verdict.signatures = two;
	k->verdict.count = 2;
	kit_mail(k, &k->c, NULL);
	assert_null(k->plan.orders->facts.first);
	fact = k->plan.orders->next->facts.first;
	assert_string_equal(fact->key, "signature");
	assert_string_equal(fact->value, "good, covers all, by " KEY_A);
	assert_string_equal(
		fact->next->value, "no key, covers part, by " KEY_B);
	assert_null(fact->next->next);
}

/* What could not be opened is a case like any other. */
static void
test_a_mail_that_cannot_be_opened_is_reported(void **state)
{
	struct kit *k = *state;

	kit_encrypt(k);
	k->verdict.opened = false;
	k->verdict.problem = PROBLEM_DAMAGED;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(
		kit_orders(k), "acknowledgement:10 report:1 report:2");
	kit_fact(k, EVENT_REPORT_RECEIVED, "problem", "damaged");
}

static void
test_hints_are_events(void **state)
{
	struct kit *k = *state;
	const struct hint h[] = {kit_hint(k, HINT_PRODUCT, "Widget", "", 80),
		kit_hint(k, HINT_CVE, "cve 2026-1", "CVE-2026-0001", 100),
		kit_hint(k, HINT_CREDIT, "Jane Doe", "Jane Doe", 75)};

	k->mail.hints = h;
	k->mail.hints_count = countof(h);
	kit_mail(k, &k->c, NULL);
	kit_fact(k, EVENT_HINT_FOUND, "start", "0");
	kit_fact(k, EVENT_HINT_FOUND, "normalized", NULL);
	assert_string_equal(k->c.hints->value, "Widget");
	assert_string_equal(k->c.hints->normalized, "");
	assert_string_equal(k->c.hints->where, "subject");
	assert_int_equal(k->c.hints->score, 80);
	assert_string_equal(k->c.hints->next->normalized, "CVE-2026-0001");
	assert_string_equal(k->c.hints->next->kind, "cve");
	assert_string_equal(k->c.hints->next->rule, "cve");
	/* That somebody is named is a fact; who is not. */
	assert_string_equal(k->c.hints->next->next->kind, "credit");
	assert_string_equal(k->c.hints->next->next->value, "");
	assert_string_equal(k->c.hints->next->next->normalized, "");
	assert_null(k->c.hints->next->next->next);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_a_first_mail_opens_a_case),
		T(test_letters_to_analysts_are_always_sealed),
		T(test_the_finder_comes_in_by_reporting),
		T(test_without_a_writer_there_is_no_finder),
		T(test_a_channel_is_sealed_for_who_can_read_sealed),
		T(test_a_channel_is_sealed_by_the_first_encrypted_mail),
		T(test_what_was_signed_first_must_be_signed_after),
		T(test_who_is_not_in_the_case_contributes),
		T(test_a_later_mail_goes_to_the_analysts),
		T(test_an_analysts_mail_is_a_note),
		T(test_a_robots_mail_is_filed_and_no_more),
		T(test_a_robots_first_mail_bothers_nobody),
		T(test_a_mail_that_belongs_elsewhere_is_merged_there),
		T(test_a_robots_mail_is_not_merged),
		T(test_what_cryptography_said_is_told),
		T(test_analysts_are_told_what_signatures_were_worth),
		T(test_a_mail_that_cannot_be_opened_is_reported),
		T(test_hints_are_events)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
