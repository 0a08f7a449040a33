#include "letters/letter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cases/ask.h"
#include "letters/date.h"
#include "letters/transcript.h"
#include "rules/quality.h"

#define SUBJECT_MAX 400
#define BODY_MAX (16 << 20)
#define DESCRIPTION_MAX 4000

/* What differs from kind to kind beside the template. */
static const struct {
	const char *outer_word; /* behind the case ID, outside */
	const char *auto_submitted; /* "" when a person wrote it */
	bool blind;
} kinds[] = {
	[LETTER_ACKNOWLEDGEMENT] = {"received", "auto-replied", true},
	[LETTER_REPORT] = {"report", ""},
	[LETTER_UPDATE] = {"message", ""},
	[LETTER_ASK] = {"question", ""},
	[LETTER_MESSAGE] = {"message", ""},
	[LETTER_ANSWER] = {"message", ""},
	[LETTER_OVERDUE] = {"reminder", "auto-generated"},
	[LETTER_TROUBLE] = {"trouble", "auto-generated"},
	[LETTER_TRANSCRIPT] = {"transcript", "auto-replied"},
	[LETTER_NOTICE] = {"notice", "auto-generated"},
	[LETTER_KEY] = {"key", "auto-generated"},
	[LETTER_KEY_WANTED] = {"key", "auto-generated", true},
};
_Static_assert(countof(kinds) == LETTER__COUNT, "a row for each kind");

bool
letter_is_blind(enum letter_kind kind)
{
	return kinds[kind].blind;
}

/* --- values --- */

static void
number(struct values *v, const char *name, int64_t n)
{
	char text[24] = "";

	if (n != 0)
		snprintf(text, sizeof(text), "%" PRId64, n);
	values_text(v, name, text);
}

static void
date(const struct letter_content *in, struct values *v, const char *name,
	int64_t instant, const char *language)
{
	char text[DATE_TEXT] = "";

	(void)in;
	if (instant != 0)
		date_text(instant, language, text);
	values_text(v, name, text);
}

static void
size(struct values *v, const char *name, int64_t bytes)
{
	char text[32];

	if (bytes < 0)
		snprintf(text, sizeof(text), "?");
	else if (bytes < 1024)
		snprintf(text, sizeof(text), "%" PRId64 " B", bytes);
	else if (bytes < 1024 * 1024)
		snprintf(text, sizeof(text), "%" PRId64 " KB", bytes / 1024);
	else
		snprintf(text, sizeof(text), "%" PRId64 " MB",
			bytes / 1024 / 1024);
	values_text(v, name, text);
}

static const char *
person_name(const struct letter_content *in, int64_t person)
{
	const char *name = NULL;

	if (person != 0 && in->name != NULL)
		name = in->name(in->name_arg, person);
	return name != NULL ? name : "";
}

static void
case_values(
	const struct letter_content *in, struct values *v, const char *language)
{
	const struct case_file *c = in->c;

	values_text(v, "organisation", in->conf->organisation);
	values_text(v, "address", in->conf->address);
	values_text(v, "policy_url", in->conf->policy_url);
	values_text(v, "openpgp", in->self->openpgp);
	values_text(v, "smime", in->self->smime);
	values_text(v, "id", c->public_id);
	values_text(v, "state", report_state_name(c->state));
	values_text(v, "assignee", person_name(in, c->assignee));
	date(in, v, "opened", c->opened, language);
	date(in, v, "answer_by", c->answered == 0 ? c->answer_by : 0, language);
	date(in, v, "answered", c->answered, language);
	date(in, v, "embargo_end", c->embargo_end, language);
	values_text(v, "key_attached", in->slim ? "" : "yes");
	values_text(v, "key_url", in->conf->key_url);
	values_text(v, "class", c->class);
	values_text(v, "held",
		c->acknowledgement.state == ACKNOWLEDGEMENT_HELD
			? c->acknowledgement.reason
			: "");
	date(in, v, "held_until", c->acknowledgement.until, language);
	values_text(v, "withheld",
		c->acknowledgement.state == ACKNOWLEDGEMENT_WITHHELD
			? c->acknowledgement.reason
			: "");
	values_text(v, "ref", in->ref);
	values_text(v, "command_token", in->command_token);
	values_text(v, "words", in->words);
	values_text(v, "title", in->title);
	values_text(v, "answered_subject",
		in->answers != NULL ? in->answers->subject : "");
}

