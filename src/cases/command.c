#include "cases/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define WORD_MAX 24
#define NEAR 3 /* changes after which a word is no longer meant */
#define WRAPPED 72 /* a line that is to be longer is wrapped */

static size_t
smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance of two short words, without case. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], i, j, la = strlen(a), lb = strlen(b), corner,
					above;

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			row[j] = smallest(above + 1, row[j - 1] + 1,
				corner +
					(strncasecmp(&a[i - 1], &b[j - 1], 1)
							? 1
							: 0));
			corner = above;
		}
	}
	return row[lb];
}

static const char *
nearest(const char *word)
{
	size_t i, d, best = NEAR;
	const struct command_row *row;
	const char *found = NULL;

	for (i = 0; (row = command_at(i)) != NULL; i++) {
		if ((d = distance(word, row->word)) < best) {
			best = d;
			found = row->word;
		}
	}
	return found;
}

const struct command_row *
command_named(const char *word)
{
	const struct command_row *row;
	size_t i;

	for (i = 0; (row = command_at(i)) != NULL; i++)
		if (strcasecmp(row->word, word) == 0)
			return row;
	return NULL;
}

const char *
command_help(const struct command_row *row, const char *language)
{
	return row->zh != NULL && strcmp(language, "zh-CN") == 0 ? row->zh
								 : row->help;
}

const struct command *
command_with(const struct command *commands, enum command_flags flag)
{
	for (; commands != NULL; commands = commands->next)
		if (commands->row->flags & flag)
			return commands;
	return NULL;
}

static void
not_found(const char *word, size_t matches, int line, struct err *e)
{
	const char *near = nearest(word);

	if (matches > 1)
		err_permanent(e, "5.5.2",
			"line %d: /%s could be several "
			"commands; write more of it",
			line, word);
	else if (near != NULL)
		err_permanent(e, "5.5.2",
			"line %d: there is no command /%s; "
			"did you mean /%s?",
			line, word, near);
	else
		err_permanent(e, "5.5.2",
			"line %d: there is no command /%s; "
			"/help lists them",
			line, word);
}

/* The row of a word, or of an unambiguous beginning of it. */
static const struct command_row *
find(const char *word, int line, struct err *e)
{
	const struct command_row *row, *found = command_named(word);
	size_t i, len = strlen(word), matches = 0;

	if (found != NULL)
		return found;
	for (i = 0; (row = command_at(i)) != NULL; i++) {
		if (len > 0 && strncasecmp(row->word, word, len) == 0) {
			matches++;
			found = row;
		}
	}
	if (matches == 1)
		return found;
	not_found(word, matches, line, e);
	return NULL;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.data[0]) != NULL)
		s.data++, s.len--;
	while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]) != NULL)
		s.len--;
	return s;
}

static struct span
take_line(struct span *text)
{
	const char *lf = memchr(text->data, '\n', text->len);
	struct span line = {
		text->data, lf != NULL ? (size_t)(lf - text->data) : text->len};

	text->data += line.len;
	text->len -= line.len;
	if (text->len > 0)
		text->data++, text->len--;
	return line;
}

/* --- what mail programs make of a line --- */

static bool
is_wide_blank(int32_t c)
{
	return c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
		c == 0x205f || c == 0x3000;
}

