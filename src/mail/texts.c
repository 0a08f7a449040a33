#include <string.h>

#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/field.h"
#include "mail/html.h"
#include "mail/text.h"
#include "mail/walk.h"

#define RAW_MAX ((size_t)16 << 20)
#define RAW_FACTOR 8 /* what markup and charsets cost */

/* A text part in work. */
struct leaf {
	struct walk *walk;
	size_t part;
	struct buf raw; /* decoded bytes that are not yet in `out` */
	struct buf *out; /* clean text */
	/* Where the walk over the part's cuts stands. */
	size_t cut;
	int64_t at;
};

static bool append_part(struct walk *w, size_t i, struct buf *out);

static void
append_text(struct walk *w, struct span s, struct buf *out)
{
	size_t len = utf8_cut(s, out->max - out->len);

	buf_add(out, s.data, len);
	if (len < s.len)
		limit_note(&w->hit, LIMIT_TEXT_SIZE);
}

/* Line by line: no blanks at line ends, none but one line end at the end. */
static void
append_lines(struct walk *w, struct span text, struct buf *out)
{
	struct span line;
	size_t empty = 0;

	while (take_line(&text, &line)) {
		while (line.len > 0 && is_space(line.data[line.len - 1]))
			line.len--;
		if (line.len == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			append_text(w, SPAN("\n"), out);
		append_text(w, line, out);
		append_text(w, SPAN("\n"), out);
	}
}

/* RFC 9788, 5.2.1: the lines up to the first empty one are for old programs. */
static struct span
without_legacy(struct span text)
{
	struct span left = text, line;

	while (take_line(&left, &line))
		if (span_trim(line).len == 0)
			return left;
	return text;
}

/*
 * Old Macintosh programs ended lines with a CR alone.  A NUL would end the
 * text for all who come after us, with what stands behind it unseen.
 */
static void
mend_characters(struct buf *b)
{
	bool old = memchr(b->data, '\n', b->len) == NULL;
	size_t i;

	for (i = 0; i < b->len; i++) {
		if (b->data[i] == '\r' && old)
			b->data[i] = '\n';
		else if (b->data[i] == '\0')
			b->data[i] = ' ';
	}
}

/*
 * The charset of the raw bytes.  What a block held is mostly UTF-8, whatever
 * the mail around it says (RFC 9580, 5.9).
 */
static struct span
charset_of(const struct leaf *l)
{
	const struct mail_part *p = &l->walk->r->parts[l->part];
	bool opened = l->walk->sources[p->source].kind == SOURCE_TEXT;
	size_t i;

	for (i = 0; opened && i < l->raw.len; i++)
		if ((unsigned char)l->raw.data[i] >= 0x80)
			return utf8_valid(buf_view(&l->raw))
				? SPAN("utf-8")
				: span_of(p->charset);
	return span_of(p->charset);
}

/* Raw bytes to clean text at the end of `out`. */
static void
flush(struct leaf *l)
{
	struct walk *w = l->walk;
	const struct node *n = &w->nodes[l->part];
	const struct content *c = n->content;
	struct buf text = BUF_INIT(2 * RAW_MAX), plain = BUF_INIT(2 * RAW_MAX);
	struct buf clean = BUF_INIT(2 * RAW_MAX);
	struct span s;

	charset_to_utf8(charset_of(l), buf_view(&l->raw), &text);
	mend_characters(&text);
	s = buf_view(&text);
	if (content_is(c, "text/html")) {
		html_to_text(s, n->legacy, &w->hit, &plain);
		s = buf_view(&plain);
	} else if (n->legacy) {
		s = without_legacy(s);
	}
	if (span_is_nocase(span_of(content_param(c, "format")), "flowed")) {
		flowed_join(s,
			span_is_nocase(
				span_of(content_param(c, "delsp")), "yes"),
			&plain);
		s = buf_view(&plain);
	}
	utf8_clean(&clean, s, UTF8_MANY_LINES);
	append_lines(w, buf_view(&clean), l->out);
	buf_release(&text);
	buf_release(&plain);
	buf_release(&clean);
	buf_clear(&l->raw);
}

/* The opened text of the cut that was reached, in place of the block. */
static void
insert_opened(struct leaf *l, const struct cut *cut)
{
	flush(l);
	if (cut->child >= 0)
		append_part(l->walk, (size_t)cut->child, l->out);
}

static void
add_raw(struct leaf *l, const char *data, size_t len)
{
	size_t room = l->raw.max - l->raw.len;

	if (len > room)
		limit_note(&l->walk->hit, LIMIT_TEXT_SIZE);
	buf_add(&l->raw, data, len < room ? len : room);
}

/* Decoded bytes: those outside of cuts are text. */
static bool
leaf_write(void *arg, const void *data, size_t len)
{
	struct leaf *l = arg;
	const struct node *n = &l->walk->nodes[l->part];
	const struct cut *cut;
	struct span s = {data, len};
	size_t run;

	while (s.len > 0) {
		cut = l->cut < n->cuts_count ? &n->cuts[l->cut] : NULL;
		run = s.len;
		if (cut != NULL && l->at < cut->at) {
			if ((int64_t)run > cut->at - l->at)
				run = (size_t)(cut->at - l->at);
			add_raw(l, s.data, run);
		} else if (cut != NULL) {
			if (l->at == cut->at)
				insert_opened(l, cut);
			if ((int64_t)run > cut->end - l->at)
				run = (size_t)(cut->end - l->at);
			if (l->at + (int64_t)run == cut->end)
				l->cut++;
		} else {
			add_raw(l, s.data, run);
		}
		span_skip(&s, run);
		l->at += (int64_t)run;
	}
	return true;
}

/* The text of a leaf; false when it has none. */
static bool
append_leaf(struct walk *w, size_t i, struct buf *out)
{
	size_t max = (size_t)w->o->conf->text_size * RAW_FACTOR;
	struct leaf l = {.walk = w,
		.part = i,
		.raw = BUF_INIT(max < RAW_MAX ? max : RAW_MAX),
		.out = out};
	const struct sink sink = {leaf_write, &l};
	struct mail_part *p = &w->r->parts[i];
	size_t was, start = out->len;

	/* Parts are joined with an empty line. */
	if (out->len > 0)
		append_text(w, SPAN("\n"), out);
	was = out->len;
	transfer_decode(w->nodes[i].body, p->encoding, &sink);
	flush(&l);
	buf_release(&l.raw);
	p->role = out->len > was ? PART_TEXT : PART_UNSHOWN;
	if (out->len == was)
		buf_cut(out, start);
	else if (content_is(w->nodes[i].content, "text/html"))
		w->html_text = true;
	else
		w->plain_text = true;
	if (w->nodes[i].only_blocks)
		p->role = PART_SEALED;
	return out->len > start;
}

/* The first leaf below, where an alternative shows what it is. */
static bool
is_plain(const struct walk *w, size_t i)
{
	size_t last = i;

	for (; i < w->nodes[last].end; i++)
		if (w->nodes[i].may_be_text)
			return content_is(w->nodes[i].content, "text/plain");
	return false;
}

/* Not chosen: its texts are not shown, its files are still files. */
static void
pass_over(struct walk *w, size_t i)
{
	size_t end = w->nodes[i].end;

	for (; i < end; i++)
		if (w->nodes[i].may_be_text)
			w->r->parts[i].role = PART_UNSHOWN;
}

/* Plain text before HTML, because nothing can hide in it; else the last. */
static bool
append_alternative(struct walk *w, size_t i, struct buf *out)
{
	bool found = false;
	size_t c, end = w->nodes[i].end, last, stop;

	for (c = i + 1; c < end; c = w->nodes[c].end) {
		if (!found && !w->other && is_plain(w, c)) {
			found = append_part(w, c, out);
			w->alternatives =
				w->alternatives || end > w->nodes[c].end;
		} else {
			pass_over(w, c);
		}
	}
	for (stop = end; !found && stop > i + 1; stop = last) {
		for (last = c = i + 1; c < stop; c = w->nodes[c].end)
			last = c;
		found = !is_plain(w, last) && append_part(w, last, out);
	}
	return found;
}

static bool
append_parts(struct walk *w, size_t i, struct buf *out)
{
	bool related = content_is(w->nodes[i].content, "multipart/related");
	size_t c, end = w->nodes[i].end;
	bool found = false;

	for (c = i + 1; c < end; c = w->nodes[c].end) {
		found = append_part(w, c, out) || found;
		if (related && found)
			break;
	}
	return found;
}

/* Its depth is that of the parts, which has a limit. */
static bool
append_part(struct walk *w, size_t i, struct buf *out)
{
	const struct mail_part *p = &w->r->parts[i];
	const struct node *n = &w->nodes[i];

	if (n->may_be_text)
		return append_leaf(w, i, out);
	if (n->end == i + 1 || p->role == PART_MESSAGE)
		return false;
	if (content_is(n->content, "multipart/alternative"))
		return append_alternative(w, i, out);
	return append_parts(w, i, out);
}

static void
find_ends(struct walk *w)
{
	size_t i;
	int parent;

	for (i = w->r->parts_count; i-- > 0;) {
		if (w->nodes[i].end < i + 1)
			w->nodes[i].end = i + 1;
		parent = w->r->parts[i].parent;
		if (parent >= 0 && w->nodes[parent].end < w->nodes[i].end)
			w->nodes[parent].end = w->nodes[i].end;
	}
}

void
texts_collect(struct walk *w, struct buf *out)
{
	find_ends(w);
	append_part(w, 0, out);
	w->r->html_only = w->html_text && !w->plain_text;
	w->r->text_cut = w->hit.hit[LIMIT_TEXT_SIZE];
}

void
texts_collect_other(struct walk *w, struct buf *out)
{
	size_t i, count = w->r->parts_count;
	int *roles = arena_calloc(w->arena, count, sizeof(*roles));
	const struct limits hit = w->hit;

	for (i = 0; i < count; i++)
		roles[i] = w->r->parts[i].role;
	w->other = true;
	append_part(w, 0, out);
	w->other = false;
	w->hit = hit;
	for (i = 0; i < count; i++)
		w->r->parts[i].role = roles[i];
}
