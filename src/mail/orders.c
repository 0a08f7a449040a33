/*
 * What matters only when somebody's own words begin with "/": do both
 * alternatives say the same, and who wrote what is forwarded?
 */
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/address.h"
#include "mail/field.h"
#include "mail/header.h"
#include "mail/text.h"
#include "mail/walk.h"

static struct span
first_line(const char *text)
{
	struct span rest = span_of(text), line = {"", 0};

	while (take_line(&rest, &line))
		if (span_trim(line).len > 0)
			break;
	return line_text(line);
}

/* --- alternatives --- */

/* Blanks of all kinds, and marks that programs put in or change. */
static bool
is_ornament(int32_t c)
{
	return c < 0x80 ? !isalnum(c)
			: c == 0xa0 || (c >= 0x2000 && c <= 0x206f) ||
			c == 0x3000 || c == 0xfeff;
}

/* What a line says: of a command each character, of other words those that
 * no layout changes. */
static void
put_meaning(struct span line, struct buf *out)
{
	bool command = span_begins(line, "/"), blank = false;
	size_t at = 0, was;
	int32_t c;

	while (at < line.len) {
		was = at;
		c = utf8_next(line, &at);
		if (command && (c == ' ' || c == '\t' || c == 0xa0)) {
			blank = true;
			continue;
		}
		if (!command && is_ornament(c))
			continue;
		if (blank)
			buf_putc(out, ' ');
		blank = false;
		buf_add(out, line.data + was, at - was);
	}
	if (command)
		buf_putc(out, '\n');
}

static void
put_meanings(struct span text, struct buf *out)
{
	struct span line;

	while (take_line(&text, &line))
		put_meaning(line_text(line), out);
}

static bool
say_the_same(struct span a, struct span b, size_t max)
{
	struct buf x = BUF_INIT(max), y = BUF_INIT(max);
	bool same;

	put_meanings(a, &x);
	put_meanings(b, &y);
	same = !x.failed && !y.failed && x.len == y.len &&
		memcmp(x.data, y.data, x.len) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

static void
compare_alternatives(struct walk *w)
{
	size_t max = (size_t)w->o->conf->text_size;
	struct buf text = BUF_INIT(max), own = BUF_INIT(max + 1),
		   quoted = BUF_INIT(max + 1);
	struct reading *r = w->r;

	texts_collect_other(w, &text);
	reply_split(buf_view(&text), &own, &quoted);
	if (!say_the_same(span_of(r->new_text), buf_view(&own), 2 * max))
		r->other_text = arena_dup(w->arena,
			own.len > 0 ? own.data : "(nothing)",
			own.len > 0 ? own.len : strlen("(nothing)"));
	buf_release(&text);
	buf_release(&own);
	buf_release(&quoted);
}

/* --- what is forwarded --- */

/* The address in "Name <address>", or the whole of it. */
static bool
take_address(struct span s, char *out)
{
	const char *open = memchr(s.data, '<', s.len), *close;

	s = span_trim(s);
	if (open != NULL) {
		span_skip(&s, (size_t)(open + 1 - s.data));
		close = memchr(s.data, '>', s.len);
		s.len = close != NULL ? (size_t)(close - s.data) : 0;
	}
	if (span_begins_nocase(s, "mailto:"))
		span_skip(&s, strlen("mailto:"));
	if (!address_valid(s))
		return false;
	address_normalize(s, out);
	return true;
}

/* "From: ..." above a mail that was forwarded as text. */
static bool
find_in_text(struct walk *w, char *out)
{
	struct span text = span_of(w->r->quoted_text), line, value;

	while (take_line(&text, &line)) {
		line = line_text(line);
		while (span_begins(line, ">") || span_begins(line, " ") ||
			span_begins(line, "*"))
			span_skip(&line, 1);
		if (text_from_label(line, &value) && take_address(value, out))
			return true;
	}
	return false;
}

static bool
find_in_message(struct walk *w, char *out)
{
	const struct reading *r = w->r;
	struct mail_header header;
	const struct mail_part *p;
	struct span head;
	size_t i;

	for (i = 0; i + 1 < r->parts_count; i++) {
		if (r->parts[i].role != PART_MESSAGE ||
			r->parts[i + 1].parent != (int)i)
			continue;
		p = &r->parts[i + 1];
		head = (struct span){
			w->sources[p->source].bytes.data + p->head_at,
			(size_t)p->head_len};
		header_read(w->arena, head, (size_t)w->o->conf->addresses,
			&w->hit, &header);
		if (header.from_count > 0 &&
			take_address(span_of(header.from[0].address), out))
			return true;
	}
	return false;
}

void
orders_read(struct walk *w)
{
	char address[ADDRESS_MAX + 1] = "";
	struct reading *r = w->r;

	r->other_text = arena_strdup(w->arena, "");
	r->forwarded_from = arena_strdup(w->arena, "");
	if (!span_begins(first_line(r->new_text), "/"))
		return;
	if (w->alternatives)
		compare_alternatives(w);
	if (find_in_message(w, address) || find_in_text(w, address))
		r->forwarded_from = arena_strdup(w->arena, address);
}
