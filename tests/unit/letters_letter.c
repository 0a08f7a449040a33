/* Each kind of letter, in each language: it has what it must, and no more. */
#include "letters/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define NOW (INT64_C(1795276800) * SECOND) /* 21 November 2026, 16:00 UTC */
#define SECRET "Heap overflow in the importer"
#define REF "aaaabbbbccccddddeeeeffff"
#define COMMAND "mmmmnnnnooooppppqqqqrrrr"
#define THREAD "first@example.com"
#define ANSWER_BY NOW + 5 * DAY
#define LETTER_MAX 8192

static char en[] = "en", zh[] = "zh-CN", organisation[] = "Example",
	    address[] = "psirt@example.com", policy[] = "https://example.com/p",
	    none[] = "", subject[] = SECRET, text[] = "Own words.\n",
	    quoted[] = "Old words.\n", from[] = "faye@finder.example",
	    faye[] = "Faye Finder", answered[] = "What they asked",
	    their_id[] = "1@finder.example", oldest[] = "0@finder.example",
	    detail[] = "encrypted to 0123456789ABCDEF", file[] = "trace.txt",
	    type[] = "text/plain", hash[] = "abcd", limit[] = "parts",
	    value[] = "AcmeView", rule[] = "product";

struct studio {
	struct arena *a;
	struct conf conf;
	struct letter_self self;
	struct letter letter;
	struct case_file c;
	struct person reader;
	struct message message;
	struct mail_address sender;
	struct mail_part part;
	struct reading reading;
	struct verdict verdict;
	struct hint hint;
	struct letter_mail mail;
	struct mail_header answers;
	struct letter_content in;
	struct draft d;
	struct err e;
};

static struct templates *templates;

static const char *
name_of(void *arg, int64_t person)
{
	(void)arg;
	return person == 2 ? "bob" : NULL;
}

static const char *
address_of(void *arg, int64_t person)
{
	(void)arg;
	return person == 2 ? "bob@example.org" : "";
}

static void
fill_mail(struct studio *s)
{
	static char *limits[] = {limit};

	s->sender = (struct mail_address){.name = faye, .address = from};
	s->part = (struct mail_part){.role = PART_ATTACHMENT,
		.name = file,
		.type = type,
		.hash = hash,
		.size = 5000,
		.out_len = 5000};
	s->reading = (struct reading){.header = {.from = &s->sender,
					      .from_count = 1,
					      .subject = subject},
		.new_text = text,
		.quoted_text = quoted,
		.parts = &s->part,
		.parts_count = 1,
		.limits = limits,
		.limits_count = 1};
	s->verdict = (struct verdict){
		.encrypted = ENCRYPTED_ALL, .opened = true, .detail = none};
	s->hint = (struct hint){.kind = HINT_PRODUCT,
		.value = value,
		.normalized = none,
		.rule = rule};
	s->message = (struct message){.received = NOW - HOUR, .sender = from};
	s->mail = (struct letter_mail){.message = &s->message,
		.reading = &s->reading,
		.verdict = &s->verdict,
		.hints = &s->hint,
		.hints_count = 1,
		.number = 3,
		.kind = "reply",
		.attachments_fd = 9,
		.raw_fd = -1};
}

static int
setup(void **state)
{
	struct studio *s = xcalloc(1, sizeof(*s));

	s->a = arena_new();
	s->conf = (struct conf){.organisation = organisation,
		.address = address,
		.policy_url = policy,
		.key_url = none,
		.languages = {.word = {en, zh}, .count = 2}};
	s->self = (struct letter_self){.openpgp = "0123456789ABCDEF",
		.smime = "76543210",
		.public_key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
		.autocrypt = "addr=psirt@example.com; keydata=AAAA"};
	case_begin(&s->c, s->a, 7);
	snprintf(s->c.public_id, sizeof(s->c.public_id), "EX-2026-0001");
	s->c.opened = NOW;
	s->c.answer_by = ANSWER_BY;
	s->c.embargo_end = NOW + 90 * DAY;
	s->c.assignee = 2;
	s->reader = (struct person){
		.id = 10, .analyst = "", .address = from, .name = faye};
	fill_mail(s);
	facts_init(&s->letter.order.facts, s->a);
	s->letter.order.address = "";
	s->letter.message_id = "letter@example.com";
	s->answers = (struct mail_header){
		.subject = answered, .message_id = their_id};
	s->in = (struct letter_content){.conf = &s->conf,
		.templates = templates,
		.self = &s->self,
		.letter = &s->letter,
		.c = &s->c,
		.reader = &s->reader,
		.to = from,
		.language = "en",
		.now = NOW,
		.encrypted = true,
		.reply_to = "psirt+token@example.com",
		.ref = REF,
		.command_token = "",
		.loop_mark = "loopmark",
		.words = "",
		.title = "",
		.answered_text = "",
		.thread = "",
		.name = name_of,
		.address = address_of};
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct studio *s = *state;

	arena_free(&s->a);
	free(s);
	return 0;
}

