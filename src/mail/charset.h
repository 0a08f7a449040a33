/*
 * charset: text of any charset that mail uses, to UTF-8, by iconv(3).
 *
 * glibc's iconv loads its converters from files when they are opened, and the
 * reader may not open files: charset_open() opens every converter once, before
 * the sandbox closes; they survive fork(2).  A charset that is not in the table
 * here is taken for unknown, never looked up.
 *
 * Not for threads: converters have a state.
 */
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include "base/buf.h"

/* Open the converters; later calls do nothing. */
void charset_open(void);

/*
 * Append S in UTF-8.  A charset that is unknown, missing, or plainly wrong is
 * guessed: UTF-8 if S is valid UTF-8, else windows-1252.  What cannot be
 * converted becomes U+FFFD.  The result is not clean; see base/utf8.h.
 */
void charset_to_utf8(struct span charset, struct span s, struct buf *out);

/* Is NAME in the table? */
bool charset_known(struct span name);

#endif
