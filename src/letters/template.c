#include "letters/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "cases/plan.h"

#define NAME_MAX_BYTES 40
#define NESTING_MAX 8

struct form {
	char *language, *name, *path;
	struct span subject, body;
};

struct templates {
	struct arena *arena;
	struct form *all;
	size_t count;
};

struct value {
	const char *name, *text; /* text NULL: a list */
	struct values *items, **items_end;
	struct value *next;
};

struct values {
	struct arena *arena;
	const struct values *outer;
	struct value *first;
	struct values *next; /* in a list */
};

/* --- values --- */

struct values *
values_new(struct arena *a, const struct values *outer)
{
	struct values *v = arena_alloc(a, sizeof(*v));

	v->arena = a;
	v->outer = outer;
	return v;
}

static struct value *
own_value(const struct values *v, const char *name, size_t len)
{
	struct value *value;

	for (value = v->first; value != NULL; value = value->next)
		if (strlen(value->name) == len &&
			memcmp(value->name, name, len) == 0)
			return value;
	return NULL;
}

static const struct value *
look_up(const struct values *v, struct span name)
{
	const struct value *value;

	for (; v != NULL; v = v->outer)
		if ((value = own_value(v, name.data, name.len)) != NULL)
			return value;
	return NULL;
}

static struct value *
add(struct values *v, const char *name)
{
	struct value *value = own_value(v, name, strlen(name));

	if (value == NULL) {
		value = arena_alloc(v->arena, sizeof(*value));
		value->name = arena_strdup(v->arena, name);
		value->next = v->first;
		v->first = value;
	}
	value->items = NULL;
	value->items_end = &value->items;
	return value;
}

void
values_text(struct values *v, const char *name, const char *text)
{
	add(v, name)->text = arena_strdup(v->arena, text);
}

void
values_list(struct values *v, const char *name)
{
	add(v, name)->text = NULL;
}

struct values *
values_item(struct values *v, const char *name)
{
	struct value *value = own_value(v, name, strlen(name));
	struct values *item = values_new(v->arena, v);

	*value->items_end = item;
	value->items_end = &item->next;
	return item;
}

/* --- tags --- */

struct tag {
	char kind; /* '#', '^', '/', '!' or 0: a value */
	struct span name;
	const char *from, *to; /* what of the text it takes up */
	bool alone; /* on its line, which it takes with it */
};

