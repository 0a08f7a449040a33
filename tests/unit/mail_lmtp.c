/* The LMTP machine: every verb in every state, and the bytes of messages. */
#include "mail/lmtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "mail/envelope.h"

struct session {
	struct lmtp *l;
	struct buf out, data;
	int resets;
	int64_t asked;
	bool full, refuses;
};

static bool
has_room(void *arg, int64_t size)
{
	struct session *s = arg;

	s->asked = size;
	return !s->full;
}

static bool
is_ours(void *arg, const char *address)
{
	(void)arg;
	return strncmp(address, "security", 8) == 0;
}

static bool
take_data(void *arg, const void *data, size_t len)
{
	struct session *s = arg;

	if (s->refuses)
		return false;
	buf_add(&s->data, data, len);
	return true;
}

static void
on_reset(void *arg)
{
	struct session *s = arg;

	s->resets++;
	buf_clear(&s->data);
}

static int
setup(void **state)
{
	struct session *s = xcalloc(1, sizeof(*s));
	const struct lmtp_limits limits = {.hostname = "mx.example.com",
		.message_size = 1000,
		.recipients = 3,
		.has_room = has_room,
		.is_ours = is_ours,
		.data = take_data,
		.reset = on_reset,
		.arg = s};

	buf_init(&s->out, 1 << 20);
	buf_init(&s->data, 1 << 20);
	s->l = lmtp_new(&limits, &s->out);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct session *s = *state;

	lmtp_free(&s->l);
	buf_release(&s->out);
	buf_release(&s->data);
	free(s);
	return 0;
}

static enum lmtp_event
feed(struct session *s, const char *text)
{
	struct span in = span_of(text);
	enum lmtp_event event = lmtp_feed(s->l, &in);

	if (event == LMTP_MORE)
		assert_int_equal(in.len, 0);
	return event;
}

/* Feed TEXT; the replies begin with these codes, "250 503 ...". */
static enum lmtp_event
expect(struct session *s, const char *text, const char *codes)
{
	struct buf got = BUF_INIT(10000);
	enum lmtp_event event;
	const char *line;

	buf_clear(&s->out);
	event = feed(s, text);
	for (line = s->out.data; *line != '\0'; line = strchr(line, '\n') + 1)
		if (line[3] == ' ')
			buf_printf(
				&got, "%s%.3s", got.len > 0 ? " " : "", line);
	if (strcmp(got.data, codes) != 0)
		fail_msg("%s: %s, not %s", text, got.data, codes);
	buf_release(&got);
	return event;
}

static void
test_session(void **state)
{
	struct session *s = *state;
	struct span in = SPAN("LHLO a\r\nMAIL FROM:<j@x.org> SIZE=20\r\n"
			      "RCPT TO:<security@Example.COM>\r\n"
			      "RCPT TO:<other@example.com>\r\n"
			      "RCPT TO:<security+t@example.com>\r\nDATA\r\n"
			      "one\r\n..two\r\n.three\r\n.\r\nQUIT\r\n");

	lmtp_greet(s->l, false);
	assert_string_equal(s->out.data, "220 mx.example.com LMTP\r\n");
	assert_int_equal(lmtp_feed(s->l, &in), LMTP_MESSAGE);
	assert_true(span_is(in, "QUIT\r\n"));
	assert_string_equal(s->data.data, "one\r\n.two\r\nthree\r\n");
	assert_string_equal(lmtp_sender(s->l), "j@x.org");
	assert_int_equal(lmtp_recipients(s->l), 2);
	assert_string_equal(lmtp_recipient(s->l, 0), "security@example.com");
	assert_string_equal(lmtp_recipient(s->l, 1), "security+t@example.com");
	assert_false(lmtp_refused(s->l));
	assert_int_equal(s->asked, 20);
	buf_clear(&s->out);
	lmtp_answer(s->l, NULL);
	/* One for each recipient that was accepted. */
	assert_string_equal(s->out.data, "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n");
	assert_int_equal(s->resets, 1);
	assert_int_equal(lmtp_feed(s->l, &in), LMTP_CLOSE);
	assert_int_equal(s->resets, 1);
}

static void
test_capabilities(void **state)
{
	struct session *s = *state;

	expect(s, "LHLO client\r\n", "250");
	assert_string_equal(s->out.data,
		"250-mx.example.com\r\n250-PIPELINING\r\n"
		"250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		"250-SIZE 1000\r\n"
		"250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n");
	expect(s, "LHLO\r\n", "501");
}

