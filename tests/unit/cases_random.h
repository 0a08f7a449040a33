/*
 * cases_random: random inputs for a case and its neighbour, from a seed, and
 * what holds for the plan of each of them.
 */
#ifndef TESTS_CASES_RANDOM_H
#define TESTS_CASES_RANDOM_H

#include "cases_kit.h"

#define EVENTS_MAX 8192

struct history {
	struct event ev[EVENTS_MAX];
	int64_t case_id[EVENTS_MAX];
	size_t count;
};

static uint64_t seed;

static inline unsigned int
pick(unsigned int below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned int)(seed >> 11) % below;
}

static inline int64_t
pick_person(void)
{
	static const int64_t persons[] = {0, ADA, BOB, FINDER, SOMEBODY};

	return persons[pick(countof(persons))];
}

static inline void
fold(struct kit *k, const struct history *h, int64_t id, struct case_file *c)
{
	size_t i;

	kit_begin(k, c, id);
	for (i = 0; i < h->count; i++)
		if (h->case_id[i] == id)
			case_apply(c, &h->ev[i]);
}

static inline void
remember(struct history *h, const struct plan *p)
{
	const struct planned_event *pe;

	for (pe = p->events; pe != NULL; pe = pe->next) {
		assert_true(h->count < EVENTS_MAX);
		h->case_id[h->count] = pe->case_id;
		h->ev[h->count++] = pe->event;
	}
}

struct input {
	enum {
		MAIL,
		TIMER,
		COMMAND,
		LETTER,
		READ,
		INPUTS
	} what;
	struct mail_input mail;
	struct timer_input timer;
	struct command_input command;
	struct letter_input letter;
	struct read_input read;
	bool elsewhere;
};

static inline void
make_mail(struct kit *k, struct mail_input *m)
{
	static const char *const senders[] = {"", "f@finder.example", "x@y.z"};
	static const char *const fingerprints[] = {KEY_A, KEY_B, ""};
	static int64_t message = 1000;
	struct verdict *v = arena_alloc(k->arena, sizeof(*v));
	struct input_key *keys = arena_calloc(k->arena, 3, sizeof(*keys));
	struct hint *hints = arena_calloc(k->arena, 3, sizeof(*hints));
	size_t i;

	*m = k->mail;
	m->message = pick(10) > 0 ? message++ : 0;
	m->outer.sender = senders[pick(3)];
	m->outer.robot = pick(4) > 0 ? "" : (pick(2) ? "bounce" : "precedence");
	m->outer.key = pick(3) > 0 ? "" : KEY_A;
	m->outer.belongs = pick(2);
	m->outer.to_us = pick(8) == 0;
	m->outer.authentication.dmarc = pick(AUTH__COUNT);
	m->outer.authentication.spf = pick(AUTH__COUNT);
	m->outer.authentication.spf_domain = arena_strdup(k->arena, "y.z");
	m->outer.key_is_pinned = pick(2);
	m->class = (enum mail_class)pick(CLASS__COUNT);
	m->given_to = pick_person();
	m->letter = pick(4);
	m->envelope = pick(2);
	m->absence = pick(2) ? NOW + DAY : 0;
	k->delivery.action = pick(DELIVERY__COUNT);
	k->ground.room = (struct acknowledge_room){
		{pick(11), NOW, pick(20)}, {pick(51), NOW, pick(60)}};
	m->person = pick_person();
	m->analyst = pick(6) > 0 ? 0 : ADA;
	m->evidence = (enum evidence)pick(EVIDENCE__COUNT);
	v->encrypted = (enum encrypted_extent)pick(ENCRYPTED__COUNT);
	v->problem = pick(3) > 0 ? PROBLEM_NONE
				 : (enum seal_problem)pick(PROBLEM__COUNT);
	v->detail = pick(2) ? "" : "a detail\nof two lines";
	v->count = pick(3);
	v->signatures = arena_calloc(k->arena, 3, sizeof(*v->signatures));
	for (i = 0; i < v->count; i++)
		v->signatures[i] = (struct signature){
			.status = (enum signature_status)pick(2),
			.covers = (enum signature_covers)pick(COVERS__COUNT),
			.fingerprint = fingerprints[pick(2)]};
	m->verdict = v;
	m->keys = keys;
	m->keys_count = pick(3);
	for (i = 0; i < m->keys_count; i++)
		keys[i] = (struct input_key){.fingerprint = fingerprints[i],
			.origin = "attached",
			.address = pick(2) ? "f@finder.example" : "",
			.expires = pick(2) ? NOW + (int64_t)pick(100) * DAY : 0,
			.revoked = pick(4) == 0,
			.inside = pick(2),
			.changed = pick(2)};
	m->hints = hints;
	m->hints_count = pick(3);
	for (i = 0; i < m->hints_count; i++)
		hints[i] = kit_hint(k, (enum hint_kind)pick(HINT__COUNT),
			pick(2) ? "a value" : "", "", (int)pick(100));
}

