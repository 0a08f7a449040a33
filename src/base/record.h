/*
 * record: C structs to bytes and back, by a table.
 *
 * One table of fields describes a struct; it drives the encoder, the decoder
 * and every check on what comes in.  Used wherever a struct crosses a process
 * or rests in a file: the reader's answer, spool records, packets between the
 * roles, requests of psirtctl.
 *
 * On the wire a field is a tag (2 bytes), a length (4 bytes) and that many
 * bytes, little-endian.  A list is one field an element.  Empty texts, zeros
 * and empty lists are not written.  An unknown tag is skipped (an old program
 * may read a newer record only if its version allows it: that is checked by
 * whoever owns the record, before decoding); a known tag twice, a value out of
 * its bounds, text that is not clean UTF-8, or a length that runs over the end
 * is an error: the sender may be a process that a mail has taken over.
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"

enum record_type {
	RECORD_BOOL, /* bool */
	RECORD_INT, /* int, between min and max */
	RECORD_INT64, /* int64_t, between min and max */
	RECORD_LINE, /* char *, clean UTF-8, one line, <= max bytes */
	RECORD_TEXT, /* char *, clean UTF-8, many lines, <= max bytes */
	RECORD_BYTES, /* struct span, anything, <= max bytes */
	RECORD_STRUCT, /* an embedded struct of `schema` */
	RECORD_LIST, /* pointer to an array of `schema`; count (size_t) at
	                  count_offset; <= max elements */
	RECORD_LINES, /* char **; count at count_offset; <= max elements of
	                  at most `min` bytes each */
};

struct record_schema;

struct record_field {
	uint16_t tag; /* > 0; never reused for another meaning */
	enum record_type type;
	size_t offset, count_offset;
	int64_t min, max;
	const struct record_schema *schema;
	const char *name; /* for errors */
};

struct record_schema {
	const char *name;
	size_t size; /* of the struct */
	const struct record_field *fields;
	size_t count;
};

#define FIELD_BOOL(TAG, S, M) \
	{ \
		.tag = TAG, .type = RECORD_BOOL, .offset = offsetof(S, M), \
		.name = #M \
	}
#define FIELD_INT(TAG, S, M, MIN, MAX) \
	{ \
		.tag = TAG, .type = RECORD_INT, .offset = offsetof(S, M), \
		.min = MIN, .max = MAX, .name = #M \
	}
#define FIELD_INT64(TAG, S, M, MIN, MAX) \
	{ \
		.tag = TAG, .type = RECORD_INT64, .offset = offsetof(S, M), \
		.min = MIN, .max = MAX, .name = #M \
	}
#define FIELD_LINE(TAG, S, M, MAX) \
	{ \
		.tag = TAG, .type = RECORD_LINE, .offset = offsetof(S, M), \
		.max = MAX, .name = #M \
	}
#define FIELD_TEXT(TAG, S, M, MAX) \
	{ \
		.tag = TAG, .type = RECORD_TEXT, .offset = offsetof(S, M), \
		.max = MAX, .name = #M \
	}
#define FIELD_BYTES(TAG, S, M, MAX) \
	{ \
		.tag = TAG, .type = RECORD_BYTES, .offset = offsetof(S, M), \
		.max = MAX, .name = #M \
	}
#define FIELD_STRUCT(TAG, S, M, SCHEMA) \
	{ \
		.tag = TAG, .type = RECORD_STRUCT, .offset = offsetof(S, M), \
		.schema = SCHEMA, .name = #M \
	}
#define FIELD_LIST(TAG, S, M, COUNT, SCHEMA, MAX) \
	{ \
		.tag = TAG, .type = RECORD_LIST, .offset = offsetof(S, M), \
		.count_offset = offsetof(S, COUNT), .max = MAX, \
		.schema = SCHEMA, .name = #M \
	}
#define FIELD_LINES(TAG, S, M, COUNT, EACH, MAX) \
	{ \
		.tag = TAG, .type = RECORD_LINES, .offset = offsetof(S, M), \
		.count_offset = offsetof(S, COUNT), .min = EACH, .max = MAX, \
		.name = #M \
	}
#define SCHEMA_OF(S, FIELDS) \
	{ \
		.name = #S, .size = sizeof(struct S), .fields = FIELDS, \
		.count = countof(FIELDS) \
	}

/* Append; a NULL text counts as empty.  The buf's ceiling is the only limit. */
void record_encode(
	struct buf *out, const struct record_schema *schema, const void *from);

/*
 * Fill *INTO (zeroed here), whose texts and lists live in A; spans point into
 * IN.  Texts that are absent are "", never NULL.  On -1 *INTO is unusable.
 * Errors are permanent: the same bytes will fail again.
 */
must_check int record_decode(struct arena *a, struct span in,
	const struct record_schema *schema, void *into, struct err *e);

#endif
