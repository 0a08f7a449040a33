#include "rules/search.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define AGREEMENT 4 /* points for each further rule */
#define DISTINCT 12 /* for a name that is no plain word */
#define LEADS 5 /* for the one that is named first */
#define MARKED 8 /* for one in `code` */

static const char *const fate_names[] = {
	[HIT_KEPT] = "kept",
	[HIT_WEIGHED_DOWN] = "weighed down by where it stands",
	[HIT_OVERLAPPED] = "overlapped by a better one",
	[HIT_SAID_ALREADY] = "said already",
	[HIT_OUTDONE] = "outdone by a better one",
	[HIT_TOO_MANY] = "one too many",
};
_Static_assert(countof(fate_names) == HIT__COUNT, "a name for each fate");

const char *
hit_fate_name(enum hit_fate fate)
{
	return fate < HIT__COUNT ? fate_names[fate] : "unknown";
}

/* The words on one line: blanks for line ends, and no two in a row. */
static void
add_words(struct buf *out, struct span words)
{
	size_t i, kept = out->len;
	bool blank = false;

	utf8_clean(out, words, UTF8_ONE_LINE);
	for (i = kept; i < out->len; i++) {
		if (out->data[i] == ' ' && blank)
			continue;
		blank = out->data[i] == ' ';
		out->data[kept++] = out->data[i];
	}
	buf_cut(out, kept);
}

static void
set_words(struct candidate *c, const struct rule_texts *texts, struct arena *a)
{
	struct span words = {
		texts->text[c->where].data + c->start, c->end - c->start};
	struct buf value = BUF_INIT(words.len * 3);
	struct buf normal = BUF_INIT(HINT_VALUE_MAX);

	add_words(&value, words);
	if (c->rule->means != NULL)
		buf_puts(&normal, c->rule->means);
	/* What is cut has no normal form. */
	else if (value.len <= HINT_VALUE_MAX)
		normal_print(c->rule->normal, buf_view(&value), &normal);
	if (normal.failed)
		buf_cut(&normal, 0);
	buf_cut(&value, utf8_cut(buf_view(&value), HINT_VALUE_MAX));
	c->value = arena_strdup(a, value.data);
	c->normalized = arena_strdup(a, normal.data);
	buf_release(&value);
	buf_release(&normal);
}

static const char *
form_of(const struct candidate *c)
{
	return c->normalized[0] != '\0' ? c->normalized : c->value;
}

static bool
competes(const struct candidate *c)
{
	return hint_kind_margin(c->rule->kind) < 100;
}

/* A and B are of one kind. */
static int
compare_forms(const struct candidate *a, const struct candidate *b)
{
	return competes(a) ? name_compare(form_of(a), form_of(b))
			   : strcasecmp(form_of(a), form_of(b));
}

/* --- scores --- */

static bool
overlap(const struct candidate *a, const struct candidate *b)
{
	return a->where == b->where && a->start < b->end && b->start < a->end;
}

static int
by_form(const void *left, const void *right)
{
	const struct candidate *const *a = left, *const *b = right;
	int order;

	if ((*a)->rule->kind != (*b)->rule->kind)
		return (*a)->rule->kind < (*b)->rule->kind ? -1 : 1;
	order = compare_forms(*a, *b);
	if (order != 0)
		return order;
	if ((*a)->where != (*b)->where)
		return (*a)->where < (*b)->where ? -1 : 1;
	return (*a)->start < (*b)->start ? -1 : (*a)->start > (*b)->start;
}

/* What one name gains by its other mentions, in FIRST to LAST of one form. */
static void
weigh_group(struct candidate **first, struct candidate **last)
{
	struct candidate **c, **other;
	size_t others = 0, end = 0;

	for (c = first; c < last; c++) {
		others += c == first || (*c)->where != c[-1]->where ||
			(*c)->start >= end;
		end = (*c)->end;
	}
	for (c = first; c < last; c++) {
		if (others > 1)
			(*c)->contexts |= 1u << CONTEXT_REPEATED;
		for (other = first; other < c && competes(*c); other++)
			if ((*other)->rule == (*c)->rule)
				break;
		/* Only the first of each rule speaks for the name. */
		if (competes(*c) && other == c)
			(*first)->rules++;
	}
	for (c = first; c < last; c++)
		(*c)->rules = (*first)->rules;
}

