/* `psirtctl case new`: a case begun by hand; see daemon/service.h. */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "crypto/seal.h"
#include "daemon/service_call.h"

#define REPORT_BYTES (2 * SERVICE_WORD_BYTES)

/* The report as a mail, so that it is read, stored and shown as every other. */
struct new_report {
	struct buf bytes;
	int fd;
	struct opening opening;
	bool opened;
	struct stored_bytes stored;
};

static void
write_mail(const struct service_call *s, const char *title, const char *text,
	struct buf *out)
{
	const struct conf_analyst *who =
		conf_analyst_named(s->desk->conf, s->actor->name);
	char date[INSTANT_TEXT];

	buf_printf(out, "From: %s\nDate: %s\nSubject: ", who->address,
		instant_mail(clock_now(), date));
	utf8_clean(out, span_of(title), UTF8_ONE_LINE);
	buf_puts(out,
		"\nMIME-Version: 1.0\n"
		"Content-Type: text/plain; charset=utf-8\n"
		"Content-Transfer-Encoding: 8bit\n\n");
	utf8_clean(out, span_of(text), UTF8_MANY_LINES);
	buf_putc(out, '\n');
}

static int
put_aside(struct service_call *s, struct new_report *r, struct err *e)
{
	struct crypto_input in = {.fd = r->fd, .len = (int64_t)r->bytes.len};
	struct crypto_output out = {.max = SEAL_BYTES_MAX};
	scoped(close_fd) int sealed = -1;

	if (fs_memory_file("sealed", &sealed, e) == -1)
		return -1;
	out.fd = sealed;
	if (seal_at_rest(s->desk->engine, s->desk->conf->openpgp, &in, &out,
		    e) == -1)
		return -1;
	return message_put(s->desk->store, sealed, 0, out.written, s->arena,
		&r->stored, e);
}

static int
read_report(struct service_call *s, struct new_report *r, struct err *e)
{
	struct opener by = desk_opener(s->desk);

	if (r->bytes.failed)
		return err_permanent(e, "5.3.4", "the report is too large");
	if (fs_memory_file("report", &r->fd, e) == -1 ||
		fs_write_all(r->fd, r->bytes.data, r->bytes.len, e) == -1 ||
		opening_open(&by, r->fd, (int64_t)r->bytes.len, &r->opening,
			e) == -1)
		return -1;
	r->opened = true;
	return put_aside(s, r, e);
}

static int
begin(struct service_call *s, struct new_report *r, struct command *commands,
	struct err *e)
{
	struct transactor t = pipeline_transactor(s->desk);
	struct stored_bytes words[COMMANDS_MAX], *bytes = words;
	struct case_to_begin c = {.actor = s->actor->person,
		.commands = commands,
		.words = words,
		.opening = &r->opening,
		.report = &r->stored,
		.nonce = s->nonce};
	struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0' &&
			pipeline_seal_words(s->desk, cmd->words, s->arena,
				bytes++, e) == -1)
			return -1;
	if (transact_begin(&t, &c, s->arena, &s->decided, e) == -1)
		return -1;
	s->has_decided = !s->decided.consumed_before;
	return 0;
}

static int
answer(struct service_call *s, int result, const struct err *e)
{
	if (result == -1)
		return service_fail(s, e);
	buf_printf(&s->out, "%s\n", s->decided.c->public_id);
	return EX_OK;
}

/* Words: a block's first argument may be empty, the report is the last. */
int
service_case_new(struct service_call *s)
{
	struct new_report r = {.fd = -1};
	struct command *commands;
	const char *title;
	struct err e;
	int result;

	if (s->count < 1 || s->count > 2 || s->words[s->count - 1][0] == '\0')
		return service_usage(s, "case new [TITLE] <REPORT");
	title = s->count == 2 ? s->words[0] : "";
	buf_init(&r.bytes, REPORT_BYTES);
	write_mail(s, title, s->words[s->count - 1], &r.bytes);
	result = command_parse(arena_printf(s->arena, "/new %s", title),
		s->arena, &commands, &e);
	if (result == 0)
		result = read_report(s, &r, &e);
	if (result == 0)
		result = begin(s, &r, commands, &e);
	if (r.opened)
		opening_release(&r.opening);
	close_fd(&r.fd);
	buf_release(&r.bytes);
	return answer(s, result, &e);
}
