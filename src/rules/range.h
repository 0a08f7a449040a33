/*
 * range: the words that people use for versions, as intervals in the form of
 * vers (github.com/package-url/vers-spec).
 *
 *	before 1.4.2                   vers:generic/<1.4.2
 *	1.0 through 1.4                vers:generic/>=1.0|<=1.4
 *	1.4.x before 1.4.14, 1.5.x before 1.5.9
 *	                    vers:generic/>=1.4|<1.4.14|>=1.5|<1.5.9
 *	before 1.4.14 and 1.5.9        vers:generic/<1.4.14|>=1.5|<1.5.9
 *	3.2 and earlier                vers:generic/<=3.2
 *	3.x                            vers:generic/>=3|<4
 *	1.1.0 and 1.1.1                vers:generic/1.1.0|1.1.1
 *
 * The versions are as they were written, without a leading v, percent-encoded
 * where vers wants it, in the order of rules/version.h; the scheme is deb or
 * rpm where they bear the mark of a distribution.
 */
#ifndef RULES_RANGE_H
#define RULES_RANGE_H

#include "base/buf.h"

/* Append what TEXT says; false, and nothing, when a word in it is unknown. */
must_check bool range_normalize(struct span text, struct buf *out);

#endif
