/*
 * role: this program again, as another process.
 *
 * Every role is started by exec of ourselves with --role=NAME, so roles share
 * no memory layout and no library state.  Descriptors are passed from 3 on, in
 * the order that the role's main expects.  A role ends when its parent does.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include <sys/types.h>

#include "base/conf.h"
#include "base/err.h"

#define ROLE_FIRST_FD 3

/*
 * Start ROLE: its pid, or -1 (temporary).  CONF_PATH is the configuration's
 * name in messages, NAME this process's own: its log lines, its leases.
 */
pid_t role_spawn(const char *role, const char *name, const char *conf_path,
	const int *fds, size_t count, struct err *e);

/* In the role: name it in the log, die with the parent, no core, the test
 * clock and faults, hashes.  First of all. */
void role_begin(const char *role);

/* Say on the leash that the role is ready for work, and log it. */
void role_ready(int leash);

/* The configuration from descriptor FD; ends the process when it is bad. */
struct conf *role_conf(int fd, const char *path);

/* True if ARGUMENT is --role=NAME of some role; then runs it and *STATUS is
 * what main should return. */
bool role_run(int argc, char **argv, int *status);

#endif
