#include "rules/version.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"

static const char *const scheme_names[] = {
	[VERSION_GENERIC] = "generic",
	[VERSION_SEMVER] = "semver",
	[VERSION_DEB] = "deb",
	[VERSION_RPM] = "rpm",
};
_Static_assert(countof(scheme_names) == VERSION__COUNT, "a name for each");

const char *
version_scheme_name(enum version_scheme scheme)
{
	return scheme < VERSION__COUNT ? scheme_names[scheme] : "unknown";
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
sign(int64_t n)
{
	return (n > 0) - (n < 0);
}

/* Cut off the first LEN bytes. */
static struct span
take(struct span *rest, size_t len)
{
	struct span head = {rest->data, len};

	rest->data += len;
	rest->len -= len;
	return head;
}

static struct span
take_digits(struct span *rest)
{
	size_t len = 0;

	while (len < rest->len && is_digit(rest->data[len]))
		len++;
	return take(rest, len);
}

static struct span
take_letters(struct span *rest)
{
	size_t len = 0;

	while (len < rest->len && is_letter(rest->data[len]))
		len++;
	return take(rest, len);
}

/* Runs of digits of any length, as numbers. */
static int
compare_digits(struct span a, struct span b)
{
	while (a.len > 0 && a.data[0] == '0')
		take(&a, 1);
	while (b.len > 0 && b.data[0] == '0')
		take(&b, 1);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len > 0 ? sign(memcmp(a.data, b.data, a.len)) : 0;
}

static int
compare_bytes(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return order != 0 ? sign(order) : sign((int64_t)a.len - (int64_t)b.len);
}

static int
compare_letters(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? strncasecmp(a.data, b.data, len) : 0;

	return order != 0 ? sign(order) : sign((int64_t)a.len - (int64_t)b.len);
}

/* The number before the first colon; empty when there is none. */
static struct span
take_epoch(struct span *v)
{
	struct span rest = *v, epoch = take_digits(&rest);

	if (epoch.len == 0 || rest.len == 0 || rest.data[0] != ':')
		return (struct span){v->data, 0};
	take(&rest, 1);
	*v = rest;
	return epoch;
}

/* --- generic --- */

/* Parts of a version in the order in which they sort at one place. */
enum part_rank {
	PART_BEFORE, /* of a pre-release */
	PART_NOTHING, /* the end, and 0 */
	PART_AFTER, /* letters: 1.0.2k */
	PART_NUMBER
};

struct part {
	enum part_rank rank;
	int stage; /* among PART_BEFORE, its place in the table below */
	struct span text;
};

/* What stands in front of a release, the earliest first. */
static const struct {
	const char *word, *letter; /* the letter only with a number behind it */
} stages[] = {
	{"dev", NULL},
	{"snapshot", NULL},
	{"nightly", NULL},
	{"alpha", "a"},
	{"beta", "b"},
	{"milestone", "m"},
	{"preview", NULL},
	{"pre", NULL},
	{"rc", "c"},
	{"cr", NULL},
};

static int
stage_of(struct span word, struct span rest)
{
	/* 1.0a1 is an alpha, 1.0.2a is a letter. */
	bool counted = rest.len > 0 && is_digit(rest.data[0]);
	size_t i;

	for (i = 0; i < countof(stages); i++)
		if (span_is_nocase(word, stages[i].word) ||
			(counted && stages[i].letter != NULL &&
				span_is_nocase(word, stages[i].letter)))
			return (int)i;
	return -1;
}

static bool
is_release_word(struct span word)
{
	return span_is_nocase(word, "final") || span_is_nocase(word, "ga") ||
		span_is_nocase(word, "release");
}

static struct part
take_part(struct span *rest)
{
	struct part p = {.rank = PART_NOTHING, .stage = -1};

	while (rest->len > 0 && !is_digit(rest->data[0]) &&
		!is_letter(rest->data[0])) {
		if (rest->data[0] == '~' || rest->data[0] == '+') {
			p.rank =
				rest->data[0] == '~' ? PART_BEFORE : PART_AFTER;
			p.text = (struct span){take(rest, 1).data, 0};
			return p;
		}
		take(rest, 1);
	}
	if (rest->len == 0)
		return p;
	if (is_digit(rest->data[0])) {
		p.text = take_digits(rest);
		if (compare_digits(p.text, SPAN("0")) != 0)
			p.rank = PART_NUMBER;
		return p;
	}
	p.text = take_letters(rest);
	p.stage = stage_of(p.text, *rest);
	if (p.stage != -1)
		p.rank = PART_BEFORE;
	else if (!is_release_word(p.text))
		p.rank = PART_AFTER;
	return p;
}

static int
compare_parts(const struct part *a, const struct part *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rank == PART_BEFORE && a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	if (a->rank == PART_NUMBER)
		return compare_digits(a->text, b->text);
	return a->rank == PART_AFTER ? compare_letters(a->text, b->text) : 0;
}

static void
skip_v(struct span *v)
{
	if (v->len > 1 && (v->data[0] == 'v' || v->data[0] == 'V') &&
		is_digit(v->data[1]))
		take(v, 1);
}

static int
compare_generic(struct span a, struct span b)
{
	struct part left, right;
	int order;

	skip_v(&a);
	skip_v(&b);
	order = compare_digits(take_epoch(&a), take_epoch(&b));
	while (order == 0 && (a.len > 0 || b.len > 0)) {
		left = take_part(&a);
		right = take_part(&b);
		order = compare_parts(&left, &right);
	}
	return order;
}

/* --- semver --- */

static struct span
take_until(struct span *rest, char end)
{
	const char *at =
		rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
	struct span head;

	if (at == NULL)
		return take(rest, rest->len);
	head = take(rest, (size_t)(at - rest->data));
	take(rest, 1);
	return head;
}

static bool
is_number(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_digit(s.data[i]))
			return false;
	return s.len > 0;
}

