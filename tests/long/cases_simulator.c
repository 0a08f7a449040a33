/*
 * A million inputs for decide(), as random as mails, clocks and analysts are:
 * what must hold for every case, whatever comes and in whatever order.
 *
 * STEPS and SEED are environment variables; the same seed gives the same run.
 * Beside what cases_random.h holds against each plan, on the way of a case:
 *
 *	its events alone, folded again, give the same case, and deciding on
 *	that one gives the same plan;
 *	the end of an embargo is set once, when the case is opened;
 *	a letter goes to an analyst, to a party that is in the case, or is the
 *	acknowledgement;
 *	as long as an answer is due, its clock is set, or it has run out and
 *	the analysts were told.
 */
#include "cases_random.h"

#include <stdlib.h>

#define SEQUENCE_MAX 160 /* inputs of one pair of cases */
#define CASES 2

static struct {
	uint64_t steps, seed, sequence;
} run = {.steps = 1000000, .seed = 0};

/* The rows of the store beside the events of the cases 7 and 8. */
struct rows {
	int64_t due[CASES]; /* of the answer; 0: no clock is set */
	int64_t turn[CASES]; /* of an acknowledgement that waits; likewise */
	bool overdue[CASES];
};

struct world {
	struct kit *k;
	struct history h;
	struct rows rows;
};

static struct case_file *
case_of(struct kit *k, size_t i)
{
	return i == 0 ? &k->c : &k->elsewhere;
}

static void
keep_rows(struct world *w, const struct plan *p)
{
	const struct timer_change *t;
	const struct planned_event *pe;
	size_t i;

	for (i = 0; i < CASES; i++) {
		int64_t id = case_of(w->k, i)->id;

		for (t = p->timers; t != NULL; t = t->next)
			if (t->case_id == id && t->kind == TIMER_ANSWER)
				w->rows.due[i] = t->due;
			else if (t->case_id == id)
				w->rows.turn[i] = t->due;
		for (pe = p->events; pe != NULL; pe = pe->next)
			if (pe->case_id == id &&
				pe->event.kind == EVENT_ANSWER_OVERDUE)
				w->rows.overdue[i] = true;
	}
}

/* Somebody waits for an answer: a report that a person sent, still open. */
static bool
owes_an_answer(const struct case_file *c)
{
	return c->opened != 0 && case_finder(c) != NULL && c->answered == 0 &&
		c->merged_into == 0 && c->state != REPORT_CLOSED;
}

static void
hold_clocks(const struct world *w)
{
	size_t i;

	for (i = 0; i < CASES; i++) {
		const struct case_file *c = case_of(w->k, i);

		if (w->rows.due[i] != 0)
			assert_int_equal(w->rows.due[i], c->answer_by);
		if (owes_an_answer(c))
			assert_true(w->rows.due[i] != 0 || w->rows.overdue[i]);
		if (c->answered != 0)
			assert_int_equal(w->rows.due[i], 0);
		/* What waits for its turn is looked at again: nothing is
		 * dropped. */
		if (c->acknowledgement.state == ACKNOWLEDGEMENT_HELD &&
			c->acknowledgement.until != 0)
			assert_true(w->rows.turn[i] != 0);
	}
}

static void
hold_embargo(const struct case_file *before, const struct case_file *after)
{
	if (before->opened != 0)
		assert_int_equal(after->embargo_end, before->embargo_end);
	else if (after->opened != 0)
		assert_true(after->embargo_end >= after->opened);
}

static bool
was_party(const struct case_file *c, int64_t person)
{
	const struct party *party;

	for (party = c->parties; party != NULL; party = party->next)
		if (party->person == person)
			return true;
	return false;
}

static bool
is_analyst(const struct policy *policy, int64_t person)
{
	size_t i;

	for (i = 0; i < policy->analysts_count; i++)
		if (policy->analysts[i].person == person)
			return true;
	return false;
}

