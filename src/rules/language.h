/*
 * language: in which language a text is written.
 *
 * Writing systems tell some languages at once; the others are told by the words
 * that every sentence of them has, and by letters that only they have.  That
 * needs a sentence or two and no model of a language, and what stands between
 * the sentences (code, logs, English terms) counts little.
 */
#ifndef RULES_LANGUAGE_H
#define RULES_LANGUAGE_H

#include "base/buf.h"

#define LANGUAGE_TEXT_MAX 16384 /* bytes that are looked at */

struct languages;

struct languages *languages_new(void);
void languages_free(struct languages **l);

/*
 * The code of ISO 639-1, "zh"; NULL when the text, which is clean UTF-8, does
 * not tell.  *SCORE_R, 1 to 100, says how sure that is.
 */
const char *language_of(
	const struct languages *l, struct span text, int *score_r);

#endif