static bool
is_nothing(int32_t c)
{
	return (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff;
}

/* U+2010..2015 and the minus; " of several nations. */
static int
in_ascii(int32_t c)
{
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return '-';
	if ((c >= 0x201c && c <= 0x201f) || c == 0xab || c == 0xbb)
		return '"';
	return 0;
}

/* What a program's typography has changed, changed back; marks only if ALL. */
static struct span
mend(struct span line, bool all, struct arena *a)
{
	struct buf out = BUF_INIT(4 * COMMAND_ARGUMENT_MAX + WORD_MAX);
	size_t at = 0, was;
	struct span mended;
	int32_t c;

	while (at < line.len) {
		was = at;
		c = utf8_next(line, &at);
		if (is_wide_blank(c))
			buf_putc(&out, ' ');
		else if (all && in_ascii(c) != 0)
			buf_putc(&out, (char)in_ascii(c));
		else if (!is_nothing(c))
			buf_add(&out, line.data + was, at - was);
	}
	/* What is too long stays so, and is refused for it. */
	mended = out.failed
		? line
		: (struct span){arena_dup(a, out.data, out.len), out.len};
	buf_release(&out);
	return mended;
}

static size_t
word_length(struct span s)
{
	size_t len = 0;

	while (len < s.len && strchr(" \t\r\n", s.data[len]) == NULL)
		len++;
	return len;
}

/* REST goes on with what a mail program has moved from the end of LINE. */
static bool
was_wrapped(struct span line, struct span rest)
{
	size_t next = word_length(rest);

	return next > 0 && rest.data[0] != '/' && line.len <= WRAPPED &&
		line.len + 1 + next > WRAPPED;
}

/* --- one command --- */

static const struct command_row *
row_of(struct span line, int number, struct arena *a, size_t *len_r,
	struct err *e)
{
	char word[WORD_MAX + 1];
	struct span s;

	*len_r = word_length(line);
	s = mend((struct span){line.data + 1, *len_r - 1}, true, a);
	snprintf(
		word, sizeof(word), "%.*s", (int)utf8_cut(s, WORD_MAX), s.data);
	return find(word, number, e);
}

/* The argument; lines that were wrapped are taken from REST. */
static int
read_argument(struct command *cmd, struct span line, size_t len,
	struct span *rest, struct arena *a, struct err *e)
{
	struct buf text = BUF_INIT(COMMAND_ARGUMENT_MAX + 1);
	bool wraps =
		cmd->row->arguments[0] != '\0' && cmd->row->words != WORDS_TEXT;
	struct span s = trim((struct span){line.data + len, line.len - len});
	int result = 0;

	for (;;) {
		buf_span(&text, s);
		if (!wraps || !was_wrapped(line, *rest))
			break;
		line = s = trim(take_line(rest));
		buf_putc(&text, ' ');
	}
	s = mend(buf_view(&text), cmd->row->words == WORDS_NONE, a);
	s = trim(s);
	if (text.failed || text.len > COMMAND_ARGUMENT_MAX)
		result = err_permanent(e, "5.5.2",
			"line %d: longer than %d bytes", cmd->line,
			COMMAND_ARGUMENT_MAX);
	else if (s.len > 0 && cmd->row->arguments[0] == '\0')
		result = err_permanent(e, "5.5.2",
			"line %d: /%s takes nothing behind it", cmd->line,
			cmd->row->word);
	cmd->argument = arena_dup(a, s.data, s.len);
	buf_release(&text);
	return result;
}

static struct command *
parse_line(struct span *rest, int number, struct arena *a, struct err *e)
{
	struct span line = take_line(rest), blanks;
	const struct command_row *row;
	struct command *cmd;
	size_t len;

	blanks = mend(line, false, a);
	if ((row = row_of(blanks, number, a, &len, e)) == NULL)
		return NULL;
	cmd = arena_alloc(a, sizeof(*cmd));
	cmd->row = row;
	cmd->line = number;
	cmd->words = "";
	if (read_argument(cmd, blanks, len, rest, a, e) == -1)
		return NULL;
	return cmd;
}

const char *
command_own_words(struct span text, struct arena *a)
{
	char *words = arena_dup(a, text.data, text.len);
	size_t len = 0;
	struct span line;

	while (text.len > 0) {
		line = take_line(&text);
		if (line.len > 5 && strncasecmp(line.data, "/case", 5) == 0 &&
			strchr(" \t", line.data[5]) != NULL)
			continue;
		memcpy(words + len, line.data, line.len);
		len += line.len;
		words[len++] = '\n';
	}
	while (len > 0 && words[len - 1] == '\n')
		len--;
	words[len] = '\0';
	return words;
}

/*
 * Each command gets the words that belong to it.  Words that belong to none
 * would be lost without a word: that is an error.
 */
static int
give_words(struct command *commands, struct span text, struct arena *a,
	struct err *e)
{
	const char *after = command_own_words(text, a);
	bool taken = after[0] == '\0';
	struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->row->words == WORDS_NONE)
			continue;
		cmd->words = cmd->argument;
		taken = taken || cmd->row->words == WORDS_TITLE;
		if (cmd->row->words == WORDS_TEXT ||
			(cmd->row->words == WORDS_EITHER &&
				cmd->argument[0] == '\0')) {
			cmd->words = after;
			taken = true;
		}
	}
	if (taken)
		return 0;
	return err_permanent(e, "5.5.2",
		"the text after the commands belongs to none of them; /note "
		"keeps it, /to finder sends it");
}

/* From the first line that is not empty. */
static struct span
begin_of(const char *text)
{
	struct span rest = span_of(text), left = rest;

	while (rest.len > 0 && trim(take_line(&left)).len == 0)
		rest = left;
	return rest;
}

bool
command_block(const char *text)
{
	struct span s = begin_of(text);

	return s.len > 0 && s.data[0] == '/';
}

int
command_parse(const char *text, struct arena *a, struct command **commands_r,
	struct err *e)
{
	struct command **end = commands_r;
	struct span rest = begin_of(text);
	int number;

	*commands_r = NULL;
	for (number = 1; rest.len > 0 && rest.data[0] == '/'; number++) {
		if (number > COMMANDS_MAX)
			return err_permanent(e, "5.5.2",
				"more than %d commands", COMMANDS_MAX);
		if ((*end = parse_line(&rest, number, a, e)) == NULL)
			return -1;
		end = &(*end)->next;
	}
	if (*commands_r == NULL)
		return err_permanent(e, "5.5.2",
			"there is no command: a line that begins with /");
	return give_words(*commands_r, trim(rest), a, e);
}
