#include "daemon/sealer.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "crypto/seal.h"
#include "daemon/dialect.h"
#include "daemon/domain.h"
#include "daemon/recall.h"
#include "daemon/pipeline.h"
#include "daemon/transact.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/persons.h"
#include "store/routes.h"

#define RETRY_FIRST (5 * INT64_C(1000000))
#define RETRY_LAST (5 * INT64_C(60000000))
#define WAIT_FOR_KEY (365 * INT64_C(86400000000))
#define ENTITY_MAX (200 << 20)
#define BASE64_PERCENT 138 /* of its bytes, with line ends */
#define ACKNOWLEDGEMENT_MAX 8192 /* bytes, as it leaves the house */
#define SEAL_BYTES 16384 /* outer header, signature, certificates */

/* One letter being sealed. */
struct sealing {
	struct desk *d;
	const struct letter *l;
	struct arena *a;
	struct case_file c;
	struct person reader;
	const char *to; /* their address, or the one that this goes to */
	const struct conf_analyst *analyst; /* or NULL */
	struct person_key key;
	bool has_key;
	int64_t not_after;

	/* What it carries, and what it answers. */
	const struct opening *opening;
	struct opening *own_opening; /* to read attachments with */
	const struct message *about;
	const char *words, *title, *answered_text;
	const struct mail_header *answers;
	const struct reading *answered_reading; /* or NULL */
	struct event *events;
	int attachments_fd; /* the opening's */
	bool slim; /* it would be too large with attachments */
	struct recalled carried, answered;
	bool carried_open, answered_open;
};

/* --- who reads it, and with which key --- */

/* What cannot be written in ASCII stays as it is: the courier says so. */
static void
find_address(struct sealing *s)
{
	const struct order *o = &s->l->order;
	char ascii[DOMAIN_ADDRESS_BYTES];

	s->to = o->address[0] != '\0' ? o->address : s->reader.address;
	if (domain_to_ascii(s->to, ascii))
		s->to = arena_strdup(s->a, ascii);
}

static int
find_reader(struct sealing *s, struct err *e)
{
	const struct order *o = &s->l->order;
	int found = person_get(s->d->store, o->person, s->a, &s->reader, e);

	if (found == -1)
		return -1;
	find_address(s);
	if (o->analyst)
		s->analyst = conf_analyst_named(s->d->conf, s->reader.analyst);
	found = case_load(s->d->store, o->case_id, s->a, &s->c, e);
	return found == 1 ? 0 : -1;
}

static int
find_key(struct sealing *s, struct err *e)
{
	const struct order *o = &s->l->order;
	int found;

	s->has_key = false;
	s->key = (struct person_key){.fingerprint = ""};
	if (s->analyst != NULL) {
		s->has_key = true;
		s->key.protocol = s->analyst->openpgp[0] != '\0'
			? PROTOCOL_OPENPGP
			: PROTOCOL_SMIME;
		s->key.fingerprint = s->analyst->openpgp[0] != '\0'
			? s->analyst->openpgp
			: s->analyst->smime;
		return 0;
	}
	/* Keys from inside the mail do not count for the acknowledgement. */
	if (o->kind == LETTER_ACKNOWLEDGEMENT) {
		s->has_key = o->key[0] != '\0';
		found = key_of_fingerprint(
			s->d->store, o->key, s->a, &s->key, e);
		s->key.fingerprint = o->key;
		return found == -1 ? -1 : 0;
	}
	/* It says nothing but that a key is wanted, and nobody has one. */
	if (o->kind == LETTER_KEY_WANTED)
		return 0;
	found = key_of_person(s->d->store, o->person, false, s->a, &s->key, e);
	s->has_key = found == 1;
	return found == -1 ? -1 : 0;
}

/* Why it must wait, or NULL: asked of the ring, now. */
static int
check_key(struct sealing *s, const char **waits_r, struct err *e)
{
	struct key_facts facts;
	int found;

	*waits_r = NULL;
	if (s->l->order.analyst && s->analyst == NULL) {
		*waits_r = "the reader is no longer an analyst of the "
			   "configuration";
		return 0;
	}
	if (!s->has_key) {
		if (s->l->order.sealed)
			*waits_r = "the channel is sealed and no key of the "
				   "reader is known";
		return 0;
	}
	found = engines[s->key.protocol].look_up(
		s->d->engine, s->key.fingerprint, s->a, &facts, e);
	if (found == -1)
		return -1;
	if (found == 0)
		*waits_r = "the reader's key is not in the keyring";
	else if (!facts.usable)
		*waits_r = "the reader's key has expired, is revoked or cannot "
			   "encrypt";
	else
		s->not_after = facts.expires;
	return 0;
}

