#include "daemon/generation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/packet.h"
#include "daemon/mark_key.h"
#include "daemon/role.h"

#define SOON (10 * SECOND) /* who ends before this has failed */
#define REST_FIRST (SECOND / 10)
#define REST_READY SECOND /* at the most, for who was ready */
#define REST_LAST (30 * SECOND) /* for who was not */
#define FDS_MAX (CONF_WORDS_MAX + 5)

/* --- what each role is given --- */

static size_t
lmtp_fds(const struct generation *g, int *fds)
{
	size_t i;

	for (i = 0; i < g->listeners.count; i++)
		fds[i] = g->listeners.all[i].fd;
	return i;
}

static size_t
milter_fds(const struct generation *g, int *fds)
{
	fds[0] = g->mark_key;
	fds[1] = g->milter.all[0].fd;
	return 2;
}

static size_t
worker_fds(const struct generation *g, int *fds)
{
	fds[0] = g->shared->work;
	fds[1] = g->shared->outbox;
	fds[2] = g->shared->jobs[1];
	return 3;
}

static size_t
postman_fds(const struct generation *g, int *fds)
{
	fds[0] = g->shared->work;
	fds[1] = g->shared->outbox;
	fds[2] = g->post[0];
	return 3;
}

static size_t
courier_fds(const struct generation *g, int *fds)
{
	fds[0] = g->post[1];
	return 1;
}

static size_t
control_fds(const struct generation *g, int *fds)
{
	fds[0] = g->shared->control;
	fds[1] = g->shared->jobs[0];
	return 2;
}

static const struct {
	const char *role;
	size_t (*fds)(const struct generation *g, int *fds);
} roles[] = {
	{"lmtp", lmtp_fds},
	{"milter", milter_fds},
	{"worker", worker_fds},
	{"postman", postman_fds},
	{"courier", courier_fds},
	{"control", control_fds},
};

static size_t
role_fds(const struct generation *g, const struct slot *slot, int *fds)
{
	size_t i;

	for (i = 0; i < countof(roles); i++)
		if (roles[i].role == slot->role)
			return roles[i].fds(g, fds);
	return 0;
}

/* --- making --- */

static struct slot *
add_slot(struct generation *g, const char *role, int64_t number)
{
	struct slot *slot = &g->slots[g->count++];
	size_t i;

	*slot = (struct slot){.pid = -1, .leash = -1};
	for (i = 0; i < countof(roles); i++)
		if (strcmp(roles[i].role, role) == 0)
			slot->role = roles[i].role;
	/* The name is what leases are held under: one for each generation. */
	if (number > 0)
		snprintf(slot->name, sizeof(slot->name), "%s%lld.%d", role,
			(long long)number, g->number);
	else
		snprintf(slot->name, sizeof(slot->name), "%s.%d", role,
			g->number);
	return slot;
}

static void
fill_slots(struct generation *g)
{
	struct slot *postman, *courier;
	int64_t i;

	for (i = 1; i <= g->conf->workers; i++)
		add_slot(g, "worker", i);
	postman = add_slot(g, "postman", 0);
	courier = add_slot(g, "courier", 0);
	postman->partner = courier;
	courier->partner = postman;
	add_slot(g, "control", 0);
	add_slot(g, "lmtp", 0);
	if (g->milter.count > 0)
		add_slot(g, "milter", 0);
}

static int
open_listeners(
	struct generation *g, const struct generation *running, struct err *e)
{
	const struct conf *c = g->conf;
	struct words place = {.word = {c->milter_listen}};

	place.count = c->milter_listen[0] != '\0';
	if (listeners_open(&g->listeners,
		    running != NULL ? &running->listeners : NULL, &c->listen,
		    e) == -1 ||
		listeners_open(&g->milter,
			running != NULL ? &running->milter : NULL, &place,
			e) == -1)
		return -1;
	return place.count == 0 ? 0 : mark_key_make(c->state, &g->mark_key, e);
}

struct generation *
generation_new(struct shared *s, const struct generation *running,
	struct conf *c, int conf_fd, struct err *e)
{
	struct generation *g = xcalloc(1, sizeof(*g));

	g->shared = s;
	g->conf = c;
	g->conf_fd = conf_fd;
	g->number = ++s->generations;
	g->post[0] = g->post[1] = g->mark_key = -1;
	if (open_listeners(g, running, e) == -1)
		generation_free(&g);
	else
		fill_slots(g);
	return g;
}

void
generation_free(struct generation **g)
{
	size_t i;

	if (*g == NULL)
		return;
	for (i = 0; i < (*g)->count; i++)
		close_fd(&(*g)->slots[i].leash);
	listeners_close(&(*g)->listeners);
	listeners_close(&(*g)->milter);
	close_fd(&(*g)->mark_key);
	close_fd(&(*g)->conf_fd);
	close_fd(&(*g)->post[0]);
	close_fd(&(*g)->post[1]);
	conf_free(&(*g)->conf);
	free(*g);
	*g = NULL;
}

/* --- starting --- */

