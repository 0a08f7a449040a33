/*
 * embargo: when the published default ends.
 *
 * Our default is in force from the report when the finder proposes nothing
 * else (Vultron: a receiver's default not contradicted is accepted).  It ends
 * at 16:00 UTC on the first Monday to Thursday that is at least LENGTH after
 * the report, so that nobody has to patch into a weekend.
 */
#ifndef CASES_EMBARGO_H
#define CASES_EMBARGO_H

#include <stdint.h>

/* An exact instant. */
int64_t embargo_default_end(int64_t reported, int64_t length);

#endif