/* --- what it says --- */

/* Words that were kept, or those of a mail that was a note. */
static const char *
words_of(struct sealing *s, const struct recalled *r)
{
	if (!r->is_mail)
		return arena_strdup(s->a, r->words);
	return command_own_words(
		span_of(r->opening.answer.reading.new_text), s->a);
}

static int
recall_words(
	struct sealing *s, int64_t message, const char **words_r, struct err *e)
{
	struct recalled r;

	*words_r = "";
	if (message == 0)
		return 0;
	if (recall(s->d, message, &r, e) == -1)
		return -1;
	*words_r = words_of(s, &r);
	recall_release(&r);
	return 0;
}

/* A letter of these has words, and nothing else of the mail they were in. */
static bool
has_only_words(enum letter_kind kind)
{
	return kind == LETTER_MESSAGE || kind == LETTER_TRANSCRIPT;
}

static int
open_carried(struct sealing *s, const struct held_message *held, struct err *e)
{
	int64_t message = s->l->order.message;

	s->words = "";
	if (message == 0)
		return 0;
	if (has_only_words(s->l->order.kind))
		return recall_words(s, message, &s->words, e);
	if (held != NULL && held->message == message) {
		s->opening = s->own_opening = held->opening;
		s->about = held->about;
		return 0;
	}
	if (recall(s->d, message, &s->carried, e) == -1)
		return -1;
	s->carried_open = true;
	s->about = &s->carried.message;
	if (s->carried.is_mail)
		s->opening = s->own_opening = &s->carried.opening;
	else
		s->words = s->carried.words;
	return 0;
}

/*
 * The header of what is answered.  A letter that must say nothing sees the
 * outer one, by whichever way it comes here.
 */
static int
open_answered(struct sealing *s, const struct held_message *held, struct err *e)
{
	int64_t message = s->l->order.answers;
	const struct reading *r;

	if (message == 0)
		return 0;
	if (held != NULL && held->message == message) {
		r = &held->opening->answer.reading;
	} else {
		if (recall(s->d, message, &s->answered, e) == -1)
			return -1;
		s->answered_open = true;
		if (!s->answered.is_mail)
			return 0;
		r = &s->answered.opening.answer.reading;
	}
	s->answered_reading = r;
	s->answers = letter_is_blind(s->l->order.kind) ? &r->outer : &r->header;
	if (s->l->order.kind == LETTER_TRANSCRIPT)
		s->answered_text = r->new_text;
	return 0;
}

/* What only analysts see of the case beside its numbers. */
static int
open_case(struct sealing *s, struct err *e)
{
	const struct fact *f = s->l->order.facts.first;

	s->title = "";
	if (!s->l->order.analyst)
		return 0;
	for (; f != NULL; f = f->next)
		if (strcmp(f->key, "show") == 0 &&
			strcmp(f->value, "log") == 0 &&
			case_events(s->d->store, s->c.id, s->a, &s->events,
				e) == -1)
			return -1;
	return recall_words(s, details_title(&s->c.details), &s->title, e);
}

static bool
has_attachments(const struct reading *r)
{
	size_t i;

	for (i = 0; i < r->parts_count; i++)
		if (reading_is_file(r, i))
			return true;
	return false;
}

static void
carry_mail(struct sealing *s, struct letter_mail *m)
{
	const struct posted *p;
	const struct opening *o = s->opening;

	*m = (struct letter_mail){.message = s->about,
		.reading = &o->answer.reading,
		.verdict = &o->verdict,
		.hints = o->answer.hints,
		.hints_count = o->answer.hints_count,
		.kind = "mail",
		.attachments_fd = -1,
		.raw_fd = -1};
	for (p = s->c.posted; p != NULL; p = p->next) {
		if (p->message == s->about->id) {
			m->number = p->number;
			m->kind = posted_kind_name(p->kind);
		}
	}
	if (s->slim)
		return;
	m->attachments_fd = s->attachments_fd;
	if (o->verdict.problem != PROBLEM_NONE) {
		m->raw_fd = o->message_fd;
		m->raw_len = o->message_len;
	}
}

