/*
 * range: the words that people use for versions, as intervals.
 *
 *	before 1.4.2                            <1.4.2
 *	1.0 through 1.4                         >=1.0,<=1.4
 *	1.4.x before 1.4.14, 1.5.x before 1.5.9
 *	                          >=1.4,<1.4.14 || >=1.5,<1.5.9
 *	3.2 and earlier                         <=3.2
 *	3.x                                     >=3,<4
 *
 * A comma joins the ends of one interval, " || " joins intervals, = stands
 * before a single version.  The versions are as they were written, without a
 * leading v; nothing here knows how to order them.
 */
#ifndef RULES_RANGE_H
#define RULES_RANGE_H

#include "base/buf.h"

/* Append what TEXT says; false, and nothing, when a word in it is unknown. */
must_check bool range_normalize(struct span text, struct buf *out);

#endif
