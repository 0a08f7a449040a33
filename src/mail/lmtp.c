#include "mail/lmtp.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/address.h"
#include "mail/answers.h"
#include "mail/envelope.h"
#include "mail/field.h"

enum state {
	STATE_FRESH, /* nothing said yet */
	STATE_READY, /* LHLO was accepted */
	STATE_MAIL, /* a transaction, without recipients */
	STATE_RCPT, /* with recipients */
	STATE_DATA, /* in the message */
	STATE_ANSWER, /* behind it: the caller answers */
	STATE_CLOSED,
	STATE__COUNT
};

#define IN(STATE) (1u << (STATE))
#define IN_TRANSACTION (IN(STATE_MAIL) | IN(STATE_RCPT))
#define IN_COMMANDS (IN(STATE_FRESH) | IN(STATE_READY) | IN_TRANSACTION)

/* Where one may go from each state; a session may always be closed. */
static const unsigned int next_states[] = {
	[STATE_FRESH] = IN(STATE_FRESH) | IN(STATE_READY),
	[STATE_READY] = IN(STATE_READY) | IN(STATE_MAIL),
	[STATE_MAIL] = IN(STATE_READY) | IN(STATE_RCPT),
	[STATE_RCPT] = IN(STATE_READY) | IN(STATE_RCPT) | IN(STATE_DATA),
	[STATE_DATA] = IN(STATE_ANSWER),
	[STATE_ANSWER] = IN(STATE_READY),
	[STATE_CLOSED] = 0,
};
_Static_assert(countof(next_states) == STATE__COUNT, "ways from each state");

enum refusal {
	NOT_REFUSED,
	REFUSED_TOO_LARGE,
	REFUSED_BY_CALLER
};

/* Where the bytes of a message stand. */
enum data_at {
	AT_LINE, /* at the beginning of a line */
	AT_DOT, /* behind a dot that begins a line */
	AT_DOT_CR, /* behind that dot and CR */
	AT_TEXT,
	AT_CR
};

struct lmtp {
	struct lmtp_limits limits;
	struct buf *out;
	enum state state;
	unsigned int bad_commands;
	struct buf line; /* the command line in work */
	bool line_too_long;
	struct lmtp_forward forward;
	/* The transaction. */
	char *sender;
	char **recipients;
	size_t recipients_count;
	int64_t size;
	enum data_at at;
	enum refusal refusal;
};

static void
reply(struct lmtp *l, const char *text)
{
	buf_puts(l->out, text);
	buf_puts(l->out, "\r\n");
}

/* The one place where the state changes. */
static void
enter_state(struct lmtp *l, enum state next)
{
	if (next != STATE_CLOSED && (next_states[l->state] & IN(next)) == 0) {
		reply(l, "421 4.3.0 Internal error, closing connection");
		next = STATE_CLOSED;
	}
	l->state = next;
}

/* The transaction is over; what was forwarded was for it alone. */
static void
end_transaction(struct lmtp *l, bool message)
{
	size_t i;
	bool was = l->sender != NULL;

	free(l->sender);
	l->sender = NULL;
	for (i = 0; i < l->recipients_count; i++)
		free(l->recipients[i]);
	l->recipients_count = 0;
	l->size = 0;
	l->refusal = NOT_REFUSED;
	l->at = AT_LINE;
	l->forward = (struct lmtp_forward){.name = ""};
	if (was && !message)
		l->limits.reset(l->limits.arg);
}

static void
close_session(struct lmtp *l, const char *text)
{
	reply(l, text);
	end_transaction(l, false);
	enter_state(l, STATE_CLOSED);
}

/* The client has made a mistake; too many, and it is no mail server. */
static void
bad_command(struct lmtp *l, const char *text)
{
	if (++l->bad_commands > LMTP_BAD_COMMANDS_MAX)
		close_session(l, "421 4.7.0 Too many errors");
	else
		reply(l, text);
}

