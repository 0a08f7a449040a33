/*
 * shingles: a text as a set of numbers, by which near copies are found.
 *
 * A shingle is SHINGLE_WORDS words in a row, in small letters (A to Z),
 * whatever stands between them; its number is 64 bits of a hash without a key.
 * Whoever has the number can try which words it is of: it must not be kept
 * before rules/sketch.h has put a key over it.
 *
 * Of a long text the SHINGLES_MAX smallest numbers are taken: a sample that is
 * the same for the same words, so that samples compare as the texts would.
 */
#ifndef RULES_SHINGLES_H
#define RULES_SHINGLES_H

#include "base/buf.h"
#include "base/memory.h"

#define SHINGLE_WORDS 3
#define SHINGLES_MAX 1024
#define SHINGLES_LEAST 12 /* a text with fewer is too short to compare */
#define SHINGLES_BYTES (SHINGLES_MAX * 8)

/*
 * The numbers, uint64_t each, sorted, each once; empty for a short text.  A
 * word is a run of letters and digits; every character beyond ASCII is one by
 * itself.
 */
struct span shingles_of(struct span text, struct arena *a);

#endif