static int
extract_attachments(struct sealing *s, struct err *e)
{
	struct opener by = desk_opener(s->d);

	if (s->own_opening == NULL ||
		!has_attachments(&s->opening->answer.reading))
		return 0;
	return opening_attachments(&by, s->own_opening, &s->attachments_fd, e);
}

static const char *
name_of(void *arg, int64_t person)
{
	struct sealing *s = arg;
	struct person p;
	struct err e;

	if (person_get(s->d->store, person, s->a, &p, &e) != 1)
		return NULL;
	return p.name[0] != '\0' ? p.name : p.address;
}

static const char *
address_of(void *arg, int64_t person)
{
	struct sealing *s = arg;
	struct person p;
	struct err e;

	return person_get(s->d->store, person, s->a, &p, &e) == 1 ? p.address
								  : "";
}

/* Analysts see what became of the finder's other reports. */
static int
find_record(struct sealing *s, struct finder_record *r, struct err *e)
{
	const struct party *finder = case_finder(&s->c);

	*r = (struct finder_record){.open = 0};
	if (s->l->order.kind != LETTER_REPORT || finder == NULL)
		return 0;
	return finder_record(s->d->store, finder->person, s->c.id, r, e);
}

static int
write_draft(struct sealing *s, struct draft *d, struct err *e)
{
	const struct order *o = &s->l->order;
	const struct conf *c = s->d->conf;
	char ref[TOKEN_CHARS + 1], command[TOKEN_CHARS + 1] = "";
	char loop[TOKEN_CHARS + 1];
	const char *first;
	struct buf reply_to = BUF_INIT(ADDRESS_MAX + 2);
	struct letter_mail mail;
	struct letter_content content = {.conf = c,
		.templates = s->d->templates,
		.self = &s->d->self,
		.letter = s->l,
		.c = &s->c,
		.reader = &s->reader,
		.to = s->to,
		.language = s->analyst != NULL ? s->analyst->language
					       : c->languages.word[0],
		.now = clock_now(),
		.encrypted = s->has_key,
		.reply_to = "",
		.ref = ref,
		.command_token = command,
		.loop_mark = loop,
		.slim = s->slim && o->kind == LETTER_ACKNOWLEDGEMENT,
		.words = s->words,
		.title = s->title,
		.answered_text =
			s->answered_text != NULL ? s->answered_text : "",
		.events = s->events,
		.answers = s->answers,
		.thread = "",
		.name = name_of,
		.address = address_of,
		.name_arg = s};
	int result;

	token_text(s->d->store, TOKEN_REPLY, o->case_id, o->person, 0, ref);
	token_text(s->d->store, TOKEN_LOOP, 0, 0, 0, loop);
	if (o->analyst)
		token_text(s->d->store, TOKEN_COMMAND, o->case_id, o->person,
			o->letter, command);
	if (!s->has_key &&
		address_with_token(c->address, c->reply_delimiter,
			c->reply_domain, ref, &reply_to))
		content.reply_to = arena_strdup(s->a, reply_to.data);
	if (s->opening != NULL) {
		carry_mail(s, &mail);
		content.mail = &mail;
	}
	result = letter_first(
		s->d->store, o->case_id, o->person, s->a, &first, e);
	/* Their thread's root, unless this is it. */
	if (result == 0 && strcmp(first, s->l->message_id) != 0)
		content.thread = first;
	if (result == 0)
		result = find_record(s, &content.record, e);
	if (result == 0)
		result = letter_draft(&content, s->a, d, e);
	buf_release(&reply_to);
	return result;
}

/* Once it is encoded and, if it is, encrypted, which is encoded again. */
static bool
is_too_large(const struct sealing *s, const struct draft *d)
{
	int64_t size = draft_size(d);

	if (d->attachments_count == DRAFT_ATTACHMENTS_MAX)
		return true;
	if (s->has_key)
		size = size * BASE64_PERCENT / 100;
	return s->analyst != NULL && size + SEAL_BYTES > s->analyst->max_letter;
}