static void
do_mail(struct lmtp *l, struct span s)
{
	const char *wrong = "501 5.1.7 Syntax: MAIL FROM:<address>";
	int64_t size = 0;
	char *sender = NULL;

	if (span_begins_nocase(s, "FROM:")) {
		span_skip(&s, strlen("FROM:"));
		sender = envelope_path(&s);
	}
	if (sender != NULL)
		wrong = envelope_mail_parameters(s, &size);
	if (wrong != NULL) {
		bad_command(l, wrong);
		free(sender);
	} else if (size > l->limits.message_size) {
		reply(l, ANSWER_TOO_LARGE);
		free(sender);
	} else if (!l->limits.has_room(l->limits.arg, size)) {
		reply(l, ANSWER_NO_ROOM);
		free(sender);
	} else {
		l->limits.reset(l->limits.arg);
		l->sender = sender;
		enter_state(l, STATE_MAIL);
		reply(l, "250 2.1.0 Ok");
	}
}

static void
add_recipient(struct lmtp *l, const char *address)
{
	char normal[ADDRESS_MAX + 1];

	if (address_valid(span_of(address))) {
		address_normalize(span_of(address), normal);
		address = normal;
	}
	l->recipients[l->recipients_count++] = xstrdup(address);
	enter_state(l, STATE_RCPT);
	reply(l, "250 2.1.5 Ok");
}

static void
do_rcpt(struct lmtp *l, struct span s)
{
	scoped(free_pointer) char *address = NULL;

	if (span_begins_nocase(s, "TO:")) {
		span_skip(&s, strlen("TO:"));
		address = envelope_path(&s);
	}
	if (address == NULL || address[0] == '\0')
		bad_command(l, "501 5.1.3 Syntax: RCPT TO:<address>");
	else if (span_trim(s).len > 0)
		bad_command(l, "555 5.5.4 Unsupported parameter");
	else if (l->recipients_count == l->limits.recipients)
		reply(l, ANSWER_TOO_MANY);
	else if (!l->limits.is_ours(l->limits.arg, address))
		reply(l, "550 5.1.1 No such address here");
	else
		add_recipient(l, address);
}

static void
do_data(struct lmtp *l, struct span s)
{
	if (span_trim(s).len > 0) {
		bad_command(l, "501 5.5.4 DATA takes no parameter");
		return;
	}
	enter_state(l, STATE_DATA);
	reply(l, "354 End data with <CR><LF>.<CR><LF>");
}

static void
do_lhlo(struct lmtp *l, struct span s)
{
	if (span_trim(s).len == 0) {
		bad_command(l, "501 5.5.4 Syntax: LHLO hostname");
		return;
	}
	end_transaction(l, false);
	enter_state(l, STATE_READY);
	buf_printf(l->out,
		"250-%s\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
		"250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE %lld\r\n"
		"250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n",
		l->limits.hostname, (long long)l->limits.message_size);
}

static void
do_rset(struct lmtp *l, struct span s)
{
	(void)s;
	end_transaction(l, false);
	if (l->state != STATE_FRESH)
		enter_state(l, STATE_READY);
	reply(l, "250 2.0.0 Ok");
}

static void
do_noop(struct lmtp *l, struct span s)
{
	(void)s;
	reply(l, "250 2.0.0 Ok");
}

static void
do_vrfy(struct lmtp *l, struct span s)
{
	(void)s;
	reply(l, "252 2.1.5 Send some mail, it will be tried");
}

static void
do_quit(struct lmtp *l, struct span s)
{
	(void)s;
	close_session(l, "221 2.0.0 Bye");
}

static void
do_smtp(struct lmtp *l, struct span s)
{
	(void)s;
	bad_command(l, "502 5.5.1 This is LMTP: say LHLO");
}

static void
do_xforward(struct lmtp *l, struct span s)
{
	struct lmtp_forward f = l->forward;
	struct span word;

	while ((word = envelope_word(&s)).len > 0) {
		if (!envelope_forward(&f, word)) {
			bad_command(l, "501 5.5.4 Bad XFORWARD attribute");
			return;
		}
	}
	l->forward = f;
	reply(l, "250 2.0.0 Ok");
}