static int
group_setup(void **state)
{
	char *const languages[] = {en, zh};
	struct err e;

	(void)state;
	templates = templates_load("templates", languages, 2, &e);
	if (templates == NULL)
		fail_msg("%s", e.text);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	templates_free(&templates);
	return 0;
}

static void
draft(struct studio *s, enum letter_kind kind)
{
	s->letter.order.kind = kind;
	if (letter_draft(&s->in, s->a, &s->d, &s->e) == -1)
		fail_msg("%s", s->e.text);
}

static const struct kind_case {
	enum letter_kind kind;
	const char *outer, *automatic;
	bool mail; /* it carries one */
	const char *subject; /* what is in it */
	const char *body[8]; /* likewise */
} kinds[] = {
	{LETTER_ACKNOWLEDGEMENT, "received", "auto-replied", false,
		"[EX-2026-0001]",
		{"Example", address, REF, "0123456789ABCDEF", "76543210",
			policy}},
	{LETTER_REPORT, "report", "", true, SECRET,
		{SECRET, from, faye, "Own words.", "Old words.", "AcmeView",
			file, "/case EX-2026-0001 " COMMAND}},
	{LETTER_UPDATE, "message", "", true, SECRET,
		{SECRET, from, "3", "Own words.", "bob", "parts", file,
			"/case EX-2026-0001 " COMMAND}},
	{LETTER_ASK, "question", "", false, answered, {address, REF, answered}},
	{LETTER_MESSAGE, "message", "", false, answered,
		{"Thank you.", address, REF, answered}},
	{LETTER_ANSWER, "message", "", false, answered,
		{"EX-2026-0001", address, REF, answered}},
	{LETTER_OVERDUE, "reminder", "auto-generated", false, COMMAND,
		{"EX-2026-0001", "/case EX-2026-0001 " COMMAND}},
	{LETTER_TROUBLE, "trouble", "auto-generated", false, COMMAND,
		{"12", "report", "bob", "waiting", "no key",
			"/case EX-2026-0001 " COMMAND}},
	{LETTER_TRANSCRIPT, "transcript", "auto-replied", false, COMMAND,
		{"no key", "assigned to bob", "/case EX-2026-0001 " COMMAND}},
	{LETTER_NOTICE, "notice", "auto-generated", false, COMMAND,
		{"bob", "assigned to bob", "/confirm",
			"/case EX-2026-0001 " COMMAND}},
	{LETTER_KEY, "key", "auto-generated", false, COMMAND,
		{"FEDCBA98", "12345678", "bob", "/key bob@example.org FEDCBA98",
			"/case EX-2026-0001 " COMMAND}},
	{LETTER_KEY_WANTED, "key", "auto-generated", false, "[EX-2026-0001]",
		{"Example", "0123456789ABCDEF", REF}},
};
_Static_assert(countof(kinds) == LETTER__COUNT, "a row for each kind");

static void
fill_for(struct studio *s, const struct kind_case *k)
{
	struct facts *f = &s->letter.order.facts;
	bool words = k->kind == LETTER_MESSAGE || k->kind == LETTER_ANSWER ||
		k->kind == LETTER_ASK;
	bool analyst = k->kind != LETTER_ACKNOWLEDGEMENT && !words &&
		k->kind != LETTER_KEY_WANTED;

	s->in.command_token = analyst ? COMMAND : "";
	s->in.mail = k->mail ? &s->mail : NULL;
	s->in.words = k->kind == LETTER_MESSAGE ? "Thank you.\n" : "";
	s->in.answers = words ? &s->answers : NULL;
	facts_add(f, "kind", "report");
	facts_add(f, "outcome",
		k->kind == LETTER_TRANSCRIPT	? "refused"
			: k->kind == LETTER_KEY ? "changed"
						: "waiting");
	facts_add(f, "fingerprint", "FEDCBA98");
	facts_add(f, "instead", "12345678");
	facts_add(f, "done", "assigned to bob");
	facts_add(f, "reason", "no key");
	facts_add_number(f, "letter", 12);
	facts_add_number(f, "about", 2);
	facts_add(f, "signature", "good, by faye");
}

