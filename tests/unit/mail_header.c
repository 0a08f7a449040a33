/* A header block, and whether a program sent it. */
#include "mail/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mail/field.h"
#include "mail/robot.h"

static struct arena *arena;
static struct limits hit;
static struct mail_header h;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
read_header(const char *text)
{
	hit = (struct limits){.hit = {false}};
	header_read(arena, span_of(text), 200, &hit, &h);
}

static void
test_fields(void **state)
{
	(void)state;
	read_header("From: Jane <J@X.org>\r\nTo: a@x.org,\r\n b@x.org\r\n"
		    "Cc: c@x.org\r\nReply-To: d@x.org\r\n"
		    "Subject: =?utf-8?Q?=C3=A4?=\r\n =?utf-8?Q?b?=\r\n"
		    "Date: Sat, 21 Nov 2026 16:00:00 +0000\r\n"
		    "Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\n"
		    "List-Id: A list <l.x.org>\r\nReturn-Path: <j@x.org>\r\n"
		    "Authentication-Results: mx; dkim=pass\r\n"
		    "Authentication-Results: other; dkim=fail\r\n");
	assert_int_equal(h.from_count, 1);
	assert_string_equal(h.from[0].name, "Jane");
	assert_string_equal(h.from[0].address, "J@x.org");
	assert_int_equal(h.to_count, 2);
	assert_int_equal(h.cc_count, 1);
	assert_int_equal(h.reply_to_count, 1);
	assert_string_equal(h.subject, "äb");
	assert_int_equal(h.date, INT64_C(1795276800000000));
	assert_string_equal(h.auto_submitted, "auto-replied");
	assert_string_equal(h.precedence, "bulk");
	assert_string_equal(h.list_id, "A list <l.x.org>");
	assert_string_equal(h.return_path, "<j@x.org>");
	/* Nothing is NULL. */
	read_header("");
	assert_string_equal(h.subject, "");
	assert_string_equal(h.message_id, "");
	assert_string_equal(h.autocrypt_address, "");
	assert_int_equal(h.date, 0);
}

/* The first counts, but a second sender does not hide. */
static void
test_duplicates(void **state)
{
	(void)state;
	read_header("Subject: one\nSubject: two\nMessage-ID: <1@x>\n"
		    "Message-ID: <2@x>\nFrom: a@x.org\nFrom: b@x.org\n"
		    "Date: Sat, 21 Nov 2026 16:00:00 +0000\n"
		    "Date: Sun, 22 Nov 2026 16:00:00 +0000\n");
	assert_string_equal(h.subject, "one");
	assert_string_equal(h.message_id, "1@x");
	assert_int_equal(h.from_count, 2);
	assert_int_equal(h.date, INT64_C(1795276800000000));
}

static void
test_ids(void **state)
{
	(void)state;
	read_header("Message-ID:\r\n <a.long\r\n  .id@x>\r\n"
		    "In-Reply-To: Your mail of today <p@x>\r\n"
		    "References: <a@x>\r\n <b@x><c@x> (comment) junk <d>\r\n"
		    " <e@x\r\n <f@x>\r\n");
	assert_string_equal(h.message_id, "a.long.id@x");
	assert_int_equal(h.in_reply_to_count, 1);
	assert_string_equal(h.in_reply_to[0], "p@x");
	assert_int_equal(h.references_count, 4);
	assert_string_equal(h.references[1], "b@x");
	assert_string_equal(h.references[3], "f@x");
	read_header("Message-ID: no brackets@x\nReferences: <>\n <\n");
	assert_string_equal(h.message_id, "");
	assert_int_equal(h.references_count, 0);
}

static void
test_lines_are_cut(void **state)
{
	struct buf b = BUF_INIT(100000);
	int i;

	(void)state;
	buf_puts(&b, "Subject: ");
	for (i = 0; i < 3000; i++)
		buf_puts(&b, "ä");
	read_header(b.data);
	assert_int_equal(strlen(h.subject), READING_LINE_MAX);
	buf_release(&b);
}

