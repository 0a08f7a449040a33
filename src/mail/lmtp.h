/*
 * lmtp: the protocol machine of an LMTP server (RFC 2033), bytes to events.
 *
 * It owns no socket, no clock and no file: the caller feeds what arrived and
 * gets replies to send and events to act on.  PIPELINING (RFC 2920),
 * ENHANCEDSTATUSCODES (2034), 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870)
 * and Postfix's XFORWARD are announced.
 *
 * One table says which verb may come in which state.  Command lines end in
 * CRLF and have at most LMTP_LINE_MAX octets.  In DATA only CRLF.CRLF ends; a
 * CR without LF or an LF without CR ends the session with 521, because two
 * programs that disagree about line ends are how mail is smuggled; NUL is
 * kept.  Replies are constants (their text comes back in bounces).
 *
 * Sequence: lmtp_new(); lmtp_feed() for each read, which appends replies to
 * `out` and returns the event that stopped it; after LMTP_MESSAGE the caller
 * makes the message durable (or fails to) and calls lmtp_answer() once for all
 * recipients; then feeds on with what was left over.  One thread.
 */
#ifndef MAIL_LMTP_H
#define MAIL_LMTP_H

#include "base/buf.h"
#include "base/err.h"

#define LMTP_LINE_MAX 2048
#define LMTP_BAD_COMMANDS_MAX 20

enum lmtp_event {
	LMTP_MORE, /* everything was taken; read on */
	LMTP_MESSAGE, /* a message is complete: answer it */
	LMTP_CLOSE, /* send what is in `out` and close */
};

/* Facts about the original client, from XFORWARD; "" when not given. */
struct lmtp_forward {
	char name[256], address[64], helo[256], ident[64], source[16];
};

struct lmtp_limits {
	const char *hostname;
	int64_t message_size;
	size_t recipients;
	/* Asked at MAIL: false is answered 452 (disk is filling up). */
	bool (*has_room)(void *arg, int64_t size);
	/* Asked at RCPT: is this an address of the service?  Else 550. */
	bool (*is_ours)(void *arg, const char *address);
	/* Message bytes as they come, CRLF line ends, dots unstuffed; false:
	 * the message will be answered 451. */
	bool (*data)(void *arg, const void *data, size_t len);
	/* A transaction ended without a message, or a new one begins. */
	void (*reset)(void *arg);
	void *arg;
};

struct lmtp;

struct lmtp *lmtp_new(const struct lmtp_limits *limits, struct buf *out);
void lmtp_free(struct lmtp **l);

/* The greeting, or 421 when BUSY; then LMTP_CLOSE is right. */
void lmtp_greet(struct lmtp *l, bool busy);

/* Take bytes from *IN; *IN is what was not taken yet. */
enum lmtp_event lmtp_feed(struct lmtp *l, struct span *in);

/* The transaction that LMTP_MESSAGE ended. */
const char *lmtp_sender(const struct lmtp *l); /* "" is the null path */
size_t lmtp_recipients(const struct lmtp *l);
const char *lmtp_recipient(const struct lmtp *l, size_t i);
const struct lmtp_forward *lmtp_forward(const struct lmtp *l);
/* Too large, or data() said no: not to be kept, answered by lmtp_answer(). */
bool lmtp_refused(const struct lmtp *l);

/*
 * One reply a recipient, in the order of RCPT (RFC 2033, 4.2): 250 when ERR is
 * NULL, 451 when it is temporary or a bug, 554 when it is permanent; a message
 * that lmtp_refused() gets its own.
 */
void lmtp_answer(struct lmtp *l, const struct err *err);

/* 421 and the end: a time-out, or a stop of the service. */
void lmtp_give_up(struct lmtp *l);

#endif
