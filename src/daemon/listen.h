/*
 * listen: sockets that are bound once and passed on.
 *
 * A place is written inet:ADDRESS:PORT, inet:[IPV6]:PORT or unix:PATH.  A
 * socket of the old configuration whose place stands in the new one is shared,
 * so that a reload refuses nobody.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "base/conf.h"
#include "base/err.h"

struct listener {
	char place[300];
	int fd;
};

struct listeners {
	struct listener all[CONF_WORDS_MAX + 1];
	size_t count;
};

/* Bind one place; MODE is a unix socket's. */
must_check int listen_at(
	const char *place, unsigned int mode, int *fd_r, struct err *e);

/* Bind PLACES; one that OTHER (may be NULL) has bound is shared with it. */
must_check int listeners_open(struct listeners *l,
	const struct listeners *other, const struct words *places,
	struct err *e);
void listeners_close(struct listeners *l);

#endif
