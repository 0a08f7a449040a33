/*
 * intake: what the roles that take mail from a host have in common: whose
 * address, whether there is room, text for the envelope, the line in the log.
 * No state: any thread.
 */
#ifndef DAEMON_INTAKE_H
#define DAEMON_INTAKE_H

#include "base/conf.h"
#include "daemon/spool_log.h"

/* The service's address, or one that was minted from it. */
bool intake_is_ours(const struct conf *c, const char *address);

/* Would spool_reserve be left after SIZE bytes more?  If not that is logged. */
bool intake_has_room(const struct conf *c, int64_t size);

/* TEXT as a record wants it: clean, one line, cut to ENVELOPE_ADDRESS_MAX. */
char *intake_line(const char *text, struct arena *a);

/* It is durable: say so. */
void intake_log(const struct spool_item *item, const char *queue,
	const char *client, size_t recipients);

#endif
