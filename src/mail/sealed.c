#include <string.h>

#include "base/hash.h"
#include "mail/field.h"
#include "mail/tnef.h"
#include "mail/walk.h"

#define FRONT_BYTES READ_SNIFF_BYTES

static bool
extract_write(struct walk *w, const void *data, size_t len)
{
	if (len == 0)
		return true;
	if (w->extract_full || w->x == NULL ||
		!w->x->write(w->x->arg, data, len)) {
		w->extract_full = true;
		return false;
	}
	w->x->written += (int64_t)len;
	return true;
}

/* Bytes on their way into the extract; the front is kept for a look. */
struct passage {
	struct walk *walk;
	struct buf front;
	struct hasher *hasher; /* or NULL */
};

static bool
passage_write(void *arg, const void *data, size_t len)
{
	struct passage *p = arg;

	sink_to_buf(&p->front, data, len);
	if (p->hasher != NULL)
		hasher_add(p->hasher, data, len);
	return extract_write(p->walk, data, len);
}

bool
range_write(void *arg, const void *data, size_t len)
{
	struct range_sink *r = arg;
	struct span s = {data, len};
	size_t n;

	n = r->from > r->at ? (size_t)(r->from - r->at) : 0;
	n = n < s.len ? n : s.len;
	span_skip(&s, n);
	r->at += (int64_t)n;
	if (r->to >= 0)
		s = span_front(s, r->to > r->at ? (size_t)(r->to - r->at) : 0);
	r->at += (int64_t)s.len;
	if (s.len > 0 && !r->out.write(r->out.arg, s.data, s.len))
		return false;
	return r->to < 0 || r->at < r->to;
}

/* The end of the run up to the next line that ends in LF alone. */
static size_t
canonical_run(struct span s)
{
	size_t i = 0;
	const char *end;

	while ((end = memchr(s.data + i, '\n', s.len - i)) != NULL) {
		i = (size_t)(end - s.data);
		if (i == 0 || s.data[i - 1] != '\r')
			return i;
		i++;
	}
	return s.len;
}

/* RFC 3156, 5; RFC 8551, 3.1.1: what is signed has CRLF at its line ends. */
static void
write_canonical(struct span s, const struct sink *to)
{
	size_t n;

	while (s.len > 0) {
		n = canonical_run(s);
		if (n > 0 && !to->write(to->arg, s.data, n))
			return;
		span_skip(&s, n);
		if (take_char(&s, '\n') && !to->write(to->arg, "\r\n", 2))
			return;
	}
}

/* Where what was written since START lies; 0 and 0 if it did not fit. */
static void
place_extract(struct walk *w, int64_t start, int64_t *at, int64_t *len)
{
	if (w->x == NULL)
		return;
	if (w->extract_full) {
		limit_note(&w->hit, LIMIT_EXTRACT);
		return;
	}
	*at = start;
	*len = w->x->written - start;
}

static int64_t
written(const struct walk *w)
{
	return w->x != NULL ? w->x->written : 0;
}

static void
extract_body(const struct seal *seal, const struct sink *to)
{
	struct range_sink range = {
		.from = seal->from, .to = seal->to, .out = *to};
	const struct sink sink = {range_write, &range};

	transfer_decode(seal->payload, seal->encoding, &sink);
}

/* The item's bytes into the extract; a detached one's signature as well. */
static void
extract_item(struct walk *w, const struct seal *seal, struct mail_sealed *item)
{
	struct passage p = {.walk = w, .front = BUF_INIT(FRONT_BYTES)};
	const struct sink sink = {passage_write, &p};
	int64_t start = written(w);
	const char *sniffed = NULL;

	if (sealed_is_detached(seal->kind)) {
		write_canonical(seal->payload, &sink);
		place_extract(w, start, &item->payload_at, &item->payload_len);
		buf_clear(&p.front);
		start = written(w);
		transfer_decode(seal->signature, seal->encoding, &sink);
		place_extract(
			w, start, &item->signature_at, &item->signature_len);
	} else {
		if (seal->kind == SEALED_TNEF)
			tnef_unpack(seal->payload, seal->encoding, &sink);
		else
			extract_body(seal, &sink);
		place_extract(w, start, &item->payload_at, &item->payload_len);
	}
	if (w->o->sniff != NULL && !sealed_is_packed(seal->kind))
		sniffed = w->o->sniff(w->arena, item, buf_view(&p.front));
	if (sniffed != NULL)
		item->sniffed = arena_strdup(w->arena, sniffed);
	buf_release(&p.front);
}

