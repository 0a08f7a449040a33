#include "mail/walk.h"

#include <string.h>
#include <strings.h>

#include "mail/decode.h"
#include "mail/field.h"
#include "mail/tnef.h"

#define TYPE_MAX 256
#define NAME_BYTES 255
#define CHARSET_BYTES 64

/* The name alone: a directory in it is none of ours. */
static char *
part_name(struct arena *a, const struct content *c)
{
	struct span name = span_of(c->filename), rest;
	struct buf text = BUF_INIT(READING_LINE_MAX);
	const char *slash;
	char *out;

	decode_words(name, &text);
	for (rest = buf_view(&text);;) {
		slash = memrchr(rest.data, '/', rest.len);
		if (slash == NULL)
			slash = memrchr(rest.data, '\\', rest.len);
		if (slash == NULL)
			break;
		rest = span_from(rest, (size_t)(slash + 1 - rest.data));
	}
	out = clean_line(a, rest, NAME_BYTES);
	buf_release(&text);
	return out;
}

/* A multipart without boundary, or without any part, is shown, not hidden: it
 * is read as text, whatever it is called. */
static const struct content *
content_of(struct arena *a, const struct entity *e)
{
	struct content *plain;

	if (e->children > 0 || e->cut ||
		!content_is_under(&e->content, "multipart/"))
		return &e->content;
	plain = arena_alloc(a, sizeof(*plain));
	*plain = e->content;
	plain->type = arena_strdup(a, "text/plain");
	return plain;
}

size_t
part_add(struct walk *w, const struct place *place, const struct entity *e)
{
	size_t i = w->r->parts_count++;
	struct mail_part *p = &w->r->parts[i];
	struct node *n = &w->nodes[i];
	const struct content *c = content_of(w->arena, e);

	*p = (struct mail_part){.parent = place->parent,
		.source = place->source,
		.role = PART_ATTACHMENT,
		.encoding = c->encoding,
		.type = clean_line(
			w->arena, span_of(e->content.type), TYPE_MAX),
		.name = part_name(w->arena, c),
		.charset = clean_line(w->arena,
			span_of(content_param(c, "charset")), CHARSET_BYTES),
		.head_at = (int64_t)e->head_at,
		.head_len = (int64_t)e->head_len,
		.body_at = (int64_t)e->body_at,
		.body_len = (int64_t)e->body_len,
		.size = -1,
		.hash = arena_strdup(w->arena, "")};
	n->content = c;
	n->place = *place;
	n->body = (struct span){
		w->sources[place->source].bytes.data + e->body_at, e->body_len};
	return i;
}

static bool
look_write(void *arg, const void *data, size_t len)
{
	struct look *l = arg;
	size_t room = sizeof(l->head) - l->head_len;
	size_t n = len < room ? len : room;

	memcpy(l->head + l->head_len, data, n);
	l->head_len += n;
	l->size += (int64_t)len;
	if (l->scan)
		armor_feed(&l->scanner, data, len);
	return true;
}

void
part_look(const struct walk *w, size_t i, bool scan, struct look *l)
{
	const struct sink sink = {look_write, l};

	*l = (struct look){.scan = scan};
	transfer_decode(w->nodes[i].body, w->r->parts[i].encoding, &sink);
	if (scan)
		armor_end(&l->scanner);
}

struct span
look_head(const struct look *l)
{
	return (struct span){l->head, l->head_len};
}

static bool
name_ends(const struct mail_part *p, const char *const *endings, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (span_ends_nocase(span_of(p->name), endings[i]))
			return true;
	return false;
}

/* An attachment that holds an OpenPGP message, whatever it is called. */
static bool
is_pgp_file(
	const struct mail_part *p, const struct content *c, struct span head)
{
	static const char *const endings[] = {".pgp", ".gpg", ".asc"};
	bool named = name_ends(p, endings, countof(endings)) ||
		content_is(c, "application/pgp-encrypted") ||
		content_is(c, "application/pgp");

	if (armor_begins(head) == ARMOR_MESSAGE)
		return named || content_is(c, "application/octet-stream");
	return named && packets_begin(head);
}

/* What CMS item a leaf is; SEALED__COUNT for none. */
static enum sealed_kind
cms_item(const struct mail_part *p, const struct content *c, struct span head)
{
	static const char *const endings[] = {".p7m", ".p7c"};
	const char *type = content_param(c, "smime-type");
	enum cms_kind kind = cms_begins(head);

	if (!content_is(c, "application/pkcs7-mime") &&
		!content_is(c, "application/x-pkcs7-mime") &&
		!name_ends(p, endings, 1))
		return SEALED__COUNT;
	/* Of PEM the front does not show the kind. */
	if (kind == CMS_NONE && cms_pem_begins(head))
		kind = strcasecmp(type, "signed-data") == 0 ? CMS_SIGNED
							    : CMS_ENVELOPED;
	if (kind == CMS_NONE || strcasecmp(type, "certs-only") == 0)
		return SEALED__COUNT;
	return kind == CMS_SIGNED ? SEALED_SMIME_SIGNED
				  : SEALED_SMIME_ENVELOPED;
}

/*
 * May a leaf be read as text of the mail?  One with a name is a file, unless
 * it says that it stands inline, or is the first text there is.
 */
bool
part_may_be_text(const struct walk *w, size_t i)
{
	const struct content *c = w->nodes[i].content;

	return (content_is(c, "text/plain") || content_is(c, "text/html")) &&
		!c->attachment &&
		(c->is_inline || c->filename[0] == '\0' || !w->text_seen);
}

enum sealed_kind
part_sealed_kind(const struct walk *w, size_t i, struct span head)
{
	const struct mail_part *p = &w->r->parts[i];
	const struct node *n = &w->nodes[i];
	enum sealed_kind kind;

	if (n->place.standing == STANDS_AS_CIPHERTEXT)
		return SEALED_PGP_ENCRYPTED;
	if (content_is_message(n->content))
		return SEALED_MESSAGE; /* encoded: else it has a child */
	if (tnef_begins(head))
		return SEALED_TNEF;
	kind = cms_item(p, n->content, head);
	if (kind == SEALED__COUNT && !part_may_be_text(w, i) &&
		is_pgp_file(p, n->content, head))
		kind = SEALED_PGP_FILE;
	return kind;
}

bool
part_holds_key(const struct walk *w, size_t i, struct span head)
{
	return content_is(w->nodes[i].content, "application/pgp-keys") ||
		armor_begins(head) == ARMOR_PUBLIC_KEY;
}

bool
part_holds_certificate(const struct walk *w, size_t i, struct span head)
{
	static const char *const endings[] = {
		".pem", ".crt", ".cer", ".der", ".p7c"};
	static const char *const types[] = {"application/pkix-cert",
		"application/x-x509-ca-cert", "application/x-x509-user-cert"};
	const struct content *c = w->nodes[i].content;
	bool claims = name_ends(&w->r->parts[i], endings, countof(endings)) ||
		strcasecmp(content_param(c, "smime-type"), "certs-only") == 0;
	size_t k;

	for (k = 0; k < countof(types); k++)
		claims = claims || content_is(c, types[k]);
	return claims &&
		(certificate_begins(head) || cms_begins(head) == CMS_SIGNED);
}