/* Is it among what the letter asks for? */
static const char *
lacks_one(const struct facts *f, enum quality_aspect aspect)
{
	const char *lacks = facts_get(f, "lacks");

	return lacks != NULL &&
			strstr(lacks, quality_aspect_name(aspect)) != NULL
		? "yes"
		: "";
}

static void
lacks_values(const struct facts *f, struct values *v)
{
	values_text(v, "lacks_version", lacks_one(f, QUALITY_VERSION));
	values_text(v, "lacks_environment", lacks_one(f, QUALITY_ENVIRONMENT));
	values_text(v, "lacks_steps", lacks_one(f, QUALITY_STEPS));
	values_text(v, "lacks_proof", lacks_one(f, QUALITY_PROOF));
	values_text(v, "lacks_impact", lacks_one(f, QUALITY_IMPACT));
}

/* Of a LETTER_KEY: see cases/trust.c. */
static void
key_values(const char *outcome, struct values *v)
{
	values_text(v, "changed", strcmp(outcome, "changed") ? "" : "yes");
	values_text(v, "accepted", strcmp(outcome, "accepted") ? "" : "yes");
	values_text(v, "expiring", strcmp(outcome, "expiring") ? "" : "yes");
	values_text(v, "revoked", strcmp(outcome, "revoked") ? "" : "yes");
}

static void
fact_values(
	const struct letter_content *in, struct values *v, const char *language)
{
	const struct facts *f = &in->letter->order.facts;
	static const char *const names[] = {"kind", "outcome", "reason",
		"fingerprint", "instead", "unusable"};
	const char *text, *outcome = facts_get(f, "outcome");
	int64_t about = facts_number(f, "about", 0), expires = 0;
	size_t i;

	for (i = 0; i < countof(names); i++) {
		text = facts_get(f, names[i]);
		values_text(v, names[i], text != NULL ? text : "");
	}
	number(v, "letter", facts_number(f, "letter", 0));
	values_text(v, "about", person_name(in, about));
	values_text(v, "about_address",
		about != 0 && in->address != NULL
			? in->address(in->name_arg, about)
			: "");
	if ((text = facts_get(f, "expires")) == NULL ||
		!instant_parse(text, &expires))
		expires = 0;
	date(in, v, "expires", expires, language);
	key_values(outcome != NULL ? outcome : "", v);
	text = facts_get(f, "outcome");
	values_text(v, "bounced",
		text != NULL && strcmp(text, "bounced") == 0 ? "yes" : "");
	number(v, "bounce", facts_number(f, "number", 0));
	lacks_values(f, v);
}

/* As they were when it was decided: see cases/decide_mail.c. */
static void
signature_values(const struct facts *f, struct values *v)
{
	const struct fact *fact;

	values_list(v, "signatures");
	for (fact = f->first; fact != NULL; fact = fact->next)
		if (strcmp(fact->key, "signature") == 0)
			values_text(values_item(v, "signatures"), "signature",
				fact->value);
}

/* The same fact in subject and text is one line. */
static bool
is_new_hint(const struct letter_mail *m, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (m->hints[i].kind == m->hints[at].kind &&
			strcmp(m->hints[i].value, m->hints[at].value) == 0)
			return false;
	return true;
}

