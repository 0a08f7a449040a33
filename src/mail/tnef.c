#include "mail/tnef.h"

#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "mail/field.h"

#define SIGNATURE "\x78\x9f\x3e\x22"
#define SIGNATURE_BYTES 4
#define FRONT_BYTES 6 /* signature, and a key that nobody needs */
#define HEAD_BYTES 9 /* level, attribute, length */
#define SUM_BYTES 2

enum attribute {
	ATTACHMENT_BEGINS = 0x00069002,
	ATTACHMENT_TITLE = 0x00018010,
	ATTACHMENT_DATA = 0x0006800f
};

/* One attAttachData.  Its title may stand before or behind it. */
struct item {
	char title[TNEF_TITLE_MAX + 1];
	int group; /* number of its attachment */
	bool control; /* "Version: 1" of RFC 3156 */
};

/* A walk over the stream, which comes in pieces. */
struct tnef {
	const struct sink *to; /* NULL: look at the titles only */
	struct hasher *hasher; /* then */
	const char *boundary;
	struct item items[TNEF_ATTACHMENTS_MAX];
	int count; /* items met in this walk */
	int group;
	/* The attribute in work. */
	unsigned char head[HEAD_BYTES];
	size_t need, have; /* bytes of head: wanted, there */
	uint32_t attribute, left, sum;
	char text[TNEF_TITLE_MAX + 1]; /* the beginning of its data */
	size_t text_len;
	bool wanted;
};

static uint32_t
little_endian(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		(uint32_t)p[3] << 24;
}

static void
put(struct tnef *t, const char *data, size_t len)
{
	if (t->wanted && t->to != NULL && len > 0)
		t->wanted = t->to->write(t->to->arg, data, len);
}

static void
put_text(struct tnef *t, const char *text)
{
	put(t, text, strlen(text));
}

static void
put_part_head(struct tnef *t, const struct item *item)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *p;
	char escape[3];

	put_text(t, "\r\n--");
	put_text(t, t->boundary);
	put_text(t, "\r\nContent-Type: ");
	put_text(t,
		item->control ? "application/pgp-encrypted"
			      : "application/octet-stream");
	put_text(t,
		"\r\nContent-Transfer-Encoding: binary"
		"\r\nContent-Disposition: attachment; filename*=''");
	for (p = item->title; *p != '\0'; p++) {
		escape[0] = '%';
		escape[1] = digits[(unsigned char)*p >> 4];
		escape[2] = digits[(unsigned char)*p & 15];
		put(t, escape, sizeof(escape));
	}
	put_text(t, "\r\n\r\n");
}

static bool
is_item(const struct tnef *t)
{
	return t->attribute == ATTACHMENT_DATA &&
		t->count < TNEF_ATTACHMENTS_MAX;
}

static void
begin_attribute(struct tnef *t)
{
	t->attribute = little_endian(t->head + 1);
	t->left = little_endian(t->head + 5);
	t->sum = SUM_BYTES;
	t->text_len = 0;
	if (t->attribute == ATTACHMENT_BEGINS)
		t->group++;
	else if (t->to != NULL && is_item(t))
		put_part_head(t, &t->items[t->count]);
}

static void
note_title(struct tnef *t)
{
	struct item *item;
	int i;

	t->text[t->text_len] = '\0';
	for (i = 0; i < TNEF_ATTACHMENTS_MAX; i++) {
		item = &t->items[i];
		if ((i < t->count && item->group == t->group) || i == t->count)
			memcpy(item->title, t->text, sizeof(item->title));
	}
	if (t->count < TNEF_ATTACHMENTS_MAX)
		t->items[t->count].group = t->group;
}

