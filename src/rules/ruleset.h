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

#include "base/conf.h"
#include "base/err.h"
#include "base/memory.h"
#include "rules/context.h"
#include "rules/hint.h"

#define RULES_FILE_MAX (1 << 20)

struct ruleset;

/* A mail's texts, clean UTF-8. */
struct rule_texts {
	struct span text[WHERE__COUNT];
};

/* What became of a hit. */
enum hit_fate {
	HIT_KEPT,
	HIT_WEIGHED_DOWN, /* its contexts left nothing of its score */
	HIT_OVERLAPPED, /* by one of its kind that scores higher */
	HIT_SAID_ALREADY, /* by one that scores higher */
	HIT_OUTDONE, /* its kind competes, and another is better */
	HIT_TOO_MANY, /* of its kind, or of all */
	HIT__COUNT
};

/* A hit of a rule, for those who write rules. */
struct rule_hit {
	struct hint hint;
	int base; /* the rule's score, before weights */
	unsigned contexts; /* bits: 1 << enum context */
	enum hit_fate fate;
};

struct hints {
	struct hint *hint;
	size_t count;
	struct rule_hit *hits; /* every hit, by kind, the best first */
	size_t hits_count;
	char **timed_out; /* names of rules */
	size_t timed_out_count;
};

/* In words. */
const char *hit_fate_name(enum hit_fate fate);

/*
 * Load every *.rules file of a directory, in the order of their names, or one
 * file.  FILE, unless NULL, is one more: it takes the place of the one in PATH
 * that has its name, or comes last.  NULL on error (permanent), the text names
 * file, line and mend.
 */
struct ruleset *ruleset_load(const char *path, const char *file, struct err *e);
void ruleset_free(struct ruleset **r);

/*
 * The set that C names, with its catalogue if it has one; FILE as above.  The
 * products of a catalogue are hints of the rule `catalogue`: they outrank the
 * open vocabulary.
 */
struct ruleset *ruleset_of_conf(
	const struct conf *c, const char *file, struct err *e);

size_t ruleset_count(const struct ruleset *r);

/*
 * The hints of TEXTS, by kind, the best first.
 *
 * A hint scores what its rule says, and the weights of the contexts in which
 * it stands.  Overlaps of one kind are settled for the higher score; the same
 * normalized value in one text is kept once; kinds that compete
 * (hint_kind_margin()) keep the best of the mail; then the most of each kind
 * (hint_kind_most()), and HINTS_MAX of all.  Everything lives in A.
 */
void ruleset_find(const struct ruleset *r, const struct rule_texts *texts,
	struct arena *a, struct hints *out);

#endif