static void
hint_values(const struct letter_mail *m, struct values *v)
{
	struct values *item;
	size_t i;

	values_list(v, "hints");
	for (i = 0; m != NULL && i < m->hints_count; i++) {
		/* They were put together: `class`. */
		if (m->hints[i].kind == HINT_CLASS || !is_new_hint(m, i))
			continue;
		item = values_item(v, "hints");
		values_text(item, "kind", hint_kind_name(m->hints[i].kind));
		values_text(item, "value", m->hints[i].value);
		values_text(item, "normalized",
			strcmp(m->hints[i].normalized, m->hints[i].value)
				? m->hints[i].normalized
				: "");
	}
}

/* Is there something to ask for? */
static bool
is_lacking(const struct case_file *c)
{
	struct arena *a = arena_new();
	bool result = case_lacks(c, a)[0] != '\0';

	arena_free(&a);
	return result;
}

static void
likeness_values(const struct letter_content *in, struct values *v)
{
	const struct finder_record *r = &in->record;
	const struct case_likeness *l;
	struct values *item;
	bool known = r->valid + r->invalid + r->open > 0;

	values_text(v, "lacking", is_lacking(in->c) ? "yes" : "");
	values_list(v, "alike");
	for (l = in->c->alike; l != NULL; l = l->next) {
		item = values_item(v, "alike");
		values_text(item, "alike_id", l->public_id);
		values_text(item, "alike_state", l->state);
		values_text(item, "alike_why", l->why);
		number(item, "alike_score", l->score);
	}
	values_text(v, "known", known ? "yes" : "");
	values_text(
		v, "valid", arena_printf(in->c->arena, "%" PRId64, r->valid));
	values_text(v, "invalid",
		arena_printf(in->c->arena, "%" PRId64, r->invalid));
	values_text(
		v, "unjudged", arena_printf(in->c->arena, "%" PRId64, r->open));
}

static void
attachment_values(const struct letter_mail *m, struct values *v)
{
	const struct mail_part *part;
	struct values *item;
	int64_t k = 0;
	size_t i;

	values_list(v, "attachments");
	for (i = 0; m != NULL && i < m->reading->parts_count; i++) {
		part = &m->reading->parts[i];
		if (!reading_is_file(m->reading, i))
			continue;
		item = values_item(v, "attachments");
		number(item, "k", ++k);
		values_text(item, "name",
			part->name[0] != '\0' ? part->name : "(no name)");
		values_text(item, "type", part->type);
		size(item, "size", part->size);
		values_text(item, "hash", part->hash);
	}
	values_text(v, "attachments_left_out",
		m != NULL && k > 0 && m->attachments_fd == -1 ? "yes" : "");
	values_text(
		v, "raw_attached", m != NULL && m->raw_fd != -1 ? "yes" : "");
	values_text(v, "raw_left_out",
		m != NULL && m->raw_fd == -1 &&
				m->verdict->problem != PROBLEM_NONE
			? "yes"
			: "");
}

static const char *
first_address(const struct mail_address *list, size_t count)
{
	return count > 0 ? list[0].address : "";
}

static void
join_words(struct buf *b, char *const *words, size_t count)
{
	size_t i;

	buf_clear(b);
	for (i = 0; i < count; i++)
		buf_printf(b, "%s%s", i > 0 ? ", " : "", words[i]);
}

static void
reading_values(const struct reading *r, struct values *v)
{
	struct buf b = BUF_INIT(1000);

	if (r != NULL)
		join_words(&b, r->limits, r->limits_count);
	values_text(v, "limits", b.data);
	if (r != NULL)
		join_words(&b, r->repairs, r->repairs_count);
	values_text(v, "repairs", b.data);
	buf_release(&b);
}

/* Names of other people: told to the analysts, and stored nowhere. */
static void
issuer_values(const struct signature *s, struct values *v)
{
	const char *chain = s != NULL && s->chain != NULL ? s->chain : "";

	values_text(v, "issuers", chain);
	values_text(v, "issuers_incomplete",
		chain[0] != '\0' && !s->chain_complete ? "yes" : "");
}

