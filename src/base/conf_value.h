/* conf_value: one setting's text to its value and back; see base/conf.h. */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include "base/conf.h"

/*
 * Parse TEXT by option O into the struct at BASE.  The error names the value
 * and says what would do; the caller puts the place in front.
 */
must_check int conf_value_parse(const struct option *o, const char *text,
	struct arena *a, void *base, struct err *e);

/* Append the value as the file would have it. */
void conf_value_print(
	const struct option *o, const void *base, struct buf *out);

#endif
