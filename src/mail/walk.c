#include "mail/walk.h"

#include <string.h>
#include <strings.h>

#include "mail/field.h"
#include "mail/header.h"

#define PGP_SIGNATURE "-----BEGIN PGP SIGNATURE-----"

/* An entity in the walk of its source; what concerns its children. */
struct visit {
	size_t part;
	size_t met; /* children so far */
	enum {
		HOLDS_PARTS,
		HOLDS_SIGNED,
		HOLDS_ENCRYPTED
	} holds;
	bool layer; /* it is one of the envelope's */
	bool wrapper; /* of the payload: no forwarded message */
	size_t ciphertext; /* which child it is, of HOLDS_ENCRYPTED */
	bool control_met; /* the last child was "Version: 1" */
};

/*
 * The payload of the envelope is met: its header is the one that counts, if it
 * says so (RFC 9788, 4.1; the drafts before it said protected-headers="v1").
 */
static void
meet_payload(struct walk *w, size_t i, const struct entity *e)
{
	struct place *place = &w->nodes[i].place;
	const char *hp = content_param(&e->content, "hp");
	const char *old = content_param(&e->content, "protected-headers");
	const struct conf *conf = w->o->conf;

	if (w->payload_seen || !place->envelope || place->layers == 0)
		return;
	w->payload_seen = true;
	w->payload = i;
	if (!place->wrapped && strcasecmp(hp, "clear") != 0 &&
		strcasecmp(hp, "cipher") != 0 && strcasecmp(old, "v1") != 0)
		return;
	place->in_payload = w->r->protected_header = true;
	w->cipher = strcasecmp(hp, "cipher") == 0;
	header_read(w->arena,
		entity_head(w->sources[place->source].bytes, e,
			(size_t)conf->header_size),
		(size_t)conf->addresses, &w->hit, &w->r->header);
}

/* The walk of what ITEM was opened into. */
static void
open_item(struct walk *w, const struct mail_sealed *item)
{
	struct place p = w->nodes[item->part].place;

	if (item->opened == 0)
		return;
	if (p.standing != STANDS_AS_MANGLED)
		p.standing = STANDS_FREE;
	p.source = item->opened;
	p.parent = item->part;
	p.depth++;
	p.envelope = item->whole;
	p.layers += item->whole;
	p.inside = true;
	p.covered = p.wrapped = false;
	walk_source(w, &p);
}

/*
 * The walk of what I was packed around.  Until it is known that there is
 * anything in it, it is an attachment.
 */
static void
open_packed(struct walk *w, const struct mail_sealed *item, size_t i)
{
	struct place p = w->nodes[i].place;
	bool message = item->kind == SEALED_MESSAGE;
	size_t before = w->r->parts_count;

	if (item->opened == 0)
		return;
	p.standing = STANDS_FREE;
	p.source = item->opened;
	p.parent = item->part;
	p.depth++;
	p.envelope = p.alone = p.wrapped = false;
	p.in_message = p.covered = p.in_message || message;
	p.in_tnef = !message;
	walk_source(w, &p);
	/* The multipart that TNEF is unpacked into has a part of its own. */
	if (w->r->parts_count > before + !message)
		w->r->parts[i].role = message ? PART_MESSAGE : PART_MULTIPART;
}

/* A leaf that is sealed as a whole; false when it may not be listed. */
static bool
visit_sealed(struct walk *w, enum sealed_kind kind, size_t i, struct span head)
{
	const struct node *n = &w->nodes[i];
	const struct seal seal = {.kind = kind,
		.part = i,
		.at = w->r->parts[i].body_at,
		.whole = n->place.envelope && kind != SEALED_PGP_FILE,
		.armored = span_begins(span_trim(head), "-----BEGIN "),
		.payload = n->body,
		.to = -1,
		.encoding = w->r->parts[i].encoding};
	const struct mail_sealed *item = seal_add(w, &seal);

	if (item == NULL)
		return false;
	if (n->place.standing == STANDS_AS_MANGLED)
		w->repaired[REPAIR_EXCHANGE] = true;
	if (sealed_is_packed(kind)) {
		open_packed(w, item, i);
		return true;
	}
	if (n->place.in_tnef)
		w->repaired[REPAIR_TNEF] = true;
	w->r->parts[i].role = PART_SEALED;
	open_item(w, item);
	return true;
}

