/*
 * normal: the words of a hint in the form that can be compared and looked up.
 */
#ifndef RULES_NORMAL_H
#define RULES_NORMAL_H

#include "rules/hint.h"

/* Names as rule files have them: normal_name(). */
enum normal {
	NORMAL_TEXT, /* without quotation marks and the like around it */
	NORMAL_EXACT, /* as it stands */
	NORMAL_CVE, /* CVE-2026-1234 */
	NORMAL_CWE, /* CWE-79 */
	NORMAL_CVSS, /* the canonical vector: rules/cvss.h */
	NORMAL_RANGE, /* vers:generic/>=1.0|<1.4.2: rules/range.h */
	NORMAL_GHSA, /* GHSA-2qvq-rjwj-gvw9 */
	NORMAL_VU, /* VU#123456 */
	NORMAL_LOWER, /* in lower case, without marks around it */
	NORMAL_DATE, /* 2026-12-17: rules/date.h */
	NORMAL_WEAKNESS, /* CWE-79 of a name: rules/weakness.h */
	NORMAL__COUNT
};

const char *normal_name(enum normal n);
/* What a hint of this kind has unless its rule says otherwise. */
enum normal normal_of_kind(enum hint_kind kind);

/* Append the form of WORDS, or nothing when there is none. */
void normal_print(enum normal n, struct span words, struct buf *out);

#endif
