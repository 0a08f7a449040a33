/*
 * limit: the bounds of reading, and which of them a mail ran into.
 *
 * What lies beyond a limit is left unread and the limit is noted here; it is
 * never an error.  The names go into reading.limits.
 */
#ifndef MAIL_LIMIT_H
#define MAIL_LIMIT_H

#include <stdbool.h>

enum mail_limit {
	LIMIT_DEPTH,
	LIMIT_PARTS,
	LIMIT_HEADER_SIZE,
	LIMIT_PARAMETERS,
	LIMIT_ADDRESSES,
	LIMIT_REFERENCES,
	LIMIT_TEXT_SIZE,
	LIMIT_HTML_DEPTH,
	LIMIT_SEALED_PARTS,
	LIMIT_KEYS,
	LIMIT_EXTRACT,
	LIMIT_WORDS,
	LIMIT__COUNT
};

struct limits {
	bool hit[LIMIT__COUNT];
};

static inline void
limit_note(struct limits *l, enum mail_limit limit)
{
	l->hit[limit] = true;
}

/* "depth", "parts", ...: where there is one, the name of the setting. */
const char *mail_limit_name(enum mail_limit limit);

#endif