/* Numbers come before words. */
static int
compare_identifiers(struct span a, struct span b)
{
	if (is_number(a) && is_number(b))
		return compare_digits(a, b);
	if (is_number(a) != is_number(b))
		return is_number(a) ? -1 : 1;
	return compare_bytes(a, b);
}

static int
compare_semver(struct span a, struct span b)
{
	struct span a_pre, b_pre, a_core, b_core;
	int order = 0;

	skip_v(&a);
	skip_v(&b);
	/* The build metadata has no part in it. */
	a_pre = take_until(&a, '+');
	b_pre = take_until(&b, '+');
	a_core = take_until(&a_pre, '-');
	b_core = take_until(&b_pre, '-');
	while (order == 0 && (a_core.len > 0 || b_core.len > 0))
		order = compare_digits(
			take_until(&a_core, '.'), take_until(&b_core, '.'));
	if (order != 0)
		return order;
	if (a_pre.len == 0 || b_pre.len == 0)
		return (a_pre.len == 0) - (b_pre.len == 0);
	while (order == 0 && a_pre.len > 0 && b_pre.len > 0)
		order = compare_identifiers(
			take_until(&a_pre, '.'), take_until(&b_pre, '.'));
	if (order == 0)
		order = (a_pre.len > 0) - (b_pre.len > 0);
	return order;
}

/* --- Debian --- */

/* ~ before the end, the end before letters, letters before the rest. */
static int
debian_weight(struct span s, size_t at)
{
	unsigned char c;

	if (at >= s.len || is_digit(s.data[at]))
		return 0;
	c = (unsigned char)s.data[at];
	if (c == '~')
		return -1;
	return is_letter((char)c) ? c : c + 256;
}

static int
compare_debian_part(struct span a, struct span b)
{
	int order = 0;
	size_t i;

	while (order == 0 && (a.len > 0 || b.len > 0)) {
		for (i = 0; order == 0 &&
			(debian_weight(a, i) != 0 || debian_weight(b, i) != 0);
			i++)
			order = debian_weight(a, i) - debian_weight(b, i);
		take(&a, i < a.len ? i : a.len);
		take(&b, i < b.len ? i : b.len);
		if (order == 0)
			order = compare_digits(
				take_digits(&a), take_digits(&b));
	}
	return sign(order);
}

