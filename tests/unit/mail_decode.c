/* Charsets, encoded words, addresses, dates, transfer encodings. */
#include "mail/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mail/charset.h"
#include "mail/field.h"

static const struct {
	const char *charset;
	struct span bytes;
	const char *text;
} samples[] = {
	{"gb18030", {"\xc4\xe3\xba\xc3\x81\x30\x81\x30", 8}, "你好\xc2\x80"},
	{"GB2312", {"\xc2\xa9\xb6\xb4", 4}, "漏洞"},
	{"iso-2022-jp", {"\x1b$B@H<e@-\x1b(B", 12}, "脆弱性"},
	{"KOI8-R", {"\xf0\xd2\xc9\xd7\xc5\xd4", 6}, "Привет"},
	{"windows-1252", {"\x80\x93x\x94", 4}, "€“x”"},
	{"ISO-8859-1", {"\xe4\x80", 2}, "ä€"},
	{"ISO-8859-15", {"\xa4\xbd", 2}, "€œ"},
	{"Big5", {"\xba\x7c\xac\x7d", 4}, "漏洞"},
	{"Shift_JIS", {"\x90\xc6\x8e\xe3", 4}, "脆弱"},
	{"EUC-JP", {"\xc0\xc8\xbc\xe5", 4}, "脆弱"},
	{"EUC-KR", {"\xc3\xeb\xbe\xe0", 4}, "취약"},
	{"ks_c_5601-1987", {"\xc3\xeb\xbe\xe0", 4}, "취약"},
	{"iso-2022-kr", {"\x1b$)C\x0e\x43\x6b\x0f", 8}, "취"},
	{"UTF-7", {"a+AOQ-b", 7}, "aäb"},
	{"UTF-16", {"\xff\xfe\xe4\x00", 4}, "ä"},
	{"UTF-16BE", {"\x00\xe4", 2}, "ä"},
	{"utf-16le", {"\xe4\x00", 2}, "ä"},
	{"UTF-32", {"\xff\xfe\x00\x00\xe4\x00\x00\x00", 8}, "ä"},
	{"windows-1251", {"\xcf\xf0", 2}, "Пр"},
	{"tis-620", {"\xca\xc7", 2}, "สว"},
	{"utf8*en", {"\xc3\xa4", 2}, "ä"},
	{"us-ascii", {"\xe4", 1}, "ä"},
	{"", {"\xc3\xa4", 2}, "ä"},
	{"no such charset", {"\xe4", 1}, "ä"},
};

static bool
converts(size_t i)
{
	struct buf out = BUF_INIT(100);
	bool same;

	charset_to_utf8(span_of(samples[i].charset), samples[i].bytes, &out);
	same = strcmp(out.data, samples[i].text) == 0;
	buf_release(&out);
	return same;
}

static void
test_charsets(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < countof(samples); i++)
		if (!converts(i))
			fail_msg("%s", samples[i].charset);
}