static void
check_kind(struct studio *s, const struct kind_case *k)
{
	size_t i;

	draft(s, k->kind);
	assert_string_equal(s->d.outer_subject,
		arena_printf(s->a, "[EX-2026-0001] %s", k->outer));
	assert_string_equal(s->d.auto_submitted, k->automatic);
	if (strstr(s->d.subject, k->subject) == NULL ||
		strchr(s->d.subject, '\n') != NULL)
		fail_msg("%s", s->d.subject);
	for (i = 0; i < countof(k->body) && k->body[i] != NULL; i++)
		if (strstr(s->d.body, k->body[i]) == NULL)
			fail_msg("no %s in %s", k->body[i], s->d.body);
	assert_null(strstr(s->d.body, "{{"));
	assert_null(strstr(s->d.body, "}}"));
}

static void
test_each_kind_has_what_it_must(void **state)
{
	static const char *const languages[] = {en, zh};
	struct studio *s = *state;
	size_t i, l;

	for (l = 0; l < countof(languages); l++)
		for (i = 0; i < countof(kinds); i++) {
			s->in.language = languages[l];
			facts_init(&s->letter.order.facts, s->a);
			fill_for(s, &kinds[i]);
			check_kind(s, &kinds[i]);
		}
}

static size_t
questions(struct studio *s, const char *lacks)
{
	const char *line;
	size_t count = 0;

	facts_init(&s->letter.order.facts, s->a);
	facts_add(&s->letter.order.facts, "lacks", lacks);
	draft(s, LETTER_ASK);
	for (line = s->d.body; (line = strstr(line, "\n- ")) != NULL; line++)
		count++;
	return count;
}

/* Exactly what is missing is asked for, in each language. */
static void
test_a_question_is_for_what_is_missing(void **state)
{
	static const char *const languages[] = {en, zh};
	struct studio *s = *state;
	size_t l;

	s->in.answers = &s->answers;
	for (l = 0; l < countof(languages); l++) {
		s->in.language = languages[l];
		assert_int_equal(questions(s, "steps"), 1);
		assert_int_equal(questions(s, "version, proof"), 2);
		assert_int_equal(questions(s,
					 "version, environment, steps, proof, "
					 "impact"),
			5);
	}
}

/* Cases that look alike, and the finder's record. */
static void
test_a_report_says_what_was_seen_before(void **state)
{
	struct studio *s = *state;
	struct case_likeness alike = {.public_id = "EX-2025-0007",
		.state = "Closed",
		.why = "87% of the text",
		.score = 91};
	struct case_hint lacks = {.kind = "lacks", .value = "steps"};

	s->in.mail = &s->mail;
	draft(s, LETTER_REPORT);
	assert_null(strstr(s->d.body, "Seen before"));
	assert_null(strstr(s->d.body, "Other reports"));
	assert_null(strstr(s->d.body, "/ask"));
	s->c.alike = &alike;
	s->c.hints = &lacks;
	s->in.record = (struct finder_record){.valid = 3, .invalid = 0};
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body,
		"Seen before? EX-2025-0007 (Closed), score 91: 87% of the "
		"text."));
	assert_non_null(strstr(s->d.body,
		"Other reports of this finder: 3 valid, 0 invalid, 0 not "
		"judged."));
	assert_non_null(strstr(s->d.body, "/ask sends the finder"));
}

/* Whoever reads it, one of the languages is theirs; Chinese dates in one. */
static void
test_an_acknowledgement_is_in_all_languages(void **state)
{
	struct studio *s = *state;

	draft(s, LETTER_ACKNOWLEDGEMENT);
	assert_non_null(strstr(s->d.body, "26 November 2026, 16:00 UTC"));
	assert_non_null(strstr(s->d.body, "\n* * *\n"));
	assert_non_null(strstr(s->d.body,
		"2026\xe5\xb9\xb4"
		"11\xe6\x9c\x88"));
	assert_int_equal(s->d.attachments_count, 1);
	assert_string_equal(s->d.attachments[0].type, "application/pgp-keys");
}

/* It is the same for everybody: nothing of the mail can be in it. */
static void
test_an_acknowledgement_knows_no_mail(void **state)
{
	struct studio *s = *state;
	const char *before;

	draft(s, LETTER_ACKNOWLEDGEMENT);
	before = s->d.body;
	s->answers.subject = subject;
	s->in.answers = &s->answers;
	draft(s, LETTER_ACKNOWLEDGEMENT);
	assert_string_equal(s->d.body, before);
	assert_null(strstr(s->d.body, SECRET));
	assert_null(strstr(s->d.subject, SECRET));
}

