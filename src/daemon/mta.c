#include "daemon/mta.h"

#include <stddef.h> /* libesmtp.h needs it and does not say so */

#include <errno.h>
#include <fcntl.h>
#include <libesmtp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "daemon/domain.h"
#include "mail/address.h"

#define TOKEN_BYTES 40
#define SMTP "smtp:"
#define CHUNK_BYTES 16384
#define TIMEOUT_MS 120000

/* What libesmtp reads the letter from. */
struct reading_letter {
	int fd;
	int64_t at;
	char chunk[CHUNK_BYTES];
	bool failed;
	int socket; /* libesmtp's, in all likelihood */
};

/* The descriptor that the next one to be opened will get. */
static int
next_descriptor(int any)
{
	int fd = fcntl(any, F_DUPFD_CLOEXEC, 0);

	if (fd != -1)
		close(fd);
	return fd;
}

/*
 * Else the last segment of a letter waits until those before it are
 * acknowledged, which the other end puts off for 40 ms (RFC 896 against RFC
 * 1122, 4.2.3.2).  libesmtp has no word for it and hides its socket, so this
 * is a guess, and where it is wrong nothing but time is lost.
 */
static void
send_at_once(int socket)
{
	int one = 1;

	(void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* LEN NULL: from the beginning, when the server waits for the letter. */
static const char *
next_chunk(void **context, int *len, void *arg)
{
	struct reading_letter *r = arg;
	ssize_t n;

	(void)context;
	if (len == NULL) {
		r->at = 0;
		send_at_once(r->socket);
		return NULL;
	}
	do
		n = pread(r->fd, r->chunk, sizeof(r->chunk), r->at);
	while (n == -1 && errno == EINTR);
	r->failed = r->failed || n == -1;
	*len = n > 0 ? (int)n : 0;
	r->at += *len;
	return *len > 0 ? r->chunk : NULL;
}

static void
outcome_of(const smtp_status_t *status, struct post_report *r,
	char text[static MTA_TEXT_MAX])
{
	struct buf clean = BUF_INIT(MTA_TEXT_MAX - 1);
	const char *p;

	r->outcome = status->code / 100 == 2 ? POST_HANDED
		: status->code / 100 == 5    ? POST_PERMANENT
					     : POST_TEMPORARY;
	buf_printf(&clean, "%d ", status->code);
	for (p = status->text != NULL ? status->text : ""; *p != '\0'; p++)
		if (*p >= ' ' && *p < 0x7f)
			buf_putc(&clean, *p);
	snprintf(text, MTA_TEXT_MAX, "%s", clean.data);
	buf_release(&clean);
}

/* The worst of what the server said: a refusal anywhere is a refusal. */
static void
judge(smtp_session_t session, smtp_message_t message,
	smtp_recipient_t recipient, bool started, struct post_report *r,
	char text[static MTA_TEXT_MAX])
{
	const smtp_status_t *steps[] = {smtp_reverse_path_status(message),
		smtp_recipient_status(recipient),
		smtp_message_transfer_status(message)};
	char error[128];
	size_t i;

	(void)session;
	r->outcome = POST_TEMPORARY;
	if (!started) {
		snprintf(text, MTA_TEXT_MAX, "no session: %s",
			smtp_strerror(smtp_errno(), error, sizeof(error)) !=
					NULL
				? error
				: "?");
		return;
	}
	snprintf(text, MTA_TEXT_MAX, "the server hung up");
	for (i = 0; i < countof(steps); i++) {
		if (steps[i] == NULL || steps[i]->code == 0)
			continue;
		outcome_of(steps[i], r, text);
		if (r->outcome != POST_HANDED)
			return;
	}
	/* It took the envelope, and never answered for the message. */
	if (steps[2] == NULL || steps[2]->code == 0) {
		r->outcome = POST_TEMPORARY;
		snprintf(text, MTA_TEXT_MAX,
			"the server hung up before it answered for the letter");
	}
}

/* The token of the envelope address, for bounces that lose the address. */
static void
request_notices(const struct conf *c, smtp_message_t message,
	smtp_recipient_t recipient, const struct post_letter *l)
{
	struct span token = address_token(
		l->sender, c->address, c->reply_delimiter, c->reply_domain);
	char id[TOKEN_BYTES];

	if (l->sender[0] == '\0') {
		smtp_dsn_set_notify(recipient, Notify_NEVER);
		return;
	}
	smtp_dsn_set_ret(message, Ret_HDRS);
	snprintf(id, sizeof(id), "%.*s", (int)token.len, token.data);
	if (token.len > 0)
		smtp_dsn_set_envid(message, id);
	smtp_dsn_set_notify(recipient, Notify_FAILURE | Notify_DELAY);
}

static void
converse(const struct conf *c, const struct post_letter *l,
	const char *recipient_ascii, struct reading_letter *letter,
	struct post_report *r, char text[static MTA_TEXT_MAX])
{
	smtp_session_t session = smtp_create_session();
	smtp_message_t message =
		session != NULL ? smtp_add_message(session) : NULL;
	smtp_recipient_t recipient = NULL;
	bool started;
	int i;

	if (message != NULL)
		recipient = smtp_add_recipient(message, recipient_ascii);
	if (recipient == NULL ||
		!smtp_set_server(session, c->deliver + strlen(SMTP)) ||
		!smtp_set_hostname(session, c->hostname) ||
		!smtp_set_reverse_path(
			message, l->sender[0] != '\0' ? l->sender : NULL) ||
		!smtp_set_messagecb(message, next_chunk, letter))
		abort(); /* only memory can be short here */
	for (i = Timeout_GREETING; i <= Timeout_DATA2; i++)
		smtp_set_timeout(session, i | Timeout_OVERRIDE_RFC2822_MINIMUM,
			TIMEOUT_MS);
	smtp_8bitmime_set_body(message, E8bitmime_7BIT);
	smtp_size_set_estimate(message, (unsigned long)l->size);
	request_notices(c, message, recipient, l);
	letter->socket = next_descriptor(letter->fd);
	started = smtp_start_session(session) != 0;
	judge(session, message, recipient, started, r, text);
	if (letter->failed)
		r->outcome = POST_TEMPORARY;
	smtp_destroy_session(session);
}

void
mta_deliver(const struct conf *c, const struct post_letter *l, int fd,
	struct post_report *r, char text[static MTA_TEXT_MAX])
{
	struct reading_letter *letter;
	char ascii[DOMAIN_ADDRESS_BYTES];

	if (!address_local_is_ascii(l->recipient)) {
		r->outcome = POST_UNREACHABLE;
		snprintf(text, MTA_TEXT_MAX,
			"the local part of the address is not ASCII: libesmtp "
			"cannot carry it (SMTPUTF8); write to them "
			"another way");
		return;
	}
	if (!domain_to_ascii(l->recipient, ascii)) {
		r->outcome = POST_PERMANENT;
		snprintf(text, MTA_TEXT_MAX,
			"the domain of the address is not a valid name");
		return;
	}
	letter = xcalloc(1, sizeof(*letter));
	letter->fd = fd;
	converse(c, l, ascii, letter, r, text);
	free(letter);
}
