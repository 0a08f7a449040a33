/* What the commands in an analyst's mail do, and the transcript of it. */
#include "cases/command.h"
#include "cases/decide_parts.h"

#define LINE_MAX 2000

struct answering {
	const struct ground *ground;
	struct case_file *c;
	const struct mail_input *in;
	struct plan *plan;
};

/* Names for a transcript, which only analysts read. */
static const char *
name_of(void *arg, int64_t person)
{
	const struct answering *w = arg;
	const struct policy *policy = w->ground->policy;
	const struct party *party;
	size_t i;

	for (i = 0; i < policy->analysts_count; i++)
		if (policy->analysts[i].person == person)
			return policy->analysts[i].name;
	/* Also one who has just been removed. */
	for (party = w->c->parties; party != NULL; party = party->next)
		if (party->person == person)
			return arena_printf(w->plan->arena, "the %s",
				role_name(party->role));
	return NULL;
}

static struct order *
transcript(struct answering *w, int64_t analyst, const char *outcome)
{
	struct order *o = plan_order(w->plan, w->c, LETTER_TRANSCRIPT, analyst);

	o->analyst = true;
	o->sealed = true;
	o->answers = w->in->message;
	facts_add(&o->facts, "outcome", outcome);
	return o;
}

/* Each event from FROM on, as `case log` has it. */
static void
tell_done(
	struct answering *w, const struct planned_event *from, struct order *o)
{
	struct buf line = BUF_INIT(LINE_MAX);

	for (; from != NULL; from = from->next) {
		buf_clear(&line);
		event_describe(&from->event, &line, name_of, w);
		facts_add(&o->facts, "done", line.data);
	}
	buf_release(&line);
}

static void
tell_help(struct answering *w, struct order *o)
{
	size_t i, count;
	const struct command_row *rows = command_table(&count);

	for (i = 0; i < count; i++)
		facts_add(&o->facts, "done",
			arena_printf(w->plan->arena, "/%s%s%s: %s",
				rows[i].word,
				rows[i].arguments[0] != '\0' ? " " : "",
				rows[i].arguments, rows[i].help));
}

static int
obey(struct answering *w, struct err *e)
{
	struct command_input in = {
		.actor = w->in->analyst, .commands = w->in->commands};
	struct planned_event **first = w->plan->events_end;
	const struct command *cmd;
	struct order *o;

	if (decide_command(w->ground, w->c, &in, w->plan, e) == -1)
		return -1;
	o = transcript(w, w->in->analyst, "done");
	tell_done(w, *first, o);
	if (w->plan->show_help)
		tell_help(w, o);
	/* The exact words that were kept or sent. */
	for (cmd = w->in->commands; cmd != NULL; cmd = cmd->next)
		if (cmd->message != 0)
			o->message = cmd->message;
	return 0;
}

static void
refuse(struct answering *w)
{
	struct order *o = transcript(w, w->in->refused_to, "refused");
	struct facts f;

	facts_add(&o->facts, "reason",
		w->in->refusal_detail != NULL ? w->in->refusal_detail
					      : w->in->refusal);
	facts_init(&f, w->plan->arena);
	facts_add_number(&f, "number", w->c->posted_count);
	facts_add_number(&f, "person", w->in->refused_to);
	facts_add(&f, "reason", w->in->refusal);
	plan_event(w->plan, w->c, EVENT_COMMAND_REFUSED, w->ground->now, 0, &f);
}

int
obey_mail(const struct ground *g, struct case_file *c,
	const struct mail_input *in, struct plan *p, struct err *e)
{
	struct answering w = {.ground = g, .c = c, .in = in, .plan = p};

	if (in->refusal != NULL) {
		refuse(&w);
		return 0;
	}
	if (in->commands != NULL)
		return obey(&w, e);
	if (in->analyst != 0)
		transcript(&w, in->analyst, "noted");
	return 0;
}