static void
mail_values(const struct letter_content *in, struct values *v)
{
	const struct letter_mail *m = in->mail;
	const struct reading *r = m != NULL ? m->reading : NULL;
	const struct verdict *verdict = m != NULL ? m->verdict : NULL;
	bool problem = verdict != NULL && verdict->problem != PROBLEM_NONE;
	const char *from;

	values_text(v, "subject", r != NULL ? r->header.subject : "");
	/* Where the header says nothing, the envelope does. */
	from = r != NULL ? first_address(r->header.from, r->header.from_count)
			 : "";
	values_text(v, "from",
		from[0] == '\0' && m != NULL ? m->message->sender : from);
	values_text(v, "from_name",
		r != NULL && r->header.from_count > 0 ? r->header.from[0].name
						      : "");
	values_text(v, "outer_from",
		r != NULL && r->from_differs
			? first_address(r->outer.from, r->outer.from_count)
			: "");
	date(in, v, "received", m != NULL ? m->message->received : 0,
		in->language);
	number(v, "number",
		m != NULL
			? m->number
			: facts_number(&in->letter->order.facts, "number", 0));
	values_text(v, "posted", m != NULL ? m->kind : "");
	values_text(v, "encrypted",
		verdict != NULL ? encrypted_extent_name(verdict->encrypted)
				: "");
	values_text(v, "key_expired",
		verdict != NULL && verdict->key_expired ? "yes" : "");
	values_text(v, "malleable",
		verdict != NULL && verdict->malleable ? "yes" : "");
	issuer_values(verdict != NULL ? verdict_signer(verdict) : NULL, v);
	values_text(v, "problem",
		problem ? seal_problem_name(verdict->problem) : "");
	values_text(v, "problem_text",
		problem ? seal_problem_text(verdict->problem) : "");
	values_text(v, "problem_detail", problem ? verdict->detail : "");
	values_text(v, "text", r != NULL ? r->new_text : in->words);
	values_text(v, "quoted", r != NULL ? r->quoted_text : "");
	values_text(v, "html_only", r != NULL && r->html_only ? "yes" : "");
	values_text(v, "text_cut", r != NULL && r->text_cut ? "yes" : "");
	reading_values(r, v);
	signature_values(&in->letter->order.facts, v);
	hint_values(m, v);
	likeness_values(in, v);
	attachment_values(m, v);
}

/* What /answer would send, for the analysts to see. */
static int
answer_value(const struct letter_content *in, const char *language,
	struct arena *a, struct values *v, struct err *e)
{
	struct buf subject = BUF_INIT(SUBJECT_MAX), body = BUF_INIT(BODY_MAX);
	int class = class_of(in->c->class), result = 0;

	values_text(v, "answer", "");
	if (in->letter->order.kind == LETTER_REPORT && class != -1 &&
		class_has_answer((enum mail_class) class)) {
		result = template_render(in->templates, language,
			template_name(
				LETTER_ANSWER, (enum mail_class) class, a),
			v, &subject, &body, e);
		if (result == 0)
			values_text(v, "answer", body.data);
	}
	buf_release(&subject);
	buf_release(&body);
	return result;
}

static int
all_values(const struct letter_content *in, const char *language,
	struct arena *a, struct values **v_r, struct err *e)
{
	struct values *v = *v_r = values_new(a, NULL);

	case_values(in, v, language);
	fact_values(in, v, language);
	transcript_values(in, v, a);
	/* The acknowledgement is not even given a mail: see letter.h. */
	mail_values(in, v);
	return answer_value(in, language, a, v, e);
}