static const char *
robot(const char *text)
{
	const struct split_limits limits = {20, 100, 65536};
	struct span in = span_of(text), head;
	struct split s;

	split_entity(arena, in, &limits, &hit, &s);
	head = entity_head(in, &s.entities[0], 65536);
	header_read(arena, head, 200, &hit, &h);
	return robot_reason(head, &h, &s);
}

#define PERSON "From: Jane <jane@x.org>\nTo: s@example.com\nSubject: hi\n"

static void
test_robots(void **state)
{
	static const struct {
		const char *mail, *reason;
	} cases[] = {
		{PERSON "Content-Type: multipart/report; boundary=b;\n"
			" report-type=delivery-status\n\n",
			"bounce"},
		{PERSON "Content-Type: multipart/report; boundary=b\n\n",
			"bounce"},
		{PERSON "Content-Type: multipart/report; boundary=b;\n"
			" report-type=disposition-notification\n\n",
			"disposition-notification"},
		{PERSON "Content-Type: multipart/report; boundary=b;\n"
			" report-type=feedback-report\n\n",
			"feedback-report"},
		{PERSON "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
			"Content-Type: message/delivery-status\n\nx\n--b--\n",
			"bounce"},
		{PERSON "X-Failed-Recipients: a@b\n\n", "bounce"},
		{"From: x@x.org\nSubject: Undelivered Mail Returned to "
		 "Sender\n\n",
			"bounce"},
		{PERSON "Content-Type: text/calendar; method=REPLY\n\n",
			"calendar"},
		{PERSON "Content-Type: multipart/alternative; boundary=b\n\n"
			"--b\nContent-Type: text/calendar; method=reply\n\n"
			"--b--\n",
			"calendar"},
		{PERSON "Auto-Submitted: auto-replied (vacation)\n\n",
			"auto-reply"},
		{PERSON "List-Unsubscribe: <x>\n\n", "list"},
		{PERSON "Precedence: junk\n\n", "precedence"},
		{PERSON "Return-Path: <>\n\n", "null-return-path"},
		{PERSON "Return-Path: <MAILER-DAEMON@x.org>\n\n",
			"null-return-path"},
		{PERSON "X-Autoreply: yes\n\n", "auto-reply"},
		{"From: MAILER-DAEMON@x.org (Mail)\n\n", "role-sender"},
		{"From: owner-list@x.org\n\n", "role-sender"},
		{"From: list-request+tag@x.org\n\n", "role-sender"},
		{"From: No-Reply@x.org\n\n", "role-sender"},
		{"From: Postmaster <>\n\n", "role-sender"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++)
		assert_string_equal(robot(cases[i].mail), cases[i].reason);
}

static void
test_people(void **state)
{
	static const char *const mails[] = {
		PERSON "\nuser unknown\nThis is a bounce, said the log.\n",
		PERSON "Auto-Submitted: no\nPrecedence: first-class\n"
		       "Return-Path: <jane@x.org>\n\nx\n",
		PERSON "X-Auto-Response-Suppress: All\n\nx\n",
		PERSON "Content-Type: text/calendar; method=REQUEST\n\nx\n",
		/* A bounce as an attachment. */
		PERSON "Content-Type: multipart/mixed; boundary=m\n\n--m\n\n"
		       "look\n--m\nContent-Type: message/rfc822\n\n"
		       "From: mailer-daemon@x.org\n"
		       "Content-Type: multipart/report; boundary=b;\n"
		       " report-type=delivery-status\n\n--b\n"
		       "Content-Type: message/delivery-status\n\nx\n--b--\n"
		       "--m--\n",
		"From: Bouncer <bouncer@x.org>\n\nx\n",
		"From: requestor@x.org\nSubject: Re: Undelivered Mail "
		"Returned to Sender\n\nx\n",
		"From: \"odd one\"@x.org\n\nx\n",
		"Subject: no From at all\n\nx\n",
		"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < countof(mails); i++)
		assert_string_equal(robot(mails[i]), "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_fields), T(test_duplicates),
		T(test_ids), T(test_lines_are_cut), T(test_robots),
		T(test_people)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
