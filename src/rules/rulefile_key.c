#include "rules/rulefile_key.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "rules/quality.h"

#define WORDS_MAX 128 /* of one rule */
#define WORD_BYTES 40
#define SHOWN 40 /* bytes of a foreign word in an error */

int
rulefile_fail(struct rulefile *f, int line, const char *fmt, ...)
{
	char words[sizeof(f->err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	err_permanent(f->err, "5.3.5", "%s:%d: %s", f->name, line, words);
	return -1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

struct span
rulefile_strip(struct span s)
{
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	while (s.len > 0 && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	return s;
}

struct span
rulefile_word(struct span *rest)
{
	struct span word;

	*rest = rulefile_strip(*rest);
	word = (struct span){.data = rest->data};
	while (word.len < rest->len && !is_blank(rest->data[word.len]))
		word.len++;
	rest->data += word.len;
	rest->len -= word.len;
	*rest = rulefile_strip(*rest);
	return word;
}

static int
count_lines(struct span s)
{
	int count = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		count += s.data[i] == '\n';
	return count;
}

const struct definition *
rulefile_definition(const struct rulefile *f, struct span name)
{
	const struct definition *d;

	for (d = f->definitions; d != NULL; d = d->next)
		if (span_is(name, d->name))
			return d;
	return NULL;
}

/* Append VALUE with its ${NAME}s put in. */
static int
expand(struct rulefile *f, struct span value, struct buf *out)
{
	const struct definition *d;
	const char *at, *end;
	struct span name;
	int line = f->entry_line;

	while ((at = memmem(value.data, value.len, "${", 2)) != NULL) {
		name.data = at + 2;
		end = memchr(name.data, '}',
			value.len - (size_t)(name.data - value.data));
		name.len = end != NULL ? (size_t)(end - name.data) : 0;
		line += count_lines(
			(struct span){value.data, (size_t)(at - value.data)});
		if ((d = rulefile_definition(f, name)) == NULL)
			return rulefile_fail(f, line,
				"${%.*s} is not defined: `define` it above, "
				"or write [$]{ for the signs themselves",
				(int)utf8_cut(name, SHOWN), name.data);
		buf_add(out, value.data, (size_t)(at - value.data));
		buf_span(out, d->pattern);
		value.len -= (size_t)(end + 1 - value.data);
		value.data = end + 1;
	}
	buf_span(out, value);
	if (out->failed)
		return rulefile_fail(f, f->entry_line,
			"longer than %d bytes with its definitions",
			PATTERN_MAX);
	return 0;
}

/* Compile what stands in FULL; NULL on error. */
static struct pattern *
compile(struct rulefile *f, const struct buf *full)
{
	struct pattern *p;
	struct err e;
	size_t at;

	p = pattern_new(buf_view(full), &at, &e);
	if (p == NULL)
		rulefile_fail(f,
			f->entry_line +
				count_lines((struct span){full->data, at}),
			"%s", e.text);
	return p;
}

int
rulefile_define(struct rulefile *f)
{
	struct definition *d = f->definition;
	struct buf full = BUF_INIT(PATTERN_MAX);
	struct pattern *p = NULL;
	size_t i;

	f->definition = NULL;
	buf_puts(&full, "(?:");
	if (expand(f, buf_view(&f->value), &full) == 0) {
		/* A CR ends a #comment as LF does, and does not count as a
		 * line. */
		buf_puts(&full, "\r)");
		p = compile(f, &full);
	}
	if (p != NULL) {
		for (i = 0; i < full.len; i++)
			if (full.data[i] == '\n')
				full.data[i] = '\r';
		d->pattern.data = arena_dup(f->set->arena, full.data, full.len);
		d->pattern.len = full.len;
		d->next = f->definitions;
		f->definitions = d;
	}
	buf_release(&full);
	if (p == NULL)
		return -1;
	pattern_free(&p);
	return 0;
}

const struct word_list *
rulefile_list(const struct rulefile *f, struct span name)
{
	const struct word_list *l;

	for (l = f->lists; l != NULL; l = l->next)
		if (span_is(name, l->name))
			return l;
	return NULL;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
rulefile_finish_list(struct rulefile *f)
{
	struct word_list *l = f->list;
	struct span rest = buf_view(&f->value), word;
	const char *mistake;
	size_t i, k;
	char *copy;

	f->list = NULL;
	/* No more words than every second byte. */
	l->words = arena_calloc(
		f->set->arena, rest.len / 2 + 1, sizeof(*l->words));
	while (rest.len > 0) {
		word = rulefile_word(&rest);
		if (word.len > WORD_BYTES)
			return rulefile_fail(f, f->entry_line,
				"a word is longer than %d bytes", WORD_BYTES);
		copy = arena_dup(f->set->arena, word.data, word.len);
		for (k = 0; k < word.len; k++)
			if (copy[k] >= 'A' && copy[k] <= 'Z')
				copy[k] = (char)(copy[k] - 'A' + 'a');
		l->words[l->count++] = copy;
	}
	qsort(l->words, l->count, sizeof(*l->words), by_bytes);
	for (i = 1; i < l->count; i++)
		if (strcmp(l->words[i - 1], l->words[i]) == 0)
			return rulefile_fail(f, f->entry_line,
				"%s stands twice in the list %s", l->words[i],
				l->name);
	if ((mistake = quality_mistake(l, f->set->arena)) != NULL)
		return rulefile_fail(f, f->entry_line, "%s", mistake);
	l->next = f->lists;
	f->lists = l;
	return 0;
}

static int
set_pattern_at(struct rulefile *f, struct span value, struct pattern **p)
{
	struct buf full = BUF_INIT(PATTERN_MAX);

	if (expand(f, value, &full) == 0)
		*p = compile(f, &full);
	buf_release(&full);
	if (*p == NULL)
		return -1;
	if (pattern_matches_nothing(*p))
		return rulefile_fail(f, f->entry_line,
			"this can match where nothing stands: not all of it "
			"may be optional");
	return 0;
}

static int
set_pattern(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->pattern);
}

static int
set_label(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->label);
}

static int
set_if_preceded(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->if_preceded);
}

static int
set_if_followed(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->if_followed);
}

static int
set_unless_preceded(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->unless_preceded);
}

