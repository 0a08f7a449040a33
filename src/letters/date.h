/*
 * date: instants as people read them, in the language of the letter:
 * `Thursday 17 December 2026, 16:00 UTC`.
 */
#ifndef LETTERS_DATE_H
#define LETTERS_DATE_H

#include <stdint.h>

#include "base/attributes.h"

#define DATE_TEXT 80

/* Date and time; returns TEXT. */
const char *date_text(
	int64_t instant, const char *language, char text[static DATE_TEXT]);

#endif
