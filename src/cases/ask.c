#include "cases/ask.h"

#include <string.h>
#include <strings.h>

#include "rules/hint.h"

#define LACKS_MAX 400
#define AGAIN "again"

static bool
is_kind(const struct case_hint *h, enum hint_kind kind)
{
	return strcmp(h->kind, hint_kind_name(kind)) == 0;
}

static bool
has(const struct case_file *c, const char *what)
{
	const struct case_hint *h;

	for (h = c->hints; h != NULL; h = h->next)
		if (is_kind(h, HINT_HAS) && strcmp(h->value, what) == 0)
			return true;
	return false;
}

const char *
case_lacks(const struct case_file *c, struct arena *a)
{
	struct buf b = BUF_INIT(LACKS_MAX);
	const struct case_hint *h;
	const char *result;

	for (h = c->hints; h != NULL; h = h->next)
		if (is_kind(h, HINT_LACKS) && !has(c, h->value))
			buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", h->value);
	result = arena_strdup(a, b.data);
	buf_release(&b);
	return result;
}

int
check_ask(const struct deciding *d, const struct command *cmd, struct err *e)
{
	bool again = strcasecmp(cmd->argument, AGAIN) == 0;

	if (cmd->argument[0] != '\0' && !again)
		return err_permanent(e, "5.5.4",
			"line %d: /ask \"%s\": only /ask and /ask " AGAIN
			" are known",
			cmd->line, cmd->argument);
	if (case_finder(d->c) == NULL)
		return err_permanent(e, "5.5.1",
			"line %d: /ask: there is no finder in this case",
			cmd->line);
	if (case_lacks(d->c, d->plan->arena)[0] == '\0')
		return err_permanent(e, "5.5.1",
			"line %d: /ask: the report lacks nothing that psirtd "
			"looks for; write what you want to know behind /to "
			"finder",
			cmd->line);
	if (d->c->asked && !again)
		return err_permanent(e, "5.5.1",
			"line %d: /ask: they have been asked already; "
			"/ask " AGAIN " asks once more",
			cmd->line);
	return 0;
}

void
apply_ask(struct deciding *d, const struct command *cmd)
{
	const struct party *finder = case_finder(d->c);
	const char *lacks = case_lacks(d->c, d->plan->arena);
	struct order *o = plan_order(d->plan, d->c, LETTER_ASK, finder->person);
	struct facts f;

	(void)cmd;
	o->sealed = case_is_sealed_to(d->c, finder);
	o->answers = case_last_message(d->c, finder->person);
	facts_add(&o->facts, "lacks", lacks);
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "person", finder->person);
	facts_add_number(&f, "letter", o->letter);
	facts_add(&f, "lacks", lacks);
	plan_event(d->plan, d->c, EVENT_ASKED, d->ground->now, d->input->actor,
		&f);
}
