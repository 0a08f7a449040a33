/*
 * vers: ranges that are written as vers (github.com/package-url/vers-spec), as
 * rules/interval.h writes them, compared.
 *
 * What cannot be read (an unknown scheme, more than INTERVALS_MAX intervals)
 * contains nothing.
 */
#ifndef RULES_VERS_H
#define RULES_VERS_H

#include "base/buf.h"

/* Is there a version that both contain? */
bool vers_overlap(struct span a, struct span b);

bool vers_contains(struct span range, struct span version);

#endif
