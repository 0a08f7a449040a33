/*
 * The lmtp role: sockets around the protocol machine (mail/lmtp.h), and the
 * spool behind it.
 *
 * One process, one poll loop.  Messages that end at the same time share one
 * fsync, and are answered after it.  While it lasts nobody else gets on, so it
 * waits a moment (SYNC_WAIT, less than it takes) for those who are about to end
 * theirs; a client that is alone waits for nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "daemon/intake.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "daemon/spool_log.h"
#include "mail/lmtp.h"

enum lmtp_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_LISTEN, /* and those behind it */
};

/*
 * What one connection may hold: what was read and not fed yet, and replies
 * (one for each recipient, at the most, above those that stop it from being
 * fed).  Message bytes in memory are bounded for all of them together, by the
 * spool (SPOOL_MEMORY_MAX).
 */
#define IN_BYTES 16384
#define OUT_ENOUGH 4096
#define OUT_BYTES (OUT_ENOUGH + ENVELOPE_RECIPIENTS_MAX * 64)
#define ROOM_EVERY (INT64_C(1) << 20) /* bytes between looks at the disk */
#define PROGRESS_BYTES 65536 /* of a message within lmtp_timeout */
#define BACKLOG_PER_ROUND 32
#define ROUND_MAX SECOND
#define SYNC_WAIT (2 * INT64_C(1000)) /* microseconds */
#define SYNC_LOOK INT64_C(200)
#define LAST_WORDS (30 * SECOND)

struct server;

struct connection {
	struct server *server;
	int fd;
	struct lmtp *lmtp;
	struct buf out;
	char *in;
	struct span left; /* of `in`, not fed yet */
	struct spool_message *message;
	struct err problem; /* of this message */
	struct spool_item item;
	bool written; /* waits for the round's fsync */
	bool closing; /* when `out` is empty */
	int64_t unlooked; /* message bytes since the last look at the disk */
	int64_t active; /* when it last got on */
	size_t silent; /* bytes since, without getting on */
};

struct server {
	const struct conf *conf;
	struct spool_writer *spool;
	struct connection **all;
	size_t count, max, listeners;
	int64_t written_at; /* the first that waits for the fsync */
	bool stopping;
	int64_t stop_at;
};

/* --- what the protocol machine asks --- */

static bool
has_room(void *arg, int64_t size)
{
	struct connection *c = arg;

	return intake_has_room(c->server->conf, size);
}

static bool
is_ours(void *arg, const char *address)
{
	struct connection *c = arg;

	return intake_is_ours(c->server->conf, address);
}

static struct spool_message *
begin_message(struct connection *c)
{
	const struct lmtp_forward *f = lmtp_forward(c->lmtp);
	struct arena *a = arena_new();
	struct envelope env = {.received = clock_now(),
		.sender = intake_line(lmtp_sender(c->lmtp), a),
		.client_name = intake_line(f->name, a),
		.client_address = intake_line(f->address, a),
		.client_helo = intake_line(f->helo, a),
		.queue_id = intake_line(f->ident, a)};
	struct spool_message *m;
	size_t i;

	env.recipients_count = lmtp_recipients(c->lmtp);
	env.recipients =
		arena_calloc(a, env.recipients_count, sizeof(*env.recipients));
	for (i = 0; i < env.recipients_count; i++)
		env.recipients[i] = intake_line(lmtp_recipient(c->lmtp, i), a);
	m = spool_begin(c->server->spool, &env);
	arena_free(&a);
	return m;
}

static bool
on_data(void *arg, const void *data, size_t len)
{
	struct connection *c = arg;

	if (c->message == NULL)
		c->message = begin_message(c);
	if ((c->unlooked += (int64_t)len) >= ROOM_EVERY) {
		c->unlooked = 0;
		if (!has_room(c, 0))
			return false;
	}
	return spool_add(c->message, data, len, &c->problem) == 0;
}

static void
on_reset(void *arg)
{
	struct connection *c = arg;

	spool_abort(&c->message);
	c->problem = (struct err){.kind = ERR_NONE};
	c->unlooked = 0;
}

/* --- connections --- */

static void
close_connection(struct connection *c)
{
	spool_abort(&c->message);
	lmtp_free(&c->lmtp);
	close_fd(&c->fd);
	buf_release(&c->out);
	free(c->in);
	free(c);
}