static inline void
make_command(struct kit *k, struct command_input *in)
{
	static const char *const lines[] = {"/status", "/help", "/valid",
		"/invalid r", "/accept", "/defer r", "/close r", "/assign bob",
		"/assign eve", "/take", "/note n", "/to finder", "/finder none",
		"/note", "/reopen", "/severity high", "/severity -",
		"/cvss AV:N/AC:L/Au:N/C:P/I:P/A:P", "/cvss -2.0", "/cwe 79",
		"/cwe -79", "/cve 2026-1234", "/tag a -b", "/tag b",
		"/title words", "/product Foo before 2", "/product -foo",
		"/fixed Foo 2", "/tlp red", "/tlp -", "/seal", "/undo",
		"/confirm", "/confirm 1", "/break-glass r", "/report 1", "/log",
		"/parties", "/finder x@y.z", "/key f@finder.example " KEY_A,
		"/key f@finder.example " KEY_B};
	struct buf text = BUF_INIT(2000);
	struct command *cmd, *first;
	unsigned int n = 1 + pick(3);

	while (n-- > 0)
		buf_printf(&text, "%s\n", lines[pick(countof(lines))]);
	if (pick(3) > 0)
		buf_puts(&text, "some text");
	*in = (struct command_input){.actor = pick(2) ? ADA : BOB};
	if (command_parse(text.data, k->arena, &first, &k->e) == -1)
		first = kit_parse(k, "/take");
	for (cmd = first; cmd != NULL; cmd = cmd->next)
		if (cmd->words[0] != '\0')
			cmd->message = 5000 + pick(1000);
	for (cmd = first; cmd != NULL; cmd = cmd->next)
		if (strchr(cmd->argument, '@') != NULL) {
			cmd->person = pick(2) ? FINDER : SOMEBODY;
			cmd->has_key = pick(2);
		}
	in->commands = first;
	buf_release(&text);
}

static inline void
make_input(struct kit *k, struct input *in)
{
	static const struct open_letter open[] = {{.letter = 20, .person = ADA},
		{.letter = 21, .person = FINDER, .clear = true, .waits = true},
		{.letter = 22, .person = SOMEBODY}};
	static const struct known_person persons[] = {
		{FINDER, "f@finder.example"}, {SOMEBODY, ""}};
	struct known_key *keys = arena_calloc(k->arena, 4, sizeof(*keys));
	size_t i, count = pick(4);

	k->ground.persons = persons;
	k->ground.persons_count = countof(persons);
	k->ground.keys_count = 0;
	for (i = 0; i < count; i++)
		kit_known(k, keys, pick(3) > 0 ? FINDER : SOMEBODY,
			i == 0		 ? KEY_A
				: i == 1 ? KEY_B
					 : "CC",
			(enum key_state)(1 + pick(KEY__STATES - 1)));
	for (i = 0; i < count; i++)
		keys[i].expires = pick(2) ? NOW + (int64_t)pick(99) * DAY : 0;

	k->ground.open_letters = open;
	k->ground.open_letters_count = pick(4);
	k->ground.now += pick(3) * HOUR + pick(1000);
	k->policy.acknowledge =
		(enum acknowledge_policy)pick(ACKNOWLEDGE__COUNT);
	in->what = pick(INPUTS);
	in->elsewhere = pick(2);
	make_mail(k, &in->mail);
	make_command(k, &in->command);
	if (in->mail.analyst != 0 && pick(2))
		in->mail.commands = in->command.commands;
	if (pick(5) == 0) {
		in->mail.refusal = "No.";
		in->mail.refused_to = ADA;
	}
	in->timer = (struct timer_input){
		.kind = (enum timer_kind)pick(TIMER__COUNT),
		.due = k->ground.now - DAY};
	in->letter = (struct letter_input){
		.outcome = (enum letter_outcome)pick(OUTCOME__COUNT),
		.letter = pick(50),
		.person = pick_person(),
		.kind = (enum letter_kind)pick(LETTER__COUNT),
		.text = pick(2) ? "" : "a reason",
		.wants_key = pick(2)};
	in->read = (struct read_input){.actor = ADA, .number = pick(9)};
}

