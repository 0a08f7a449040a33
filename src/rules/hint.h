/*
 * hint: a fact that a rule found in a mail, with its place.
 *
 * A hint is never more than that: what it is worth is the analyst's affair,
 * nothing is done because of one.  start and end are byte offsets into the
 * text named by `where`, as the reading has it.
 */
#ifndef RULES_HINT_H
#define RULES_HINT_H

#include "base/record.h"

#define HINTS_MAX 200
#define HINT_VALUE_MAX 400
#define RULE_NAME_MAX 64

/* Names in hint_kind_name(): the words of `psirtctl inspect --json`. */
enum hint_kind {
	HINT_PRODUCT,
	HINT_AFFECTED,
	HINT_FIXED,
	HINT_CVE,
	HINT_CWE,
	HINT_CVSS,
	HINT_CLASS, /* what sort of mail it is: rules/classify.h */
	HINT__COUNT
};

enum hint_where {
	WHERE_SUBJECT,
	WHERE_TEXT,
	WHERE_QUOTED,
	WHERE__COUNT
};

struct hint {
	int kind, where;
	char *value; /* the words as they stand in the text, on one line */
	char *normalized; /* CVE-2026-1234, CWE-79, the canonical vector,
	                     >=1.0,<1.4.2; "" when there is no normal form */
	int64_t start, end;
	char *rule; /* its name */
	int score; /* 1..100 */
};

extern const struct record_schema hint_schema;

const char *hint_kind_name(enum hint_kind kind);
/* -1 when no kind has that name. */
int hint_kind_of(const char *name);
const char *hint_where_name(enum hint_where where);

#endif
