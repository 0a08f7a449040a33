/*
 * json: reading JSON (RFC 8259), by jansson.
 *
 * A value is asked for by its key; what is not there, or is of another type, is
 * NULL or "", so that a walk over a foreign file needs no checks of its own.
 * Texts are UTF-8, as long as the document lives; a NUL in one is an error of
 * the file.  A file nests at most 2,048 deep.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

struct json_t;

/* The document, or NULL (permanent; the text names the line). */
struct json_t *json_read(struct span text, struct err *e);
void json_release(struct json_t **document);

/* Values of the document; not to be released. */
const struct json_t *json_in(const struct json_t *object, const char *key);
const char *json_text_in(const struct json_t *object, const char *key);
/* Items of an array; 0 of anything else. */
size_t json_count(const struct json_t *array);
const struct json_t *json_item(const struct json_t *array, size_t i);
/* The text itself, or "". */
const char *json_as_text(const struct json_t *value);

#endif