/* The source that tells of the item at AT, or 0. */
static size_t
find_source(struct walk *w, int source, int64_t at)
{
	size_t i;

	for (i = 1; i < w->sources_count; i++) {
		if (w->used[i] || w->sources[i].from_source != source ||
			w->sources[i].from_at != at)
			continue;
		w->used[i] = true;
		return i;
	}
	return 0;
}

/* What is known of an item, by the source that tells of it. */
static void
set_state(const struct walk *w, struct mail_sealed *item, size_t source)
{
	int kind = w->sources[source].kind;

	if (source == 0)
		item->state = SEALED_NEW;
	else if (kind == SOURCE_FAILED)
		item->state = SEALED_FAILED;
	else if (sealed_is_detached(item->kind))
		item->state = SEALED_OPENED;
	else if (kind == SOURCE_VERIFIED)
		item->state = SEALED_FAILED; /* verified, but nothing in it */
	else {
		item->state = SEALED_OPENED;
		item->opened = (int)source;
	}
}

const struct mail_sealed *
seal_add(struct walk *w, const struct seal *seal)
{
	int from = w->r->parts[seal->part].source;
	size_t source = find_source(w, from, seal->at);
	struct mail_sealed *item;

	if (w->r->sealed_count == READING_SEALED_MAX ||
		(source == 0 && w->items_left == 0)) {
		limit_note(&w->hit, LIMIT_SEALED_PARTS);
		return NULL;
	}
	item = &w->r->sealed[w->r->sealed_count++];
	*item = (struct mail_sealed){.part = (int)seal->part,
		.kind = seal->kind,
		.whole = seal->whole,
		.armored = seal->armored,
		.source = from,
		.at = seal->at,
		.sniffed = arena_strdup(w->arena, "")};
	set_state(w, item, source);
	if (item->state == SEALED_NEW) {
		w->items_left--;
		extract_item(w, seal, item);
	}
	return item;
}

/* Ciphertext that nobody can open is handed on like any other file. */
static bool
is_file(const struct walk *w, size_t i)
{
	const struct mail_part *p = &w->r->parts[i];
	size_t k;

	if (w->nodes[i].place.covered || w->nodes[i].may_be_text)
		return false;
	for (k = 0; p->role == PART_SEALED && k < w->r->sealed_count; k++)
		if (w->r->sealed[k].part == (int)i &&
			w->r->sealed[k].state == SEALED_FAILED)
			return true;
	return p->role == PART_ATTACHMENT || p->role == PART_MESSAGE;
}

static void
extract_attachment(struct walk *w, size_t i)
{
	struct mail_part *p = &w->r->parts[i];
	struct passage passage = {
		.walk = w, .front = BUF_INIT(0), .hasher = hasher_new()};
	const struct sink sink = {passage_write, &passage};
	int64_t start = written(w);
	char hex[HASH_HEX];
	struct hash hash;

	transfer_decode(w->nodes[i].body, p->encoding, &sink);
	place_extract(w, start, &p->out_at, &p->out_len);
	hash = hasher_finish(&passage.hasher);
	if (w->extract_full)
		return;
	hex_of(hash.bytes, sizeof(hash.bytes), hex);
	p->hash = arena_strdup(w->arena, hex);
	p->size = p->out_len;
}

void
extract_attachments(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->r->parts_count && !w->extract_full; i++)
		if (is_file(w, i))
			extract_attachment(w, i);
}
