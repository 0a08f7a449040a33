#include "base/json.h"

#include <jansson.h>

struct json_t *
json_read(struct span text, struct err *e)
{
	json_error_t error;
	json_t *document =
		json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);

	if (document == NULL)
		err_permanent(
			e, "5.3.5", "line %d: %s", error.line, error.text);
	return document;
}

void
json_release(struct json_t **document)
{
	json_decref(*document);
	*document = NULL;
}

const struct json_t *
json_in(const struct json_t *object, const char *key)
{
	return json_object_get(object, key);
}

const char *
json_text_in(const struct json_t *object, const char *key)
{
	return json_as_text(json_object_get(object, key));
}

size_t
json_count(const struct json_t *array)
{
	return json_array_size(array);
}

const struct json_t *
json_item(const struct json_t *array, size_t i)
{
	return json_array_get(array, i);
}

const char *
json_as_text(const struct json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL ? text : "";
}
