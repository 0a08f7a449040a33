#include "mail/transfer.h"

#include <gpg-error.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/decode.h"
#include "mail/field.h"
#include "mail/reading.h"

#define PIECE ((size_t)65536)
#define UU_LINE 64

bool
sink_to_buf(void *arg, const void *data, size_t len)
{
	struct buf *b = arg;
	size_t room = b->max - b->len;

	buf_add(b, data, len < room ? len : room);
	return len <= room;
}

static bool
put(const struct sink *to, const void *data, size_t len)
{
	return len == 0 || to->write(to->arg, data, len);
}

/* The decoder works in place, so each piece is copied first. */
static bool
decode_base64(struct span body, const struct sink *to)
{
	gpgrt_b64state_t state = gpgrt_b64dec_start(NULL);
	scoped(free_pointer) char *piece = xcalloc(1, PIECE);
	bool wanted = true;
	gpg_error_t e = 0;
	size_t n;

	if (state == NULL)
		abort(); /* out of memory */
	while (body.len > 0 && wanted && e == 0) {
		n = body.len < PIECE ? body.len : PIECE;
		memcpy(piece, body.data, n);
		span_skip(&body, n);
		e = gpgrt_b64dec_proc(state, piece, n, &n);
		/* An error is the end: there was padding. */
		wanted = put(to, piece, n);
	}
	gpgrt_b64dec_finish(state);
	return wanted;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
		(c >= 'a' && c <= 'f');
}

/* A CR or LF that is no CRLF; libetpan would make one of it. */
static bool
is_stray(struct span s, size_t i)
{
	if (s.data[i] == '\n')
		return i == 0 || s.data[i - 1] != '\r';
	return s.data[i] == '\r' && (i + 1 == s.len || s.data[i + 1] != '\n');
}

/* How much at the front is by the book: up to a '=' that is no escape. */
static size_t
qp_run(struct span s)
{
	size_t i;

	for (i = 0; i < s.len && i < PIECE; i++) {
		if (is_stray(s, i))
			return i;
		if (s.data[i] != '=')
			continue;
		if (i + 2 >= s.len || i + 2 >= PIECE ||
			!is_hex(s.data[i + 1]) || !is_hex(s.data[i + 2]))
			return i;
		i += 2;
	}
	return i;
}

/* The length of a soft line break, "=" blanks line-end, at the front; or 0. */
static size_t
soft_break(struct span s)
{
	size_t i;

	for (i = 1; i < s.len && is_blank(s.data[i]); i++)
		;
	if (i == s.len)
		return i;
	if (s.data[i] == '\r' && i + 1 < s.len)
		i++;
	return s.data[i] == '\n' ? i + 1 : 0;
}

/* A piece that ends inside of an escape is left for the next one. */
static bool
decode_quoted(struct span body, const struct sink *to)
{
	size_t n;

	while (body.len > 0) {
		n = qp_run(body);
		if (n > 0 && !decode_quoted_run(span_front(body, n), to))
			return false;
		span_skip(&body, n);
		if (n > 0 || body.len == 0)
			continue;
		n = body.data[0] == '=' ? soft_break(body) : 0;
		if (n == 0 && !put(to, body.data, 1))
			return false;
		span_skip(&body, n > 0 ? n : 1);
	}
	return true;
}

static unsigned int
uu_value(struct span line, size_t i)
{
	return i < line.len ? ((unsigned char)line.data[i] - 32u) & 63 : 0;
}

static size_t
uu_line(struct span line, char out[static UU_LINE])
{
	size_t i, n = 0, len = uu_value(line, 0);
	unsigned int bits;

	for (i = 1; n < len; i += 4) {
		bits = uu_value(line, i) << 18 | uu_value(line, i + 1) << 12 |
			uu_value(line, i + 2) << 6 | uu_value(line, i + 3);
		out[n++] = (char)(bits >> 16);
		if (n < len)
			out[n++] = (char)(bits >> 8);
		if (n < len)
			out[n++] = (char)bits;
	}
	return n;
}

static bool
decode_uu(struct span body, const struct sink *to)
{
	char out[UU_LINE];
	bool begun = false;
	struct span line;

	while (take_line(&body, &line)) {
		line = line_text(line);
		if (!begun) {
			begun = span_begins(line, "begin ");
			continue;
		}
		if (span_is(span_trim(line), "end"))
			return true;
		if (line.len > 0 && !put(to, out, uu_line(line, out)))
			return false;
	}
	return true;
}

bool
transfer_decode(struct span body, int encoding, const struct sink *to)
{
	switch (encoding) {
	case ENCODING_BASE64:
		return decode_base64(body, to);
	case ENCODING_QUOTED_PRINTABLE:
		return decode_quoted(body, to);
	case ENCODING_UUENCODE:
		return decode_uu(body, to);
	default:
		return put(to, body.data, body.len);
	}
}
