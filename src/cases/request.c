#include "cases/request.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "cases/decide_parts.h"
#include "cases/vocabulary_parts.h"

static bool
is_marked(const struct policy *policy, const char *word)
{
	size_t i;

	for (i = 0; i < policy->confirm_count; i++)
		if (strcasecmp(policy->confirm[i], word) == 0)
			return true;
	return false;
}

static bool
has_marked(const struct deciding *d)
{
	const struct command *cmd;

	for (cmd = d->input->commands; cmd != NULL; cmd = cmd->next)
		if (is_marked(d->ground->policy, cmd->row->word))
			return true;
	return false;
}

bool
request_needed(const struct deciding *d)
{
	return has_marked(d) &&
		command_with(d->input->commands, COMMAND_BREAK_GLASS) == NULL;
}

const char *
request_words(const struct command *commands, struct arena *a)
{
	const char *words = "";

	for (; commands != NULL; commands = commands->next)
		if ((commands->row->flags & COMMAND_SHOWS) == 0)
			words = arena_printf(a, "%s%s/%s", words,
				words[0] != '\0' ? ", " : "",
				commands->row->word);
	return words;
}

/* --- as facts --- */

static void
write_command(const struct command *cmd, struct facts *f)
{
	bool words = cmd->row->words == WORDS_REASON ||
		cmd->row->words == WORDS_TITLE ||
		(cmd->row->words == WORDS_EITHER && cmd->argument[0] != '\0');

	facts_add(f, "command", cmd->row->word);
	if (!words && cmd->person == 0)
		facts_add(f, "argument", cmd->argument);
	if (cmd->message != 0)
		facts_add_number(f, "words", cmd->message);
	if (cmd->person != 0)
		facts_add_number(f, "whom", cmd->person);
	if (cmd->has_key)
		facts_add(f, "key", "known");
}

static struct command *
new_command(struct arena *a, const struct command_row *row, int line)
{
	struct command *cmd = arena_alloc(a, sizeof(*cmd));

	*cmd = (struct command){
		.row = row, .argument = "", .line = line, .words = ""};
	return cmd;
}

static void
read_fact(struct command *cmd, const struct fact *f)
{
	if (strcmp(f->key, "argument") == 0) {
		cmd->argument = f->value;
	} else if (strcmp(f->key, "words") == 0) {
		cmd->message = strtoll(f->value, NULL, 10);
		cmd->words = "(stored)";
	} else if (strcmp(f->key, "whom") == 0) {
		cmd->person = strtoll(f->value, NULL, 10);
	} else if (strcmp(f->key, "key") == 0) {
		cmd->has_key = true;
	}
}

/* NULL: a command of it is no longer known, or its facts were forgotten. */
static const struct command *
read_commands(const struct request *r, struct arena *a)
{
	struct command *first = NULL, **end = &first, *cmd = NULL;
	const struct command_row *row;
	const struct fact *f;
	int line = 0;

	for (f = r->facts->first; f != NULL; f = f->next) {
		if (strcmp(f->key, "command") == 0) {
			if ((row = command_named(f->value)) == NULL)
				return NULL;
			*end = cmd = new_command(a, row, ++line);
			end = &cmd->next;
		} else if (cmd != NULL) {
			read_fact(cmd, f);
		}
	}
	return first;
}

/* --- asking --- */

static void
tell_others(struct deciding *d, const char *outcome, const char *words,
	int64_t request)
{
	struct order *o;

	order_for_analysts(
		d->ground, d->c, LETTER_NOTICE, 0, d->input->actor, d->plan);
	for (o = d->plan->orders; o != NULL; o = o->next) {
		if (o->kind != LETTER_NOTICE)
			continue;
		facts_add(&o->facts, "outcome", outcome);
		facts_add(&o->facts, "done", words);
		facts_add_number(&o->facts, "about", d->input->actor);
		if (request != 0)
			facts_add_number(&o->facts, "request", request);
	}
}

