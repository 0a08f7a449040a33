#include "rules/normal.h"

#include <string.h>

#include "rules/cvss.h"
#include "rules/range.h"

#define YEAR_DIGITS 4
#define CVE_DIGITS_MIN 4
#define CVE_DIGITS_MAX 19
#define CWE_DIGITS_MAX 5

static const char *const names[] = {
	[NORMAL_TEXT] = "text",
	[NORMAL_CVE] = "cve",
	[NORMAL_CWE] = "cwe",
	[NORMAL_CVSS] = "cvss",
	[NORMAL_RANGE] = "range",
};
_Static_assert(countof(names) == NORMAL__COUNT, "a name for each form");

static const enum normal by_kind[] = {
	[HINT_PRODUCT] = NORMAL_TEXT,
	[HINT_AFFECTED] = NORMAL_RANGE,
	[HINT_FIXED] = NORMAL_RANGE,
	[HINT_CVE] = NORMAL_CVE,
	[HINT_CWE] = NORMAL_CWE,
	[HINT_CVSS] = NORMAL_CVSS,
	[HINT_CLASS] = NORMAL_TEXT,
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

void
normal_print(enum normal n, struct span words, struct buf *out)
{
	switch (n) {
	case NORMAL_TEXT:
		print_text(words, out);
		break;
	case NORMAL_CVE:
		print_cve(words, out);
		break;
	case NORMAL_CWE:
		print_cwe(words, out);
		break;
	case NORMAL_CVSS:
		print_cvss(words, out);
		break;
	case NORMAL_RANGE:
		(void)!range_normalize(words, out);
		break;
	case NORMAL__COUNT:
		break;
	}
}
