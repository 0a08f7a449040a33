/* events: the chain, for the files of store/; see store/casebook.h. */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "store/casebook.h"

struct hash event_commitment(struct span salt, struct span payload);
struct hash event_link(struct span previous, int64_t seq, int64_t case_id,
	const char *kind, int64_t at, struct span commitment);

/* Append to the chain.  In a transaction. */
must_check int event_append(struct store *s, int64_t case_id,
	const struct event *ev, const char *cause, struct err *e);

#endif