/* The timer stands at the request that ends first. */
static void
set_timer(const struct case_file *c, struct plan *p)
{
	const struct request *r;
	int64_t due = 0;

	for (r = c->requests; r != NULL; r = r->next)
		if (!r->over && (due == 0 || r->until < due))
			due = r->until;
	plan_timer(p, c, TIMER_REQUEST, due);
}

int
request_make(struct deciding *d, struct err *e)
{
	int64_t until = d->ground->now + d->ground->policy->confirm_within;
	const struct command *cmd;
	char text[INSTANT_TEXT];
	const char *words;
	struct facts f;

	for (cmd = d->input->commands; cmd != NULL; cmd = cmd->next)
		if (cmd->row->check != NULL && cmd->row->check(d, cmd, e) == -1)
			return -1;
	words = request_words(d->input->commands, d->plan->arena);
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "request", d->c->requests_count + 1);
	facts_add(&f, "until", instant_iso(until, text));
	facts_add(&f, "commands", words);
	for (cmd = d->input->commands; cmd != NULL; cmd = cmd->next)
		if ((cmd->row->flags & COMMAND_SHOWS) == 0)
			write_command(cmd, &f);
	vocabulary_record(d, EVENT_COMMANDS_WAIT, &f);
	tell_others(d, "waiting", words, d->c->requests_count);
	set_timer(d->c, d->plan);
	return 0;
}

void
request_alert(struct deciding *d, const char *words)
{
	tell_others(d, "alert", words, 0);
}

/* --- answering --- */

static int
find(const struct deciding *d, const struct command *cmd,
	const struct request **request_r, struct err *e)
{
	int64_t number = strtoll(cmd->argument, NULL, 10);
	const struct request *r;

	if (strspn(cmd->argument, "0123456789") != strlen(cmd->argument))
		return vocabulary_refuse(
			cmd, "the number of a request is wanted", e);
	*request_r = r = case_request(d->c, number);
	if (r == NULL)
		return vocabulary_refuse(cmd,
			number != 0 ? "no request of that number waits"
				    : "there is not one request that waits; "
				      "/status lists them, with numbers",
			e);
	if (r->actor == d->input->actor)
		return vocabulary_refuse(
			cmd, "it is your own: another analyst confirms it", e);
	if (r->until < d->ground->now)
		return vocabulary_refuse(cmd, "it has expired", e);
	return 0;
}

int
request_confirm(struct deciding *d, const struct command *cmd,
	const struct request **request_r, const struct command **commands_r,
	struct err *e)
{
	struct facts f;

	if (find(d, cmd, request_r, e) == -1)
		return -1;
	*commands_r = read_commands(*request_r, d->plan->arena);
	if (*commands_r == NULL)
		return vocabulary_refuse(
			cmd, "its commands are not known any more", e);
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "request", (*request_r)->number);
	facts_add_number(&f, "person", (*request_r)->actor);
	vocabulary_record(d, EVENT_COMMANDS_CONFIRMED, &f);
	set_timer(d->c, d->plan);
	return 0;
}

static void
tell_asker(const struct request *r, const struct case_file *c, struct plan *p)
{
	struct order *o = plan_order(p, c, LETTER_NOTICE, r->actor);

	o->analyst = true;
	o->sealed = true;
	facts_add(&o->facts, "outcome", "expired");
	facts_add(&o->facts, "done", facts_get(r->facts, "commands"));
	facts_add_number(&o->facts, "about", r->actor);
}

void
request_expire(const struct ground *g, struct case_file *c, struct plan *p)
{
	struct request *r;
	struct facts f;

	for (r = c->requests; r != NULL; r = r->next) {
		if (r->over || r->until > g->now)
			continue;
		facts_init(&f, p->arena);
		facts_add_number(&f, "request", r->number);
		facts_add_number(&f, "person", r->actor);
		plan_event(p, c, EVENT_COMMANDS_EXPIRED, g->now, 0, &f);
		tell_asker(r, c, p);
	}
	set_timer(c, p);
}
