/*
 * The LMTP machine against a model of RFC 2033 that shares nothing with it:
 * all sequences of what a client may send, up to DEPTH_MAX, then long random
 * ones; and however the bytes are cut, it is the same session.
 */
#include "mail/lmtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

#define DEPTH_MAX 4
#define WALKS 3000
#define WALK_STEPS 40
#define CUTS 60
#define CUT_STEPS 14
#define MESSAGE_MAX 40
#define RECIPIENTS 2

/* --- what a client says --- */

enum say {
	SAY_LHLO,
	SAY_LHLO_BARE,
	SAY_MAIL,
	SAY_MAIL_LARGE,
	SAY_MAIL_WRONG,
	SAY_RCPT,
	SAY_RCPT_OTHER,
	SAY_RCPT_PARAMETER,
	SAY_DATA,
	SAY_DATA_WORD,
	SAY_DOT,
	SAY_DOTS,
	SAY_RSET,
	SAY_NOOP,
	SAY_VRFY,
	SAY_XFORWARD,
	SAY_EHLO,
	SAY_EMPTY,
	SAY_UNKNOWN,
	SAY_QUIT,
	SAY_BARE_LF,
	SAY_BARE_CR,
	SAY__COUNT
};

static const char *const texts[SAY__COUNT] = {
	[SAY_LHLO] = "LHLO a\r\n",
	[SAY_LHLO_BARE] = "lhlo\r\n",
	[SAY_MAIL] = "MAIL FROM:<a@b> BODY=8BITMIME\r\n",
	[SAY_MAIL_LARGE] = "MAIL FROM:<> SIZE=41\r\n",
	[SAY_MAIL_WRONG] = "MAIL FROM:a@b\r\n",
	[SAY_RCPT] = "rcpt TO:<security@x>\r\n",
	[SAY_RCPT_OTHER] = "RCPT TO:<other@x>\r\n",
	[SAY_RCPT_PARAMETER] = "RCPT TO:<security@x> NOTIFY=NEVER\r\n",
	[SAY_DATA] = "DATA\r\n",
	[SAY_DATA_WORD] = "DATA x\r\n",
	[SAY_DOT] = ".\r\n",
	[SAY_DOTS] = "..\r\n",
	[SAY_RSET] = "RSET\r\n",
	[SAY_NOOP] = "NOOP\r\n",
	[SAY_VRFY] = "VRFY a\r\n",
	[SAY_XFORWARD] = "XFORWARD IDENT=Q\r\n",
	[SAY_EHLO] = "EHLO a\r\n",
	[SAY_EMPTY] = "\r\n",
	[SAY_UNKNOWN] = "STARTTLS\r\n",
	[SAY_QUIT] = "QUIT\r\n",
	[SAY_BARE_LF] = "x\n",
	[SAY_BARE_CR] = "x\ry\r\n",
};

/* --- what should come of it --- */

struct model {
	bool hello, mail, data, closed, forwarded;
	int recipients, mistakes;
	size_t message; /* bytes, as they will be filed */
	char codes[2000]; /* "250 503 ", in the order of the replies */
	size_t codes_len;
};

static void
codes(struct model *m, const char *code, int times)
{
	for (; times > 0; times--)
		m->codes_len += (size_t)snprintf(m->codes + m->codes_len,
			sizeof(m->codes) - m->codes_len, "%s ", code);
}

static void
forget(struct model *m)
{
	m->mail = m->forwarded = false;
	m->recipients = 0;
	m->message = 0;
}

static void
close_with(struct model *m, const char *code)
{
	codes(m, code, 1);
	forget(m);
	m->closed = true;
}

static void
mistake(struct model *m, const char *code)
{
	if (++m->mistakes > LMTP_BAD_COMMANDS_MAX)
		close_with(m, "421");
	else
		codes(m, code, 1);
}

static void
say_data(struct model *m, enum say s)
{
	if (s == SAY_BARE_LF || s == SAY_BARE_CR) {
		m->data = false;
		close_with(m, "521");
	} else if (s == SAY_DOT) {
		codes(m, m->message > MESSAGE_MAX ? "552" : "250",
			m->recipients);
		m->data = false;
		forget(m);
	} else {
		m->message += strlen(texts[s]) - (s == SAY_DOTS);
	}
}

