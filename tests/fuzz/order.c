/*
 * A mail of commands: its bytes, what its signature is worth, and quotation.
 * Whatever they are, the case changes only by a block that stands unquoted in
 * the mail, and only if the one signature is good, by an analyst's key, over
 * the whole of it.  What that means is said here once more, in other words than
 * in cases/authority.c.
 *
 * The first bytes choose the facts, the rest is the payload that was signed.
 */
#include "cases/authority.h"
#include "cases/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "mail/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1795276800) * SECOND)
#define FINDER 10
#define ADA 1
#define FACTS 8

static char prefix[] = "EX", hostname[] = "mx.example.test",
	    address[] = "security@example.test";
static const struct conf conf = {.prefix = prefix,
	.address = address,
	.hostname = hostname,
	.authserv_id = hostname,
	.depth = 8,
	.parts = 50,
	.header_size = 4096,
	.addresses = 20,
	.text_size = 8192,
	.sealed_parts = 8};
static const struct policy_analyst analysts[] = {{ADA, "ada"}, {2, "bob"}};
static const struct policy policy = {.answer_within = 5 * DAY,
	.embargo = 90 * DAY,
	.analysts = analysts,
	.analysts_count = countof(analysts)};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* The facts, and what they amount to. */
struct world {
	struct signature signatures[2];
	struct verdict verdict;
	struct authority_token tokens[2];
	struct authority_facts facts;
	bool may;
};

static void
choose(const uint8_t *b, struct world *w)
{
	static const char *const digests[] = {
		"SHA1", "SHA256", "MD5", "SHA512"};
	struct signature *s = w->signatures;
	size_t i;

	s[0] = (struct signature){
		.status = (enum signature_status)(b[0] % SIGNATURE__COUNT),
		.covers = (enum signature_covers)(2 - b[1] % COVERS__COUNT),
		.fingerprint = "A",
		.digest = digests[3 - b[2] % 4],
		.made = NOW - (int8_t)b[3] * HOUR,
		.outside = b[1] & 0x80};
	s[1] = s[0];
	w->verdict = (struct verdict){
		.encrypted = (enum encrypted_extent)(2 - b[4] % 3),
		.opened = true,
		.detail = "",
		.signatures = s,
		.count = (b[4] >> 4) % 3};
	for (i = 0; i < 2; i++)
		w->tokens[i] =
			(struct authority_token){.known = !(b[5] & 1 << i),
				.analyst = b[5] & 4 << i ? 2 : ADA,
				.case_id = b[5] & 16 << i ? 8 : 7,
				.made = NOW - (b[6] >> 4) * DAY};
	w->facts = (struct authority_facts){.verdict = &w->verdict,
		.received = NOW,
		.analyst = b[7] & 1 ? 0 : ADA,
		.for_us = !(b[7] & 2),
		.used = b[7] & 4,
		.case_id = 7,
		.tokens = w->tokens,
		.tokens_count = b[6] % 3};
	w->may = b[0] % SIGNATURE__COUNT == 0 && s[0].covers == COVERS_ALL &&
		!s[0].outside && w->verdict.count == 1 && b[2] % 2 == 0 &&
		(int8_t)b[3] <= 72 && (int8_t)b[3] >= 0 &&
		w->verdict.encrypted == ENCRYPTED_ALL && !(b[7] & 7);
}

static void
begin(struct arena *a, struct case_file *c, struct plan *p)
{
	const struct verdict verdict = {.opened = true, .detail = ""};
	const struct mail_input mail = {.outer = {.received = NOW - DAY,
						.sender = "f@finder.example",
						.robot = "",
						.key = ""},
		.message = 5,
		.person = FINDER,
		.sender_person = FINDER,
		.verdict = &verdict};
	const struct ground g = {
		.now = NOW - DAY, .policy = &policy, .next_letter = 1};
	struct err e;

	case_begin(c, a, 7);
	snprintf(c->public_id, sizeof(c->public_id), "EX-2026-0001");
	plan_begin(p, a, 1);
	check(decide_mail(&g, c, NULL, &mail, p, &e) == 0);
}

/* A line of TEXT begins with the command; nothing stands before its slash. */
static bool
stands_unquoted(const char *text, const struct command *cmd)
{
	const char *line = text;
	size_t n;

	for (; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		n = 1;
		while (line[0] == '/' && line[n] != '\0' &&
			strchr(" \t\n", line[n]) == NULL)
			n++;
		if (line[0] == '/' && n > 1 &&
			(strncasecmp(line + 1, cmd->row->word, n - 1) == 0 ||
				(unsigned char)line[1] >= 0x80 ||
				memchr(line, '\xe2', n) != NULL))
			return true;
	}
	return false;
}

/* As daemon/mail_commands.c does, without a store. */
static void
order(struct arena *a, struct world *w, const struct reading *r)
{
	struct command *commands = NULL, *cmd;
	struct command_input in = {.actor = ADA};
	struct ground g = {.now = NOW, .policy = &policy, .next_letter = 10};
	struct case_file c;
	struct plan p;
	struct err e;

	w->facts.html_only = r->html_only;
	w->facts.differs = r->other_text[0] != '\0';
	if (!command_block(r->new_text) ||
		command_parse(r->new_text, a, &commands, &e) == -1)
		return;
	w->facts.opens = command_with(commands, COMMAND_OPENS) != NULL;
	if (authority_fails(&w->facts) != AUTHORITY__COUNT)
		return;
	begin(a, &c, &p);
	plan_begin(&p, a, g.next_letter);
	in.commands = commands;
	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0')
			cmd->message = 50;
	if (decide_command(&g, &c, &in, &p, &e) == -1 || p.events == NULL)
		return;
	check(w->may && !r->html_only);
	check(w->facts.opens || w->facts.tokens_count > 0);
	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		check(stands_unquoted(r->new_text, cmd));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool open;
	const struct read_options options = {.conf = &conf};
	struct mail_source source = {.kind = SOURCE_MESSAGE};
	struct arena *a;
	struct reading r;
	struct world w;

	if (!open)
		mail_read_open();
	open = true;
	if (size < FACTS)
		return 0;
	a = arena_new();
	choose(data, &w);
	source.bytes = (struct span){(const char *)data + FACTS, size - FACTS};
	mail_read(a, &source, 1, &options, NULL, &r);
	order(a, &w, &r);
	arena_free(&a);
	return 0;
}