/* Too long with our key, which whoever seals it finds out: then without. */
static void
test_a_slim_acknowledgement_is_without_our_key(void **state)
{
	static char url[] = "https://example.com/key.asc";
	struct studio *s = *state;

	s->conf.key_url = url;
	draft(s, LETTER_ACKNOWLEDGEMENT);
	assert_int_equal(s->d.attachments_count, 1);
	assert_non_null(strstr(s->d.body, "which is attached"));
	assert_string_not_equal(s->d.autocrypt, "");
	s->in.slim = true;
	draft(s, LETTER_ACKNOWLEDGEMENT);
	assert_int_equal(s->d.attachments_count, 0);
	assert_null(strstr(s->d.body, "which is attached"));
	assert_non_null(strstr(s->d.body, url));
	assert_non_null(strstr(s->d.body, s->self.openpgp));
	assert_string_equal(s->d.autocrypt, "");
	assert_true(draft_size(&s->d) <= LETTER_MAX / 2);
}

/* What /answer would send stands in the report. */
static void
test_a_report_shows_the_answer_that_lies_ready(void **state)
{
	struct studio *s = *state;

	s->in.mail = &s->mail;
	s->c.class = "questionnaire";
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body, "/answer sends it"));
	assert_non_null(strstr(s->d.body, "we do not fill in"));
	s->c.class = "spam";
	draft(s, LETTER_REPORT);
	assert_null(strstr(s->d.body, "/answer sends it"));
}

/* What is not acknowledged, and why. */
static void
test_a_report_shows_what_was_not_acknowledged(void **state)
{
	struct studio *s = *state;

	s->in.mail = &s->mail;
	draft(s, LETTER_REPORT);
	assert_null(strstr(s->d.body, "ACKNOWLEDGED"));
	s->c.acknowledgement = (struct acknowledgement){
		.state = ACKNOWLEDGEMENT_HELD, .reason = "too many"};
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body, "NOT ACKNOWLEDGED YET: too many.\n"));
	assert_non_null(strstr(s->d.body, "/ack refuse"));
	s->c.acknowledgement.until = NOW + HOUR;
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body, "goes out by itself"));
	s->c.acknowledgement.state = ACKNOWLEDGEMENT_WITHHELD;
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body, "Not acknowledged: too many.\n"));
}

static void
test_trouble_tells_what_came_back(void **state)
{
	struct studio *s = *state;
	struct facts *f = &s->letter.order.facts;

	facts_add(f, "outcome", "bounced");
	facts_add(f, "reason", "5.1.1");
	facts_add_number(f, "letter", 12);
	facts_add_number(f, "about", 2);
	facts_add_number(f, "number", 4);
	draft(s, LETTER_TROUBLE);
	assert_non_null(strstr(s->d.subject, "Letter 12 came back"));
	assert_non_null(strstr(s->d.body,
		"Letter 12 to bob in EX-2026-0001 came back (status 5.1.1)"));
	assert_non_null(strstr(s->d.body, "read 4\n"));
	assert_null(strstr(s->d.body, "did not leave"));
}

static void
test_in_clear_the_subject_is_the_subject(void **state)
{
	struct studio *s = *state;

	s->in.encrypted = false;
	draft(s, LETTER_ACKNOWLEDGEMENT);
	assert_string_equal(s->d.outer_subject, s->d.subject);
}

static void
test_a_report_that_was_not_opened_says_why(void **state)
{
	struct studio *s = *state;

	s->verdict = (struct verdict){.encrypted = ENCRYPTED_ALL,
		.problem = PROBLEM_WRONG_KEY,
		.detail = detail};
	s->mail.raw_fd = 9;
	s->mail.raw_len = 77;
	s->mail.attachments_fd = -1;
	s->in.mail = &s->mail;
	draft(s, LETTER_REPORT);
	assert_non_null(strstr(s->d.body, "NOT OPENED (wrong key)"));
	assert_non_null(strstr(s->d.body, detail));
	assert_int_equal(s->d.attachments_count, 1);
	assert_string_equal(s->d.attachments[0].name, "as-received.eml");
	assert_int_equal(s->d.attachments[0].len, 77);
	/* Too large for that: the letter says how to get it. */
	s->mail.raw_fd = -1;
	draft(s, LETTER_REPORT);
	assert_int_equal(s->d.attachments_count, 0);
	assert_non_null(strstr(s->d.body, "read 3 --mbox"));
}

