#include "crypto/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

#define GREETING_MS 10000
#define GREETING_MAX 1000 /* a line of libassuan */
#define BACKLOG 64
#define FIRST_FD 3 /* sd_listen_fds(3): SD_LISTEN_FDS_START */

static int
fill_address(struct sockaddr_un *sun, const char *path, struct err *e)
{
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(sun->sun_path))
		return err_permanent(e, "5.3.5",
			"%s: socket paths end at %zu bytes", path,
			sizeof(sun->sun_path) - 1);
	memcpy(sun->sun_path, path, strlen(path) + 1);
	return 0;
}

/* The whole line: an agent must not be writing still when we hang up. */
static bool
is_greeted(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char line[GREETING_MAX];
	size_t len = 0;
	ssize_t n;

	do {
		if (len == sizeof(line) || poll(&p, 1, GREETING_MS) != 1)
			return false;
		if ((n = read(fd, line + len, sizeof(line) - len)) <= 0)
			return false;
		len += (size_t)n;
	} while (memchr(line, '\n', len) == NULL);
	return len >= 3 && memcmp(line, "OK ", 3) == 0;
}

int
agent_check(const char *socket_path, struct err *e)
{
	struct sockaddr_un sun;
	scoped(close_fd) int fd = -1;

	if (fill_address(&sun, socket_path, e) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return err_errno(e, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return err_errno(e, "gpg-agent at %s", socket_path);
	if (!is_greeted(fd))
		return err_temporary(e, "4.3.0",
			"gpg-agent at %s does not answer", socket_path);
	return 0;
}

/* Each binds its socket anew. */
int64_t
agent_incarnation(const char *socket_path)
{
	struct stat st;

	if (stat(socket_path, &st) == -1)
		return 0;
	return st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
}

static int
bind_at(const char *path, mode_t mode, struct err *e)
{
	struct sockaddr_un sun;
	int fd;

	if (fill_address(&sun, path, e) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return err_errno(e, "socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		chmod(path, mode) == -1 || listen(fd, BACKLOG) == -1) {
		close(fd);
		return err_errno(e, "%s", path);
	}
	return fd;
}

int
agent_exec(const char *home, const char *socket_path, struct err *e)
{
	char own[128], pid[24];
	int std, extra;

	snprintf(own, sizeof(own), "%s/S.gpg-agent", home);
	if ((std = bind_at(own, 0600, e)) == -1 ||
		(extra = bind_at(socket_path, 0660, e)) == -1)
		return -1;
	/* Move both out of the way first: either may lie where the other
	 * belongs. */
	if ((std = fcntl(std, F_DUPFD, 10)) == -1 ||
		(extra = fcntl(extra, F_DUPFD, 10)) == -1 ||
		dup2(std, FIRST_FD) == -1 || dup2(extra, FIRST_FD + 1) == -1)
		return err_errno(e, "dup2");
	close(std);
	close(extra);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "std:extra", 1);
	/* Supervised, it leaves this to its parent: a client that is gone (a
	 * gpg that ran out of time) would be its end. */
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	execl(GPG_AGENT, "gpg-agent", "--homedir", home, "--supervised",
		"--no-detach", "--quiet", (char *)NULL);
	return err_errno(e, "%s", GPG_AGENT);
}