/* In the reader nothing can be opened: no descriptor is left to open with. */
static void
test_charsets_without_files(void **state)
{
	const struct rlimit none = {0, 0};
	struct buf out = BUF_INIT(100);
	int status;
	size_t i;
	pid_t pid;

	(void)state;
	decode_open();
	if ((pid = fork()) == 0) {
		if (setrlimit(RLIMIT_NOFILE, &none) == -1)
			_exit(100);
		if (fopen("/etc/passwd", "r") != NULL)
			_exit(101);
		for (i = 0; i < countof(samples); i++)
			if (!converts(i))
				_exit((int)i + 1);
		decode_words(
			SPAN("=?gb2312?B?wqm2tA==?= =?x-no?Q?=E4?="), &out);
		_exit(strcmp(out.data, "漏洞ä") == 0 ? 0 : 102);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_charset_errors(void **state)
{
	struct buf out = BUF_INIT(100), small = BUF_INIT(10);

	(void)state;
	charset_to_utf8(SPAN("gb18030"),
		SPAN("a\xff\xff"
		     "b\x81"),
		&out);
	assert_string_equal(out.data,
		"a\xef\xbf\xbd\xef\xbf\xbd"
		"b\xef\xbf\xbd");
	buf_clear(&out);
	charset_to_utf8(SPAN("utf-16le"),
		SPAN("\x00\xdc"
		     "a\0"),
		&out);
	assert_string_equal(out.data,
		"\xef\xbf\xbd"
		"a");
	/* A slip does not make windows-1252 of a text in UTF-8. */
	buf_clear(&out);
	charset_to_utf8(SPAN("utf-8"), SPAN("\xc3\xa4\xc3\xa4\xc3"), &out);
	assert_int_equal(out.len, 5);
	charset_to_utf8(
		SPAN("koi8-r"), SPAN("\xf0\xf0\xf0\xf0\xf0\xf0"), &small);
	assert_true(small.failed);
	assert_true(charset_known(SPAN("ISO_8859-1")));
	assert_false(charset_known(SPAN("klingon")));
	assert_false(charset_known(SPAN("")));
	assert_false(charset_known(
		SPAN("a-name-that-is-longer-than-any-charset-has")));
	buf_release(&out);
	buf_release(&small);
}

static void
test_words(void **state)
{
	static const struct {
		const char *raw, *text;
	} cases[] = {
		{" plain  words ", "plain  words"},
		{"=?utf-8?Q?a_=C3=A4?=", "a ä"},
		{"=?UTF-8?B?w6Q=?= =?utf-8?q?=C3=A4?=", "ää"},
		{"=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=A4?=", "ä"},
		{"Re: =?iso-8859-1?Q?F=FCr?= you", "Re: Für you"},
		{"=?gb18030?B?xOO6ww==?=", "你好"},
		{"=?ISO-2022-JP?B?GyRCQEg8ZUAtGyhC?=", "脆弱性"},
		{"=?x-unknown?Q?=E4?=", "ä"},
		{"=?utf-8?Q?=E4?=", "ä"},
		{"raw \xc3\xa4", "raw ä"},
		{"raw \xe4", "raw ä"},
		{"=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"=?utf-8?Q?open", "open"},
		{"=?", "=?"},
		{"a\0b", "a"},
		{"", ""},
	};
	struct buf out = BUF_INIT(1000);
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		buf_clear(&out);
		decode_words(span_of(cases[i].raw), &out);
		assert_string_equal(out.data, cases[i].text);
	}
	buf_release(&out);
}

/* "name <address>" of each mailbox, with bars between. */
static void
expect_addresses(const char *raw, const char *expected)
{
	struct arena *a = arena_new();
	struct address_list l = {.count = 0};
	struct buf out = BUF_INIT(1000);
	size_t i;

	assert_true(decode_addresses(a, span_of(raw), 10, &l));
	for (i = 0; i < l.count; i++)
		buf_printf(&out, "%s%s <%s>", i > 0 ? "|" : "",
			l.address[i].name, l.address[i].address);
	assert_string_equal(out.data, expected);
	buf_release(&out);
	arena_free(&a);
}

static void
test_addresses(void **state)
{
	(void)state;
	expect_addresses("a@Example.ORG", " <a@example.org>");
	expect_addresses("\"Doe, Jane\" <j@x.org>, B <b@y.org>",
		"Doe, Jane <j@x.org>|B <b@y.org>");
	expect_addresses("=?utf-8?Q?J=C3=A4ne?= <j@x.org>", "Jäne <j@x.org>");
	expect_addresses("J\xc3\xa4ne <j@x.org>", "Jäne <j@x.org>");
	expect_addresses("Team: a@x.org, B <b@x.org>;, c@x.org",
		" <a@x.org>|B <b@x.org>| <c@x.org>");
	expect_addresses("undisclosed-recipients:;", "");
	expect_addresses("", "");
	/* No address that we would write to. */
	expect_addresses("\"odd one\"@x.org", " <>");
	expect_addresses("Evil =?utf-8?Q?=0D=0ABcc:_x?= <e@x.org>",
		"Evil  Bcc: x <e@x.org>");
	/* What libetpan refuses. */
	expect_addresses("John Q. Public <j@x.org>, @@@, k@x.org (K)",
		"John Q. Public <j@x.org>| <>| <k@x.org>");
	expect_addresses("<<j@x.org>>", "< <j@x.org>");
	expect_addresses("<j@x.org", " <>");
	expect_addresses("no address here", " <>");
}

/* More comments than libetpan may see: our own way. */
static void
test_addresses_by_hand(void **state)
{
	static const struct {
		const char *raw, *expected;
	} cases[] = {
		{"\"Doe, \\\"J\" <a@x.org>; b@x.org (B), C <c@x.org>",
			"Doe, \\\"J <a@x.org>| <b@x.org>|C <c@x.org>"},
		{"=?utf-8?Q?=C3=A4?= <a@x.org>, <b@x.org",
			"ä <a@x.org>| <b@x.org>"},
		{"nobody, (c) d@x.org e, \"odd one\"@x.org, <>",
			" <d@x.org>| <>"},
		{"a\\", ""},
	};
	struct buf raw = BUF_INIT(1000);
	size_t i, k;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		buf_clear(&raw);
		for (k = 0; k <= DECODE_COMMENTS_MAX; k++)
			buf_puts(&raw, "()");
		buf_printf(&raw, ",%s", cases[i].raw);
		expect_addresses(raw.data, cases[i].expected);
	}
	buf_release(&raw);
}

static void
test_address_limit(void **state)
{
	struct arena *a = arena_new();
	struct address_list l = {.count = 0};

	(void)state;
	assert_true(decode_addresses(a, SPAN("a@x.org, b@x.org"), 3, &l));
	assert_int_equal(l.count, 2);
	assert_false(decode_addresses(a, SPAN("c@x.org, d@x.org"), 3, &l));
	assert_int_equal(l.count, 3);
	assert_string_equal(l.address[2].address, "c@x.org");
	assert_false(decode_addresses(a, SPAN("e@x.org"), 3, &l));
	arena_free(&a);
}

static void
test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{"Sat, 21 Nov 2026 16:00:00 +0000", 1795276800},
		{"Sat, 21 Nov 2026 17:30:00 +0130 (CET)", 1795276800},
		{"21 Nov 2026 08:00:00 -0800", 1795276800},
		{"Sat, 21 Nov 26 16:00 GMT", 1795276800},
		{"Sun, 31 Dec 2016 23:59:60 +0000", 1483228799},
		{"Thu, 30 Feb 2026 25:00:00 +0000", 0},
		{"Sat, 32 Nov 2026 16:00:00 +0000", 0},
		{"Sat, 21 Nov 99999 16:00:00 +0000", 0},
		{"Thu, 01 Jan 1970 00:00:00 +2300", 0},
		{"soon", 0},
		{"", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++)
		assert_int_equal(decode_date(span_of(cases[i].text)) / 1000000,
			cases[i].seconds);
}

