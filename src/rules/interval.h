/*
 * interval: sets of versions, and how vers writes them
 * (github.com/package-url/vers-spec).
 *
 * People list the ends of several branches in one breath: "before 1.4.14 and
 * 1.5.9" is not all before 1.5.9.  An end whose other side was left open is
 * therefore closed where its branch begins, if another end comes before it.
 */
#ifndef RULES_INTERVAL_H
#define RULES_INTERVAL_H

#include "base/memory.h"
#include "rules/version.h"

#define INTERVALS_MAX 64

struct bound {
	struct span version;
	bool is_set, inclusive;
};

/* A single version is from itself up to itself. */
struct interval {
	struct bound low, high;
};

struct intervals {
	struct arena *arena; /* of versions that nobody wrote */
	struct interval list[INTERVALS_MAX];
	size_t count;
	enum version_scheme scheme; /* set by intervals_print() */
};

/* False when there are too many. */
must_check bool intervals_add(struct intervals *s, const struct interval *i);

/*
 * Close, sort and join them, and append them as "vers:SCHEME/...".  False when
 * nothing is left.
 */
must_check bool intervals_print(struct intervals *s, struct buf *out);

#endif
