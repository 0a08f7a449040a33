#include "rules/ruleset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/utf8.h"
#include "rules/rule.h"

#define SLICE_BYTES 8192
#define OVERLAP_BYTES 1024 /* at least so much is seen behind a hit's start */
#define RULE_HITS_MAX 1000 /* of one rule in one mail */
/* The limits of pattern.h bound the work at one place of a text, this bounds
 * the sum for a rule and a mail: so much, and again for each MB.  The dearest
 * rule of ours takes a fifth of it. */
#define RULE_CPU (CLOCKS_PER_SEC / 5)

/*
 * A part of a text.  A match that begins in [from, next) is this slice's; it
 * may reach to `end`.  The next slice begins at `next`, so that every match no
 * longer than OVERLAP_BYTES is seen whole, and by one slice only.
 */
struct slice {
	enum hint_where where;
	struct span text; /* whole */
	size_t from, next, end;
};

struct candidate {
	const struct rule *rule;
	enum hint_where where;
	size_t start, end;
};

/* How a rule fares with this mail. */
struct progress {
	size_t from; /* in the text in hand: where its last match ended */
	size_t hits;
	clock_t left, until; /* of its processor time; and while it runs */
	bool timed_out;
};

struct search {
	const struct ruleset *set;
	struct matcher *matcher;
	struct progress *progress; /* by rule */
	bool *wanted; /* by rule: a word of it is in the slice */
	struct candidate *found;
	size_t count, room;
};

/* The best place to cut in (LEAST, MOST]: a line end, a blank, a character. */
static size_t
cut(struct span text, size_t least, size_t most)
{
	size_t at;

	if (most >= text.len)
		return text.len;
	for (at = most; at > least; at--)
		if (text.data[at - 1] == '\n')
			return at;
	for (at = most; at > least; at--)
		if (text.data[at - 1] == ' ')
			return at;
	for (at = most; at > least; at--)
		if (((unsigned char)text.data[at] & 0xc0) != 0x80)
			return at;
	return most;
}

static void
set_slice(struct slice *s, size_t from)
{
	size_t most = from + SLICE_BYTES;

	s->from = from;
	s->end = cut(s->text, most - OVERLAP_BYTES, most);
	s->next = s->text.len;
	if (s->end < s->text.len)
		s->next = cut(s->text, s->end - 2 * OVERLAP_BYTES,
			s->end - OVERLAP_BYTES);
}

/* Quotation marks around a value are not its words. */
static void
trim(struct span text, struct candidate *c)
{
	static const char around[] = " \t\n`\"'";

	while (c->end > c->start && strchr(around, text.data[c->end - 1]))
		c->end--;
	while (c->end > c->start && strchr(around, text.data[c->start]))
		c->start++;
}

static void
keep(struct search *s, const struct candidate *c)
{
	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : 64;
		s->found = xreallocarray(s->found, s->room, sizeof(*s->found));
	}
	s->found[s->count++] = *c;
}

/* 1 when the words around HIT void it, -1 when a limit was hit. */
static int
is_void(struct search *s, const struct rule *r, struct span text, bool final,
	const struct pattern_hit *hit)
{
	int result = 0;

	if (r->preceded != NULL)
		result = pattern_precedes(
			r->preceded, s->matcher, text, hit->start);
	if (result == 0 && r->followed != NULL)
		result = pattern_follows(
			r->followed, s->matcher, text, final, hit->end);
	return result;
}

/* All matches of R that are SLICE's. */
static int
search_slice(struct search *s, const struct rule *r, struct progress *p,
	const struct slice *slice)
{
	struct span text = {slice->text.data, slice->end};
	bool final = slice->end == slice->text.len;
	struct candidate c;
	struct pattern_hit hit;
	int result;

	if (p->from < slice->from)
		p->from = slice->from;
	while (p->hits < RULE_HITS_MAX && clock() <= p->until) {
		result = pattern_find(r->pattern, s->matcher, text, final,
			p->from, slice->next, &hit);
		if (result != 1)
			return result;
		if (hit.end <= p->from)
			return 0;
		p->from = hit.end;
		c = (struct candidate){
			r, slice->where, hit.value_start, hit.value_end};
		trim(text, &c);
		if (c.start == c.end)
			continue;
		if ((result = is_void(s, r, text, final, &hit)) == -1)
			return -1;
		if (result == 1)
			continue;
		p->hits++;
		keep(s, &c);
	}
	return 0;
}

static void
run_rules(struct search *s, const struct slice *slice)
{
	const struct ruleset *set = s->set;
	const struct rule *r;
	struct progress *p;
	size_t i;

	memset(s->wanted, 0, set->count * sizeof(*s->wanted));
	literals_mark(set->literals,
		(struct span){slice->text.data + slice->from,
			slice->end - slice->from},
		s->wanted);
	for (i = 0; i < set->count; i++) {
		r = &set->rules[i];
		p = &s->progress[i];
		if (!(r->where & 1u << slice->where) || p->timed_out ||
			(!r->always && !s->wanted[i]))
			continue;
		p->until = clock() + p->left;
		if (search_slice(s, r, p, slice) == -1)
			p->timed_out = true;
		p->left = p->until - clock();
		if (p->left < 0)
			p->timed_out = true;
	}
}

