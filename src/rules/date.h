/*
 * date: days as people write them in mails.
 *
 *	2026-12-17, 2026/12/17      17 December 2026, 17th of Dec. 2026
 *	December 17, 2026           17.12.2026
 *	2026年12月17日
 *
 * 12/11/2026 is not understood: nobody can say which is the month.
 */
#ifndef RULES_DATE_H
#define RULES_DATE_H

#include "base/buf.h"

/* Append 2026-12-17, or nothing when WORDS are no such day. */
void date_print(struct span words, struct buf *out);

#endif
