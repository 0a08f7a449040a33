#include "rules/rulefile_key.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define WORDS_MAX 64 /* of one rule */
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
set_preceded(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->preceded);
}

static int
set_followed(struct rulefile *f, struct span value)
{
	return set_pattern_at(f, value, &f->rule->followed);
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
set_score(struct rulefile *f, struct span value)
{
	int score = 0;
	size_t i;

	value = rulefile_strip(value);
	for (i = 0; i < value.len && i < 4; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			break;
		score = score * 10 + (value.data[i] - '0');
	}
	if (i < value.len || score < 1 || score > 100)
		return rulefile_fail(
			f, f->entry_line, "a score is a number from 1 to 100");
	f->rule->score = score;
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

static int
set_words(struct rulefile *f, struct span value)
{
	int count = 0;

	if (span_is(rulefile_strip(value), "*")) {
		f->rule->always = true;
		return 0;
	}
	while (value.len > 0) {
		if (count++ == WORDS_MAX)
			return rulefile_fail(f, f->entry_line,
				"more than %d words", WORDS_MAX);
		if (add_literal(f, rulefile_word(&value)) == -1)
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
	{"pattern", set_pattern, "say what to look for"},
	{"unless-preceded", set_preceded, NULL},
	{"unless-followed", set_followed, NULL},
	{"normal", set_normal, NULL},
};

const size_t rule_key_count = countof(rule_keys);
