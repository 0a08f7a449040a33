/*
 * utf8: is it UTF-8, and may a person see it.
 *
 * Text from outside is foreign until utf8_clean() has gone over it.  It takes
 * out what can deceive a reader or a terminal: invalid sequences (replaced by
 * U+FFFD), C0 and C1 controls but newline and tab, the bidirectional controls
 * of UAX #9 (U+061C, U+200E, U+200F, U+202A..E, U+2066..9), and turns the line
 * and paragraph separators U+2028 and U+2029 into newlines.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

enum utf8_lines {
	UTF8_ONE_LINE, /* newlines and tabs become blanks */
	UTF8_MANY_LINES,
};

/* Well-formed by RFC 3629 (no surrogates, nothing overlong or > 10FFFF). */
bool utf8_valid(struct span s);

/* utf8_valid() and nothing in it that utf8_clean() would change. */
bool utf8_is_clean(struct span s, enum utf8_lines lines);

/* Append the cleaned text. */
void utf8_clean(struct buf *out, struct span s, enum utf8_lines lines);

/* The longest prefix of at most MAX bytes that ends between characters. */
size_t utf8_cut(struct span s, size_t max);

/*
 * Decode the character at *AT and move *AT behind it.  Returns -1 for an
 * invalid sequence, *AT then stands one byte further.  *AT < s.len.
 */
int32_t utf8_next(struct span s, size_t *at);

#endif
