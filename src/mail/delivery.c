#include "mail/delivery.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mail/field.h"

#define STATUS_BYTES (64 << 10) /* of such a part; the rest is not looked at */
#define VALUE_MAX 200
#define STATUS_MAX 9 /* 5.123.123 */

static const struct {
	const char *word;
	enum delivery_action action;
} actions[] = {
	{"failed", DELIVERY_FAILED},
	{"delayed", DELIVERY_DELAYED},
	{"delivered", DELIVERY_DELIVERED},
	{"relayed", DELIVERY_DELIVERED},
	{"expanded", DELIVERY_DELIVERED},
};

static bool
is_status_part(const struct entity *e)
{
	return content_is(&e->content, "message/delivery-status") ||
		content_is(&e->content, "message/global-delivery-status");
}

/* Take the fields up to the next empty line. */
static bool
take_group(struct span *in, struct span *group)
{
	struct span line;

	*group = (struct span){in->data, 0};
	while (take_line(in, &line)) {
		if (line_text(line).len > 0)
			group->len += line.len;
		else if (group->len > 0)
			return true;
		else
			group->data = in->data;
	}
	return group->len > 0;
}

/* Blank-free and printable, so that it can be compared and shown. */
static char *
word_of(struct arena *a, struct span s)
{
	struct span value = span_trim(s);
	struct buf out = BUF_INIT(VALUE_MAX);
	char *text;

	while (value.len > 0 && !is_space(value.data[0]) &&
		isprint((unsigned char)value.data[0])) {
		buf_putc(&out, value.data[0]);
		span_skip(&value, 1);
	}
	text = arena_strdup(a, out.failed ? "" : out.data);
	buf_release(&out);
	return text;
}

/* RFC 3463: class, subject, detail. */
static bool
is_status(const char *s)
{
	size_t dots = 0;

	if (strlen(s) > STATUS_MAX)
		return false;
	if (s[0] == '\0' || strchr("245", s[0]) == NULL || s[1] != '.')
		return false;
	for (; *s != '\0'; s++) {
		dots += *s == '.';
		if (*s != '.' && !isdigit((unsigned char)*s))
			return false;
	}
	return dots == 2;
}

static void
read_recipient(struct arena *a, struct span group, struct mail_delivery *out)
{
	struct span body, word;
	char *status;
	size_t i;

	if (!field_find(group, "action", &body))
		return;
	word = take_token(&body);
	for (i = 0; i < countof(actions); i++) {
		if (!span_is_nocase(word, actions[i].word) ||
			(int)actions[i].action <= out->action)
			continue;
		out->action = (int)actions[i].action;
		out->status = arena_strdup(a, "");
		if (field_find(group, "status", &body) &&
			is_status(status = word_of(a, body)))
			out->status = status;
	}
}

static void
read_status(struct arena *a, struct span text, struct mail_delivery *out)
{
	struct span group, body;

	if (take_group(&text, &group) &&
		field_find(group, "original-envelope-id", &body) &&
		out->envelope_id[0] == '\0')
		out->envelope_id = word_of(a, body);
	while (take_group(&text, &group))
		read_recipient(a, group, out);
}

void
delivery_read(struct arena *a, struct span bytes, const struct split *s,
	struct mail_delivery *out)
{
	const struct entity *e;
	size_t i;

	*out = (struct mail_delivery){.envelope_id = arena_strdup(a, ""),
		.status = arena_strdup(a, "")};
	for (i = 0; i < s->count; i++) {
		e = &s->entities[i];
		if (e->depth <= 1 && is_status_part(e) &&
			e->content.encoding == ENCODING_IDENTITY)
			read_status(a,
				span_front(
					span_from(span_front(bytes,
							  e->body_at +
								  e->body_len),
						e->body_at),
					STATUS_BYTES),
				out);
	}
}
