/* Is the agent there?  Whatever its socket does, a mail is not to blame. */
#include "crypto_kit.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define TOLD "4.3.0"
#define MOMENT_MS 50

static int
setup(void **state)
{
	*state = vault_bare();
	return 0;
}

static int
teardown(void **state)
{
	vault_free(*state);
	return 0;
}

/* A socket at the agent's place, of which somebody listens. */
static int
listen_there(struct vault *v)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, v->socket, strlen(v->socket));
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
is_temporary(struct vault *v, int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(v->e.kind, ERR_TEMPORARY);
	assert_string_equal(v->e.status, TOLD);
	assert_non_null(strstr(v->e.text, v->socket));
}

static void
test_no_socket_is_temporary(void **state)
{
	struct vault *v = *state;

	is_temporary(v, agent_check(v->socket, &v->e));
}

/* The file outlives the agent that was killed. */
static void
test_a_dead_socket_is_temporary(void **state)
{
	struct vault *v = *state;

	close(listen_there(v));
	assert_int_equal(access(v->socket, F_OK), 0);
	is_temporary(v, agent_check(v->socket, &v->e));
}

/*
 * Somebody answers GREETING to the one that asks, and REST a moment later.
 * True when the asker has hung up meanwhile.
 */
static bool
answer(struct vault *v, const char *greeting, const char *rest, int result)
{
	struct pollfd p = {.events = POLLIN};
	int fd = listen_there(v), status;
	pid_t pid = fork();

	if (pid == 0) {
		p.fd = accept(fd, NULL, NULL);
		(void)!write(p.fd, greeting, strlen(greeting));
		status = rest[0] != '\0' && poll(&p, 1, MOMENT_MS) != 0;
		(void)!write(p.fd, rest, strlen(rest));
		_exit(status);
	}
	if (result == 0)
		must(v, agent_check(v->socket, &v->e));
	else
		is_temporary(v, agent_check(v->socket, &v->e));
	waitpid(pid, &status, 0);
	close(fd);
	unlink(v->socket);
	return status != 0;
}

static void
test_only_an_agents_greeting_counts(void **state)
{
	struct vault *v = *state;

	answer(v, "OK Pleased to meet you\n", "", 0);
	answer(v, "ERR 67108922 no\n", "", -1);
	answer(v, "OK Pleased", "", -1);
	answer(v, "OK", "", -1);
	answer(v, "", "", -1);
}

/* gpg-agent writes its line in two; hung up on between them, it may die. */
static void
test_the_whole_greeting_is_heard(void **state)
{
	struct vault *v = *state;

	assert_false(answer(v, "OK Pleased to meet you", "\n", 0));
}

static void
test_a_path_that_is_too_long_is_permanent(void **state)
{
	struct vault *v = *state;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(agent_check(path, &v->e), -1);
	assert_int_equal(v->e.kind, ERR_PERMANENT);
	assert_non_null(strstr(v->e.text, "107 bytes"));
}

/* The real one: its two sockets, and who may use which. */
static void
test_the_agent_answers_until_it_is_gone(void **state)
{
	struct vault *v = *state;
	struct stat st;
	char own[80];

	vault_start_agent(v);
	snprintf(own, sizeof(own), "%s/S.gpg-agent", v->home);
	must(v, agent_check(own, &v->e));
	assert_int_equal(stat(own, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(v->socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	vault_stop_agent(v);
	is_temporary(v, agent_check(v->socket, &v->e));
}

/* Nor does a client that breaks off end it. */
static void
test_the_agent_ignores_a_broken_pipe(void **state)
{
	struct vault *v = *state;
	unsigned long long ignored = 0;
	char path[64], line[200];
	FILE *f;

	vault_start_agent(v);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)v->agent);
	assert_non_null(f = fopen(path, "re"));
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "SigIgn: %llx", &ignored) == 1)
			break;
	fclose(f);
	assert_true(ignored >> (SIGPIPE - 1) & 1);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_no_socket_is_temporary),
		T(test_a_dead_socket_is_temporary),
		T(test_only_an_agents_greeting_counts),
		T(test_the_whole_greeting_is_heard),
		T(test_a_path_that_is_too_long_is_permanent),
		T(test_the_agent_answers_until_it_is_gone),
		T(test_the_agent_ignores_a_broken_pipe)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
