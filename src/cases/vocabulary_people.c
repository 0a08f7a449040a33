/* Commands about who reads what: the finder, words for them, what leaves. */
#include <string.h>
#include <strings.h>

#include "cases/ask.h"
#include "cases/decide_parts.h"
#include "cases/vocabulary_parts.h"

/* --- what leaves --- */

void
vocabulary_hold_back(struct deciding *d)
{
	const struct ground *g = d->ground;
	struct order *o;
	struct facts f;
	size_t i;

	for (o = d->plan->orders; o != NULL; o = o->next)
		o->sealed = true;
	for (i = 0; i < g->open_letters_count; i++) {
		if (!g->open_letters[i].clear ||
			g->open_letters[i].kind == LETTER_ACKNOWLEDGEMENT)
			continue;
		plan_cancel(d->plan, g->open_letters[i].letter);
		facts_init(&f, d->plan->arena);
		facts_add_number(&f, "letter", g->open_letters[i].letter);
		facts_add_number(&f, "person", g->open_letters[i].person);
		facts_add(&f, "reason",
			"it might have left in clear, and the case is sealed "
			"now");
		vocabulary_record(d, EVENT_LETTER_CANCELLED, &f);
	}
}

static int
check_seal(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (!d->c->sealed)
		return 0;
	return err_permanent(e, "5.5.1",
		"line %d: /seal: the case is sealed already", cmd->line);
}

static void
apply_seal(struct deciding *d, const struct command *cmd)
{
	(void)cmd;
	vocabulary_record(d, EVENT_CASE_SEALED, NULL);
	vocabulary_hold_back(d);
}

/* --- words --- */

static int
check_note(const struct deciding *d, const struct command *cmd, struct err *e)
{
	(void)d;
	return vocabulary_needs_words(cmd, e);
}

static void
apply_note(struct deciding *d, const struct command *cmd)
{
	struct facts f;

	vocabulary_words(d, cmd, &f);
	vocabulary_record(d, EVENT_NOTE_ADDED, &f);
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
	return d->input->note != 0 ? 0 : vocabulary_needs_words(cmd, e);
}

static void
apply_to(struct deciding *d, const struct command *cmd)
{
	struct command words = *cmd;
	const struct party *finder = case_finder(d->c);
	struct order *o =
		plan_order(d->plan, d->c, LETTER_MESSAGE, finder->person);
	struct facts f;

	/* Without words it is the note whose transcript was answered. */
	if (words.message == 0 && words.words[0] == '\0')
		words.message = d->input->note;
	o->sealed = case_is_sealed_to(d->c, finder);
	o->message = words.message;
	o->answers = case_last_message(d->c, finder->person);
	vocabulary_words(d, &words, &f);
	facts_add_number(&f, "person", finder->person);
	facts_add_number(&f, "letter", o->letter);
	vocabulary_record(d, EVENT_WORDS_SENT, &f);
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
	vocabulary_record(d, EVENT_UNACKNOWLEDGED, &f);
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

	o->sealed = case_is_sealed_to(d->c, finder);
	o->answers = case_last_message(d->c, finder->person);
	facts_add(&o->facts, "class", class);
	facts_init(&f, d->plan->arena);
	facts_add(&f, "class", class);
	facts_add_number(&f, "person", finder->person);
	facts_add_number(&f, "letter", o->letter);
	vocabulary_record(d, EVENT_ANSWER_SENT, &f);
}

static bool
has_order_to(const struct deciding *d, int64_t person)
{
	const struct order *o;

	for (o = d->plan->orders; o != NULL; o = o->next)
		if (!o->analyst && o->person == person)
			return true;
	return false;
}

static int
check_finder(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const struct party *finder = case_finder(d->c);

	if (strcasecmp(cmd->argument, "none") != 0 && cmd->person == 0)
		return err_permanent(e, "5.5.4",
			"line %d: /finder \"%s\": an address is wanted, or "
			"none",
			cmd->line, cmd->argument);
	if (finder == NULL && cmd->person == 0)
		return err_permanent(e, "5.5.1",
			"line %d: /finder none: there is no finder in this "
			"case",
			cmd->line);
	if (finder != NULL && finder->person == cmd->person)
		return err_permanent(e, "5.5.1",
			"line %d: /finder: they are the finder already",
			cmd->line);
	/* It could not be cancelled: it is not yet there. */
	if (finder != NULL && has_order_to(d, finder->person))
		return err_permanent(e, "5.5.1",
			"line %d: /finder: a letter to the one before stands "
			"in the same block",
			cmd->line);
	return 0;
}

