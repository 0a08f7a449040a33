/* What analysts state about a case, command by command; and taking it back. */
#include "cases_kit.h"

static const char *
value(const struct kit *k, enum detail detail)
{
	return details_value(&k->c.details, detail, NULL);
}

static void
does(struct kit *k, const char *text, const char *events)
{
	k->ground.now += SECOND;
	if (kit_do(k, text) == -1)
		fail_msg("%s: %s", text, k->e.text);
	assert_string_equal(kit_events(k), events);
}

static void
test_severity_and_vector(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/severity HIGH CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"detail.set detail.set");
	assert_string_equal(value(k, DETAIL_SEVERITY), "high");
	assert_string_equal(value(k, DETAIL_CVSS_3_1),
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
	assert_string_equal(
		facts_get(&kit_event(k, EVENT_DETAIL_SET, 1)->facts, "score"),
		"9.8");
	does(k, "/severity high", "");
	does(k, "/severity low", "detail.set");
	kit_fact(k, EVENT_DETAIL_SET, "was", "high");
	does(k, "/severity -", "detail.set");
	assert_string_equal(value(k, DETAIL_SEVERITY), "");
	/* A vector of each version stands beside the others. */
	does(k, "/cvss (av:n/ac:l/au:n/c:p/i:p/a:p)", "detail.set");
	assert_string_equal(
		value(k, DETAIL_CVSS_2_0), "AV:N/AC:L/Au:N/C:P/I:P/A:P");
	does(k, "/cvss -3.1", "detail.set");
	assert_string_equal(value(k, DETAIL_CVSS_3_1), "");
	kit_refused(k, "/severity urgent", "5.5.4",
		"line 1: /severity: the severity is none, low, medium, high or "
		"critical, or - to take it back");
	assert_int_equal(kit_do(k, "/cvss CVSS:3.1/AV:Q"), -1);
	assert_int_equal(kit_do(k, "/cvss"), -1);
	assert_int_equal(kit_do(k, "/cvss -9"), -1);
	assert_int_equal(kit_do(k, "/severity low nonsense"), -1);
}

static void
test_lists(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/cwe 79 CWE-89 79", "item.added item.added");
	does(k, "/cwe -cwe-79", "item.removed");
	assert_null(details_item(&k->c.details, LIST_CWE, "CWE-79"));
	assert_non_null(details_item(&k->c.details, LIST_CWE, "CWE-89"));
	does(k, "/cve cve-2026-1234", "item.added");
	kit_fact(k, EVENT_ITEM_ADDED, "value", "CVE-2026-1234");
	does(k, "/tag Kernel to-do", "item.added item.added");
	kit_fact(k, EVENT_ITEM_ADDED, "value", "kernel");
	does(k, "/tag kernel", "");
	kit_refused(k, "/tag -gone", "5.5.4",
		"line 1: /tag: it is not there to be taken out");
	assert_int_equal(kit_do(k, "/cwe 0"), -1);
	assert_int_equal(kit_do(k, "/cwe 79x"), -1);
	assert_int_equal(kit_do(k, "/cwe"), -1);
	assert_int_equal(kit_do(k, "/cve 2026-123"), -1);
	assert_int_equal(kit_do(k, "/cve CVE-26-1234"), -1);
	assert_int_equal(kit_do(k, "/tag a/b"), -1);
}

static void
test_products(void **state)
{
	struct kit *k = *state;
	const struct details *d = &k->c.details;

	kit_open(k);
	does(k, "/product Acme Server before 1.4.2", "item.added detail.set");
	assert_string_equal(details_value(d, DETAIL_AFFECTED, "acme server"),
		"vers:generic/<1.4.2");
	does(k, "/fixed Acme Server 1.4.2", "detail.set");
	kit_fact(k, EVENT_DETAIL_SET, "product", "Acme Server");
	assert_string_equal(
		details_value(d, DETAIL_FIXED, "Acme Server"), "1.4.2");
	/* Marks that a program has made round keep a name with a number. */
	does(k, "/product “Windows 11” 22.1 to 23.4", "item.added detail.set");
	assert_string_equal(details_value(d, DETAIL_AFFECTED, "Windows 11"),
		"vers:generic/>=22.1|<=23.4");
	does(k, "/product -Windows 11", "detail.set item.removed");
	assert_null(details_item(d, LIST_PRODUCT, "Windows 11"));
	kit_refused(k, "/fixed Other 1.0", "5.5.4",
		"line 1: /fixed: there is no such product in the case; "
		"/product adds it");
	assert_int_equal(kit_do(k, "/fixed Acme Server soon"), -1);
	assert_int_equal(kit_do(k, "/product"), -1);
	assert_int_equal(kit_do(k, "/product \"Foo\" nonsense"), -1);
}