static int
write_fitting_draft(struct sealing *s, struct draft *d, struct err *e)
{
	if (write_draft(s, d, e) == -1)
		return -1;
	if (!is_too_large(s, d))
		return 0;
	s->slim = true;
	return write_draft(s, d, e);
}

/* --- sealing --- */

static int
choose_key(const struct sealing *s, struct seal_request *request,
	enum draft_form *form_r, struct err *e)
{
	const struct conf *c = s->d->conf;

	if (!s->has_key) {
		request->signer = dialect_signer(s->answered_reading, c,
			s->d->public_certificate, &request->protocol);
		*form_r = request->signer != NULL ? DRAFT_SIGNED : DRAFT_BARE;
		return 0;
	}
	*form_r = DRAFT_ENCRYPTED;
	request->protocol = s->key.protocol;
	request->recipient = s->key.fingerprint;
	request->signer =
		s->key.protocol == PROTOCOL_SMIME ? c->smime : c->openpgp;
	if (request->signer[0] == '\0')
		return err_permanent(e, "5.7.5",
			"the service has no certificate of "
			"its own to sign S/MIME with");
	return 0;
}

static int
seal_draft(struct sealing *s, const struct draft *d, int out, struct err *e)
{
	struct buf outer = BUF_INIT(65536), entity = BUF_INIT(ENTITY_MAX);
	struct seal_request request = {.signer = NULL};
	scoped(close_fd) int fd = -1;
	enum draft_form form;
	int result = -1;

	if (choose_key(s, &request, &form, e) == 0 &&
		draft_write(d, form, &outer, &entity, e) == 0 &&
		fs_memory_file("entity", &fd, e) == 0 &&
		fs_write_all(fd, entity.data, entity.len, e) == 0) {
		request.outer = buf_view(&outer);
		request.entity = (struct crypto_input){
			.fd = fd, .len = (int64_t)entity.len};
		result = seal(s->d->engine, &request, out, e);
	}
	buf_release(&outer);
	buf_release(&entity);
	return result;
}

static int
envelope(struct sealing *s, struct letter *l, struct err *e)
{
	const struct conf *c = s->d->conf;
	const struct order *o = &s->l->order;
	struct buf sender = BUF_INIT(ADDRESS_MAX + 2);
	char token[TOKEN_CHARS + 1];
	bool made;

	l->recipient = s->to;
	l->not_after = s->not_after;
	l->sender = "";
	if (o->kind == LETTER_ACKNOWLEDGEMENT)
		return 0;
	token_text(s->d->store, TOKEN_BOUNCE, o->case_id, o->person, o->letter,
		token);
	made = address_with_token(c->address, c->reply_delimiter,
		c->reply_domain, token, &sender);
	l->sender = arena_strdup(s->a, sender.data);
	buf_release(&sender);
	return made ? 0
		    : err_permanent(e, "5.3.5",
			      "no envelope address fits into 64 octets");
}

static int
close_order(struct sealing *s, int fd, struct err *e)
{
	struct letter sealed = *s->l;
	struct stored_bytes bytes;
	int64_t size;
	int result;

	if (envelope(s, &sealed, e) == -1 || fs_size(fd, &size, e) == -1 ||
		message_put(s->d->store, fd, 0, size, s->a, &bytes, e) == -1)
		return -1;
	fault_point("letter-sealed");
	if (store_begin(s->d->store, e) == -1)
		return -1;
	result = letter_seal(
		s->d->store, &sealed, s->d->owner, &bytes, clock_now(), e);
	if (result == -1) {
		store_rollback(s->d->store);
		return -1;
	}
	if (store_commit(s->d->store, e) == -1)
		return -1;
	log_event(LOG_INFO, result == 1 ? "sealed" : "seal-lost",
		LOG_NUMBER("letter", s->l->order.letter),
		LOG_TEXT("spool", s->l->spool), LOG_TEXT("queue", s->l->queue),
		LOG_TEXT("case", s->l->public_id),
		LOG_TEXT("kind", letter_kind_name(s->l->order.kind)),
		LOG_TEXT("message-id", s->l->message_id),
		LOG_TEXT("encrypted", s->has_key ? "yes" : "no"),
		LOG_NUMBER("bytes", size));
	return 0;
}