/* What leads to a state, and what each verb is answered in it. */
static const struct {
	const char *name, *way;
	const char *codes[13];
} states[] = {
	{"fresh", "",
		{"250", "503", "503", "503", "250", "250", "221", "252", "503",
			"502", "502", "500", "500"}},
	{"ready", "LHLO a\r\n",
		{"250", "250", "503", "503", "250", "250", "221", "252", "250",
			"502", "502", "500", "500"}},
	{"mail", "LHLO a\r\nMAIL FROM:<>\r\n",
		{"250", "503", "250", "503", "250", "250", "221", "252", "503",
			"502", "502", "500", "500"}},
	{"rcpt", "LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<security@x>\r\n",
		{"250", "503", "250", "354", "250", "250", "221", "252", "503",
			"502", "502", "500", "500"}},
};

static const char *const lines[] = {"LHLO b\r\n", "MAIL FROM:<a@b>\r\n",
	"RCPT TO:<security@y>\r\n", "DATA\r\n", "RSET\r\n", "noop x\r\n",
	"QUIT\r\n", "VRFY x\r\n", "XFORWARD NAME=a\r\n", "HELO a\r\n",
	"EHLO a\r\n", "STARTTLS\r\n", "\r\n"};

static void
test_verbs_by_state(void **state)
{
	void *fresh;
	size_t i, k;

	(void)state;
	for (i = 0; i < countof(states); i++) {
		for (k = 0; k < countof(lines); k++) {
			setup(&fresh);
			feed(fresh, states[i].way);
			expect(fresh, lines[k], states[i].codes[k]);
			teardown(&fresh);
		}
	}
}

/* Behind each verb the session is where it should be. */
static void
test_transitions(void **state)
{
	struct session *s = *state;

	expect(s, "LHLO a\r\nMAIL FROM:<a@b>\r\nLHLO b\r\n", "250 250 250");
	assert_int_equal(s->resets, 2); /* a new one began, and ended */
	expect(s, "RCPT TO:<security@x>\r\n", "503");
	expect(s, "MAIL FROM:<a@b>\r\nRCPT TO:<security@x>\r\nRSET\r\nDATA\r\n",
		"250 250 250 503");
	expect(s, "MAIL FROM:<a@b>\r\nRCPT TO:<nobody@x>\r\nDATA\r\n",
		"250 550 503");
	assert_int_equal(expect(s, "QUIT\r\n", "221"), LMTP_CLOSE);
	assert_int_equal(expect(s, "NOOP\r\n", ""), LMTP_CLOSE);
}

static void
test_mail_parameters(void **state)
{
	static const struct {
		const char *line, *code;
	} cases[] = {
		{"<a@b> BODY=8BITMIME SMTPUTF8 SIZE=10", "250"},
		{"<a@b> body=7bit", "250"},
		{"<>", "250"},
		{" <a@b>", "250"},
		{"<\"odd > one\"@b>", "250"},
		{"<@relay,@other:a@b>", "250"},
		{"<a@b> SIZE=1000", "250"},
		{"<a@b> SIZE=1001", "552"},
		{"<a@b> SIZE=", "501"},
		{"<a@b> SIZE=-1", "501"},
		{"<a@b> SIZE=99999999999999999999", "501"},
		{"<a@b> BODY=BINARYMIME", "555"},
		{"<a@b> ENVID=x", "555"},
		{"<a@b> RET=HDRS", "555"},
		{"<a@b> AUTH=<>", "555"},
		{"a@b", "501"},
		{"<a@b", "501"},
		{"", "501"},
	};
	struct session *s = *state;
	struct buf line = BUF_INIT(3000);
	size_t i;

	feed(s, "LHLO a\r\n");
	for (i = 0; i < countof(cases); i++) {
		buf_clear(&line);
		buf_printf(&line, "MAIL FROM:%s\r\n", cases[i].line);
		expect(s, line.data, cases[i].code);
		expect(s, "RSET\r\n", "250");
	}
	s->full = true;
	expect(s, "MAIL FROM:<a@b>\r\n", "452");
	expect(s, "MAIL TO:<a@b>\r\n", "501");
	buf_release(&line);
}

static void
test_rcpt(void **state)
{
	struct session *s = *state;

	feed(s, "LHLO a\r\nMAIL FROM:<a@b>\r\n");
	expect(s, "RCPT TO:<security@x> NOTIFY=NEVER\r\n", "555");
	expect(s, "RCPT TO:security@x\r\n", "501");
	expect(s, "RCPT TO:<>\r\n", "501");
	expect(s, "RCPT FROM:<security@x>\r\n", "501");
	expect(s, "RCPT TO:<@a:security@x>\r\n", "250");
	assert_string_equal(lmtp_recipient(s->l, 0), "security@x");
	expect(s, "rcpt to:<security@x>\r\nRCPT TO: <security@y>\r\n",
		"250 250");
	expect(s, "RCPT TO:<security@z>\r\n", "452");
	expect(s, "DATA x\r\n", "501");
	expect(s, "DATA\r\n", "354");
}

