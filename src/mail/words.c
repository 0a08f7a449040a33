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
}
