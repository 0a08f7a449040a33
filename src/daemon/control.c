/*
 * The control role: knows who asks, hands the request to a worker, streams the
 * answer back; see daemon/service.h.
 *
 * Between a person's terminal, which may be slow, and a worker, which must not
 * wait: it holds both ends in memory files.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/packet.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "daemon/service.h"

enum control_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_LISTEN,
	FD_JOBS,
};

#define CLIENTS_MAX 64
#define LENGTH_BYTES 4
#define PATIENCE (60 * SECOND) /* with a client that does not speak */

/* A request comes in, a worker has it, the answer goes out. */
enum client_state {
	CLIENT_ASKS,
	CLIENT_WAITS,
	CLIENT_READS
};

struct client {
	int fd;
	enum client_state state;
	char analyst[100]; /* "" if the user is none */
	char user[64];
	struct buf in;
	int request, out, err, status; /* memory files; the pipe */
	struct buf reply;
	size_t sent;
	int64_t active;
};

struct control {
	const struct conf *conf;
	struct client *clients[CLIENTS_MAX];
	size_t count;
	bool stopping;
};

static void
close_client(struct client *c)
{
	close_fd(&c->fd);
	close_fd(&c->request);
	close_fd(&c->out);
	close_fd(&c->err);
	close_fd(&c->status);
	buf_release(&c->in);
	buf_release(&c->reply);
	free(c);
}

/* By the kernel's word, not the peer's. */
static void
identify(const struct conf *conf, struct client *c)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	const struct conf_analyst *analyst;
	struct passwd *pw;

	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return;
	if ((pw = getpwuid(cred.uid)) == NULL)
		return;
	snprintf(c->user, sizeof(c->user), "%s", pw->pw_name);
	analyst = conf_analyst_of_user(conf, c->user);
	if (analyst != NULL)
		snprintf(c->analyst, sizeof(c->analyst), "%s", analyst->name);
}