static void
accept_one(struct server *s, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct lmtp_limits limits = {.hostname = s->conf->hostname,
		.message_size = s->conf->message_size,
		.recipients = (size_t)s->conf->recipients,
		.has_room = has_room,
		.is_ours = is_ours,
		.data = on_data,
		.reset = on_reset};
	struct connection *c;
	bool busy;

	if (fd == -1)
		return;
	busy = s->count >= (size_t)s->conf->connections;
	if (s->count == s->max) { /* even to say no there is no place */
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->server = s;
	c->fd = fd;
	c->in = xcalloc(1, IN_BYTES);
	c->active = clock_monotonic();
	buf_init(&c->out, OUT_BYTES);
	limits.arg = c;
	c->lmtp = lmtp_new(&limits, &c->out);
	lmtp_greet(c->lmtp, busy);
	c->closing = busy;
	s->all[s->count++] = c;
}

static bool
is_any_written(const struct server *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->all[i]->written)
			return true;
	return false;
}

static void
on_message(struct connection *c)
{
	/* A message of no bytes at all never called on_data(). */
	if (!lmtp_refused(c->lmtp) && c->message == NULL)
		c->message = begin_message(c);
	if (lmtp_refused(c->lmtp)) {
		spool_abort(&c->message);
		lmtp_answer(c->lmtp,
			c->problem.kind != ERR_NONE ? &c->problem : NULL);
	} else if (spool_commit(&c->message, &c->item, &c->problem) == -1) {
		log_event(LOG_ERROR, "spool", LOG_ERR(&c->problem));
		lmtp_answer(c->lmtp, &c->problem);
	} else {
		if (!is_any_written(c->server))
			c->server->written_at = clock_monotonic();
		c->written = true;
	}
}

/* Who does not read the replies is not read from either. */
static bool
may_feed(const struct connection *c)
{
	return !c->written && !c->closing && c->out.len < OUT_ENOUGH;
}

static void
feed(struct connection *c)
{
	while (may_feed(c) && c->left.len > 0) {
		switch (lmtp_feed(c->lmtp, &c->left)) {
		case LMTP_MORE:
			break;
		case LMTP_MESSAGE:
			on_message(c);
			break;
		case LMTP_CLOSE:
			c->closing = true;
			break;
		}
	}
}

static void
got_on(struct connection *c)
{
	c->active = clock_monotonic();
	c->silent = 0;
}

/* Getting on is a command, or so many bytes of a message: not a byte. */
static void
on_readable(struct connection *c)
{
	size_t said = c->out.len;
	ssize_t n;

	if (c->left.len > 0 || !may_feed(c))
		return;
	n = read(c->fd, c->in, IN_BYTES);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		buf_clear(&c->out); /* nobody listens any more */
		c->closing = true;
		return;
	}
	if (n == -1)
		return;
	c->silent += (size_t)n;
	c->left = (struct span){c->in, (size_t)n};
	feed(c);
	if (c->out.len > said || c->written || c->silent >= PROGRESS_BYTES)
		got_on(c);
}

static void
flush(struct connection *c)
{
	ssize_t n;

	if (c->out.len == 0 || c->written)
		return;
	n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		buf_clear(&c->out);
		c->closing = true;
	}
	if (n <= 0)
		return;
	memmove(c->out.data, c->out.data + n, c->out.len - (size_t)n);
	buf_cut(&c->out, c->out.len - (size_t)n);
	if (c->out.len == 0)
		got_on(c);
	feed(c);
}

/* Somebody may end a message before the fsync would be over. */
static bool
is_worth_waiting(const struct server *s, int64_t now)
{
	const struct connection *c;
	size_t i;

	for (i = 0; i < s->count && now - s->written_at < SYNC_WAIT; i++) {
		c = s->all[i];
		if (!c->written && !c->closing && now - c->active < SYNC_WAIT)
			return true;
	}
	return false;
}

/* One fsync for everything that was written since the last, then the 250s. */
static void
sync_and_answer(struct server *s)
{
	struct err e;
	size_t i;
	int result;

	if (!is_any_written(s) || is_worth_waiting(s, clock_monotonic()))
		return;
	result = spool_sync(s->spool, &e);
	if (result == -1)
		log_event(LOG_ERROR, "spool", LOG_ERR(&e));
	for (i = 0; i < s->count; i++) {
		if (!s->all[i]->written)
			continue;
		if (result == 0)
			intake_log(&s->all[i]->item,
				lmtp_forward(s->all[i]->lmtp)->ident,
				lmtp_forward(s->all[i]->lmtp)->address,
				lmtp_recipients(s->all[i]->lmtp));
		s->all[i]->written = false;
		lmtp_answer(s->all[i]->lmtp, result == 0 ? NULL : &e);
		feed(s->all[i]);
	}
	fault_point("lmtp-answered");
}

