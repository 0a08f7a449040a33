#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define CHUNK_BYTES 16384

struct chunk {
	struct chunk *next;
	size_t size, used;
	max_align_t bytes[];
};

struct arena {
	struct chunk *chunks;
	size_t used;
};

static void *
or_die(void *p)
{
	if (p == NULL) {
		log_event(LOG_ERROR, "out-of-memory");
		abort();
	}
	return p;
}

void *
xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	return or_die(
		reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1));
}

char *
xstrdup(const char *text)
{
	return or_die(strdup(text));
}

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena **a)
{
	struct chunk *c, *next;

	if (*a == NULL)
		return;
	for (c = (*a)->chunks; c != NULL; c = next) {
		next = c->next;
		explicit_bzero(c->bytes, c->used);
		free(c);
	}
	free(*a);
	*a = NULL;
}

static struct chunk *
add_chunk(struct arena *a, size_t size)
{
	size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
	struct chunk *c;

	if (room > SIZE_MAX - sizeof(*c))
		or_die(NULL);
	c = xcalloc(1, sizeof(*c) + room);
	c->size = room;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t align = sizeof(max_align_t);
	struct chunk *c = a->chunks;
	void *p;

	if (size > SIZE_MAX - align)
		or_die(NULL);
	size = (size + align - 1) / align * align;
	if (c == NULL || c->size - c->used < size)
		c = add_chunk(a, size);
	p = (char *)c->bytes + c->used;
	c->used += size;
	a->used += size;
	return p;
}

void *
arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		or_die(NULL);
	return arena_alloc(a, bytes);
}

char *
arena_dup(struct arena *a, const void *data, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (len > 0)
		memcpy(p, data, len);
	return p;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	return arena_dup(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
	if (n > 0)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
free_pointer(void *pointer)
{
	void **p = pointer;

	free(*p);
	*p = NULL;
}
