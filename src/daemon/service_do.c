/* Reading messages and giving commands by psirtctl; see daemon/service.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "cases/command.h"
#include "daemon/recall.h"
#include "daemon/service_call.h"
#include "mail/field.h"
#include "mail/read.h"

#define MBOX_MAX SERVICE_OUT_MAX

/* --- read --- */

struct reading_request {
	int64_t number; /* of the message; 0: the last */
	int64_t attachment; /* 0: the text */
	bool mbox;
};

static int
write_range(
	struct service_call *s, int fd, int64_t at, int64_t len, struct err *e)
{
	char chunk[65536];
	size_t n;

	for (; len > 0; len -= (int64_t)n, at += (int64_t)n) {
		n = len < (int64_t)sizeof(chunk) ? (size_t)len : sizeof(chunk);
		if (fs_read_at(fd, chunk, n, at, e) == -1)
			return -1;
		buf_add(&s->out, chunk, n);
	}
	explicit_bzero(chunk, sizeof(chunk));
	return 0;
}

static int
write_attachment(
	struct service_call *s, struct recalled *r, int64_t k, struct err *e)
{
	struct opener by = desk_opener(s->desk);
	const struct reading *reading;
	int64_t n = 0;
	size_t i;
	int fd;

	if (!r->is_mail || opening_attachments(&by, &r->opening, &fd, e) == -1)
		return r->is_mail
			? -1
			: err_permanent(e, "5.5.4", "it has no attachments");
	reading = &r->opening.answer.reading;
	for (i = 0; i < reading->parts_count && fd != -1; i++)
		if (reading_is_file(reading, i) && ++n == k)
			return write_range(s, fd, reading->parts[i].out_at,
				reading->parts[i].out_len, e);
	return err_permanent(e, "5.5.4",
		"there is no attachment %" PRId64 ", it has %" PRId64, k, n);
}

static void
write_attachments_list(struct service_call *s, const struct reading *r)
{
	int64_t k = 0;
	size_t i;

	for (i = 0; i < r->parts_count; i++)
		if (reading_is_file(r, i))
			buf_printf(&s->out,
				"[attachment %" PRId64 ": %s, %s]\n", ++k,
				r->parts[i].name, r->parts[i].type);
}

static void
write_text(struct service_call *s, const struct recalled *r)
{
	const struct reading *reading = &r->opening.answer.reading;
	const struct mail_header *h = &reading->header;
	const struct verdict *v = &r->opening.verdict;
	size_t i;

	if (!r->is_mail) {
		buf_printf(&s->out, "%s\n", r->words);
		return;
	}
	if (h->from_count > 0)
		buf_printf(&s->out, "From: %s <%s>\n", h->from[0].name,
			h->from[0].address);
	buf_printf(&s->out, "Subject: %s\nEncrypted: %s\n", h->subject,
		encrypted_extent_name(v->encrypted));
	for (i = 0; i < v->count; i++)
		buf_printf(&s->out, "Signature: %s, covers %s, by %s\n",
			signature_status_name(v->signatures[i].status),
			signature_covers_name(v->signatures[i].covers),
			v->signatures[i].fingerprint);
	if (v->problem != PROBLEM_NONE)
		buf_printf(&s->out, "NOT OPENED (%s): %s %s\n",
			seal_problem_name(v->problem),
			seal_problem_text(v->problem), v->detail);
	buf_printf(&s->out, "\n%s\n", reading->new_text);
	if (reading->quoted_text[0] != '\0')
		buf_printf(&s->out, "\n[quoted]\n%s\n", reading->quoted_text);
	write_attachments_list(s, reading);
}

/* Lines as a mailbox has them (mboxrd): LF, and none that separates mails. */
static void
put_mbox_lines(struct buf *out, struct span text)
{
	struct span line, stripped;
	size_t quotes;

	while (take_line(&text, &line)) {
		stripped = line_text(line);
		quotes = 0;
		while (quotes < stripped.len && stripped.data[quotes] == '>')
			quotes++;
		if (span_begins(span_from(stripped, quotes), "From "))
			buf_putc(out, '>');
		buf_span(out, stripped);
		buf_putc(out, '\n');
	}
}

static int
read_range(int fd, int64_t at, int64_t len, struct buf *b, struct err *e)
{
	char *bytes = xcalloc(1, (size_t)len + 1);
	int result = fs_read_at(fd, bytes, (size_t)len, at, e);

	if (result == 0)
		buf_add(b, bytes, (size_t)len);
	explicit_bzero(bytes, (size_t)len);
	free(bytes);
	return result;
}

/* The outer fields that the header inside lacks and that are not about the
 * body. */
