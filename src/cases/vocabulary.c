/* The table of commands; see cases/command.h. */
#include "cases/command.h"

#include <string.h>
#include <strings.h>

#include "cases/decide_parts.h"

static void
record(struct deciding *d, enum event_kind kind, const struct facts *facts)
{
	plan_event(d->plan, d->c, kind, d->ground->now, d->input->actor, facts);
}

/* Facts of an event that puts the command's words into the case. */
static void
words_facts(struct deciding *d, const struct command *cmd, struct facts *f)
{
	facts_init(f, d->plan->arena);
	if (cmd->message == 0)
		return;
	facts_add_number(f, "number", d->c->posted_count + 1);
	facts_add_number(f, "message", cmd->message);
}

static int
needs_words(const struct command *cmd, struct err *e)
{
	if (cmd->words[0] != '\0')
		return 0;
	return err_permanent(e, "5.5.4", "line %d: /%s needs %s", cmd->line,
		cmd->row->word,
		cmd->row->words == WORDS_REASON ? "a reason behind it"
						: "a text after the commands");
}

/* --- looking --- */

static void
apply_status(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	d->plan->show_status = true;
}

static void
apply_help(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	d->plan->show_help = true;
}

/* --- report management --- */

static int
check_state(const struct deciding *d, const struct command *cmd,
	enum report_state to, struct err *e)
{
	if (d->c->merged_into != 0)
		return err_permanent(e, "5.5.1",
			"line %d: /%s: this case is merged into another",
			cmd->line, cmd->row->word);
	if (report_state_may(d->c->state, to))
		return 0;
	return err_permanent(e, "5.5.1",
		"line %d: /%s: the report is %s; from there it can go to %s",
		cmd->line, cmd->row->word, report_state_name(d->c->state),
		report_state_ways(d->c->state));
}

static void
change_state(
	struct deciding *d, const struct command *cmd, enum report_state to)
{
	struct facts f;

	words_facts(d, cmd, &f);
	facts_add(&f, "from", report_state_name(d->c->state));
	facts_add(&f, "to", report_state_name(to));
	record(d, EVENT_STATUS_CHANGED, &f);
	if (to == REPORT_CLOSED)
		plan_timer(d->plan, d->c, TIMER_ANSWER, 0);
}

#define STATE_COMMAND(NAME, STATE) \
	static int check_##NAME(const struct deciding *d, \
		const struct command *cmd, struct err *e) \
	{ \
		if (cmd->row->words == WORDS_REASON && \
			needs_words(cmd, e) == -1) \
			return -1; \
		return check_state(d, cmd, STATE, e); \
	} \
	static void apply_##NAME( \
		struct deciding *d, const struct command *cmd) \
	{ \
		change_state(d, cmd, STATE); \
	}

STATE_COMMAND(valid, REPORT_VALID)
STATE_COMMAND(invalid, REPORT_INVALID)
STATE_COMMAND(accept, REPORT_ACCEPTED)
STATE_COMMAND(defer, REPORT_DEFERRED)
STATE_COMMAND(close, REPORT_CLOSED)

/* --- who does it --- */

static const struct policy_analyst *
analyst_named(const struct deciding *d, const char *name)
{
	const struct policy *policy = d->ground->policy;
	size_t i;

	for (i = 0; i < policy->analysts_count; i++)
		if (strcasecmp(policy->analysts[i].name, name) == 0)
			return &policy->analysts[i];
	return NULL;
}

static int
check_assign(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (analyst_named(d, cmd->argument) != NULL)
		return 0;
	return err_permanent(e, "5.5.4",
		"line %d: /assign: \"%s\" is not an analyst of the "
		"configuration",
		cmd->line, cmd->argument);
}

static void
assign_to(struct deciding *d, int64_t person)
{
	struct facts f;

	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "person", person);
	record(d, EVENT_ASSIGNED, &f);
}

static void
apply_assign(struct deciding *d, const struct command *cmd)
{
	assign_to(d, analyst_named(d, cmd->argument)->person);
}

static void
apply_take(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	assign_to(d, d->input->actor);
}

/* --- words --- */

static int
check_note(const struct deciding *d, const struct command *cmd, struct err *e)
{
	(void)d;
	return needs_words(cmd, e);
}

static void
apply_note(struct deciding *d, const struct command *cmd)
{
	struct facts f;

	words_facts(d, cmd, &f);
	record(d, EVENT_NOTE_ADDED, &f);
}