void
letter_sample_values(struct values *v, const char *value)
{
	static const char *const texts[] = {"organisation", "address",
		"policy_url", "openpgp", "smime", "id", "state", "assignee",
		"opened", "answer_by", "answered", "embargo_end", "ref",
		"command_token", "words", "kind", "outcome", "reason", "letter",
		"about", "subject", "from", "from_name", "outer_from",
		"received", "number", "posted", "encrypted", "key_expired",
		"malleable", "issuers", "issuers_incomplete", "problem",
		"problem_text", "problem_detail", "text", "quoted", "html_only",
		"text_cut", "limits", "repairs", "attachments_left_out",
		"raw_attached", "raw_left_out", "answered_subject", "refused",
		"noted", "key_attached", "key_url", "class", "held",
		"held_until", "withheld", "bounced", "bounce", "answer",
		"obeyed", "dry_run", "waiting", "alert", "expired", "outside",
		"undo", "request", "shown", "title", "fingerprint", "instead",
		"unusable", "about_address", "expires", "changed", "accepted",
		"expiring", "revoked", "lacking", "lacks_version",
		"lacks_environment", "lacks_steps", "lacks_proof",
		"lacks_impact", "known", "valid", "invalid", "unjudged"};
	static const char *const lists[] = {"signatures", "hints", "alike",
		"attachments", "lines", "letters", "remarks", "not_undone",
		"understood", "answers"};
	static const char *const inside[] = {"signature", "done", "kind",
		"value", "normalized", "alike_id", "alike_state", "alike_why",
		"alike_score", "k", "name", "type", "size", "hash", "told",
		"remark", "nearest", "command", "link"};
	struct values *item;
	size_t i, j;

	for (i = 0; i < countof(texts); i++)
		values_text(v, texts[i], value);
	for (i = 0; i < countof(lists); i++) {
		values_list(v, lists[i]);
		item = values_item(v, lists[i]);
		for (j = 0; j < countof(inside); j++)
			values_text(item, inside[j], value);
	}
}

/* --- texts --- */

static int
render(const struct letter_content *in, const char *language, struct arena *a,
	struct buf *subject, struct buf *body, struct err *e)
{
	const struct order *o = &in->letter->order;
	const char *name = facts_get(&o->facts, "class");
	int class = name != NULL ? class_of(name) : -1;
	struct values *v;

	if (all_values(in, language, a, &v, e) == -1)
		return -1;
	return template_render(in->templates, language,
		template_name(o->kind,
			class != -1 ? (enum mail_class) class : CLASS_REPORT,
			a),
		v, subject, body, e);
}

/* All configured languages, one under the other: whoever it is can read it. */
static int
render_all(const struct letter_content *in, struct arena *a,
	struct buf *subject, struct buf *body, struct err *e)
{
	struct buf ignored = BUF_INIT(SUBJECT_MAX);
	size_t i;
	int result = 0;

	for (i = 0; i < in->conf->languages.count && result == 0; i++) {
		if (i > 0)
			buf_puts(body, "\n* * *\n\n");
		result = render(in, in->conf->languages.word[i], a,
			i == 0 ? subject : &ignored, body, e);
		buf_clear(&ignored);
	}
	buf_release(&ignored);
	return result;
}

/* Outside, an encrypted letter has the case ID and its kind, and no more. */
static void
subjects(const struct letter_content *in, struct arena *a,
	const struct buf *rendered, struct draft *d)
{
	d->subject = arena_strdup(a, rendered->data);
	d->outer_subject = in->encrypted
		? arena_printf(a, "[%s] %s", in->c->public_id,
			  kinds[in->letter->order.kind].outer_word)
		: d->subject;
}

/* --- threading --- */

static void
thread(const struct letter_content *in, struct arena *a, struct draft *d)
{
	const struct mail_header *h = in->answers;
	struct buf refs = BUF_INIT(READING_LINE_MAX);
	size_t i, from = 0;

	d->in_reply_to = d->references = "";
	if (h == NULL || h->message_id[0] == '\0') {
		if (in->thread[0] != '\0') {
			d->in_reply_to = in->thread;
			d->references = arena_printf(a, "<%s>", in->thread);
		}
		return;
	}
	d->in_reply_to = h->message_id;
	/* RFC 5322, 3.6.4: the parent's, else its one In-Reply-To, and the
	 * parent; long ones keep the first and the last. */
	if (h->references_count > 10)
		from = h->references_count - 10;
	if (h->references_count > 0)
		buf_printf(&refs, "<%s> ", h->references[0]);
	else if (h->in_reply_to_count == 1)
		buf_printf(&refs, "<%s> ", h->in_reply_to[0]);
	for (i = from > 0 ? from : 1; i < h->references_count; i++)
		buf_printf(&refs, "<%s> ", h->references[i]);
	buf_printf(&refs, "<%s>", h->message_id);
	d->references = refs.failed ? arena_printf(a, "<%s>", h->message_id)
				    : arena_strdup(a, refs.data);
	buf_release(&refs);
}

