#include "letters/transcript.h"

#include <inttypes.h>
#include <string.h>

#include "cases/command.h"
#include "letters/status.h"

#define SHOWN_MAX (1 << 20)
#define LINK_MAX 2000

/* A text value of each of these is "yes" for that outcome. */
static const char *const outcomes[] = {
	"refused", "noted", "done", "dry-run", "waiting", "alert", "expired"};
static const char *const names[] = {
	"refused", "noted", "obeyed", "dry_run", "waiting", "alert", "expired"};
_Static_assert(countof(outcomes) == countof(names), "a name for each");

static bool
has_fact(const struct facts *f, const char *key, const char *value)
{
	const struct fact *fact;

	for (fact = f->first; fact != NULL; fact = fact->next)
		if (strcmp(fact->key, key) == 0 &&
			(value == NULL || strcmp(fact->value, value) == 0))
			return true;
	return false;
}

/* Each fact of that key as an item of a list, under the same name. */
static void
list_facts(const struct facts *f, const char *key, const char *list,
	struct values *v)
{
	const struct fact *fact;

	values_list(v, list);
	for (fact = f->first; fact != NULL; fact = fact->next)
		if (strcmp(fact->key, key) == 0)
			values_text(values_item(v, list), key, fact->value);
}

/* --- what was understood --- */

/*
 * The block of the mail that is answered, read again: order and facts hold
 * nothing that somebody wrote.
 */
static void
understood_values(
	const struct letter_content *in, struct values *v, struct arena *a)
{
	struct command *commands = NULL, *cmd;
	struct err ignored;

	values_list(v, "understood");
	if (in->letter->order.kind != LETTER_TRANSCRIPT ||
		command_parse(in->answered_text, a, &commands, &ignored) == -1)
		return;
	for (cmd = commands; cmd != NULL; cmd = cmd->next)
		if (strcmp(cmd->row->word, "case") != 0)
			values_text(values_item(v, "understood"), "command",
				arena_printf(a, "/%s%s%s", cmd->row->word,
					cmd->argument[0] != '\0' ? " " : "",
					cmd->argument));
}

/* --- what was asked to be seen --- */

static void
put_help(const struct letter_content *in, struct buf *out)
{
	const char *about = facts_get(&in->letter->order.facts, "help-about");
	const struct command_row *row;
	size_t i;

	for (i = 0; (row = command_at(i)) != NULL; i++) {
		if (about != NULL && strcmp(about, row->word) != 0)
			continue;
		buf_printf(out, "- /%s%s%s: %s\n", row->word,
			row->arguments[0] != '\0' ? " " : "", row->arguments,
			command_help(row, in->language));
		if (about != NULL && row->nearest != NULL)
			buf_printf(out, "  %s\n", row->nearest);
	}
}

static void
put_log(const struct letter_content *in, const struct status_names *n,
	struct buf *out)
{
	const struct event *ev;

	for (ev = in->events; ev != NULL; ev = ev->next)
		status_event(ev, n, out);
}

static void
shown_values(const struct letter_content *in, struct values *v, struct arena *a)
{
	const struct facts *f = &in->letter->order.facts;
	const struct status_names n = {
		.name = in->name, .arg = in->name_arg, .title = in->title};
	struct buf out = BUF_INIT(SHOWN_MAX);

	if (has_fact(f, "show", "help"))
		put_help(in, &out);
	if (has_fact(f, "show", "status"))
		status_case(in->c, &n, &out);
	else if (has_fact(f, "show", "parties"))
		status_parties(in->c, &n, &out);
	if (has_fact(f, "show", "log"))
		put_log(in, &n, &out);
	values_text(v, "shown", arena_dup(a, out.data, out.len));
	buf_release(&out);
}

/* --- the likely answers --- */

#define ANSWERS_MAX 3

static const char *const answers[LETTER__COUNT][ANSWERS_MAX] = {
	[LETTER_REPORT] = {"/take", "/valid", "/to finder"},
	[LETTER_UPDATE] = {"/take", "/to finder", "/status"},
	[LETTER_OVERDUE] = {"/take", "/to finder", "/status"},
	[LETTER_TROUBLE] = {"/status"},
};

static void
put_encoded(struct buf *out, const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	for (; *text != '\0'; text++) {
		if (strchr(safe, *text) != NULL)
			buf_putc(out, *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

static void
add_answer(const struct letter_content *in, const char *command,
	struct values *v, struct arena *a)
{
	struct values *item = values_item(v, "answers");
	struct buf link = BUF_INIT(LINK_MAX);

	buf_printf(&link, "mailto:%s?subject=", in->conf->address);
	put_encoded(&link, arena_printf(a, "[%s]", in->c->public_id));
	buf_puts(&link, "&body=");
	put_encoded(&link,
		arena_printf(a, "%s\r\n\r\n/case %s %s", command,
			in->c->public_id, in->command_token));
	values_text(item, "command", command);
	values_text(item, "link", arena_dup(a, link.data, link.len));
	buf_release(&link);
}

/* What a transcript or a notice is likely answered with; NULL: nothing. */
static const char *
answer_to_outcome(const struct facts *f, struct arena *a)
{
	if (has_fact(f, "outcome", "noted"))
		return "/to finder";
	if (has_fact(f, "outcome", "refused"))
		return "/help";
	if (has_fact(f, "outcome", "waiting") && has_fact(f, "request", NULL))
		return arena_printf(
			a, "/confirm %" PRId64, facts_number(f, "request", 0));
	if (has_fact(f, "outcome", "done") && has_fact(f, "undo", NULL))
		return "/undo";
	return NULL;
}

static void
answer_values(
	const struct letter_content *in, struct values *v, struct arena *a)
{
	const struct order *o = &in->letter->order;
	const char *one = answer_to_outcome(&o->facts, a);
	size_t i;

	values_list(v, "answers");
	if (!o->analyst)
		return;
	for (i = 0; i < ANSWERS_MAX && answers[o->kind][i] != NULL; i++)
		add_answer(in, answers[o->kind][i], v, a);
	if (one != NULL)
		add_answer(in, one, v, a);
}

void
transcript_values(
	const struct letter_content *in, struct values *v, struct arena *a)
{
	const struct facts *f = &in->letter->order.facts;
	size_t i;

	for (i = 0; i < countof(outcomes); i++)
		values_text(v, names[i],
			has_fact(f, "outcome", outcomes[i]) ? "yes" : "");
	values_text(v, "outside", has_fact(f, "outside", NULL) ? "yes" : "");
	values_text(v, "undo", has_fact(f, "undo", NULL) ? "yes" : "");
	values_text(v, "request",
		has_fact(f, "request", NULL) ? facts_get(f, "request") : "");
	list_facts(f, "done", "lines", v);
	list_facts(f, "told", "letters", v);
	list_facts(f, "remark", "remarks", v);
	list_facts(f, "nearest", "not_undone", v);
	understood_values(in, v, a);
	shown_values(in, v, a);
	answer_values(in, v, a);
}
