#include "rules/quality.h"

#include <string.h>

static const char *const aspects[] = {
	[QUALITY_VERSION] = "version",
	[QUALITY_ENVIRONMENT] = "environment",
	[QUALITY_STEPS] = "steps",
	[QUALITY_PROOF] = "proof",
	[QUALITY_IMPACT] = "impact",
};
_Static_assert(countof(aspects) == QUALITY__COUNT, "a name for each aspect");

const char *
quality_aspect_name(enum quality_aspect aspect)
{
	return aspects[aspect];
}

static int
aspect_of(const struct word_list *l)
{
	size_t len = strlen(QUALITY_PREFIX);
	int i;

	for (i = 0; i < QUALITY__COUNT; i++)
		if (strncmp(l->name, QUALITY_PREFIX, len) == 0 &&
			strcmp(l->name + len, aspects[i]) == 0)
			return i;
	return -1;
}

const char *
quality_mistake(const struct word_list *l, struct arena *a)
{
	size_t i;

	if (strncmp(l->name, QUALITY_PREFIX, strlen(QUALITY_PREFIX)) != 0)
		return NULL;
	if (aspect_of(l) == -1)
		return arena_printf(a,
			"there is no %s; reports want %s, %s, %s, %s and %s",
			l->name, aspects[0], aspects[1], aspects[2], aspects[3],
			aspects[4]);
	for (i = 0; i < l->count; i++)
		if (hint_kind_of(l->words[i]) == -1)
			return arena_printf(
				a, "%s is no kind of hint", l->words[i]);
	return NULL;
}

/* The first hint that the list counts, or NULL. */
static const struct hint *
evidence(const struct word_list *l, const struct hints *h, size_t count)
{
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < l->count; k++)
			if (h->hint[i].kind == hint_kind_of(l->words[k]))
				return &h->hint[i];
	return NULL;
}

void
quality_judge(const struct word_list *lists, struct arena *a, struct hints *h)
{
	const struct hint *why;
	const struct word_list *l;
	size_t count = h->count;
	int aspect;

	for (aspect = 0; aspect < QUALITY__COUNT; aspect++) {
		for (l = lists; l != NULL && aspect_of(l) != aspect;)
			l = l->next;
		if (l == NULL || h->count == HINTS_MAX)
			continue;
		why = evidence(l, h, count);
		h->hint[h->count++] = (struct hint){
			.kind = why != NULL ? HINT_HAS : HINT_LACKS,
			.where = why != NULL ? why->where : WHERE_TEXT,
			.value = arena_strdup(a, aspects[aspect]),
			.normalized = arena_strdup(a, aspects[aspect]),
			.start = why != NULL ? why->start : 0,
			.end = why != NULL ? why->end : 0,
			.rule = arena_strdup(a, l->name),
			.score = why != NULL ? why->score : 50};
	}
}
