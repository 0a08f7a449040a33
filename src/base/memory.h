/*
 * memory: allocation that does not fail, and arenas.
 *
 * Out of memory ends the process: the mail in work is leased, not lost, and
 * is tried again.  Hence nothing here returns NULL, and hence sizes are
 * bounded where bytes come in, not where they are stored.
 *
 * An arena holds what lives as long as one message or one command.  It is
 * wiped when it is freed, because it may hold decrypted text.  One thread.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/attributes.h"

struct arena;

void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *text);

struct arena *arena_new(void);

/* Wipe and free; *A becomes NULL.  NULL is fine. */
void arena_free(struct arena **a);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_calloc(struct arena *a, size_t count, size_t size);

/* A copy of LEN bytes and a NUL behind them. */
char *arena_dup(struct arena *a, const void *data, size_t len);
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);

/* The bytes handed out so far. */
size_t arena_used(const struct arena *a);

/* For scoped(): close a descriptor, free a malloc'ed pointer. */
void close_fd(int *fd);
void free_pointer(void *pointer);

#endif