static void
put_outer_fields(struct buf *out, struct span outer, struct span inner)
{
	struct field f;
	struct span ignored;
	char name[100];

	while (field_next(&outer, &f)) {
		snprintf(name, sizeof(name), "%.*s", (int)f.name.len,
			f.name.data);
		if (!span_begins_nocase(f.name, "content-") &&
			!span_is_nocase(f.name, "mime-version") &&
			!field_find(inner, name, &ignored))
			buf_printf(out, "%s:%.*s\n", name, (int)f.body.len,
				f.body.data);
	}
}

static struct span
head_of(struct span entity)
{
	struct span line, head = {entity.data, 0};

	while (take_line(&entity, &line) && line_text(line).len > 0)
		head.len += line.len;
	return head;
}

/* What was inside the encryption, below the header from outside. */
static int
write_opened(struct service_call *s, const struct opening *o,
	const struct reader_source *inside, struct err *e)
{
	const struct mail_part *root = &o->answer.reading.parts[0];
	struct buf outer = BUF_INIT(MBOX_MAX), inner = BUF_INIT(MBOX_MAX),
		   fields = BUF_INIT(MBOX_MAX);
	struct span head = {"", 0};
	int result = -1;

	if (read_range(o->message_fd, root->head_at, root->head_len, &outer,
		    e) == 0 &&
		read_range(o->plain_fd, inside->at, inside->len, &inner, e) ==
			0)
		result = 0;
	if (inside->kind == SOURCE_ENTITY)
		head = head_of(buf_view(&inner));
	put_outer_fields(&fields, buf_view(&outer), head);
	if (inside->kind != SOURCE_ENTITY)
		buf_puts(&fields,
			"Content-Type: text/plain; charset=utf-8\n"
			"\n");
	if (result == 0) {
		put_mbox_lines(&s->out, buf_view(&fields));
		put_mbox_lines(&s->out, buf_view(&inner));
	}
	buf_release(&outer);
	buf_release(&inner);
	buf_release(&fields);
	return result;
}

/*
 * For a mail program: the mail with its outer header, and as its body what was
 * opened; where nothing had to be opened, the mail as it came.
 */
static int
write_mbox(struct service_call *s, const struct recalled *r, struct err *e)
{
	const struct opening *o = &r->opening;
	struct buf raw = BUF_INIT(MBOX_MAX);
	const struct reader_source *inside = NULL;
	size_t i;
	int result = 0;

	for (i = 1; r->is_mail && i < o->count && inside == NULL; i++)
		if (o->sources[i].kind == SOURCE_ENTITY ||
			o->sources[i].kind == SOURCE_TEXT)
			inside = &o->sources[i];
	buf_puts(&s->out, "From psirtd Thu Jan  1 00:00:00 1970\n");
	if (!r->is_mail) {
		buf_puts(&s->out,
			"Content-Type: text/plain; charset=utf-8\n"
			"\n");
		put_mbox_lines(&s->out, span_of(r->words));
	} else if (o->verdict.encrypted == ENCRYPTED_ALL && inside != NULL) {
		result = write_opened(s, o, inside, e);
	} else {
		result = read_range(r->fd, 0, r->len, &raw, e);
		put_mbox_lines(&s->out, buf_view(&raw));
	}
	buf_puts(&s->out, "\n");
	buf_release(&raw);
	return result;
}

static int
write_recalled(struct service_call *s, const struct reading_request *q,
	struct recalled *r, struct err *e)
{
	if (q->attachment > 0)
		return write_attachment(s, r, q->attachment, e);
	if (q->mbox)
		return write_mbox(s, r, e);
	write_text(s, r);
	return 0;
}

static int
parse_number(const char *text, int64_t *number)
{
	char *end;

	*number = strtoll(text, &end, 10);
	return *end == '\0' && *number > 0 ? 0 : -1;
}

static int
parse_reading(struct service_call *s, struct reading_request *q)
{
	const char *k = service_option(s, "--attachment");

	*q = (struct reading_request){.mbox = service_flag(s, "--mbox")};
	if (k != NULL && parse_number(k, &q->attachment) == -1)
		return -1;
	if (s->count == 1)
		return parse_number(s->words[0], &q->number);
	return s->count == 0 ? 0 : -1;
}

