#include "mail/header.h"

#include <ctype.h>
#include <string.h>

#include "mail/address.h"
#include "mail/decode.h"
#include "mail/field.h"

#define ID_MAX 998
#define ID_IN_REPLY_TO_MAX 20
#define LINE_BYTES (1 << 20)

enum list {
	LIST_FROM,
	LIST_TO,
	LIST_CC,
	LIST_REPLY_TO,
	LIST__COUNT
};

static const char *const list_names[] = {
	[LIST_FROM] = "from",
	[LIST_TO] = "to",
	[LIST_CC] = "cc",
	[LIST_REPLY_TO] = "reply-to",
};
_Static_assert(countof(list_names) == LIST__COUNT, "a name for each list");

/* A header in work. */
struct reader {
	struct arena *arena;
	struct limits *hit;
	size_t addresses; /* of all lists together there may be so many */
	struct address_list list[LIST__COUNT];
	struct mail_header *h;
};

static void
read_address_field(struct reader *r, const struct field *f)
{
	size_t i, others = 0;

	for (i = 0; i < LIST__COUNT; i++)
		others += r->list[i].count;
	for (i = 0; i < LIST__COUNT; i++) {
		if (!span_is_nocase(f->name, list_names[i]))
			continue;
		others -= r->list[i].count;
		if (!decode_addresses(r->arena, f->body, r->addresses - others,
			    &r->list[i]))
			limit_note(r->hit, LIMIT_ADDRESSES);
	}
}

static void
give_lists(struct reader *r)
{
	struct mail_header *h = r->h;

	h->from = r->list[LIST_FROM].address;
	h->from_count = r->list[LIST_FROM].count;
	h->to = r->list[LIST_TO].address;
	h->to_count = r->list[LIST_TO].count;
	h->cc = r->list[LIST_CC].address;
	h->cc_count = r->list[LIST_CC].count;
	h->reply_to = r->list[LIST_REPLY_TO].address;
	h->reply_to_count = r->list[LIST_REPLY_TO].count;
}

static bool
is_id_char(char c)
{
	return (unsigned char)c > ' ' && c != 127 && c != '<' && c != '>';
}

/*
 * Take the next "<left@right>" off the front of *S; blanks inside, which
 * folding programs put there, are dropped.  The result has no <>; NULL when
 * there is no further one.
 */
static char *
take_id(struct arena *a, struct span *s)
{
	struct buf id = BUF_INIT(ID_MAX);
	const char *open;
	bool valid;
	char *out;

	while ((open = memchr(s->data, '<', s->len)) != NULL) {
		span_skip(s, (size_t)(open + 1 - s->data));
		buf_clear(&id);
		for (; s->len > 0; span_skip(s, 1)) {
			if (is_id_char(s->data[0]))
				buf_putc(&id, s->data[0]);
			else if (!is_space(s->data[0]))
				break;
		}
		valid = take_char(s, '>') && !id.failed &&
			memchr(id.data, '@', id.len) != NULL;
		if (!valid)
			continue;
		out = clean_line(a, buf_view(&id), ID_MAX);
		buf_release(&id);
		return out;
	}
	buf_release(&id);
	return NULL;
}

/* The last MAX message IDs, oldest first. */
static void
read_ids(struct reader *r, struct span body, size_t max, char ***list,
	size_t *count)
{
	char *ring[READING_REFERENCES_MAX] = {NULL}, *id;
	size_t i, n = 0;

	while ((id = take_id(r->arena, &body)) != NULL)
		ring[n++ % max] = id;
	if (n > max)
		limit_note(r->hit, LIMIT_REFERENCES);
	*count = n < max ? n : max;
	*list = arena_calloc(r->arena, *count, sizeof(**list));
	for (i = 0; i < *count; i++)
		(*list)[i] = ring[(n - *count + i) % max];
}

static char *
text_of(struct reader *r, struct span body)
{
	struct buf text = BUF_INIT(LINE_BYTES);
	char *out;

	decode_words(body, &text);
	out = clean_line(r->arena, buf_view(&text), READING_LINE_MAX);
	buf_release(&text);
	return out;
}

