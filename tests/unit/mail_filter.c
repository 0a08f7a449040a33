/* The milter's decisions: each step, each mode, each refusal; the mark. */
#include "mail/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/memory.h"
#include "mail/answers.h"
#include "mail/mark.h"

#define KEY SPAN("0123456789abcdef0123456789abcdef")
#define SIZE_LIMIT 5000

struct session {
	struct filter *f;
	struct buf data;
	int resets, asked;
	int64_t size;
	bool full, fails;
};

static bool
is_ours(void *arg, const char *address)
{
	(void)arg;
	return strncasecmp(address, "security", 8) == 0;
}

static bool
has_room(void *arg, int64_t size)
{
	struct session *s = arg;

	s->asked++;
	s->size = size;
	return !s->full;
}

static bool
take_data(void *arg, const void *data, size_t len)
{
	struct session *s = arg;

	if (s->fails)
		return false;
	buf_add(&s->data, data, len);
	return true;
}

static void
on_reset(void *arg)
{
	struct session *s = arg;

	s->resets++;
}

static struct session *
new_session(enum filter_mode mode)
{
	struct session *s = xcalloc(1, sizeof(*s));
	const struct filter_limits limits = {.mode = mode,
		.hostname = "mx.example.test",
		.message_size = SIZE_LIMIT,
		.recipients = 2,
		.header_size = 1000,
		.mark_key = KEY,
		.is_ours = is_ours,
		.has_room = has_room,
		.data = take_data,
		.reset = on_reset,
		.arg = s};

	buf_init(&s->data, 1 << 20);
	s->f = filter_new(&limits);
	filter_client(s->f, "mail.finder.test", "192.0.2.7");
	filter_helo(s->f, "finder.test");
	return s;
}

static void
end_session(struct session *s)
{
	filter_free(&s->f);
	buf_release(&s->data);
	free(s);
}

/* MAIL with one parameter, or NULL. */
static void
mail(struct session *s, const char *sender, const char *parameter)
{
	char *arguments[] = {(char *)sender, (char *)parameter, NULL};

	buf_clear(&s->data);
	assert_int_equal(filter_mail(s->f, arguments, "faye"), FILTER_GO_ON);
}

static void
goes_on(enum filter_answer a)
{
	assert_int_equal(a, FILTER_GO_ON);
}

static void
refused(const struct session *s, enum filter_answer a, const char *reply)
{
	assert_int_equal(a, FILTER_REFUSE);
	assert_string_equal(filter_reply(s->f), reply);
}

/* Up to the header, for these recipients (the second may be NULL). */
static void
open_mail(struct session *s, const char *one, const char *two)
{
	mail(s, "<faye@finder.test>", NULL);
	goes_on(filter_rcpt(s->f, one));
	if (two != NULL)
		goes_on(filter_rcpt(s->f, two));
	goes_on(filter_data(s->f, "4Queue"));
}

static void
send_mail(struct session *s)
{
	goes_on(filter_header(s->f, "Subject", " Words\n\tand more"));
	goes_on(filter_header(s->f, "X-Odd", "no blank"));
	goes_on(filter_body(s->f, "The text.\r\n", 11));
	goes_on(filter_end(s->f));
}

/* --- the bytes --- */

static void
test_bytes_are_exact(void **state)
{
	static const char trace[] = "Received: from finder.test "
				    "(mail.finder.test [192.0.2.7])\r\n"
				    "\tby mx.example.test (psirtd milter) "
				    "with SMTP id 4Queue;\r\n\t";
	static const char wanted[] = "Subject: Words\r\n\tand more\r\n"
				     "X-Odd:no blank\r\n\r\nThe text.\r\n";
	struct session *s = new_session(FILTER_COPY);
	const char *below;

	(void)state;
	open_mail(s, "<security@example.test>", NULL);
	send_mail(s);
	assert_int_equal(strncmp(s->data.data, trace, strlen(trace)), 0);
	below = strstr(s->data.data, "Subject:");
	assert_non_null(below);
	assert_string_equal(below, wanted);
	end_session(s);
}

static void
test_foreign_words_cannot_leave_received(void **state)
{
	struct session *s = new_session(FILTER_COPY);
	size_t lines = 0;
	const char *p;

	(void)state;
	filter_client(s->f, "a)\r\nX-Evil: 1", NULL);
	filter_helo(s->f, "(\r\n\r\nbody");
	open_mail(s, "<security@example.test>", NULL);
	goes_on(filter_end(s->f));
	for (p = s->data.data; (p = strstr(p, "\r\n")) != NULL; p += 2)
		lines++;
	assert_int_equal(lines, 4); /* three of Received, and the empty one */
	assert_null(strstr(s->data.data, "\r\nX-Evil"));
	assert_non_null(strstr(s->data.data, "[unknown]"));
	end_session(s);
}

