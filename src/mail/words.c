#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "mail/field.h"
#include "mail/walk.h"

#define REF_MIN 16
#define REF_MAX 40
#define ID_NUMBER_MAX 10
#define WORDS_MAX 20

/* A list of words, each once. */
struct words_list {
	struct walk *walk;
	char **word;
	size_t count;
};

static void
add_word(struct words_list *l, char *word)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->word[i], word) == 0)
			return;
	if (l->count == WORDS_MAX)
		limit_note(&l->walk->hit, LIMIT_WORDS);
	else
		l->word[l->count++] = word;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static void
fold(char *text, int (*to)(int))
{
	for (; *text != '\0'; text++)
		*text = (char)to((unsigned char)*text);
}

static bool
is_base32(char c)
{
	return isalpha((unsigned char)c) || (c >= '2' && c <= '7');
}

/* The token behind "Ref:", which S begins with. */
static void
take_ref(struct words_list *refs, struct span s)
{
	size_t len = 0;
	char *token;

	/* A no-break space is what some programs make of a blank. */
	while (s.len > 0 && (is_blank(s.data[0]) || span_begins(s, "\xc2\xa0")))
		span_skip(&s, is_blank(s.data[0]) ? 1 : 2);
	while (len < s.len && is_base32(s.data[len]))
		len++;
	if (len < REF_MIN || len > REF_MAX ||
		(len < s.len && is_word(s.data[len])))
		return;
	token = arena_dup(refs->walk->arena, s.data, len);
	fold(token, tolower);
	add_word(refs, token);
}

/* The length of "-YYYY-N..." at the front of S; 0 when it is not there. */
static size_t
id_length(struct span s)
{
	size_t len = 1, number, digits = 0;

	if (!span_begins(s, "-"))
		return 0;
	while (len < s.len && len < 5 && isdigit((unsigned char)s.data[len]))
		len++;
	if (len != 5 || len == s.len || s.data[len] != '-')
		return 0;
	for (number = ++len; len < s.len; len++) {
		if (!isalnum((unsigned char)s.data[len]))
			break;
		digits += isdigit((unsigned char)s.data[len]) != 0;
	}
	if (len < s.len && s.data[len] == '_')
		return 0;
	/* Four random characters, or a number of at least four digits. */
	if (len - number == 4 ||
		(len - number > 4 && len - number <= ID_NUMBER_MAX &&
			digits == len - number))
		return len;
	return 0;
}

static void
take_id(struct words_list *ids, struct span s)
{
	const char *prefix = ids->walk->o->conf->prefix;
	size_t len = id_length(span_from(s, strlen(prefix)));
	char *rest;

	if (len == 0)
		return;
	rest = arena_dup(ids->walk->arena, s.data + strlen(prefix), len);
	fold(rest, toupper);
	add_word(ids, arena_printf(ids->walk->arena, "%s%s", prefix, rest));
}

/* Each place where a word begins. */
static void
scan(struct span s, struct words_list *refs, struct words_list *ids)
{
	const char *prefix = ids->walk->o->conf->prefix;
	bool begins = true;

	for (; s.len > 0; span_skip(&s, 1)) {
		if (begins && refs != NULL && span_begins_nocase(s, "ref:"))
			take_ref(refs, span_from(s, strlen("ref:")));
		if (begins && span_begins_nocase(s, prefix))
			take_id(ids, s);
		begins = !is_word(s.data[0]);
	}
}

/* --- what binds an answer to a letter --- */

static void
add_case_line(struct walk *w, char *id, char *token)
{
	struct reading *r = w->r;
	size_t i;

	for (i = 0; i < r->case_lines_count; i++)
		if (strcmp(r->case_lines[i].id, id) == 0 &&
			strcmp(r->case_lines[i].token, token) == 0)
			return;
	if (r->case_lines_count == WORDS_MAX)
		limit_note(&w->hit, LIMIT_WORDS);
	else
		r->case_lines[r->case_lines_count++] =
			(struct mail_case_line){id, token};
}

static void
skip_blanks(struct span *s)
{
	while (s->len > 0 && is_blank(s->data[0]))
		span_skip(s, 1);
}

/* "ID TOKEN", which S begins with, and then nothing that goes on: was it? */
static bool
take_case_line(struct walk *w, struct span s)
{
	const char *prefix = w->o->conf->prefix;
	size_t len, chars = 0;
	char *id, *token;

	if (!span_begins_nocase(s, prefix) ||
		(len = id_length(span_from(s, strlen(prefix)))) == 0)
		return false;
	len += strlen(prefix);
	id = arena_dup(w->arena, s.data, len);
	span_skip(&s, len);
	skip_blanks(&s);
	while (chars < s.len && is_base32(s.data[chars]))
		chars++;
	if (chars != CASE_TOKEN_CHARS ||
		(chars < s.len && is_word(s.data[chars])))
		return false;
	token = arena_dup(w->arena, s.data, chars);
	fold(id, toupper);
	fold(token, tolower);
	add_case_line(w, id, token);
	return true;
}

/*
 * Wherever the line stands; quoting puts ">" before it, with a blank or none.
 * More blanks stand before what somebody else has written (put_lines() of
 * letters/template.c).
 */
static void
scan_case_lines(struct walk *w, struct span text)
{
	struct span line;

	while (take_line(&text, &line)) {
		while (span_begins(line, ">"))
			span_skip(&line, span_begins(line, "> ") ? 2 : 1);
		if (!span_begins_nocase(line, "/case") || line.len < 6 ||
			!is_blank(line.data[5]))
			continue;
		span_skip(&line, strlen("/case"));
		skip_blanks(&line);
		(void)take_case_line(w, line);
	}
}

/* The first is ours, the rest of a subject is anybody's. */
static void
scan_subject(struct walk *w, struct span subject)
{
	for (; subject.len > 0; span_skip(&subject, 1))
		if (subject.data[0] == '[' &&
			take_case_line(w, span_from(subject, 1)))
			return;
}

static void
find_case_lines(struct walk *w, struct span text)
{
	struct reading *r = w->r;

	r->case_lines =
		arena_calloc(w->arena, WORDS_MAX, sizeof(*r->case_lines));
	scan_case_lines(w, text);
	/* One from outside was written by nobody knows whom. */
	if (r->protected_header)
		scan_subject(w, span_of(r->header.subject));
}

void
words_find(struct walk *w, struct span text)
{
	struct reading *r = w->r;
	struct words_list refs = {.walk = w}, ids = {.walk = w};

	refs.word = arena_calloc(w->arena, WORDS_MAX, sizeof(char *));
	ids.word = arena_calloc(w->arena, WORDS_MAX, sizeof(char *));
	scan(span_of(r->header.subject), NULL, &ids);
	scan(text, &refs, &ids);
	r->refs = refs.word;
	r->refs_count = refs.count;
	r->case_ids = ids.word;
	r->case_ids_count = ids.count;
	find_case_lines(w, text);
}
