#include "cases/undo.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cases/vocabulary_parts.h"

static const char *
fact(const struct change *n, const char *key)
{
	const char *value = facts_get(n->facts, key);

	return value != NULL ? value : "";
}

static const char *
or_none(const char *value)
{
	return value[0] != '\0' ? value : DETAIL_NONE;
}

/* The facts of the event that undoes N. */
static void
begin(const struct deciding *d, const struct change *n, struct facts *f)
{
	facts_init(f, d->plan->arena);
	facts_add_number(f, "undoes", n->number);
}

/* --- for each kind: is it still so, and how it is taken back --- */

static bool
status_holds(const struct case_file *c, const struct change *n)
{
	return strcmp(report_state_name(c->state), fact(n, "to")) == 0;
}

static void
status_back(struct deciding *d, const struct change *n)
{
	bool closes =
		strcmp(fact(n, "from"), report_state_name(REPORT_CLOSED)) == 0;
	bool closed = d->c->state == REPORT_CLOSED;
	struct facts f;

	begin(d, n, &f);
	facts_add(&f, "from", fact(n, "to"));
	facts_add(&f, "to", fact(n, "from"));
	vocabulary_record(
		d, closed ? EVENT_REOPENED : EVENT_STATUS_CHANGED, &f);
	if (closes)
		plan_timer(d->plan, d->c, TIMER_ANSWER, 0);
	else if (closed)
		vocabulary_start_clock(d);
}

static bool
assigned_holds(const struct case_file *c, const struct change *n)
{
	return c->assignee == facts_number(n->facts, "person", 0);
}

static void
assigned_back(struct deciding *d, const struct change *n)
{
	struct facts f;

	begin(d, n, &f);
	facts_add_number(&f, "person", facts_number(n->facts, "was", 0));
	facts_add(&f, "was", fact(n, "person"));
	vocabulary_record(d, EVENT_ASSIGNED, &f);
}

static bool
title_holds(const struct case_file *c, const struct change *n)
{
	return strcmp(c->details.value[DETAIL_TITLE], fact(n, "title")) == 0;
}

static void
title_back(struct deciding *d, const struct change *n)
{
	struct facts f;

	begin(d, n, &f);
	facts_add(&f, "title", fact(n, "was"));
	facts_add(&f, "was", fact(n, "title"));
	vocabulary_record(d, EVENT_TITLED, &f);
}

static bool
detail_holds(const struct case_file *c, const struct change *n)
{
	int detail = detail_of(fact(n, "detail"));
	const char *is = detail != -1
		? details_value(&c->details, (enum detail)detail,
			  facts_get(n->facts, "product"))
		: "";

	return strcmp(or_none(is), fact(n, "value")) == 0;
}

static void
detail_back(struct deciding *d, const struct change *n)
{
	struct facts f;

	begin(d, n, &f);
	facts_add(&f, "detail", fact(n, "detail"));
	facts_add(&f, "product", fact(n, "product"));
	facts_add(&f, "value", or_none(fact(n, "was")));
	facts_add(&f, "was", fact(n, "value"));
	vocabulary_record(d, EVENT_DETAIL_SET, &f);
}

static bool
item_holds(const struct case_file *c, const struct change *n)
{
	int list = detail_list_of(fact(n, "list"));

	return list != -1 &&
		(details_item(&c->details, (enum detail_list)list,
			 fact(n, "value")) != NULL) ==
		(n->kind == EVENT_ITEM_ADDED);
}

static void
item_back(struct deciding *d, const struct change *n)
{
	struct facts f;

	begin(d, n, &f);
	facts_add(&f, "list", fact(n, "list"));
	facts_add(&f, "value", fact(n, "value"));
	vocabulary_record(d,
		n->kind == EVENT_ITEM_ADDED ? EVENT_ITEM_REMOVED
					    : EVENT_ITEM_ADDED,
		&f);
}

static const struct {
	bool (*holds)(const struct case_file *c, const struct change *n);
	void (*back)(struct deciding *d, const struct change *n);
	const char *word; /* without those: the command that did it */
} inverses[EVENT__COUNT] = {
	[EVENT_STATUS_CHANGED] = {status_holds, status_back},
	[EVENT_REOPENED] = {status_holds, status_back},
	[EVENT_ASSIGNED] = {assigned_holds, assigned_back},
	[EVENT_TITLED] = {title_holds, title_back},
	[EVENT_DETAIL_SET] = {detail_holds, detail_back},
	[EVENT_ITEM_ADDED] = {item_holds, item_back},
	[EVENT_ITEM_REMOVED] = {item_holds, item_back},
	[EVENT_WORDS_SENT] = {.word = "to"},
	[EVENT_NOTE_ADDED] = {.word = "note"},
	[EVENT_PARTY_ADDED] = {.word = "finder"},
	[EVENT_PARTY_REMOVED] = {.word = "finder"},
	[EVENT_CASE_SEALED] = {.word = "seal"},
};

