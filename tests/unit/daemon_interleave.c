/*
 * Two workers on one case, under every interleaving of their fault points: the
 * store must end as if one had worked after the other.
 *
 * Each worker is a process that stops at each fault point (fault_hook) until
 * it is told to go on.  All schedules are tried, by depth-first search: a run
 * follows a given list of choices, and then always lets the first go on; where
 * it could have chosen otherwise, another run is made.  A worker that waits
 * for the lock (store-busy) goes on only when the other has gone on before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "daemon/transact.h"
#include "store/keys.h"
#include "store/persons.h"
#include "store/spool.h"

#define STEPS_MAX 64
#define DUMP_MAX 65536
#define BUSY "store-busy"

static const char secret[] = "0123456789abcdef0123456789abcdef";

/* --- one worker's work --- */

struct bench {
	struct store *store;
	struct conf *conf;
	struct policy policy;
	struct policy_analyst analysts[2];
	struct transactor t;
	struct arena *a;
	int64_t case_id, finder;
};

typedef void work(struct bench *b);

static void
must(int result, const struct err *e)
{
	if (result == -1)
		fail_msg("%s", e->text);
}

static void
bench_open(struct bench *b, const char *dir, const char *owner)
{
	struct err e;

	*b = (struct bench){.a = arena_new()};
	b->conf = xcalloc(1, sizeof(*b->conf));
	b->conf->address = xstrdup("security@example.test");
	b->conf->prefix = xstrdup("EX");
	b->conf->reply_delimiter = xstrdup("+");
	b->conf->reply_domain = xstrdup("");
	b->store = store_open(dir, span_of(secret), "example.test", &e);
	if (b->store == NULL)
		fail_msg("%s", e.text);
	must(store_begin(b->store, &e), &e);
	must(person_of_analyst(b->store, "alice", "alice@example.test",
		     &b->analysts[0].person, &e),
		&e);
	must(person_of_analyst(b->store, "bob", "bob@example.test",
		     &b->analysts[1].person, &e),
		&e);
	must(store_commit(b->store, &e), &e);
	b->analysts[0].name = "alice";
	b->analysts[1].name = "bob";
	b->policy = (struct policy){.acknowledge = ACKNOWLEDGE_PLAUSIBLE,
		.answer_within = DAY,
		.embargo = 90 * DAY,
		.analysts = b->analysts,
		.analysts_count = 2};
	b->t = (struct transactor){.store = b->store,
		.conf = b->conf,
		.policy = &b->policy,
		.owner = owner,
		.seals = true};
	must(case_find(b->store, "EX-2026-0001", &b->case_id, &e), &e);
	must(person_find(b->store, "faye@finder.test", &b->finder, &e), &e);
}

static void
bench_close(struct bench *b)
{
	store_close(&b->store);
	free(b->conf->address);
	free(b->conf->prefix);
	free(b->conf->reply_delimiter);
	free(b->conf->reply_domain);
	free(b->conf);
	arena_free(&b->a);
}

/* A mail of the finder; SEGMENT has been leased to this worker. */
static void
file_mail(struct bench *b, const char *id, const char *answers)
{
	struct mail_address from = {.name = arena_strdup(b->a, "Faye"),
		.address = arena_strdup(b->a, "faye@finder.test")};
	struct opening o = {.verdict = {.opened = true, .detail = ""}};
	struct reading *r = &o.answer.reading;
	struct envelope env = {.received = clock_now(),
		.sender = from.address,
		.queue_id = (char *)id};
	struct spool_item item, leased[1];
	struct stored_bytes bytes = {.size = 3, .bytes = SPAN("pgp")};
	struct sketch sketch = {.has_text = false};
	struct mail_to_file m = {.item = &item,
		.envelope = &env,
		.opening = &o,
		.autocrypt_key = "",
		.form = MESSAGE_RECEIVED,
		.bytes = &bytes,
		.sketch = &sketch};
	struct transacted done;
	struct err e;
	size_t count;

	reader_no_answer(b->a, &o.answer);
	r->outer.from = r->header.from = &from;
	r->outer.from_count = r->header.from_count = 1;
	r->outer.message_id = r->header.message_id = (char *)id;
	if (answers != NULL) {
		r->outer.in_reply_to = r->header.in_reply_to =
			(char **)&answers;
		r->outer.in_reply_to_count = r->header.in_reply_to_count = 1;
	}
	m.identity = hash_of(span_of(id));
	bytes.hash = m.identity;
	item = (struct spool_item){.at = id[0]};
	snprintf(item.segment, sizeof(item.segment), "lmtp/%s", b->t.owner);
	must(spool_lease(b->store, &item, 1, b->t.owner, 1, INT64_MAX, leased,
		     1, &count, &e),
		&e);
	item = leased[0];
	must(transact_mail(&b->t, &m, b->a, &done, &e), &e);
}

