/*
 * spool_watch: a worker's view of the spool logs: what is new, what is done.
 *
 * It remembers how far it has looked into each segment; what it finds is noted
 * in the store by spool_lease().  A closed segment all of whose records are
 * done is unlinked.
 */
#ifndef DAEMON_SPOOL_WATCH_H
#define DAEMON_SPOOL_WATCH_H

#include "daemon/spool_log.h"

#define WATCH_FOUND_MAX 256

struct spool_watch;

/* Watches STATE/spool/ROLE by inotify. */
struct spool_watch *spool_watch_open(const char *state, struct err *e);
void spool_watch_close(struct spool_watch **w);

/* Readable when something may have changed. */
int spool_watch_fd(const struct spool_watch *w);

/* Look for records that were not there before: up to WATCH_FOUND_MAX of them;
 * call again when it is full. */
must_check int spool_watch_find(struct spool_watch *w,
	struct spool_item found[static WATCH_FOUND_MAX], size_t *count_r,
	struct err *e);

/* Is there a closed segment, which will have to go when it is done? */
bool spool_watch_is_untidy(const struct spool_watch *w);

/* Unlink the segments that are done. */
must_check int spool_watch_tidy(
	struct spool_watch *w, struct store *s, struct err *e);

#endif
