#include "base/record.h"

#include <string.h>

#include "base/utf8.h"

#define HEAD_BYTES 6
#define NESTING_MAX 6

static void
put_head(struct buf *out, uint16_t tag, size_t len)
{
	uint8_t head[HEAD_BYTES] = {(uint8_t)tag, (uint8_t)(tag >> 8),
		(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16),
		(uint8_t)(len >> 24)};

	if (len > UINT32_MAX)
		out->failed = true;
	buf_add(out, head, sizeof(head));
}

static void
put_bytes(struct buf *out, uint16_t tag, struct span s)
{
	put_head(out, tag, s.len);
	buf_span(out, s);
}

static void
put_number(struct buf *out, uint16_t tag, int64_t number)
{
	uint64_t n = (uint64_t)number;
	char bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(n >> (8 * i));
	put_bytes(out, tag, (struct span){.data = bytes, .len = sizeof(bytes)});
}

/* The length is known only when the inner fields stand there: mend it. */
static void
put_struct(struct buf *out, uint16_t tag, const struct record_schema *schema,
	const void *from)
{
	size_t at = out->len, len;
	int i;

	put_head(out, tag, 0);
	record_encode(out, schema, from);
	if (out->failed)
		return;
	len = out->len - at - HEAD_BYTES;
	for (i = 0; i < 4; i++)
		out->data[at + 2 + (size_t)i] = (char)(len >> (8 * i));
}

static void
put_field(struct buf *out, const struct record_field *f, const char *base)
{
	const void *at = base + f->offset;
	const char *text;
	size_t i, count = 0;

	if (f->type == RECORD_LIST || f->type == RECORD_LINES)
		memcpy(&count, base + f->count_offset, sizeof(count));
	switch (f->type) {
	case RECORD_BOOL:
		if (*(const bool *)at)
			put_number(out, f->tag, 1);
		break;
	case RECORD_INT:
		if (*(const int *)at != 0)
			put_number(out, f->tag, *(const int *)at);
		break;
	case RECORD_INT64:
		if (*(const int64_t *)at != 0)
			put_number(out, f->tag, *(const int64_t *)at);
		break;
	case RECORD_LINE:
	case RECORD_TEXT:
		text = *(const char *const *)at;
		if (text != NULL && text[0] != '\0')
			put_bytes(out, f->tag, span_of(text));
		break;
	case RECORD_BYTES:
		if (((const struct span *)at)->len > 0)
			put_bytes(out, f->tag, *(const struct span *)at);
		break;
	case RECORD_STRUCT:
		put_struct(out, f->tag, f->schema, at);
		break;
	case RECORD_LIST:
		for (i = 0; i < count; i++)
			put_struct(out, f->tag, f->schema,
				*(const char *const *)at + i * f->schema->size);
		break;
	case RECORD_LINES:
		for (i = 0; i < count; i++) {
			text = (*(const char *const *const *)at)[i];
			put_bytes(out, f->tag, span_of(text ? text : ""));
		}
		break;
	}
}

void
record_encode(
	struct buf *out, const struct record_schema *schema, const void *from)
{
	size_t i;

	for (i = 0; i < schema->count; i++)
		put_field(out, &schema->fields[i], from);
}

struct decoder {
	struct arena *arena;
	struct err *err;
	int depth;
};

static int decode_struct(struct decoder *d, struct span in,
	const struct record_schema *schema, char *into);

static uint64_t
number_of(struct span s)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		n |= (uint64_t)(unsigned char)s.data[i] << (8 * i);
	return n;
}

static bool
take(struct span *in, uint16_t *tag, struct span *value)
{
	size_t len;

	if (in->len < HEAD_BYTES)
		return false;
	*tag = (uint16_t)number_of((struct span){in->data, 2});
	len = number_of((struct span){in->data + 2, 4});
	if (len > in->len - HEAD_BYTES)
		return false;
	*value = (struct span){in->data + HEAD_BYTES, len};
	in->data += HEAD_BYTES + len;
	in->len -= HEAD_BYTES + len;
	return true;
}

static int
bad(struct decoder *d, const struct record_schema *schema,
	const struct record_field *f, const char *what)
{
	return err_permanent(d->err, "5.6.0", "record %s, field %s: %s",
		schema->name, f != NULL ? f->name : "?", what);
}

static bool
text_fits(const struct record_field *f, struct span v)
{
	size_t max = (size_t)(f->type == RECORD_LINES ? f->min : f->max);

	return v.len <= max && memchr(v.data, '\0', v.len) == NULL &&
		utf8_is_clean(v,
			f->type == RECORD_TEXT ? UTF8_MANY_LINES
					       : UTF8_ONE_LINE);
}

static bool
store_number(const struct record_field *f, void *at, struct span v)
{
	int64_t n;

	if (v.len != sizeof(n))
		return false;
	n = (int64_t)number_of(v);
	if (f->type == RECORD_BOOL) {
		*(bool *)at = n == 1;
		return n == 1;
	}
	if (n < f->min || n > f->max)
		return false;
	if (f->type == RECORD_INT)
		*(int *)at = (int)n;
	else
		*(int64_t *)at = n;
	return true;
}