/* --- the block --- */

static const struct change *
change_at(const struct case_file *c, int64_t number)
{
	const struct change *n;

	for (n = c->changes; n != NULL; n = n->next)
		if (n->number == number)
			return n;
	return NULL;
}

/* Where the last block of the actor begins and ends; false: there is none. */
static bool
last_block(const struct deciding *d, int64_t *first_r, int64_t *last_r)
{
	const struct change *n;

	*last_r = 0;
	for (n = d->c->changes; n != NULL; n = n->next) {
		if (n->actor != d->input->actor || n->undone || n->undoes)
			continue;
		if (*last_r == 0 || change_at(d->c, *last_r)->at != n->at)
			*first_r = n->number;
		*last_r = n->number;
	}
	return *last_r != 0;
}

/* "letter 7 to them has left", and the nearest command. */
static const char *
remark_about(const struct deciding *d, const struct change *n)
{
	const struct command_row *row = command_named(inverses[n->kind].word);
	int64_t letter = facts_number(n->facts, "letter", 0);
	const char *left = "";
	size_t i;

	if (letter != 0)
		left = arena_printf(d->plan->arena,
			"letter %" PRId64 " has left the house; ", letter);
	for (i = 0; i < d->ground->open_letters_count; i++)
		if (d->ground->open_letters[i].letter == letter)
			left = arena_printf(d->plan->arena,
				"letter %" PRId64 " has not left yet; ",
				letter);
	return arena_printf(d->plan->arena, "/%s cannot be undone: %s%s",
		row->word, left, row->nearest);
}

/* Is it of the block, and does it stand? */
static bool
is_mine(const struct deciding *d, const struct change *n)
{
	return n->actor == d->input->actor && !n->undone && !n->undoes;
}

static bool
is_about_the_same(const struct change *a, const struct change *b)
{
	bool items = inverses[a->kind].holds == item_holds;

	return inverses[a->kind].holds == inverses[b->kind].holds &&
		strcmp(fact(a, "detail"), fact(b, "detail")) == 0 &&
		strcasecmp(fact(a, "product"), fact(b, "product")) == 0 &&
		strcmp(fact(a, "list"), fact(b, "list")) == 0 &&
		(!items || strcasecmp(fact(a, "value"), fact(b, "value")) == 0);
}

/* Only the last change of a thing can still be seen. */
static bool
holds(const struct deciding *d, const struct change *n)
{
	const struct change *later;

	for (later = n->next; later != NULL; later = later->next)
		if (later->at == n->at && is_mine(d, later) &&
			is_about_the_same(n, later))
			return true;
	return inverses[n->kind].holds(d->c, n);
}

int
undo_check(const struct deciding *d, const struct command *cmd, struct err *e)
{
	const struct change *n, *stuck = NULL;
	int64_t first, last, number;
	bool any = false;

	if (!last_block(d, &first, &last))
		return vocabulary_refuse(cmd,
			"there is nothing in this case that you have changed "
			"and could undo",
			e);
	for (number = last; number >= first; number--) {
		n = change_at(d->c, number);
		if (!is_mine(d, n))
			continue;
		if (inverses[n->kind].holds == NULL)
			stuck = n;
		else if (holds(d, n))
			any = true;
		else
			return vocabulary_refuse(cmd,
				"what your last commands changed has been "
				"changed again since; /log shows by whom",
				e);
	}
	return any ? 0 : vocabulary_refuse(cmd, remark_about(d, stuck), e);
}

void
undo_apply(struct deciding *d, const struct command *cmd)
{
	int64_t first, last, number;
	const struct change *n;

	(void)cmd;
	if (!last_block(d, &first, &last))
		return;
	for (number = last; number >= first; number--) {
		n = change_at(d->c, number);
		if (!is_mine(d, n))
			continue;
		if (inverses[n->kind].back != NULL)
			inverses[n->kind].back(d, n);
		else
			plan_remark(d->plan, remark_about(d, n));
	}
}