static inline int
decide(struct kit *k, const struct input *in, struct case_file *c,
	struct case_file *elsewhere, struct plan *p)
{
	const struct ground *g = &k->ground;

	plan_begin(p, k->arena, g->next_letter);
	switch (in->what) {
	case MAIL:
		return decide_mail(g, c, in->elsewhere ? elsewhere : NULL,
			&in->mail, p, &k->e);
	case TIMER:
		decide_timer(g, c, &in->timer, p);
		return 0;
	case COMMAND:
		return decide_command(g, c, &in->command, p, &k->e);
	case LETTER:
		decide_letter(g, c, &in->letter, p);
		return 0;
	case READ:
	case INPUTS:
		break;
	}
	decide_read(g, c, &in->read, p);
	return 0;
}

/* What holds for a plan and the case after it, whatever the input was. */
static inline void
hold(const struct kit *k, const struct plan *p, const struct case_file *before,
	const struct case_file *after)
{
	const struct posted *posted;
	const struct order *o;
	int64_t n = 0, next = k->ground.next_letter;

	for (posted = after->posted; posted != NULL; posted = posted->next)
		assert_int_equal(posted->number, ++n);
	assert_int_equal(after->posted_count, n);
	assert_true(
		before->answered == 0 || after->answered == before->answered);
	assert_true(before->opened == 0 || after->opened == before->opened);
	/* Another finder has a channel of their own. */
	assert_true(!case_finder(before) || !case_finder(before)->sealed ||
		!case_finder(after) ||
		case_finder(after)->person != case_finder(before)->person ||
		case_finder(after)->sealed);
	for (o = p->orders; o != NULL; o = o->next) {
		assert_int_equal(o->letter, next++);
		assert_true(
			o->person != 0 || o->kind == LETTER_ACKNOWLEDGEMENT);
		assert_true(!o->analyst || o->sealed);
		assert_int_equal(o->analyst,
			o->kind != LETTER_MESSAGE &&
				o->kind != LETTER_ACKNOWLEDGEMENT &&
				o->kind != LETTER_KEY_WANTED);
		/* It goes in clear, so it carries nothing. */
		assert_true(o->kind != LETTER_KEY_WANTED || o->message == 0);
	}
	assert_int_equal(p->next_letter, next);
}

/* States change along the table, one event a step; /undo goes the same way
 * backwards, and back into Closed after a reopening. */
static inline void
hold_states(const struct plan *p)
{
	const struct planned_event *pe;

	for (pe = p->events; pe != NULL; pe = pe->next) {
		const struct facts *f = &pe->event.facts;
		enum report_state from, to;

		if (pe->event.kind != EVENT_STATUS_CHANGED)
			continue;
		from = (enum report_state)report_state_of(facts_get(f, "from"));
		to = (enum report_state)report_state_of(facts_get(f, "to"));
		if (facts_get(f, "undoes") == NULL)
			assert_true(report_state_may(from, to));
		else
			assert_true(report_state_may(to, from) ||
				to == REPORT_CLOSED);
	}
}

#endif