static void
say_mail(struct model *m, enum say s)
{
	if (!m->hello || m->mail)
		mistake(m, "503");
	else if (s == SAY_MAIL_WRONG)
		mistake(m, "501");
	else if (s == SAY_MAIL_LARGE)
		codes(m, "552", 1);
	else {
		codes(m, "250", 1);
		m->mail = true;
	}
}

static void
say_rcpt(struct model *m, enum say s)
{
	if (!m->mail)
		mistake(m, "503");
	else if (s == SAY_RCPT_PARAMETER)
		mistake(m, "555");
	else if (m->recipients == RECIPIENTS)
		codes(m, "452", 1);
	else if (s == SAY_RCPT_OTHER)
		codes(m, "550", 1);
	else {
		codes(m, "250", 1);
		m->recipients++;
	}
}

static void
say(struct model *m, enum say s)
{
	if (m->closed)
		return;
	if (m->data) {
		say_data(m, s);
		return;
	}
	switch (s) {
	case SAY_LHLO:
		codes(m, "250", 1);
		m->hello = true;
		forget(m);
		break;
	case SAY_LHLO_BARE:
		mistake(m, "501");
		break;
	case SAY_MAIL:
	case SAY_MAIL_LARGE:
	case SAY_MAIL_WRONG:
		say_mail(m, s);
		break;
	case SAY_RCPT:
	case SAY_RCPT_OTHER:
	case SAY_RCPT_PARAMETER:
		say_rcpt(m, s);
		break;
	case SAY_DATA:
	case SAY_DATA_WORD:
		if (m->recipients == 0)
			mistake(m, "503");
		else if (s == SAY_DATA_WORD)
			mistake(m, "501");
		else {
			codes(m, "354", 1);
			m->data = true;
		}
		break;
	case SAY_RSET:
		forget(m);
		codes(m, "250", 1);
		break;
	case SAY_NOOP:
		codes(m, "250", 1);
		break;
	case SAY_VRFY:
		codes(m, "252", 1);
		break;
	case SAY_XFORWARD:
		if (!m->hello || m->mail)
			mistake(m, "503");
		else {
			codes(m, "250", 1);
			m->forwarded = true;
		}
		break;
	case SAY_EHLO:
		mistake(m, "502");
		break;
	case SAY_QUIT:
		close_with(m, "221");
		break;
	case SAY_BARE_LF:
	case SAY_BARE_CR:
		close_with(m, "521");
		break;
	default:
		mistake(m, "500");
		break;
	}
}

/* --- what does --- */

struct session {
	struct lmtp *l;
	struct buf out, message, all; /* replies, bytes, messages so far */
	bool closed;
};

static bool
has_room(void *arg, int64_t size)
{
	(void)arg;
	(void)size;
	return true;
}

static bool
is_ours(void *arg, const char *address)
{
	(void)arg;
	return strncmp(address, "security@", 9) == 0;
}

static bool
take(void *arg, const void *data, size_t len)
{
	struct session *s = arg;

	buf_add(&s->message, data, len);
	return true;
}

static void
drop(void *arg)
{
	struct session *s = arg;

	buf_clear(&s->message);
}

static void
begin(struct session *s, int64_t size)
{
	const struct lmtp_limits limits = {.hostname = "mx.example.com",
		.message_size = size,
		.recipients = RECIPIENTS,
		.has_room = has_room,
		.is_ours = is_ours,
		.data = take,
		.reset = drop,
		.arg = s};

	*s = (struct session){.closed = false};
	buf_init(&s->out, 1 << 20);
	buf_init(&s->message, 1 << 20);
	buf_init(&s->all, 1 << 20);
	s->l = lmtp_new(&limits, &s->out);
}

static void
end(struct session *s)
{
	lmtp_free(&s->l);
	buf_release(&s->out);
	buf_release(&s->message);
	buf_release(&s->all);
}

