/*
 * The milter role: the MTA asks at each step of an SMTP session, mail/filter.h
 * answers, the spool keeps what is for the service.
 *
 * libmilter (daemon/milter_api.h) calls from threads of its own; the main
 * thread watches the leash.  One lock stands before the spool's writer and all
 * that is counted here.  Messages that end at the same time share an fsync:
 * whoever comes first waits for those who are about to write, and syncs for
 * them all.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "daemon/intake.h"
#include "daemon/mark_key.h"
#include "daemon/milter_api.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "daemon/spool_log.h"
#include "mail/envelope.h"

enum milter_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_MARK_KEY,
	FD_LISTEN,
};

#define ROUND_MAX SECOND
#define ROUND_STOPPING (SECOND / 10)
/* An SMTP session that goes on without us gets 451 for its next mail. */
#define IDLE_WORDS (5 * SECOND)
#define LAST_WORDS (30 * SECOND)
#define FILES_SPARE 64

struct session {
	struct filter *filter;
	struct spool_message *message;
	struct err problem; /* of this message */
	bool working; /* on a message that is ours */
};

static struct {
	const struct conf *conf;
	enum filter_mode mode;
	struct hash mark_key;
	struct spool_writer *spool;
	pthread_mutex_t lock;
	pthread_cond_t wrote, synced;
	size_t sessions, working;
	/* Group commit: who is about to write, what was written and synced. */
	size_t writing;
	int64_t written, durable, lost; /* counts of messages */
	bool syncing;
	struct err lost_for; /* why those up to `lost` are not durable */
} self = {.lock = PTHREAD_MUTEX_INITIALIZER,
	.wrote = PTHREAD_COND_INITIALIZER,
	.synced = PTHREAD_COND_INITIALIZER};

static void
lock(void)
{
	pthread_mutex_lock(&self.lock);
}

static void
unlock(void)
{
	pthread_mutex_unlock(&self.lock);
}

/* --- what a filter asks --- */

static void
set_working(struct session *s, bool working)
{
	if (s->working == working)
		return;
	s->working = working;
	lock();
	self.working += working ? 1 : (size_t)-1;
	unlock();
}

static bool
is_ours(void *arg, const char *address)
{
	struct session *s = arg;

	if (!intake_is_ours(self.conf, address))
		return false;
	set_working(s, true);
	return true;
}

static bool
is_our_path(const char *path)
{
	scoped(free_pointer) char *address = envelope_argument(path);

	return address != NULL && intake_is_ours(self.conf, address);
}

static bool
has_room(void *arg, int64_t size)
{
	(void)arg;
	return intake_has_room(self.conf, size);
}

static struct spool_message *
begin_message(const struct session *s)
{
	struct filter_envelope f = filter_envelope(s->filter);
	struct arena *a = arena_new();
	struct envelope env = {.received = clock_now(),
		.sender = intake_line(f.sender, a),
		.client_name = intake_line(f.client_name, a),
		.client_address = intake_line(f.client_address, a),
		.client_helo = intake_line(f.helo, a),
		.queue_id = intake_line(f.queue_id, a),
		.auth = intake_line(f.auth, a),
		.recipients_count = f.recipients_count};
	struct spool_message *m;
	size_t i;

	env.recipients =
		arena_calloc(a, env.recipients_count, sizeof(*env.recipients));
	for (i = 0; i < env.recipients_count; i++)
		env.recipients[i] = intake_line(f.recipients[i], a);
	m = spool_begin(self.spool, &env);
	arena_free(&a);
	return m;
}

static bool
on_data(void *arg, const void *data, size_t len)
{
	struct session *s = arg;
	int result;

	if (s->message == NULL)
		s->message = begin_message(s);
	/* A large one begins a file: that is the writer's matter. */
	lock();
	result = spool_add(s->message, data, len, &s->problem);
	unlock();
	if (result == -1)
		log_event(LOG_ERROR, "spool", LOG_ERR(&s->problem));
	return result == 0;
}

static void
on_reset(void *arg)
{
	struct session *s = arg;

	spool_abort(&s->message);
	s->problem = (struct err){.kind = ERR_NONE};
	set_working(s, false);
}

/* --- what libmilter asks --- */

static struct filter *
open_session(void)
{
	struct filter_limits limits = {.mode = self.mode,
		.hostname = self.conf->hostname,
		.message_size = self.conf->message_size,
		.recipients = (size_t)self.conf->recipients,
		.header_size = (size_t)self.conf->header_size,
		.mark_key = {(const char *)self.mark_key.bytes, HASH_BYTES},
		.is_ours = is_ours,
		.has_room = has_room,
		.data = on_data,
		.reset = on_reset};
	struct session *s;
	bool room;

	lock();
	room = self.sessions < (size_t)self.conf->milter_connections;
	self.sessions += room;
	unlock();
	if (!room)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	limits.arg = s;
	s->filter = filter_new(&limits);
	return s->filter;
}

static void
close_session(struct filter **f)
{
	struct session *s;

	if (*f == NULL)
		return;
	s = filter_arg(*f);
	filter_free(f);
	free(s);
	lock();
	self.sessions--;
	unlock();
}

