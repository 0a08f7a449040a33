#include "daemon/pipeline.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "crypto/cms.h"
#include "crypto/seal.h"
#include "daemon/identity.h"
#include "daemon/mail_commands.h"
#include "daemon/sealer.h"
#include "mail/address.h"
#include "store/keys.h"
#include "store/letters.h"

struct passage {
	struct desk *d;
	const struct spool_item *item;
	char number[SPOOL_NUMBER_MAX];
	struct arena *a;
	struct spool_record record;
	int mail; /* the message, in memory */
	struct opening opening;
	bool opened;
	struct input_key keys[READING_KEYS_MAX];
	struct mail_to_file file;
	struct stored_bytes bytes;
	struct sketch sketch;
	struct transacted result;
};

struct transactor
pipeline_transactor(const struct desk *d)
{
	return (struct transactor){.store = d->store,
		.conf = d->conf,
		.policy = &d->policy,
		.owner = d->owner,
		.seals = d->engine != NULL};
}

/* --- the steps --- */

/*
 * Out of the segment, whose other mails are nobody's business from here on.  1,
 * 0 when the segment is gone, or -1.
 */
static int
fetch(struct passage *p, struct err *e)
{
	int found = spool_read(p->d->conf->state, p->item, p->a, &p->record, e);

	if (found == 0)
		return 0;
	if (found == -1 || fs_memory_file("mail", &p->mail, e) == -1 ||
		fs_copy(p->mail, p->record.fd, p->record.at, p->record.len,
			e) == -1)
		return -1;
	return identity_of(p->mail, p->record.len, p->d->conf,
		       &p->file.identity, e) == -1
		? -1
		: 1;
}

/* A segment is removed when all of it is done, and not before. */
static int
let_go(struct passage *p, struct err *e)
{
	log_event(LOG_INFO, "spool-gone", LOG_TEXT("spool", p->number));
	return spool_gone(p->d->store, p->item, p->d->owner, e);
}

static int
note_death(void *arg, struct err *e)
{
	struct passage *p = arg;

	return spool_death(p->d->store, p->item, e);
}

static int
read_and_unseal(struct passage *p, struct err *e)
{
	struct opener by = desk_opener(p->d);

	by.died = note_death;
	by.arg = p;
	if (p->item->leases > SPOOL_LEASES_MAX ||
		p->item->deaths >= OPENING_DEATHS_MAX)
		opening_unread(p->mail, p->record.len, &p->opening);
	else if (opening_open(&by, p->mail, p->record.len, &p->opening, e) ==
		-1)
		return -1;
	p->opened = true;
	fault_point("mail-read");
	log_event(LOG_INFO, "read", LOG_TEXT("spool", p->number),
		LOG_TEXT("queue", p->record.envelope.queue_id),
		LOG_TEXT("message-id",
			p->opening.answer.reading.outer.message_id),
		LOG_TEXT("encrypted",
			encrypted_extent_name(p->opening.verdict.encrypted)),
		LOG_TEXT("problem",
			seal_problem_name(p->opening.verdict.problem)),
		LOG_TEXT("robot", p->opening.answer.reading.robot));
	return 0;
}

/* What is known of the same key is not forgotten over what comes now. */
static int
examine(struct passage *p, const struct mail_key *key, struct key_facts *facts,
	bool *changed_r, struct err *e)
{
	struct span known;

	*changed_r = false;
	if (key->origin == KEY_CERTIFICATE)
		return cms_examine_apart(
			&p->d->options, key->data, p->a, facts, e);
	if (engine_examine(&p->d->options, key->data, p->a, facts, e) == -1 ||
		key_bytes(p->d->store, facts->fingerprint, p->a, &known, e) ==
			-1)
		return -1;
	if (known.len == 0 || span_is(known, facts->minimal))
		return 0;
	if (engine_merge(&p->d->options, known, key->data, p->a, facts, e) ==
		-1)
		return -1;
	*changed_r = !span_is(known, facts->minimal);
	return 0;
}

/* The Autocrypt key serves the acknowledgement if it is the sender's own. */
static bool
is_outer_autocrypt(const struct passage *p, const struct mail_key *key,
	const struct key_facts *facts)
{
	const struct mail_header *outer = &p->opening.answer.reading.outer;

	return key->origin == KEY_AUTOCRYPT && !key->inside && facts->usable &&
		outer->from_count == 1 &&
		address_same(key->address, outer->from[0].address) &&
		address_same(key->address, p->record.envelope.sender);
}

/*
 * A signature by S/MIME brings its certificate: like one that is attached, but
 * only the writer's own, and only if it is good for an answer.
 */
