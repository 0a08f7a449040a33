#define PCRE2_CODE_UNIT_WIDTH 8

#include "rules/pattern.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/memory.h"

#define GROUPS_MAX 16 /* the group "value" is among the first so many */

#define COMPILE_OPTIONS \
	(PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | \
		PCRE2_CASELESS | PCRE2_EXTENDED | PCRE2_MULTILINE | \
		PCRE2_USE_OFFSET_LIMIT)

struct pattern {
	pcre2_code *code;
	uint32_t value; /* number of the group; 0: the whole match */
};

struct matcher {
	pcre2_match_context *context;
	pcre2_match_data *data;
};

static pcre2_compile_context *
compile_context(void)
{
	pcre2_compile_context *c = pcre2_compile_context_create(NULL);

	if (c == NULL)
		abort();
	pcre2_set_max_pattern_length(c, PATTERN_MAX);
	/* A #comment ends at either; definitions come with CR as line end. */
	pcre2_set_newline(c, PCRE2_NEWLINE_ANYCRLF);
	return c;
}

static uint32_t
info_of(const pcre2_code *code, uint32_t what)
{
	uint32_t n = 0;

	pcre2_pattern_info(code, what, &n);
	return n;
}

/* A name that is not "value" would be a slip of the pen: the hint would come
 * out as the whole match, without a word. */
static int
find_value(struct pattern *p, struct err *e)
{
	uint32_t names = info_of(p->code, PCRE2_INFO_NAMECOUNT);
	int number;

	if (names == 0)
		return 0;
	number =
		pcre2_substring_number_from_name(p->code, (PCRE2_SPTR) "value");
	if (number <= 0 || names > 1)
		return err_permanent(e, "5.3.5",
			"the one group that may have a name is (?<value>...)");
	if (number >= GROUPS_MAX)
		return err_permanent(e, "5.3.5",
			"more than %d groups before (?<value>...): write "
			"(?:...) for those that only group",
			GROUPS_MAX - 1);
	p->value = (uint32_t)number;
	return 0;
}

struct pattern *
pattern_new(struct span source, size_t *at_r, struct err *e)
{
	pcre2_compile_context *c = compile_context();
	struct pattern *p = xcalloc(1, sizeof(*p));
	PCRE2_UCHAR words[200];
	int error;

	*at_r = 0;
	p->code = pcre2_compile((PCRE2_SPTR)source.data, source.len,
		COMPILE_OPTIONS, &error, at_r, c);
	pcre2_compile_context_free(c);
	if (p->code == NULL) {
		pcre2_get_error_message(error, words, sizeof(words));
		err_permanent(e, "5.3.5", "%s (see pcre2pattern(3))",
			(const char *)words);
		pattern_free(&p);
	} else if (find_value(p, e) == -1) {
		pattern_free(&p);
	}
	return p;
}

void
pattern_free(struct pattern **p)
{
	if (*p == NULL)
		return;
	pcre2_code_free((*p)->code);
	free(*p);
	*p = NULL;
}

bool
pattern_matches_nothing(const struct pattern *p)
{
	return info_of(p->code, PCRE2_INFO_MATCHEMPTY) != 0;
}

struct matcher *
matcher_new(void)
{
	struct matcher *m = xcalloc(1, sizeof(*m));

	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(GROUPS_MAX, NULL);
	if (m->context == NULL || m->data == NULL)
		abort();
	pcre2_set_match_limit(m->context, PATTERN_STEPS);
	pcre2_set_depth_limit(m->context, PATTERN_DEPTH);
	pcre2_set_heap_limit(m->context, PATTERN_HEAP);
	return m;
}

void
matcher_free(struct matcher **m)
{
	if (*m == NULL)
		return;
	pcre2_match_data_free((*m)->data);
	pcre2_match_context_free((*m)->context);
	free(*m);
	*m = NULL;
}

static int
run(const struct pattern *p, struct matcher *m, struct span text, size_t from,
	uint32_t options)
{
	int result = pcre2_match(p->code, (PCRE2_SPTR)text.data, text.len, from,
		PCRE2_NOTEMPTY | options, m->data, m->context);

	/* 0 is a match with more groups than there is room for. */
	if (result >= 0)
		return 1;
	return result == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

int
pattern_find(const struct pattern *p, struct matcher *m, struct span text,
	bool final, size_t from, size_t to, struct pattern_hit *hit_r)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
	const PCRE2_SIZE *value = at + 2 * (size_t)p->value;
	int result;

	if (from >= to || to > text.len)
		return 0;
	pcre2_set_offset_limit(m->context, to - 1);
	result = run(p, m, text, from, final ? 0 : PCRE2_NOTEOL);
	pcre2_set_offset_limit(m->context, PCRE2_UNSET);
	/* \K can turn a match around. */
	if (result != 1 || at[0] > at[1])
		return result == -1 ? -1 : 0;
	*hit_r = (struct pattern_hit){.start = at[0],
		.end = at[1],
		.value_start = at[1],
		.value_end = at[1]};
	if (value[0] != PCRE2_UNSET && value[0] < value[1]) {
		hit_r->value_start = value[0];
		hit_r->value_end = value[1];
	}
	return 1;
}

int
pattern_follows(const struct pattern *p, struct matcher *m, struct span text,
	bool final, size_t at)
{
	return run(p, m, text, at, PCRE2_ANCHORED | (final ? 0 : PCRE2_NOTEOL));
}

int
pattern_precedes(
	const struct pattern *p, struct matcher *m, struct span text, size_t at)
{
	size_t from = at > PATTERN_BEHIND ? at - PATTERN_BEHIND : 0;

	while (from > 0 && ((unsigned char)text.data[from] & 0xc0) == 0x80)
		from--;
	return run(p, m, (struct span){text.data, at}, from,
		PCRE2_ENDANCHORED | PCRE2_NOTEOL);
}

int
pattern_is(const struct pattern *p, struct matcher *m, struct span text)
{
	return run(p, m, text, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}
