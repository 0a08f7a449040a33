/*
 * When a role that has ended is started again: whom somebody kills comes back
 * within a second, who never gets ready rests longer and longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "daemon/generation.h"

#define KILLED SIGKILL /* as wait(2) says it */
#define PID 1 /* nobody's here: it is never sent a signal */
#define ROUNDING (SECOND / 20)

static struct generation *
one_role(void)
{
	struct generation *g = xcalloc(1, sizeof(*g));

	g->conf_fd = g->post[0] = g->post[1] = g->mark_key = -1;
	g->slots[0] = (struct slot){
		.role = "worker", .name = "worker1.1", .pid = -1, .leash = -1};
	g->count = 1;
	return g;
}

/* It runs, is ready or not, and ends AGE later: how long it rests. */
static int64_t
run_and_end(struct generation *g, bool ready, int64_t age)
{
	struct slot *slot = &g->slots[0];

	slot->pid = PID;
	slot->ready = ready;
	slot->started = clock_monotonic() - age;
	assert_true(generation_child(g, PID, KILLED));
	assert_int_equal(slot->pid, -1);
	assert_false(slot->ready);
	return slot->again - clock_monotonic();
}

static void
assert_about(int64_t wait, int64_t wanted)
{
	assert_in_range(wait + ROUNDING, wanted, wanted + ROUNDING);
}

static void
test_first_end_is_no_habit(void **state)
{
	struct generation *g = one_role();
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_about(run_and_end(g, i % 2 == 0, MINUTE), 0);
	generation_free(&g);
}

static void
test_who_was_ready_comes_back_within_a_second(void **state)
{
	struct generation *g = one_role();
	int i;

	(void)state;
	assert_about(run_and_end(g, true, SECOND), 0);
	assert_about(run_and_end(g, true, SECOND), SECOND / 10);
	assert_about(run_and_end(g, true, SECOND), SECOND / 5);
	for (i = 0; i < 10; i++)
		run_and_end(g, true, SECOND);
	assert_about(run_and_end(g, true, SECOND), SECOND);
	assert_about(run_and_end(g, true, MINUTE), 0);
	generation_free(&g);
}

static void
test_who_never_gets_ready_rests_longer(void **state)
{
	struct generation *g = one_role();
	int i;

	(void)state;
	for (i = 0; i < 6; i++)
		run_and_end(g, false, SECOND / 10);
	assert_about(run_and_end(g, false, SECOND / 10), 32 * SECOND / 10);
	for (i = 0; i < 10; i++)
		run_and_end(g, false, SECOND / 10);
	assert_about(run_and_end(g, false, SECOND / 10), 30 * SECOND);
	/* The cause is gone: it gets ready. */
	assert_about(run_and_end(g, true, SECOND), SECOND);
	generation_free(&g);
}

/* It says that it is ready, and dies before anybody has listened. */
static void
test_last_word_is_heard(void **state)
{
	struct generation *g = one_role();
	int pair[2], i;

	(void)state;
	for (i = 0; i < 20; i++)
		run_and_end(g, false, SECOND);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(write(pair[1], "R", 1), 1);
	close(pair[1]);
	g->slots[0].leash = pair[0];
	assert_about(run_and_end(g, false, SECOND), SECOND);
	assert_int_equal(g->slots[0].leash, -1);
	generation_free(&g);
}

static pid_t
sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

/* One end is killed, the other by us: neither begins while the other is still
 * on its way out, and only the first has failed. */
static void
test_partners_begin_together(void **state)
{
	struct generation *g = one_role();
	struct slot *postman = &g->slots[0], *courier = &g->slots[1];
	int status;

	(void)state;
	*courier = *postman;
	courier->partner = postman;
	postman->partner = courier;
	g->count = 2;
	postman->pid = PID;
	courier->pid = sleeper();
	courier->started = clock_monotonic();
	assert_true(generation_child(g, PID, KILLED));
	assert_true(courier->condemned);
	generation_restart(g);
	assert_int_equal(postman->pid, -1);

	assert_int_equal(waitpid(courier->pid, &status, 0), courier->pid);
	assert_true(WIFSIGNALED(status));
	assert_true(generation_child(g, courier->pid, status));
	assert_false(courier->condemned);
	assert_int_equal(courier->failures, 0);
	assert_int_equal(courier->pid, -1);
	assert_int_equal(postman->failures, 1);
	generation_free(&g);
}

static int
set_up(void **state)
{
	(void)state;
	log_open("test", NULL, LOG_ERROR);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_end_is_no_habit),
		cmocka_unit_test(test_who_was_ready_comes_back_within_a_second),
		cmocka_unit_test(test_who_never_gets_ready_rests_longer),
		cmocka_unit_test(test_last_word_is_heard),
		cmocka_unit_test(test_partners_begin_together),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