static int
let_wait(struct sealing *s, const char *why, struct err *e)
{
	struct transactor t = pipeline_transactor(s->d);
	struct letter_fate fate = {.letter = s->l->order.letter,
		.state = LETTER_WAITING,
		.text = why,
		.until = clock_now() + WAIT_FOR_KEY,
		.wants_key = s->analyst == NULL};
	struct transacted r;

	log_event(LOG_WARNING, "letter-waits",
		LOG_NUMBER("letter", s->l->order.letter),
		LOG_TEXT("spool", s->l->spool), LOG_TEXT("queue", s->l->queue),
		LOG_TEXT("case", s->l->public_id), LOG_TEXT("reason", why));
	if (transact_fate(&t, &fate, s->a, &r, e) == -1)
		return -1;
	/* What tells the analysts about it. */
	pipeline_seal(s->d, &r.plan, NULL);
	return 0;
}

static int
seal_once(struct sealing *s, int *out_r, struct err *e)
{
	struct draft draft;

	close_fd(out_r);
	if (write_fitting_draft(s, &draft, e) == -1 ||
		fs_memory_file("letter", out_r, e) == -1)
		return -1;
	return seal_draft(s, &draft, *out_r, e);
}

/* An acknowledgement that came out too long goes without our key. */
static int
seal_fitting(struct sealing *s, int *out_r, struct err *e)
{
	int64_t size;

	if (seal_once(s, out_r, e) == -1 || fs_size(*out_r, &size, e) == -1)
		return -1;
	if (s->l->order.kind != LETTER_ACKNOWLEDGEMENT || s->slim ||
		size <= ACKNOWLEDGEMENT_MAX)
		return 0;
	s->slim = true;
	return seal_once(s, out_r, e);
}

static int
work(struct sealing *s, const struct held_message *held, struct err *e)
{
	scoped(close_fd) int out = -1;
	const char *waits;
	int mine = letter_is_mine(s->d->store, s->l->order.letter, s->d->owner,
		LETTER_ORDERED, e);

	if (mine != 1)
		return mine;
	/* A key that was just kept, by whichever worker, must be in it. */
	if (desk_refresh_ring(s->d, e) == -1 || find_reader(s, e) == -1 ||
		find_key(s, e) == -1 || check_key(s, &waits, e) == -1)
		return -1;
	if (waits != NULL)
		return let_wait(s, waits, e);
	if (open_carried(s, held, e) == -1 || open_answered(s, held, e) == -1 ||
		open_case(s, e) == -1 || extract_attachments(s, e) == -1)
		return -1;
	if (seal_fitting(s, &out, e) == -1)
		return e->kind == ERR_PERMANENT ? let_wait(s, e->text, e) : -1;
	return close_order(s, out, e);
}

/* Try again later: twice as long each time. */
static void
give_back(struct sealing *s, const struct err *why)
{
	struct transactor t = pipeline_transactor(s->d);
	struct letter_fate fate = {.letter = s->l->order.letter,
		.state = LETTER_ORDERED,
		.text = why->text};
	int64_t wait = RETRY_FIRST, n;
	struct transacted r;
	struct err e;

	for (n = s->l->attempts; n > 1 && wait < RETRY_LAST; n--)
		wait *= 2;
	fate.until = clock_now() + (wait < RETRY_LAST ? wait : RETRY_LAST);
	log_event(LOG_WARNING, "seal-retry",
		LOG_NUMBER("letter", s->l->order.letter),
		LOG_TEXT("spool", s->l->spool), LOG_TEXT("queue", s->l->queue),
		LOG_TEXT("case", s->l->public_id), LOG_ERR(why));
	if (transact_fate(&t, &fate, s->a, &r, &e) == -1)
		log_event(LOG_WARNING, "seal-retry", LOG_ERR(&e));
}

int
seal_order(struct desk *d, const struct letter *l,
	const struct held_message *held, struct err *e)
{
	struct sealing *s = xcalloc(1, sizeof(*s));
	int result;

	s->d = d;
	s->l = l;
	s->a = arena_new();
	s->attachments_fd = -1;
	result = work(s, held, e);
	if (result == -1)
		give_back(s, e);
	if (s->carried_open)
		recall_release(&s->carried);
	if (s->answered_open)
		recall_release(&s->answered);
	arena_free(&s->a);
	free_pointer(&s);
	return result;
}
