#include "mail/read.h"

#include <string.h>

#include "base/hash.h"
#include "mail/absence.h"
#include "mail/address.h"
#include "mail/authres.h"
#include "mail/decode.h"
#include "mail/delivery.h"
#include "mail/field.h"
#include "mail/header.h"
#include "mail/html.h"
#include "mail/robot.h"
#include "mail/text.h"
#include "mail/walk.h"

void
mail_read_open(void)
{
	hash_open();
	decode_open();
	html_open();
}

/*
 * Fields that a protected header lacks are not taken from outside, where
 * anybody may have put them.  The exception is what only keeps threads
 * together and dates mails; programs that protect no more than the subject
 * would fall out of their threads, and to forge these gains nothing: a minted
 * Message-ID proves itself, and windows are counted from what was signed.
 */
static void
keep_bookkeeping(struct mail_header *h, const struct mail_header *outer)
{
	if (h->date == 0)
		h->date = outer->date;
	if (h->message_id[0] == '\0')
		h->message_id = outer->message_id;
	if (h->in_reply_to_count == 0 && h->references_count == 0) {
		h->in_reply_to = outer->in_reply_to;
		h->in_reply_to_count = outer->in_reply_to_count;
		h->references = outer->references;
		h->references_count = outer->references_count;
	}
}

static bool
has_address(const struct mail_header *h, const char *address)
{
	size_t i;

	for (i = 0; i < h->from_count; i++)
		if (strcmp(h->from[i].address, address) == 0 ||
			address_same(h->from[i].address, address))
			return true;
	return false;
}

/* A protected header without From differs from nothing. */
static bool
senders_differ(const struct mail_header *a, const struct mail_header *b)
{
	size_t i;

	if (a->from_count == 0)
		return false;
	if (a->from_count != b->from_count)
		return true;
	for (i = 0; i < a->from_count; i++)
		if (!has_address(b, a->from[i].address))
			return true;
	return false;
}

/* What machines on the way, our own among them, say of the mail. */
static void
read_bookkeeping(struct walk *w, struct span head)
{
	const struct conf *conf = w->o->conf;
	const struct border border = {.id = conf->authserv_id,
		.hostname = conf->hostname,
		.domain = address_domain(conf->address)};
	struct reading *r = w->r;
	const char *from = "";
	struct span body;

	if (r->outer.from_count == 1 &&
		(from = strrchr(r->outer.from[0].address, '@')) != NULL)
		from++;
	authres_read(w->arena, head, &border, from != NULL ? from : "",
		&r->authentication);
	delivery_read(w->arena, w->sources[0].bytes, &w->outer, &r->delivery);
	r->spam = robot_marked_spam(head);
	r->loop_mark = arena_strdup(w->arena, "");
	if (field_find(head, ROBOT_LOOP_FIELD, &body))
		r->loop_mark =
			clean_line(w->arena, span_trim(body), CASE_TOKEN_CHARS);
}

static void
read_outer(struct walk *w)
{
	const struct conf *conf = w->o->conf;
	const struct entity *root = &w->outer.entities[0];
	struct span head = entity_head(
		w->sources[0].bytes, root, (size_t)conf->header_size);
	struct reading *r = w->r;

	header_read(
		w->arena, head, (size_t)conf->addresses, &w->hit, &r->outer);
	r->robot = arena_strdup(
		w->arena, robot_reason(head, &r->outer, &w->outer));
	read_bookkeeping(w, head);
	keys_autocrypt(w, head);
	if (r->protected_header) {
		keep_bookkeeping(&r->header, &r->outer);
		r->from_differs = senders_differ(&r->header, &r->outer);
	} else {
		r->header = r->outer;
	}
}

static void
read_texts(struct walk *w)
{
	size_t max = (size_t)w->o->conf->text_size;
	struct buf text = BUF_INIT(max), own = BUF_INIT(max + 1),
		   quoted = BUF_INIT(max + 1);
	struct reading *r = w->r;

	texts_collect(w, &text);
	words_find(w, buf_view(&text));
	reply_split(buf_view(&text), &own, &quoted);
	r->new_text = arena_dup(w->arena, own.data, own.len);
	r->quoted_text = arena_dup(w->arena, quoted.data, quoted.len);
	buf_release(&text);
	buf_release(&own);
	buf_release(&quoted);
	if (robot_answers_for_somebody(r->robot))
		r->absence = absence_end(span_of(r->new_text), r->outer.date);
	orders_read(w);
}

static void
list_limits(struct walk *w)
{
	struct reading *r = w->r;
	int i;

	r->limits = arena_calloc(w->arena, LIMIT__COUNT, sizeof(*r->limits));
	for (i = 0; i < LIMIT__COUNT; i++)
		if (w->hit.hit[i])
			r->limits[r->limits_count++] =
				arena_strdup(w->arena, mail_limit_name(i));
}

static void
list_repairs(struct walk *w)
{
	static const char *const names[] = {
		[REPAIR_EXCHANGE] = "exchange",
		[REPAIR_NO_VERSION] = "no-version",
		[REPAIR_TNEF] = "tnef",
	};
	struct reading *r = w->r;
	int i;

	_Static_assert(countof(names) == REPAIR__COUNT, "a name for each");
	r->repairs = arena_calloc(w->arena, REPAIR__COUNT, sizeof(*r->repairs));
	for (i = 0; i < REPAIR__COUNT; i++)
		if (w->repaired[i])
			r->repairs[r->repairs_count++] =
				arena_strdup(w->arena, names[i]);
}

/* Lists are made as long as they may become, so that nothing moves. */
static void
make_lists(struct walk *w)
{
	size_t parts = (size_t)w->o->conf->parts;
	struct reading *r = w->r;

	r->parts = arena_calloc(w->arena, parts, sizeof(*r->parts));
	w->nodes = arena_calloc(w->arena, parts, sizeof(*w->nodes));
	r->sealed =
		arena_calloc(w->arena, READING_SEALED_MAX, sizeof(*r->sealed));
	r->keys = arena_calloc(w->arena, READING_KEYS_MAX, sizeof(*r->keys));
	w->used = arena_calloc(w->arena, w->sources_count, sizeof(*w->used));
}

void
mail_read(struct arena *a, const struct mail_source *sources, size_t count,
	const struct read_options *o, struct extract *x, struct reading *r)
{
	const struct place root = {.source = 0, .parent = -1, .envelope = true};
	size_t told = count - 1, items = (size_t)o->conf->sealed_parts;
	struct walk w = {.arena = a,
		.sources = sources,
		.sources_count = count,
		.o = o,
		.x = x,
		.r = r,
		.items_left = items > told ? items - told : 0};

	*r = (struct reading){.protected_header = false};
	make_lists(&w);
	walk_source(&w, &root);
	read_outer(&w);
	read_texts(&w);
	if (o->attachments)
		extract_attachments(&w);
	list_repairs(&w);
	list_limits(&w);
}