/* Blocks in a text: each is an item, or a key, of its own. */
static void
visit_block(struct walk *w, size_t i, size_t number,
	const struct armor_block *b, bool only)
{
	const struct mail_part *p = &w->r->parts[i];
	struct node *n = &w->nodes[i];
	struct cut *cut = &n->cuts[n->cuts_count];
	const struct seal seal = {.kind = b->kind == ARMOR_MESSAGE
			? SEALED_PGP_INLINE
			: SEALED_PGP_CLEARSIGNED,
		.part = i,
		/* Within an encoded body only the order can be told. */
		.at = p->body_at +
			(p->encoding == ENCODING_IDENTITY ? b->at
							  : (int64_t)number),
		.whole = only && n->place.alone,
		.armored = true,
		.payload = n->body,
		.from = b->at,
		.to = b->end,
		.encoding = p->encoding};
	const struct mail_sealed *item;

	/* A key is in keys[], but only who looks into it can say that it is
	 * one: nothing is hidden that way. */
	if (b->kind == ARMOR_PUBLIC_KEY) {
		keys_add(w, KEY_ATTACHED, i, b->at, b->end);
		return;
	}
	item = seal_add(w, &seal);
	if (item == NULL || item->opened == 0)
		return; /* shown as it stands */
	*cut = (struct cut){
		.at = b->at, .end = b->end, .child = (int)w->r->parts_count};
	n->cuts_count++;
	open_item(w, item);
	if (w->r->parts_count == (size_t)cut->child)
		cut->child = -1; /* a limit forbade to walk it */
}

static void
visit_text(struct walk *w, size_t i, const struct armor_scanner *s)
{
	struct node *n = &w->nodes[i];
	size_t k;

	if (s->more)
		limit_note(&w->hit, LIMIT_SEALED_PARTS);
	n->only_blocks = s->count > 0 && !s->outside;
	n->cuts = arena_calloc(w->arena, s->count, sizeof(*n->cuts));
	for (k = 0; k < s->count; k++)
		visit_block(
			w, i, k, &s->block[k], n->only_blocks && s->count == 1);
}

/* The drafts before RFC 9788 had a first part as their legacy display. */
static bool
is_legacy_display(const struct walk *w, size_t i)
{
	const struct node *n = &w->nodes[i];

	return n->place.in_payload && i == w->payload + 1 &&
		strcasecmp(content_param(n->content, "protected-headers"),
			"v1") == 0 &&
		(content_is(n->content, "text/rfc822-headers") ||
			content_is(n->content, "text/plain"));
}

static void
visit_leaf(struct walk *w, const struct entity *e, size_t i, struct visit *up)
{
	struct mail_part *p = &w->r->parts[i];
	struct node *n = &w->nodes[i];
	bool text = part_may_be_text(w, i);
	enum sealed_kind kind;
	struct look look;

	part_look(w, i, text && !content_is(n->content, "text/html"), &look);
	p->size = look.size;
	kind = part_sealed_kind(w, i, look_head(&look));
	if (n->place.standing == STANDS_AS_SIGNATURE) {
		p->role = PART_SIGNATURE;
	} else if (kind != SEALED__COUNT &&
		visit_sealed(w, kind, i, look_head(&look))) {
		return;
	} else if (content_is(n->content, "application/pgp-encrypted")) {
		p->role = PART_CONTROL;
		up->control_met = true;
	} else if (is_legacy_display(w, i)) {
		p->role = PART_UNSHOWN;
	} else {
		meet_payload(w, i, e);
		n->may_be_text = text && !n->place.in_message;
		n->legacy = n->place.in_payload && w->cipher &&
			strcmp(content_param(n->content, "hp-legacy-display"),
				"1") == 0;
		w->text_seen = w->text_seen || n->may_be_text;
		if (text)
			visit_text(w, i, &look.scanner);
		else if (part_holds_key(w, i, look_head(&look)))
			keys_add(w, KEY_ATTACHED, i, 0, -1);
		else if (part_holds_certificate(w, i, look_head(&look)))
			keys_add(w, KEY_CERTIFICATE, i, 0, -1);
	}
}

/* Child number ORDINAL of entity I, or NULL. */
static const struct entity *
child_of(const struct split *s, size_t i, size_t ordinal)
{
	size_t k;

	for (k = i + 1; k < s->count; k++)
		if (s->entities[k].parent == (int)i && ordinal-- == 0)
			return &s->entities[k];
	return NULL;
}

/* Who signed, PGP or S/MIME, is told by the signature, else by the parent. */
static enum sealed_kind
signed_kind(const struct content *c, const struct content *signature)
{
	static const struct {
		const char *type;
		enum sealed_kind kind;
	} types[] = {
		{"application/pgp-signature", SEALED_PGP_SIGNED},
		{"application/pkcs7-signature", SEALED_SMIME_DETACHED},
		{"application/x-pkcs7-signature", SEALED_SMIME_DETACHED},
	};
	size_t i;

	for (i = 0; i < countof(types); i++)
		if (content_is(signature, types[i].type))
			return types[i].kind;
	for (i = 0; i < countof(types); i++)
		if (strcasecmp(content_param(c, "protocol"), types[i].type) ==
			0)
			return types[i].kind;
	return SEALED__COUNT;
}

