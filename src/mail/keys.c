#include "mail/field.h"
#include "mail/header.h"
#include "mail/walk.h"

static void
add_key(struct walk *w, const struct mail_key *key)
{
	if (w->r->keys_count == READING_KEYS_MAX ||
		key->data.len > READING_KEY_BYTES)
		limit_note(&w->hit, LIMIT_KEYS);
	else if (key->data.len > 0)
		w->r->keys[w->r->keys_count++] = *key;
}

/* BODY decoded, from FROM to TO; a byte too much shows that it is too long. */
static struct span
decode_key(struct walk *w, struct span body, int encoding, int64_t from,
	int64_t to)
{
	struct buf bytes = BUF_INIT(READING_KEY_BYTES + 1);
	struct range_sink range = {
		.from = from, .to = to, .out = {sink_to_buf, &bytes}};
	const struct sink sink = {range_write, &range};
	struct span data;

	transfer_decode(body, encoding, &sink);
	data.data = arena_dup(w->arena, bytes.data, bytes.len);
	data.len = bytes.len;
	buf_release(&bytes);
	return data;
}

void
keys_add(struct walk *w, enum key_origin origin, size_t i, int64_t from,
	int64_t to)
{
	const struct mail_key key = {.origin = origin,
		.inside = w->nodes[i].place.inside,
		.address = arena_strdup(w->arena, ""),
		.data = decode_key(w, w->nodes[i].body, w->r->parts[i].encoding,
			from, to)};

	add_key(w, &key);
}

void
keys_autocrypt(struct walk *w, struct span head)
{
	const char *address = w->r->outer.autocrypt_address;
	struct mail_key key = {.origin = KEY_AUTOCRYPT};
	struct span data;

	/* Autocrypt Level 1, 2.3: not from a multipart/report. */
	if (address[0] == '\0' ||
		content_is(&w->outer.entities[0].content, "multipart/report") ||
		!autocrypt_read(head, address, &data))
		return;
	key.address = arena_strdup(w->arena, address);
	key.data = decode_key(w, data, ENCODING_BASE64, 0, -1);
	add_key(w, &key);
}