/* Which verb may come in which state, and what is said when it may not. */
static const struct verb {
	const char *name;
	unsigned int states;
	const char *refusal;
	void (*proceed)(struct lmtp *l, struct span s);
} verbs[] = {
	{"LHLO", IN_COMMANDS, NULL, do_lhlo},
	{"MAIL", IN(STATE_READY), "503 5.5.1 LHLO first, MAIL once", do_mail},
	{"RCPT", IN_TRANSACTION, "503 5.5.1 MAIL first", do_rcpt},
	{"DATA", IN(STATE_RCPT), "503 5.5.1 No valid recipients", do_data},
	{"RSET", IN_COMMANDS, NULL, do_rset},
	{"NOOP", IN_COMMANDS, NULL, do_noop},
	{"QUIT", IN_COMMANDS, NULL, do_quit},
	{"VRFY", IN_COMMANDS, NULL, do_vrfy},
	{"XFORWARD", IN(STATE_READY), "503 5.5.1 XFORWARD stands before MAIL",
		do_xforward},
	{"HELO", IN_COMMANDS, NULL, do_smtp},
	{"EHLO", IN_COMMANDS, NULL, do_smtp},
};

static void
command(struct lmtp *l, struct span line)
{
	struct span name = envelope_word(&line);
	size_t i;

	for (i = 0; i < countof(verbs); i++) {
		if (!span_is_nocase(name, verbs[i].name))
			continue;
		if ((verbs[i].states & IN(l->state)) == 0)
			bad_command(l, verbs[i].refusal);
		else
			verbs[i].proceed(l, span_trim(line));
		return;
	}
	bad_command(l, "500 5.5.2 Unknown command");
}

static void
command_line(struct lmtp *l)
{
	if (l->line_too_long)
		bad_command(l, "500 5.5.2 Line is too long");
	else
		command(l, buf_view(&l->line));
	buf_clear(&l->line);
	l->line_too_long = false;
}

static void
bare_line_end(struct lmtp *l)
{
	close_session(l, "521 5.5.2 Bare CR or LF, closing connection");
}

/* Take bytes up to the end of a command line, which is then obeyed. */
static void
feed_command(struct lmtp *l, struct span *in)
{
	bool cr = l->line.len > 0 && l->line.data[l->line.len - 1] == '\r';
	char c = in->data[0];

	span_skip(in, 1);
	if ((c == '\n') != cr) {
		bare_line_end(l);
	} else if (c == '\n') {
		buf_cut(&l->line, l->line.len - 1);
		command_line(l);
	} else if (c == '\r' || l->line.len + 2 < LMTP_LINE_MAX) {
		buf_putc(&l->line, c);
	} else {
		l->line_too_long = true;
	}
}

/*
 * Message bytes for the caller, unless they are not wanted any more.  They are
 * counted on: what is too large will be so the next time, too, whatever else
 * stands in its way.
 */
static void
give(struct lmtp *l, const char *data, size_t len)
{
	if (len == 0)
		return;
	l->size += (int64_t)len;
	if (l->size > l->limits.message_size)
		l->refusal = REFUSED_TOO_LARGE;
	else if (l->refusal == NOT_REFUSED &&
		!l->limits.data(l->limits.arg, data, len))
		l->refusal = REFUSED_BY_CALLER;
}

/* How much of S, within a line, is text: up to CR or LF. */
static size_t
text_run(struct span s)
{
	size_t i;

	for (i = 0; i < s.len && s.data[i] != '\r' && s.data[i] != '\n'; i++)
		;
	return i;
}