static void
add_signer(struct passage *p)
{
	const struct mail_header *h = &p->opening.answer.reading.header;
	const struct signer_certificate *c = &p->opening.verdict.certificate;
	const struct signature *s = verdict_signer(&p->opening.verdict);
	size_t i;

	for (i = 0; s != NULL && i < p->file.keys_count; i++)
		if (strcmp(p->keys[i].fingerprint, s->fingerprint) == 0)
			return;
	if (c->pem == NULL || !c->can_encrypt || h->from_count != 1 ||
		!address_same(c->address, h->from[0].address) ||
		p->file.keys_count == countof(p->keys))
		return;
	p->keys[p->file.keys_count++] =
		(struct input_key){.protocol = PROTOCOL_SMIME,
			.fingerprint = s->fingerprint,
			.origin = "signature",
			.minimal = c->pem,
			.expires = c->expires};
}

/* Keys that came along; one that is no good is noted in the log, no more. */
static int
examine_keys(struct passage *p, struct err *e)
{
	const struct reading *r = &p->opening.answer.reading;
	struct key_facts facts;
	bool changed;
	size_t i;

	p->file.autocrypt_key = "";
	for (i = 0; i < r->keys_count && i < countof(p->keys); i++) {
		if (examine(p, &r->keys[i], &facts, &changed, e) == -1) {
			if (e->kind != ERR_PERMANENT)
				return -1;
			log_event(LOG_INFO, "key-refused",
				LOG_TEXT("spool", p->number), LOG_ERR(e));
			continue;
		}
		p->keys[p->file.keys_count++] =
			(struct input_key){.protocol = facts.protocol,
				.fingerprint = facts.fingerprint,
				.origin = key_origin_name(r->keys[i].origin),
				.address = facts.address,
				.minimal = facts.minimal,
				.expires = facts.expires,
				.revoked = facts.revoked,
				.inside = r->keys[i].inside,
				.changed = changed};
		if (is_outer_autocrypt(p, &r->keys[i], &facts))
			p->file.autocrypt_key = facts.fingerprint;
	}
	add_signer(p);
	p->file.keys = p->keys;
	return 0;
}

/* Encrypted mail is kept as it came, everything else sealed to ourselves. */
static int
put_aside(struct passage *p, struct err *e)
{
	struct crypto_input in = {.fd = p->mail, .len = p->record.len};
	struct crypto_output out = {.max = SEAL_BYTES_MAX};
	scoped(close_fd) int sealed = -1;

	p->file.bytes = &p->bytes;
	p->file.form = MESSAGE_RECEIVED;
	if (p->opening.verdict.encrypted == ENCRYPTED_ALL)
		return message_put(p->d->store, p->mail, 0, p->record.len, p->a,
			&p->bytes, e);
	p->file.form = MESSAGE_SEALED;
	if (fs_memory_file("sealed", &sealed, e) == -1)
		return -1;
	out.fd = sealed;
	if (seal_at_rest(p->d->engine, p->d->conf->openpgp, &in, &out, e) == -1)
		return -1;
	return message_put(
		p->d->store, sealed, 0, out.written, p->a, &p->bytes, e);
}

/* What near copies are found by; the reader's numbers have no key. */
static void
make_sketch(struct passage *p)
{
	struct hash key = likeness_key(buf_view(&p->d->secret));
	const struct reader_answer *answer = &p->opening.answer;

	sketch_make((struct span){(const char *)key.bytes, sizeof(key.bytes)},
		answer->shingles, answer->hints, answer->hints_count,
		&p->sketch);
	p->file.sketch = &p->sketch;
}

/* What an analyst's mail says to do. */
static int
prepare_commands(struct passage *p, struct err *e)
{
	return mail_commands_prepare(
		p->d, &p->opening, p->a, &p->file.commands, e);
}

void
pipeline_log(const struct transacted *r, const char *spool, const char *queue)
{
	const struct planned_event *pe;

	for (pe = r->plan.events; pe != NULL; pe = pe->next) {
		if (pe->event.kind == EVENT_COMMAND_REFUSED)
			log_event(LOG_INFO, "commands-refused",
				LOG_TEXT("spool", spool),
				LOG_TEXT("queue", queue),
				LOG_TEXT("case", r->c->public_id),
				LOG_TEXT("reason",
					facts_get(&pe->event.facts, "reason")));
		else if (pe->event.kind == EVENT_GLASS_BROKEN)
			log_event(LOG_WARNING, "GLASS-BROKEN",
				LOG_TEXT("spool", spool),
				LOG_TEXT("queue", queue),
				LOG_TEXT("case", r->c->public_id),
				LOG_TEXT("commands",
					facts_get(
						&pe->event.facts, "commands")));
	}
}

