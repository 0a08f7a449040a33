#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

#define UNIX "unix:"
#define INET "inet:"
#define BACKLOG 128
/* Postfix runs as another user, in its own chroot. */
#define SOCKET_MODE 0666

static int
listen_unix(const char *path, unsigned int mode, int *fd_r, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_permanent(e, "5.3.5",
			"%s: socket paths end at %zu bytes", path,
			sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return err_errno(e, "socket");
	/* One that is left of a process that is gone; who runs has a lock. */
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		chmod(path, mode) == -1 || listen(fd, BACKLOG) == -1) {
		err_errno(e, "%s", path);
		close(fd);
		return -1;
	}
	*fd_r = fd;
	return 0;
}

static int
bind_inet(
	const struct addrinfo *ai, const char *place, int *fd_r, struct err *e)
{
	int one = 1,
	    fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC,
		    ai->ai_protocol);

	if (fd == -1)
		return err_errno(e, "%s", place);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
		listen(fd, BACKLOG) == -1) {
		err_errno(e, "%s", place);
		close(fd);
		return -1;
	}
	*fd_r = fd;
	return 0;
}

static int
listen_inet(const char *place, int *fd_r, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *ai = NULL;
	char host[256];
	const char *colon;
	int result;

	snprintf(host, sizeof(host), "%s", place + strlen(INET));
	colon = strrchr(place, ':');
	host[colon - place - (ptrdiff_t)strlen(INET)] = '\0';
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	result = getaddrinfo(host, colon + 1, &hints, &ai);
	if (result != 0)
		return err_permanent(e, "5.3.5",
			"%s: write inet:ADDRESS:PORT with numbers (%s)", place,
			gai_strerror(result));
	result = bind_inet(ai, place, fd_r, e);
	freeaddrinfo(ai);
	return result;
}

int
listen_at(const char *place, unsigned int mode, int *fd_r, struct err *e)
{
	if (strncmp(place, UNIX, strlen(UNIX)) == 0)
		return listen_unix(place + strlen(UNIX), mode, fd_r, e);
	if (strncmp(place, INET, strlen(INET)) == 0 && strlen(place) < 256 &&
		strrchr(place, ':') > place + strlen(INET))
		return listen_inet(place, fd_r, e);
	return err_permanent(
		e, "5.3.5", "%s: write inet:ADDRESS:PORT or unix:PATH", place);
}

static int
share_or_bind(const struct listeners *other, const char *place, int *fd_r,
	struct err *e)
{
	size_t i;

	for (i = 0; other != NULL && i < other->count; i++) {
		if (strcmp(other->all[i].place, place) != 0)
			continue;
		*fd_r = fcntl(other->all[i].fd, F_DUPFD_CLOEXEC, 0);
		return *fd_r == -1 ? err_errno(e, "%s", place) : 0;
	}
	return listen_at(place, SOCKET_MODE, fd_r, e);
}

int
listeners_open(struct listeners *l, const struct listeners *other,
	const struct words *places, struct err *e)
{
	struct listener *one;
	size_t i;

	l->count = 0;
	for (i = 0; i < places->count; i++) {
		one = &l->all[l->count];
		snprintf(one->place, sizeof(one->place), "%s", places->word[i]);
		if (share_or_bind(other, one->place, &one->fd, e) == -1) {
			listeners_close(l);
			return -1;
		}
		l->count++;
	}
	return 0;
}

void
listeners_close(struct listeners *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		close_fd(&l->all[i].fd);
	l->count = 0;
}