static void
run_text(struct search *s, enum hint_where where, struct span text)
{
	struct slice slice = {.where = where, .text = text};
	size_t i;

	for (i = 0; i < s->set->count; i++)
		s->progress[i].from = 0;
	while (slice.next < text.len) {
		set_slice(&slice, slice.next);
		run_rules(s, &slice);
	}
}

/* The best first; what stands earlier before what stands later. */
static int
by_worth(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	size_t a_len = a->end - a->start, b_len = b->end - b->start;

	if (a->rule->score != b->rule->score)
		return a->rule->score > b->rule->score ? -1 : 1;
	if (a->where != b->where)
		return a->where < b->where ? -1 : 1;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a_len != b_len)
		return a_len > b_len ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static int
by_kind(const void *left, const void *right)
{
	const struct hint *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	if (a->where != b->where)
		return a->where < b->where ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
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

static bool
overlap(const struct hint *h, const struct candidate *c)
{
	return h->kind == (int)c->rule->kind && h->where == (int)c->where &&
		h->start < (int64_t)c->end && (int64_t)c->start < h->end;
}

static bool
says_the_same(const struct hint *a, const struct hint *b)
{
	if (a->kind != b->kind || a->where != b->where)
		return false;
	if (a->normalized[0] == '\0' && b->normalized[0] == '\0')
		return strcasecmp(a->value, b->value) == 0;
	return strcasecmp(a->normalized, b->normalized) == 0;
}

/* Add C unless a hint that came before it is of the same place or says the
 * same. */
static void
add_hint(struct hints *out, const struct candidate *c,
	const struct rule_texts *texts, struct arena *a)
{
	struct span words = {
		texts->text[c->where].data + c->start, c->end - c->start};
	struct buf value = BUF_INIT(words.len * 3);
	struct buf normal = BUF_INIT(HINT_VALUE_MAX);
	struct hint h;
	size_t i;

	for (i = 0; i < out->count; i++)
		if (overlap(&out->hint[i], c))
			return;
	add_words(&value, words);
	/* What is cut has no normal form. */
	if (value.len <= HINT_VALUE_MAX)
		normal_print(c->rule->normal, buf_view(&value), &normal);
	if (normal.failed)
		buf_cut(&normal, 0);
	buf_cut(&value, utf8_cut(buf_view(&value), HINT_VALUE_MAX));
	h = (struct hint){.kind = (int)c->rule->kind,
		.where = (int)c->where,
		.value = value.data,
		.normalized = normal.data,
		.start = (int64_t)c->start,
		.end = (int64_t)c->end,
		.rule = c->rule->name,
		.score = c->rule->score};
	for (i = 0; i < out->count; i++)
		if (says_the_same(&out->hint[i], &h))
			break;
	if (i == out->count) {
		h.value = arena_strdup(a, h.value);
		h.normalized = arena_strdup(a, h.normalized);
		h.rule = arena_strdup(a, h.rule);
		out->hint[out->count++] = h;
	}
	buf_release(&value);
	buf_release(&normal);
}

/* Take the best there is, again and again. */
static void
settle(struct search *s, const struct rule_texts *texts, struct arena *a,
	struct hints *out)
{
	size_t i;

	out->hint = arena_calloc(a, HINTS_MAX, sizeof(*out->hint));
	if (s->count > 0)
		qsort(s->found, s->count, sizeof(*s->found), by_worth);
	for (i = 0; i < s->count && out->count < HINTS_MAX; i++)
		add_hint(out, &s->found[i], texts, a);
	qsort(out->hint, out->count, sizeof(*out->hint), by_kind);
}

static void
list_timed_out(const struct search *s, struct arena *a, struct hints *out)
{
	size_t i;

	out->timed_out = arena_calloc(a, s->set->count, sizeof(char *));
	for (i = 0; i < s->set->count; i++)
		if (s->progress[i].timed_out)
			out->timed_out[out->timed_out_count++] =
				arena_strdup(a, s->set->rules[i].name);
}

static void
give_time(struct search *s, const struct rule_texts *texts)
{
	clock_t time = RULE_CPU;
	enum hint_where where;
	size_t i;

	for (where = WHERE_SUBJECT; where < WHERE__COUNT; where++)
		time += (clock_t)(texts->text[where].len / 1024) * RULE_CPU /
			1024;
	for (i = 0; i < s->set->count; i++)
		s->progress[i].left = time;
}

void
ruleset_find(const struct ruleset *r, const struct rule_texts *texts,
	struct arena *a, struct hints *out)
{
	struct search s = {
		.set = r,
		.matcher = matcher_new(),
		.progress = xcalloc(r->count, sizeof(*s.progress)),
		.wanted = xcalloc(r->count, sizeof(*s.wanted)),
	};
	enum hint_where where;

	*out = (struct hints){0};
	give_time(&s, texts);
	for (where = WHERE_SUBJECT; where < WHERE__COUNT; where++)
		run_text(&s, where, texts->text[where]);
	settle(&s, texts, a, out);
	list_timed_out(&s, a, out);
	matcher_free(&s.matcher);
	free(s.progress);
	free(s.wanted);
	free(s.found);
}