/* CR, LF, or a dot that begins a line. */
static void
data_char(struct lmtp *l, char c)
{
	switch (l->at) {
	case AT_DOT_CR:
		if (c == '\n')
			enter_state(l, STATE_ANSWER);
		else
			bare_line_end(l);
		return;
	case AT_CR:
		if (c == '\n')
			give(l, "\r\n", 2);
		else
			bare_line_end(l);
		l->at = AT_LINE;
		return;
	default:
		break;
	}
	if (c == '\n')
		bare_line_end(l);
	else if (c == '\r')
		l->at = l->at == AT_DOT ? AT_DOT_CR : AT_CR;
	else
		l->at = AT_DOT; /* of two the first is dropped (4.5.2) */
}

static void
feed_data(struct lmtp *l, struct span *in)
{
	size_t n;

	while (in->len > 0 && l->state == STATE_DATA) {
		if (l->at != AT_CR && l->at != AT_DOT_CR &&
			!(l->at == AT_LINE && in->data[0] == '.') &&
			(n = text_run(*in)) > 0) {
			give(l, in->data, n);
			span_skip(in, n);
			l->at = AT_TEXT;
			continue;
		}
		data_char(l, in->data[0]);
		span_skip(in, 1);
	}
}

struct lmtp *
lmtp_new(const struct lmtp_limits *limits, struct buf *out)
{
	struct lmtp *l = xcalloc(1, sizeof(*l));

	l->limits = *limits;
	l->out = out;
	buf_init(&l->line, LMTP_LINE_MAX);
	l->recipients = xcalloc(limits->recipients, sizeof(*l->recipients));
	return l;
}

void
lmtp_free(struct lmtp **l)
{
	if (*l == NULL)
		return;
	end_transaction(*l, false);
	buf_release(&(*l)->line);
	free((*l)->recipients);
	free(*l);
	*l = NULL;
}

void
lmtp_greet(struct lmtp *l, bool busy)
{
	if (busy)
		close_session(l, "421 4.3.2 Too busy, try again");
	else
		buf_printf(l->out, "220 %s LMTP\r\n", l->limits.hostname);
}

enum lmtp_event
lmtp_feed(struct lmtp *l, struct span *in)
{
	while (in->len > 0 && l->state != STATE_ANSWER &&
		l->state != STATE_CLOSED) {
		if (l->state == STATE_DATA)
			feed_data(l, in);
		else
			feed_command(l, in);
	}
	if (l->state == STATE_CLOSED || l->out->failed)
		return LMTP_CLOSE;
	return l->state == STATE_ANSWER ? LMTP_MESSAGE : LMTP_MORE;
}

const char *
lmtp_sender(const struct lmtp *l)
{
	return l->sender != NULL ? l->sender : "";
}

size_t
lmtp_recipients(const struct lmtp *l)
{
	return l->recipients_count;
}

const char *
lmtp_recipient(const struct lmtp *l, size_t i)
{
	return l->recipients[i];
}

const struct lmtp_forward *
lmtp_forward(const struct lmtp *l)
{
	return &l->forward;
}

bool
lmtp_refused(const struct lmtp *l)
{
	return l->refusal != NOT_REFUSED;
}

static const char *
answer_of(const struct lmtp *l, const struct err *err)
{
	if (l->refusal == REFUSED_TOO_LARGE)
		return ANSWER_TOO_LARGE;
	if (l->refusal == REFUSED_BY_CALLER)
		return ANSWER_NOT_STORED;
	if (err == NULL)
		return "250 2.0.0 Ok";
	return err->kind == ERR_PERMANENT ? ANSWER_REFUSED : ANSWER_LATER;
}

void
lmtp_answer(struct lmtp *l, const struct err *err)
{
	const char *answer = answer_of(l, err);
	size_t i;

	if (l->state != STATE_ANSWER)
		return;
	for (i = 0; i < l->recipients_count; i++)
		reply(l, answer);
	end_transaction(l, err == NULL && l->refusal == NOT_REFUSED);
	enter_state(l, STATE_READY);
}

void
lmtp_give_up(struct lmtp *l)
{
	if (l->state != STATE_CLOSED)
		close_session(l, "421 4.4.2 Closing connection");
}