static void
test_empty_message(void **state)
{
	struct session *s = new_session(FILTER_COPY);
	size_t len;

	(void)state;
	open_mail(s, "<security@example.test>", NULL);
	goes_on(filter_end(s->f));
	len = s->data.len;
	assert_true(len > 4);
	assert_string_equal(s->data.data + len - 4, "\r\n\r\n");
	end_session(s);
}

static void
test_envelope(void **state)
{
	struct session *s = new_session(FILTER_COPY);
	struct filter_envelope e;

	(void)state;
	open_mail(s, "<Security+x@EXAMPLE.test>", "<bob@example.test>");
	e = filter_envelope(s->f);
	assert_string_equal(e.sender, "faye@finder.test");
	assert_string_equal(e.queue_id, "4Queue");
	assert_string_equal(e.auth, "faye");
	assert_string_equal(e.helo, "finder.test");
	assert_string_equal(e.client_address, "192.0.2.7");
	assert_int_equal(e.recipients_count, 1);
	assert_string_equal(e.recipients[0], "Security+x@example.test");
	filter_reset(s->f);
	e = filter_envelope(s->f);
	assert_int_equal(e.recipients_count, 0);
	assert_string_equal(e.sender, "");
	assert_string_equal(e.client_name, "mail.finder.test");
	end_session(s);
}

/* --- not ours --- */

static void
test_strangers_mail_passes_unseen(void **state)
{
	struct session *s = new_session(FILTER_TAKE);

	(void)state;
	s->full = true;
	mail(s, "<>", "SIZE=100000000");
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	goes_on(filter_rcpt(s->f, "nonsense"));
	assert_int_equal(filter_data(s->f, NULL), FILTER_PASS);
	/* An MTA that does not stop is not listened to. */
	assert_int_equal(filter_header(s->f, "A", " b"), FILTER_PASS);
	assert_int_equal(filter_body(s->f, "c", 1), FILTER_PASS);
	assert_int_equal(filter_end(s->f), FILTER_PASS);
	assert_int_equal(s->data.len, 0);
	assert_int_equal(s->asked, 0);
	end_session(s);
}

static void
test_messages_do_not_mix(void **state)
{
	struct session *s = new_session(FILTER_COPY);

	(void)state;
	open_mail(s, "<security@example.test>", NULL);
	send_mail(s);
	filter_reset(s->f);
	mail(s, "<gus@finder.test>", NULL);
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	assert_int_equal(filter_data(s->f, "4Next"), FILTER_PASS);
	assert_int_equal(s->data.len, 0);
	/* MAIL alone begins anew, as after a lost abort. */
	open_mail(s, "<security@example.test>", "<security@example.test>");
	open_mail(s, "<security@example.test>", "<security@example.test>");
	send_mail(s);
	end_session(s);
}

/* --- refusals --- */

static void
test_too_large(void **state)
{
	struct session *s = new_session(FILTER_TAG);
	char body[2000];
	int i;

	(void)state;
	mail(s, "<faye@finder.test>", "SIZE=5001");
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	refused(s, filter_rcpt(s->f, "<security@example.test>"),
		ANSWER_TOO_LARGE);
	/* Who says nothing, or lies, hears it when it has come. */
	open_mail(s, "<security@example.test>", NULL);
	memset(body, 'x', sizeof(body));
	for (i = 0; i < 2; i++)
		goes_on(filter_body(s->f, body, sizeof(body)));
	refused(s, filter_body(s->f, body, sizeof(body)), ANSWER_TOO_LARGE);
	/* The limit itself is not beyond it: 4998 and the empty line. */
	open_mail(s, "<security@example.test>", NULL);
	goes_on(filter_body(s->f, body, 2000));
	goes_on(filter_body(s->f, body, 2000));
	goes_on(filter_body(s->f, body, 998));
	goes_on(filter_end(s->f));
	end_session(s);
}

static void
test_too_many_recipients(void **state)
{
	struct session *s = new_session(FILTER_COPY);

	(void)state;
	mail(s, "<faye@finder.test>", NULL);
	goes_on(filter_rcpt(s->f, "<security@example.test>"));
	goes_on(filter_rcpt(s->f, "<security+a@example.test>"));
	refused(s, filter_rcpt(s->f, "<security+b@example.test>"),
		ANSWER_TOO_MANY);
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	goes_on(filter_data(s->f, "4Queue"));
	assert_int_equal(filter_envelope(s->f).recipients_count, 2);
	end_session(s);
}