/* A message is noted with its envelope, and answered. */
static void
on_message(struct session *s)
{
	buf_printf(&s->all, "%s>%zu %s %d ", lmtp_sender(s->l),
		lmtp_recipients(s->l), lmtp_forward(s->l)->ident,
		lmtp_refused(s->l));
	if (!lmtp_refused(s->l))
		buf_span(&s->all, buf_view(&s->message));
	buf_clear(&s->message);
	lmtp_answer(s->l, NULL);
}

static void
feed(struct session *s, struct span in)
{
	while (in.len > 0 && !s->closed) {
		switch (lmtp_feed(s->l, &in)) {
		case LMTP_MORE:
			assert_int_equal(in.len, 0);
			break;
		case LMTP_MESSAGE:
			on_message(s);
			break;
		case LMTP_CLOSE:
			s->closed = true;
			break;
		}
	}
}

/* The code of each reply; a reply of several lines counts once. */
static void
codes_of(const struct buf *out, struct buf *codes)
{
	const char *line;

	for (line = out->data; *line != '\0'; line = strchr(line, '\n') + 1)
		if (line[3] == ' ')
			buf_printf(codes, "%.4s", line);
}

static void
compare(const struct session *s, const struct model *m, const enum say *said,
	size_t n)
{
	struct buf story = BUF_INIT(10000), got = BUF_INIT(2000);
	size_t i;

	codes_of(&s->out, &got);
	if (strcmp(got.data, m->codes) == 0 && s->closed == m->closed) {
		buf_release(&got);
		return;
	}
	for (i = 0; i < n; i++)
		buf_puts(&story, texts[said[i]]);
	fail_msg("%s%s%s\nnot:\n%s%s", story.data, got.data,
		s->closed ? "closed" : "", m->codes, m->closed ? "closed" : "");
}

static void
run(const enum say *said, size_t n)
{
	struct model m = {.hello = false};
	struct session s;
	size_t i;

	begin(&s, MESSAGE_MAX);
	for (i = 0; i < n; i++) {
		say(&m, said[i]);
		feed(&s, span_of(texts[said[i]]));
	}
	compare(&s, &m, said, n);
	if (!m.closed && m.data)
		assert_int_equal(s.message.len,
			m.message <= MESSAGE_MAX ? m.message : s.message.len);
	if (!m.closed && m.forwarded)
		assert_string_equal(lmtp_forward(s.l)->ident, "Q");
	end(&s);
}

/* --- tests --- */

static void
test_every_sequence(void **state)
{
	enum say said[DEPTH_MAX + 4] = {0};
	/* From the beginning, with a transaction, and in a message. */
	static const enum say ways[][4] = {{0}, {SAY_LHLO, SAY_MAIL, SAY_RCPT},
		{SAY_LHLO, SAY_MAIL, SAY_RCPT, SAY_DATA}};
	static const size_t lengths[] = {0, 3, 4};
	size_t way, i, at, total = 1;

	(void)state;
	for (i = 0; i < DEPTH_MAX; i++)
		total *= SAY__COUNT;
	for (way = 0; way < countof(ways); way++) {
		memcpy(said, ways[way], sizeof(ways[way]));
		/* Behind a way one less is deep enough. */
		for (i = 0; i < (way == 0 ? total : total / SAY__COUNT); i++) {
			size_t rest = i;

			for (at = 0; at < DEPTH_MAX; at++) {
				said[lengths[way] + at] =
					(enum say)(rest % SAY__COUNT);
				rest /= SAY__COUNT;
			}
			run(said, lengths[way] + DEPTH_MAX - (way != 0));
		}
	}
}

/* The same choices each time; good commands more often than mistakes. */
static enum say
choose(unsigned int *seed)
{
	static const enum say often[] = {SAY_LHLO, SAY_XFORWARD, SAY_MAIL,
		SAY_RCPT, SAY_DATA, SAY_DOT, SAY_DOTS, SAY_EMPTY};
	unsigned int number;

	*seed = *seed * 1103515245 + 12345;
	number = *seed >> 16;
	if (number % 3 != 0)
		return often[number / 3 % countof(often)];
	/* What ends the session now and then. */
	number /= 3;
	return (enum say)(number % (number % 7 == 0 ? SAY__COUNT : SAY_QUIT));
}

