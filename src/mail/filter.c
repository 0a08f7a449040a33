#include "mail/filter.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mail/address.h"
#include "mail/answers.h"
#include "mail/envelope.h"
#include "mail/field.h"
#include "mail/mark.h"
#include "mail/robot.h"

#define TRACE_BYTES 1000 /* the Received field */
#define WORD_BYTES 200 /* of a foreign word in it */
#define LINE_BYTES (4 << 20) /* libmilter takes 1 MB, which may grow */

struct filter {
	struct filter_limits limits;
	char *client_name, *client_address, *helo;
	const char *reply;
	/* The message. */
	char *auth, *sender, *queue_id;
	char **raw, **ours; /* the service's, as named and as addresses */
	size_t ours_count, others;
	int64_t declared, size;
	size_t hops, classes;
	bool begun; /* bytes were given out */
	bool in_body;
	struct buf head; /* for the class */
	char mark[MARK_MAX];
};

static const char *const mode_names[] = {
	[FILTER_COPY] = "copy", [FILTER_TAKE] = "take", [FILTER_TAG] = "tag"};
_Static_assert(countof(mode_names) == FILTER__COUNT, "a name for each mode");

enum filter_mode
filter_mode_of(const char *name)
{
	int mode = 0;

	while (mode < FILTER__COUNT && strcmp(name, mode_names[mode]) != 0)
		mode++;
	return (enum filter_mode)mode;
}

static void
replace(char **text, const char *with)
{
	free(*text);
	*text = with != NULL ? xstrdup(with) : NULL;
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static enum filter_answer
refuse(struct filter *f, const char *reply)
{
	f->reply = reply;
	return FILTER_REFUSE;
}

struct filter *
filter_new(const struct filter_limits *limits)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->limits = *limits;
	f->reply = ANSWER_LATER;
	f->raw = xcalloc(limits->recipients, sizeof(*f->raw));
	f->ours = xcalloc(limits->recipients, sizeof(*f->ours));
	buf_init(&f->head, limits->header_size);
	return f;
}

void
filter_free(struct filter **f)
{
	if (*f == NULL)
		return;
	filter_reset(*f);
	free((*f)->client_name);
	free((*f)->client_address);
	free((*f)->helo);
	free((*f)->raw);
	free((*f)->ours);
	free(*f);
	*f = NULL;
}

void *
filter_arg(const struct filter *f)
{
	return f->limits.arg;
}

const char *
filter_reply(const struct filter *f)
{
	return f->reply;
}

void
filter_reset(struct filter *f)
{
	size_t i;

	for (i = 0; i < f->ours_count; i++) {
		free(f->raw[i]);
		free(f->ours[i]);
	}
	replace(&f->auth, NULL);
	replace(&f->sender, NULL);
	replace(&f->queue_id, NULL);
	f->ours_count = f->others = f->hops = f->classes = 0;
	f->declared = f->size = 0;
	f->begun = f->in_body = false;
	buf_release(&f->head);
	f->limits.reset(f->limits.arg);
}

void
filter_client(struct filter *f, const char *name, const char *address)
{
	replace(&f->client_name, name);
	replace(&f->client_address, address);
}

void
filter_helo(struct filter *f, const char *name)
{
	replace(&f->helo, name);
}

/* --- the envelope --- */

enum filter_answer
filter_mail(struct filter *f, char *const *arguments, const char *auth)
{
	int64_t size;
	size_t i;

	filter_reset(f);
	f->sender = envelope_argument(arguments[0]);
	replace(&f->auth, auth);
	for (i = 1; arguments[i] != NULL; i++) {
		size = 0;
		/* What else there is was the MTA's to judge. */
		if (span_begins_nocase(span_of(arguments[i]), "SIZE=") &&
			envelope_mail_parameters(
				span_of(arguments[i]), &size) == NULL)
			f->declared = size;
	}
	return FILTER_GO_ON;
}

static void
add_recipient(struct filter *f, const char *raw, const char *address)
{
	char normal[ADDRESS_MAX + 1];

	if (address_valid(span_of(address))) {
		address_normalize(span_of(address), normal);
		address = normal;
	}
	f->raw[f->ours_count] = xstrdup(raw);
	f->ours[f->ours_count++] = xstrdup(address);
}

enum filter_answer
filter_rcpt(struct filter *f, const char *path)
{
	scoped(free_pointer) char *address = envelope_argument(path);

	if (address == NULL || !f->limits.is_ours(f->limits.arg, address)) {
		f->others++;
		return FILTER_GO_ON;
	}
	if (f->declared > f->limits.message_size)
		return refuse(f, ANSWER_TOO_LARGE);
	if (f->ours_count == f->limits.recipients)
		return refuse(f, ANSWER_TOO_MANY);
	if (f->ours_count == 0 && f->limits.mode != FILTER_TAG &&
		!f->limits.has_room(f->limits.arg, f->declared))
		return refuse(f, ANSWER_NO_ROOM);
	add_recipient(f, path, address);
	return FILTER_GO_ON;
}

enum filter_answer
filter_data(struct filter *f, const char *queue_id)
{
	if (f->ours_count == 0)
		return FILTER_PASS;
	replace(&f->queue_id, queue_id);
	return FILTER_GO_ON;
}

struct filter_envelope
filter_envelope(const struct filter *f)
{
	return (struct filter_envelope){.client_name = or_empty(f->client_name),
		.client_address = or_empty(f->client_address),
		.helo = or_empty(f->helo),
		.auth = or_empty(f->auth),
		.sender = or_empty(f->sender),
		.queue_id = or_empty(f->queue_id),
		.recipients = f->ours,
		.recipients_count = f->ours_count};
}