/* Who reads is recorded before they do. */
int
service_case_read(struct service_call *s, int64_t id)
{
	struct transactor t = pipeline_transactor(s->desk);
	struct reading_request q;
	struct transacted done;
	struct case_file c;
	struct recalled r;
	struct err e;
	int found;

	if (parse_reading(s, &q) == -1)
		return service_usage(
			s, "case ID read [N] [--mbox | --attachment K]");
	if (case_load(s->desk->store, id, s->arena, &c, &e) == -1)
		return service_fail(s, &e);
	if (q.number == 0)
		q.number = c.posted_count;
	found = transact_read(
		&t, id, s->actor->person, q.number, s->arena, &done, &e);
	if (found == 0) {
		buf_printf(&s->err,
			"psirtctl: there is no message %" PRId64
			" in %s; it has %" PRId64 "\n",
			q.number, c.public_id, c.posted_count);
		return EX_NOINPUT;
	}
	if (found == -1 || recall(s->desk, done.message, &r, &e) == -1)
		return service_fail(s, &e);
	found = write_recalled(s, &q, &r, &e);
	recall_release(&r);
	return found == -1 ? service_fail(s, &e) : EX_OK;
}

/* --- do --- */

static int
seal_words(struct service_call *s, struct command *commands,
	struct stored_bytes *bytes, struct err *e)
{
	struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0' &&
			pipeline_seal_words(s->desk, cmd->words, s->arena,
				bytes++, e) == -1)
			return -1;
	return 0;
}

static void
list_commands(struct service_call *s, const char *about)
{
	const struct command_row *row;
	size_t i;

	for (i = 0; (row = command_at(i)) != NULL; i++)
		if (about == NULL || strcmp(about, row->word) == 0)
			buf_printf(&s->out, "/%s%s%s: %s\n", row->word,
				row->arguments[0] != '\0' ? " " : "",
				row->arguments, row->help);
}

/* What was done, and who will read what. */
static void
report(struct service_call *s, bool dry)
{
	const struct planned_event *pe;
	const struct remark *r;
	const struct order *o;

	if (s->decided.consumed_before)
		buf_puts(&s->out,
			"This was done before; nothing was done "
			"now.\n");
	for (pe = s->decided.plan.events; pe != NULL; pe = pe->next) {
		buf_printf(&s->out, "%s%s: ", dry ? "would be done: " : "",
			s->decided.c->public_id);
		event_describe(&pe->event, &s->out, service_name, s);
		buf_putc(&s->out, '\n');
	}
	for (o = s->decided.plan.orders; o != NULL; o = o->next)
		buf_printf(&s->out, "%s%s to %s%s\n",
			dry ? "would be sent: " : "letter: ",
			letter_kind_name(o->kind), service_name(s, o->person),
			o->sealed ? ""
				  : ", IN CLEAR unless a key of theirs "
				    "is known");
	for (r = s->decided.plan.remarks; r != NULL; r = r->next)
		buf_printf(&s->out, "not done: %s\n", r->text);
}

/* What a terminal may have put into it. */
static const char *
clean(struct service_call *s, const char *text)
{
	struct buf out = BUF_INIT(4 * SERVICE_WORD_BYTES);
	const char *copy;

	utf8_clean(&out, span_of(text), UTF8_MANY_LINES);
	copy = arena_dup(s->arena, out.data, out.len);
	buf_release(&out);
	return copy;
}

static int
obey(struct service_call *s, int64_t id, bool dry, struct err *e)
{
	struct transactor t = pipeline_transactor(s->desk);
	struct stored_bytes bytes[COMMANDS_MAX];
	struct commands_to_obey c = {.case_id = id,
		.actor = s->actor->person,
		.bytes = bytes,
		.nonce = s->nonce};

	if (command_parse(clean(s, s->words[0]), s->arena, &c.commands, e) ==
		-1)
		return -1;
	c.dry = dry || command_with(c.commands, COMMAND_DRY_RUN) != NULL;
	if (seal_words(s, c.commands, bytes, e) == -1 ||
		transact_commands(&t, &c, s->arena, &s->decided, e) == -1)
		return -1;
	s->has_decided = !c.dry && !s->decided.consumed_before;
	if (s->has_decided)
		pipeline_log(&s->decided, "", "");
	report(s, c.dry);
	return 0;
}

/* What the commands ask to see. */
static int
show(struct service_call *s, int64_t id)
{
	const struct plan *p = &s->decided.plan;
	int status = EX_OK;

	if (p->show_help)
		list_commands(s, p->help_about);
	if (p->show_log)
		status = service_case_log(s, id);
	if (p->show_parties && status == EX_OK)
		status = service_case_parties(s, id);
	if (p->show_status && status == EX_OK)
		status = service_case_show(s, id);
	return status;
}

int
service_case_do(struct service_call *s, int64_t id)
{
	bool dry = service_flag(s, "--dry-run");
	struct err e;

	if (s->count != 1)
		return service_usage(
			s, "case ID do [--dry-run] '/COMMAND ...'");
	if (obey(s, id, dry, &e) == -1) {
		if (e.kind == ERR_PERMANENT)
			buf_puts(&s->err, "psirtctl: nothing was done\n");
		return service_fail(s, &e);
	}
	return show(s, id);
}
