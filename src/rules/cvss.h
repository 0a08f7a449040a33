/*
 * cvss: vectors of the Common Vulnerability Scoring System, versions 2.0, 3.0,
 * 3.1 and 4.0 (first.org/cvss: the guide of 2.0, the specifications of the
 * others), and their scores.
 *
 * People write the metrics in any order, in lower case, in parentheses, and
 * leave the prefix out.  Without a prefix the metrics tell the version; where
 * they only say "3", 3.1 is meant: it has the same base scores as 3.0.
 * A metric that is not defined (X, ND) is the same as one that is absent.
 */
#ifndef RULES_CVSS_H
#define RULES_CVSS_H

#include "base/buf.h"
#include "base/err.h"

#define CVSS_METRICS_MAX 32

enum cvss_version {
	CVSS_2_0,
	CVSS_3_0,
	CVSS_3_1,
	CVSS_4_0,
	CVSS__COUNT
};

struct cvss {
	enum cvss_version version;
	/* By place in the canonical order: 0 is not defined, else the place of
	 * the value in the specification's list, counted from 1. */
	uint8_t value[CVSS_METRICS_MAX];
};

/* "2.0", ... */
const char *cvss_version_name(enum cvss_version version);

/*
 * Errors (permanent) name the metric: unknown, twice, with a value that it
 * does not have, or missing though it is of the base group.
 */
must_check int cvss_parse(struct span text, struct cvss *v_r, struct err *e);

/* Append the vector in canonical order; 2.0 has neither prefix nor (). */
void cvss_print(const struct cvss *v, struct buf *out);

/*
 * In tenths: 98 is 9.8.  2.0, 3.0 and 3.1: the base score.  4.0 has one score,
 * of all that the vector defines (CVSS-B, -BT, -BE or -BTE).
 */
int cvss_score(const struct cvss *v);

#endif
