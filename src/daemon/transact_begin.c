/* A case that an analyst begins by psirtctl; see daemon/transact.h. */
#include <stdio.h>

#include "base/clock.h"
#include "daemon/transact_parts.h"

static int
store_report(const struct transactor *t, const struct case_to_begin *b,
	int64_t *message_r, struct err *e)
{
	struct message message = {.form = MESSAGE_SEALED,
		.received = clock_now(),
		.sender = "",
		.recipients = "",
		.spool = "",
		.queue = "",
		.message_id = ""};

	if (message_add(t->store, &message, b->report, e) == -1)
		return -1;
	*message_r = message.id;
	return 0;
}

/* As if it had come by mail, signed by them. */
static struct mail_input
input_of(const struct case_to_begin *b)
{
	return (struct mail_input){.outer = {.received = clock_now(),
					   .sender = "",
					   .robot = "",
					   .key = ""},
		.person = b->actor,
		.analyst = b->actor,
		.verdict = &b->opening->verdict,
		.hints = b->opening->answer.hints,
		.hints_count = b->opening->answer.hints_count,
		.commands = b->commands,
		.by_hand = true};
}

static int
begin(const struct transactor *t, const struct case_to_begin *b,
	struct arena *a, struct transacted *r, struct err *e)
{
	struct mail_input in = input_of(b);
	char cause[CAUSE_MAX];
	struct ground g;

	r->c = arena_alloc(a, sizeof(*r->c));
	snprintf(cause, sizeof(cause), "command:%s", b->nonce);
	if (store_report(t, b, &in.message, e) == -1 ||
		transact_store_words(
			t, b->commands, b->words, clock_now(), e) == -1 ||
		case_new(t->store, t->conf->prefix, clock_now(), a, r->c, e) ==
			-1 ||
		transact_prepare(t, r->c, 0, a, &g, &r->plan, e) == -1 ||
		decide_mail(&g, r->c, NULL, &in, &r->plan, e) == -1)
		return -1;
	r->message = in.message;
	return transact_finish(t, &g, cause, r, e);
}

int
transact_begin(const struct transactor *t, const struct case_to_begin *b,
	struct arena *a, struct transacted *r, struct err *e)
{
	char cause[CAUSE_MAX];
	int new;

	*r = (struct transacted){.message = 0};
	snprintf(cause, sizeof(cause), "command:%s", b->nonce);
	if (store_begin(t->store, e) == -1)
		return -1;
	new = store_consume(t->store, cause, clock_now(), e);
	if (new == 0)
		new = err_permanent(e, "5.5.1",
			"this was done before; psirtctl case list --all shows "
			"the new case");
	if (new == 1)
		new = begin(t, b, a, r, e);
	return transact_end(t, new, e) == -1 ? -1 : 0;
}
