#include "rules/hint.h"

#include <string.h>

static const char *const kind_names[] = {
	[HINT_PRODUCT] = "product",
	[HINT_AFFECTED] = "affected",
	[HINT_FIXED] = "fixed",
	[HINT_CVE] = "cve",
	[HINT_CWE] = "cwe",
	[HINT_CVSS] = "cvss",
	[HINT_CLASS] = "class",
};
_Static_assert(countof(kind_names) == HINT__COUNT, "a name for each kind");

static const char *const where_names[] = {
	[WHERE_SUBJECT] = "subject",
	[WHERE_TEXT] = "text",
	[WHERE_QUOTED] = "quoted",
};
_Static_assert(countof(where_names) == WHERE__COUNT, "a name for each text");

static const struct record_field hint_fields[] = {
	FIELD_INT(1, struct hint, kind, 0, HINT__COUNT - 1),
	FIELD_INT(2, struct hint, where, 0, WHERE__COUNT - 1),
	FIELD_LINE(3, struct hint, value, HINT_VALUE_MAX),
	FIELD_LINE(4, struct hint, normalized, HINT_VALUE_MAX),
	FIELD_INT64(5, struct hint, start, 0, INT32_MAX),
	FIELD_INT64(6, struct hint, end, 0, INT32_MAX),
	FIELD_LINE(7, struct hint, rule, RULE_NAME_MAX),
	FIELD_INT(8, struct hint, score, 1, 100),
};
const struct record_schema hint_schema = SCHEMA_OF(hint, hint_fields);

const char *
hint_kind_name(enum hint_kind kind)
{
	return kind < HINT__COUNT ? kind_names[kind] : "unknown";
}

int
hint_kind_of(const char *name)
{
	int kind;

	for (kind = 0; kind < HINT__COUNT; kind++)
		if (strcmp(name, kind_names[kind]) == 0)
			return kind;
	return -1;
}

const char *
hint_where_name(enum hint_where where)
{
	return where < WHERE__COUNT ? where_names[where] : "unknown";
}
