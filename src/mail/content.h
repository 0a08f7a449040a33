/*
 * content: what an entity's header says about its body: Content-Type,
 * Content-Disposition, Content-Transfer-Encoding (RFC 2045, 2183), parameters
 * with continuations and charsets (RFC 2231).
 *
 * Of a field, and of a parameter, that comes more than once the first counts:
 * so do libetpan, Thunderbird and the filters in front of us, and a mail must
 * not mean one thing to a filter and another to us.  Of two forms of one
 * parameter the extended one counts (RFC 2231, RFC 6266).
 *
 * What cannot be parsed is text/plain, as RFC 2045 (5.2) asks.
 */
#ifndef MAIL_CONTENT_H
#define MAIL_CONTENT_H

#include "base/buf.h"
#include "base/memory.h"
#include "mail/limit.h"

#define CONTENT_PARAMETERS_MAX 64

struct content_param {
	char *name; /* lower case, without the signs of RFC 2231 */
	char *value;
};

struct content {
	char *type; /* "text/plain", lower case */
	struct content_param *params;
	size_t count;
	char *filename; /* as it came, "" if there is none */
	bool attachment; /* disposition is neither absent nor inline */
	bool is_inline; /* disposition says so */
	int encoding; /* enum part_encoding */
};

/* Everything in C lives in A.  TYPE is what a missing field means. */
void content_read(struct arena *a, struct span head, const char *type,
	struct limits *limits, struct content *c);

/* The value of a parameter of Content-Type; "" when there is none. */
const char *content_param(const struct content *c, const char *name);

bool content_is(const struct content *c, const char *type);

/* Is it a whole mail (RFC 2046, 5.2.1; RFC 6532, 3.7)? */
bool content_is_message(const struct content *c);

/* "multipart/" and the like. */
bool content_is_under(const struct content *c, const char *prefix);

#endif
