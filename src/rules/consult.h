/*
 * consult: what the catalogue says of the hints of a mail.
 *
 *	owner        whose product it is: the address of the team
 *	unsupported  an affected version is in no supported range, or in a
 *	             branch whose support has ended
 *	used-in      a product contains the component that the mail is about,
 *	             with the version that it has and whether the stated
 *	             versions contain that; its owner is named, too
 *
 * They are hints of the rule `catalogue`, with the place of the words that they
 * follow from.  Pure.
 */
#ifndef RULES_CONSULT_H
#define RULES_CONSULT_H

#include "rules/catalogue.h"
#include "rules/ruleset.h"

/* Add to the hints of H, which has room for HINTS_MAX; what is added lives in
 * A.  NOW: support that ended before it has ended. */
void consult(const struct catalogue *c, int64_t now, struct arena *a,
	struct hints *h);

#endif
