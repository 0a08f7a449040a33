#include "rules/context.h"

#include <ctype.h>
#include <string.h>

#define CELLS_MAX 12
#define LABEL_WORDS_MAX 6
#define CODE_INDENT 4

static const char *const names[] = {
	[CONTEXT_SUBJECT] = "subject",
	[CONTEXT_QUOTED] = "quoted",
	[CONTEXT_FIRST] = "first-paragraph",
	[CONTEXT_FIELD] = "field",
	[CONTEXT_CODE] = "code",
	[CONTEXT_REPEATED] = "repeated",
};
_Static_assert(countof(names) == CONTEXT__COUNT, "a name for each context");

const char *
context_name(enum context c)
{
	return c < CONTEXT__COUNT ? names[c] : "unknown";
}

struct line {
	size_t start, end; /* without its line end */
	size_t first; /* what is not a blank; end: an empty line */
	size_t indent; /* columns */
};

/* What the lines before have left open. */
struct scan {
	struct span text;
	struct context_map *map;
	size_t paragraph; /* where it began */
	bool in_paragraph, after_blank;
	bool fenced, code; /* code: the line before was indented code */
	struct labelled_field *heading; /* goes on to the next one */
	struct labelled_field
		*open; /* a labelled line: indented lines go on with it */
	size_t open_indent;
	struct span head[CELLS_MAX]; /* the first row of a table */
	size_t head_count;
	bool in_table;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct line
line_at(struct span text, size_t at)
{
	const char *end = memchr(text.data + at, '\n', text.len - at);
	struct line l = {.start = at, .first = at};

	l.end = end != NULL ? (size_t)(end - text.data) : text.len;
	for (; l.first < l.end && is_blank(text.data[l.first]); l.first++)
		l.indent += text.data[l.first] == '\t' ? 8 - l.indent % 8 : 1;
	return l;
}

/* Without blanks and the marks of Markdown around it. */
static struct span
bare(struct span text, size_t start, size_t end)
{
	while (start < end && strchr(" \t*_`#:", text.data[start]) != NULL)
		start++;
	while (end > start && strchr(" \t*_`#:", text.data[end - 1]) != NULL)
		end--;
	return (struct span){text.data + start, end - start};
}

/* A few words: not a sentence, not code. */
static bool
is_label(struct span s)
{
	size_t words = 1, letters = 0, i;
	unsigned char c;

	for (i = 0; i < s.len; i++) {
		c = (unsigned char)s.data[i];
		letters += isalpha(c) || c >= 0x80;
		words += c == ' ';
		if (c < 0x80 && !isalnum(c) && strchr(" -/()_'#&,", c) == NULL)
			return false;
	}
	return letters > 1 && s.len <= FIELD_LABEL_MAX &&
		words <= LABEL_WORDS_MAX;
}

static struct labelled_field *
add_field(struct scan *s, struct span label, size_t start, size_t end)
{
	struct labelled_field *f;

	if (s->map->field_count == FIELDS_MAX)
		return NULL;
	f = &s->map->fields[s->map->field_count++];
	*f = (struct labelled_field){label, start, end};
	return f;
}

static void
add_code(struct scan *s, const struct line *l)
{
	struct context_map *m = s->map;

	if (m->code_count > 0 && m->code[m->code_count - 1].end == l->start)
		m->code[m->code_count - 1].end = l->end + 1;
	else if (m->code_count < CODE_BLOCKS_MAX)
		m->code[m->code_count++] =
			(struct text_region){l->start, l->end + 1};
}

/* --- code --- */

static bool
begins(const struct scan *s, const struct line *l, const char *word)
{
	size_t len = strlen(word);

	return l->end - l->first >= len &&
		memcmp(s->text.data + l->first, word, len) == 0;
}

static bool
take_code(struct scan *s, const struct line *l)
{
	bool fence = begins(s, l, "```") || begins(s, l, "~~~");

	if (fence || s->fenced) {
		s->fenced = s->fenced != fence;
		add_code(s, l);
		return true;
	}
	s->code = l->first < l->end && l->indent >= CODE_INDENT &&
		s->open == NULL && (s->code || s->after_blank) &&
		strchr("-*0123456789", s->text.data[l->first]) == NULL;
	if (s->code)
		add_code(s, l);
	return s->code;
}

/* --- tables --- */

/* The cells of a row: what stands between |. */
static size_t
cells_of(struct scan *s, const struct line *l, struct text_region *cells)
{
	size_t at = l->first, from = l->first, count = 0;

	for (; at <= l->end && count < CELLS_MAX; at++) {
		if (at < l->end && s->text.data[at] != '|')
			continue;
		if (at > l->first && (at < l->end || at > from))
			cells[count++] = (struct text_region){from, at};
		from = at + 1;
	}
	return count;
}

static bool
is_rule_of_table(const struct scan *s, const struct line *l)
{
	size_t i;

	for (i = l->first; i < l->end; i++)
		if (strchr("|-: \t\r", s->text.data[i]) == NULL)
			return false;
	return begins(s, l, "|-") || begins(s, l, "| -") || begins(s, l, "|:");
}

static bool
take_row(struct scan *s, const struct line *l)
{
	struct text_region cells[CELLS_MAX];
	size_t count, i, first = 0;

	if (!begins(s, l, "|")) {
		s->head_count = 0;
		s->in_table = false;
		return false;
	}
	if (is_rule_of_table(s, l)) {
		s->in_table = true;
		return true;
	}
	count = cells_of(s, l, cells);
	if (!s->in_table) {
		s->head_count = count;
		for (i = 0; i < count; i++)
			s->head[i] =
				bare(s->text, cells[i].start, cells[i].end);
	} else {
		for (i = 0; i < count && i < s->head_count; i++)
			if (is_label(s->head[i]))
				add_field(s, s->head[i], cells[i].start,
					cells[i].end);
	}
	/* Or the first cell labels the second. */
	if (count > first + 1) {
		struct span label = bare(s->text, cells[0].start, cells[0].end);

		if (is_label(label))
			add_field(s, label, cells[1].start, cells[1].end);
	}
	return true;
}

/* --- headings --- */

static bool
is_underline(struct span text, const struct line *l)
{
	size_t i;

	if (l->end - l->first < 3)
		return false;
	for (i = l->first + 1; i < l->end; i++)
		if (text.data[i] != text.data[l->first])
			return false;
	return strchr("-=~", text.data[l->first]) != NULL;
}

/* A line in bold, "## so", or underlined by the next. */
static bool
is_heading(const struct scan *s, const struct line *l)
{
	struct line next;

	if (l->first == l->end)
		return false;
	if (s->text.data[l->first] == '#')
		return true;
	if (begins(s, l, "**") && l->end - l->first > 4 &&
		memcmp(s->text.data + l->end - 2, "**", 2) == 0)
		return true;
	if (l->end >= s->text.len || l->end - l->first > FIELD_LABEL_MAX)
		return false;
	next = line_at(s->text, l->end + 1);
	return is_underline(s->text, &next);
}

static bool
take_heading(struct scan *s, const struct line *l)
{
	struct span label;

	if (!is_heading(s, l))
		return false;
	label = bare(s->text, l->first, l->end);
	s->heading =
		is_label(label) ? add_field(s, label, l->end, l->end) : NULL;
	return true;
}

/* --- labelled lines --- */

/* How many bytes of colon stand at AT. */
static size_t
colon_at(struct span s, size_t at, size_t end)
{
	if (at < end && s.data[at] == ':')
		return (at + 1 < end && strchr(":/", s.data[at + 1]) != NULL) ||
				(at > 0 && s.data[at - 1] == ':')
			? 0
			: 1;
	return end - at >= 3 && memcmp(s.data + at, "\uff1a", 3) == 0 ? 3 : 0;
}

static bool
take_label(struct scan *s, const struct line *l)
{
	size_t at = l->first, from, len;
	struct span label;

	while (at < l->end && strchr("*#>_- \t", s->text.data[at]) != NULL)
		at++;
	from = at;
	while (at < l->end && at - from <= FIELD_LABEL_MAX &&
		(len = colon_at(s->text, at, l->end)) == 0)
		at++;
	if (at == l->end || at - from > FIELD_LABEL_MAX)
		return false;
	label = bare(s->text, from, at);
	if (!is_label(label))
		return false;
	at += len;
	while (at < l->end && strchr("*_ \t", s->text.data[at]) != NULL)
		at++;
	s->open = add_field(s, label, at, l->end);
	s->open_indent = l->indent;
	return true;
}

/* Lines that go on with what a label or a heading began. */
static void
go_on(struct scan *s, const struct line *l)
{
	struct labelled_field *f = s->open;
	bool empty, item;

	if (s->heading != NULL && l->end - s->heading->start <= FIELD_VALUE_MAX)
		s->heading->end = l->end;
	if (f == NULL)
		return;
	empty = f->start >= f->end;
	item = begins(s, l, "-") || begins(s, l, "*");
	if (l->end - f->start <= FIELD_VALUE_MAX &&
		(l->indent > s->open_indent || empty || item)) {
		f->end = l->end;
		/* One line at the margin below its label is all of it. */
		if (l->indent <= s->open_indent && !item)
			s->open = NULL;
	} else {
		s->open = NULL;
	}
}

/* --- all of it --- */

static void
note_paragraph(struct scan *s, const struct line *l)
{
	struct context_map *m = s->map;

	if (l->first == l->end) {
		if (s->in_paragraph && m->first_end == 0 &&
			l->start - s->paragraph > FIRST_PARAGRAPH_LEAST)
			m->first_end = l->start;
		s->in_paragraph = false;
	} else if (!s->in_paragraph) {
		s->in_paragraph = true;
		s->paragraph = l->start;
	}
}

static void
take_line(struct scan *s, const struct line *l)
{
	bool empty = l->first == l->end;

	note_paragraph(s, l);
	if (take_code(s, l)) {
		s->open = NULL;
	} else if (empty) {
		/* A blank line may stand between a label and its value. */
		if (s->open != NULL && s->open->start < s->open->end)
			s->open = NULL;
	} else if (!is_underline(s->text, l) && !take_row(s, l)) {
		if (take_heading(s, l))
			s->open = NULL;
		else if (!take_label(s, l))
			go_on(s, l);
		else if (s->heading != NULL &&
			l->end - s->heading->start <= FIELD_VALUE_MAX)
			s->heading->end = l->end;
	}
	s->after_blank = empty;
}

void
context_map(struct span text, struct context_map *map_r)
{
	struct scan s = {.text = text, .map = map_r, .after_blank = true};
	struct line l;
	size_t at;

	map_r->first_end = map_r->field_count = map_r->code_count = 0;
	for (at = 0; at < text.len; at = l.end + 1) {
		l = line_at(text, at);
		take_line(&s, &l);
	}
	if (map_r->first_end == 0)
		map_r->first_end = text.len;
}

unsigned
context_at(const struct context_map *map, size_t at)
{
	unsigned bits = 0;
	size_t i;

	if (at < map->first_end)
		bits |= 1u << CONTEXT_FIRST;
	for (i = 0; i < map->field_count; i++)
		if (at >= map->fields[i].start && at < map->fields[i].end)
			bits |= 1u << CONTEXT_FIELD;
	for (i = 0; i < map->code_count; i++)
		if (at >= map->code[i].start && at < map->code[i].end)
			bits |= 1u << CONTEXT_CODE;
	return bits;
}
