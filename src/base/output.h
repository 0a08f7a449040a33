/*
 * output: writing JSON (RFC 8259), by jansson, in the order of the calls.
 *
 *	struct output *o = output_new();
 *	output_text(o, "file", name);
 *	output_array(o, "hints");
 *	output_object(o, NULL);
 *	...
 *	output_end(o);
 *	output_end(o);
 *	output_finish(&o, &out);
 *
 * The outermost value is an object.  KEY is NULL inside an array.  A NULL text
 * is written as null, invalid UTF-8 as the empty text.  Nesting ends at 256.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include "base/buf.h"

struct output;

struct output *output_new(void);
void output_object(struct output *o, const char *key);
void output_array(struct output *o, const char *key);
void output_end(struct output *o);

void output_text(struct output *o, const char *key, const char *text);
void output_number(struct output *o, const char *key, int64_t number);
void output_bool(struct output *o, const char *key, bool value);
void output_null(struct output *o, const char *key);
/* An instant as text, null when it is 0. */
void output_instant(struct output *o, const char *key, int64_t instant);

/* Append one line, with its newline; frees and clears *O. */
void output_finish(struct output **o, struct buf *out);

#endif
