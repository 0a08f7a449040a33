/*
 * context: where in a text something stands, as far as that tells how much it
 * is worth: the first paragraph, code, a labelled field.
 *
 * A field is what people write for a form to be read by a person:
 *
 *	Affected versions: 1.0 to 1.4        a line; indented ones go on with it
 *	## Affected versions                 a heading, and what stands below it
 *	| Product | Version |                a table: its head labels each cell
 *
 * One pass over the lines of the text; what is beyond a limit has no context.
 */
#ifndef RULES_CONTEXT_H
#define RULES_CONTEXT_H

#include "base/buf.h"

#define FIELDS_MAX 256
#define FIELD_LABEL_MAX 48
#define FIELD_VALUE_MAX 1024
#define CODE_BLOCKS_MAX 256
#define FIRST_PARAGRAPH_LEAST 80 /* bytes: a title or a greeting is none */

/* Names as rule files have them: context_name(). */
enum context {
	CONTEXT_SUBJECT,
	CONTEXT_QUOTED,
	CONTEXT_FIRST, /* up to the end of the first paragraph */
	CONTEXT_FIELD,
	CONTEXT_CODE, /* fenced, or indented by four columns */
	CONTEXT_REPEATED, /* the same is said at another place, too */
	CONTEXT__COUNT
};

struct labelled_field {
	struct span label;
	size_t start, end; /* of the value */
};

struct text_region {
	size_t start, end;
};

struct context_map {
	size_t first_end;
	struct labelled_field fields[FIELDS_MAX];
	size_t field_count;
	struct text_region code[CODE_BLOCKS_MAX];
	size_t code_count;
};

const char *context_name(enum context c);

void context_map(struct span text, struct context_map *map_r);

/* Bits (1 << enum context) of what begins at AT: FIRST, FIELD, CODE. */
unsigned context_at(const struct context_map *map, size_t at);

#endif