static void
test_no_room(void **state)
{
	struct session *s = new_session(FILTER_COPY);

	(void)state;
	s->full = true;
	mail(s, "<faye@finder.test>", "SIZE=300");
	refused(s, filter_rcpt(s->f, "<security@example.test>"),
		ANSWER_NO_ROOM);
	assert_int_equal(s->size, 300);
	/* For the others the mail goes on. */
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	assert_int_equal(filter_data(s->f, "4Queue"), FILTER_PASS);
	end_session(s);
}

static void
test_what_cannot_be_stored(void **state)
{
	struct session *s = new_session(FILTER_COPY);

	(void)state;
	s->fails = true;
	open_mail(s, "<security@example.test>", NULL);
	refused(s, filter_header(s->f, "Subject", " x"), ANSWER_NOT_STORED);
	open_mail(s, "<security@example.test>", NULL);
	refused(s, filter_end(s->f), ANSWER_NOT_STORED);
	end_session(s);
}

static void
test_loops(void **state)
{
	struct session *s = new_session(FILTER_COPY);
	char mark[MARK_MAX];
	int i;

	(void)state;
	open_mail(s, "<security@example.test>", NULL);
	for (i = 1; i < FILTER_HOPS_MAX; i++)
		goes_on(filter_header(s->f, "received", " from x"));
	refused(s, filter_header(s->f, "Received", " from x"), ANSWER_LOOP);

	mark_write(KEY, "milter/1j0ocpgrq38.0", mark);
	open_mail(s, "<security@example.test>", NULL);
	refused(s, filter_header(s->f, "X-PSIRTD-trace", mark), ANSWER_LOOP);
	/* One that somebody else made says nothing. */
	mark[strlen(mark) - 1] = mark[strlen(mark) - 1] == 'a' ? 'b' : 'a';
	open_mail(s, "<security@example.test>", NULL);
	goes_on(filter_header(s->f, "X-Psirtd-Trace", mark));
	end_session(s);
}

/* --- edits --- */

static void
test_copy(void **state)
{
	struct session *s = new_session(FILTER_COPY);
	struct filter_edits e;

	(void)state;
	open_mail(s, "<security@example.test>", "<bob@example.test>");
	send_mail(s);
	e = filter_edits(s->f, "milter/1j0ocpgrq38.0");
	assert_false(e.discard);
	assert_int_equal(e.remove_count, 0);
	assert_int_equal(e.add_stale, 0);
	assert_string_equal(e.add_field, "X-Psirtd-Trace");
	assert_int_equal(strncmp(e.add_value, "milter/1j0ocpgrq38.0 ", 21), 0);
	assert_int_equal(strlen(e.add_value), 21 + MARK_TAG_CHARS);
	assert_true(mark_is_ours(KEY, span_of(e.add_value)));
	end_session(s);
}

static void
test_take(void **state)
{
	struct session *s = new_session(FILTER_TAKE);
	struct filter_edits e;

	(void)state;
	mail(s, "<faye@finder.test>", NULL);
	goes_on(filter_rcpt(s->f, "<SECURITY+a@Example.test>"));
	goes_on(filter_rcpt(s->f, "<bob@example.test>"));
	goes_on(filter_data(s->f, "4Queue"));
	send_mail(s);
	e = filter_edits(s->f, "milter/1j0ocpgrq38.0");
	assert_false(e.discard);
	assert_null(e.add_field);
	assert_int_equal(e.remove_count, 1);
	/* As the MTA named it, or it does not find it. */
	assert_string_equal(e.remove[0], "<SECURITY+a@Example.test>");

	open_mail(s, "security@example.test", "bob@example.test");
	send_mail(s);
	e = filter_edits(s->f, "milter/1j0ocpgrq38.0");
	assert_int_equal(e.remove_count, 1);
	assert_string_equal(e.remove[0], "security@example.test");

	open_mail(s, "<security@example.test>", NULL);
	send_mail(s);
	e = filter_edits(s->f, "milter/1j0ocpgrq38.0");
	assert_true(e.discard);
	assert_int_equal(e.remove_count, 0);
	end_session(s);
}

static void
tagged(struct session *s, const char *sender, const char *name,
	const char *value, const char *wanted)
{
	struct filter_edits e;

	mail(s, sender, NULL);
	goes_on(filter_rcpt(s->f, "<security@example.test>"));
	goes_on(filter_data(s->f, "4Queue"));
	goes_on(filter_header(s->f, name, value));
	goes_on(filter_end(s->f));
	e = filter_edits(s->f, NULL);
	assert_false(e.discard);
	assert_int_equal(e.remove_count, 0);
	assert_string_equal(e.add_field, FILTER_CLASS_FIELD);
	assert_string_equal(e.add_value, wanted);
	assert_int_equal(e.add_stale, strcmp(name, FILTER_CLASS_FIELD) == 0);
}