/* --- attachments --- */

static void
attach(struct draft *d, struct compose_part part)
{
	if (d->attachments_count < DRAFT_ATTACHMENTS_MAX)
		d->attachments[d->attachments_count++] = part;
}

/* All attachments, or the one of number ONLY. */
static void
attach_mail(const struct letter_mail *m, int64_t only, struct draft *d)
{
	const struct mail_part *part;
	int64_t k = 0;
	size_t i;

	for (i = 0; m->attachments_fd != -1 && i < m->reading->parts_count;
		i++) {
		part = &m->reading->parts[i];
		if (!reading_is_file(m->reading, i) || part->hash[0] == '\0' ||
			(++k != only && only != 0))
			continue;
		/* Never a type that a mail program might show or run. */
		attach(d,
			(struct compose_part){.kind = COMPOSE_FILE,
				.type = "application/octet-stream",
				.name = part->name[0] != '\0' ? part->name
					: part->role == PART_MESSAGE
					? "message.eml"
					: "attachment",
				.attachment = true,
				.fd = m->attachments_fd,
				.at = part->out_at,
				.len = part->out_len});
	}
	if (m->raw_fd != -1)
		attach(d,
			(struct compose_part){.kind = COMPOSE_FILE,
				.type = "application/octet-stream",
				.name = "as-received.eml",
				.attachment = true,
				.fd = m->raw_fd,
				.len = m->raw_len});
}

static void
attach_key(const struct letter_content *in, struct draft *d)
{
	if (in->self->public_key[0] != '\0')
		attach(d,
			(struct compose_part){.kind = COMPOSE_DATA,
				.type = "application/pgp-keys",
				.name = "openpgp-key.asc",
				.attachment = true,
				.data = span_of(in->self->public_key)});
}

static void
envelope(const struct letter_content *in, struct arena *a, struct draft *d)
{
	d->from_name = arena_printf(a, "%s PSIRT", in->conf->organisation);
	d->from = in->conf->address;
	d->to_name =
		in->letter->order.address[0] != '\0' ? "" : in->reader->name;
	d->to = in->to;
	d->reply_to = in->reply_to;
	d->message_id = in->letter->message_id;
	d->date = in->now;
	d->auto_submitted = kinds[in->letter->order.kind].auto_submitted;
	d->autocrypt = in->slim ? "" : in->self->autocrypt;
	d->loop_mark = arena_strdup(a, in->loop_mark);
}

int
letter_draft(const struct letter_content *in, struct arena *a, struct draft *d,
	struct err *e)
{
	struct buf subject = BUF_INIT(READING_LINE_MAX + SUBJECT_MAX),
		   body = BUF_INIT(BODY_MAX);
	bool blind = letter_is_blind(in->letter->order.kind);
	int result;

	*d = (struct draft){.attachments_count = 0};
	envelope(in, a, d);
	result = blind ? render_all(in, a, &subject, &body, e)
		       : render(in, in->language, a, &subject, &body, e);
	if (result == 0) {
		subjects(in, a, &subject, d);
		thread(in, a, d);
		d->body = arena_dup(a, body.data, body.len);
		/* Who is not written to encrypted gets the means to do so. */
		if ((blind || !in->encrypted) && !in->slim)
			attach_key(in, d);
		else if (in->mail != NULL)
			attach_mail(in->mail,
				facts_number(&in->letter->order.facts,
					"attachment", 0),
				d);
	}
	buf_release(&subject);
	buf_release(&body);
	return result;
}
