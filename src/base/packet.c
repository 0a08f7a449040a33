#include "base/packet.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(PACKET_FDS * sizeof(int))];
};

int
packet_pair(int pair[2], struct err *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return err_errno(e, "socketpair");
	return 0;
}

void
packet_init(struct packet *p)
{
	buf_init(&p->bytes, PACKET_BYTES);
	p->count = 0;
}

void
packet_release(struct packet *p)
{
	int i;

	for (i = 0; i < p->count; i++)
		close_fd(&p->fds[i]);
	p->count = 0;
	buf_release(&p->bytes);
}

int
packet_take_fd(struct packet *p, int i)
{
	int fd;

	if (i >= p->count)
		return -1;
	fd = p->fds[i];
	p->fds[i] = -1;
	return fd;
}

int
packet_send(int socket, const struct record_schema *schema, const void *from,
	const int *fds, int count, struct err *e)
{
	struct buf b = BUF_INIT(PACKET_BYTES + 1);
	union control control = {0};
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;
	ssize_t n;

	record_encode(&b, schema, from);
	if (b.failed || b.len > PACKET_BYTES || count > PACKET_FDS) {
		buf_release(&b);
		return err_bug(e, "packet %s is too large", schema->name);
	}
	/* An empty packet cannot be told from the end: send one byte more. */
	buf_putc(&b, '\0');
	iov = (struct iovec){.iov_base = b.data, .iov_len = b.len};
	if (count > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
	}
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	buf_release(&b);
	return n < 0 ? err_errno(e, "send %s", schema->name) : 0;
}

static int
wait_readable(int socket, int64_t timeout, struct err *e)
{
	int64_t end = clock_monotonic() + timeout, left;
	struct pollfd p = {.fd = socket, .events = POLLIN};
	int n, ms;

	for (;;) {
		left = timeout < 0 ? 0 : end - clock_monotonic();
		ms = timeout < 0 ? -1
			: left <= 0
			? 0
			: (int)(left / 1000 > 3600000 ? 3600000
						      : left / 1000 + 1);
		n = poll(&p, 1, ms);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_errno(e, "poll");
		if (n == 0 && timeout >= 0 && clock_monotonic() >= end)
			return err_temporary(e, "4.4.1", "timed out");
	}
}

static void
keep_fds(struct packet *p, struct msghdr *msg)
{
	struct cmsghdr *c;
	size_t i, count;
	int fd;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
				sizeof(int));
			if (p->count < PACKET_FDS)
				p->fds[p->count++] = fd;
			else
				close_fd(&fd);
		}
	}
}

int
packet_receive(int socket, struct packet *p, int64_t timeout, struct err *e)
{
	char bytes[PACKET_BYTES + 1];
	union control control;
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	packet_release(p);
	if (timeout >= 0 && wait_readable(socket, timeout, e) == -1)
		return -1;
	/* Somebody else may have taken what poll() saw. */
	do
		n = recvmsg(socket, &msg,
			MSG_CMSG_CLOEXEC | (timeout >= 0 ? MSG_DONTWAIT : 0));
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return err_temporary(e, "4.4.1", "nothing came");
	if (n < 0)
		return err_errno(e, "receive");
	if (n == 0)
		return 0;
	keep_fds(p, &msg);
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return err_temporary(e, "4.3.0", "packet is too large");
	buf_add(&p->bytes, bytes, (size_t)n - 1);
	explicit_bzero(bytes, (size_t)n);
	return 1;
}
