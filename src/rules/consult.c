#include "rules/consult.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "rules/vers.h"

#define RULE "catalogue"
#define NAME_LEAST 3 /* characters of a component's name that mean it */

struct consulting {
	const struct catalogue *c;
	int64_t now;
	struct arena *a;
	struct hints *h;
	size_t found; /* hints of the rules */
	size_t added[HINT__COUNT];
};

static bool
is_said(const struct consulting *x, enum hint_kind kind, const char *value,
	const char *normalized)
{
	const struct hint *h;
	size_t i;

	for (i = x->found; i < x->h->count; i++) {
		h = &x->h->hint[i];
		if (h->kind == (int)kind && strcmp(h->value, value) == 0 &&
			strcmp(h->normalized, normalized) == 0)
			return true;
	}
	return false;
}

/* A hint that follows from WHY. */
static void
add(struct consulting *x, enum hint_kind kind, const struct hint *why,
	const char *value, const char *normalized)
{
	size_t len = utf8_cut(span_of(normalized), HINT_VALUE_MAX);

	normalized = arena_dup(x->a, normalized, len);
	if (x->h->count == HINTS_MAX ||
		x->added[kind] == hint_kind_most(kind) ||
		is_said(x, kind, value, normalized))
		return;
	x->added[kind]++;
	x->h->hint[x->h->count++] = (struct hint){.kind = (int)kind,
		.where = why->where,
		.value = arena_strdup(x->a, value),
		.normalized = arena_strdup(x->a, normalized),
		.start = why->start,
		.end = why->end,
		.rule = arena_strdup(x->a, RULE),
		.score = why->score};
}

/* --- support --- */

static bool
has_ended(struct consulting *x, const struct product *p,
	const struct hint *affected)
{
	const struct support_end *end;
	size_t i;

	for (i = 0; i < p->ends_count; i++) {
		end = &p->ends[i];
		if (end->at > x->now ||
			!vers_overlap(span_of(affected->normalized),
				span_of(end->versions)))
			continue;
		add(x, HINT_UNSUPPORTED, affected, affected->value,
			arena_printf(x->a, "%s: support of %s ended on %s",
				p->name, end->versions, end->day));
		return true;
	}
	return false;
}

static void
check_support(struct consulting *x, const struct product *p)
{
	const struct hint *h;
	size_t i;

	for (i = 0; i < x->found; i++) {
		h = &x->h->hint[i];
		if (h->kind != HINT_AFFECTED ||
			strncmp(h->normalized, "vers:", 5) != 0 ||
			has_ended(x, p, h))
			continue;
		if (p->versions[0] != '\0' &&
			!vers_overlap(
				span_of(h->normalized), span_of(p->versions)))
			add(x, HINT_UNSUPPORTED, h, h->value,
				arena_printf(x->a, "%s: supported is %s",
					p->name, p->versions));
	}
}

/* --- components --- */

/* Does an affected range of the mail contain VERSION?  1, 0, or -1: it states
 * none. */
static int
is_affected(const struct consulting *x, const char *version)
{
	const struct hint *h;
	int result = -1;
	size_t i;

	for (i = 0; i < x->found && version[0] != '\0'; i++) {
		h = &x->h->hint[i];
		if (h->kind != HINT_AFFECTED ||
			strncmp(h->normalized, "vers:", 5) != 0)
			continue;
		if (vers_contains(span_of(h->normalized), span_of(version)))
			return 1;
		result = 0;
	}
	return result;
}

static int
by_name(const void *name, const void *component)
{
	const struct component *c = component;

	return name_compare(name, c->name);
}

static void
tell_use(struct consulting *x, const struct product *p,
	const struct component *c, const struct hint *why)
{
	static const char *const judgement[] = {
		"", ", not in the stated versions", ", in the stated versions"};
	int affected = is_affected(x, c->version);

	add(x, HINT_USED_IN, why, why->value,
		arena_printf(x->a, "%s: %s%s%s%s", p->name, c->name,
			c->version[0] != '\0' ? " " : "", c->version,
			judgement[affected + 1]));
	add(x, HINT_OWNER, why, p->owner, p->name);
}

/* Every component of that name: a product may have several versions of it. */
static void
find_component(struct consulting *x, const struct product *p, const char *name,
	const struct hint *why)
{
	const struct component *end = p->components + p->components_count;
	const struct component *c = p->components_count == 0
		? NULL
		: bsearch(name, p->components, p->components_count,
			  sizeof(*p->components), by_name);

	if (c == NULL)
		return;
	while (c > p->components && name_compare(c[-1].name, name) == 0)
		c--;
	for (; c < end && name_compare(c->name, name) == 0; c++)
		tell_use(x, p, c, why);
}

/* The name in pkg:TYPE/NAMESPACE/NAME@VERSION, or in a CPE's fifth part. */
static const char *
name_in(const struct hint *h, struct arena *a)
{
	const char *p = h->normalized[0] != '\0' ? h->normalized : h->value;
	const char *end;
	int i;

	if (h->kind == HINT_PURL) {
		end = p + strcspn(p, "@?#");
		for (i = (int)(end - p); i > 0 && p[i - 1] != '/'; i--)
			;
		return arena_dup(a, p + i, (size_t)(end - p - i));
	}
	for (i = 0; h->kind == HINT_CPE && i < 4 && p != NULL; i++)
		if ((p = strchr(p, ':')) != NULL)
			p++;
	if (p == NULL)
		return "";
	return h->kind == HINT_CPE ? arena_dup(a, p, strcspn(p, ":")) : p;
}

static void
find_uses(struct consulting *x, const struct hint *h)
{
	const char *name = name_in(h, x->a);
	size_t i;

	if (strlen(name) < NAME_LEAST)
		return;
	for (i = 0; i < catalogue_count(x->c); i++)
		find_component(x, catalogue_product(x->c, i), name, h);
}

/* A component is no product of ours: its name may have lost to one. */
static void
find_outdone_uses(struct consulting *x)
{
	const struct rule_hit *hit;
	size_t i;

	for (i = 0; i < x->h->hits_count; i++) {
		hit = &x->h->hits[i];
		if (hit->hint.kind == HINT_PRODUCT && hit->fate == HIT_OUTDONE)
			find_uses(x, &hit->hint);
	}
}

void
consult(const struct catalogue *c, int64_t now, struct arena *a,
	struct hints *h)
{
	struct consulting x = {
		.c = c, .now = now, .a = a, .h = h, .found = h->count};
	const struct product *p;
	const struct hint *hint;
	size_t i;

	for (i = 0; i < x.found; i++) {
		hint = &h->hint[i];
		if (hint->kind == HINT_PRODUCT &&
			strcmp(hint->rule, RULE) == 0 &&
			(p = catalogue_named(c, hint->normalized)) != NULL) {
			add(&x, HINT_OWNER, hint, p->owner, p->name);
			check_support(&x, p);
		}
		if (hint->kind == HINT_PRODUCT ||
			hint->kind == HINT_COMPONENT ||
			hint->kind == HINT_PURL || hint->kind == HINT_CPE)
			find_uses(&x, hint);
	}
	find_outdone_uses(&x);
}