static int
check_to(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (strcasecmp(cmd->argument, "finder") != 0)
		return err_permanent(e, "5.5.4",
			"line %d: /to \"%s\": only /to finder is known",
			cmd->line, cmd->argument);
	if (case_finder(d->c) == NULL)
		return err_permanent(e, "5.5.1",
			"line %d: /to finder: there is no finder in this case",
			cmd->line);
	return needs_words(cmd, e);
}

/* The last message that the person sent: what a letter to them answers. */
static int64_t
last_message_of(const struct case_file *c, int64_t person)
{
	const struct posted *p;
	int64_t message = 0;

	for (p = c->posted; p != NULL; p = p->next)
		if (p->person == person)
			message = p->message;
	return message;
}

static void
apply_to(struct deciding *d, const struct command *cmd)
{
	const struct party *finder = case_finder(d->c);
	struct order *o =
		plan_order(d->plan, d->c, LETTER_MESSAGE, finder->person);
	struct facts f;

	o->sealed = finder->sealed;
	o->message = cmd->message;
	o->answers = last_message_of(d->c, finder->person);
	words_facts(d, cmd, &f);
	facts_add_number(&f, "person", finder->person);
	facts_add_number(&f, "letter", o->letter);
	record(d, EVENT_WORDS_SENT, &f);
}

/* --- what lies ready --- */

static int
check_ack(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const struct acknowledgement *a = &d->c->acknowledgement;

	if (cmd->argument[0] != '\0' &&
		strcasecmp(cmd->argument, "refuse") != 0)
		return err_permanent(e, "5.5.4",
			"line %d: /ack \"%s\": it is /ack, or /ack refuse",
			cmd->line, cmd->argument);
	if (a->state == ACKNOWLEDGEMENT_HELD)
		return 0;
	if (a->state == ACKNOWLEDGEMENT_WITHHELD)
		return err_permanent(e, "5.5.1",
			"line %d: /ack: no acknowledgement is held: %s",
			cmd->line, a->reason);
	return err_permanent(e, "5.5.1",
		"line %d: /ack: no acknowledgement is held: %s", cmd->line,
		a->state == ACKNOWLEDGEMENT_SENT ? "it has been sent"
						 : "there was none");
}

static void
apply_ack(struct deciding *d, const struct command *cmd)
{
	struct acknowledgement a = d->c->acknowledgement;
	struct facts f;

	plan_timer(d->plan, d->c, TIMER_ACKNOWLEDGE, 0);
	if (cmd->argument[0] == '\0') {
		release_acknowledgement(
			d->ground, d->c, d->input->actor, d->plan);
		return;
	}
	plan_cancel(d->plan, a.letter);
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "letter", a.letter);
	facts_add(&f, "reason", "refused by an analyst");
	record(d, EVENT_UNACKNOWLEDGED, &f);
}

/* The class that is meant: the one that is named, or the case's; or -1. */
static int
class_meant(const struct case_file *c, const struct command *cmd)
{
	int class =
		class_of(cmd->argument[0] != '\0' ? cmd->argument : c->class);

	return class != -1 && class_has_answer((enum mail_class) class) ? class
									: -1;
}

static int
check_answer(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (case_finder(d->c) == NULL)
		return err_permanent(e, "5.5.1",
			"line %d: /answer: there is no finder in this case",
			cmd->line);
	if (class_meant(d->c, cmd) == -1)
		return err_permanent(e, "5.5.4",
			"line %d: /answer: no answer lies ready for \"%s\"; "
			"there is one for report, advisory, beg-bounty, "
			"questionnaire, privacy and abuse",
			cmd->line,
			cmd->argument[0] != '\0' ? cmd->argument : d->c->class);
	return 0;
}

static void
apply_answer(struct deciding *d, const struct command *cmd)
{
	const struct party *finder = case_finder(d->c);
	const char *class = class_name((enum mail_class)class_meant(d->c, cmd));
	struct order *o =
		plan_order(d->plan, d->c, LETTER_ANSWER, finder->person);
	struct facts f;

	o->sealed = finder->sealed;
	o->answers = last_message_of(d->c, finder->person);
	facts_add(&o->facts, "class", class);
	facts_init(&f, d->plan->arena);
	facts_add(&f, "class", class);
	facts_add_number(&f, "person", finder->person);
	facts_add_number(&f, "letter", o->letter);
	record(d, EVENT_ANSWER_SENT, &f);
}