static void
read_id_field(struct reader *r, const struct field *f)
{
	struct mail_header *h = r->h;
	struct span body = f->body;
	char *id;

	if (span_is_nocase(f->name, "message-id") && h->message_id[0] == '\0') {
		if ((id = take_id(r->arena, &body)) != NULL)
			h->message_id = id;
	} else if (span_is_nocase(f->name, "in-reply-to") &&
		h->in_reply_to_count == 0) {
		read_ids(r, body, ID_IN_REPLY_TO_MAX, &h->in_reply_to,
			&h->in_reply_to_count);
	} else if (span_is_nocase(f->name, "references") &&
		h->references_count == 0) {
		read_ids(r, body, READING_REFERENCES_MAX, &h->references,
			&h->references_count);
	}
}

static const struct {
	const char *name;
	size_t offset;
} text_fields[] = {
	{"subject", offsetof(struct mail_header, subject)},
	{"auto-submitted", offsetof(struct mail_header, auto_submitted)},
	{"precedence", offsetof(struct mail_header, precedence)},
	{"list-id", offsetof(struct mail_header, list_id)},
	{"return-path", offsetof(struct mail_header, return_path)},
};

static char **
text_field(struct mail_header *h, size_t i)
{
	return (char **)((char *)h + text_fields[i].offset);
}

static void
read_text_field(struct reader *r, const struct field *f)
{
	char **text;
	size_t i;

	for (i = 0; i < countof(text_fields); i++) {
		text = text_field(r->h, i);
		if (span_is_nocase(f->name, text_fields[i].name) &&
			(*text)[0] == '\0')
			*text = text_of(r, f->body);
	}
}

static void
make_empty(struct arena *a, struct mail_header *h)
{
	size_t i;

	*h = (struct mail_header){.date = 0};
	for (i = 0; i < countof(text_fields); i++)
		*text_field(h, i) = arena_strdup(a, "");
	h->message_id = arena_strdup(a, "");
	h->autocrypt_address = arena_strdup(a, "");
}

void
header_read(struct arena *a, struct span head, size_t addresses,
	struct limits *hit, struct mail_header *h)
{
	struct reader r = {
		.arena = a, .hit = hit, .addresses = addresses, .h = h};
	struct span left = head, keydata;
	struct field f;

	make_empty(a, h);
	while (field_next(&left, &f)) {
		read_address_field(&r, &f);
		read_id_field(&r, &f);
		read_text_field(&r, &f);
		if (h->date == 0 && span_is_nocase(f.name, "date"))
			h->date = decode_date(f.body);
	}
	give_lists(&r);
	if (h->from_count == 1 &&
		autocrypt_read(head, h->from[0].address, &keydata))
		h->autocrypt_address = arena_strdup(a, h->from[0].address);
}

/* One attribute, "name=value" up to a semicolon; false at the end. */
static bool
take_attribute(struct span *s, struct span *name, struct span *value)
{
	const char *end;
	struct span one;
	size_t len;

	if (span_trim(*s).len == 0)
		return false;
	end = memchr(s->data, ';', s->len);
	one = span_front(*s, end != NULL ? (size_t)(end - s->data) : s->len);
	span_skip(s, one.len + (end != NULL));
	end = memchr(one.data, '=', one.len);
	len = end != NULL ? (size_t)(end - one.data) : one.len;
	*name = span_trim(span_front(one, len));
	*value = span_trim(span_from(one, len + (end != NULL)));
	return true;
}

/* Valid: addr and keydata, and of others only those that may be ignored. */
static bool
valid_autocrypt(struct span body, const char *from, struct span *keydata)
{
	struct span name, value, addr = {.data = ""};
	bool critical = false;

	*keydata = (struct span){.data = ""};
	while (take_attribute(&body, &name, &value)) {
		if (span_is(name, "addr"))
			addr = value;
		else if (span_is(name, "keydata"))
			*keydata = value;
		else if (!span_is(name, "prefer-encrypt") &&
			!span_begins(name, "_"))
			critical = true;
	}
	return !critical && keydata->len > 0 && from[0] != '\0' &&
		span_is_nocase(addr, from);
}

bool
autocrypt_read(struct span head, const char *from, struct span *keydata)
{
	struct span one;
	struct field f;
	size_t count = 0;

	while (field_next(&head, &f)) {
		if (span_is_nocase(f.name, "autocrypt") &&
			valid_autocrypt(f.body, from, &one)) {
			*keydata = one;
			count++;
		}
	}
	return count == 1;
}
