/* rule: a rule and a set of them as the loader leaves them; see ruleset.h. */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "rules/catalogue.h"
#include "rules/context.h"
#include "rules/language.h"
#include "rules/literals.h"
#include "rules/normal.h"
#include "rules/pattern.h"
#include "rules/ruleset.h"

#define RULES_MAX 1000
#define RULE_LISTS_MAX 4
#define RULE_REACH 64 /* unless it says otherwise */
#define RULE_REACH_MAX 500

/* Words in small letters, sorted by bytes. */
struct word_list {
	const char *name;
	const char **words;
	size_t count;
	struct word_list *next;
};

struct rule {
	char *name;
	char *file; /* where it stands */
	int line;
	enum hint_kind kind;
	enum normal normal;
	bool of_catalogue; /* outranks what shapes tell */
	char *means; /* NULL, or the normal form of all its hints */
	unsigned where; /* bits: 1 << enum hint_where */
	int score;
	int weight[CONTEXT__COUNT]; /* added to the score there */
	bool always; /* `words *`: not only where one of its words is */
	size_t reach; /* a match begins at most so many bytes before a word */
	struct pattern *label; /* NULL, or what the label of a field is */
	struct pattern *pattern;
	/* NULL, or what a hit needs, or what voids it. */
	struct pattern *if_preceded, *if_followed;
	struct pattern *unless_preceded, *unless_followed;
	/* First words that void it, in one of these. */
	const struct word_list *unless_begins[RULE_LISTS_MAX];
	size_t unless_begins_count;
};

struct ruleset {
	struct arena *arena; /* names */
	struct rule *rules;
	size_t count;
	struct literals *literals; /* mark: index of the rule */
	struct languages *languages;
	struct catalogue *catalogue; /* or NULL */
	const struct word_list *lists;
};

#endif