static int
set_unless_followed(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->unless_followed);
}

static int
set_unless_begins(struct rulefile *f, struct span value)
{
	const struct word_list *list;
	struct span word;

	while (value.len > 0) {
		word = rulefile_word(&value);
		list = rulefile_list(f, word);
		if (list == NULL)
			return rulefile_fail(f, f->entry_line,
				"there is no list %.*s: make it above with "
				"`list`",
				(int)utf8_cut(word, SHOWN), word.data);
		if (f->rule->unless_begins_count == RULE_LISTS_MAX)
			return rulefile_fail(f, f->entry_line,
				"more than %d lists", RULE_LISTS_MAX);
		f->rule->unless_begins[f->rule->unless_begins_count++] = list;
	}
	return 0;
}

/*
 * The index of the name that WORD is, or -1 and the error.  (An enum without
 * negative values is an unsigned int to gcc and clang.)
 */
static int
choose(struct rulefile *f, struct span word,
	const char *(*name_of)(unsigned index), unsigned count)
{
	struct buf names = BUF_INIT(400);
	unsigned i;

	for (i = 0; i < count; i++)
		if (span_is(word, name_of(i)))
			return (int)i;
	for (i = 0; i < count; i++)
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", name_of(i));
	rulefile_fail(f, f->entry_line, "\"%.*s\" is none of %s",
		(int)utf8_cut(word, SHOWN), word.data, names.data);
	buf_release(&names);
	return -1;
}

static int
set_kind(struct rulefile *f, struct span value)
{
	int kind =
		choose(f, rulefile_strip(value), hint_kind_name, HINT__COUNT);

	if (kind == -1)
		return -1;
	f->rule->kind = (enum hint_kind)kind;
	return 0;
}

static int
set_where(struct rulefile *f, struct span value)
{
	int where;

	f->rule->where = 0;
	while (value.len > 0) {
		where = choose(f, rulefile_word(&value), hint_where_name,
			WHERE__COUNT);
		if (where == -1)
			return -1;
		f->rule->where |= 1u << where;
	}
	return 0;
}

static int
set_normal(struct rulefile *f, struct span value)
{
	int normal =
		choose(f, rulefile_strip(value), normal_name, NORMAL__COUNT);

	if (normal == -1)
		return -1;
	f->rule->normal = (enum normal)normal;
	return 0;
}

static int
set_means(struct rulefile *f, struct span value)
{
	value = rulefile_strip(value);
	if (value.len > RULE_NAME_MAX || memchr(value.data, '\n', value.len))
		return rulefile_fail(f, f->entry_line,
			"what it means is one line of at most %d bytes",
			RULE_NAME_MAX);
	f->rule->means = arena_dup(f->set->arena, value.data, value.len);
	return 0;
}