static void
test_title_is_words(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/title A hole in the parser", "case.titled");
	assert_int_equal(details_title(&k->c.details), 50);
	/* What somebody wrote is in no fact. */
	assert_null(strstr(kit_plan_text(k, &k->plan), "parser"));
	assert_int_equal(case_posted(&k->c, 2)->kind, POSTED_TITLE);
	assert_int_equal(kit_do(k, "/title"), -1);
}

static void
test_tlp_and_seal_hold_back(void **state)
{
	static const struct open_letter open[] = {{.letter = 20, .person = ADA},
		{.letter = 21,
			.person = FINDER,
			.clear = true,
			.kind = LETTER_MESSAGE},
		{.letter = 22,
			.person = FINDER,
			.clear = true,
			.kind = LETTER_ACKNOWLEDGEMENT}};
	struct kit *k = *state;

	kit_open(k);
	does(k, "/tlp tlp:green", "detail.set");
	assert_false(case_is_sealed_to(&k->c, case_finder(&k->c)));
	k->ground.open_letters = open;
	k->ground.open_letters_count = countof(open);
	does(k, "/to finder\n/tlp red\nwords",
		"words.sent detail.set letter.cancelled");
	assert_true(case_is_sealed_to(&k->c, case_finder(&k->c)));
	assert_true(k->plan.orders->sealed);
	assert_int_equal(k->plan.cancelled->letter, 21);
	assert_null(k->plan.cancelled->next);
	k->ground.open_letters_count = 0;
	does(k, "/tlp -", "detail.set");
	assert_false(case_is_sealed_to(&k->c, case_finder(&k->c)));
	does(k, "/to finder\nwords", "words.sent");
	assert_false(k->plan.orders->sealed);
	does(k, "/seal", "case.sealed");
	does(k, "/to finder\nwords", "words.sent");
	assert_true(k->plan.orders->sealed);
	kit_refused(k, "/seal", "5.5.1",
		"line 1: /seal: the case is sealed already");
	assert_int_equal(kit_do(k, "/tlp pink"), -1);
}

static void
test_reopened_where_it_was(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	kit_refused(k, "/reopen", "5.5.1",
		"line 1: /reopen: the case is not closed");
	does(k, "/invalid x\n/close y", "status.changed status.changed");
	does(k, "/reopen", "case.reopened");
	assert_int_equal(k->c.state, REPORT_INVALID);
	assert_true(k->plan.timers->due == k->c.answer_by);
}

/* Also where the first mail was a robot's, and nobody was waiting. */
static void
test_a_finder_waits_for_an_answer(void **state)
{
	struct kit *k = *state;

	k->mail.outer.robot = "Precedence: bulk";
	kit_open(k);
	assert_null(k->plan.timers);
	does(k, "/finder x@y.z", "party.added");
	assert_true(k->plan.timers->due == k->c.answer_by);
	/* A reminder is sent once. */
	k->c.overdue = true;
	does(k, "/finder none", "party.removed");
	does(k, "/finder x@y.z", "party.added");
	assert_null(k->plan.timers);
}

static void
test_a_finder_is_named(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/finder x@y.z", "party.removed party.added");
	assert_int_equal(case_finder(&k->c)->person, SOMEBODY);
	/* They have not written to us in clear. */
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "sealed");
	kit_refused(k, "/finder x@y.z", "5.5.1",
		"line 1: /finder: they are the finder already");
	does(k, "/finder none", "party.removed");
	k->c.author = SOMEBODY;
	/* Once sealed, it stays so. */
	does(k, "/finder x@y.z", "party.added");
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "sealed");
}

static void
test_who_wrote_in_clear_has_an_open_channel(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->mail.person = SOMEBODY;
	kit_mail(k, &k->c, NULL);
	assert_string_equal(kit_events(k), "contribution.added");
	does(k, "/finder x@y.z", "party.removed party.added");
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "open");
}

static void
test_an_author_in_clear_has_an_open_channel(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	k->c.author = SOMEBODY;
	does(k, "/finder x@y.z", "party.removed party.added");
	kit_fact(k, EVENT_PARTY_ADDED, "channel", "open");
}

/* --- undo --- */