/* With the lock: make durable what is written, for everybody who waits. */
static void
sync_for_all(void)
{
	struct err e = {.kind = ERR_NONE};
	int64_t up_to;

	self.syncing = true;
	while (self.writing > 0)
		pthread_cond_wait(&self.wrote, &self.lock);
	up_to = self.written;
	if (spool_sync(self.spool, &e) == -1) {
		self.lost = up_to;
		self.lost_for = e;
	} else {
		self.durable = up_to;
	}
	self.syncing = false;
	pthread_cond_broadcast(&self.synced);
}

/* With the lock: the message that was the TURN-th to be written. */
static int
await_durable(int64_t turn, struct err *e)
{
	while (self.durable < turn && self.lost < turn)
		if (self.syncing)
			pthread_cond_wait(&self.synced, &self.lock);
		else
			sync_for_all();
	/* What one sync has lost a later one does not bring back. */
	if (turn > self.lost)
		return 0;
	*e = self.lost_for;
	return -1;
}

static int
write_and_sync(struct session *s, struct spool_item *item, struct err *e)
{
	int result;

	__atomic_fetch_add(&self.writing, 1, __ATOMIC_SEQ_CST);
	lock();
	result = spool_commit(&s->message, item, e);
	if (__atomic_sub_fetch(&self.writing, 1, __ATOMIC_SEQ_CST) == 0)
		pthread_cond_signal(&self.wrote);
	if (result == 0)
		result = await_durable(++self.written, e);
	unlock();
	return result;
}

static int
keep(struct filter *f, char number[static SPOOL_NUMBER_MAX], struct err *e)
{
	struct session *s = filter_arg(f);
	struct filter_envelope env = filter_envelope(f);
	struct spool_item item;

	if (self.mode == FILTER_TAG)
		return 0;
	if (write_and_sync(s, &item, e) == -1) {
		log_event(LOG_ERROR, "spool", LOG_ERR(e));
		return -1;
	}
	spool_number(&item, number);
	intake_log(
		&item, env.queue_id, env.client_address, env.recipients_count);
	return 0;
}

static const struct milter_calls calls = {
	.open = open_session,
	.close = close_session,
	.keep = keep,
	.is_ours = is_our_path,
};

/* --- the process --- */

/* A connection is a file, and so is a large message. */
static int
allow_files(int64_t connections, struct err *e)
{
	struct rlimit r;
	rlim_t wanted = (rlim_t)(2 * connections + FILES_SPARE);

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return err_errno(e, "getrlimit");
	if (r.rlim_cur >= wanted)
		return 0;
	r.rlim_cur = wanted;
	return setrlimit(RLIMIT_NOFILE, &r) == -1
		? err_errno(e, "[milter] connections: %llu files",
			  (unsigned long long)wanted)
		: 0;
}

static void *
serve(void *arg)
{
	(void)arg;
	milter_run();
	/* It is not to end before the process does. */
	log_event(LOG_ERROR, "milter",
		LOG_TEXT("error", "libmilter has given up"));
	_exit(EXIT_FAILURE);
}

static int
start(const char *conf_path, struct err *e)
{
	pthread_t thread;

	self.conf = role_conf(FD_CONF, conf_path);
	self.mode = filter_mode_of(self.conf->milter_mode);
	/* Few threads work at a time: their memory need not lie apart. */
	mallopt(M_ARENA_MAX, 2);
	if (mark_key_read(FD_MARK_KEY, &self.mark_key, e) == -1 ||
		allow_files(self.conf->milter_connections, e) == -1 ||
		milter_prepare(FD_LISTEN, self.conf->milter_timeout, self.mode,
			&calls, e) == -1 ||
		sandbox_enter(SANDBOX_MILTER, self.conf, NULL, e) == -1)
		return -1;
	self.spool = spool_writer_open(self.conf->state, "milter", e);
	if (self.spool == NULL)
		return -1;
	errno = pthread_create(&thread, NULL, serve, NULL);
	return errno != 0 ? err_errno(e, "thread") : 0;
}

/* May we go?  Twice in a row, so that the last answer is on its way. */
static bool
is_done(int64_t since)
{
	static bool was_idle;
	bool idle, done;

	lock();
	idle = self.working == 0 && (self.sessions == 0 || since >= IDLE_WORDS);
	unlock();
	done = (idle && was_idle) || since >= LAST_WORDS;
	was_idle = idle;
	return done;
}

static void
watch(void)
{
	struct pollfd leash = {.fd = FD_LEASH, .events = POLLIN};
	int64_t stop_at = 0;
	struct err e;

	while (stop_at == 0 || !is_done(clock_monotonic() - stop_at)) {
		leash.revents = 0;
		poll(&leash, 1,
			(int)((stop_at == 0 ? ROUND_MAX : ROUND_STOPPING) /
				1000));
		lock();
		spool_rotate(self.spool, clock_monotonic());
		unlock();
		if (leash.revents == 0)
			continue;
		leash.fd = -1;
		stop_at = clock_monotonic();
		if (milter_turn_away(&e) == -1)
			log_event(
				LOG_ERROR, "leash", LOG_TEXT("error", e.text));
	}
}

int
milter_main(const char *name, const char *conf_path)
{
	struct err e;

	(void)name;
	if (start(conf_path, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	watch();
	/* libmilter's threads live on; none may write any more. */
	lock();
	spool_writer_close(&self.spool);
	_exit(EXIT_SUCCESS);
}
