/*
 * role: this program again, or one of its helpers, as another process.
 *
 * Every role is started by exec with --role=NAME, so roles share no memory
 * layout and no library state.  Descriptors are passed from 3 on, in
 * the order that the role's main expects.  A role ends when its parent does.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include <sys/types.h>

#include "base/conf.h"
#include "base/err.h"

#define ROLE_FIRST_FD 3
#define ROLE_PREFIX "--role="

/* The directory of the helpers: libexec beside us, or where it is installed.
 * Static. */
const char *role_programs(void);

/*
 * Start ROLE: its pid, or -1 (temporary).  PROGRAM is the helper that has it,
 * or NULL: ourselves (daemon/roles.h).  CONF_PATH is the configuration's
 * name in messages, NAME this process's own: its log lines, its leases.
 */
pid_t role_spawn(const char *program, const char *role, const char *name,
	const char *conf_path, const int *fds, size_t count, struct err *e);

/* In the role: name it in the log, die with the parent, no core, the test
 * clock and faults, hashes.  First of all. */
void role_begin(const char *role);

/* Say on the leash that the role is ready for work, and log it. */
void role_ready(int leash);

/* The configuration from descriptor FD; ends the process when it is bad. */
struct conf *role_conf(int fd, const char *path);

#endif