/* Senders are kept as text, clean, however odd. */
static void
test_paths(void **state)
{
	static const struct {
		const char *in, *path, *rest;
	} cases[] = {
		{"<a@b> x", "a@b", " x"},
		{"<>", "", ""},
		{"<\"a b\\\">\"@c>d", "\"a b\\\">\"@c", "d"},
		{"<@x,@y:a@b>", "a@b", ""},
		{"<jäne@b>", "jäne@b", ""},
		{"<a\x01\xff@b>", "a\xef\xbf\xbd@b", ""},
	};
	struct span s;
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		s = span_of(cases[i].in);
		path = envelope_path(&s);
		assert_string_equal(path, cases[i].path);
		assert_true(span_is(s, cases[i].rest));
		free(path);
	}
	s = SPAN("<\"a@b>");
	assert_null(envelope_path(&s));
	s = SPAN("<a\\");
	assert_null(envelope_path(&s));
}

static void
test_xforward(void **state)
{
	struct session *s = *state;
	const struct lmtp_forward *f = lmtp_forward(s->l);

	feed(s, "LHLO a\r\n");
	expect(s,
		"XFORWARD NAME=mx.x.org ADDR=192.0.2.1 PORT=25 PROTO=ESMTP\r\n"
		"XFORWARD HELO=[UNAVAILABLE] IDENT=4X+79Z SOURCE=REMOTE\r\n",
		"250 250");
	assert_string_equal(f->name, "mx.x.org");
	assert_string_equal(f->address, "192.0.2.1");
	assert_string_equal(f->helo, "");
	assert_string_equal(f->ident, "4XyZ");
	assert_string_equal(f->source, "REMOTE");
	expect(s, "XFORWARD NAME=a+0D+0Ab+ FOO=1\r\n", "501");
	expect(s, "XFORWARD FOO=1\r\n", "501");
	expect(s, "XFORWARD NAME=a+0D+0Ab\r\n", "250");
	assert_string_equal(f->name, "a b");
	expect(s, "XFORWARD SOURCE=0123456789abcdefgh\r\n", "250");
	assert_string_equal(f->source, "0123456789abcde");
	/* For one transaction. */
	expect(s, "MAIL FROM:<a@b>\r\nRSET\r\n", "250 250");
	assert_string_equal(f->ident, "");
}

#define TO_DATA \
	"LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<security@x>\r\n" \
	"RCPT TO:<security@y>\r\nDATA\r\n"

/* Cut anywhere, the bytes are the same. */
static void
test_data_pieces(void **state)
{
	static const char text[] =
		TO_DATA "a\r\n\r\n.\0.\r\n..\r\n...b\r\n.c\r\nd\r\n.\r\n";
	static const char data[] = "a\r\n\r\n\0.\r\n.\r\n..b\r\nc\r\nd\r\n";
	enum lmtp_event event;
	struct session *s;
	size_t piece, at, n;
	struct span in;
	void *fresh;

	(void)state;
	for (piece = 1; piece < sizeof(text); piece++) {
		setup(&fresh);
		s = fresh;
		event = LMTP_MORE;
		for (at = 0; at < sizeof(text) - 1; at += n) {
			n = sizeof(text) - 1 - at < piece
				? sizeof(text) - 1 - at
				: piece;
			in = (struct span){text + at, n};
			event = lmtp_feed(s->l, &in);
		}
		assert_int_equal(event, LMTP_MESSAGE);
		assert_int_equal(s->data.len, sizeof(data) - 1);
		assert_memory_equal(s->data.data, data, s->data.len);
		teardown(&fresh);
	}
}

/* The ways in which mail is smuggled. */
static void
test_bare_line_ends(void **state)
{
	static const char *const texts[] = {"a\n.\r\n", "a\n.\n", "a\r\n.\n",
		"a\r\n.\rb", "a\rb", "\r\r\n", ".\r\r\n", "a\r\n.\n\r\n", "\n"};
	struct session *s;
	void *fresh;
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++) {
		setup(&fresh);
		s = fresh;
		feed(s, TO_DATA);
		assert_int_equal(expect(s, texts[i], "521"), LMTP_CLOSE);
		assert_int_equal(s->resets, 2);
		teardown(&fresh);
	}
	for (i = 0; i < 2; i++) {
		setup(&fresh);
		s = fresh;
		assert_int_equal(
			expect(s, i == 0 ? "NOOP\n" : "NO\rOP\r\n", "521"),
			LMTP_CLOSE);
		teardown(&fresh);
	}
}

