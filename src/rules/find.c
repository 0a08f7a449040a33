#include "rules/ruleset.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "rules/consult.h"
#include "rules/quality.h"
#include "rules/search.h"

#define SLICE_BYTES 8192
#define OVERLAP_BYTES 1024 /* at least so much is seen behind a hit's start */
#define COMMON_WORDS "common-words" /* of the rule files */
#define WORD_MAX 48 /* more than a list can have */
#define SEEN_BYTES 512 /* and so much behind where it may still begin */
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

/* How a rule fares with this mail. */
struct progress {
	size_t from; /* in the text in hand: where its last match ended */
	size_t hits;
	clock_t left, until; /* of its processor time; and while it runs */
	bool timed_out;
};

/*
 * Where in a slice a rule may begin a match, as its words tell: bit N of it is
 * for the BLOCK bytes from N * BLOCK on.
 */
#define BLOCK 32
#define BLOCKS (SLICE_BYTES / BLOCK)
#define WORD_BITS 64

struct places {
	uint64_t bits[BLOCKS / WORD_BITS];
};

struct search {
	const struct ruleset *set;
	struct matcher *matcher;
	struct progress *progress; /* by rule */
	struct places *places; /* by rule, in the slice in hand */
	struct context_map *map; /* of the text in hand */
	struct candidates found;
	enum hint_where where; /* the text in hand is there */
	struct span text;
	unsigned ticks; /* see is_late() */
};

