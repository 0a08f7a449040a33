/* show_hints: hints as psirtctl writes them, one way for every verb. */
#ifndef CTL_SHOW_HINTS_H
#define CTL_SHOW_HINTS_H

#include "base/output.h"
#include "rules/hint.h"

/*
 * One object of an array: kind, value, normalized, where, start, end, rule,
 * score; of a CVSS vector also cvss_score, computed from it ("9.8").
 */
void json_hint(struct output *o, const struct hint *h);

/* "cve: CVE 2026-1234 = CVE-2026-1234" on standard output, without an end. */
void print_hint(const struct hint *h);

#endif