static void
accept_client(struct control *k)
{
	int fd = accept4(FD_LISTEN, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c;

	if (fd == -1)
		return;
	if (k->count == CLIENTS_MAX) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->request = c->out = c->err = c->status = -1;
	c->active = clock_monotonic();
	buf_init(&c->in, SERVICE_REQUEST_MAX + LENGTH_BYTES);
	buf_init(&c->reply, INT32_MAX);
	identify(k->conf, c);
	k->clients[k->count++] = c;
}

/* The head of the answer: a length and a record; then both streams. */
static void
begin_reply(struct client *c, const struct service_reply *r)
{
	struct buf record = BUF_INIT(4096);
	uint32_t len;

	record_encode(&record, &service_reply_schema, r);
	len = (uint32_t)record.len;
	buf_add(&c->reply, &len, LENGTH_BYTES);
	buf_add(&c->reply, record.data, record.len);
	buf_release(&record);
	c->state = CLIENT_READS;
}

static void
refuse(struct client *c, int status, const char *text)
{
	struct service_reply r = {
		.status = status, .err = (int64_t)strlen(text)};

	begin_reply(c, &r);
	buf_puts(&c->reply, text);
}

static int
hand_to_worker(struct client *c, struct err *e)
{
	struct service_job job = {.analyst = c->analyst};
	int pipe_fds[2], fds[4], result;

	if (fs_memory_file("request", &c->request, e) == -1 ||
		fs_memory_file("out", &c->out, e) == -1 ||
		fs_memory_file("err", &c->err, e) == -1 ||
		fs_write_all(c->request, c->in.data + LENGTH_BYTES,
			c->in.len - LENGTH_BYTES, e) == -1)
		return -1;
	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return err_errno(e, "pipe");
	c->status = pipe_fds[0];
	fds[0] = c->request;
	fds[1] = c->out;
	fds[2] = c->err;
	fds[3] = pipe_fds[1];
	result = packet_send(FD_JOBS, &service_job_schema, &job, fds, 4, e);
	close(pipe_fds[1]);
	c->state = CLIENT_WAITS;
	return result;
}

static bool
is_complete(const struct client *c)
{
	uint32_t len;

	if (c->in.len < LENGTH_BYTES)
		return false;
	memcpy(&len, c->in.data, LENGTH_BYTES);
	return c->in.len - LENGTH_BYTES >= len;
}

static void
start_job(struct client *c)
{
	struct err e;

	if (c->analyst[0] == '\0') {
		log_event(LOG_WARNING, "control-refused",
			LOG_TEXT("user", c->user));
		refuse(c, EX_NOPERM,
			"psirtctl: your login name is no analyst of the "
			"configuration ([analyst NAME] user = ...)\n");
	} else if (hand_to_worker(c, &e) == -1) {
		log_event(LOG_ERROR, "control", LOG_ERR(&e));
		refuse(c, EX_TEMPFAIL,
			"psirtctl: the daemon could not take the request; try "
			"again\n");
	}
}

/* False: it is gone. */
static bool
read_request(struct client *c)
{
	char chunk[16384];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		return false;
	if (n > 0) {
		buf_add(&c->in, chunk, (size_t)n);
		c->active = clock_monotonic();
	}
	explicit_bzero(chunk, sizeof(chunk));
	if (c->in.failed)
		refuse(c, EX_DATAERR, "psirtctl: the request is too large\n");
	else if (is_complete(c))
		start_job(c);
	return true;
}

/* The pipe has a byte, or its end: the worker died with the job. */
static void
take_status(struct client *c)
{
	struct service_reply r = {.again = true, .status = EX_TEMPFAIL};
	unsigned char status;
	struct err e;

	if (read(c->status, &status, 1) == 1) {
		r = (struct service_reply){.status = status};
		if (fs_size(c->out, &r.out, &e) == -1 ||
			fs_size(c->err, &r.err, &e) == -1)
			r = (struct service_reply){.status = EX_TEMPFAIL};
	}
	begin_reply(c, &r);
	if (!r.again &&
		(fs_read_fd(c->out, "out", &c->reply, &e) == -1 ||
			fs_read_fd(c->err, "err", &c->reply, &e) == -1))
		log_event(LOG_ERROR, "control", LOG_ERR(&e));
	close_fd(&c->status);
}

/* False: all has been sent, or nobody reads. */
static bool
send_reply(struct client *c)
{
	ssize_t n = send(c->fd, c->reply.data + c->sent, c->reply.len - c->sent,
		MSG_NOSIGNAL);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	c->active = clock_monotonic();
	return c->sent < c->reply.len;
}

static struct pollfd
watch(const struct client *c)
{
	if (c->state == CLIENT_ASKS)
		return (struct pollfd){.fd = c->fd, .events = POLLIN};
	if (c->state == CLIENT_WAITS)
		return (struct pollfd){.fd = c->status, .events = POLLIN};
	return (struct pollfd){.fd = c->fd, .events = POLLOUT};
}

static bool
serve(struct client *c, short revents)
{
	if (revents == 0)
		return c->state == CLIENT_WAITS ||
			clock_monotonic() - c->active < PATIENCE;
	if (c->state == CLIENT_ASKS)
		return read_request(c);
	if (c->state == CLIENT_WAITS) {
		take_status(c);
		return true;
	}
	return send_reply(c);
}

static void
run_round(struct control *k)
{
	struct pollfd fds[CLIENTS_MAX + 2] = {
		{.fd = k->stopping ? -1 : FD_LEASH, .events = POLLIN},
		{.fd = k->stopping ? -1 : FD_LISTEN, .events = POLLIN}};
	size_t i, kept = 0, count = k->count;

	for (i = 0; i < count; i++)
		fds[2 + i] = watch(k->clients[i]);
	if (poll(fds, count + 2, (int)(SECOND / 1000)) == -1)
		return;
	for (i = 0; i < count; i++) {
		if (serve(k->clients[i], fds[2 + i].revents))
			k->clients[kept++] = k->clients[i];
		else
			close_client(k->clients[i]);
	}
	k->count = kept;
	if (fds[1].revents != 0)
		accept_client(k);
	if (fds[0].revents != 0)
		k->stopping = true;
}

int
control_main(const char *name, const char *conf_path)
{
	struct control k = {.conf = role_conf(FD_CONF, conf_path)};
	struct err e;

	(void)name;
	/* The name service may load libraries at its first call. */
	if (getpwuid(getuid()) == NULL)
		errno = 0;
	if (fcntl(FD_LISTEN, F_SETFL, O_NONBLOCK) == -1 ||
		sandbox_enter(SANDBOX_CONTROL, k.conf, NULL, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	while (!k.stopping || k.count > 0)
		run_round(&k);
	return EXIT_SUCCESS;
}
