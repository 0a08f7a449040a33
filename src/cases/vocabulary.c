/* The table of commands, and those of triage and words; see cases/command.h. */
#include "cases/request.h"
#include "cases/vocabulary_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
vocabulary_record(
	struct deciding *d, enum event_kind kind, const struct facts *facts)
{
	plan_event(d->plan, d->c, kind, d->ground->now, d->input->actor, facts);
}

void
vocabulary_words(struct deciding *d, const struct command *cmd, struct facts *f)
{
	facts_init(f, d->plan->arena);
	if (cmd->message == 0)
		return;
	facts_add_number(f, "number", d->c->posted_count + 1);
	facts_add_number(f, "message", cmd->message);
}

void
vocabulary_start_clock(struct deciding *d)
{
	if (d->c->answered == 0 && !d->c->overdue &&
		d->c->state != REPORT_CLOSED)
		plan_timer(d->plan, d->c, TIMER_ANSWER, d->c->answer_by);
}

int
vocabulary_needs_words(const struct command *cmd, struct err *e)
{
	if (cmd->words[0] != '\0')
		return 0;
	return err_permanent(e, "5.5.4", "line %d: /%s needs %s", cmd->line,
		cmd->row->word,
		cmd->row->words == WORDS_REASON ? "a reason behind it"
						: "a text after the commands");
}

int
vocabulary_refuse(const struct command *cmd, const char *text, struct err *e)
{
	return err_permanent(e, "5.5.4", "line %d: /%s: %s", cmd->line,
		cmd->row->word, text);
}

/* --- looking --- */

static void
apply_status(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	d->plan->show_status = true;
}

static int
check_help(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const char *word = cmd->argument + (cmd->argument[0] == '/');

	(void)d;
	if (cmd->argument[0] == '\0' || command_named(word) != NULL)
		return 0;
	return vocabulary_refuse(
		cmd, "there is no such command; /help alone lists them", e);
}

static void
apply_help(struct deciding *d, const struct command *cmd)
{
	const char *word = cmd->argument + (cmd->argument[0] == '/');

	d->plan->show_help = true;
	if (word[0] != '\0')
		d->plan->help_about = command_named(word)->word;
}

static void
apply_log(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	d->plan->show_log = true;
}

static void
apply_parties(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	d->plan->show_parties = true;
}

/* "[N [K]]": message N, 0 for the last, and of it attachment K, 0 for all. */
static bool
read_numbers(const char *argument, int64_t *n_r, int64_t *k_r)
{
	char *end;

	*n_r = strtoll(argument, &end, 10);
	*k_r = strtoll(end, &end, 10);
	return *end == '\0' && *n_r >= 0 && *k_r >= 0;
}

static const struct posted *
posted_for(const struct deciding *d, const struct command *cmd, int64_t *k_r)
{
	int64_t n;

	if (!read_numbers(cmd->argument, &n, k_r))
		return NULL;
	return case_posted(d->c, n != 0 ? n : d->c->posted_count);
}

static int
check_report(const struct deciding *d, const struct command *cmd, struct err *e)
{
	int64_t k;

	if (posted_for(d, cmd, &k) != NULL)
		return 0;
	return err_permanent(e, "5.5.4",
		"line %d: /report: there is no such message; the case has %d, "
		"/status lists them",
		cmd->line, (int)d->c->posted_count);
}

/* Once more, to whoever asks; that they read it is recorded. */
static void
apply_report(struct deciding *d, const struct command *cmd)
{
	int64_t k;
	const struct posted *posted = posted_for(d, cmd, &k);
	struct order *o =
		plan_order(d->plan, d->c, LETTER_UPDATE, d->input->actor);
	struct facts f;

	o->analyst = true;
	o->sealed = true;
	o->message = posted->message;
	facts_add_number(&o->facts, "number", posted->number);
	if (k != 0)
		facts_add_number(&o->facts, "attachment", k);
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "number", posted->number);
	vocabulary_record(d, EVENT_MESSAGE_READ, &f);
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

	vocabulary_words(d, cmd, &f);
	facts_add(&f, "from", report_state_name(d->c->state));
	facts_add(&f, "to", report_state_name(to));
	vocabulary_record(d, EVENT_STATUS_CHANGED, &f);
	if (to == REPORT_CLOSED)
		plan_timer(d->plan, d->c, TIMER_ANSWER, 0);
}