static void
test_tag(void **state)
{
	static const struct {
		const char *sender, *name, *value, *wanted;
	} all[] = {
		{"<faye@finder.test>", "Subject", " x", "person"},
		{"<faye@finder.test>", FILTER_CLASS_FIELD, " list", "person"},
		{"<faye@finder.test>", "List-Id", " <x.test>", "list"},
		{"<faye@finder.test>", "Precedence", " bulk", "precedence"},
		{"<faye@finder.test>", "Auto-Submitted", " no", "person"},
		{"<faye@finder.test>", "Auto-Submitted", "\n auto-replied; x",
			"auto-reply"},
		{"<faye@finder.test>", "X-Autoreply", " yes", "auto-reply"},
		{"<>", "Subject", " x", "null-return-path"},
		{"<>", "Content-Type",
			" multipart/report;\n report-type=delivery-status",
			"bounce"},
		{"<>", "Content-Type",
			" multipart/report; "
			"report-type=disposition-notification",
			"disposition-notification"},
		{"<faye@finder.test>", "Content-Type", " multipart/mixed",
			"person"},
	};
	struct session *s = new_session(FILTER_TAG);
	size_t i;

	(void)state;
	s->fails = true; /* nothing is given out */
	for (i = 0; i < countof(all); i++)
		tagged(s, all[i].sender, all[i].name, all[i].value,
			all[i].wanted);
	assert_int_equal(s->data.len, 0);
	assert_int_equal(s->asked, 0);
	/* Bob would get the field, too. */
	open_mail(s, "<security@example.test>", "<bob@example.test>");
	send_mail(s);
	assert_null(filter_edits(s->f, NULL).add_field);
	end_session(s);
}

/* --- the rest --- */

static void
test_mark(void **state)
{
	char mark[MARK_MAX], with_blanks[MARK_MAX + 8];

	(void)state;
	mark_write(KEY, "milter/1j0ocpgrq38.12345", mark);
	snprintf(with_blanks, sizeof(with_blanks), " %s\r\n", mark);
	assert_true(mark_is_ours(KEY, span_of(with_blanks)));
	assert_false(mark_is_ours(
		SPAN("0123456789abcdef0123456789abcdeX"), span_of(mark)));
	mark[7] = '2'; /* another number */
	assert_false(mark_is_ours(KEY, span_of(mark)));
	assert_false(mark_is_ours(KEY, SPAN("")));
	assert_false(mark_is_ours(KEY, SPAN("milter/1j0ocpgrq38.0")));
	assert_false(mark_is_ours(KEY,
		SPAN("a number that is a good deal longer than those that "
		     "we make can ever be aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
}

static void
test_answers_have_their_parts(void **state)
{
	static const char *const all[] = {ANSWER_TOO_LARGE, ANSWER_NO_ROOM,
		ANSWER_NOT_STORED, ANSWER_TOO_MANY, ANSWER_LATER, ANSWER_BUSY,
		ANSWER_LOOP, ANSWER_REFUSED};
	size_t i;

	(void)state;
	for (i = 0; i < countof(all); i++) {
		/* The classes agree, and nothing is a format of libmilter. */
		assert_int_equal(all[i][0], all[i][ANSWER_STATUS_AT]);
		assert_int_equal(all[i][ANSWER_STATUS_AT - 1], ' ');
		assert_int_equal(all[i][ANSWER_TEXT_AT - 1], ' ');
		assert_null(strchr(all[i], '%'));
	}
}

static void
test_modes_have_names(void **state)
{
	(void)state;
	assert_int_equal(filter_mode_of("copy"), FILTER_COPY);
	assert_int_equal(filter_mode_of("take"), FILTER_TAKE);
	assert_int_equal(filter_mode_of("tag"), FILTER_TAG);
	assert_int_equal(filter_mode_of("steal"), FILTER__COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_exact),
		cmocka_unit_test(test_foreign_words_cannot_leave_received),
		cmocka_unit_test(test_empty_message),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_strangers_mail_passes_unseen),
		cmocka_unit_test(test_messages_do_not_mix),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_too_many_recipients),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_what_cannot_be_stored),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_answers_have_their_parts),
		cmocka_unit_test(test_modes_have_names),
	};

	hash_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
