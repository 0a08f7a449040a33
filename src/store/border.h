/*
 * border: does our border leave a result of authentication in our mail?  Only
 * when the last mail with one and the last without came; for `psirtctl check`.
 */
#ifndef STORE_BORDER_H
#define STORE_BORDER_H

#include "store/store.h"

/* A mail came at NOW.  In a transaction. */
must_check int border_note(
	struct store *s, bool usable, int64_t now, struct err *e);

/* When the last one of each came; 0: never. */
must_check int border_last(
	struct store *s, int64_t *with_r, int64_t *without_r, struct err *e);

#endif
