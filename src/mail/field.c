#include "mail/field.h"

#include <string.h>
#include <strings.h>

bool
span_begins(struct span s, const char *text)
{
	return span_is(span_front(s, strlen(text)), text);
}

bool
span_begins_nocase(struct span s, const char *text)
{
	return span_is_nocase(span_front(s, strlen(text)), text);
}

bool
span_ends_nocase(struct span s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len &&
		strncasecmp(s.data + s.len - len, text, len) == 0;
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && is_space(s.data[0]))
		span_skip(&s, 1);
	while (s.len > 0 && is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

bool
take_line(struct span *in, struct span *line)
{
	const char *end;

	if (in->len == 0)
		return false;
	end = memchr(in->data, '\n', in->len);
	*line = span_front(
		*in, end != NULL ? (size_t)(end + 1 - in->data) : in->len);
	span_skip(in, line->len);
	return true;
}

struct span
line_text(struct span line)
{
	if (line.len > 0 && line.data[line.len - 1] == '\n') {
		line.len--;
		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
	}
	return line;
}

/* The length of the name at the front, 0 when no colon follows it. */
static size_t
name_length(struct span line)
{
	size_t len, at;

	for (len = 0; len < line.len; len++)
		if (line.data[len] <= ' ' || line.data[len] >= 127 ||
			line.data[len] == ':')
			break;
	/* Blanks before the colon: obsolete, but old programs wrote them. */
	for (at = len; at < line.len && is_blank(line.data[at]); at++)
		;
	return at < line.len && line.data[at] == ':' ? len : 0;
}

bool
field_begins(struct span line)
{
	return name_length(line) > 0;
}

bool
field_next(struct span *head, struct field *f)
{
	struct span line = {.data = NULL}, more;
	size_t name = 0;

	while (name == 0) {
		if (!take_line(head, &line))
			return false;
		name = name_length(line);
	}
	f->name = span_front(line, name);
	f->body = span_from(line, name);
	while (!take_char(&f->body, ':'))
		span_skip(&f->body, 1);
	while (head->len > 0 && is_blank(head->data[0]) &&
		take_line(head, &more))
		f->body.len += more.len;
	f->body = line_text(f->body);
	return true;
}

bool
field_find(struct span head, const char *name, struct span *body)
{
	struct field f;

	while (field_next(&head, &f)) {
		if (span_is_nocase(f.name, name)) {
			*body = f.body;
			return true;
		}
	}
	return false;
}

void
field_unfold(struct span body, struct buf *out)
{
	size_t i, from = 0;

	body = span_trim(body);
	for (i = 0; i < body.len; i++) {
		if (body.data[i] != '\r' && body.data[i] != '\n' &&
			body.data[i] != '\0')
			continue;
		buf_add(out, body.data + from, i - from);
		/* The blank of the folded line follows; do not double it. */
		if (i + 1 < body.len && !is_space(body.data[i + 1]))
			buf_putc(out, ' ');
		from = i + 1;
	}
	buf_add(out, body.data + from, body.len - from);
}

/* Behind the comment that begins *S; comments nest, so count them. */
static void
skip_comment(struct span *s)
{
	size_t depth = 0;

	while (s->len > 0) {
		if (s->data[0] == '\\' && s->len > 1)
			span_skip(s, 1);
		else if (s->data[0] == '(')
			depth++;
		else if (s->data[0] == ')')
			depth--;
		span_skip(s, 1);
		if (depth == 0)
			return;
	}
}

void
skip_cfws(struct span *s)
{
	while (s->len > 0) {
		if (is_space(s->data[0]))
			span_skip(s, 1);
		else if (s->data[0] == '(')
			skip_comment(s);
		else
			return;
	}
}

static bool
is_token(char c)
{
	/* Beyond ASCII is not allowed, but is written, and means itself. */
	return (unsigned char)c > ' ' && c != 127 &&
		strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

struct span
take_token(struct span *s)
{
	struct span token = {s->data, 0};

	skip_cfws(s);
	token.data = s->data;
	while (s->len > 0 && is_token(s->data[0])) {
		token.len++;
		span_skip(s, 1);
	}
	return token;
}

bool
take_quoted(struct span *s, struct buf *out)
{
	struct span in = *s;

	if (!take_char(&in, '"'))
		return false;
	while (in.len > 0 && in.data[0] != '"') {
		if (in.data[0] == '\\' && in.len > 1)
			span_skip(&in, 1);
		if (in.data[0] != '\r' && in.data[0] != '\n')
			buf_putc(out, in.data[0]);
		span_skip(&in, 1);
	}
	take_char(&in, '"'); /* where it is missing the field's end will do */
	*s = in;
	return true;
}