static struct span
body_of(struct span in, const struct entity *e)
{
	return span_front(span_from(in, e->body_at), e->body_len);
}

static void
visit_signed(struct walk *w, const struct split *s, size_t i, struct visit *v)
{
	const struct entity *e = &s->entities[i];
	const struct entity *content = child_of(s, i, 0);
	const struct entity *signature = child_of(s, i, 1);
	const struct node *n = &w->nodes[v->part];
	struct span in = w->sources[n->place.source].bytes;
	struct seal seal = {.part = v->part, .at = (int64_t)e->body_at};
	const struct mail_sealed *item;

	if (signature == NULL)
		return;
	seal.signature = body_of(in, signature);
	seal.encoding = signature->content.encoding;
	seal.armored = seal.encoding == ENCODING_IDENTITY &&
		span_begins(span_trim(seal.signature), PGP_SIGNATURE);
	seal.kind = signed_kind(&e->content, &signature->content);
	if (seal.kind == SEALED__COUNT && seal.armored)
		seal.kind = SEALED_PGP_SIGNED;
	if (seal.kind == SEALED__COUNT)
		return;
	seal.whole = n->place.envelope && e->children == 2;
	seal.payload = span_front(span_from(in, content->head_at),
		content->end - content->head_at);
	item = seal_add(w, &seal);
	v->holds = HOLDS_SIGNED;
	v->layer = item != NULL && item->whole;
}

static void
visit_encrypted(
	struct walk *w, const struct split *s, size_t i, struct visit *v)
{
	const struct entity *e = &s->entities[i];
	const struct entity *control = child_of(s, i, 0);
	bool has_control =
		content_is(&control->content, "application/pgp-encrypted");
	const struct seal empty = {.kind = SEALED_PGP_ENCRYPTED,
		.part = v->part,
		.at = (int64_t)e->body_at,
		.whole = w->nodes[v->part].place.envelope,
		.payload = {.data = "", .len = 0},
		.to = -1};

	if (!has_control &&
		strcasecmp(content_param(&e->content, "protocol"),
			"application/pgp-encrypted") != 0)
		return;
	v->holds = HOLDS_ENCRYPTED;
	v->ciphertext = has_control || e->children > 1;
	/* Cut out on its way: what was encrypted is not there. */
	if (has_control && e->children == 1)
		seal_add(w, &empty);
	if (!has_control)
		w->repaired[REPAIR_NO_VERSION] = true;
	v->layer = has_control && e->children == 2 &&
		w->nodes[v->part].place.envelope;
}

/* An entity with children. */
static void
visit_container(
	struct walk *w, const struct split *s, size_t i, struct visit *v)
{
	const struct entity *e = &s->entities[i];
	struct place *place = &w->nodes[v->part].place;
	bool message = !content_is_under(&e->content, "multipart/");

	w->r->parts[v->part].role = message ? PART_MESSAGE : PART_MULTIPART;
	if (content_is(&e->content, "multipart/signed"))
		visit_signed(w, s, i, v);
	else if (content_is(&e->content, "multipart/encrypted"))
		visit_encrypted(w, s, i, v);
	v->wrapper = message && place->envelope && place->layers > 0 &&
		strcasecmp(content_param(&e->content, "forwarded"), "no") == 0;
	/* Its child is the payload, and it is no message of its own. */
	if (v->wrapper)
		w->r->parts[v->part].role = PART_MULTIPART;
	else if (!v->layer)
		meet_payload(w, v->part, e);
}

static struct place
place_of_child(const struct walk *w, struct visit *up)
{
	struct place p = w->nodes[up->part].place;
	size_t ordinal = up->met++;

	p.parent = (int)up->part;
	p.depth++;
	p.standing = STANDS_FREE;
	p.envelope = up->wrapper;
	p.wrapped = up->wrapper;
	if (up->holds == HOLDS_SIGNED && ordinal == 0) {
		p.envelope = up->layer;
		p.layers += up->layer;
	} else if (up->holds == HOLDS_SIGNED && ordinal == 1) {
		p.standing = STANDS_AS_SIGNATURE;
	} else if (up->holds == HOLDS_ENCRYPTED && ordinal == up->ciphertext) {
		p.standing = STANDS_AS_CIPHERTEXT;
		p.envelope = up->layer;
	} else if (w->r->parts[up->part].role == PART_MESSAGE) {
		p.in_message = p.covered = true;
		p.alone = false;
	} else if (up->control_met) {
		p.standing = STANDS_AS_MANGLED;
		up->control_met = false;
	}
	return p;
}