/* -1 when WORD is no number of at most three digits. */
static int
number_of(struct span word)
{
	int number = 0;
	size_t i;

	for (i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return -1;
		number = number * 10 + (word.data[i] - '0');
	}
	return word.len > 0 && word.len <= 3 ? number : -1;
}

static int
set_score(struct rulefile *f, struct span value)
{
	int score = number_of(rulefile_strip(value));

	if (score < 1 || score > 100)
		return rulefile_fail(
			f, f->entry_line, "a score is a number from 1 to 100");
	f->rule->score = score;
	return 0;
}

static int
set_weight(struct rulefile *f, struct span value)
{
	struct span word;
	int context, number;
	char sign;

	while (value.len > 0) {
		context = choose(
			f, rulefile_word(&value), context_name, CONTEXT__COUNT);
		if (context == -1)
			return -1;
		word = rulefile_word(&value);
		sign = word.len > 0 ? word.data[0] : '\0';
		if (sign == '+' || sign == '-') {
			word.data++;
			word.len--;
		}
		number = number_of(word);
		if (number < 1 || number > 100 || (sign != '+' && sign != '-'))
			return rulefile_fail(f, f->entry_line,
				"after %s stands what is added to the score, "
				"+1 to +100 or -1 to -100",
				context_name((enum context)context));
		f->rule->weight[context] = sign == '-' ? -number : number;
	}
	return 0;
}

static int
add_literal(struct rulefile *f, struct span word)
{
	if (word.data[0] == '#')
		return rulefile_fail(f, f->entry_line,
			"a comment stands on a line of its own");
	if (word.len > WORD_BYTES)
		return rulefile_fail(f, f->entry_line,
			"a word is longer than %d bytes", WORD_BYTES);
	f->literal_bytes += word.len;
	if (f->literal_bytes > LITERALS_BYTES_MAX)
		return rulefile_fail(f, f->entry_line,
			"the words of all rules are longer than %d bytes",
			LITERALS_BYTES_MAX);
	f->literals = xreallocarray(
		f->literals, f->literal_count + 1, sizeof(*f->literals));
	word.data = arena_dup(f->set->arena, word.data, word.len);
	f->literals[f->literal_count++] =
		(struct literal){word, f->set->count - 1};
	return 0;
}

/* A word, or several in quotation marks. */
static int
take_literal(struct rulefile *f, struct span *value)
{
	struct span words;
	const char *end;

	if (value->data[0] != '"')
		return add_literal(f, rulefile_word(value));
	words = (struct span){value->data + 1, value->len - 1};
	end = memchr(words.data, '"', words.len);
	if (end == NULL || end == words.data)
		return rulefile_fail(f, f->entry_line,
			"words in quotation marks have one at both ends");
	words.len = (size_t)(end - words.data);
	value->len -= words.len + 2;
	value->data = end + 1;
	*value = rulefile_strip(*value);
	return add_literal(f, words);
}

static int
set_reach(struct rulefile *f, struct span value)
{
	int reach = number_of(rulefile_strip(value));

	if (reach < 1 || reach > RULE_REACH_MAX)
		return rulefile_fail(f, f->entry_line,
			"a reach is a number of bytes from 1 to %d",
			RULE_REACH_MAX);
	f->rule->reach = (size_t)reach;
	return 0;
}

static int
set_words(struct rulefile *f, struct span value)
{
	int count = 0;

	if (span_is(rulefile_strip(value), "*")) {
		f->rule->always = true;
		return 0;
	}
	value = rulefile_strip(value);
	while (value.len > 0) {
		if (count++ == WORDS_MAX)
			return rulefile_fail(f, f->entry_line,
				"more than %d words", WORDS_MAX);
		if (take_literal(f, &value) == -1)
			return -1;
	}
	return 0;
}

const struct rule_key rule_keys[] = {
	{"kind", set_kind, "say what it finds: `kind cve`"},
	{"where", set_where, NULL},
	{"score", set_score, "say how sure it is: `score 1` to `score 100`"},
	{"words", set_words,
		"name words of which one must occur, or write `words *`"},
	{"reach", set_reach, NULL},
	{"pattern", set_pattern, "say what to look for"},
	{"label", set_label, NULL},
	{"if-preceded", set_if_preceded, NULL},
	{"if-followed", set_if_followed, NULL},
	{"unless-preceded", set_unless_preceded, NULL},
	{"unless-followed", set_unless_followed, NULL},
	{"unless-begins", set_unless_begins, NULL},
	{"weight", set_weight, NULL},
	{"means", set_means, NULL},
	{"normal", set_normal, NULL},
};

const size_t rule_key_count = countof(rule_keys);
