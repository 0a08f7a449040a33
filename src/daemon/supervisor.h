/*
 * supervisor: the process that has no mail, and starts those that do.
 *
 * It binds sockets, migrates the store, starts every role by exec of itself,
 * starts again what dies (with back-off), and tells the service manager when
 * all are ready (NOTIFY_SOCKET, sd_notify(3)).  SIGHUP: the configuration is
 * checked in a child; if it is good, new roles start with it, and the old ones
 * go when the new are ready.  SIGTERM: all finish what they hold, and go.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "base/conf.h"

/* Runs until it is told to stop; an exit status (sysexits.h). */
int supervisor_run(const char *conf_path);

/* Check everything that a role would need of C, without changing anything: 0,
 * or -1 with what is wrong, where, and how to mend it. */
must_check int supervisor_check(const struct conf *c, struct err *e);

#endif