static void
test_undo_takes_back_each_kind(void **state)
{
	static const struct {
		const char *first, *then;
	} rows[] = {
		{NULL, "/take"},
		{"/assign bob", "/take"},
		{NULL, "/valid\n/accept"},
		{"/invalid x", "/close y"},
		{"/invalid x\n/close y", "/reopen"},
		{"/severity low", "/severity high AV:N/AC:L/Au:N/C:P/I:P/A:P"},
		{NULL, "/severity low\n/severity high"},
		{"/title one", "/title two"},
		{"/cwe 79", "/cwe -79 89"},
		{"/tag x", "/tag y\n/cve 2026-12345"},
		{"/product Foo before 2", "/fixed Foo 2"},
		{"/product Foo before 2", "/product -foo"},
		{"/tlp red", "/tlp clear"},
	};
	struct kit *k = *state;
	struct details was;
	enum report_state before;
	int64_t assignee;
	size_t i, j;

	for (i = 0; i < countof(rows); i++) {
		kit_begin(k, &k->c, 7);
		kit_open(k);
		k->ground.now += SECOND;
		if (rows[i].first != NULL)
			assert_int_equal(kit_do_as(k, BOB, rows[i].first), 0);
		was = k->c.details;
		before = k->c.state;
		assignee = k->c.assignee;
		k->ground.now += SECOND;
		if (kit_do(k, rows[i].then) == -1)
			fail_msg("%s: %s", rows[i].then, k->e.text);
		k->ground.now += SECOND;
		if (kit_do(k, "/undo") == -1)
			fail_msg("%s: %s", rows[i].then, k->e.text);
		assert_int_equal(k->c.state, before);
		assert_int_equal(k->c.assignee, assignee);
		for (j = 0; j < DETAIL__COUNT; j++)
			assert_string_equal(
				k->c.details.value[j], was.value[j]);
		for (j = 0; j < LIST__COUNT; j++)
			assert_int_equal(k->c.details.list[j] != NULL,
				was.list[j] != NULL);
		/* There is nothing more of hers. */
		k->ground.now += SECOND;
		kit_refused(k, "/undo", "5.5.4",
			"line 1: /undo: there is nothing in this case that you "
			"have changed and could undo");
	}
}

static void
test_undo_goes_back_block_by_block(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/severity low", "detail.set");
	does(k, "/severity high\n/take", "detail.set case.assigned");
	does(k, "/undo", "case.assigned detail.set");
	assert_string_equal(value(k, DETAIL_SEVERITY), "low");
	does(k, "/undo", "detail.set");
	assert_string_equal(value(k, DETAIL_SEVERITY), "");
}

static void
test_undo_does_not_touch_what_others_did(void **state)
{
	struct kit *k = *state;

	kit_open(k);
	does(k, "/severity low", "detail.set");
	k->ground.now += SECOND;
	assert_int_equal(kit_do_as(k, BOB, "/severity high"), 0);
	k->ground.now += SECOND;
	kit_refused(k, "/undo", "5.5.4",
		"line 1: /undo: what your last commands changed has been "
		"changed again since; /log shows by whom");
	assert_string_equal(value(k, DETAIL_SEVERITY), "high");
}

static void
test_what_has_left_cannot_be_undone(void **state)
{
	static const struct open_letter open[] = {
		{.letter = 103, .person = FINDER}};
	struct kit *k = *state;

	kit_open(k);
	does(k, "/to finder\nwords", "words.sent");
	k->ground.now += SECOND;
	kit_refused(k, "/undo", "5.5.4",
		"line 1: /undo: /to cannot be undone: letter 103 has left the "
		"house; /finder none cancels what has not left, /to finder "
		"sends a correction");
	k->ground.open_letters = open;
	k->ground.open_letters_count = 1;
	assert_int_equal(kit_do(k, "/undo"), -1);
	assert_non_null(strstr(k->e.text, "has not left yet"));
	/* What can be undone of a block is, and the rest is told. */
	does(k, "/take\n/to finder\nmore", "case.assigned words.sent");
	does(k, "/undo", "case.assigned");
	assert_non_null(k->plan.remarks);
	assert_non_null(strstr(k->plan.remarks->text, "/to cannot be undone"));
	kit_refused(k, "/undo\n/take", "5.5.4",
		"line 1: /undo: it stands alone; put the other commands into a "
		"mail of their own");
}

#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(test_severity_and_vector),
		T(test_lists), T(test_products), T(test_title_is_words),
		T(test_tlp_and_seal_hold_back), T(test_reopened_where_it_was),
		T(test_a_finder_is_named),
		T(test_who_wrote_in_clear_has_an_open_channel),
		T(test_a_finder_waits_for_an_answer), T(test_a_finder_is_named),
		T(test_an_author_in_clear_has_an_open_channel),
		T(test_undo_takes_back_each_kind),
		T(test_undo_goes_back_block_by_block),
		T(test_undo_does_not_touch_what_others_did),
		T(test_what_has_left_cannot_be_undone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
