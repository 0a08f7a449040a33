#include "rules/ticket.h"

#include "base/utf8.h"

#define LOOKED_AT 4096
/* [Ticket#2026112510000012], [example.com #1234], [ACME-12345], Case 001234 */
#define STANDARD \
	"(?: [[(#] | (?<![a-z])" \
	" (?: ticket | case | incident | request | reference )" \
	" [ ]? (?: number | id | no[.]? )? [:# ]* )" \
	" (?<value> [a-z]{0,8} -? (?: [0-9]{1,8} - )? [0-9]{4,16} )" \
	" (?! [a-z0-9] )"

struct pattern *
ticket_pattern(const char *source, struct err *e)
{
	struct pattern *p;
	struct err why;
	size_t at;

	p = pattern_new(
		span_of(source[0] != '\0' ? source : STANDARD), &at, &why);
	if (p != NULL && !pattern_matches_nothing(p))
		return p;
	if (p == NULL)
		err_permanent(e, "5.3.5",
			"[policy] ticket_pattern: at character %zu: %s", at + 1,
			why.text);
	else
		err_permanent(e, "5.3.5",
			"[policy] ticket_pattern: it matches where nothing "
			"stands");
	pattern_free(&p);
	return NULL;
}

static bool
find(const struct pattern *p, struct matcher *m, struct span text,
	struct buf *out)
{
	struct span looked = {text.data, utf8_cut(text, LOOKED_AT)};
	struct pattern_hit hit;
	struct span value;

	if (pattern_find(p, m, looked, true, 0, looked.len, &hit) != 1)
		return false;
	value = (struct span){
		looked.data + hit.value_start, hit.value_end - hit.value_start};
	value.len = utf8_cut(value, TICKET_MAX);
	utf8_clean(out, value, UTF8_ONE_LINE);
	return value.len > 0;
}

char *
ticket_find(const struct pattern *p, struct arena *a, struct span subject,
	struct span text)
{
	struct matcher *m = matcher_new();
	struct buf out = BUF_INIT(2 * TICKET_MAX);
	char *found;

	if (!find(p, m, subject, &out))
		(void)find(p, m, text, &out);
	found = arena_strdup(a, out.data);
	buf_release(&out);
	matcher_free(&m);
	return found;
}
