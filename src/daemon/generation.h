/*
 * generation: the processes of one reading of the configuration.
 *
 * A slot is a process that shall run: started again when it ends, at once if
 * it had run for ten seconds or had not failed before, else after a rest that
 * doubles each time, from 100 ms.  Who never got ready rests up to 30 s: the
 * cause is here (configuration, disk), and trying costs more than it helps.
 * Who was ready rests up to 1 s: somebody killed it, or what it was given did,
 * and everybody else's mail waits for it.  (A mail that kills workers again and
 * again is found out by its leases, store/spool.h.)
 *
 * The leash (daemon/roles.h) tells when it is ready, and lets it go.  Postman
 * and courier are tied by a socket: when one ends the other is ended too
 * (condemned), and when both are gone they begin anew with a new one.
 */
#ifndef DAEMON_GENERATION_H
#define DAEMON_GENERATION_H

#include <poll.h>
#include <sys/types.h>

#include "base/conf.h"
#include "daemon/listen.h"

#define SLOTS_MAX 80

/* What outlives generations. */
struct shared {
	int work, outbox; /* bells */
	int jobs[2]; /* control's end, the workers' end */
	int control; /* listening socket */
	int generations; /* how many there have been */
};

struct slot {
	const char *role;
	char name[32];
	struct slot *partner;
	pid_t pid; /* -1: not running */
	int leash;
	bool ready;
	bool condemned; /* killed by us, not gone yet */
	int64_t started, again; /* instants of clock_monotonic() */
	int failures; /* ends in a row, each soon after the start */
};

struct generation {
	struct shared *shared;
	struct conf *conf;
	int conf_fd, number;
	struct listeners listeners, milter;
	int mark_key; /* memory file, -1 without a milter */
	struct slot slots[SLOTS_MAX];
	size_t count;
	int post[2]; /* postman's end, courier's end */
	bool stopping;
	int64_t begun;
};

/* All functions below do nothing, and all is true, for a NULL generation. */

/* Takes C and CONF_FD.  Its sockets are bound (or shared with RUNNING, which
 * may be NULL); nothing is started. */
struct generation *generation_new(struct shared *s,
	const struct generation *running, struct conf *c, int conf_fd,
	struct err *e);
void generation_free(struct generation **g);

void generation_start(struct generation *g);
/* Start again what has ended and has rested. */
void generation_restart(struct generation *g);
/* Let the leashes go: they finish what they hold. */
void generation_stop(struct generation *g);
void generation_kill(struct generation *g);

/* A child has ended: was it ours? */
bool generation_child(struct generation *g, pid_t pid, int status);

/* Fill FDS (SLOTS_MAX) with the leashes to listen to: how many. */
size_t generation_watch(const struct generation *g, struct pollfd *fds);
/* Take what was said on them. */
void generation_hear(struct generation *g);

bool generation_is_ready(const struct generation *g);
bool generation_is_gone(const struct generation *g);

#endif
