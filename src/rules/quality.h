/*
 * quality: what a report has and lacks.
 *
 * Rule files say what counts, by lists of kinds: `list wanted-steps` names the
 * kinds of hints of which one means that there are steps (psirtd-rules(5)).
 * For each aspect that has such a list there is one hint, `has` or `lacks`,
 * whose value is the aspect's name.
 */
#ifndef RULES_QUALITY_H
#define RULES_QUALITY_H

#include "rules/rule.h"

#define QUALITY_PREFIX "wanted-"

/* Letters ask for each of them in words of their own. */
enum quality_aspect {
	QUALITY_VERSION,
	QUALITY_ENVIRONMENT,
	QUALITY_STEPS,
	QUALITY_PROOF,
	QUALITY_IMPACT,
	QUALITY__COUNT
};

const char *quality_aspect_name(enum quality_aspect aspect);

/* Is a list with that name and those words a baseline that can be used?  NULL,
 * or what is wrong, in A. */
const char *quality_mistake(const struct word_list *l, struct arena *a);

/* Add the hints `has` and `lacks` to H, which has room for HINTS_MAX. */
void quality_judge(
	const struct word_list *lists, struct arena *a, struct hints *h);

#endif