/* --- the message --- */

/*
 * Bytes for the caller.  The Received on top does not count as the message's:
 * LMTP has the same limit, and one of Postfix in it.
 */
static enum filter_answer
give(struct filter *f, const void *data, size_t len)
{
	f->size += (int64_t)len;
	if (f->size > f->limits.message_size)
		return refuse(f, ANSWER_TOO_LARGE);
	if (f->limits.mode != FILTER_TAG &&
		!f->limits.data(f->limits.arg, data, len))
		return refuse(f, ANSWER_NOT_STORED);
	return FILTER_GO_ON;
}

/* A foreign word in a comment: nothing that ends it, or the line. */
static void
add_word(struct buf *out, const char *text)
{
	size_t i;

	if (text == NULL || text[0] == '\0')
		buf_puts(out, "unknown");
	for (i = 0; text != NULL && text[i] != '\0' && i < WORD_BYTES; i++)
		buf_putc(out,
			text[i] > ' ' && text[i] < 0x7f &&
					strchr("()<>\\\";,", text[i]) == NULL
				? text[i]
				: '?');
}

static enum filter_answer
begin(struct filter *f)
{
	struct buf trace = BUF_INIT(TRACE_BYTES);
	char date[INSTANT_TEXT];
	enum filter_answer answer;

	if (f->begun)
		return FILTER_GO_ON;
	f->begun = true;
	buf_puts(&trace, "Received: from ");
	add_word(&trace, f->helo);
	buf_puts(&trace, " (");
	add_word(&trace, f->client_name);
	buf_puts(&trace, " [");
	add_word(&trace, f->client_address);
	buf_printf(&trace, "])\r\n\tby %s (psirtd milter) with SMTP",
		f->limits.hostname);
	if (f->queue_id != NULL) {
		buf_puts(&trace, " id ");
		add_word(&trace, f->queue_id);
	}
	buf_printf(&trace, ";\r\n\t%s\r\n", instant_mail(clock_now(), date));
	answer = give(f, trace.data, trace.len);
	f->size = 0;
	buf_release(&trace);
	return answer;
}

/* VALUE with CRLF where lines end in it. */
static void
add_lines(struct buf *out, const char *value)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++) {
		if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
			buf_putc(out, '\r');
		buf_putc(out, value[i]);
	}
}

/* What the field says of loops, and to the class. */
static enum filter_answer
look_at(struct filter *f, const char *name, const char *value)
{
	if (strcasecmp(name, "Received") == 0 && ++f->hops >= FILTER_HOPS_MAX)
		return refuse(f, ANSWER_LOOP);
	if (strcasecmp(name, MARK_FIELD) == 0 &&
		mark_is_ours(f->limits.mark_key, span_of(value)))
		return refuse(f, ANSWER_LOOP);
	if (strcasecmp(name, FILTER_CLASS_FIELD) == 0)
		f->classes++;
	return FILTER_GO_ON;
}

enum filter_answer
filter_header(struct filter *f, const char *name, const char *value)
{
	struct buf line = BUF_INIT(LINE_BYTES);
	enum filter_answer answer = FILTER_PASS;

	if (f->ours_count == 0)
		return FILTER_PASS;
	buf_printf(&line, "%s:", name);
	add_lines(&line, value);
	buf_puts(&line, "\r\n");
	answer = look_at(f, name, value);
	if (answer == FILTER_GO_ON)
		answer = begin(f);
	if (answer == FILTER_GO_ON)
		answer = line.failed ? refuse(f, ANSWER_TOO_LARGE)
				     : give(f, line.data, line.len);
	if (f->limits.mode == FILTER_TAG)
		buf_span(&f->head, buf_view(&line));
	buf_release(&line);
	return answer;
}

static enum filter_answer
end_header(struct filter *f)
{
	enum filter_answer answer = begin(f);

	if (answer != FILTER_GO_ON || f->in_body)
		return answer;
	f->in_body = true;
	return give(f, "\r\n", 2);
}

enum filter_answer
filter_body(struct filter *f, const void *data, size_t len)
{
	enum filter_answer answer;

	if (f->ours_count == 0)
		return FILTER_PASS;
	answer = end_header(f);
	return answer == FILTER_GO_ON ? give(f, data, len) : answer;
}

enum filter_answer
filter_end(struct filter *f)
{
	if (f->ours_count == 0)
		return FILTER_PASS;
	return end_header(f);
}

static const char *
class_of(struct filter *f)
{
	const char *reason = robot_reason_of_header(
		buf_view(&f->head), or_empty(f->sender)[0] == '\0');

	return reason[0] != '\0' ? reason : "person";
}

struct filter_edits
filter_edits(struct filter *f, const char *number)
{
	struct filter_edits edits = {.discard = false};

	switch (f->limits.mode) {
	case FILTER_COPY:
		mark_write(f->limits.mark_key, number, f->mark);
		edits.add_field = MARK_FIELD;
		edits.add_value = f->mark;
		break;
	case FILTER_TAKE:
		edits.discard = f->others == 0;
		edits.remove = f->raw;
		edits.remove_count = edits.discard ? 0 : f->ours_count;
		break;
	case FILTER_TAG:
		/* Others would get the field as well: theirs stays as it is. */
		if (f->others > 0)
			break;
		edits.add_field = FILTER_CLASS_FIELD;
		edits.add_value = class_of(f);
		edits.add_stale = f->classes;
		break;
	case FILTER__COUNT:
		break;
	}
	return edits;
}