static int
decide_and_commit(struct passage *p, struct err *e)
{
	struct transactor t = pipeline_transactor(p->d);
	const struct transacted *r = &p->result;

	p->file.item = p->item;
	p->file.envelope = &p->record.envelope;
	p->file.opening = &p->opening;
	if (transact_mail(&t, &p->file, p->a, &p->result, e) == -1)
		return -1;
	log_event(LOG_INFO,
		r->lost			     ? "lease-lost"
			: r->consumed_before ? "copy"
					     : "filed",
		LOG_TEXT("spool", p->number),
		LOG_TEXT("queue", p->record.envelope.queue_id),
		LOG_TEXT("case",
			r->elsewhere != NULL   ? r->elsewhere->public_id
				: r->c != NULL ? r->c->public_id
					       : ""),
		LOG_NUMBER("message", r->message));
	if (!r->lost && !r->consumed_before)
		pipeline_log(r, p->number, p->record.envelope.queue_id);
	return 0;
}

static void
seal_letters(struct passage *p)
{
	struct message about = {.id = p->result.message,
		.received = p->record.envelope.received,
		.sender = p->record.envelope.sender};
	struct held_message held = {.message = p->result.message,
		.opening = &p->opening,
		.about = &about};

	if (!p->result.lost && !p->result.consumed_before)
		pipeline_seal(p->d, &p->result.plan, &held);
}

static int
copy_or_new(struct passage *p, bool *copy_r, struct err *e)
{
	struct transactor t = pipeline_transactor(p->d);
	int copy = transact_copy(
		&t, p->item, &p->record.envelope, &p->file.identity, e);

	*copy_r = copy == 1;
	if (copy == 1)
		log_event(LOG_INFO, "copy", LOG_TEXT("spool", p->number),
			LOG_TEXT("queue", p->record.envelope.queue_id));
	return copy == -1 ? -1 : 0;
}

static int
pass(struct passage *p, struct err *e)
{
	int there = fetch(p, e);
	bool copy;

	if (there != 1)
		return there == 0 ? let_go(p, e) : -1;
	if (copy_or_new(p, &copy, e) == -1)
		return -1;
	if (copy)
		return 0;
	if (read_and_unseal(p, e) == -1 || examine_keys(p, e) == -1)
		return -1;
	make_sketch(p);
	if (put_aside(p, e) == -1 || prepare_commands(p, e) == -1 ||
		decide_and_commit(p, e) == -1)
		return -1;
	seal_letters(p);
	return 0;
}

int
pipeline_mail(struct desk *d, const struct spool_item *item, struct err *e)
{
	struct passage *p = xcalloc(1, sizeof(*p));
	int result;

	p->d = d;
	p->item = item;
	p->a = arena_new();
	p->mail = p->record.fd = -1;
	spool_number(item, p->number);
	p->record.envelope.queue_id = arena_strdup(p->a, "");
	result = pass(p, e);
	if (result == -1)
		log_event(LOG_WARNING, "mail-retry",
			LOG_TEXT("spool", p->number),
			LOG_TEXT("queue", p->record.envelope.queue_id),
			LOG_ERR(e));
	if (p->opened)
		opening_release(&p->opening);
	close_fd(&p->mail);
	close_fd(&p->record.fd);
	arena_free(&p->a);
	free_pointer(&p);
	return result;
}

void
pipeline_seal(struct desk *d, const struct plan *plan,
	const struct held_message *held)
{
	struct arena *a = arena_new();
	const struct order *o;
	struct letter l;
	struct err e;

	for (o = plan->orders; o != NULL; o = o->next) {
		if (letter_get(d->store, o->letter, a, &l, &e) != 1 ||
			seal_order(d, &l, held, &e) == -1)
			log_event(LOG_WARNING, "seal",
				LOG_NUMBER("letter", o->letter), LOG_ERR(&e));
	}
	arena_free(&a);
}

int
pipeline_seal_words(struct desk *d, const char *text, struct arena *a,
	struct stored_bytes *b, struct err *e)
{
	struct crypto_input in = {.len = (int64_t)strlen(text)};
	struct crypto_output out = {.max = SEAL_BYTES_MAX};
	scoped(close_fd) int plain = -1;
	scoped(close_fd) int sealed = -1;

	if (fs_memory_file("words", &plain, e) == -1 ||
		fs_write_all(plain, text, strlen(text), e) == -1 ||
		fs_memory_file("sealed", &sealed, e) == -1)
		return -1;
	in.fd = plain;
	out.fd = sealed;
	if (seal_at_rest(d->engine, d->conf->openpgp, &in, &out, e) == -1)
		return -1;
	return message_put(d->store, sealed, 0, out.written, a, b, e);
}
