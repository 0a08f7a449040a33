/*
 * ruleset: rule files, compiled, and what they find.
 *
 * The language is described in psirtd-rules(5).  A file is UTF-8 text of at
 * most RULES_FILE_MAX bytes; errors name file and line.  PCRE2 compiles the
 * patterns when they are loaded, with NEVER_BACKSLASH_C, UTF and
 * MATCH_INVALID_UTF, without callouts; matching has match, depth and heap
 * limits, and text goes through in slices of at most 8 KB that end at line
 * ends where they can, so that no pattern's cost grows faster than the text.
 * Slices overlap: a match of up to 1 KB is found wherever it stands.  A rule
 * also has an allowance of processor time for each mail (clock(3), a system
 * call).  One that runs into a limit is not run again for that mail, keeps the
 * hints it had found, is reported as timed out, and costs only itself.
 *
 * ruleset_find() runs only in the sandboxed reader and in `psirtctl rules`.
 * A ruleset is not changed after loading; it may be used after fork.
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/err.h"
#include "base/memory.h"
#include "rules/hint.h"

#define RULES_FILE_MAX (1 << 20)

struct ruleset;

/* A mail's texts, clean UTF-8. */
struct rule_texts {
	struct span text[WHERE__COUNT];
};

struct hints {
	struct hint *hint;
	size_t count;
	char **timed_out; /* names of rules */
	size_t timed_out_count;
};

/*
 * Load every *.rules file of a directory, in the order of their names, or one
 * file.  NULL on error (permanent), the text names file, line and mend.
 */
struct ruleset *ruleset_load(const char *path, struct err *e);
void ruleset_free(struct ruleset **r);
size_t ruleset_count(const struct ruleset *r);

/*
 * The hints of TEXTS, best first within each kind, overlaps of one kind
 * settled for the higher score, the same normalized value in one text kept
 * once.  At most HINTS_MAX.  Everything lives in A.
 */
void ruleset_find(const struct ruleset *r, const struct rule_texts *texts,
	struct arena *a, struct hints *out);

#endif