static void
weigh_groups(struct candidates *c)
{
	struct candidate **sorted = xcalloc(c->count, sizeof(*sorted));
	size_t i, first = 0;

	for (i = 0; i < c->count; i++)
		sorted[i] = &c->list[i];
	if (c->count > 0)
		qsort(sorted, c->count, sizeof(*sorted), by_form);
	for (i = 1; i <= c->count; i++) {
		if (i < c->count &&
			sorted[i]->rule->kind == sorted[first]->rule->kind &&
			compare_forms(sorted[i], sorted[first]) == 0)
			continue;
		weigh_group(&sorted[first], &sorted[i]);
		first = i;
	}
	free(sorted);
}

/*
 * Is C's name written as any word is: in letters of one case, and the catalogue
 * has it in small ones?  HTTP may be http.
 */
static bool
is_plain(const struct candidate *c)
{
	const char *p = c->value;
	size_t small = 0, large = 0;

	for (; *p != '\0'; p++) {
		small += *p >= 'a' && *p <= 'z';
		large += *p >= 'A' && *p <= 'Z';
	}
	if (small + large < strlen(c->value))
		return false;
	if (strcmp(c->value, c->normalized) == 0 && large > 0)
		return false;
	return small == 0 || large == 0;
}

static bool
is_marked(const struct candidate *c, const struct rule_texts *texts)
{
	struct span text = texts->text[c->where];

	return c->start > 0 && c->end < text.len &&
		text.data[c->start - 1] == '`' && text.data[c->end] == '`';
}

static bool
is_before(const struct candidate *a, const struct candidate *b)
{
	return a->where != b->where ? a->where < b->where : a->start < b->start;
}

/* What a shape that finds C's name, or ends with it, says for it. */
static int
best_shape(const struct candidates *all, const struct candidate *c)
{
	const struct candidate *shape;
	int points, best = 0;
	size_t i;

	for (i = 0; i < all->count; i++) {
		shape = &all->list[i];
		if (shape->rule->of_catalogue ||
			shape->rule->kind != HINT_PRODUCT ||
			!overlap(shape, c) || shape->end != c->end)
			continue;
		points = shape->rule->score / 2;
		if (shape->start != c->start)
			points = c->common ? 0 : points / 2;
		if (points > best)
			best = points;
	}
	return best;
}

/*
 * A name of the catalogue may be a word of everyday speech.  Where a shape of
 * the open vocabulary finds it, too, it is meant as a product.
 */
static void
support(struct candidates *all, const struct rule_texts *texts)
{
	struct candidate *c, *first = NULL;
	size_t i;

	for (i = 0; i < all->count; i++) {
		c = &all->list[i];
		if (!c->rule->of_catalogue)
			continue;
		c->support = best_shape(all, c);
		if (first == NULL || is_before(c, first))
			first = c;
		if (!is_plain(c) && !c->common)
			c->support += DISTINCT;
		if (is_marked(c, texts))
			c->support += MARKED;
	}
	if (first != NULL && !first->common)
		first->support += LEADS;
}

static void
set_score(struct candidate *c)
{
	enum context k;

	c->score = c->rule->score;
	for (k = 0; k < CONTEXT__COUNT; k++)
		if (c->contexts & 1u << k)
			c->score += c->rule->weight[k];
	c->score += c->support;
	/* Every further rule that finds a name speaks for it. */
	if (c->rules > 1)
		c->score += (int)(c->rules - 1) * AGREEMENT;
	/* A common word in running text names nothing. */
	if (c->common && c->support == 0 &&
		(c->contexts & (1u << CONTEXT_SUBJECT | 1u << CONTEXT_FIELD)) ==
			0)
		c->score = 0;
	if (c->score < 1)
		c->fate = HIT_WEIGHED_DOWN;
	if (c->score > 100)
		c->score = 100;
}

