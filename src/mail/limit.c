#include "mail/limit.h"

#include "base/attributes.h"

static const char *const limit_names[] = {
	[LIMIT_DEPTH] = "depth",
	[LIMIT_PARTS] = "parts",
	[LIMIT_HEADER_SIZE] = "header_size",
	[LIMIT_PARAMETERS] = "parameters",
	[LIMIT_ADDRESSES] = "addresses",
	[LIMIT_REFERENCES] = "references",
	[LIMIT_TEXT_SIZE] = "text_size",
	[LIMIT_HTML_DEPTH] = "html_depth",
	[LIMIT_SEALED_PARTS] = "sealed_parts",
	[LIMIT_KEYS] = "keys",
	[LIMIT_EXTRACT] = "extract",
	[LIMIT_WORDS] = "words",
};
_Static_assert(countof(limit_names) == LIMIT__COUNT, "a name for each limit");

const char *
mail_limit_name(enum mail_limit limit)
{
	return limit < LIMIT__COUNT ? limit_names[limit] : "unknown";
}
