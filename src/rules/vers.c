#include "rules/vers.h"

#include <ctype.h>
#include <string.h>

#include "rules/interval.h"

static const struct {
	const char *sign;
	bool low, high, inclusive;
} signs[] = {
	{">=", true, false, true},
	{"<=", false, true, true},
	{">", true, false, false},
	{"<", false, true, false},
	{"=", true, true, true},
	{"", true, true, true},
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* What interval.c has percent-encoded. */
static struct span
decode(struct span v, struct arena *a)
{
	char *text = arena_dup(a, v.data, v.len);
	size_t i, len = 0;

	for (i = 0; i < v.len; i++) {
		if (text[i] == '%' && i + 2 < v.len &&
			hex_digit(text[i + 1]) != -1 &&
			hex_digit(text[i + 2]) != -1) {
			text[len++] = (char)(hex_digit(text[i + 1]) * 16 +
				hex_digit(text[i + 2]));
			i += 2;
		} else {
			text[len++] = text[i];
		}
	}
	return (struct span){text, len};
}

/* A low end begins an interval, a high one ends the interval in hand. */
static bool
add_constraint(struct intervals *s, struct span text)
{
	struct bound b = {.is_set = true};
	struct interval one = {.low = {.is_set = false}};
	struct interval *last = s->count > 0 ? &s->list[s->count - 1] : NULL;
	size_t i = 0;

	while (strncmp(text.data, signs[i].sign, strlen(signs[i].sign)) != 0)
		i++;
	text.data += strlen(signs[i].sign);
	text.len -= strlen(signs[i].sign);
	b.version = decode(text, s->arena);
	b.inclusive = signs[i].inclusive;
	if (text.len == 0)
		return false;
	if (!signs[i].low && last != NULL && last->low.is_set &&
		!last->high.is_set) {
		last->high = b;
		return true;
	}
	if (signs[i].low)
		one.low = b;
	if (signs[i].high)
		one.high = b;
	return intervals_add(s, &one);
}

static bool
parse(struct span text, struct intervals *s)
{
	char *copy = arena_dup(s->arena, text.data, text.len), *next;
	size_t k, len;

	for (k = 0; k < VERSION__COUNT; k++) {
		len = strlen(version_scheme_name(k));
		if (strncmp(copy, "vers:", 5) == 0 &&
			strncmp(copy + 5, version_scheme_name(k), len) == 0 &&
			copy[5 + len] == '/')
			break;
	}
	if (k == VERSION__COUNT)
		return false;
	s->scheme = (enum version_scheme)k;
	for (copy += 6 + len; copy != NULL; copy = next) {
		if ((next = strchr(copy, '|')) != NULL)
			*next++ = '\0';
		if (!add_constraint(s, span_of(copy)))
			return false;
	}
	return true;
}

/* Does A end before B begins? */
static bool
ends_before(enum version_scheme scheme, const struct interval *a,
	const struct interval *b)
{
	int order;

	if (!a->high.is_set || !b->low.is_set)
		return false;
	order = version_compare(scheme, a->high.version, b->low.version);
	return order < 0 ||
		(order == 0 && !(a->high.inclusive && b->low.inclusive));
}

static bool
meet(const struct intervals *x, const struct intervals *y)
{
	enum version_scheme scheme =
		x->scheme == VERSION_GENERIC ? y->scheme : x->scheme;
	size_t i, k;

	for (i = 0; i < x->count; i++)
		for (k = 0; k < y->count; k++)
			if (!ends_before(scheme, &x->list[i], &y->list[k]) &&
				!ends_before(scheme, &y->list[k], &x->list[i]))
				return true;
	return false;
}

bool
vers_overlap(struct span a, struct span b)
{
	struct arena *arena = arena_new();
	struct intervals *x = xcalloc(2, sizeof(*x)), *y = x + 1;
	bool result;

	x->arena = y->arena = arena;
	result = parse(a, x) && parse(b, y) && meet(x, y);
	free_pointer(&x);
	arena_free(&arena);
	return result;
}

bool
vers_contains(struct span range, struct span version)
{
	struct arena *arena = arena_new();
	struct intervals *x = xcalloc(2, sizeof(*x)), *y = x + 1;
	struct bound b = {
		.version = version, .is_set = true, .inclusive = true};
	bool result;

	x->arena = arena;
	y->list[0] = (struct interval){.low = b, .high = b};
	y->count = 1;
	y->scheme = version_scheme_of(version);
	result = parse(range, x) && meet(x, y);
	free_pointer(&x);
	arena_free(&arena);
	return result;
}
