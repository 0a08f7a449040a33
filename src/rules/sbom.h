/*
 * sbom: what is inside a product, from the file in which its maker says so.
 *
 *	CycloneDX 1.2 to 1.6 (JSON)  components, and those inside of them
 *	SPDX 2.2, 2.3 (JSON)         packages, but those that the document is
 *	                             about
 *
 * The file is somebody else's: names are cleaned, what has none is left out,
 * and the same component counts once.
 */
#ifndef RULES_SBOM_H
#define RULES_SBOM_H

#include "rules/catalogue.h"

#define SBOM_BYTES_MAX (64 << 20)

struct sbom {
	const char *format; /* "CycloneDX" or "SPDX" */
	const char *product; /* what it is about, or "" */
	struct component *components; /* sorted by name */
	size_t count;
};

/* Everything lives in A.  -1 (permanent): it is neither, or too much. */
must_check int sbom_read(
	struct span text, struct arena *a, struct sbom *s, struct err *e);

#endif