static void
test_long_sessions(void **state)
{
	enum say said[WALK_STEPS];
	unsigned int seed = 1;
	size_t walk, i;

	(void)state;
	for (walk = 0; walk < WALKS; walk++) {
		for (i = 0; i < WALK_STEPS; i++)
			said[i] = choose(&seed);
		run(said, WALK_STEPS);
	}
}

/* Cut in two anywhere, and into single bytes. */
static void
test_cut_anywhere(void **state)
{
	unsigned int seed = 7;
	struct session whole, cut;
	struct buf bytes = BUF_INIT(10000);
	struct span all;
	size_t walk, i, at;

	(void)state;
	for (walk = 0; walk < CUTS; walk++) {
		buf_clear(&bytes);
		buf_puts(&bytes,
			walk % 2 ? "LHLO a\r\nXFORWARD IDENT=Q\r\n"
				   "MAIL FROM:<a@b>\r\n"
				   "RCPT TO:<security@x>\r\n"
				 : "");
		for (i = 0; i < CUT_STEPS; i++)
			buf_puts(&bytes, texts[choose(&seed)]);
		all = buf_view(&bytes);
		begin(&whole, MESSAGE_MAX);
		feed(&whole, all);
		for (at = 0; at <= all.len; at++) {
			begin(&cut, MESSAGE_MAX);
			for (i = 0; at == 0 && i < all.len; i++)
				feed(&cut, (struct span){all.data + i, 1});
			if (at > 0) {
				feed(&cut, (struct span){all.data, at});
				feed(&cut,
					(struct span){
						all.data + at, all.len - at});
			}
			assert_string_equal(cut.out.data, whole.out.data);
			assert_int_equal(cut.all.len, whole.all.len);
			assert_memory_equal(
				cut.all.data, whole.all.data, cut.all.len);
			assert_int_equal(cut.closed, whole.closed);
			end(&cut);
		}
		end(&whole);
	}
	buf_release(&bytes);
}

/*
 * What other servers have taken for the end of a message; what stands behind it
 * must never be a command.  Either the session ends, or it is text.
 */
static void
test_smuggling(void **state)
{
	static const char *const ends[] = {"\n.\n", "\n.\r\n", "\r\n.\n",
		"\r.\r", "\r.\r\n", "\r\n.\r", "\r.\n", "\n.\r", "\r\n.\r\r\n",
		"\r\r\n.\r\n", "\r\n.\n\r\n", "\n\r.\r\n", "\r\n.\r.\r\n",
		"\r\n\n.\r\n", "\r\n.\0\r\n", "\r\n\0.\r\n", "\r\n. \r\n",
		"\r\n.\t\r\n", "\r\n .\r\n", "\r\n..\r\n", "\r\n.\x0b\r\n",
		"\r\n.\x0c\r\n", "\r\n\xc2\x85.\r\n", "\r\n.\xe2\x80\xa8\r\n",
		"\r\n=2e\r\n"};
	static const size_t lengths[] = {3, 4, 4, 3, 4, 4, 3, 3, 6, 6, 6, 5, 7,
		6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 8, 7};
	static const char inner[] = "MAIL FROM:<admin@x>\r\n"
				    "RCPT TO:<security@x>\r\nDATA\r\nforged\r\n"
				    ".\r\n";
	struct session s;
	size_t i;

	(void)state;
	for (i = 0; i < countof(ends); i++) {
		begin(&s, 1000);
		feed(&s,
			SPAN("LHLO a\r\nMAIL FROM:<a@b>\r\n"
			     "RCPT TO:<security@x>\r\nDATA\r\n"));
		feed(&s, SPAN("a"));
		feed(&s, (struct span){ends[i], lengths[i]});
		feed(&s, SPAN(inner));
		/* No message of a second sender. */
		assert_null(memmem(s.all.data, s.all.len, "admin@x>1", 9));
		if (!s.closed)
			assert_non_null(memmem(s.all.data, s.all.len,
				"MAIL FROM:<admin@x>", 19));
		else
			assert_non_null(strstr(s.out.data, "521 5.5.2 "));
		end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_sequence),
		cmocka_unit_test(test_long_sessions),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_smuggling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
