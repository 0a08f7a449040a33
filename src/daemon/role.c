#include "daemon/role.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/log.h"

#define FDS_MAX 16
#define PATH_BYTES 512
#define EXIT_CONFIG 78 /* EX_CONFIG */

/* Descriptors may lie where others belong: first out of the way, then down. */
static void
place_fds(const int *fds, size_t count)
{
	int away[FDS_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		if ((away[i] = fcntl(fds[i], F_DUPFD, 100)) == -1)
			_exit(EXIT_CONFIG);
	for (i = 0; i < count; i++)
		if (dup2(away[i], ROLE_FIRST_FD + (int)i) == -1)
			_exit(EXIT_CONFIG);
	close_range(ROLE_FIRST_FD + (unsigned int)count, ~0u, 0);
}

const char *
role_programs(void)
{
	static char beside[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", beside, sizeof(beside) - 32);
	char *slash;

	if (n > 0) {
		beside[n] = '\0';
		slash = strrchr(beside, '/');
		snprintf(slash, 16, "/libexec");
		if (access(beside, X_OK) == 0)
			return beside;
	}
	return PSIRTD_LIBEXECDIR;
}

pid_t
role_spawn(const char *program, const char *role, const char *name,
	const char *conf_path, const int *fds, size_t count, struct err *e)
{
	pid_t parent = getpid(), pid;
	char argument[40], path[PATH_BYTES + 40] = "/proc/self/exe";

	if (count > FDS_MAX)
		return err_bug(e, "role %s: too many descriptors", role);
	snprintf(argument, sizeof(argument), ROLE_PREFIX "%s", role);
	if (program != NULL)
		snprintf(path, sizeof(path), "%s/%s", role_programs(), program);
	if ((pid = fork()) == -1)
		return err_errno(e, "fork %s", role);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_CONFIG);
	place_fds(fds, count);
	execl(path, program != NULL ? program : "psirtd", argument, name,
		conf_path, (char *)NULL);
	_exit(EXIT_CONFIG);
}

void
role_begin(const char *role)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	log_open("psirtd", role, LOG_INFO);
	prctl(PR_SET_NAME, role, 0, 0, 0);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	hash_open();
	clock_open();
	fault_open();
}

void
role_ready(int leash)
{
	log_event(LOG_INFO, "ready");
	if (write(leash, "R", 1) != 1)
		log_event(LOG_WARNING, "leash",
			LOG_TEXT("error", strerror(errno)));
}

struct conf *
role_conf(int fd, const char *path)
{
	struct conf *c;
	struct err e;

	if ((c = conf_read(fd, path, &e)) == NULL) {
		log_event(LOG_ERROR, "configuration", LOG_ERR(&e));
		exit(EXIT_CONFIG);
	}
	return c;
}