/* Where a rule may begin a match, and how far it sees. */
struct stretch {
	enum hint_where where;
	struct span text; /* up to where it sees */
	bool final; /* the text ends there */
	size_t from, to;
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
keep(struct search *s, struct candidate c)
{
	struct candidates *all = &s->found;

	if (all->count == CANDIDATES_MAX)
		return;
	if (all->count == all->room) {
		all->room = all->room > 0 ? 2 * all->room : 64;
		all->list =
			xreallocarray(all->list, all->room, sizeof(*all->list));
	}
	c.contexts = context_at(s->map, c.start);
	if (c.where == WHERE_SUBJECT)
		c.contexts = 1u << CONTEXT_SUBJECT;
	if (c.where == WHERE_QUOTED)
		c.contexts |= 1u << CONTEXT_QUOTED;
	all->list[all->count++] = c;
}

/* 1 when the words around HIT let it stand, 0 or -1 when they do not, or a
 * limit was hit. */
static int
stands(struct search *s, const struct rule *r, const struct stretch *t,
	const struct pattern_hit *hit)
{
	const struct {
		const struct pattern *p;
		bool before, wanted;
	} conditions[] = {
		{r->if_preceded, true, true},
		{r->unless_preceded, true, false},
		{r->if_followed, false, true},
		{r->unless_followed, false, false},
	};
	size_t i;
	int result;

	for (i = 0; i < countof(conditions); i++) {
		if (conditions[i].p == NULL)
			continue;
		result = conditions[i].before
			? pattern_precedes(conditions[i].p, s->matcher, t->text,
				  hit->start)
			: pattern_follows(conditions[i].p, s->matcher, t->text,
				  t->final, hit->end);
		if (result != conditions[i].wanted)
			return result == -1 ? -1 : 0;
	}
	return 1;
}

static bool
has_word(const struct word_list *l, const char *word)
{
	size_t low = 0, high = l->count, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcmp(word, l->words[middle]);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* Is it one of the words that begin no name? */
static bool
is_common(const struct ruleset *set, struct span name)
{
	const struct word_list *l = set->lists;
	char word[WORD_MAX];
	size_t i;

	while (l != NULL && strcmp(l->name, COMMON_WORDS) != 0)
		l = l->next;
	if (l == NULL || name.len >= sizeof(word))
		return false;
	for (i = 0; i < name.len; i++)
		word[i] = (char)tolower((unsigned char)name.data[i]);
	word[name.len] = '\0';
	return has_word(l, word);
}

/* A name of the catalogue stands there. */
static void
keep_product(void *arg, const struct rule *rule, size_t start, size_t end)
{
	struct search *s = arg;
	struct span name = {s->text.data + start, end - start};

	keep(s,
		(struct candidate){.rule = rule,
			.where = s->where,
			.start = start,
			.end = end,
			.common = is_common(s->set, name)});
}

/* The length of the first word of C when no hint of R begins with it; or 0. */
static size_t
begins_wrong(const struct rule *r, struct span text, const struct candidate *c)
{
	char word[WORD_MAX];
	size_t len = 0, i;
	unsigned char b;

	for (; len < sizeof(word) - 1 && c->start + len < c->end; len++) {
		b = (unsigned char)text.data[c->start + len];
		if (b == ' ' || b == '\t' || b == '\n')
			break;
		word[len] = (char)(b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
	}
	word[len] = '\0';
	for (i = 0; i < r->unless_begins_count; i++)
		if (has_word(r->unless_begins[i], word))
			return len;
	return 0;
}

/* The clock costs more than most matches: look at it now and then. */
static bool
is_late(struct search *s, const struct progress *p)
{
	return ++s->ticks % 8 == 0 && clock() > p->until;
}

/* All matches of R that begin in T. */
static int
search(struct search *s, const struct rule *r, struct progress *p,
	const struct stretch *t)
{
	struct candidate c = {.rule = r, .where = t->where};
	struct pattern_hit hit;
	size_t wrong;
	int result;

	if (p->from < t->from)
		p->from = t->from;
	while (p->hits < RULE_HITS_MAX && !is_late(s, p)) {
		result = pattern_find(r->pattern, s->matcher, t->text, t->final,
			p->from, t->to, &hit);
		if (result != 1)
			return result;
		if (hit.end <= p->from)
			return 0;
		p->from = hit.end;
		c.start = hit.value_start;
		c.end = hit.value_end;
		trim(t->text, &c);
		if (c.start == c.end)
			continue;
		/* "The Foo": the hint may begin behind that word. */
		if ((wrong = begins_wrong(r, t->text, &c)) > 0) {
			p->from = c.start + wrong;
			continue;
		}
		if ((result = stands(s, r, t, &hit)) == -1)
			return -1;
		if (result == 0)
			continue;
		p->hits++;
		keep(s, c);
	}
	return 0;
}

/* What a rule does between these two is within its allowance of time. */
static void
begin_run(struct progress *p)
{
	p->until = clock() + p->left;
}

static void
end_run(struct progress *p)
{
	p->left = p->until - clock();
	if (p->left < 0)
		p->timed_out = true;
}

static void
run_rule(struct search *s, size_t index, const struct stretch *t)
{
	struct progress *p = &s->progress[index];

	if (search(s, &s->set->rules[index], p, t) == -1)
		p->timed_out = true;
}

/* May rule INDEX run in this text at all? */
static bool
may_run(const struct search *s, size_t index, enum hint_where where)
{
	return s->set->rules[index].where & 1u << where &&
		!s->progress[index].timed_out;
}

static bool
has_place(const struct places *p, size_t block)
{
	return p->bits[block / WORD_BITS] >> block % WORD_BITS & 1;
}

/* A word of rule MARK stands at START in the slice. */
static void
note_word(void *arg, size_t mark, size_t start)
{
	struct search *s = arg;
	size_t reach = s->set->rules[mark].reach;
	size_t block = (start > reach ? start - reach : 0) / BLOCK;

	for (; block <= start / BLOCK && block < BLOCKS; block++)
		s->places[mark].bits[block / WORD_BITS] |= UINT64_C(1)
			<< block % WORD_BITS;
}

static void
find_words(struct search *s, struct span text)
{
	memset(s->places, 0, s->set->count * sizeof(*s->places));
	literals_scan(s->set->literals, text, note_word, s);
}

static bool
has_words(const struct search *s, size_t index)
{
	const struct places *p = &s->places[index];
	size_t i;

	for (i = 0; i < countof(p->bits); i++)
		if (p->bits[i] != 0)
			return true;
	return s->set->rules[index].always;
}

/* Move *AT, an offset into TEXT, back to where a character begins. */
static size_t
character_at(struct span text, size_t at)
{
	while (at > 0 && at < text.len &&
		((unsigned char)text.data[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* Run a rule on each stretch of SLICE where its words let it begin. */
static void
run_places(struct search *s, size_t index, const struct slice *slice)
{
	const struct places *p = &s->places[index];
	struct stretch t = {.where = slice->where};
	size_t block, first, see;

	for (block = 0; block < BLOCKS; block++) {
		if (!has_place(p, block))
			continue;
		for (first = block; block < BLOCKS && has_place(p, block);)
			block++;
		t.from = character_at(slice->text, slice->from + first * BLOCK);
		t.to = character_at(slice->text, slice->from + block * BLOCK);
		if (t.to > slice->next)
			t.to = slice->next;
		/* PCRE2 checks all that it is given, for each stretch. */
		see = character_at(slice->text, t.to + SEEN_BYTES);
		if (see > slice->end)
			see = slice->end;
		t.text = (struct span){slice->text.data, see};
		t.final = see == slice->text.len;
		run_rule(s, index, &t);
		if (s->progress[index].timed_out)
			break;
	}
}

static void
run_slice(struct search *s, const struct slice *slice)
{
	struct stretch whole = {
		.where = slice->where,
		.text = {slice->text.data, slice->end},
		.final = slice->end == slice->text.len,
		.from = slice->from,
		.to = slice->next,
	};
	size_t i;

	find_words(s,
		(struct span){slice->text.data + slice->from,
			slice->end - slice->from});
	for (i = 0; i < s->set->count; i++) {
		if (s->set->rules[i].label != NULL ||
			!may_run(s, i, slice->where))
			continue;
		if (!has_words(s, i))
			continue;
		begin_run(&s->progress[i]);
		if (s->set->rules[i].always)
			run_rule(s, i, &whole);
		else
			run_places(s, i, slice);
		end_run(&s->progress[i]);
	}
}

/* Rules for a label read the value of each field that bears it. */
static void
run_field(struct search *s, enum hint_where where, struct span text,
	const struct labelled_field *f)
{
	struct stretch t = {
		.where = where,
		.text = {text.data, f->end},
		.final = true,
		.from = f->start,
		.to = f->end,
	};
	const struct rule *r;
	size_t i;
	int result;

	find_words(s,
		(struct span){f->label.data,
			(size_t)(text.data + f->end - f->label.data)});
	for (i = 0; i < s->set->count; i++) {
		r = &s->set->rules[i];
		if (r->label == NULL || !may_run(s, i, where) ||
			!has_words(s, i))
			continue;
		result = pattern_is(r->label, s->matcher, f->label);
		if (result == -1)
			s->progress[i].timed_out = true;
		if (result != 1)
			continue;
		s->progress[i].from = 0;
		begin_run(&s->progress[i]);
		run_rule(s, i, &t);
		end_run(&s->progress[i]);
	}
}

static void
run_text(struct search *s, enum hint_where where, struct span text)
{
	struct slice slice = {.where = where, .text = text};
	size_t i;

	context_map(text, s->map);
	if (s->set->catalogue != NULL) {
		s->where = where;
		s->text = text;
		catalogue_scan(s->set->catalogue, text, keep_product, s);
	}
	for (i = 0; i < s->set->count; i++)
		s->progress[i].from = 0;
	while (slice.next < text.len) {
		set_slice(&slice, slice.next);
		run_slice(s, &slice);
	}
	for (i = 0; i < s->map->field_count; i++)
		if (s->map->fields[i].start < s->map->fields[i].end)
			run_field(s, where, text, &s->map->fields[i]);
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

/* No rule's find: see rules/language.h. */
static void
add_language(const struct ruleset *r, struct span text, struct arena *a,
	struct hints *out)
{
	const char *code;
	int score;

	if (out->count == HINTS_MAX || text.len > INT32_MAX ||
		(code = language_of(r->languages, text, &score)) == NULL)
		return;
	out->hint[out->count++] = (struct hint){
		.kind = HINT_LANGUAGE,
		.where = WHERE_TEXT,
		.value = arena_strdup(a, code),
		.normalized = arena_strdup(a, code),
		.start = 0,
		.end = (int64_t)text.len,
		.rule = arena_strdup(a, "language"),
		.score = score,
	};
}

void
ruleset_find(const struct ruleset *r, const struct rule_texts *texts,
	struct arena *a, struct hints *out)
{
	struct search s = {
		.set = r,
		.matcher = matcher_new(),
		.progress = xcalloc(r->count, sizeof(*s.progress)),
		.places = xcalloc(r->count, sizeof(*s.places)),
		.map = xcalloc(1, sizeof(*s.map)),
	};
	enum hint_where where;

	*out = (struct hints){0};
	give_time(&s, texts);
	for (where = WHERE_SUBJECT; where < WHERE__COUNT; where++)
		run_text(&s, where, texts->text[where]);
	settle(&s.found, texts, a, out);
	add_language(r, texts->text[WHERE_TEXT], a, out);
	if (r->catalogue != NULL)
		consult(r->catalogue, clock_now(), a, out);
	quality_judge(r->lists, a, out);
	list_timed_out(&s, a, out);
	matcher_free(&s.matcher);
	free(s.progress);
	free(s.places);
	free(s.map);
	free(s.found.list);
}