static int
check_finder(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const struct party *finder = case_finder(d->c);
	const struct order *o;

	if (strcasecmp(cmd->argument, "none") != 0)
		return err_permanent(e, "5.5.4",
			"line %d: /finder \"%s\": only /finder none is known",
			cmd->line, cmd->argument);
	if (finder == NULL)
		return err_permanent(e, "5.5.1",
			"line %d: /finder none: there is no finder in this "
			"case",
			cmd->line);
	/* It could not be cancelled: it is not yet there. */
	for (o = d->plan->orders; o != NULL; o = o->next)
		if (!o->analyst && o->person == finder->person)
			return err_permanent(e, "5.5.1",
				"line %d: /finder none: a letter to them "
				"stands in the same block",
				cmd->line);
	return 0;
}

/* What was decided for them and has not left the house does not leave it. */
static void
apply_finder(struct deciding *d, const struct command *cmd)
{
	const struct party *finder = case_finder(d->c);
	const struct ground *g = d->ground;
	struct facts f;
	size_t i;

	(void)cmd;
	for (i = 0; i < g->open_letters_count; i++) {
		if (g->open_letters[i].person != finder->person)
			continue;
		plan_cancel(d->plan, g->open_letters[i].letter);
		facts_init(&f, d->plan->arena);
		facts_add_number(&f, "letter", g->open_letters[i].letter);
		facts_add_number(&f, "person", finder->person);
		facts_add(&f, "reason", "the reader was removed from the case");
		record(d, EVENT_LETTER_CANCELLED, &f);
	}
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "person", finder->person);
	record(d, EVENT_PARTY_REMOVED, &f);
}

/* What binds a mail to its letter was looked at before: cases/authority.h. */
static void
apply_case(struct deciding *d, const struct command *cmd)
{
	(void)d;
	(void)cmd;
}

static const struct command_row rows[] = {
	{"status", "", "Show where the case stands.", WORDS_NONE, NULL,
		apply_status},
	{"help", "", "List the commands.", WORDS_NONE, NULL, apply_help},
	{"valid", "", "The report is a vulnerability report we can work on.",
		WORDS_NONE, check_valid, apply_valid},
	{"invalid", "REASON", "The report is not valid, and why.", WORDS_REASON,
		check_invalid, apply_invalid},
	{"accept", "", "We work on it.", WORDS_NONE, check_accept,
		apply_accept},
	{"defer", "REASON", "We do not work on it now, and why.", WORDS_REASON,
		check_defer, apply_defer},
	{"close", "REASON", "Nothing is left to do, and why.", WORDS_REASON,
		check_close, apply_close},
	{"assign", "WHO", "Give the case to an analyst.", WORDS_NONE,
		check_assign, apply_assign},
	{"take", "", "Take the case.", WORDS_NONE, NULL, apply_take},
	{"note", "[TEXT]", "Keep the text as a note; it stays internal.",
		WORDS_EITHER, check_note, apply_note},
	{"to", "finder", "Send the text after the commands to the finder.",
		WORDS_TEXT, check_to, apply_to},
	{"ack", "[refuse]",
		"Send the acknowledgement that is held, or never send it.",
		WORDS_NONE, check_ack, apply_ack},
	{"answer", "[CLASS]",
		"Send the finder the answer that lies ready for this class of "
		"mail.",
		WORDS_NONE, check_answer, apply_answer},
	{"finder", "none",
		"Nobody is the finder any more; letters to them "
		"that have not left are cancelled.",
		WORDS_NONE, check_finder, apply_finder},
	{"case", "ID TOKEN",
		"Stands in each letter to you, and has to stand in the answer.",
		WORDS_NONE, NULL, apply_case},
};

const struct command_row *
command_table(size_t *count_r)
{
	*count_r = countof(rows);
	return rows;
}

int
decide_command(const struct ground *g, struct case_file *c,
	const struct command_input *in, struct plan *p, struct err *e)
{
	struct deciding d = {.ground = g, .c = c, .input = in, .plan = p};
	const struct command *cmd;

	for (cmd = in->commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->row->check != NULL &&
			cmd->row->check(&d, cmd, e) == -1)
			return -1;
		cmd->row->apply(&d, cmd);
	}
	return 0;
}