static void
command(struct bench *b, const char *text)
{
	struct stored_bytes bytes[4];
	struct commands_to_obey c = {.case_id = b->case_id,
		.actor = b->analysts[0].person,
		.bytes = bytes,
		.nonce = b->t.owner};
	struct transacted done;
	struct err e;
	size_t i;

	for (i = 0; i < countof(bytes); i++)
		bytes[i] =
			(struct stored_bytes){.size = 3, .bytes = SPAN("pgp")};
	must(command_parse(text, b->a, &c.commands, &e), &e);
	/* Refused is a result too: the dump shows that nothing happened. */
	if (transact_commands(&b->t, &c, b->a, &done, &e) == -1)
		assert_int_equal(e.kind, ERR_PERMANENT);
}

static void
work_reply_one(struct bench *b)
{
	file_mail(b, "reply-one@finder.test", "first@finder.test");
}

static void
work_reply_two(struct bench *b)
{
	file_mail(b, "two-reply@finder.test", "first@finder.test");
}

static void
work_thread_first(struct bench *b)
{
	file_mail(b, "a-new@finder.test", NULL);
}

static void
work_thread_second(struct bench *b)
{
	file_mail(b, "b-new@finder.test", "a-new@finder.test");
}

static void
work_write(struct bench *b)
{
	command(b, "/to finder\nWe look into it.");
}

static void
work_remove(struct bench *b)
{
	command(b, "/finder none");
}

static void
work_close(struct bench *b)
{
	command(b, "/invalid No.\n/close Done.");
}

static void
work_timer(struct bench *b)
{
	struct due_timer timer;
	struct transacted done;
	struct err e;
	int64_t now = clock_now() + 2 * DAY;

	if (timer_due(b->store, b->t.owner, now, now + DAY, &timer, &e) == 1)
		must(transact_timer(&b->t, &timer, b->a, &done, &e), &e);
}

/* --- what the store says, without what may differ --- */

static void
dump_events(struct bench *b, int64_t id, struct buf *out)
{
	static const char *const masked[] = {"answer-by", "embargo-end", "due"};
	const struct fact *f;
	struct event *ev;
	struct err e;
	size_t i;

	must(case_events(b->store, id, b->a, &ev, &e), &e);
	for (; ev != NULL; ev = ev->next) {
		buf_printf(out, "%lld %s %lld", (long long)id,
			event_kind_name(ev->kind), (long long)ev->actor);
		for (f = ev->facts.first; f != NULL; f = f->next) {
			for (i = 0; i < countof(masked); i++)
				if (strcmp(masked[i], f->key) == 0)
					break;
			buf_printf(out, " %s=%s", f->key,
				i < countof(masked) ? "..." : f->value);
		}
		buf_putc(out, '\n');
	}
}

static int
dump_letter(void *arg, const struct letter *l)
{
	buf_printf(arg, "letter %lld case %lld %s to %lld: %s\n",
		(long long)l->order.letter, (long long)l->order.case_id,
		letter_kind_name(l->order.kind), (long long)l->order.person,
		letter_state_name(l->state));
	return 0;
}

static char *
dump(const char *dir)
{
	struct buf out = BUF_INIT(DUMP_MAX);
	struct audit_result audit;
	struct bench b;
	struct err e;
	int64_t id, due;
	char *text;

	bench_open(&b, dir, "dump");
	for (id = 1; id <= 4; id++) {
		dump_events(&b, id, &out);
		must(letters_list(b.store, id, dump_letter, &out, &e), &e);
	}
	buf_printf(&out, "timer %d\n", timer_next(b.store, &due, &e));
	must(audit_verify(b.store, &audit, &e), &e);
	bench_close(&b);
	assert_false(out.failed);
	text = xstrdup(out.data);
	buf_release(&out);
	return text;
}

/* --- processes that stop at their fault points --- */

struct worker {
	work *work;
	const char *name;
	pid_t pid;
	int go, at; /* our ends of its pipes */
	char point[64]; /* where it stands; "" when it has ended */
};

static int stepper_go, stepper_at;

static void
stop_here(const char *name)
{
	char byte, line[64] = "";

	snprintf(line, sizeof(line), "%s", name);
	if (write(stepper_at, line, sizeof(line)) != sizeof(line) ||
		read(stepper_go, &byte, 1) != 1)
		_exit(1);
}

static void
await(struct worker *w)
{
	if (read(w->at, w->point, sizeof(w->point)) != sizeof(w->point))
		w->point[0] = '\0';
}

static void
start(struct worker *w, const char *dir)
{
	int go[2], at[2];
	struct bench b;

	if (pipe(go) == -1 || pipe(at) == -1)
		fail_msg("pipe");
	if ((w->pid = fork()) == 0) {
		close(go[1]);
		close(at[0]);
		stepper_go = go[0];
		stepper_at = at[1];
		bench_open(&b, dir, w->name);
		fault_hook = stop_here;
		stop_here("start");
		w->work(&b);
		fault_hook = NULL;
		bench_close(&b);
		_exit(0);
	}
	close(go[0]);
	close(at[1]);
	w->go = go[1];
	w->at = at[0];
	await(w);
}

static void
step(struct worker *w)
{
	if (write(w->go, "", 1) != 1)
		fail_msg("%s has gone at %s", w->name, w->point);
	await(w);
}

