/* psirtd-confine: what gpg must not escape; on the real one. */
#include "crypto_kit.h"

#include <sys/resource.h>

#define CANNOT_RUN 126
#define MEGABYTE (1UL << 20)

static struct vault *v;

static int
setup(void **state)
{
	(void)state;
	v = vault_bare();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	vault_free(v);
	return 0;
}

/* PROGRAM, which writes to *OUT_R and whose input never comes. */
static pid_t
start(const char *program, const char *option, const char *limits, int *out_r)
{
	char path[600];
	int in[2], out[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", v->programs, program);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	if ((pid = fork()) == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		/* Nobody writes to its input, and it does not end. */
		fcntl(in[1], F_SETFD, 0);
		unsetenv("PSIRTD_CONFINE");
		if (limits[0] != '\0')
			setenv("PSIRTD_CONFINE", limits, 1);
		execl(path, path, "--homedir", v->home, option, (char *)NULL);
		_exit(1);
	}
	close(in[0]);
	close(in[1]);
	close(out[1]);
	*out_r = out[0];
	return pid;
}

static int
end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
is_limited(pid_t pid, int resource, rlim_t value)
{
	struct rlimit r;

	assert_int_equal(prlimit(pid, resource, NULL, &r), 0);
	assert_true(r.rlim_cur == value);
	assert_true(r.rlim_max == value);
}

static bool
knows_its_limits(pid_t pid)
{
	struct buf b = BUF_INIT(1 << 20);
	char path[64], piece[4096];
	ssize_t n;
	bool found;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	assert_int_not_equal(fd = open(path, O_RDONLY | O_CLOEXEC), -1);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&b, piece, (size_t)n);
	close(fd);
	found = memmem(b.data, b.len, "PSIRTD_CONFINE", 14) != NULL;
	buf_release(&b);
	return found;
}

static void
runs_confined(const char *program)
{
	char greeting[3];
	int out, status;
	pid_t pid = start(program, "--server", "7:60", &out);

	assert_int_equal(read(out, greeting, 3), 3);
	assert_memory_equal(greeting, "OK ", 3);
	is_limited(pid, RLIMIT_CPU, 7);
	is_limited(pid, RLIMIT_AS, 1024 * MEGABYTE);
	is_limited(pid, RLIMIT_FSIZE, 64 * MEGABYTE);
	is_limited(pid, RLIMIT_CORE, 0);
	assert_int_equal(getpgid(pid), pid);
	assert_false(knows_its_limits(pid));
	kill(pid, SIGKILL);
	status = end_of(pid);
	close(out);
	assert_true(WIFSIGNALED(status));
}

static void
test_gpg_runs_within_limits(void **state)
{
	(void)state;
	runs_confined("gpg");
}

/* It waits for an agent that hangs; nobody else would end it. */
static void
test_real_time_ends_it(void **state)
{
	int out, status;
	pid_t pid = start("gpg", "--server", "7:1", &out);

	(void)state;
	status = end_of(pid);
	close(out);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGALRM);
}

static void
test_without_limits_nothing_runs(void **state)
{
	static const char *const limits[] = {"", "7", "x:y"};
	int out, status;
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < countof(limits); i++) {
		pid = start("gpg", "--version", limits[i], &out);
		status = end_of(pid);
		close(out);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), CANNOT_RUN);
	}
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_gpg_runs_within_limits),
		T(test_real_time_ends_it), T(test_without_limits_nothing_runs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
