/*
 * A rule file; and when it loads, a search with it in a small text, which is
 * what stands behind the first NUL of the input.
 */
#include "rules/ruleset.h"

#include <stdlib.h>
#include <string.h>

#include "rules/cvss.h"
#include "rules/range.h"
#include "rules/rulefile.h"

#define TEXT_MAX 20000

static const char example[] =
	"\u4ea7\u54c1\uff1aFoo 1.4.x before 1.4.2, 1.5 and earlier; "
	"CVE-2026-1234 CWE-79\n(AV:N/AC:L/Au:N/C:P/I:P/A:P)\naaaaaaaaaaaaa";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
search(const struct ruleset *set, struct span text)
{
	struct rule_texts texts = {{SPAN("Re: Foo 1.2"), text, {"", 0}}};
	struct arena *a = arena_new();
	struct buf bytes = BUF_INIT(1 << 20);
	struct hints found;
	struct hint again;
	struct err e;
	size_t i;

	ruleset_find(set, &texts, a, &found);
	check(found.count <= HINTS_MAX);
	for (i = 0; i < found.count; i++) {
		check(found.hint[i].start < found.hint[i].end);
		check((size_t)found.hint[i].end <=
			texts.text[found.hint[i].where].len);
		buf_clear(&bytes);
		record_encode(&bytes, &hint_schema, &found.hint[i]);
		check(!bytes.failed);
		check(record_decode(a, buf_view(&bytes), &hint_schema, &again,
			      &e) == 0);
	}
	buf_release(&bytes);
	arena_free(&a);
}

/* What the normal forms are made of takes anything. */
static void
normalize(struct span text)
{
	struct buf out = BUF_INIT(HINT_VALUE_MAX);
	struct cvss v, again;
	struct err e;

	(void)!range_normalize(text, &out);
	buf_clear(&out);
	if (cvss_parse(text, &v, &e) == 0) {
		cvss_print(&v, &out);
		check(cvss_parse(buf_view(&out), &again, &e) == 0);
		check(memcmp(&v, &again, sizeof(v)) == 0);
		check(cvss_score(&v) >= 0 && cvss_score(&v) <= 100);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rules = {(const char *)data, size};
	struct span text = SPAN(example);
	struct rulefile *f = rulefile_new();
	struct ruleset *set;
	const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
	struct err e;

	if (nul != NULL) {
		rules.len = (size_t)(nul - data);
		text.data = (const char *)nul + 1;
		text.len = size - rules.len - 1;
		text.len = text.len < TEXT_MAX ? text.len : TEXT_MAX;
		normalize(text);
	}
	if (rulefile_add(f, rules, "fuzz", &e) == 0) {
		set = rulefile_finish(&f);
		search(set, text);
		ruleset_free(&set);
	} else {
		check(e.kind == ERR_PERMANENT && e.text[0] != '\0');
	}
	rulefile_free(&f);
	return 0;
}
