#include "mail/split.h"

#include <string.h>

#include "mail/field.h"
#include "mail/reading.h"

#define FIRST_ROOM 16

/* An entity on the way from the root to the line that is being read. */
struct open_entity {
	size_t index;
	struct span boundary; /* len 0: none, or nothing more may follow */
};

struct splitter {
	struct arena *arena;
	struct span in;
	const struct split_limits *limits;
	struct limits *hit;
	struct entity *entities;
	size_t count, room;
	struct open_entity path[SPLIT_DEPTH_MAX];
	size_t depth; /* of path */
	bool in_header; /* of the last entity of path */
	bool any_field; /* in that header */
};

static struct entity *
entity_at(struct splitter *s, size_t depth)
{
	return &s->entities[s->path[depth].index];
}

static struct entity *
last_entity(struct splitter *s)
{
	return entity_at(s, s->depth - 1);
}

static struct entity *
add_entity(struct splitter *s)
{
	struct entity *more;

	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : FIRST_ROOM;
		more = arena_calloc(s->arena, s->room, sizeof(*more));
		if (s->count > 0)
			memcpy(more, s->entities, s->count * sizeof(*more));
		s->entities = more;
	}
	return &s->entities[s->count++];
}

/* Begin a child of the last open entity; false when a limit forbids it. */
static bool
open_entity(struct splitter *s, size_t at)
{
	struct entity *e;
	int parent = -1;

	if (s->depth >= s->limits->depth || s->depth >= SPLIT_DEPTH_MAX ||
		s->count >= s->limits->parts) {
		limit_note(s->hit,
			s->count >= s->limits->parts ? LIMIT_PARTS
						     : LIMIT_DEPTH);
		last_entity(s)->cut = true;
		return false;
	}
	if (s->depth > 0) {
		parent = (int)s->path[s->depth - 1].index;
		s->entities[parent].children++;
	}
	e = add_entity(s);
	*e = (struct entity){.parent = parent, .depth = (int)s->depth};
	e->head_at = e->body_at = at;
	s->path[s->depth++] = (struct open_entity){.index = s->count - 1};
	s->in_header = true;
	s->any_field = false;
	return true;
}

static const char *
default_type(struct splitter *s, const struct entity *e)
{
	if (e->parent >= 0 &&
		content_is(&s->entities[e->parent].content, "multipart/digest"))
		return "message/rfc822";
	return "text/plain";
}

static bool
holds_message(const struct content *c)
{
	return c->encoding == ENCODING_IDENTITY && content_is_message(c);
}

struct span
entity_head(struct span in, const struct entity *e, size_t header_size)
{
	return span_front(
		(struct span){in.data + e->head_at, e->head_len}, header_size);
}

/* The header of the last entity ended before END; its body begins at BODY. */
static void
end_header(struct splitter *s, size_t end, size_t body)
{
	struct entity *e = last_entity(s);
	struct span boundary;

	s->in_header = false;
	e->head_len = end - e->head_at;
	e->body_at = body;
	if (e->head_len > s->limits->header_size)
		limit_note(s->hit, LIMIT_HEADER_SIZE);
	content_read(s->arena, entity_head(s->in, e, s->limits->header_size),
		default_type(s, e), s->hit, &e->content);
	if (content_is_under(&e->content, "multipart/")) {
		boundary = span_of(content_param(&e->content, "boundary"));
		s->path[s->depth - 1].boundary = span_trim(boundary);
	} else if (holds_message(&e->content)) {
		open_entity(s, body);
	}
}

/* END is where the entities from DEPTH on end. */
static void
close_entities(struct splitter *s, size_t depth, size_t end)
{
	struct entity *e;

	while (s->depth > depth) {
		/* May open a message, which is then closed first. */
		if (s->in_header) {
			e = last_entity(s);
			end_header(s, end > e->head_at ? end : e->head_at,
				end > e->head_at ? end : e->head_at);
			continue;
		}
		e = last_entity(s);
		e->end = end > e->head_at ? end : e->head_at;
		e->body_len = end > e->body_at ? end - e->body_at : 0;
		s->depth--;
	}
}

/* Which open multipart LINE delimits: its place in path, or -1. */
static int
find_delimiter(const struct splitter *s, struct span line, bool *last)
{
	struct span text, b;
	size_t i;

	if (!span_begins(line, "--"))
		return -1;
	for (text = line; text.len > 0; text.len--)
		if (!is_space(text.data[text.len - 1]))
			break;
	if (text.len < 2)
		return -1;
	span_skip(&text, 2);
	for (i = s->depth; i-- > 0;) {
		b = s->path[i].boundary;
		if (b.len == 0 || text.len < b.len ||
			memcmp(text.data, b.data, b.len) != 0)
			continue;
		*last = span_is(span_from(text, b.len), "--");
		if (*last || text.len == b.len)
			return (int)i;
	}
	return -1;
}

/* Where the line that ends at AT ends without its line end. */
static size_t
before_line_end(struct span in, size_t at)
{
	if (at > 0 && in.data[at - 1] == '\n') {
		at--;
		if (at > 0 && in.data[at - 1] == '\r')
			at--;
	}
	return at;
}

/* False: the header ended before this line, which is still to be looked at. */
static bool
header_line(struct splitter *s, struct span line, size_t at, size_t next)
{
	bool blank = span_trim(line).len == 0;

	if (line_text(line).len == 0 || (blank && !s->any_field)) {
		end_header(s, at, next);
		return true;
	}
	/* What a mailbox file puts in front of a message. */
	if (at == 0 && span_begins(line, "From ")) {
		last_entity(s)->head_at = next;
		last_entity(s)->body_at = next;
		return true;
	}
	if (!(s->any_field && is_blank(line.data[0])) && !field_begins(line)) {
		end_header(s, at, at);
		return false;
	}
	s->any_field = true;
	return true;
}

/* Is LINE a delimiter?  Then what it ends, ends, and what it begins, begins. */
static bool
delimiter_line(struct splitter *s, struct span line, size_t at, size_t next)
{
	bool last = false;
	int depth = find_delimiter(s, line, &last);

	if (depth < 0)
		return false;
	close_entities(s, (size_t)depth + 1, before_line_end(s->in, at));
	/* One with nothing at all behind it delimits no further part. */
	if (last || next == s->in.len || !open_entity(s, next))
		s->path[depth].boundary.len = 0;
	return true;
}

void
split_entity(struct arena *a, struct span in, const struct split_limits *l,
	struct limits *hit, struct split *out)
{
	struct splitter s = {.arena = a, .in = in, .limits = l, .hit = hit};
	struct span left = in, line;
	size_t at = 0, next;
	bool taken;

	open_entity(&s, 0);
	for (; take_line(&left, &line); at = next) {
		next = at + line.len;
		/* A line that ends a header may be a delimiter only then. */
		do {
			taken = delimiter_line(&s, line, at, next);
			if (taken || !s.in_header)
				break;
			taken = header_line(&s, line, at, next);
		} while (!taken);
	}
	close_entities(&s, 0, in.len);
	out->entities = s.entities;
	out->count = s.count;
}
