/*
 * err: what went wrong, in the three ways that mail knows.
 *
 * A function that can fail returns 0 or -1 (a look-up 1, 0 or -1) and fills
 * the struct err that its caller lends.  The caller either deals with it or
 * returns -1 in turn, perhaps after err_prefix(); the layer that can say which
 * message it was logs it, once.
 *
 * Unknown means temporary: a mail that is tried again is not lost, a mail that
 * is refused may be.
 *
 * No function here allocates, blocks or fails.  Text that does not fit is cut.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attributes.h"

enum err_kind {
	ERR_NONE,
	ERR_TEMPORARY, /* the same call may work later */
	ERR_PERMANENT, /* the same call will fail again */
	ERR_BUG, /* ours: treated as temporary, reported as a bug */
	ERR__COUNT
};

struct err {
	enum err_kind kind;
	char status[10]; /* enhanced status code, RFC 3463: "4.3.0" */
	char text[480]; /* one line for a log or a person, UTF-8 */
};

/* Each fills E and returns -1, so that `return err_permanent(e, ...)` works. */
int err_temporary(struct err *e, const char *status, const char *fmt, ...)
	printf_like(3, 4);
int err_permanent(struct err *e, const char *status, const char *fmt, ...)
	printf_like(3, 4);
int err_bug(struct err *e, const char *fmt, ...) printf_like(2, 3);

/* A failed system call: temporary, 4.3.0, the text followed by errno's. */
int err_errno(struct err *e, const char *fmt, ...) printf_like(2, 3);

/* Put "words: " before the text.  Returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) printf_like(2, 3);

/* "temporary", "permanent", ... */
const char *err_kind_name(enum err_kind kind);

#endif
