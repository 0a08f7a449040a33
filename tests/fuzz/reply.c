/*
 * Any bytes as a text: every line comes back, in own words or in the
 * quotation, empty ones aside; neither is longer than the text was.
 */
#include "mail/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX ((size_t)1 << 24)

/* The bytes of S that are no blanks and no line ends. */
static size_t
ink(struct span s)
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++)
		n += strchr(" \t\r\n", s.data[i]) == NULL || s.data[i] == '\0';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct buf own = BUF_INIT(MAX), quoted = BUF_INIT(MAX);
	struct buf flowed = BUF_INIT(MAX), joined = BUF_INIT(MAX);

	reply_split(text, &own, &quoted);
	if (ink(buf_view(&own)) + ink(buf_view(&quoted)) != ink(text))
		abort();
	if (own.len > size + 1 || quoted.len > size + 1)
		abort();
	flowed_join(text, false, &flowed);
	flowed_join(text, true, &joined);
	if (joined.len > flowed.len || flowed.len > 2 * size + 1)
		abort();
	buf_release(&own);
	buf_release(&quoted);
	buf_release(&flowed);
	buf_release(&joined);
	return 0;
}
