/*
 * pattern: regular expressions, and the one file that calls PCRE2 (10.42 of
 * Debian 12 with its security fixes, the 8-bit library).
 *
 * A pattern is compiled with UTF, MATCH_INVALID_UTF, NEVER_BACKSLASH_C,
 * CASELESS, EXTENDED (white space and #comments in it mean nothing) and
 * MULTILINE (^ and $ stand at line ends); \w, \d and \b know ASCII only.
 * There is no JIT, which would ignore the limits, and there are no callouts.
 *
 * PCRE2 counts its steps anew at each start offset, so PATTERN_STEPS bounds the
 * work at one offset, and the work of one call only together with the length of
 * the text: whoever calls keeps that short and adds the calls up.
 *
 * A pattern is not changed after pattern_new(); it may be used after fork and
 * by many matchers.  A matcher belongs to one thread.
 */
#ifndef RULES_PATTERN_H
#define RULES_PATTERN_H

#include "base/buf.h"
#include "base/err.h"

#define PATTERN_MAX 65536 /* bytes of source */
#define PATTERN_STEPS 5000 /* backtracking steps at one offset */
#define PATTERN_DEPTH 500 /* nested backtracking */
#define PATTERN_HEAP 1024 /* KB of backtracking frames */
#define PATTERN_BEHIND 128 /* bytes that pattern_precedes() looks back */

struct pattern;
struct matcher;

struct pattern_hit {
	size_t start, end; /* the whole match */
	/* The group named value, or the whole; equal when that is empty. */
	size_t value_start, value_end;
};

/*
 * NULL on error (permanent); *AT_R is then the offset in SOURCE where the
 * pattern is wrong.  The only group that may have a name is "value".
 */
struct pattern *pattern_new(struct span source, size_t *at_r, struct err *e);
void pattern_free(struct pattern **p);

/* Could it match where there is nothing? */
bool pattern_matches_nothing(const struct pattern *p);

struct matcher *matcher_new(void);
void matcher_free(struct matcher **m);

/*
 * Each returns 1, 0, or -1 when a limit was hit.  TEXT is seen whole: ^ stands
 * only where a line of it begins, and what lies before an offset can be looked
 * back at.  At its end there is no line end unless FINAL.
 */

/* The first match that begins in [FROM, TO). */
must_check int pattern_find(const struct pattern *p, struct matcher *m,
	struct span text, bool final, size_t from, size_t to,
	struct pattern_hit *hit_r);
/* Does P match from AT on? */
must_check int pattern_follows(const struct pattern *p, struct matcher *m,
	struct span text, bool final, size_t at);
/* Does P match up to AT, beginning at most PATTERN_BEHIND bytes before? */
must_check int pattern_precedes(const struct pattern *p, struct matcher *m,
	struct span text, size_t at);

/* Does P match all of TEXT? */
must_check int pattern_is(
	const struct pattern *p, struct matcher *m, struct span text);

#endif
