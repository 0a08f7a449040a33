/*
 * absence: until when somebody is away, by the text of their auto-reply.
 *
 * A date counts that stands close behind a word such as "until" or "back", or,
 * in Chinese and Japanese, in front of one; it may be 2026-12-03, 3.12.2026,
 * 3 December 2026, December 3rd, 2026, 12/31/2026 where only one reading is
 * possible, or 12月3日.  Without a year it is the next one after the mail's
 * Date.  It is shown to analysts, and nothing is done because of it.
 */
#ifndef MAIL_ABSENCE_H
#define MAIL_ABSENCE_H

#include <stdint.h>

#include "base/buf.h"

/*
 * The instant at which that day begins, in UTC; 0 when TEXT names none.
 * WRITTEN is the mail's date, 0 when that is unknown; a day that lies before
 * it, or more than two years after it, is none.
 */
int64_t absence_end(struct span text, int64_t written);

#endif
