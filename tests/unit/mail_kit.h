/*
 * kit: a mail read in a test.  Every reading goes through its record and
 * through reading_check() on the way, so that each test tests those as well.
 */
#ifndef TESTS_MAIL_KIT_H
#define TESTS_MAIL_KIT_H

#include "mail/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KIT_SOURCES 40
#define KIT_BYTES ((size_t)256 << 20)

struct kit {
	struct arena *arena;
	struct conf conf;
	struct read_options options;
	struct mail_source sources[KIT_SOURCES];
	size_t count;
	struct buf extract;
	struct reading r;
};

static bool
kit_write(void *arg, const void *data, size_t len)
{
	struct kit *k = arg;

	buf_add(&k->extract, data, len);
	return !k->extract.failed;
}

static int
kit_setup(void **state)
{
	static char prefix[] = "PSIRT", hostname[] = "mx.example.test",
		    address[] = "security@example.test";
	struct kit *k = xcalloc(1, sizeof(*k));

	k->arena = arena_new();
	k->conf = (struct conf){.prefix = prefix,
		.address = address,
		.hostname = hostname,
		.authserv_id = hostname,
		.depth = 20,
		.parts = 500,
		.header_size = 65536,
		.addresses = 200,
		.text_size = 1 << 20,
		.sealed_parts = 16};
	k->options.conf = &k->conf;
	buf_init(&k->extract, KIT_BYTES);
	mail_read_open();
	*state = k;
	return 0;
}

static int
kit_teardown(void **state)
{
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < k->count; i++)
		free((char *)k->sources[i].bytes.data);
	buf_release(&k->extract);
	arena_free(&k->arena);
	free(k);
	return 0;
}

/* Bytes of their own, so that ASan sees who reads beyond them. */
static void
kit_add(struct kit *k, int kind, int from, int64_t at, struct span bytes)
{
	char *copy = xcalloc(1, bytes.len);

	assert_true(k->count < KIT_SOURCES);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	k->sources[k->count++] = (struct mail_source){
		.kind = kind,
		.from_source = from,
		.from_at = at,
		.bytes = {copy, bytes.len},
	};
}

static void
kit_hold(struct kit *k)
{
	struct buf once = BUF_INIT(KIT_BYTES), twice = BUF_INIT(KIT_BYTES);
	int64_t sizes[KIT_SOURCES];
	struct reading copy;
	struct err e;
	size_t i;

	for (i = 0; i < k->count; i++)
		sizes[i] = (int64_t)k->sources[i].bytes.len;
	record_encode(&once, &reading_schema, &k->r);
	assert_false(once.failed);
	if (record_decode(k->arena, buf_view(&once), &reading_schema, &copy,
		    &e) == -1)
		fail_msg("%s", e.text);
	record_encode(&twice, &reading_schema, &copy);
	assert_int_equal(once.len, twice.len);
	assert_memory_equal(once.data, twice.data, once.len);
	if (reading_check(
		    &copy, sizes, k->count, (int64_t)k->extract.len, &e) == -1)
		fail_msg("%s", e.text);
	buf_release(&once);
	buf_release(&twice);
}

/* Read all sources there are. */
static struct reading *
kit_reread(struct kit *k)
{
	struct extract x = {.write = kit_write, .arg = k};

	buf_clear(&k->extract);
	mail_read(k->arena, k->sources, k->count, &k->options, &x, &k->r);
	assert_int_equal(x.written, k->extract.len);
	kit_hold(k);
	return &k->r;
}

static struct reading *
kit_read_bytes(struct kit *k, struct span bytes)
{
	while (k->count > 0)
		free((char *)k->sources[--k->count].bytes.data);
	kit_add(k, SOURCE_MESSAGE, 0, 0, bytes);
	return kit_reread(k);
}

/* TEXT with its line ends made CRLF. */
static struct span
kit_crlf(struct kit *k, const char *text)
{
	struct buf b = BUF_INIT(KIT_BYTES);
	struct span s;

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_putc(&b, '\r');
		buf_putc(&b, *text);
	}
	s = (struct span){arena_dup(k->arena, b.data, b.len), b.len};
	buf_release(&b);
	return s;
}

static inline struct reading *
kit_read(struct kit *k, const char *text)
{
	return kit_read_bytes(k, kit_crlf(k, text));
}

/* Sealed item I was opened to TEXT (NULL: it failed, or was verified). */
static inline struct reading *
kit_open(struct kit *k, size_t i, int kind, const char *text)
{
	const struct mail_sealed *s = &k->r.sealed[i];

	assert_true(i < k->r.sealed_count);
	kit_add(k, kind, s->source, s->at,
		text != NULL ? kit_crlf(k, text) : SPAN(""));
	return kit_reread(k);
}

static inline bool
kit_limit(const struct kit *k, const char *name)
{
	size_t i;

	for (i = 0; i < k->r.limits_count; i++)
		if (strcmp(k->r.limits[i], name) == 0)
			return true;
	return false;
}

/* "multipart/mixed multipart, text/plain text, ...", depth by '>'. */
static inline const char *
kit_tree(struct kit *k)
{
	struct buf b = BUF_INIT(KIT_BYTES);
	const struct mail_part *p;
	const char *out;
	size_t i;
	int up;

	for (i = 0; i < k->r.parts_count; i++) {
		p = &k->r.parts[i];
		if (i > 0)
			buf_puts(&b, ", ");
		for (up = p->parent; up >= 0; up = k->r.parts[up].parent)
			buf_putc(&b, '>');
		buf_printf(&b, "%s %s", p->type, part_role_name(p->role));
	}
	out = arena_strdup(k->arena, b.data);
	buf_release(&b);
	return out;
}

/* What lies at AT in the extract. */
static inline const char *
kit_extract(struct kit *k, int64_t at, int64_t len)
{
	assert_true(
		at >= 0 && len >= 0 && (size_t)(at + len) <= k->extract.len);
	return arena_dup(k->arena, k->extract.data + at, (size_t)len);
}

#endif
