#include "rules/interval.h"

#include <ctype.h>
#include <string.h>

bool
intervals_add(struct intervals *s, const struct interval *i)
{
	if (s->count == INTERVALS_MAX)
		return false;
	s->list[s->count++] = *i;
	return true;
}

static int
compare(const struct intervals *s, struct span a, struct span b)
{
	return version_compare(s->scheme, a, b);
}

/* The scheme of the first version that bears a mark. */
static enum version_scheme
scheme_of(const struct intervals *s)
{
	enum version_scheme scheme = VERSION_GENERIC;
	const struct interval *i;

	for (i = s->list; i < s->list + s->count; i++) {
		if (scheme == VERSION_GENERIC && i->low.is_set)
			scheme = version_scheme_of(i->low.version);
		if (scheme == VERSION_GENERIC && i->high.is_set)
			scheme = version_scheme_of(i->high.version);
	}
	return scheme;
}

/* --- branches --- */

static size_t
number_length(struct span v, size_t at)
{
	size_t len = 0;

	while (at + len < v.len && isdigit((unsigned char)v.data[at + len]))
		len++;
	return len;
}

/*
 * Where the branch of V begins, seen from another version BEFORE it: V up to
 * the first number in which they differ.  Seen from 1.4.14, the branch of
 * 1.5.9 begins at 1.5, and that of 2.0.3 at 2.
 */
static struct span
branch_of(struct span v, struct span before)
{
	size_t at = 0, len, other;

	for (;;) {
		len = number_length(v, at);
		other = number_length(before, at);
		if (len == 0)
			return v;
		if (len != other ||
			memcmp(v.data + at, before.data + at, len) != 0)
			return (struct span){v.data, at + len};
		at += len;
		if (at >= v.len || at >= before.len || v.data[at] != '.' ||
			before.data[at] != '.')
			return v;
		at++;
	}
}

/* The end of another interval that comes last before V; NULL: there is none. */
static const struct bound *
end_before(const struct intervals *s, struct span v)
{
	const struct bound *best = NULL, *b;
	size_t i;

	for (i = 0; i < s->count; i++) {
		b = &s->list[i].high;
		if (b->is_set && compare(s, b->version, v) < 0 &&
			(best == NULL ||
				compare(s, best->version, b->version) < 0))
			best = b;
	}
	return best;
}

/* The beginning of another interval that comes next after V. */
static const struct bound *
begin_after(const struct intervals *s, struct span v)
{
	const struct bound *best = NULL, *b;
	size_t i;

	for (i = 0; i < s->count; i++) {
		b = &s->list[i].low;
		if (b->is_set && compare(s, b->version, v) > 0 &&
			(best == NULL ||
				compare(s, best->version, b->version) > 0))
			best = b;
	}
	return best;
}

/* Close the end B of an interval where the branch of V begins.  A version
 * that is itself where a branch begins speaks of all that come before. */
static void
close_end(struct bound *b, struct span v, const struct bound *before,
	bool inclusive)
{
	struct span branch = branch_of(v, before->version);

	if (branch.len < v.len)
		*b = (struct bound){branch, true, inclusive};
}

/* "2.0 and earlier" speaks of more than 2.0. */
static bool
is_first(const struct intervals *s, const struct bound *b,
	const struct bound *before)
{
	return b->inclusive &&
		compare(s, branch_of(b->version, before->version),
			b->version) == 0;
}

static void
close_ends(struct intervals *s)
{
	struct intervals given = *s;
	const struct bound *other;
	struct interval *i;

	for (i = s->list; i < s->list + s->count; i++) {
		if (!i->low.is_set && i->high.is_set) {
			other = end_before(&given, i->high.version);
			if (other != NULL && !is_first(s, &i->high, other))
				close_end(
					&i->low, i->high.version, other, true);
		} else if (i->low.is_set && !i->high.is_set) {
			other = begin_after(&given, i->low.version);
			if (other != NULL)
				close_end(&i->high, other->version, &i->low,
					false);
		}
	}
}

/* --- order --- */

static bool
is_empty(const struct intervals *s, const struct interval *i)
{
	int order;

	if (!i->low.is_set || !i->high.is_set)
		return false;
	order = compare(s, i->low.version, i->high.version);
	return order > 0 ||
		(order == 0 && !(i->low.inclusive && i->high.inclusive));
}

static int
compare_lows(
	const struct intervals *s, const struct bound *a, const struct bound *b)
{
	int order;

	if (!a->is_set || !b->is_set)
		return a->is_set - b->is_set;
	order = compare(s, a->version, b->version);
	return order != 0 ? order : b->inclusive - a->inclusive;
}

static int
compare_highs(
	const struct intervals *s, const struct bound *a, const struct bound *b)
{
	int order;

	if (!a->is_set || !b->is_set)
		return b->is_set - a->is_set;
	order = compare(s, a->version, b->version);
	return order != 0 ? order : a->inclusive - b->inclusive;
}

/* By insertion: there are few, mostly in order. */
static void
sort(struct intervals *s)
{
	struct interval held;
	size_t i, k;

	for (i = 1; i < s->count; i++) {
		held = s->list[i];
		for (k = i; k > 0 &&
			compare_lows(s, &s->list[k - 1].low, &held.low) > 0;
			k--)
			s->list[k] = s->list[k - 1];
		s->list[k] = held;
	}
}

/* Does B begin before A ends, or right there? */
static bool
touches(const struct intervals *s, const struct interval *a,
	const struct interval *b)
{
	int order;

	if (!a->high.is_set || !b->low.is_set)
		return true;
	order = compare(s, b->low.version, a->high.version);
	return order < 0 ||
		(order == 0 && (b->low.inclusive || a->high.inclusive));
}

static void
join(struct intervals *s)
{
	size_t i, kept = 0;

	for (i = 0; i < s->count; i++) {
		if (is_empty(s, &s->list[i]))
			continue;
		if (kept == 0 || !touches(s, &s->list[kept - 1], &s->list[i]))
			s->list[kept++] = s->list[i];
		else if (compare_highs(s, &s->list[kept - 1].high,
				 &s->list[i].high) < 0)
			s->list[kept - 1].high = s->list[i].high;
	}
	s->count = kept;
}

/* --- print --- */

static void
print_version(struct span v, struct buf *out)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < v.len; i++) {
		c = (unsigned char)v.data[i];
		if (isalnum(c) || strchr(".-_~:", c) != NULL)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void
print_constraint(const char *sign, const struct bound *b, struct buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != '/')
		buf_putc(out, '|');
	buf_puts(out, sign);
	print_version(b->version, out);
}

static void
print_interval(
	const struct intervals *s, const struct interval *i, struct buf *out)
{
	if (i->low.is_set && i->high.is_set &&
		compare(s, i->low.version, i->high.version) == 0) {
		print_constraint("", &i->low, out);
		return;
	}
	if (i->low.is_set)
		print_constraint(i->low.inclusive ? ">=" : ">", &i->low, out);
	if (i->high.is_set)
		print_constraint(i->high.inclusive ? "<=" : "<", &i->high, out);
}

bool
intervals_print(struct intervals *s, struct buf *out)
{
	size_t i;

	s->scheme = scheme_of(s);
	close_ends(s);
	sort(s);
	join(s);
	buf_printf(out, "vers:%s/", version_scheme_name(s->scheme));
	for (i = 0; i < s->count; i++)
		print_interval(s, &s->list[i], out);
	return s->count > 0;
}