static void
finish(struct worker *w)
{
	int status;

	close(w->go);
	close(w->at);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	assert_int_equal(status, 0);
}

/* --- schedules --- */

struct schedule {
	bool second[STEPS_MAX]; /* who goes on at each step */
	bool choice[STEPS_MAX]; /* could it have been the other one? */
	size_t given, made; /* choices that are given; steps made */
};

static bool
may_go(const struct worker *w, const struct worker *other, bool other_moved)
{
	if (w->point[0] == '\0')
		return false;
	if (strcmp(w->point, BUSY) != 0)
		return true;
	return other_moved || other->point[0] == '\0';
}

static void
run_schedule(struct schedule *s, struct worker *one, struct worker *two)
{
	bool moved[2] = {true, true}, can[2], second;

	s->made = 0;
	while (one->point[0] != '\0' || two->point[0] != '\0') {
		assert_true(s->made < STEPS_MAX);
		can[0] = may_go(one, two, moved[1]);
		can[1] = may_go(two, one, moved[0]);
		assert_true(can[0] || can[1]);
		second = s->made < s->given ? s->second[s->made] : !can[0];
		s->choice[s->made] = can[0] && can[1];
		s->second[s->made++] = second;
		step(second ? two : one);
		/* Who waits for the lock looks again only after the other's
		 * next step. */
		moved[second] = true;
		moved[!second] = false;
	}
}

/* The next schedule in depth-first order; false when all have been tried. */
static bool
next_schedule(struct schedule *s)
{
	size_t i;

	for (i = s->made; i-- > 0;) {
		if (!s->choice[i] || s->second[i])
			continue;
		s->second[i] = true;
		s->given = i + 1;
		return true;
	}
	return false;
}

/* --- a test --- */

static char origin[64], copy[80];

static void
copy_store(void)
{
	struct buf from = BUF_INIT(8 << 20);
	char path[128];
	struct err e;

	must(fs_remove_tree(copy, &e), &e);
	must(fs_make_dirs(copy, 0700, &e), &e);
	snprintf(path, sizeof(path), "%s/store.db", origin);
	must(fs_read_file(path, &from, &e), &e);
	snprintf(path, sizeof(path), "%s/store.db", copy);
	must(fs_replace_file(path, buf_view(&from), 0600, &e), &e);
	buf_release(&from);
}

/* The dump after FIRST and then SECOND have worked alone. */
static char *
serial(struct worker first, struct worker second)
{
	copy_store();
	start(&first, copy);
	while (first.point[0] != '\0')
		step(&first);
	finish(&first);
	start(&second, copy);
	while (second.point[0] != '\0')
		step(&second);
	finish(&second);
	return dump(copy);
}

static void
try_all(work *first, work *second)
{
	struct worker one = {.work = first, .name = "one"},
		      two = {.work = second, .name = "two"};
	char *one_two = serial(one, two), *two_one = serial(two, one), *got;
	struct schedule s = {.given = 0};
	int runs = 0;

	do {
		copy_store();
		start(&one, copy);
		start(&two, copy);
		run_schedule(&s, &one, &two);
		finish(&one);
		finish(&two);
		got = dump(copy);
		if (strcmp(got, one_two) != 0 && strcmp(got, two_one) != 0)
			fail_msg("neither\n%s\nnor\n%s\nbut\n%s", one_two,
				two_one, got);
		free(got);
		runs++;
	} while (next_schedule(&s));
	assert_true(runs > 10);
	print_message("%d schedules\n", runs);
	free(one_two);
	free(two_one);
}

static void
test_two_replies(void **state)
{
	(void)state;
	try_all(work_reply_one, work_reply_two);
}

static void
test_words_against_removal_of_their_reader(void **state)
{
	(void)state;
	try_all(work_write, work_remove);
}

static void
test_timer_against_command_that_clears_it(void **state)
{
	(void)state;
	try_all(work_timer, work_close);
}

static void
test_two_first_mails_of_one_thread(void **state)
{
	(void)state;
	try_all(work_thread_first, work_thread_second);
}

/* The same mail twice, as two copies that came in at once. */
static void
test_copies(void **state)
{
	(void)state;
	try_all(work_thread_first, work_thread_first);
}

static int
set_up(void **state)
{
	struct bench b;
	struct err e;

	(void)state;
	hash_open();
	log_open("test", NULL, LOG_ERROR);
	snprintf(origin, sizeof(origin), "/tmp/pi.XXXXXX");
	if (mkdtemp(origin) == NULL || store_migrate(origin, &e) == -1)
		return -1;
	snprintf(copy, sizeof(copy), "%s/copy", origin);
	bench_open(&b, origin, "setup");
	file_mail(&b, "first@finder.test", NULL);
	bench_close(&b);
	return 0;
}

static int
tear_down(void **state)
{
	struct err e;

	(void)state;
	return fs_remove_tree(origin, &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_replies),
		cmocka_unit_test(test_words_against_removal_of_their_reader),
		cmocka_unit_test(test_timer_against_command_that_clears_it),
		cmocka_unit_test(test_two_first_mails_of_one_thread),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