/* Silence, and the end of the service. */
static void
check_time(struct server *s, struct connection *c, int64_t now)
{
	bool idle = now - c->active >= s->conf->lmtp_timeout;
	bool last = s->stopping &&
		(c->message == NULL || now - s->stop_at >= LAST_WORDS);

	if (c->closing || c->written || (!idle && !last))
		return;
	lmtp_give_up(c->lmtp);
	c->closing = true;
}

static void
drop_closed(struct server *s)
{
	size_t i, kept = 0;
	int64_t now = clock_monotonic();
	struct connection *c;

	for (i = 0; i < s->count; i++) {
		c = s->all[i];
		if (c->closing && !c->written &&
			(c->out.len == 0 ||
				now - c->active >= s->conf->lmtp_timeout))
			close_connection(c);
		else
			s->all[kept++] = c;
	}
	s->count = kept;
}

/* --- the loop --- */

static size_t
fill_poll(const struct server *s, struct pollfd *fds)
{
	size_t i, n = 0;

	fds[n++] = (struct pollfd){
		.fd = s->stopping ? -1 : FD_LEASH, .events = POLLIN};
	for (i = 0; i < s->listeners; i++)
		fds[n++] = (struct pollfd){
			.fd = s->stopping ? -1 : FD_LISTEN + (int)i,
			.events = POLLIN};
	for (i = 0; i < s->count; i++) {
		fds[n].fd = s->all[i]->fd;
		fds[n].events = (short)((may_feed(s->all[i]) ? POLLIN : 0) |
			(s->all[i]->out.len > 0 ? POLLOUT : 0));
		fds[n++].revents = 0;
	}
	return n;
}

static void
run_round(struct server *s, struct pollfd *fds)
{
	size_t n = fill_poll(s, fds), i, connections = s->count, tries;
	int64_t now, wait = is_any_written(s) ? SYNC_LOOK : ROUND_MAX;
	struct timespec most = {
		.tv_sec = wait / SECOND, .tv_nsec = wait % SECOND * 1000};

	if (ppoll(fds, n, &most, NULL) == -1)
		return;
	for (i = 0; i < connections; i++)
		if (fds[1 + s->listeners + i].revents &
			(POLLIN | POLLHUP | POLLERR))
			on_readable(s->all[i]);
	for (i = 0; i < s->listeners; i++)
		for (tries = 0;
			fds[1 + i].revents != 0 && tries < BACKLOG_PER_ROUND;
			tries++)
			accept_one(s, FD_LISTEN + (int)i);
	sync_and_answer(s);
	now = clock_monotonic();
	for (i = 0; i < s->count; i++) {
		check_time(s, s->all[i], now);
		flush(s->all[i]);
	}
	drop_closed(s);
	spool_rotate(s->spool, now);
	if (fds[0].revents != 0) {
		s->stopping = true;
		s->stop_at = now;
	}
}

static size_t
count_listeners(void)
{
	size_t n = 0;
	int one, value;
	socklen_t len = sizeof(value);

	for (;; n++) {
		one = FD_LISTEN + (int)n;
		if (getsockopt(one, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) ==
				-1 ||
			value != 1)
			return n;
		fcntl(one, F_SETFL, O_NONBLOCK);
	}
}

int
lmtp_main(const char *name, const char *conf_path)
{
	struct server s = {.conf = role_conf(FD_CONF, conf_path)};
	struct pollfd *fds;
	struct err e;

	(void)name;
	s.listeners = count_listeners();
	s.max = (size_t)s.conf->connections + BACKLOG_PER_ROUND;
	s.all = xcalloc(s.max, sizeof(*s.all));
	fds = xcalloc(s.max + s.listeners + 1, sizeof(*fds));
	if (sandbox_enter(SANDBOX_LMTP, s.conf, NULL, &e) == -1 ||
		(s.spool = spool_writer_open(s.conf->state, "lmtp", &e)) ==
			NULL) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	while (!s.stopping || s.count > 0)
		run_round(&s, fds);
	spool_writer_close(&s.spool);
	free(s.all);
	free(fds);
	return EXIT_SUCCESS;
}
