/* rule: a rule and a set of them as the loader leaves them; see ruleset.h. */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "rules/literals.h"
#include "rules/normal.h"
#include "rules/pattern.h"
#include "rules/ruleset.h"

#define RULES_MAX 1000

struct rule {
	char *name;
	char *file; /* where it stands */
	int line;
	enum hint_kind kind;
	enum normal normal;
	unsigned where; /* bits: 1 << enum hint_where */
	int score;
	bool always; /* `words *`: not only where one of its words is */
	struct pattern *pattern;
	struct pattern *preceded, *followed; /* NULL, or what voids a hit */
};

struct ruleset {
	struct arena *arena; /* names */
	struct rule *rules;
	size_t count;
	struct literals *literals; /* mark: index of the rule */
};

#endif