static struct span
trim(struct span s)
{
	while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
		s.data++, s.len--;
	while (s.len > 0 &&
		(s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static void
take_line(struct span text, struct tag *t)
{
	const char *from = t->from, *to = t->to, *end = text.data + text.len;

	while (from > text.data && (from[-1] == ' ' || from[-1] == '\t'))
		from--;
	while (to < end && (*to == ' ' || *to == '\t'))
		to++;
	t->alone = (from == text.data || from[-1] == '\n') &&
		(to == end || *to == '\n');
	if (!t->alone)
		return;
	t->from = from;
	t->to = to < end ? to + 1 : to;
}

/*
 * The next tag of TEXT between AT and END: 1, 0 or -1 (unterminated).  The
 * whole text is given, because a tag's line may reach out of a section.
 */
static int
next_tag(struct span text, const char *at, const char *end, struct tag *t)
{
	const char *close;

	t->from = memmem(at, (size_t)(end - at), "{{", 2);
	if (t->from == NULL)
		return 0;
	close = memmem(t->from, (size_t)(end - t->from), "}}", 2);
	if (close == NULL)
		return -1;
	t->name =
		trim((struct span){t->from + 2, (size_t)(close - t->from - 2)});
	t->kind = t->name.len > 0 && strchr("#^/!", t->name.data[0]) != NULL
		? t->name.data[0]
		: '\0';
	if (t->kind != '\0')
		t->name =
			trim((struct span){t->name.data + 1, t->name.len - 1});
	t->to = close + 2;
	take_line(text, t);
	return 1;
}

/* The tag that closes OPEN, which ends at AT: 1 or -1. */
static int
closing_tag(struct span text, const char *at, const struct tag *open,
	struct tag *close)
{
	const char *end = text.data + text.len;
	int depth = 0;

	while (next_tag(text, at, end, close) == 1) {
		at = close->to;
		if (close->kind == '#' || close->kind == '^')
			depth++;
		else if (close->kind == '/' && depth-- == 0)
			return close->name.len == open->name.len &&
					memcmp(close->name.data,
						open->name.data,
						open->name.len) == 0
				? 1
				: -1;
	}
	return -1;
}

/* --- checking --- */

static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static int
check(const struct form *t, const char *file, struct span text, struct err *e)
{
	const char *at = text.data, *end = text.data + text.len;
	struct tag tag, close;
	int depth = 0, more;

	while ((more = next_tag(text, at, end, &tag)) == 1) {
		at = tag.to;
		if (tag.kind == '!')
			continue;
		if (tag.name.len == 0 || tag.name.len > NAME_MAX_BYTES)
			return err_permanent(e, "5.3.5",
				"%s:%d: a tag needs a name", t->path,
				line_of(file, tag.from));
		depth += tag.kind == '#' || tag.kind == '^' ? 1
			: tag.kind == '/'		    ? -1
							    : 0;
		if (depth < 0 || depth > NESTING_MAX ||
			((tag.kind == '#' || tag.kind == '^') &&
				closing_tag(text, at, &tag, &close) == -1))
			return err_permanent(e, "5.3.5",
				"%s:%d: {{%c%.*s}} has no partner", t->path,
				line_of(file, tag.from), tag.kind,
				(int)tag.name.len, tag.name.data);
	}
	if (more == -1)
		return err_permanent(e, "5.3.5", "%s:%d: {{ without }}",
			t->path, line_of(file, tag.from));
	return 0;
}

static int
load_one(struct templates *all, const char *dir, const char *language,
	const char *name, struct err *e)
{
	static const char prefix[] = "Subject: ";
	struct form *t = &all->all[all->count++];
	struct buf text = BUF_INIT(TEMPLATE_BYTES_MAX);
	const char *end;
	char *copy;
	size_t len;

	t->language = arena_strdup(all->arena, language);
	t->name = arena_strdup(all->arena, name);
	t->path = arena_printf(all->arena, "%s/%s/%s.txt", dir, language, name);
	if (fs_read_file(t->path, &text, e) == -1) {
		buf_release(&text);
		return -1;
	}
	copy = arena_dup(all->arena, text.data, text.len);
	len = text.len;
	buf_release(&text);
	if (!utf8_is_clean((struct span){copy, len}, UTF8_MANY_LINES))
		return err_permanent(
			e, "5.3.5", "%s: not plain UTF-8", t->path);
	end = strstr(copy, "\n\n");
	if (strncmp(copy, prefix, strlen(prefix)) != 0 || end == NULL ||
		strchr(copy, '\n') != end)
		return err_permanent(e, "5.3.5",
			"%s:1: begins with `Subject: ...` and an empty line",
			t->path);
	t->subject = (struct span){
		copy + strlen(prefix), (size_t)(end - copy) - strlen(prefix)};
	t->body = (struct span){end + 2, len - (size_t)(end + 2 - copy)};
	if (check(t, copy, t->subject, e) == -1)
		return -1;
	return check(t, copy, t->body, e);
}

const char *
template_name(enum letter_kind kind, enum mail_class class, struct arena *a)
{
	if (kind != LETTER_ANSWER)
		return letter_kind_name(kind);
	return arena_printf(
		a, "%s-%s", letter_kind_name(kind), class_name(class));
}

static int
load_language(struct templates *t, const char *dir, const char *language,
	struct err *e)
{
	int kind, class;

	for (kind = 0; kind < LETTER__COUNT; kind++)
		if (kind != LETTER_ANSWER &&
			load_one(t, dir, language,
				letter_kind_name((enum letter_kind)kind),
				e) == -1)
			return -1;
	for (class = 0; class < CLASS__COUNT; class ++)
		if (class_has_answer((enum mail_class) class) &&
			load_one(t, dir, language,
				template_name(LETTER_ANSWER,
					(enum mail_class) class, t->arena),
				e) == -1)
			return -1;
	return 0;
}

struct templates *
templates_load(const char *dir, char *const *languages, size_t n, struct err *e)
{
	struct templates *t = xcalloc(1, sizeof(*t));
	size_t i;

	t->arena = arena_new();
	t->all = arena_calloc(
		t->arena, n * (LETTER__COUNT + CLASS__COUNT), sizeof(*t->all));
	for (i = 0; i < n; i++) {
		if (load_language(t, dir, languages[i], e) == -1) {
			templates_free(&t);
			return NULL;
		}
	}
	return t;
}

void
templates_free(struct templates **t)
{
	if (*t == NULL)
		return;
	arena_free(&(*t)->arena);
	free(*t);
	*t = NULL;
}

/* --- rendering --- */

struct rendering {
	const struct form *form;
	struct span text; /* the whole of it */
	bool one_line; /* it is a subject */
	struct buf *out;
	struct err *err;
};

/*
 * Foreign lines must not look like commands, or like the line that binds them
 * to a case, wherever a client moves them: two blanks, of which quoting could
 * account for one (mail/words.c).
 */
static void
put_lines(struct buf *out, const char *text)
{
	bool begins = true;
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p == '/' && begins)
			buf_puts(out, "  ");
		begins = *p == '\n' || (begins && strchr("> \t", *p) != NULL);
		buf_putc(out, *p);
	}
	if (p > text && p[-1] != '\n')
		buf_putc(out, '\n');
}

static bool
at_margin(const struct buf *out)
{
	return out->len == 0 || out->data[out->len - 1] == '\n';
}

static void
put_value(const struct rendering *r, const struct tag *tag, const char *text)
{
	if (tag->alone && !r->one_line) {
		put_lines(r->out, text);
		return;
	}
	if (text[0] == '/' && !r->one_line && at_margin(r->out))
		buf_puts(r->out, "  ");
	utf8_clean(r->out, span_of(text), UTF8_ONE_LINE);
}

static int render(const struct rendering *r, const char *at, const char *end,
	const struct values *v);

static bool
is_empty(const struct value *value)
{
	return value->text != NULL ? value->text[0] == '\0'
				   : value->items == NULL;
}

static int
render_section(const struct rendering *r, const struct tag *open,
	const char *end, const struct value *value, const struct values *v)
{
	const struct values *item;

	if (open->kind == '^')
		return is_empty(value) ? render(r, open->to, end, v) : 0;
	if (value->text != NULL)
		return is_empty(value) ? 0 : render(r, open->to, end, v);
	for (item = value->items; item != NULL; item = item->next)
		if (render(r, open->to, end, item) == -1)
			return -1;
	return 0;
}

static int
render(const struct rendering *r, const char *at, const char *end,
	const struct values *v)
{
	const struct value *value;
	struct tag tag, close;

	while (next_tag(r->text, at, end, &tag) == 1) {
		buf_add(r->out, at, (size_t)(tag.from - at));
		at = tag.to;
		if (tag.kind == '!')
			continue;
		value = look_up(v, tag.name);
		if (value == NULL)
			return err_bug(r->err, "%s: nothing is called %.*s",
				r->form->path, (int)tag.name.len,
				tag.name.data);
		if (tag.kind == '\0') {
			put_value(r, &tag,
				value->text != NULL ? value->text : "");
			continue;
		}
		if (closing_tag(r->text, at, &tag, &close) == -1)
			return err_bug(r->err, "%s: unchecked template",
				r->form->path);
		if (render_section(r, &tag, close.from, value, v) == -1)
			return -1;
		at = close.to;
	}
	buf_add(r->out, at, (size_t)(end - at));
	return 0;
}

static int
render_text(struct rendering *r, struct span text, bool one_line,
	struct buf *out, const struct values *v)
{
	r->text = text;
	r->one_line = one_line;
	r->out = out;
	return render(r, text.data, text.data + text.len, v);
}

static const struct form *
find(const struct templates *t, const char *language, const char *name)
{
	const struct form *fallback = NULL;
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (strcmp(t->all[i].name, name) != 0)
			continue;
		if (strcmp(t->all[i].language, language) == 0)
			return &t->all[i];
		if (fallback == NULL)
			fallback = &t->all[i];
	}
	return fallback;
}

int
template_render(const struct templates *t, const char *language,
	const char *name, const struct values *v, struct buf *subject,
	struct buf *body, struct err *e)
{
	const struct form *found = find(t, language, name);
	struct rendering r = {.form = found, .err = e};

	if (found == NULL)
		return err_bug(e, "no template %s", name);
	if (render_text(&r, found->subject, true, subject, v) == -1 ||
		render_text(&r, found->body, false, body, v) == -1)
		return -1;
	if (subject->failed || body->failed)
		return err_permanent(
			e, "5.3.4", "%s: the letter is too long", found->path);
	return 0;
}
