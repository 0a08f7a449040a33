/*
 * Bytes to a reading, which must hold: its record decodes to the same, and
 * reading_check() believes it.  What is sealed is opened to the mail's own
 * bytes, so that the walk across sources is in it, too.
 */
#include "mail/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3
#define SOURCES 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char prefix[] = "PSIRT", hostname[] = "mx.example.test",
	    address[] = "security@example.test";
static const struct conf conf = {.prefix = prefix,
	.address = address,
	.hostname = hostname,
	.authserv_id = hostname,
	.depth = 8,
	.parts = 50,
	.header_size = 4096,
	.addresses = 20,
	.text_size = 8192,
	.sealed_parts = 8};

static bool
discard(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	return len < 1 << 20;
}

static void
hold(struct arena *a, const struct reading *r, const struct mail_source *s,
	size_t count, int64_t extract)
{
	struct buf once = BUF_INIT(16 << 20), twice = BUF_INIT(16 << 20);
	int64_t sizes[SOURCES];
	struct reading copy;
	struct err e;
	size_t i;

	for (i = 0; i < count; i++)
		sizes[i] = (int64_t)s[i].bytes.len;
	record_encode(&once, &reading_schema, r);
	if (once.failed ||
		record_decode(a, buf_view(&once), &reading_schema, &copy, &e) ==
			-1)
		abort();
	record_encode(&twice, &reading_schema, &copy);
	if (once.len != twice.len ||
		memcmp(once.data, twice.data, once.len) != 0 ||
		reading_check(&copy, sizes, count, extract, &e) == -1)
		abort();
	buf_release(&once);
	buf_release(&twice);
}

/* Each new item is opened to what is left of the mail behind it. */
static size_t
open_items(const struct reading *r, struct mail_source *s, size_t count)
{
	static const int kinds[] = {
		SOURCE_ENTITY, SOURCE_TEXT, SOURCE_FILE, SOURCE_FAILED};
	const struct mail_sealed *item;
	struct span rest;
	size_t i;

	for (i = 0; i < r->sealed_count && count < SOURCES; i++) {
		item = &r->sealed[i];
		if (item->state != SEALED_NEW)
			continue;
		rest = s[item->source].bytes;
		rest.data += item->at;
		rest.len -= (size_t)item->at;
		s[count] = (struct mail_source){
			.kind = kinds[(count + rest.len) % 4],
			.from_source = item->source,
			.from_at = item->at,
			.bytes = rest};
		if (sealed_is_detached(item->kind))
			s[count].kind = SOURCE_VERIFIED;
		if (s[count].kind == SOURCE_VERIFIED ||
			s[count].kind == SOURCE_FAILED)
			s[count].bytes.len = 0;
		count++;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_source s[SOURCES] = {
		{.kind = SOURCE_MESSAGE, .bytes = {(const char *)data, size}}};
	struct read_options o = {.conf = &conf};
	struct extract x = {.write = discard};
	struct arena *a = arena_new();
	struct reading r;
	size_t count = 1;
	int round;

	mail_read_open();
	for (round = 0; round < ROUNDS; round++) {
		o.attachments = round == ROUNDS - 1;
		x.written = 0;
		mail_read(a, s, count, &o, &x, &r);
		hold(a, &r, s, count, x.written);
		count = open_items(&r, s, count);
	}
	arena_free(&a);
	return 0;
}
