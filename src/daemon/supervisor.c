#include "daemon/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/packet.h"
#include "cases/command.h"
#include "crypto/agent.h"
#include "daemon/bell.h"
#include "daemon/generation.h"
#include "daemon/role.h"
#include "daemon/sandbox.h"
#include "daemon/spool_log.h"
#include "letters/template.h"
#include "rules/classify.h"
#include "rules/ruleset.h"
#include "rules/ticket.h"
#include "store/clocks.h"
#include "store/store.h"

#define AGENT_WAIT (10 * SECOND)
#define STOP_WAIT (40 * SECOND)
#define READY_WAIT (60 * SECOND)
#define AGENT_BACKOFF SECOND

struct supervisor {
	const char *path;
	struct shared shared;
	struct generation *now, *next, *old; /* old: on its way out */
	int signals;
	int lock;
	pid_t agent;
	int64_t agent_again; /* when to start it again */
	bool stopping, told_ready;
	bool reload_again; /* asked for while one was under way */
	int64_t stop_at;
};

/* --- the service manager --- */

static void
notify(const char *text)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	socklen_t len;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		strlen(path));
	if (sun.sun_path[0] == '@')
		sun.sun_path[0] = '\0'; /* abstract */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
		sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			(struct sockaddr *)&sun, len) == -1)
		log_event(LOG_WARNING, "notify",
			LOG_TEXT("error", strerror(errno)));
	close_fd(&fd);
}

/* --- the agent --- */

static void
start_agent(struct supervisor *s)
{
	struct generation *g = s->now;
	struct err e;

	if (!g->conf->agent_start)
		return;
	s->agent = role_spawn(
		NULL, "agent", "agent", g->conf->path, &g->conf_fd, 1, &e);
	if (s->agent == -1)
		log_event(LOG_ERROR, "agent", LOG_ERR(&e));
	s->agent_again = 0;
}

static int
await_agent(struct supervisor *s, struct err *e)
{
	int64_t end = clock_monotonic() + AGENT_WAIT;

	while (agent_check(s->now->conf->agent_socket, e) == -1) {
		if (clock_monotonic() >= end)
			return -1;
		poll(NULL, 0, 10);
	}
	return 0;
}

/* --- configuration --- */

static int
check_classes(const struct conf *c, struct err *e)
{
	size_t i;

	for (i = 0; i < c->quiet.count; i++)
		if (class_of(c->quiet.word[i]) == -1)
			return err_permanent(e, "5.3.5",
				"[classes] quiet: there is no class %s; "
				"psirtd.conf(5) lists them",
				c->quiet.word[i]);
	return 0;
}

/* A word that is no command would protect nothing. */
static int
check_confirm(const struct words *w, struct err *e)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->word[i], "none") != 0 &&
			command_named(w->word[i]) == NULL)
			return err_permanent(e, "5.3.5",
				"[policy] confirm: there is no command %s; "
				"psirtd-commands(7) lists them",
				w->word[i]);
	return 0;
}

int
supervisor_check(const struct conf *c, struct err *e)
{
	struct templates *t;
	struct pattern *p;
	struct ruleset *r;

	if (check_confirm(&c->confirm, e) == -1 ||
		(r = ruleset_of_conf(c, NULL, e)) == NULL)
		return -1;
	ruleset_free(&r);
	if (check_classes(c, e) == -1)
		return -1;
	if ((p = ticket_pattern(c->ticket_pattern, e)) == NULL)
		return -1;
	pattern_free(&p);
	t = templates_load(
		c->templates, c->languages.word, c->languages.count, e);
	if (t == NULL)
		return -1;
	templates_free(&t);
	return 0;
}