#define STATE_COMMAND(NAME, STATE) \
	static int check_##NAME(const struct deciding *d, \
		const struct command *cmd, struct err *e) \
	{ \
		if (cmd->row->words == WORDS_REASON && \
			vocabulary_needs_words(cmd, e) == -1) \
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

static int
check_reopen(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (d->c->state == REPORT_CLOSED && d->c->merged_into == 0)
		return 0;
	return err_permanent(e, "5.5.1",
		"line %d: /reopen: the case is not "
		"closed",
		cmd->line);
}

/* To where it was when it was closed. */
static void
apply_reopen(struct deciding *d, const struct command *cmd)
{
	struct facts f;

	(void)cmd;
	facts_init(&f, d->plan->arena);
	facts_add(&f, "from", report_state_name(d->c->state));
	facts_add(&f, "to", report_state_name(d->c->before_closed));
	vocabulary_record(d, EVENT_REOPENED, &f);
	vocabulary_start_clock(d);
}

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
	if (d->c->assignee != 0)
		facts_add_number(&f, "was", d->c->assignee);
	vocabulary_record(d, EVENT_ASSIGNED, &f);
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

static const struct command_row rows[] = {
	{"status", "", "Show where the case stands.", WORDS_NONE, NULL,
		apply_status, .flags = COMMAND_SHOWS, .zh = "显示案件现状。"},
	{"log", "", "Show all that happened to the case.", WORDS_NONE, NULL,
		apply_log, .flags = COMMAND_SHOWS,
		.zh = "显示案件的全部经过。"},
	{"parties", "", "Show who is in the case, and how they are reached.",
		WORDS_NONE, NULL, apply_parties, .flags = COMMAND_SHOWS,
		.zh = "显示案件中的各方及其联系方式。"},
	{"help", "[WORD]", "List the commands, or explain one.", WORDS_NONE,
		check_help, apply_help, .flags = COMMAND_SHOWS,
		.zh = "列出所有命令，或解释其中一个。"},
	{"report", "[N [K]]",
		"Send me message N once more, the last if none is named; K is "
		"one of its attachments.",
		WORDS_NONE, check_report, apply_report, .flags = COMMAND_SHOWS,
		.zh = "把第 N 封来信再发给我一次，未写则为最后一封；K 为其附"
		      "件。"},
	{"valid", "", "The report is a vulnerability report we can work on.",
		WORDS_NONE, check_valid, apply_valid,
		.zh = "报告有效，可以处理。"},
	{"invalid", "REASON", "The report is not valid, and why.", WORDS_REASON,
		check_invalid, apply_invalid, .zh = "报告无效，并说明原因。"},
	{"accept", "", "We work on it.", WORDS_NONE, check_accept, apply_accept,
		.zh = "我们着手处理。"},
	{"defer", "REASON", "We do not work on it now, and why.", WORDS_REASON,
		check_defer, apply_defer, .zh = "暂不处理，并说明原因。"},
	{"close", "REASON", "Nothing is left to do, and why.", WORDS_REASON,
		check_close, apply_close,
		.zh = "已无事可做，结案，并说明原因。"},
	{"reopen", "", "Go on with a closed case, where it stood.", WORDS_NONE,
		check_reopen, apply_reopen,
		.zh = "重新打开已结的案件，回到结案前的状态。"},
	{"assign", "WHO", "Give the case to an analyst.", WORDS_NONE,
		check_assign, apply_assign, .zh = "把案件交给某位分析员。"},
	{"take", "", "Take the case.", WORDS_NONE, NULL, apply_take,
		.zh = "由我负责本案件。"},
};

static const struct command_area own_area = {rows, countof(rows)};
static const struct command_area *const areas[] = {
	&own_area, &details_area, &people_area, &keys_area, &control_area};

const struct command_row *
command_at(size_t i)
{
	size_t area;

	for (area = 0; area < countof(areas); area++) {
		if (i < areas[area]->count)
			return &areas[area]->rows[i];
		i -= areas[area]->count;
	}
	return NULL;
}

/* --- a block --- */

/* What stands alone must not meet what it might be about. */
static int
check_alone(const struct command *commands, struct err *e)
{
	const struct command *alone = command_with(commands, COMMAND_ALONE);
	const struct command *cmd;

	for (cmd = alone != NULL ? commands : NULL; cmd != NULL;
		cmd = cmd->next)
		if (cmd != alone && (cmd->row->flags & COMMAND_SHOWS) == 0)
			return vocabulary_refuse(alone,
				"it stands alone; put the other commands into "
				"a mail of their own",
				e);
	return 0;
}

static int
obey_all(struct deciding *d, const struct command *commands, struct err *e)
{
	const struct command *cmd;

	for (cmd = commands; cmd != NULL; cmd = cmd->next) {
		if (cmd->row->check != NULL && cmd->row->check(d, cmd, e) == -1)
			return -1;
		cmd->row->apply(d, cmd);
	}
	return 0;
}

int
decide_command(const struct ground *g, struct case_file *c,
	const struct command_input *in, struct plan *p, struct err *e)
{
	struct deciding d = {.ground = g, .c = c, .input = in, .plan = p};
	const struct command *confirm =
		command_with(in->commands, COMMAND_CONFIRMS);
	struct command_input others = {.actor = in->actor};
	const struct request *request;

	if (c->purged)
		return err_permanent(e, "5.5.1",
			"%s is purged: nothing can be "
			"done with it any more",
			c->public_id);
	if (check_alone(in->commands, e) == -1)
		return -1;
	if (request_needed(&d))
		return request_make(&d, e);
	if (obey_all(&d, in->commands, e) == -1)
		return -1;
	if (confirm == NULL)
		return 0;
	if (request_confirm(&d, confirm, &request, &others.commands, e) == -1)
		return -1;
	others.actor = request->actor;
	d.input = &others;
	return obey_all(&d, others.commands, e);
}
