#include "rules/normal.h"

#include <string.h>

#include "rules/cvss.h"
#include "rules/date.h"
#include "rules/range.h"
#include "rules/weakness.h"

#define YEAR_DIGITS 4
#define CVE_DIGITS_MIN 4
#define CVE_DIGITS_MAX 19
#define CWE_DIGITS_MAX 5

static const char *const names[] = {
	[NORMAL_TEXT] = "text",
	[NORMAL_EXACT] = "exact",
	[NORMAL_CVE] = "cve",
	[NORMAL_CWE] = "cwe",
	[NORMAL_CVSS] = "cvss",
	[NORMAL_RANGE] = "range",
	[NORMAL_GHSA] = "ghsa",
	[NORMAL_VU] = "vu",
	[NORMAL_LOWER] = "lower",
	[NORMAL_DATE] = "date",
	[NORMAL_WEAKNESS] = "weakness",
};
_Static_assert(countof(names) == NORMAL__COUNT, "a name for each form");

static const enum normal by_kind[] = {
	[HINT_PRODUCT] = NORMAL_TEXT,
	[HINT_COMPONENT] = NORMAL_TEXT,
	[HINT_AFFECTED] = NORMAL_RANGE,
	[HINT_FIXED] = NORMAL_RANGE,
	[HINT_CVE] = NORMAL_CVE,
	[HINT_CWE] = NORMAL_CWE,
	[HINT_WEAKNESS] = NORMAL_WEAKNESS,
	[HINT_CVSS] = NORMAL_CVSS,
	[HINT_CLASS] = NORMAL_TEXT,
	[HINT_GHSA] = NORMAL_GHSA,
	[HINT_VU] = NORMAL_VU,
	[HINT_CPE] = NORMAL_EXACT,
	[HINT_PURL] = NORMAL_EXACT,
	[HINT_RELATED] = NORMAL_CVE,
	[HINT_COMMIT] = NORMAL_LOWER,
	[HINT_FILE] = NORMAL_EXACT,
	[HINT_FUNCTION] = NORMAL_EXACT,
	[HINT_IMPACT] = NORMAL_LOWER,
	[HINT_EXPLOITED] = NORMAL_LOWER,
	[HINT_PUBLIC] = NORMAL_LOWER,
	[HINT_DISCLOSURE_DATE] = NORMAL_DATE,
	[HINT_CREDIT] = NORMAL_TEXT,
	[HINT_BOUNTY] = NORMAL_LOWER,
	[HINT_EVIDENCE_LINK] = NORMAL_EXACT,
	[HINT_IN_ATTACHMENT] = NORMAL_LOWER,
	[HINT_LANGUAGE] = NORMAL_EXACT,
	[HINT_OWNER] = NORMAL_TEXT,
	[HINT_UNSUPPORTED] = NORMAL_TEXT,
	[HINT_USED_IN] = NORMAL_TEXT,
	[HINT_ENVIRONMENT] = NORMAL_TEXT,
	[HINT_STEPS] = NORMAL_TEXT,
	[HINT_PROOF] = NORMAL_TEXT,
	[HINT_SCANNER] = NORMAL_TEXT,
	[HINT_FILLER] = NORMAL_TEXT,
	[HINT_HAS] = NORMAL_EXACT,
	[HINT_LACKS] = NORMAL_EXACT,
};
_Static_assert(countof(by_kind) == HINT__COUNT, "a form for each kind");

const char *
normal_name(enum normal n)
{
	return n < NORMAL__COUNT ? names[n] : "unknown";
}

enum normal
normal_of_kind(enum hint_kind kind)
{
	return by_kind[kind];
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cut off the next run of digits; what stands before it is passed over. */
static struct span
take_digits(struct span *rest)
{
	struct span run;
	size_t at = 0;

	while (at < rest->len && !is_digit(rest->data[at]))
		at++;
	run = (struct span){.data = rest->data + at};
	while (at < rest->len && is_digit(rest->data[at]))
		at++;
	run.len = (size_t)(rest->data + at - run.data);
	rest->data += at;
	rest->len -= at;
	return run;
}

/* Whatever hyphens, blanks or words stand between the two numbers. */
static void
print_cve(struct span words, struct buf *out)
{
	struct span year = take_digits(&words);
	struct span number = take_digits(&words);

	if (year.len != YEAR_DIGITS || number.len < CVE_DIGITS_MIN ||
		number.len > CVE_DIGITS_MAX)
		return;
	buf_puts(out, "CVE-");
	buf_span(out, year);
	buf_putc(out, '-');
	buf_span(out, number);
}

static void
print_cwe(struct span words, struct buf *out)
{
	struct span number = take_digits(&words);

	while (number.len > 0 && number.data[0] == '0') {
		number.data++;
		number.len--;
	}
	if (number.len == 0 || number.len > CWE_DIGITS_MAX)
		return;
	buf_puts(out, "CWE-");
	buf_span(out, number);
}

static void
print_cvss(struct span words, struct buf *out)
{
	struct cvss v;
	struct err e;

	/* A vector that is none has no normal form: that is all to say. */
	if (cvss_parse(words, &v, &e) == 0)
		cvss_print(&v, out);
}

static void
print_text(struct span words, struct buf *out)
{
	static const char around[] = " \t\n\"'`*_()[]<>,;:";

	while (words.len > 0 && strchr(around, words.data[0]) != NULL) {
		words.data++;
		words.len--;
	}
	while (words.len > 0 &&
		strchr(around, words.data[words.len - 1]) != NULL)
		words.len--;
	buf_span(out, words);
}

static void
print_exact(struct span words, struct buf *out)
{
	buf_span(out, words);
}

static void
print_lower(struct span words, struct buf *out)
{
	size_t from = out->len, i;

	print_text(words, out);
	for (i = from; i < out->len; i++)
		if (out->data[i] >= 'A' && out->data[i] <= 'Z')
			out->data[i] = (char)(out->data[i] - 'A' + 'a');
}

/* Its letters are lower case, whatever people make of them. */
static void
print_ghsa(struct span words, struct buf *out)
{
	size_t from = out->len;

	print_lower(words, out);
	if (out->len - from > 4)
		memcpy(out->data + from, "GHSA", 4);
}

static void
print_vu(struct span words, struct buf *out)
{
	struct span number = take_digits(&words);

	if (number.len == 0)
		return;
	buf_puts(out, "VU#");
	buf_span(out, number);
}

static void
print_range(struct span words, struct buf *out)
{
	(void)!range_normalize(words, out);
}

static void (*const printers[])(struct span words, struct buf *out) = {
	[NORMAL_TEXT] = print_text,
	[NORMAL_EXACT] = print_exact,
	[NORMAL_CVE] = print_cve,
	[NORMAL_CWE] = print_cwe,
	[NORMAL_CVSS] = print_cvss,
	[NORMAL_RANGE] = print_range,
	[NORMAL_GHSA] = print_ghsa,
	[NORMAL_VU] = print_vu,
	[NORMAL_LOWER] = print_lower,
	[NORMAL_DATE] = date_print,
	[NORMAL_WEAKNESS] = weakness_print,
};
_Static_assert(countof(printers) == NORMAL__COUNT, "a printer for each form");

void
normal_print(enum normal n, struct span words, struct buf *out)
{
	printers[n](words, out);
}
