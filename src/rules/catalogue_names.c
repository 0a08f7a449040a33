#include "rules/catalogue_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule.h"

#define HITS_MAX 5000 /* of all names in one text */
/* A set may stay short of its bytes by one name. */
#define SETS_MAX (2 * CATALOGUE_NAMES_MAX / CATALOGUE_NAMES_BYTES)

struct name {
	const char *text;
	size_t product;
};

struct catalogue_names {
	struct arena *arena;
	struct rule *rules; /* of each product */
	size_t rules_count;
	struct name *names;
	size_t count;
	size_t bytes;
	struct literals *sets[SETS_MAX]; /* mark: index of the name */
	size_t sets_count;
};

struct catalogue_names *
catalogue_names_new(void)
{
	struct catalogue_names *n = xcalloc(1, sizeof(*n));

	n->arena = arena_new();
	return n;
}

void
catalogue_names_free(struct catalogue_names **n)
{
	size_t i;

	if (*n == NULL)
		return;
	for (i = 0; i < (*n)->sets_count; i++)
		literals_free(&(*n)->sets[i]);
	arena_free(&(*n)->arena);
	free((*n)->rules);
	free((*n)->names);
	free(*n);
	*n = NULL;
}

/*
 * What settle() weighs a name by: that it is there says little (a name may be a
 * common word), where it stands and how people put it says more.
 */
static struct rule
rule_of(struct arena *a, const struct product *p)
{
	return (struct rule){.name = arena_strdup(a, "catalogue"),
		.kind = HINT_PRODUCT,
		.means = arena_strdup(a, p->name),
		.of_catalogue = true,
		.where = 1u << WHERE_SUBJECT | 1u << WHERE_TEXT |
			1u << WHERE_QUOTED,
		.score = 30,
		.weight = {[CONTEXT_SUBJECT] = 15,
			[CONTEXT_FIRST] = 5,
			[CONTEXT_FIELD] = 5,
			[CONTEXT_REPEATED] = 3,
			[CONTEXT_QUOTED] = -10,
			[CONTEXT_CODE] = -15}};
}

static const char separators[] = {' ', '-', '_'};

static const char *
with_separator(struct arena *a, const char *name, char c)
{
	char *variant = arena_strdup(a, name), *at = variant;

	for (; (at = strpbrk(at, "-_ ")) != NULL; at++)
		*at = c;
	return variant;
}

/* NAME is one of the last product's. */
static int
add_name(struct catalogue_names *n, const char *name)
{
	n->bytes += strlen(name);
	if (n->bytes > CATALOGUE_NAMES_MAX)
		return -1;
	n->names = xreallocarray(n->names, n->count + 1, sizeof(*n->names));
	n->names[n->count++] =
		(struct name){.text = name, .product = n->rules_count - 1};
	return 0;
}

/* Foo-Server, foo_server and Foo Server are one name. */
static int
add_variants(struct catalogue_names *n, const char *name)
{
	const char *variant;
	size_t i;

	if (strpbrk(name, "-_ ") == NULL)
		return add_name(n, name);
	for (i = 0; i < countof(separators); i++) {
		variant = with_separator(n->arena, name, separators[i]);
		if (add_name(n, variant) == -1)
			return -1;
	}
	return 0;
}

int
catalogue_names_add(struct catalogue_names *n, const struct product *p)
{
	size_t i;

	n->rules =
		xreallocarray(n->rules, n->rules_count + 1, sizeof(*n->rules));
	n->rules[n->rules_count++] = rule_of(n->arena, p);
	for (i = 0; i < p->names_count; i++)
		if (add_variants(n, p->names[i]) == -1)
			return -1;
	return 0;
}

void
catalogue_names_close(struct catalogue_names *n)
{
	struct literal *list = xcalloc(n->count, sizeof(*list));
	size_t i, first = 0, bytes = 0, len;

	for (i = 0; i < n->count; i++) {
		len = strlen(n->names[i].text);
		if (bytes + len > CATALOGUE_NAMES_BYTES) {
			n->sets[n->sets_count++] =
				literals_new(list + first, i - first);
			first = i;
			bytes = 0;
		}
		bytes += len;
		list[i] = (struct literal){span_of(n->names[i].text), i};
	}
	n->sets[n->sets_count++] = literals_new(list + first, i - first);
	free(list);
}

/* --- search --- */

struct place {
	size_t start, end;
	size_t product;
};

struct scan {
	const struct catalogue_names *names;
	struct span text;
	struct place places[HITS_MAX];
	size_t count;
};

static bool
is_letter(struct span text, size_t at)
{
	return at < text.len &&
		(isalnum((unsigned char)text.data[at]) || text.data[at] == '_');
}

/* In foo-bar, foo.c and a/foo, foo is not a word. */
static bool
joins(char c)
{
	return strchr("-./@", c) != NULL;
}

static bool
is_word(struct span text, size_t start, size_t end)
{
	if (is_letter(text, start) && start > 0 &&
		(is_letter(text, start - 1) ||
			(joins(text.data[start - 1]) && start > 1 &&
				is_letter(text, start - 2))))
		return false;
	return !(is_letter(text, end - 1) && end < text.len &&
		(is_letter(text, end) ||
			(joins(text.data[end]) && is_letter(text, end + 1))));
}

static void
note_name(void *arg, size_t mark, size_t start)
{
	struct scan *s = arg;
	const struct name *name = &s->names->names[mark];
	size_t end = start + strlen(name->text);
	bool path = strchr(name->text, '/') != NULL;

	/* What stands below a repository is still its. */
	if (s->count < HITS_MAX &&
		(is_word(s->text, start, end) ||
			(path && end < s->text.len &&
				s->text.data[end] == '/')))
		s->places[s->count++] = (struct place){
			.start = start, .end = end, .product = name->product};
}

static int
by_place(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->end > b->end ? -1 : a->end < b->end;
}

void
catalogue_names_scan(const struct catalogue_names *n, struct span text,
	catalogue_found *found, void *arg)
{
	struct scan *s = xcalloc(1, sizeof(*s));
	const struct place *p;
	size_t i, end = 0;

	s->names = n;
	s->text = text;
	for (i = 0; i < n->sets_count; i++)
		literals_scan(n->sets[i], text, note_name, s);
	qsort(s->places, s->count, sizeof(*s->places), by_place);
	for (i = 0; i < s->count; i++) {
		p = &s->places[i];
		if (p->start < end)
			continue;
		end = p->end;
		found(arg, &n->rules[p->product], p->start, p->end);
	}
	free(s);
}