/* Lists were counted and allocated before; *COUNT is how many are filled. */
static int
store_value(struct decoder *d, const struct record_schema *schema,
	const struct record_field *f, char *base, struct span v, size_t *filled)
{
	void *at = base + f->offset;

	switch (f->type) {
	case RECORD_BOOL:
	case RECORD_INT:
	case RECORD_INT64:
		if (!store_number(f, at, v))
			return bad(d, schema, f, "number out of bounds");
		return 0;
	case RECORD_LINE:
	case RECORD_TEXT:
		if (!text_fits(f, v))
			return bad(d, schema, f, "text too long or not clean");
		*(char **)at = arena_dup(d->arena, v.data, v.len);
		return 0;
	case RECORD_LINES:
		if (!text_fits(f, v))
			return bad(d, schema, f, "text too long or not clean");
		(*(char ***)at)[(*filled)++] =
			arena_dup(d->arena, v.data, v.len);
		return 0;
	case RECORD_BYTES:
		if (v.len > (size_t)f->max)
			return bad(d, schema, f, "too many bytes");
		*(struct span *)at = v;
		return 0;
	case RECORD_STRUCT:
		return decode_struct(d, v, f->schema, at);
	case RECORD_LIST:
		return decode_struct(d, v, f->schema,
			*(char **)at + (*filled)++ * f->schema->size);
	}
	return bad(d, schema, f, "unknown type");
}

static bool
is_list(const struct record_field *f)
{
	return f->type == RECORD_LIST || f->type == RECORD_LINES;
}

static const struct record_field *
field_of(const struct record_schema *schema, uint16_t tag)
{
	size_t i;

	for (i = 0; i < schema->count; i++)
		if (schema->fields[i].tag == tag)
			return &schema->fields[i];
	return NULL;
}

/* A number that is not sent is 0: it must not be a way around its bounds. */
static int
check_absent(struct decoder *d, const struct record_schema *schema,
	const size_t *counts)
{
	const struct record_field *f;
	size_t i;

	for (i = 0; i < schema->count; i++) {
		f = &schema->fields[i];
		if ((f->type == RECORD_INT || f->type == RECORD_INT64) &&
			counts[i] == 0 && (f->min > 0 || f->max < 0))
			return bad(d, schema, f, "number out of bounds");
	}
	return 0;
}

/* Count what comes, so that each list is allocated once and within bounds. */
static int
count_fields(struct decoder *d, struct span in,
	const struct record_schema *schema, size_t *counts)
{
	const struct record_field *f;
	struct span value;
	uint16_t tag;
	size_t i;

	while (in.len > 0) {
		if (!take(&in, &tag, &value))
			return bad(d, schema, NULL, "runs over its end");
		if ((f = field_of(schema, tag)) == NULL)
			continue;
		i = (size_t)(f - schema->fields);
		if (++counts[i] > (is_list(f) ? (size_t)f->max : 1))
			return bad(d, schema, f, "too often");
	}
	return check_absent(d, schema, counts);
}

static void prepare(struct decoder *d, const struct record_schema *schema,
	char *into, const size_t *counts);

/* A struct that is absent has empty texts too. */
static void
prepare_absent(struct decoder *d, const struct record_field *f, char *at)
{
	prepare(d, f->schema, at,
		arena_calloc(d->arena, f->schema->count, sizeof(size_t)));
}

static void
prepare(struct decoder *d, const struct record_schema *schema, char *into,
	const size_t *counts)
{
	const struct record_field *f;
	size_t i;
	char **text;

	memset(into, 0, schema->size);
	for (i = 0; i < schema->count; i++) {
		f = &schema->fields[i];
		text = (char **)(into + f->offset);
		if (f->type == RECORD_LINE || f->type == RECORD_TEXT)
			*text = arena_dup(d->arena, "", 0);
		else if (f->type == RECORD_LIST && counts[i] > 0)
			*text = arena_calloc(
				d->arena, counts[i], f->schema->size);
		else if (f->type == RECORD_LINES && counts[i] > 0)
			*(void **)text = arena_calloc(
				d->arena, counts[i], sizeof(char *));
		else if (f->type == RECORD_STRUCT && counts[i] == 0)
			prepare_absent(d, f, into + f->offset);
		if (is_list(f))
			memcpy(into + f->count_offset, &counts[i],
				sizeof(size_t));
	}
}

static int
decode_struct(struct decoder *d, struct span in,
	const struct record_schema *schema, char *into)
{
	size_t *counts, *filled;
	const struct record_field *f;
	struct span value;
	uint16_t tag;

	if (d->depth >= NESTING_MAX)
		return bad(d, schema, NULL, "nested too deep");
	counts = arena_calloc(d->arena, schema->count, sizeof(*counts));
	filled = arena_calloc(d->arena, schema->count, sizeof(*filled));
	if (count_fields(d, in, schema, counts) == -1)
		return -1;
	prepare(d, schema, into, counts);
	d->depth++;
	while (in.len > 0 && take(&in, &tag, &value)) {
		if ((f = field_of(schema, tag)) == NULL)
			continue;
		if (store_value(d, schema, f, into, value,
			    &filled[f - schema->fields]) == -1)
			return -1;
	}
	d->depth--;
	return 0;
}

int
record_decode(struct arena *a, struct span in,
	const struct record_schema *schema, void *into, struct err *e)
{
	struct decoder d = {.arena = a, .err = e};

	return decode_struct(&d, in, schema, into);
}