/* The best first; what stands earlier before what stands later. */
static int
by_worth(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	size_t a_len = a->end - a->start, b_len = b->end - b->start;

	if (a->rule->kind != b->rule->kind)
		return a->rule->kind < b->rule->kind ? -1 : 1;
	if (a->rule->of_catalogue != b->rule->of_catalogue)
		return a->rule->of_catalogue ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->where != b->where)
		return a->where < b->where ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a_len != b_len)
		return a_len > b_len ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* --- choice --- */

/* What becomes of C beside KEPT, which scores at least as much. */
static enum hit_fate
beside(const struct candidate *kept, const struct candidate *c)
{
	if (overlap(kept, c))
		return HIT_OVERLAPPED;
	/* The same in subject and text are two places, but one answer. */
	if ((competes(c) || kept->where == c->where) &&
		(kept->normalized[0] != '\0') == (c->normalized[0] != '\0') &&
		compare_forms(kept, c) == 0)
		return HIT_SAID_ALREADY;
	if (kept->rule->of_catalogue && !c->rule->of_catalogue)
		return HIT_OUTDONE;
	if (kept->score - c->score > hint_kind_margin(c->rule->kind))
		return HIT_OUTDONE;
	return HIT_KEPT;
}

/* The candidates of one kind, the best first. */
static void
choose(struct candidate *list, size_t count)
{
	const struct candidate *kept[HINTS_MAX];
	size_t kept_count = 0, most, i, k;

	most = hint_kind_most(list[0].rule->kind);
	for (i = 0; i < count; i++) {
		for (k = 0; k < kept_count && list[i].fate == HIT_KEPT; k++)
			list[i].fate = beside(kept[k], &list[i]);
		if (list[i].fate != HIT_KEPT)
			continue;
		if (kept_count == most)
			list[i].fate = HIT_TOO_MANY;
		else
			kept[kept_count++] = &list[i];
	}
}

static struct hint
hint_of(const struct candidate *c, struct arena *a)
{
	return (struct hint){
		.kind = (int)c->rule->kind,
		.where = (int)c->where,
		.value = c->value,
		.normalized = c->normalized,
		.start = (int64_t)c->start,
		.end = (int64_t)c->end,
		.rule = arena_strdup(a, c->rule->name),
		.score = c->score < 1 ? 1 : c->score,
	};
}

static void
report(struct candidates *c, struct arena *a, struct hints *out)
{
	struct rule_hit *f;
	size_t i;

	out->hint = arena_calloc(a, HINTS_MAX, sizeof(*out->hint));
	out->hits = arena_calloc(a, c->count, sizeof(*out->hits));
	for (i = 0; i < c->count; i++) {
		f = &out->hits[out->hits_count++];
		if (c->list[i].fate == HIT_KEPT && out->count == HINTS_MAX)
			c->list[i].fate = HIT_TOO_MANY;
		*f = (struct rule_hit){
			.hint = hint_of(&c->list[i], a),
			.base = c->list[i].rule->score,
			.contexts = c->list[i].contexts,
			.fate = c->list[i].fate,
		};
		if (f->fate == HIT_KEPT)
			out->hint[out->count++] = f->hint;
	}
}

void
settle(struct candidates *c, const struct rule_texts *texts, struct arena *a,
	struct hints *out)
{
	size_t i, first;

	for (i = 0; i < c->count; i++)
		set_words(&c->list[i], texts, a);
	weigh_groups(c);
	support(c, texts);
	for (i = 0; i < c->count; i++)
		set_score(&c->list[i]);
	if (c->count > 0)
		qsort(c->list, c->count, sizeof(*c->list), by_worth);
	for (first = 0; first < c->count; first = i) {
		for (i = first; i < c->count &&
			c->list[i].rule->kind == c->list[first].rule->kind;
			i++)
			;
		choose(&c->list[first], i - first);
	}
	report(c, a, out);
}
