#include "mail/mark.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "mail/field.h"

void
mark_write(struct span key, const char *number, char text[static MARK_MAX])
{
	struct span part = span_of(number);
	struct hash h = hmac_of(key, &part, 1);
	char tag[MARK_TAG_CHARS + 1];

	base32_of(h.bytes, sizeof(h.bytes), tag, MARK_TAG_CHARS);
	snprintf(text, MARK_MAX, "%.*s %s", MARK_NUMBER_MAX, number, tag);
}

bool
mark_is_ours(struct span key, struct span body)
{
	char number[MARK_NUMBER_MAX + 1], text[MARK_MAX];
	struct span s = span_trim(body);
	const char *blank = memchr(s.data, ' ', s.len);

	if (blank == NULL || blank - s.data > MARK_NUMBER_MAX)
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(blank - s.data), s.data);
	mark_write(key, number, text);
	return s.len == strlen(text) && equal_secret(s.data, text, s.len);
}
