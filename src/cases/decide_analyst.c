/* What the commands in an analyst's mail do, and the transcript of it. */
#include "cases/command.h"
#include "cases/decide_parts.h"

#define LINE_MAX 2000

struct answering {
	const struct ground *ground;
	struct case_file *c;
	const struct mail_input *in;
	struct plan *plan;
	bool fresh; /* the mail has opened the case */
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

/* Who reads what, from order FROM to the transcript. */
static void
tell_told(struct answering *w, const struct order *from, struct order *o)
{
	const char *name;

	for (; from != NULL && from != o; from = from->next) {
		name = name_of(w, from->person);
		facts_add(&o->facts, "told",
			arena_printf(w->plan->arena, "%s: %s%s",
				letter_kind_name(from->kind),
				name != NULL ? name : "?",
				from->sealed ? ""
					     : ", IN CLEAR unless a key of "
					       "theirs is known"));
		if (!from->analyst)
			facts_add(&o->facts, "outside", "yes");
	}
}

/* What can be taken back, and what comes nearest for the rest. */
static void
tell_back(struct answering *w, struct order *o)
{
	const struct command *cmd;

	for (cmd = w->in->commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->row->flags & (COMMAND_SHOWS | COMMAND_ALONE))
			continue;
		if (cmd->row->nearest == NULL)
			facts_add(&o->facts, "undo", "yes");
		else
			facts_add(&o->facts, "nearest",
				arena_printf(w->plan->arena, "/%s: %s",
					cmd->row->word, cmd->row->nearest));
	}
}

/* What is asked to be seen is looked up when the letter is written. */
static void
tell_shown(const struct plan *p, struct order *o)
{
	if (p->show_status)
		facts_add(&o->facts, "show", "status");
	if (p->show_parties)
		facts_add(&o->facts, "show", "parties");
	if (p->show_log)
		facts_add(&o->facts, "show", "log");
	if (p->show_help)
		facts_add(&o->facts, "show", "help");
	facts_add(&o->facts, "help-about", p->help_about);
}

/* The text that was kept or sent; a reason only where there is none. */
static int64_t
words_of(const struct mail_input *in, const struct order *from)
{
	const struct command *cmd;
	int64_t message = 0;

	for (; from != NULL; from = from->next)
		if (from->kind == LETTER_MESSAGE)
			return from->message;
	for (cmd = in->commands; cmd != NULL; cmd = cmd->next)
		if (cmd->message != 0)
			message = cmd->message;
	return message;
}

static bool
waits(const struct planned_event *from)
{
	for (; from != NULL; from = from->next)
		if (from->event.kind == EVENT_COMMANDS_WAIT)
			return true;
	return false;
}

static void
tell(struct answering *w, const char *outcome, const struct plan *done,
	const struct planned_event *events, const struct order *orders)
{
	struct order *o = transcript(w, w->in->analyst, outcome);
	const struct remark *r;

	tell_done(w, events, o);
	tell_told(w, orders, o);
	for (r = done->remarks; r != NULL; r = r->next)
		facts_add(&o->facts, "remark", r->text);
	tell_back(w, o);
	tell_shown(done, o);
	/* A dry run keeps no words: they are in the mail that is answered. */
	if (done == w->plan)
		o->message = words_of(w->in, orders);
}

static int
obey(struct answering *w, struct err *e)
{
	struct command_input in = {.actor = w->in->analyst,
		.commands = w->in->commands,
		.keys = w->in->keys,
		.keys_count = w->in->keys_count,
		.note = w->in->note,
		.fresh = w->fresh};
	struct planned_event **events = w->plan->events_end;
	struct order **orders = w->plan->orders_end;
	const struct plan *trial = w->in->trial;

	if (trial != NULL) {
		tell(w, "dry-run", trial, trial->events, trial->orders);
		return 0;
	}
	if (decide_command(w->ground, w->c, &in, w->plan, e) == -1)
		return -1;
	if (!w->in->by_hand)
		tell(w, waits(*events) ? "waiting" : "done", w->plan, *events,
			*orders);
	return 0;
}

static void
refuse(struct answering *w)
{
	struct facts f;

	if (!w->in->told_before)
		facts_add(&transcript(w, w->in->refused_to, "refused")->facts,
			"reason",
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
	struct answering w = {.ground = g,
		.c = c,
		.in = in,
		.plan = p,
		.fresh = in->commands != NULL &&
			command_with(in->commands, COMMAND_OPENS) != NULL &&
			c->posted_count == 1};

	if (in->refusal != NULL) {
		refuse(&w);
		return 0;
	}
	if (in->commands != NULL)
		return obey(&w, e);
	/* The answer to this transcript may send the note. */
	if (in->analyst != 0)
		facts_add_number(&transcript(&w, in->analyst, "noted")->facts,
			"note", in->message);
	return 0;
}