/* The first walk: what is known at the end of an attribute. */
static void
note_attribute(struct tnef *t)
{
	struct span text = span_trim((struct span){t->text, t->text_len});
	struct item *item;

	if (t->attribute == ATTACHMENT_TITLE)
		note_title(t);
	if (!is_item(t))
		return;
	item = &t->items[t->count];
	/* A title that came before belonged to another one. */
	if (item->group != t->group)
		item->title[0] = '\0';
	item->group = t->group;
	item->control = span_begins_nocase(text, "Version: 1") &&
		text.len == strlen("Version: 1");
}

static void
end_attribute(struct tnef *t)
{
	if (t->to == NULL)
		note_attribute(t);
	if (is_item(t))
		t->count++;
	t->have = 0;
	t->need = HEAD_BYTES;
}

/* Data of the attribute, as much of S as is its own. */
static void
take_data(struct tnef *t, struct span *s)
{
	struct span piece = span_front(*s, t->left);
	size_t room = TNEF_TITLE_MAX - t->text_len, n;

	n = piece.len < room ? piece.len : room;
	memcpy(t->text + t->text_len, piece.data, n);
	t->text_len += n;
	if (is_item(t))
		put(t, piece.data, piece.len);
	t->left -= (uint32_t)piece.len;
	span_skip(s, piece.len);
}

static void
take_sum(struct tnef *t, struct span *s)
{
	size_t n = s->len < t->sum ? s->len : t->sum;

	t->sum -= (uint32_t)n;
	span_skip(s, n);
	if (t->sum == 0)
		end_attribute(t);
}

/* Of a head, or of the front of the stream. */
static void
take_head(struct tnef *t, struct span *s)
{
	size_t n = t->need - t->have;

	n = s->len < n ? s->len : n;
	memcpy(t->head + t->have, s->data, n);
	t->have += n;
	span_skip(s, n);
	if (t->have < t->need)
		return;
	if (t->need == HEAD_BYTES) {
		begin_attribute(t);
		return;
	}
	if (memcmp(t->head, SIGNATURE, SIGNATURE_BYTES) != 0)
		t->wanted = false;
	t->have = 0;
	t->need = HEAD_BYTES;
}

static bool
tnef_write(void *arg, const void *data, size_t len)
{
	struct tnef *t = arg;
	struct span s = {data, len};

	if (t->hasher != NULL)
		hasher_add(t->hasher, data, len);
	while (s.len > 0 && t->wanted) {
		if (t->have < t->need)
			take_head(t, &s);
		else if (t->left > 0)
			take_data(t, &s);
		else
			take_sum(t, &s);
	}
	return t->wanted;
}

static void
walk(struct tnef *t, struct span body, int encoding)
{
	const struct sink sink = {tnef_write, t};

	t->count = t->group = 0;
	t->left = t->sum = 0;
	t->have = 0;
	t->need = FRONT_BYTES;
	t->wanted = true;
	transfer_decode(body, encoding, &sink);
	/* Cut off inside of an attribute: what there was of it counts. */
	if (t->have == t->need && t->need == HEAD_BYTES)
		end_attribute(t);
}

bool
tnef_begins(struct span head)
{
	return head.len >= FRONT_BYTES &&
		memcmp(head.data, SIGNATURE, SIGNATURE_BYTES) == 0;
}

bool
tnef_unpack(struct span body, int encoding, const struct sink *to)
{
	struct tnef t = {.hasher = hasher_new()};
	char boundary[HASH_HEX];
	struct hash hash;

	walk(&t, body, encoding);
	/* Nothing can hold its own hash: no data looks like the boundary. */
	hash = hasher_finish(&t.hasher);
	hex_of(hash.bytes, sizeof(hash.bytes), boundary);
	t.boundary = boundary;
	t.to = to;
	t.wanted = true;
	put_text(&t, "Content-Type: multipart/mixed; boundary=");
	put_text(&t, boundary);
	put_text(&t, "\r\n");
	if (t.wanted)
		walk(&t, body, encoding);
	put_text(&t, "\r\n--");
	put_text(&t, boundary);
	put_text(&t, "--\r\n");
	return t.wanted;
}