static void
expect_decoded(int encoding, struct span in, struct span expected)
{
	struct buf out = BUF_INIT(1000);
	const struct sink sink = {sink_to_buf, &out};

	assert_true(transfer_decode(in, encoding, &sink));
	assert_int_equal(out.len, expected.len);
	assert_memory_equal(out.data, expected.data, expected.len);
	buf_release(&out);
}

static void
test_transfer(void **state)
{
	const int base64 = ENCODING_BASE64, uu = ENCODING_UUENCODE,
		  qp = ENCODING_QUOTED_PRINTABLE;

	(void)state;
	expect_decoded(ENCODING_IDENTITY, SPAN("a\0b"), SPAN("a\0b"));
	expect_decoded(base64, SPAN("QUJD\r\nREVG"), SPAN("ABCDEF"));
	expect_decoded(base64, SPAN("QUJDRA=="), SPAN("ABCD"));
	expect_decoded(base64, SPAN("QUJDRA"), SPAN("ABCD"));
	expect_decoded(base64, SPAN("QUJDRA==\r\n\r\nfooter"), SPAN("ABCD"));
	expect_decoded(base64,
		SPAN("Q!U-J\xff"
		     "D"),
		SPAN("ABC"));
	expect_decoded(base64, SPAN("="), SPAN(""));
	expect_decoded(qp, SPAN("a=3Db=\r\nc=20\r\n"), SPAN("a=bc \r\n"));
	expect_decoded(qp, SPAN("soft=  \r\nbreak=\nb"), SPAN("softbreakb"));
	expect_decoded(qp, SPAN("x=y&a=b?=ZZ=="), SPAN("x=y&a=b?=ZZ="));
	expect_decoded(qp, SPAN("=3"), SPAN("=3"));
	expect_decoded(qp, SPAN("a="), SPAN("a"));
	expect_decoded(qp, SPAN("=c3=A4=00"), SPAN("\xc3\xa4\0"));
	/* Line ends are what they were. */
	expect_decoded(qp, SPAN("a\nb\r\nc\rd\n\r\n\n\r"),
		SPAN("a\nb\r\nc\rd\n\r\n\n\r"));
	expect_decoded(qp, SPAN("=41\n=41=\n=0A\n"), SPAN("A\nA\n\n"));
	expect_decoded(
		uu, SPAN("hi\nbegin 644 x\n#04)#\n`\nend\nx\n"), SPAN("ABC"));
	expect_decoded(uu, SPAN("begin 644 x\n%04)#1$4\n"), SPAN("ABCDE"));
	expect_decoded(uu, SPAN("begin 644 x\nM"),
		SPAN("\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0"));
	expect_decoded(uu, SPAN("no begin\n"), SPAN(""));
}

