/*
 * Any text as an analyst's commands, on a case with a finder: refused with
 * words, or decided; and the events that were decided make the same case.
 */
#include "cases/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1795276800) * SECOND)
#define FINDER 10
#define ADA 1

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

static void
begin(struct arena *a, struct case_file *c, struct plan *p)
{
	const struct verdict verdict = {.opened = true, .detail = ""};
	const struct mail_input mail = {.outer = {.received = NOW,
						.sender = "f@finder.example",
						.robot = "",
						.key = ""},
		.message = 5,
		.person = FINDER,
		.sender_person = FINDER,
		.verdict = &verdict};
	const struct ground g = {
		.now = NOW, .policy = &policy, .next_letter = 1};
	struct err e;

	case_begin(c, a, 7);
	snprintf(c->public_id, sizeof(c->public_id), "EX-2026-0001");
	plan_begin(p, a, 1);
	check(decide_mail(&g, c, NULL, &mail, p, &e) == 0);
}

/* The case that the events make, beside the one that was decided on. */
static void
fold(struct arena *a, const struct case_file *c, const struct plan *p)
{
	const struct planned_event *pe;
	struct case_file copy;
	struct plan ignored;

	begin(a, &copy, &ignored);
	for (pe = p->events; pe != NULL; pe = pe->next)
		case_apply(&copy, &pe->event);
	check(copy.state == c->state && copy.assignee == c->assignee &&
		copy.answered == c->answered && copy.changed == c->changed &&
		copy.posted_count == c->posted_count);
}

static void
decide(struct arena *a, struct command *commands)
{
	struct command_input in = {.actor = ADA, .commands = commands};
	struct ground g = {
		.now = NOW + HOUR, .policy = &policy, .next_letter = 10};
	struct err e = {.kind = ERR_NONE};
	struct case_file c;
	struct plan p;

	begin(a, &c, &p);
	plan_begin(&p, a, g.next_letter);
	if (decide_command(&g, &c, &in, &p, &e) == -1)
		check(e.kind == ERR_PERMANENT && e.text[0] != '\0');
	else
		fold(a, &c, &p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = arena_dup(a, data, size);
	struct command *commands, *cmd;
	struct err e = {.kind = ERR_NONE};
	int n = 0;

	if (command_parse(text, a, &commands, &e) == -1) {
		check(e.kind == ERR_PERMANENT && e.text[0] != '\0');
	} else {
		for (cmd = commands; cmd != NULL; cmd = cmd->next) {
			check(++n <= COMMANDS_MAX);
			check(strlen(cmd->argument) <= COMMAND_ARGUMENT_MAX);
			if (cmd->words[0] != '\0')
				cmd->message = 50 + n;
		}
		decide(a, commands);
	}
	arena_free(&a);
	return 0;
}