/* In a child: what the parser meets there stays there. */
static bool
check_in_child(const struct conf *c)
{
	int status = 0;
	struct err e;
	pid_t pid = fork();

	if (pid == 0) {
		if (supervisor_check(c, &e) == 0)
			_exit(0);
		log_event(LOG_ERROR, "configuration", LOG_ERR(&e));
		_exit(EX_CONFIG);
	}
	while (pid > 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
copy_conf(const char *path, int *fd_r, struct err *e)
{
	struct buf text = BUF_INIT(CONF_BYTES_MAX);
	int result = fs_read_file(path, &text, e);

	if (result == 0 && (result = fs_memory_file("conf", fd_r, e)) == 0 &&
		(result = fs_write_all(*fd_r, text.data, text.len, e)) == -1)
		close_fd(fd_r);
	buf_release(&text);
	return result;
}

/* What cannot change while we run. */
static int
check_fixed(const struct conf *old, const struct conf *new, struct err *e)
{
	if (strcmp(old->state, new->state) == 0 &&
		strcmp(old->runtime, new->runtime) == 0 &&
		strcmp(old->control, new->control) == 0 &&
		strcmp(old->agent_home, new->agent_home) == 0 &&
		strcmp(old->agent_socket, new->agent_socket) == 0)
		return 0;
	return err_permanent(e, "5.3.5",
		"state, runtime, control and agent "
		"paths change only by a restart");
}

/* A generation of what the file says now; NULL keeps everything as it is. */
static struct generation *
load_generation(struct supervisor *s, struct err *e)
{
	struct conf *c;
	int fd;

	if (copy_conf(s->path, &fd, e) == -1)
		return NULL;
	if ((c = conf_read(fd, s->path, e)) == NULL) {
		close(fd);
		return NULL;
	}
	if (s->now != NULL && check_fixed(s->now->conf, c, e) == -1) {
		close(fd);
		conf_free(&c);
		return NULL;
	}
	if (!check_in_child(c)) {
		close(fd);
		conf_free(&c);
		err_permanent(e, "5.3.5", "%s: see the line above", s->path);
		return NULL;
	}
	return generation_new(&s->shared, s->now, c, fd, e);
}

static void
reload(struct supervisor *s)
{
	struct err e;

	s->reload_again = s->next != NULL || s->old != NULL;
	if (s->reload_again)
		return;
	notify("RELOADING=1");
	s->next = load_generation(s, &e);
	if (s->next != NULL &&
		clocks_trust(s->next->conf->state, clock_ahead(), &e) == -1)
		log_event(LOG_WARNING, "clock", LOG_ERR(&e));
	if (s->next == NULL) {
		log_event(LOG_ERROR, "reload-refused", LOG_ERR(&e));
		notify("READY=1");
		return;
	}
	log_event(
		LOG_INFO, "reload", LOG_NUMBER("generation", s->next->number));
	generation_start(s->next);
}

/* --- children --- */

static void
on_child(struct supervisor *s, pid_t pid, int status)
{
	if (pid == s->agent) {
		log_event(s->stopping ? LOG_INFO : LOG_ERROR, "agent-ended",
			LOG_NUMBER("status", status));
		s->agent = -1;
		s->agent_again = clock_monotonic() + AGENT_BACKOFF;
		return;
	}
	if (generation_child(s->now, pid, status) ||
		generation_child(s->next, pid, status) ||
		generation_child(s->old, pid, status))
		return;
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		on_child(s, pid, status);
}

static void
on_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(s);
			break;
		case SIGHUP:
			if (!s->stopping)
				reload(s);
			break;
		default:
			if (s->stopping)
				break;
			log_event(LOG_INFO, "stopping");
			notify("STOPPING=1");
			s->stopping = true;
			s->stop_at = clock_monotonic();
			generation_stop(s->now);
			generation_stop(s->next);
			generation_stop(s->old);
		}
	}
}

/* --- the loop --- */

static void
change_generations(struct supervisor *s)
{
	if (s->next != NULL && generation_is_ready(s->next)) {
		s->old = s->now;
		s->now = s->next;
		s->next = NULL;
		generation_stop(s->old);
		log_event(LOG_INFO, "reloaded",
			LOG_NUMBER("generation", s->now->number));
		notify("READY=1");
	} else if (s->next != NULL &&
		clock_monotonic() - s->next->begun >= READY_WAIT) {
		log_event(LOG_ERROR, "reload-failed",
			LOG_TEXT("error",
				"the new roles did not get ready; "
				"the old ones go on"));
		generation_stop(s->next);
		s->old = s->next;
		s->next = NULL;
	}
	if (s->old != NULL && generation_is_gone(s->old))
		generation_free(&s->old);
}

