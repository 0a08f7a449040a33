#include "cases/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 24
#define NEAR 3 /* changes after which a word is no longer meant */

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
	size_t i, count, d, best = NEAR;
	const struct command_row *rows = command_table(&count);
	const char *found = NULL;

	for (i = 0; i < count; i++) {
		if ((d = distance(word, rows[i].word)) < best) {
			best = d;
			found = rows[i].word;
		}
	}
	return found;
}

/* The row of a word, or of an unambiguous beginning of it. */
static const struct command_row *
find(const char *word, int line, struct err *e)
{
	size_t i, count, len = strlen(word), matches = 0;
	const struct command_row *rows = command_table(&count), *row = NULL;
	const char *near;

	for (i = 0; i < count; i++) {
		if (strcasecmp(rows[i].word, word) == 0)
			return &rows[i];
		if (len > 0 && strncasecmp(rows[i].word, word, len) == 0) {
			matches++;
			row = &rows[i];
		}
	}
	if (matches == 1)
		return row;
	near = nearest(word);
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

static struct command *
parse_line(struct span line, int number, struct arena *a, struct err *e)
{
	const struct command_row *row;
	struct command *cmd;
	struct span argument;
	char word[WORD_MAX + 1];
	size_t len = 1;

	while (len < line.len && strchr(" \t\r", line.data[len]) == NULL)
		len++;
	snprintf(word, sizeof(word), "%.*s",
		(int)(len - 1 < WORD_MAX ? len - 1 : WORD_MAX), line.data + 1);
	if ((row = find(word, number, e)) == NULL)
		return NULL;
	argument = trim((struct span){line.data + len, line.len - len});
	if (argument.len > COMMAND_ARGUMENT_MAX) {
		err_permanent(e, "5.5.2", "line %d: longer than %d bytes",
			number, COMMAND_ARGUMENT_MAX);
		return NULL;
	}
	if (argument.len > 0 && row->arguments[0] == '\0') {
		err_permanent(e, "5.5.2",
			"line %d: /%s takes nothing behind it", number,
			row->word);
		return NULL;
	}
	cmd = arena_alloc(a, sizeof(*cmd));
	cmd->row = row;
	cmd->argument = arena_dup(a, argument.data, argument.len);
	cmd->line = number;
	cmd->words = "";
	return cmd;
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

/* TEXT but for /case lines: a token of ours is nobody else's to read. */
static const char *
own_words(struct span text, struct arena *a)
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
	const char *after = own_words(text, a);
	bool taken = after[0] == '\0';
	struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->row->words == WORDS_NONE)
			continue;
		cmd->words = cmd->argument;
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

int
command_parse(const char *text, struct arena *a, struct command **commands_r,
	struct err *e)
{
	struct command **end = commands_r;
	struct span rest = trim(span_of(text)), line;
	int number;

	*commands_r = NULL;
	for (number = 1; rest.len > 0 && rest.data[0] == '/'; number++) {
		if (number > COMMANDS_MAX)
			return err_permanent(e, "5.5.2",
				"more than %d commands", COMMANDS_MAX);
		line = take_line(&rest);
		if ((*end = parse_line(line, number, a, e)) == NULL)
			return -1;
		end = &(*end)->next;
	}
	if (*commands_r == NULL)
		return err_permanent(e, "5.5.2",
			"there is no command: a line that begins with /");
	return give_words(*commands_r, trim(rest), a, e);
}