static void
hold_readers(struct kit *k, const struct input *in, const struct plan *p)
{
	const struct order *o;

	for (o = p->orders; o != NULL; o = o->next) {
		const struct case_file *c = case_of(k, o->case_id != k->c.id);

		if (o->analyst)
			assert_true(is_analyst(&k->policy, o->person));
		else if (o->kind == LETTER_ACKNOWLEDGEMENT)
			assert_string_equal(o->address, in->mail.outer.sender);
		else
			assert_true(was_party(c, o->person));
	}
}

/* The clock of the case itself, if it has run out; the neighbour's is left. */
static void
choose(struct world *w, struct input *in)
{
	struct kit *k = w->k;

	if (pick(3) == 0)
		k->ground.now += pick(3) * DAY;
	make_input(k, in);
	/* A case begins with a mail; nobody can name it before. */
	if (in->what == COMMAND && k->c.opened == 0)
		in->what = MAIL;
	if (in->what != TIMER)
		return;
	if (w->rows.turn[0] != 0 && pick(2)) {
		in->timer.kind = TIMER_ACKNOWLEDGE;
		in->timer.due = w->rows.turn[0];
		if (k->ground.now < in->timer.due)
			k->ground.now = in->timer.due;
		return;
	}
	if (w->rows.due[0] == 0 || w->rows.due[0] > k->ground.now)
		in->what = MAIL;
	else
		in->timer.due = w->rows.due[0];
}

static void
step(struct world *w)
{
	struct kit *k = w->k;
	struct case_file before[CASES], again[CASES];
	struct plan p, p2;
	struct input in;
	const char *text;
	size_t i;
	int result;

	for (i = 0; i < CASES; i++) {
		fold(k, &w->h, 7 + (int64_t)i, &before[i]);
		fold(k, &w->h, 7 + (int64_t)i, &again[i]);
		assert_string_equal(kit_case_text(k, case_of(k, i)),
			kit_case_text(k, &again[i]));
	}
	choose(w, &in);
	result = decide(k, &in, &k->c, &k->elsewhere, &p);
	assert_int_equal(decide(k, &in, &again[0], &again[1], &p2), result);
	if (result == -1) {
		k->c = before[0];
		k->elsewhere = before[1];
		return;
	}
	text = kit_plan_text(k, &p);
	assert_string_equal(text, kit_plan_text(k, &p2));
	hold(k, &p, &before[0], &k->c);
	hold_states(&p);
	remember(&w->h, &p);
	k->ground.next_letter = p.next_letter;
	keep_rows(w, &p);
	hold_readers(k, &in, &p);
	hold_clocks(w);
	for (i = 0; i < CASES; i++)
		hold_embargo(&before[i], case_of(k, i));
}

static uint64_t
sequence(struct world *w, uint64_t left)
{
	uint64_t steps, n;
	void *fresh;

	seed = (run.seed + ++run.sequence) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	w->h.count = 0;
	w->rows = (struct rows){.overdue = {false}};
	kit_setup(&fresh);
	w->k = fresh;
	/* Half of them begin with a neighbour that is there already. */
	if (pick(2)) {
		kit_mail(w->k, &w->k->elsewhere, NULL);
		remember(&w->h, &w->k->plan);
		keep_rows(w, &w->k->plan);
	}
	steps = 1 + pick(SEQUENCE_MAX);
	if (steps > left)
		steps = left;
	for (n = 0; n < steps; n++)
		step(w);
	kit_teardown(&fresh);
	return steps;
}

static void
test_what_always_holds(void **state)
{
	static struct world w;
	uint64_t done = 0, said = 0;

	(void)state;
	while (done < run.steps) {
		done += sequence(&w, run.steps - done);
		if (done - said < run.steps / 10)
			continue;
		said = done;
		fprintf(stderr, "# %llu steps, %llu pairs of cases\n",
			(unsigned long long)done,
			(unsigned long long)run.sequence);
	}
}

static uint64_t
number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_always_holds)};
	uint64_t random = (uint64_t)time(NULL);

	run.steps = number_of("STEPS", run.steps);
	run.seed = number_of("SEED", random);
	fprintf(stderr, "# SEED=%llu STEPS=%llu\n",
		(unsigned long long)run.seed, (unsigned long long)run.steps);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
