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
	HINT_PRODUCT, /* what the report is about */
	HINT_COMPONENT, /* a part of it */
	HINT_AFFECTED,
	HINT_FIXED,
	HINT_CVE, /* of what is reported */
	HINT_CWE,
	HINT_WEAKNESS, /* by its name: no number was written */
	HINT_CVSS,
	HINT_CLASS, /* what sort of mail it is: rules/classify.h */
	HINT_GHSA,
	HINT_VU, /* CERT/CC's number */
	HINT_CPE,
	HINT_PURL,
	HINT_RELATED, /* the number of another issue */
	HINT_COMMIT,
	HINT_FILE,
	HINT_FUNCTION,
	HINT_IMPACT,
	HINT_EXPLOITED, /* in the wild */
	HINT_PUBLIC, /* known already */
	HINT_DISCLOSURE_DATE,
	HINT_CREDIT,
	HINT_BOUNTY,
	HINT_EVIDENCE_LINK,
	HINT_IN_ATTACHMENT, /* the report is there */
	HINT_LANGUAGE, /* of the mail */
	HINT_OWNER, /* the team of a product of the catalogue */
	HINT_UNSUPPORTED, /* versions that the catalogue does not support */
	HINT_USED_IN, /* a product that contains what the mail is about */
	HINT_ENVIRONMENT, /* where it was tried */
	HINT_STEPS, /* how to see it */
	HINT_PROOF, /* of concept */
	HINT_SCANNER, /* a tool wrote it */
	HINT_FILLER, /* nobody wrote it: what machines say to say something */
	HINT_HAS, /* one of the things that a report should have */
	HINT_LACKS,
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
	                     vers:generic/<1.4.2; "": there is no normal form */
	int64_t start, end;
	char *rule; /* its name */
	int score; /* 1..100 */
};

extern const struct record_schema hint_schema;

const char *hint_kind_name(enum hint_kind kind);
/* -1 when no kind has that name. */
int hint_kind_of(const char *name);

/* So many of a kind are kept, the best. */
size_t hint_kind_most(enum hint_kind kind);
/*
 * 100: each stands for itself.  Less: they compete, and one that scores so much
 * less than the best of the mail is dropped.
 */
int hint_kind_margin(enum hint_kind kind);
/* May its words be kept in the clear?  Not names of people, nor links that may
 * open something. */
bool hint_kind_is_impersonal(enum hint_kind kind);
/* Does one of this kind speak for a report of a vulnerability? */
bool hint_kind_tells(enum hint_kind kind);
const char *hint_where_name(enum hint_where where);

#endif
