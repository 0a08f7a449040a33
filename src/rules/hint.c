#include "rules/hint.h"

#include <string.h>

static const char *const kind_names[] = {
	[HINT_PRODUCT] = "product",
	[HINT_COMPONENT] = "component",
	[HINT_AFFECTED] = "affected",
	[HINT_FIXED] = "fixed",
	[HINT_CVE] = "cve",
	[HINT_CWE] = "cwe",
	[HINT_WEAKNESS] = "weakness",
	[HINT_CVSS] = "cvss",
	[HINT_CLASS] = "class",
	[HINT_GHSA] = "ghsa",
	[HINT_VU] = "vu",
	[HINT_CPE] = "cpe",
	[HINT_PURL] = "purl",
	[HINT_RELATED] = "related",
	[HINT_COMMIT] = "commit",
	[HINT_FILE] = "file",
	[HINT_FUNCTION] = "function",
	[HINT_IMPACT] = "impact",
	[HINT_EXPLOITED] = "exploited",
	[HINT_PUBLIC] = "public",
	[HINT_DISCLOSURE_DATE] = "disclosure-date",
	[HINT_CREDIT] = "credit",
	[HINT_BOUNTY] = "bounty",
	[HINT_EVIDENCE_LINK] = "evidence-link",
	[HINT_IN_ATTACHMENT] = "in-attachment",
	[HINT_LANGUAGE] = "language",
	[HINT_OWNER] = "owner",
	[HINT_UNSUPPORTED] = "unsupported",
	[HINT_USED_IN] = "used-in",
	[HINT_ENVIRONMENT] = "environment",
	[HINT_STEPS] = "steps",
	[HINT_PROOF] = "proof",
	[HINT_SCANNER] = "scanner",
	[HINT_FILLER] = "filler",
	[HINT_HAS] = "has",
	[HINT_LACKS] = "lacks",
};
_Static_assert(countof(kind_names) == HINT__COUNT, "a name for each kind");

static const struct kind_row {
	size_t most;
	int margin;
	bool personal;
	bool tells; /* of a vulnerability */
} kinds[] = {
	[HINT_PRODUCT] = {3, 2, false, true},
	[HINT_COMPONENT] = {5, 100, false, false},
	[HINT_AFFECTED] = {20, 100, false, true},
	[HINT_FIXED] = {20, 100, false, true},
	[HINT_CVE] = {50, 100, false, true},
	[HINT_CWE] = {10, 100, false, true},
	[HINT_WEAKNESS] = {6, 100, false, true},
	[HINT_CVSS] = {5, 100, false, true},
	[HINT_CLASS] = {20, 100, false, false},
	[HINT_GHSA] = {10, 100, false, true},
	[HINT_VU] = {10, 100, false, true},
	[HINT_CPE] = {10, 100, false, false},
	[HINT_PURL] = {10, 100, false, false},
	[HINT_RELATED] = {20, 100, false, false},
	[HINT_COMMIT] = {10, 100, false, false},
	[HINT_FILE] = {8, 100, false, false},
	[HINT_FUNCTION] = {8, 100, false, true},
	[HINT_IMPACT] = {6, 100, false, true},
	[HINT_EXPLOITED] = {1, 100, false, true},
	[HINT_PUBLIC] = {2, 100, false, false},
	[HINT_DISCLOSURE_DATE] = {2, 100, false, false},
	[HINT_CREDIT] = {2, 100, true, false},
	[HINT_BOUNTY] = {1, 100, false, false},
	[HINT_EVIDENCE_LINK] = {10, 100, true, false},
	[HINT_IN_ATTACHMENT] = {1, 100, false, false},
	[HINT_LANGUAGE] = {1, 100, false, false},
	[HINT_OWNER] = {10, 100, false, false},
	[HINT_UNSUPPORTED] = {5, 100, false, false},
	[HINT_USED_IN] = {20, 100, false, false},
	[HINT_ENVIRONMENT] = {3, 100, false, false},
	[HINT_STEPS] = {3, 100, false, true},
	[HINT_PROOF] = {3, 100, false, true},
	[HINT_SCANNER] = {5, 100, false, false},
	[HINT_FILLER] = {8, 100, false, false},
	[HINT_HAS] = {8, 100, false, false},
	[HINT_LACKS] = {8, 100, false, false},
};
_Static_assert(countof(kinds) == HINT__COUNT, "a row for each kind");

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

size_t
hint_kind_most(enum hint_kind kind)
{
	return kinds[kind].most;
}

int
hint_kind_margin(enum hint_kind kind)
{
	return kinds[kind].margin;
}

bool
hint_kind_is_impersonal(enum hint_kind kind)
{
	return !kinds[kind].personal;
}

const char *
hint_where_name(enum hint_where where)
{
	return where < WHERE__COUNT ? where_names[where] : "unknown";
}

bool
hint_kind_tells(enum hint_kind kind)
{
	return kinds[kind].tells;
}
