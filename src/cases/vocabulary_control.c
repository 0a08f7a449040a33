/* Commands about commands: what is done with the block they stand in. */
#include "cases/request.h"
#include "cases/undo.h"
#include "cases/vocabulary_parts.h"

/* What binds a mail to its letter was looked at before: cases/authority.h; and
 * a dry run is whoever's who decides. */
static void
apply_nothing(struct deciding *d, const struct command *cmd)
{
	(void)d;
	(void)cmd;
}

static int
check_glass(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const struct command *marked;
	const struct policy *policy = d->ground->policy;
	size_t i;

	if (vocabulary_needs_words(cmd, e) == -1)
		return -1;
	for (marked = d->input->commands; marked != NULL; marked = marked->next)
		for (i = 0; i < policy->confirm_count; i++)
			if (marked->row == command_named(policy->confirm[i]))
				return 0;
	return vocabulary_refuse(cmd,
		"none of these commands waits for a second analyst; leave it "
		"out",
		e);
}

static void
apply_glass(struct deciding *d, const struct command *cmd)
{
	const char *words = request_words(d->input->commands, d->plan->arena);
	struct facts f;

	vocabulary_words(d, cmd, &f);
	facts_add(&f, "commands", words);
	vocabulary_record(d, EVENT_GLASS_BROKEN, &f);
	request_alert(d, words);
}

static const struct command_row rows[] = {
	{"dry-run", "",
		"Show what the commands would do and who would read what; do "
		"nothing.",
		WORDS_NONE, NULL, apply_nothing,
		.flags = COMMAND_DRY_RUN | COMMAND_SHOWS,
		.zh = "只显示这些命令将做什么、谁会读到什么，不执行。"},
	{"undo", "", "Take back what your last commands changed.", WORDS_NONE,
		undo_check, undo_apply, .flags = COMMAND_ALONE,
		.zh = "撤销您上一次命令所作的更改。"},
	{"confirm", "[N]",
		"Let another analyst's commands happen that wait for a second "
		"person.",
		WORDS_NONE, NULL, apply_nothing,
		.flags = COMMAND_ALONE | COMMAND_CONFIRMS,
		.zh = "同意另一位分析员等待第二人确认的命令。"},
	{"break-glass", "REASON",
		"Do not wait for a second analyst; every other one is alerted.",
		WORDS_REASON, check_glass, apply_glass,
		.flags = COMMAND_BREAK_GLASS,
		.zh = "不等第二位分析员；其他所有分析员都会收到警报。",
		.nearest = "it stands in the log; write a /note"},
	{"case", "ID TOKEN",
		"Stands in each letter to you, and has to stand in the answer.",
		WORDS_NONE, NULL, apply_nothing, .flags = COMMAND_SHOWS,
		.zh = "写在每封给您的信中，回信须保留。"},
};

const struct command_area control_area = {rows, countof(rows)};