static bool
has_one_leaf(const struct split *s)
{
	size_t i, leaves = 0;

	for (i = 0; i < s->count; i++)
		leaves += s->entities[i].children == 0;
	return leaves == 1;
}

/* A source that is an entity, or a message. */
static void
walk_entity(struct walk *w, const struct place *root)
{
	const struct conf *conf = w->o->conf;
	const struct split_limits limits = {
		.depth = (size_t)conf->depth - root->depth,
		.parts = (size_t)conf->parts - w->r->parts_count,
		.header_size = (size_t)conf->header_size};
	struct visit *visits, none = {.part = 0};
	struct place place = *root;
	struct split s;
	size_t i;

	split_entity(
		w->arena, w->sources[root->source].bytes, &limits, &w->hit, &s);
	if (root->source == 0)
		w->outer = s;
	place.standing = STANDS_FREE;
	place.alone = root->envelope && has_one_leaf(&s);
	visits = arena_calloc(w->arena, s.count, sizeof(*visits));
	for (i = 0; i < s.count; i++) {
		if (w->r->parts_count == (size_t)conf->parts) {
			limit_note(&w->hit, LIMIT_PARTS);
			return;
		}
		if (i > 0)
			place = place_of_child(
				w, &visits[s.entities[i].parent]);
		visits[i].part = part_add(w, &place, &s.entities[i]);
		if (s.entities[i].children > 0)
			visit_container(w, &s, i, &visits[i]);
		else
			visit_leaf(w, &s.entities[i], visits[i].part,
				i > 0 ? &visits[s.entities[i].parent] : &none);
	}
}

/* The name of an encrypted file, as it was before. */
static char *
opened_name(struct arena *a, const char *name)
{
	const char *dot = strrchr(name, '.');

	return arena_dup(a, name,
		dot != NULL && dot != name ? (size_t)(dot - name)
					   : strlen(name));
}

/* A source that has no header: a text, or a file. */
static void
walk_bare(struct walk *w, const struct place *root)
{
	const struct mail_source *source = &w->sources[root->source];
	const struct mail_part *above = &w->r->parts[root->parent];
	bool text = source->kind == SOURCE_TEXT;
	struct entity *e = arena_alloc(w->arena, sizeof(*e));
	struct content_param *charset = arena_alloc(w->arena, sizeof(*charset));
	struct visit none = {.part = 0};
	struct place place = *root;

	e->body_len = e->end = source->bytes.len;
	charset->name = arena_strdup(w->arena, "charset");
	charset->value = above->charset;
	e->content = (struct content){
		.type = arena_strdup(w->arena,
			text ? "text/plain" : "application/octet-stream"),
		.params = charset,
		.count = text,
		.is_inline = text,
		.filename = text ? arena_strdup(w->arena, "")
				 : opened_name(w->arena, above->name)};
	place.alone = root->envelope;
	visit_leaf(w, e, part_add(w, &place, e), &none);
}

/* Does IN begin with a header that says what it is? */
static bool
has_content_type(struct span in)
{
	struct span line;

	if (!field_begins(in))
		return false;
	while (take_line(&in, &line) && span_trim(line).len > 0)
		if (span_begins_nocase(line, "content-type:"))
			return true;
	return false;
}

/*
 * A file that was opened may be a MIME entity: what Exchange left of RFC 3156
 * without its "Version: 1".  Its name then has no extension of a file in it.
 */
static bool
is_stray_entity(struct walk *w, const struct place *place)
{
	const struct mail_part *p = &w->r->parts[place->parent];
	bool entity = strchr(opened_name(w->arena, p->name), '.') == NULL &&
		has_content_type(w->sources[place->source].bytes);

	if (entity)
		w->repaired[REPAIR_NO_VERSION] = true;
	return entity;
}

void
walk_source(struct walk *w, const struct place *place)
{
	int kind = w->sources[place->source].kind;
	const struct conf *conf = w->o->conf;

	if (place->depth >= (size_t)conf->depth)
		limit_note(&w->hit, LIMIT_DEPTH);
	else if (w->r->parts_count >= (size_t)conf->parts)
		limit_note(&w->hit, LIMIT_PARTS);
	else if (place->source > 0 &&
		(kind == SOURCE_TEXT ||
			(kind == SOURCE_FILE &&
				place->standing != STANDS_AS_MANGLED &&
				!is_stray_entity(w, place))))
		walk_bare(w, place);
	else
		walk_entity(w, place);
}
