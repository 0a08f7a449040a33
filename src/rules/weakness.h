/*
 * weakness: the numbers of weaknesses (cwe.mitre.org) that people call by name.
 *
 * Only names that mean one entry.  The number is a reading of the name, not
 * what somebody wrote: "buffer overflow" is CWE-120 here, and may turn out to
 * be a stack-based one.
 */
#ifndef RULES_WEAKNESS_H
#define RULES_WEAKNESS_H

#include "base/buf.h"

/* Append CWE-N for WORDS, or nothing; case, hyphens and line ends do not
 * count. */
void weakness_print(struct span words, struct buf *out);

/* The names that are known, NULL behind the last. */
const char *weakness_name(size_t index);

#endif
