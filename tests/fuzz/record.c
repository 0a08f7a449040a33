/*
 * Any bytes as a record of a kind that crosses a process or rests in a file;
 * the first byte says which.  What decodes is encoded to what decodes to the
 * same.  A reading is also held against sources of sizes that are too small.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/post.h"
#include "daemon/reader_protocol.h"
#include "daemon/service.h"
#include "daemon/spool_log.h"
#include "mail/reading.h"
#include "rules/hint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORD_MAX ((size_t)16 << 20)

static const struct record_schema *const schemas[] = {&reading_schema,
	&reader_answer_schema, &reader_report_schema, &reader_call_schema,
	&service_request_schema, &service_job_schema, &service_reply_schema,
	&post_letter_schema, &post_report_schema, &envelope_schema,
	&hint_schema};

static void
again(struct arena *a, const struct record_schema *schema, const void *value)
{
	struct buf once = BUF_INIT(RECORD_MAX), twice = BUF_INIT(RECORD_MAX);
	void *copy = arena_alloc(a, schema->size);
	struct err e;

	record_encode(&once, schema, value);
	if (once.failed ||
		record_decode(a, buf_view(&once), schema, copy, &e) == -1)
		abort();
	record_encode(&twice, schema, copy);
	if (once.len != twice.len ||
		memcmp(once.data, twice.data, once.len) != 0)
		abort();
	buf_release(&once);
	buf_release(&twice);
}

static void
hold(const struct reading *r)
{
	const int64_t sizes[] = {1000, 10};
	struct err e = {.kind = ERR_NONE};

	if (reading_check(r, sizes, countof(sizes), 100, &e) == -1 &&
		e.kind != ERR_PERMANENT)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct record_schema *schema;
	struct span in = {(const char *)data + 1, size - 1};
	struct err e = {.kind = ERR_NONE};
	struct arena *a;
	void *value;

	if (size == 0 || data[0] >= countof(schemas))
		return 0;
	schema = schemas[data[0]];
	a = arena_new();
	value = arena_alloc(a, schema->size);
	if (record_decode(a, in, schema, value, &e) == -1) {
		if (e.kind != ERR_PERMANENT || e.text[0] == '\0')
			abort();
	} else {
		again(a, schema, value);
		if (schema == &reading_schema)
			hold(value);
	}
	arena_free(&a);
	return 0;
}
