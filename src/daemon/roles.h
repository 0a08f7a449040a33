/*
 * roles: the mains of the roles (daemon/role.h).  Each gets the name of its
 * process, the path of the configuration for messages, its descriptors from
 * ROLE_FIRST_FD on in the order given here, and returns an exit status.
 *
 * The leash is a socket to the supervisor: the role says on it, once, that it
 * is ready (role_ready()); when it reads the end of file there, it finishes
 * what it holds and goes.
 */
#ifndef DAEMON_ROLES_H
#define DAEMON_ROLES_H

#include <stdbool.h>

/* The socket to the worker; the configuration.  In psirtd-reader. */
int reader_main(const char *name, const char *conf_path);

/* Configuration, leash, listening sockets. */
int lmtp_main(const char *name, const char *conf_path);

/* Configuration, leash, key of marks (daemon/mark_key.h), listening socket. */
int milter_main(const char *name, const char *conf_path);

/* Configuration, leash, work bell, outbox bell, control jobs. */
int worker_main(const char *name, const char *conf_path);

/* Configuration, leash, work bell, outbox bell, socket to the courier. */
int postman_main(const char *name, const char *conf_path);

/* Configuration, leash, socket to the postman. */
int courier_main(const char *name, const char *conf_path);

/* Configuration, leash, listening socket, control jobs. */
int control_main(const char *name, const char *conf_path);

/* Configuration.  Becomes gpg-agent. */
int agent_main(const char *name, const char *conf_path);

/* In psirtd: true if ARGUMENT is --role=NAME of one of these; then runs it and
 * *STATUS is what main should return. */
bool role_run(int argc, char **argv, int *status);

#endif
