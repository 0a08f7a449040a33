/*
 * field: a header, field by field (RFC 5322, 2.2), and the words of
 * structured fields (3.2).
 *
 * Everything here is linear, needs no stack, and takes any bytes: lines end in
 * CRLF or LF, and a line that is no field is passed over.
 */
#ifndef MAIL_FIELD_H
#define MAIL_FIELD_H

#include "base/buf.h"

struct field {
	struct span name; /* without blanks before the colon */
	struct span body; /* folded as it came, without its last line end */
};

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* Take one line, with its line end, from the front of *IN; false at the end. */
bool take_line(struct span *in, struct span *line);

/* LINE without its line end. */
struct span line_text(struct span line);

/* Does LINE begin a field: a name and a colon? */
bool field_begins(struct span line);

/* Take the next field from the front of *HEAD; false when there is none. */
bool field_next(struct span *head, struct field *f);

/* The body of the first field of that name; false when there is none. */
bool field_find(struct span head, const char *name, struct span *body);

/* Append BODY as one line: line ends and NULs become blanks. */
void field_unfold(struct span body, struct buf *out);

/* BODY without blanks and line ends at its ends. */
struct span span_trim(struct span s);

/* Pass over blanks, line ends and comments at the front of *S. */
void skip_cfws(struct span *s);

/*
 * Take a token of RFC 2045 from the front of *S, after skip_cfws().  An empty
 * span when something else stands there.
 */
struct span take_token(struct span *s);

/* Take a quoted string; its text, unquoted, is appended.  False if none. */
bool take_quoted(struct span *s, struct buf *out);

/* Drop N bytes from the front. */
static inline void
span_skip(struct span *s, size_t n)
{
	s->data += n;
	s->len -= n;
}

static inline struct span
span_from(struct span s, size_t at)
{
	return (struct span){s.data + at, s.len - at};
}

static inline struct span
span_front(struct span s, size_t len)
{
	return (struct span){s.data, len < s.len ? len : s.len};
}

/* Take one character that must be C. */
static inline bool
take_char(struct span *s, char c)
{
	if (s->len == 0 || s->data[0] != c)
		return false;
	span_skip(s, 1);
	return true;
}

bool span_begins(struct span s, const char *text);
bool span_begins_nocase(struct span s, const char *text);
bool span_ends_nocase(struct span s, const char *text);

#endif