/* Whatever it was sent as, no mail program shows it or runs it. */
static void
test_attachments_are_bytes(void **state)
{
	struct studio *s = *state;

	s->in.mail = &s->mail;
	draft(s, LETTER_REPORT);
	assert_int_equal(s->d.attachments_count, 1);
	assert_string_equal(
		s->d.attachments[0].type, "application/octet-stream");
	assert_string_equal(s->d.attachments[0].name, file);
	assert_true(s->d.attachments[0].attachment);
	s->mail.attachments_fd = -1;
	draft(s, LETTER_REPORT);
	assert_int_equal(s->d.attachments_count, 0);
	assert_non_null(strstr(s->d.body, "read 3 --attachment K"));
}

/* A stranger's words cannot be taken for an analyst's commands. */
static void
test_foreign_lines_are_no_commands(void **state)
{
	static char evil[] = "/close\n/valid\n{{ref}}\n";
	struct studio *s = *state;

	s->reading.new_text = s->reading.quoted_text = evil;
	s->reading.header.subject = evil;
	s->sender.name = evil;
	s->hint.value = evil;
	s->part.name = evil;
	s->in.mail = &s->mail;
	s->in.command_token = COMMAND;
	draft(s, LETTER_REPORT);
	assert_null(strstr(s->d.body, "\n/close"));
	assert_null(strstr(s->d.body, "\n/valid"));
	assert_non_null(strstr(s->d.body, "{{ref}}"));
	assert_null(strchr(s->d.subject, '\n'));
}

static void
test_a_letter_answers_in_its_thread(void **state)
{
	static char *references[] = {oldest, their_id};
	struct studio *s = *state;

	draft(s, LETTER_MESSAGE);
	assert_string_equal(s->d.in_reply_to, "");
	assert_string_equal(s->d.references, "");
	s->in.thread = THREAD;
	draft(s, LETTER_MESSAGE);
	assert_string_equal(s->d.in_reply_to, THREAD);
	assert_string_equal(s->d.references, "<" THREAD ">");
	s->in.answers = &s->answers;
	draft(s, LETTER_MESSAGE);
	assert_string_equal(s->d.in_reply_to, their_id);
	assert_string_equal(s->d.references, "<1@finder.example>");
	s->answers.references = references;
	s->answers.references_count = 1;
	draft(s, LETTER_MESSAGE);
	assert_string_equal(
		s->d.references, "<0@finder.example> <1@finder.example>");
}

/* Long threads keep their first and their last. */
static void
test_references_are_bounded(void **state)
{
	char *references[100];
	struct studio *s = *state;
	const char *p;
	int i, n = 0;

	for (i = 0; i < 100; i++)
		references[i] = arena_printf(s->a, "r%d@finder.example", i);
	s->answers.references = references;
	s->answers.references_count = 100;
	s->in.answers = &s->answers;
	draft(s, LETTER_MESSAGE);
	for (p = s->d.references; (p = strchr(p, '<')) != NULL; p++)
		n++;
	assert_int_equal(n, 12);
	assert_int_equal(
		strncmp(s->d.references, "<r0@finder.example> <r90@", 25), 0);
	assert_non_null(strstr(
		s->d.references, "<r99@finder.example> <1@finder.example>"));
}

/* To the address that was fixed by the order, or else to the reader's. */
static void
test_the_order_says_where_it_goes(void **state)
{
	struct studio *s = *state;

	draft(s, LETTER_MESSAGE);
	assert_string_equal(s->d.to, from);
	assert_string_equal(s->d.to_name, faye);
	assert_string_equal(s->d.from, address);
	assert_string_equal(s->d.from_name, "Example PSIRT");
	assert_string_equal(s->d.message_id, "letter@example.com");
	s->in.to = s->letter.order.address = "other@finder.example";
	draft(s, LETTER_MESSAGE);
	assert_string_equal(s->d.to, "other@finder.example");
	assert_string_equal(s->d.to_name, "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_each_kind_has_what_it_must),

		T(test_a_question_is_for_what_is_missing),

		T(test_a_report_says_what_was_seen_before),
		T(test_an_acknowledgement_is_in_all_languages),
		T(test_an_acknowledgement_knows_no_mail),
		T(test_a_slim_acknowledgement_is_without_our_key),
		T(test_a_report_shows_the_answer_that_lies_ready),
		T(test_a_report_shows_what_was_not_acknowledged),
		T(test_trouble_tells_what_came_back),
		T(test_in_clear_the_subject_is_the_subject),
		T(test_a_report_that_was_not_opened_says_why),
		T(test_attachments_are_bytes),
		T(test_foreign_lines_are_no_commands),
		T(test_a_letter_answers_in_its_thread),
		T(test_references_are_bounded),
		T(test_the_order_says_where_it_goes)};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
