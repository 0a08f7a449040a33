/*
 * clock: the one source of time, and instants as text.
 *
 * An instant is an int64_t: microseconds since 1970-01-01T00:00:00Z, without
 * leap seconds, always UTC.  0 means "none".  A duration has the same unit.
 *
 * In test builds clock_now() adds the offset that stands in the file named by
 * PSIRTD_TEST_CLOCK (an int64_t of microseconds, mapped at clock_open()), so
 * that a test can move time for every process at once; a second one behind it
 * is added to the time since boot, so that time can pass, or the clock be set.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define INSTANT_TEXT 32 /* bytes for any of the texts below, with its NUL */

struct civil {
	int year, month, day; /* 1..12, 1..31 */
	int hour, minute, second;
	int weekday; /* 0 is Sunday */
	int year_day; /* 0..365 */
};

/* Before the sandbox closes: maps the test clock, if this is a test build. */
void clock_open(void);

int64_t clock_now(void);

/* For time-outs: microseconds from an unnamed start, never goes back. */
int64_t clock_monotonic(void);

/* How far the wall clock is ahead of the time since boot, which goes on while
 * the machine sleeps: it changes when the clock is set, and not otherwise. */
int64_t clock_ahead(void);

/* The parts of an instant in UTC (proleptic Gregorian calendar). */
struct civil civil_of(int64_t instant);

/* The instant of a date in UTC; fields out of range are not carried. */
int64_t instant_of(const struct civil *c);

/* "2026-11-21T16:00:00Z" into TEXT; returns TEXT. */
const char *instant_iso(int64_t instant, char text[static INSTANT_TEXT]);

/* RFC 5322: "Sat, 21 Nov 2026 16:00:00 +0000"; returns TEXT. */
const char *instant_mail(int64_t instant, char text[static INSTANT_TEXT]);

/* The reverse of instant_iso(); false when it is not exactly that form. */
bool instant_parse(const char *text, int64_t *instant);

#endif
