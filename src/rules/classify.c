#include "rules/classify.h"

#include <string.h>

#define REPORT_BASE 35 /* percent: without a hint of anything it is one */
#define REPORT_HINT 35 /* each kind of hint that tells of a vulnerability */

static const char *const names[] = {
	[CLASS_REPORT] = "report",
	[CLASS_REPLY] = "reply",
	[CLASS_ADVISORY] = "advisory",
	[CLASS_BEG_BOUNTY] = "beg-bounty",
	[CLASS_QUESTIONNAIRE] = "questionnaire",
	[CLASS_PRIVACY] = "privacy",
	[CLASS_ABUSE] = "abuse",
	[CLASS_SPAM] = "spam",
	[CLASS_ROBOT] = "robot",
};
_Static_assert(countof(names) == CLASS__COUNT, "a name for each class");

const char *class_name(enum mail_class class)
{
	return names[class];
}

int
class_of(const char *name)
{
	int i;

	for (i = 0; i < CLASS__COUNT; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

bool class_has_answer(enum mail_class class)
{
	return class != CLASS_SPAM && class != CLASS_ROBOT &&
		class != CLASS_REPLY;
}

int
class_of_rule(const char *rule)
{
	size_t len;
	int i;

	for (i = 0; i < CLASS__COUNT; i++) {
		len = strlen(names[i]);
		if (class_has_answer((enum mail_class)i) &&
			strncmp(rule, names[i], len) == 0 &&
			(rule[len] == '-' || rule[len] == '\0'))
			return i;
	}
	return -1;
}

/* Two that speak for the same: what neither leaves open. */
static void
add(int *percent, int more)
{
	*percent = 100 - (100 - *percent) * (100 - more) / 100;
}

/* Rules that say the same of a mail twice say it once. */
static bool
is_first_of_rule(const struct hint *hints, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (strcmp(hints[i].rule, hints[at].rule) == 0)
			return false;
	return true;
}

static bool
is_first_of_kind(const struct hint *hints, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (hints[i].kind == hints[at].kind)
			return false;
	return true;
}

/* What is quoted is not what this mail is. */
static void
weigh(const struct hint *hints, size_t at, int weight[CLASS__COUNT])
{
	const struct hint *h = &hints[at];
	int class;

	if (h->where == WHERE_QUOTED)
		return;
	if (h->kind == HINT_CLASS) {
		class = class_of_rule(h->rule);
		if (class != -1 && is_first_of_rule(hints, at))
			add(&weight[class], h->score);
	} else if (hint_kind_tells(h->kind) && is_first_of_kind(hints, at)) {
		add(&weight[CLASS_REPORT], REPORT_HINT);
		/* An advisory tells of vulnerabilities, too. */
		add(&weight[CLASS_ADVISORY], REPORT_HINT);
	}
}

enum mail_class
classify(const struct reading *r, const struct hint *hints, size_t count,
	bool is_reply)
{
	int weight[CLASS__COUNT] = {[CLASS_REPORT] = REPORT_BASE};
	enum mail_class best = CLASS_REPORT;
	size_t i;
	int class;

	if (r->robot[0] != '\0')
		return CLASS_ROBOT;
	if (is_reply)
		return CLASS_REPLY;
	if (r->spam)
		return CLASS_SPAM;
	for (i = 0; i < count; i++)
		weigh(hints, i, weight);
	for (class = 0; class < CLASS__COUNT; class ++)
		if (weight[class] > weight[best])
			best = (enum mail_class) class;
	return best;
}