/* A whole that is larger than the pieces, cut anywhere. */
static void
test_pieces(void **state)
{
	struct buf in = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	const struct sink sink = {sink_to_buf, &out};
	size_t shift, i;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		buf_clear(&in);
		buf_clear(&out);
		buf_add(&in, "xxxx", shift);
		for (i = 0; i < 50000; i++)
			buf_puts(&in, "=41=\r\n");
		transfer_decode(
			buf_view(&in), ENCODING_QUOTED_PRINTABLE, &sink);
		assert_int_equal(out.len, 50000 + shift);
		buf_clear(&in);
		buf_clear(&out);
		for (i = 0; i < 50000 + shift; i++)
			buf_puts(&in, "=41");
		transfer_decode(
			buf_view(&in), ENCODING_QUOTED_PRINTABLE, &sink);
		assert_int_equal(out.len, 50000 + shift);
		assert_int_equal(strspn(out.data, "A"), out.len);
		buf_clear(&in);
		buf_clear(&out);
		for (i = 0; i < 50000 + shift; i++)
			buf_puts(&in, "QUFB\n");
		transfer_decode(buf_view(&in), ENCODING_BASE64, &sink);
		assert_int_equal(out.len, 3 * (50000 + shift));
		assert_int_equal(strspn(out.data, "A"), out.len);
	}
	/* A sink that is full stops the work. */
	out.max = 100;
	for (i = ENCODING_IDENTITY; i <= ENCODING_QUOTED_PRINTABLE; i++) {
		buf_clear(&out);
		assert_false(transfer_decode(buf_view(&in), (int)i, &sink));
		assert_int_equal(out.len, 100);
		assert_false(out.failed);
	}
	out.max = 0;
	buf_clear(&out);
	assert_false(
		transfer_decode(SPAN("==="), ENCODING_QUOTED_PRINTABLE, &sink));
	assert_false(transfer_decode(
		SPAN("begin 6 x\n#04)#\n"), ENCODING_UUENCODE, &sink));
	buf_release(&in);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_charsets_without_files),
		cmocka_unit_test(test_charset_errors),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_addresses_by_hand),
		cmocka_unit_test(test_address_limit),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
