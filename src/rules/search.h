/*
 * search: what the rules hit in a mail, and what is made of it; shared by the
 * two files that do it.  See rules/ruleset.h.
 */
#ifndef RULES_SEARCH_H
#define RULES_SEARCH_H

#include "rules/rule.h"

#define CANDIDATES_MAX 5000 /* of one mail; those beyond are not looked at */

struct candidate {
	const struct rule *rule;
	enum hint_where where;
	size_t start, end; /* not empty */
	unsigned contexts; /* bits: 1 << enum context */

	/* Set by settle(). */
	char *value, *normalized;
	int score;
	bool common; /* likewise: no name but for its shape */
	int support; /* of a product of the catalogue: the best shape there */
	size_t rules; /* of a kind that competes: how many find this name */
	enum hit_fate fate;
};

struct candidates {
	struct candidate *list;
	size_t count, room;
};

/* Score the candidates and keep the best as the hints of OUT; all become its
 * hits.  Everything lives in A. */
void settle(struct candidates *c, const struct rule_texts *texts,
	struct arena *a, struct hints *out);

#endif