static void
test_too_large(void **state)
{
	struct session *s = *state;
	int i;

	feed(s, TO_DATA);
	for (i = 0; i < 100; i++)
		assert_int_equal(feed(s, "0123456789012345\r\n"), LMTP_MORE);
	assert_int_equal(feed(s, ".\r\n"), LMTP_MESSAGE);
	assert_true(lmtp_refused(s->l));
	assert_true(s->data.len <= 1000);
	buf_clear(&s->out);
	lmtp_answer(s->l, NULL);
	assert_string_equal(s->out.data,
		"552 5.3.4 Message is too large\r\n"
		"552 5.3.4 Message is too large\r\n");
	assert_int_equal(s->resets, 2);
	/* The session goes on. */
	expect(s, "MAIL FROM:<a@b>\r\n", "250");
}

/* Trying again would not help, so that is the answer. */
static void
test_too_large_and_refused(void **state)
{
	struct session *s = *state;
	int i;

	s->refuses = true;
	feed(s, TO_DATA);
	for (i = 0; i < 100; i++)
		feed(s, "0123456789012345\r\n");
	feed(s, ".\r\n");
	buf_clear(&s->out);
	lmtp_answer(s->l, NULL);
	assert_memory_equal(s->out.data, "552", 3);
}

static void
test_answers(void **state)
{
	static const struct {
		enum err_kind kind;
		const char *code;
	} cases[] = {{ERR_TEMPORARY, "451"}, {ERR_BUG, "451"},
		{ERR_PERMANENT, "554"}};
	struct session *s = *state;
	struct err e = {.kind = ERR_NONE};
	size_t i;

	for (i = 0; i < countof(cases); i++) {
		feed(s, TO_DATA ".\r\n");
		e.kind = cases[i].kind;
		buf_clear(&s->out);
		lmtp_answer(s->l, &e);
		assert_memory_equal(s->out.data, cases[i].code, 3);
	}
	s->refuses = true;
	feed(s, TO_DATA "x\r\n.\r\n");
	assert_true(lmtp_refused(s->l));
	buf_clear(&s->out);
	lmtp_answer(s->l, NULL);
	assert_memory_equal(s->out.data, "451", 3);
	/* Nothing to answer. */
	buf_clear(&s->out);
	lmtp_answer(s->l, NULL);
	assert_int_equal(s->out.len, 0);
}

static void
test_bad_commands(void **state)
{
	struct session *s = *state;
	int i;

	for (i = 0; i < LMTP_BAD_COMMANDS_MAX; i++)
		assert_int_equal(expect(s, "FOO\r\n", "500"), LMTP_MORE);
	assert_int_equal(expect(s, "FOO\r\n", "421"), LMTP_CLOSE);
}

static void
test_line_length(void **state)
{
	struct session *s = *state;
	struct buf line = BUF_INIT(10000);

	buf_puts(&line, "NOOP ");
	while (line.len < LMTP_LINE_MAX - 2)
		buf_putc(&line, 'x');
	buf_puts(&line, "\r\n");
	assert_int_equal(line.len, LMTP_LINE_MAX);
	expect(s, line.data, "250");
	buf_cut(&line, line.len - 2);
	buf_puts(&line, "x\r\n");
	expect(s, line.data, "500");
	expect(s, "NOOP\r\n", "250");
	buf_release(&line);
}

static void
test_ends(void **state)
{
	struct session *s = *state;
	struct span in = SPAN("LHLO a\r\n");

	lmtp_greet(s->l, true);
	assert_memory_equal(s->out.data, "421 ", 4);
	assert_int_equal(lmtp_feed(s->l, &in), LMTP_CLOSE);
	assert_int_equal(in.len, 8);
	buf_clear(&s->out);
	lmtp_give_up(s->l);
	assert_int_equal(s->out.len, 0);
}

static void
test_give_up(void **state)
{
	struct session *s = *state;

	feed(s, TO_DATA "half a mess");
	buf_clear(&s->out);
	lmtp_give_up(s->l);
	assert_memory_equal(s->out.data, "421 ", 4);
	assert_int_equal(s->resets, 2);
	assert_string_equal(lmtp_sender(s->l), "");
	assert_int_equal(lmtp_recipients(s->l), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_session),
		T(test_capabilities), T(test_verbs_by_state),
		T(test_transitions), T(test_mail_parameters), T(test_rcpt),
		T(test_paths), T(test_xforward), T(test_data_pieces),
		T(test_bare_line_ends), T(test_too_large),
		T(test_too_large_and_refused), T(test_answers),
		T(test_bad_commands), T(test_line_length), T(test_ends),
		T(test_give_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
