/*
 * filter: what a milter says to each step of an SMTP session that passes it
 * by.  Pure: the caller (daemon/milter_api.c) has the library and the socket,
 * daemon/milterd.c the spool.
 *
 * A filter is one connection of the MTA and carries many messages.  It acts
 * only on recipients of the service; a message without one is let pass
 * (FILTER_PASS) before its bytes are looked at, and never refused.  What LMTP
 * could only refuse later, when Postfix has to send a bounce, is refused here:
 * a message that is too large (by its SIZE when the recipient is named, else
 * when it has come), too many recipients, one that loops (FILTER_HOPS_MAX
 * Received fields, RFC 5321, 6.3, or a mark of our own).
 *
 * The bytes that are given out are the message as the MTA has it, CRLF line
 * ends, with a Received of our own on top, because that of the MTA is not
 * shown to milters: so the copy of the mail that comes by LMTP has the same
 * identity (daemon/identity.h).
 *
 * Sequence: filter_new(); filter_client(), filter_helo(); for each message
 * filter_mail(), filter_rcpt()..., filter_data(), filter_header()...,
 * filter_body()..., filter_end(), then, when that said FILTER_GO_ON and the
 * caller has made durable what was given out, filter_edits(); filter_reset()
 * at any time.  Each step may refuse; the message is over then, but for a
 * refused recipient.  One thread at a time.
 */
#ifndef MAIL_FILTER_H
#define MAIL_FILTER_H

#include "base/buf.h"

#define FILTER_HOPS_MAX 100
#define FILTER_CLASS_FIELD "X-Psirtd-Class"

enum filter_mode {
	FILTER_COPY, /* spooled, goes on with a mark */
	FILTER_TAKE, /* spooled, goes on to the other recipients only */
	FILTER_TAG, /* not spooled, goes on with its class */
	FILTER__COUNT
};

enum filter_answer {
	FILTER_GO_ON,
	FILTER_PASS, /* nothing of this message is ours: do not show it */
	FILTER_REFUSE, /* see filter_reply() */
};

struct filter_limits {
	enum filter_mode mode;
	const char *hostname;
	int64_t message_size;
	size_t recipients; /* of ours, of one message */
	size_t header_size; /* as much is looked at for the class */
	struct span mark_key;
	/* Is this an address of the service? */
	bool (*is_ours)(void *arg, const char *address);
	/* Asked at the first recipient of ours. */
	bool (*has_room)(void *arg, int64_t size);
	/* Message bytes; false: the message will be answered 451. */
	bool (*data)(void *arg, const void *data, size_t len);
	/* The message is over, however it ended, or there was none. */
	void (*reset)(void *arg);
	void *arg;
};

/* What is known of a message beside its bytes; the filter's, until reset. */
struct filter_envelope {
	const char *client_name, *client_address, *helo;
	const char *auth; /* who has logged in, or "" */
	const char *sender; /* "" is the null path */
	const char *queue_id; /* "" before filter_data() */
	char *const *recipients; /* those of ours */
	size_t recipients_count;
};

/* What is to be done to a message that is ours. */
struct filter_edits {
	bool discard; /* nobody is left */
	/* To be removed, as the MTA named them. */
	char *const *remove;
	size_t remove_count;
	/* To be put on top; NULL: none.  The field is taken away first where it
	 * stands already, as often as ADD_STALE says. */
	const char *add_field, *add_value;
	size_t add_stale;
};

struct filter;

struct filter *filter_new(const struct filter_limits *limits);
void filter_free(struct filter **f);
void *filter_arg(const struct filter *f);

/* Whatever is NULL counts as "". */
void filter_client(struct filter *f, const char *name, const char *address);
void filter_helo(struct filter *f, const char *name);

/* ARGUMENTS are those of MAIL, the path first, up to a NULL. */
enum filter_answer filter_mail(
	struct filter *f, char *const *arguments, const char *auth);
/* PATH as the MTA names it: with <>, or without. */
enum filter_answer filter_rcpt(struct filter *f, const char *path);
enum filter_answer filter_data(struct filter *f, const char *queue_id);
/* VALUE as it stands behind the colon, lines within it ended by LF or CRLF. */
enum filter_answer filter_header(
	struct filter *f, const char *name, const char *value);
enum filter_answer filter_body(struct filter *f, const void *data, size_t len);
enum filter_answer filter_end(struct filter *f);

/*
 * NUMBER is that of the record in the spool, NULL in mode FILTER_TAG.  Valid
 * until the next call.
 */
struct filter_edits filter_edits(struct filter *f, const char *number);

void filter_reset(struct filter *f);

/* A constant of mail/answers.h; right after FILTER_REFUSE. */
const char *filter_reply(const struct filter *f);

struct filter_envelope filter_envelope(const struct filter *f);

/* FILTER__COUNT when it is none: "copy", "take", "tag". */
enum filter_mode filter_mode_of(const char *name);

#endif