static void
tend(struct supervisor *s)
{
	if (!s->stopping) {
		generation_restart(s->now);
		generation_restart(s->next);
		change_generations(s);
		if (s->reload_again)
			reload(s);
		if (s->agent == -1 && s->agent_again != 0 &&
			clock_monotonic() >= s->agent_again)
			start_agent(s);
	}
	if (!s->told_ready && generation_is_ready(s->now)) {
		log_event(LOG_INFO, "ready");
		notify("READY=1");
		s->told_ready = true;
	}
	if (s->stopping && clock_monotonic() - s->stop_at >= STOP_WAIT) {
		generation_kill(s->now);
		generation_kill(s->next);
		generation_kill(s->old);
	}
}

static bool
is_gone(const struct supervisor *s)
{
	return generation_is_gone(s->now) && generation_is_gone(s->next) &&
		generation_is_gone(s->old);
}

static void
run(struct supervisor *s)
{
	struct pollfd fds[1 + 3 * SLOTS_MAX];
	size_t n;

	while (!s->stopping || !is_gone(s)) {
		fds[0] = (struct pollfd){.fd = s->signals, .events = POLLIN};
		n = 1;
		n += generation_watch(s->now, fds + n);
		n += generation_watch(s->next, fds + n);
		poll(fds, n, 200);
		if (fds[0].revents != 0)
			on_signal(s);
		generation_hear(s->now);
		generation_hear(s->next);
		tend(s);
	}
}

static int
catch_signals(struct supervisor *s, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		return err_errno(e, "sigprocmask");
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals == -1 ? err_errno(e, "signalfd") : 0;
}

static int
take_lock(struct supervisor *s, const struct conf *c, struct err *e)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/lock", c->state);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock == -1)
		return err_permanent(e, "5.3.5",
			"%s: %s; `psirtctl init` makes the state directory",
			path, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB) == -1)
		return err_permanent(e, "5.3.5",
			"%s: another psirtd works with this state directory",
			path);
	return 0;
}

static int
make_shared(struct supervisor *s, const struct conf *c, struct err *e)
{
	struct shared *sh = &s->shared;
	char place[300];

	snprintf(place, sizeof(place), "unix:%s", c->control);
	if (fs_make_dirs(c->runtime, 0750, e) == -1 ||
		bell_make(&sh->work, e) == -1 ||
		bell_make(&sh->outbox, e) == -1 ||
		packet_pair(sh->jobs, e) == -1 ||
		listen_at(place, 0660, &sh->control, e) == -1)
		return -1;
	return 0;
}

/* Everything up to the first roles. */
static int
start(struct supervisor *s, struct err *e)
{
	struct conf *c = conf_open(s->path, e);
	int result = -1;

	if (c == NULL)
		return -1;
	hash_open();
	if (take_lock(s, c, e) == 0 && store_migrate(c->state, e) == 0 &&
		clocks_trust(c->state, clock_ahead(), e) == 0 &&
		spool_make(c->state, e) == 0 && make_shared(s, c, e) == 0 &&
		catch_signals(s, e) == 0 &&
		sandbox_enter(SANDBOX_SUPERVISOR, c, NULL, e) == 0)
		result = 0;
	conf_free(&c);
	if (result == -1 || (s->now = load_generation(s, e)) == NULL)
		return -1;
	start_agent(s);
	if (await_agent(s, e) == -1)
		return err_prefix(e, "gpg-agent does not start");
	generation_start(s->now);
	return 0;
}

int
supervisor_run(const char *conf_path)
{
	struct supervisor s = {.path = conf_path, .agent = -1, .lock = -1};
	int status = EX_OK;
	struct err e;

	if (start(&s, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		status = e.kind == ERR_PERMANENT ? EX_CONFIG : EX_TEMPFAIL;
	} else {
		run(&s);
		log_event(LOG_INFO, "stopped");
	}
	if (s.agent > 0) {
		kill(s.agent, SIGTERM);
		waitpid(s.agent, NULL, 0);
	}
	return status;
}
