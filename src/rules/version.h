/*
 * version: which of two versions comes first.
 *
 *	generic   what most projects mean: numbers count as numbers, a missing
 *	          one as 0; alpha, beta, pre, rc, dev and what follows "~" come
 *	          before the version that they stand behind; letters (1.0.2k),
 *	          p1 and what follows "+" after it; dates in ISO order.  An
 *	          epoch ("1:") counts before all.
 *	semver    semver.org 2.0.0, clause 11; missing numbers count as 0
 *	deb       deb-version(7): epoch, upstream version, revision
 *	rpm       rpm-version(7): epoch, version, release, with "~" and "^"
 *
 * The names are those of the schemes of vers (package-url/vers-spec).  Pure;
 * any bytes compare, and each order is one (transitive), so that they sort.
 */
#ifndef RULES_VERSION_H
#define RULES_VERSION_H

#include "base/buf.h"

enum version_scheme {
	VERSION_GENERIC,
	VERSION_SEMVER,
	VERSION_DEB,
	VERSION_RPM,
	VERSION__COUNT
};

const char *version_scheme_name(enum version_scheme scheme);

/*
 * DEB or RPM where V bears the mark of a distribution (+deb12u1, ubuntu,
 * .el9), else GENERIC, which also orders semantic versions.
 */
enum version_scheme version_scheme_of(struct span v);

/* -1, 0 or 1: A comes before, is the same as, comes after B. */
int version_compare(enum version_scheme scheme, struct span a, struct span b);

#endif
