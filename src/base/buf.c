#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define FIRST_ROOM 256

char buf_empty[1] = "";

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_release(struct buf *b)
{
	if (b->room > 0) {
		explicit_bzero(b->data, b->len);
		free(b->data);
	}
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	/* buf_release() wipes only what is there by then. */
	if (b->room > 0)
		explicit_bzero(b->data, b->len);
	b->len = 0;
	b->failed = false;
}

/* Room for LEN more bytes and the NUL, or false. */
static bool
reserve(struct buf *b, size_t len)
{
	size_t need, room;
	char *grown;

	if (b->failed || len > b->max || b->len > b->max - len) {
		b->failed = true;
		return false;
	}
	need = b->len + len + 1;
	if (need <= b->room)
		return true;
	for (room = b->room > 0 ? b->room : FIRST_ROOM; room < need;)
		room *= 2;
	/* Not realloc: the old bytes may be somebody's decrypted text. */
	grown = xcalloc(1, room);
	memcpy(grown, b->data, b->len);
	if (b->room > 0) {
		explicit_bzero(b->data, b->len);
		free(b->data);
	}
	b->data = grown;
	b->room = room;
	return true;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || !reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_span(struct buf *b, struct span s)
{
	buf_add(b, s.data, s.len);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->failed = true;
	else if (n > 0 && reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		explicit_bzero(b->data + len, b->len - len);
		b->len = len;
	}
}

struct span
buf_view(const struct buf *b)
{
	return (struct span){.data = b->data, .len = b->len};
}

struct span
span_of(const char *text)
{
	return (struct span){.data = text, .len = strlen(text)};
}

bool
span_is(struct span s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.data, text, s.len) == 0;
}

bool
span_is_nocase(struct span s, const char *text)
{
	return strlen(text) == s.len && strncasecmp(s.data, text, s.len) == 0;
}
