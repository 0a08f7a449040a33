#include "base/output.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

#define NESTING_MAX 256

struct output {
	json_t *open[NESTING_MAX]; /* the outermost first */
	size_t depth; /* of the container in work */
};

/* Hand VALUE over to the container in work. */
static void
add(struct output *o, const char *key, json_t *value)
{
	json_t *in = o->open[o->depth];
	int failed;

	if (value == NULL)
		abort();
	failed = json_is_array(in) ? json_array_append_new(in, value)
				   : json_object_set_new(in, key, value);
	if (failed != 0)
		abort();
}

static void
enter(struct output *o, const char *key, json_t *container)
{
	add(o, key, container);
	if (o->depth + 1 >= NESTING_MAX)
		abort();
	o->open[++o->depth] = container;
}

struct output *
output_new(void)
{
	struct output *o = xcalloc(1, sizeof(*o));

	if ((o->open[0] = json_object()) == NULL)
		abort();
	return o;
}

void
output_object(struct output *o, const char *key)
{
	enter(o, key, json_object());
}

void
output_array(struct output *o, const char *key)
{
	enter(o, key, json_array());
}

void
output_end(struct output *o)
{
	if (o->depth > 0)
		o->depth--;
}

void
output_text(struct output *o, const char *key, const char *text)
{
	json_t *value = text == NULL ? json_null() : json_string(text);

	add(o, key, value != NULL ? value : json_string(""));
}

void
output_number(struct output *o, const char *key, int64_t number)
{
	add(o, key, json_integer(number));
}

void
output_bool(struct output *o, const char *key, bool value)
{
	add(o, key, json_boolean(value));
}

void
output_null(struct output *o, const char *key)
{
	add(o, key, json_null());
}

void
output_instant(struct output *o, const char *key, int64_t instant)
{
	char text[INSTANT_TEXT];

	output_text(o, key, instant == 0 ? NULL : instant_iso(instant, text));
}

void
output_finish(struct output **o, struct buf *out)
{
	char *text = json_dumps((*o)->open[0], JSON_COMPACT);

	if (text == NULL)
		abort();
	buf_puts(out, text);
	buf_putc(out, '\n');
	free(text);
	json_decref((*o)->open[0]);
	free(*o);
	*o = NULL;
}