/* Cut off what stands behind the last hyphen. */
static struct span
take_revision(struct span *v)
{
	const char *at = v->len > 0 ? memrchr(v->data, '-', v->len) : NULL;
	struct span revision = {v->data + v->len, 0};

	if (at != NULL) {
		revision.data = at + 1;
		revision.len = (size_t)(v->data + v->len - at) - 1;
		v->len = (size_t)(at - v->data);
	}
	return revision;
}

static int
compare_debian(struct span a, struct span b)
{
	int order = compare_digits(take_epoch(&a), take_epoch(&b));
	struct span a_revision = take_revision(&a);
	struct span b_revision = take_revision(&b);

	if (order == 0)
		order = compare_debian_part(a, b);
	if (order == 0)
		order = compare_debian_part(a_revision, b_revision);
	return order;
}

/* --- RPM --- */

static void
skip_separators(struct span *v)
{
	while (v->len > 0 && !is_digit(v->data[0]) && !is_letter(v->data[0]) &&
		v->data[0] != '~' && v->data[0] != '^')
		take(v, 1);
}

static bool
begins_with(struct span v, char c)
{
	return v.len > 0 && v.data[0] == c;
}

/* ~ before the end, ^ right after it.  2: both have the same, go on. */
static int
compare_rpm_marks(struct span *a, struct span *b)
{
	bool left, right;

	left = begins_with(*a, '~');
	right = begins_with(*b, '~');
	if (left != right)
		return left ? -1 : 1;
	if (!left) {
		left = begins_with(*a, '^');
		right = begins_with(*b, '^');
		if (left && !right)
			return b->len == 0 ? 1 : -1;
		if (right && !left)
			return a->len == 0 ? -1 : 1;
	}
	if (!left)
		return 0;
	take(a, 1);
	take(b, 1);
	return 2;
}

static int
compare_rpm_part(struct span a, struct span b)
{
	int order;

	while (a.len > 0 || b.len > 0) {
		skip_separators(&a);
		skip_separators(&b);
		order = compare_rpm_marks(&a, &b);
		if (order == 2)
			continue;
		if (order != 0)
			return order;
		if (a.len == 0 || b.len == 0)
			break;
		/* A number is newer than letters. */
		if (is_digit(a.data[0]) != is_digit(b.data[0]))
			return is_digit(a.data[0]) ? 1 : -1;
		order = is_digit(a.data[0])
			? compare_digits(take_digits(&a), take_digits(&b))
			: compare_bytes(take_letters(&a), take_letters(&b));
		if (order != 0)
			return order;
	}
	return (a.len > 0) - (b.len > 0);
}

static int
compare_rpm(struct span a, struct span b)
{
	int order = compare_digits(take_epoch(&a), take_epoch(&b));
	struct span a_release = take_revision(&a);
	struct span b_release = take_revision(&b);

	if (order == 0)
		order = compare_rpm_part(a, b);
	if (order == 0)
		order = compare_rpm_part(a_release, b_release);
	return order;
}

static int (*const orders[])(struct span a, struct span b) = {
	[VERSION_GENERIC] = compare_generic,
	[VERSION_SEMVER] = compare_semver,
	[VERSION_DEB] = compare_debian,
	[VERSION_RPM] = compare_rpm,
};
_Static_assert(countof(orders) == VERSION__COUNT, "an order for each scheme");

int
version_compare(enum version_scheme scheme, struct span a, struct span b)
{
	return orders[scheme](a, b);
}

/* WORD in V, and a digit behind it. */
static bool
has_mark(struct span v, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i + len < v.len; i++)
		if (memcmp(v.data + i, word, len) == 0 &&
			is_digit(v.data[i + len]))
			return true;
	return false;
}

enum version_scheme
version_scheme_of(struct span v)
{
	static const struct {
		const char *word;
		enum version_scheme scheme;
	} marks[] = {
		{"+deb", VERSION_DEB},
		{"~deb", VERSION_DEB},
		{"~bpo", VERSION_DEB},
		{"ubuntu", VERSION_DEB},
		{".el", VERSION_RPM},
		{".fc", VERSION_RPM},
		{".amzn", VERSION_RPM},
		{".mga", VERSION_RPM},
	};
	size_t i;

	for (i = 0; i < countof(marks); i++)
		if (has_mark(v, marks[i].word))
			return marks[i].scheme;
	return VERSION_GENERIC;
}