/* What was decided for them and has not left the house does not leave it. */
static void
remove_finder(struct deciding *d, const struct party *finder)
{
	const struct ground *g = d->ground;
	struct facts f;
	size_t i;

	for (i = 0; i < g->open_letters_count; i++) {
		if (g->open_letters[i].person != finder->person)
			continue;
		plan_cancel(d->plan, g->open_letters[i].letter);
		facts_init(&f, d->plan->arena);
		facts_add_number(&f, "letter", g->open_letters[i].letter);
		facts_add_number(&f, "person", g->open_letters[i].person);
		facts_add(&f, "reason", "the reader was removed from the case");
		vocabulary_record(d, EVENT_LETTER_CANCELLED, &f);
	}
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "person", finder->person);
	vocabulary_record(d, EVENT_PARTY_REMOVED, &f);
}

/* Open is the channel of who wrote in clear and has no key, and to nobody who
 * once had a sealed one. */
static bool
may_be_open(const struct deciding *d, const struct command *cmd)
{
	const struct posted *posted;
	const struct party *p;

	for (p = d->c->parties; p != NULL; p = p->next)
		if (p->person == cmd->person && p->sealed)
			return false;
	for (posted = d->c->posted; posted != NULL; posted = posted->next)
		if (posted->person == cmd->person && posted->clear)
			return !cmd->has_key;
	return !cmd->has_key && d->c->author == cmd->person;
}

static void
apply_finder(struct deciding *d, const struct command *cmd)
{
	const struct party *finder = case_finder(d->c), *p;
	const char *signer = "";
	struct facts f;

	if (finder != NULL)
		remove_finder(d, finder);
	if (cmd->person == 0)
		return;
	for (p = d->c->parties; p != NULL; p = p->next)
		if (p->person == cmd->person)
			signer = p->signer;
	facts_init(&f, d->plan->arena);
	facts_add_number(&f, "person", cmd->person);
	facts_add(&f, "role", role_name(ROLE_FINDER));
	facts_add(&f, "channel", may_be_open(d, cmd) ? "open" : "sealed");
	facts_add(&f, "signer", signer);
	facts_add(&f, "key", cmd->has_key ? "known" : "not known");
	vocabulary_record(d, EVENT_PARTY_ADDED, &f);
	vocabulary_start_clock(d);
}

static const struct command_row rows[] = {
	{"seal", "", "From now on nothing of the case leaves in clear.",
		WORDS_NONE, check_seal, apply_seal,
		.zh = "从现在起，本案件的任何内容都不以明文发出。",
		.nearest = "a sealed case does not open again"},
	{"note", "[TEXT]", "Keep the text as a note; it stays internal.",
		WORDS_EITHER, check_note, apply_note,
		.zh = "把文字存为内部备注。",
		.nearest = "a note stays; write another /note"},
	{"to", "finder", "Send the text after the commands to the finder.",
		WORDS_TEXT, check_to, apply_to,
		.zh = "把命令之后的文字发给报告者。",
		.nearest = "/finder none cancels what has not left, /to finder "
			   "sends a correction"},
	{"ack", "[refuse]",
		"Send the acknowledgement that is held, or never send it.",
		WORDS_NONE, check_ack, apply_ack,
		.zh = "发出被暂缓的确认信；refuse 表示永不发出。",
		.nearest = "an acknowledgement that has left stays; one that "
			   "was refused is made good by /to finder"},
	{"ask", "[again]", "Ask the finder for what the report lacks, once.",
		WORDS_NONE, check_ask, apply_ask,
		.zh = "就报告缺少的内容询问报告者，只问一次。",
		.nearest = "/finder none cancels what has not left, /to finder "
			   "sends a correction"},
	{"answer", "[CLASS]",
		"Send the finder the answer that lies ready for this class of "
		"mail.",
		WORDS_NONE, check_answer, apply_answer,
		.zh = "把为此类邮件备好的答复发给报告者。",
		.nearest = "/finder none cancels what has not left, /to finder "
			   "sends a correction"},
	{"finder", "ADDRESS|none",
		"Who reported it, or nobody; letters to the one before that "
		"have not left are cancelled.",
		WORDS_NONE, check_finder, apply_finder,
		.flags = COMMAND_ADDRESS,
		.zh = "报告者的地址，或 none；给原报告者而尚未发出的信将被取"
		      "消。",
		.nearest = "/finder ADDRESS puts them in again; letters that "
			   "were cancelled stay so"},
};

const struct command_area people_area = {rows, countof(rows)};
