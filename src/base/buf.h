/*
 * buf: the one builder of byte strings.
 *
 * A buf is never NULL and always terminated by a NUL that its length does not
 * count.  It has a ceiling: what would pass it is not appended, and `failed`
 * stays true from then on, so that a sequence of appends is checked once, at
 * its end.  It grows by doubling.  One thread.
 *
 *	struct buf b = BUF_INIT(LETTER_MAX);
 *	buf_puts(&b, "Subject: ");
 *	...
 *	if (b.failed) ...
 *	buf_release(&b);
 *
 * A span is bytes that somebody else owns.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct span {
	const char *data; /* not terminated */
	size_t len;
};

struct buf {
	char *data;
	size_t len;
	size_t room; /* bytes allocated; 0 while data is the static empty */
	size_t max; /* ceiling of len */
	bool failed; /* something did not fit */
};

extern char buf_empty[1];

#define BUF_INIT(MAX) \
	{ \
		.data = buf_empty, .max = (MAX) \
	}
#define SPAN(TEXT) ((struct span){.data = (TEXT), .len = sizeof(TEXT) - 1})

void buf_init(struct buf *b, size_t max);

/* Wipe and free; the buf is empty and usable afterwards. */
void buf_release(struct buf *b);

/* Length 0, failed false; keeps the memory, wiped. */
void buf_clear(struct buf *b);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_putc(struct buf *b, char c);
void buf_puts(struct buf *b, const char *text);
void buf_span(struct buf *b, struct span s);
void buf_printf(struct buf *b, const char *fmt, ...) printf_like(2, 3);

/* Cut back to LEN bytes. */
void buf_cut(struct buf *b, size_t len);

struct span buf_view(const struct buf *b);
struct span span_of(const char *text);
bool span_is(struct span s, const char *text);
bool span_is_nocase(struct span s, const char *text);

#endif
