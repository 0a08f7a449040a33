/*
 * bell: "there may be work", between roles.  An eventfd that whoever made work
 * rings, and whoever waits for work hears.  A bell that is missed costs a wait,
 * never work: what is due stands in the store.
 */
#ifndef DAEMON_BELL_H
#define DAEMON_BELL_H

#include <stdint.h>

#include "base/err.h"

must_check int bell_make(int *fd_r, struct err *e);
void bell_ring(int fd);
void bell_hear(int fd);

/*
 * WAIT, or less in a test build whose clock can be moved under us: nobody rings
 * when time does.
 */
int64_t bell_patience(int64_t wait);

#endif