/* A pair that one end has died of is no longer good for the other. */
static int
renew_post(struct generation *g, const struct slot *slot, struct err *e)
{
	if (slot->partner == NULL || slot->partner->pid != -1)
		return 0;
	close_fd(&g->post[0]);
	close_fd(&g->post[1]);
	return packet_pair(g->post, e);
}

static int
spawn(struct generation *g, struct slot *slot, struct err *e)
{
	int pair[2], fds[FDS_MAX];
	size_t n;

	if (renew_post(g, slot, e) == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return err_errno(e, "socketpair");
	fds[0] = g->conf_fd;
	fds[1] = pair[1];
	n = 2 + role_fds(g, slot, fds + 2);
	slot->pid = role_spawn(
		NULL, slot->role, slot->name, g->conf->path, fds, n, e);
	close(pair[1]);
	slot->leash = pair[0];
	slot->ready = false;
	slot->started = clock_monotonic();
	return slot->pid == -1 ? -1 : 0;
}

static void
start_slot(struct generation *g, struct slot *slot)
{
	struct err e;

	slot->again = 0;
	if (spawn(g, slot, &e) == 0)
		return;
	close_fd(&slot->leash);
	log_event(
		LOG_ERROR, "spawn", LOG_TEXT("role", slot->name), LOG_ERR(&e));
	slot->again = clock_monotonic() + REST_LAST;
}

void
generation_start(struct generation *g)
{
	size_t i;

	g->begun = clock_monotonic();
	for (i = 0; i < g->count; i++)
		start_slot(g, &g->slots[i]);
}

/* It would get the socket that the partner is about to die with. */
static bool
awaits_partner(const struct slot *slot)
{
	return slot->partner != NULL && slot->partner->condemned;
}

void
generation_restart(struct generation *g)
{
	int64_t now = clock_monotonic();
	struct slot *slot;
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++) {
		slot = &g->slots[i];
		if (slot->pid == -1 && !g->stopping && slot->again <= now &&
			!awaits_partner(slot))
			start_slot(g, slot);
	}
}

/* --- ending --- */

void
generation_stop(struct generation *g)
{
	size_t i;

	if (g == NULL)
		return;
	g->stopping = true;
	for (i = 0; i < g->count; i++)
		close_fd(&g->slots[i].leash);
}

void
generation_kill(struct generation *g)
{
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++)
		if (g->slots[i].pid > 0)
			kill(g->slots[i].pid, SIGKILL);
}

static int64_t
rest(int failures, int64_t most)
{
	int64_t wait = REST_FIRST;

	if (failures < 2)
		return 0;
	for (; failures > 2 && wait < most; failures--)
		wait *= 2;
	return wait < most ? wait : most;
}

static void
hear(struct slot *slot)
{
	char word;

	if (slot->leash != -1 && !slot->ready &&
		recv(slot->leash, &word, 1, MSG_DONTWAIT) == 1)
		slot->ready = true;
}

/* When it may start again; the partner's end is no failure of its own. */
static void
count_end(struct slot *slot)
{
	int64_t now = clock_monotonic();

	if (slot->condemned)
		return;
	slot->failures = now - slot->started < SOON ? slot->failures + 1 : 1;
	slot->again = now +
		rest(slot->failures, slot->ready ? REST_READY : REST_LAST);
}

static void
log_end(const struct generation *g, const struct slot *slot, int status)
{
	bool expected = slot->condemned ||
		(g->stopping && WIFEXITED(status) && WEXITSTATUS(status) == 0);

	log_event(expected ? LOG_INFO : LOG_ERROR, "role-ended",
		LOG_TEXT("role", slot->name),
		LOG_NUMBER(
			"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		LOG_NUMBER(
			"status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
}

static void
on_end(struct generation *g, struct slot *slot, int status)
{
	struct slot *partner = slot->partner;

	log_end(g, slot, status);
	hear(slot);
	count_end(slot);
	slot->pid = -1;
	slot->ready = slot->condemned = false;
	close_fd(&slot->leash);
	/* The other end would wait for ever. */
	if (partner != NULL && partner->pid > 0 && !g->stopping) {
		partner->condemned = true;
		kill(partner->pid, SIGKILL);
	}
}

bool
generation_child(struct generation *g, pid_t pid, int status)
{
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++) {
		if (g->slots[i].pid == pid) {
			on_end(g, &g->slots[i], status);
			return true;
		}
	}
	return false;
}

/* --- listening --- */

size_t
generation_watch(const struct generation *g, struct pollfd *fds)
{
	size_t i, n = 0;

	for (i = 0; g != NULL && i < g->count; i++)
		if (g->slots[i].leash != -1 && !g->slots[i].ready)
			fds[n++] = (struct pollfd){
				.fd = g->slots[i].leash, .events = POLLIN};
	return n;
}

void
generation_hear(struct generation *g)
{
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++)
		hear(&g->slots[i]);
}

bool
generation_is_ready(const struct generation *g)
{
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++)
		if (!g->slots[i].ready)
			return false;
	return true;
}

bool
generation_is_gone(const struct generation *g)
{
	size_t i;

	for (i = 0; g != NULL && i < g->count; i++)
		if (g->slots[i].pid != -1)
			return false;
	return true;
}
