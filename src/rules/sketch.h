/*
 * sketch: what is kept of a report to find its near copies by: MinHash (Broder
 * 1997) of its shingles, and marks of what its hints name, all under a key.
 * Without the key nothing in it can be tried against a text.
 *
 * Reports of which half of the shingles are the same agree in half of the rows.
 * They are found by bands: SKETCH_BANDS groups of rows, each one number; two
 * reports that agree in 50 % of their rows share a band with a probability of
 * 64 %, in 70 % with one of 99 %, in 20 % with one of 3 %.
 */
#ifndef RULES_SKETCH_H
#define RULES_SKETCH_H

#include "rules/hint.h"
#include "rules/shingles.h"

#define SKETCH_ROWS 64
#define SKETCH_BANDS 16
#define SKETCH_MARKS_MAX 64

/* Something that a hint names. */
struct sketch_mark {
	int64_t mark; /* never 0 */
	int kind; /* of the hint */
};

struct sketch {
	bool has_text; /* else rows and bands are 0 */
	uint32_t row[SKETCH_ROWS];
	int64_t band[SKETCH_BANDS];
	struct sketch_mark marks[SKETCH_MARKS_MAX];
	size_t marks_count;
};

/* SHINGLES as shingles_of() gives them; what is no multiple of a number at its
 * end does not count. */
void sketch_make(struct span key, struct span shingles,
	const struct hint *hints, size_t count, struct sketch *out);

/* Are marks of this kind rare enough to look reports up by? */
bool sketch_kind_finds(enum hint_kind kind);

/* How much of the text is the same, in percent. */
int sketch_text_likeness(const uint32_t a[static SKETCH_ROWS],
	const uint32_t b[static SKETCH_ROWS]);

/*
 * The score of a pair, 0..100, of TEXT percent and the KINDS (bits: 1 <<
 * hint_kind) of which both name the same.  WHY: in words, for people.
 */
int sketch_score(int text, uint64_t kinds, struct buf *why);

#endif
