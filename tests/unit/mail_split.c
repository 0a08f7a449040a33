/* Structure, header fields, and what Content-* fields say. */
#include "mail/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mail/field.h"
#include "mail/reading.h"

static struct arena *arena;
static struct limits hit;
static struct split s;
static struct span in;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	hit = (struct limits){.hit = {false}};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
split(const char *text)
{
	const struct split_limits limits = {20, 100, 65536};

	in = span_of(text);
	split_entity(arena, in, &limits, &hit, &s);
}

static const char *
body(size_t i)
{
	assert_true(i < s.count);
	return arena_dup(
		arena, in.data + s.entities[i].body_at, s.entities[i].body_len);
}

static const char *
whole(size_t i)
{
	return arena_dup(arena, in.data + s.entities[i].head_at,
		s.entities[i].end - s.entities[i].head_at);
}

static void
test_plain(void **state)
{
	(void)state;
	split("Subject: x\r\n\r\nbody\r\n");
	assert_int_equal(s.count, 1);
	assert_string_equal(body(0), "body\r\n");
	assert_int_equal(s.entities[0].head_len, 12);
	split("Subject: x\n\nbody\n");
	assert_string_equal(body(0), "body\n");
	split("no header at all\n");
	assert_string_equal(body(0), "no header at all\n");
	split("\nbody");
	assert_string_equal(body(0), "body");
	split("Subject: x\n folded\n \nstill: here\n\nbody");
	assert_string_equal(body(0), "body");
	/* Where the empty line is missing, or not empty. */
	split("Subject: x\nwords begin\n\nbody");
	assert_string_equal(body(0), "words begin\n\nbody");
	split(" \nbody");
	assert_string_equal(body(0), "body");
	split("From me Sat Nov 21 16:00:00 2026\nSubject: x\n\nbody");
	assert_string_equal(body(0), "body");
	assert_int_equal(s.entities[0].head_len, 11);
	split("Subject: only\n");
	assert_string_equal(body(0), "");
	/* A CR alone is a character. */
	split("Subject: x\rContent-Type: text/html\n\nb");
	assert_string_equal(s.entities[0].content.type, "text/plain");
}

#define MIXED "Content-Type: multipart/mixed; boundary=\"b\"\n\n"

static void
test_boundaries(void **state)
{
	(void)state;
	split(MIXED "preamble\n--b\n\none\n--b  \t\n\ntwo\n\n--b--\nepilogue\n"
		    "--b\n\nnot three\n");
	assert_int_equal(s.count, 3);
	assert_int_equal(s.entities[0].children, 2);
	assert_string_equal(body(1), "one");
	assert_string_equal(body(2), "two\n");
	/* Only a line of its own delimits, and only all of it. */
	split(MIXED "--b\n\n --b\n--bb\n--b-\nx--b\n-- b\n--B\n--b--");
	assert_int_equal(s.count, 2);
	assert_string_equal(body(1), " --b\n--bb\n--b-\nx--b\n-- b\n--B");
	/* CRLF belongs to the delimiter, LF as well. */
	split(MIXED "--b\r\n\r\none\r\n\r\n--b--\r\n");
	assert_string_equal(body(1), "one\r\n");
	/* Unterminated. */
	split(MIXED "--b\n\none\n");
	assert_string_equal(body(1), "one\n");
	/* Parts without a body, without a header, without anything. */
	split(MIXED "--b\nContent-Type: text/html\n--b\n--b\n\n--b--");
	assert_int_equal(s.count, 4);
	assert_string_equal(s.entities[1].content.type, "text/html");
	assert_string_equal(body(1), "");
	assert_string_equal(whole(1), "Content-Type: text/html");
	assert_string_equal(body(2), "");
	assert_string_equal(body(3), "");
	/* One at the very end is a last one, and the line end is optional. */
	split(MIXED "--b\n\none\n--b\n");
	assert_int_equal(s.count, 2);
	assert_string_equal(body(1), "one");
	split(MIXED "--b\n\none\n--b");
	assert_int_equal(s.count, 2);
	split(MIXED "--b\n\none\n--b\n\n");
	assert_int_equal(s.count, 3);
	/* No boundary, or no part. */
	split("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n");
	assert_int_equal(s.count, 1);
	split(MIXED "nothing here\n");
	assert_int_equal(s.count, 1);
	assert_int_equal(s.entities[0].children, 0);
	assert_false(s.entities[0].cut);
}

static void
test_nested(void **state)
{
	(void)state;
	/* A boundary that is the beginning of another. */
	split("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	      "Content-Type: multipart/mixed; boundary=ab\n\n"
	      "--ab\n\n1\n--ab\n\n2\n--ab--\n--a\n\n3\n--a--\n");
	assert_int_equal(s.count, 5);
	assert_int_equal(s.entities[2].parent, 1);
	assert_int_equal(s.entities[4].parent, 0);
	assert_int_equal(s.entities[4].depth, 1);
	assert_string_equal(body(4), "3");
	/* The outer delimiter ends what is open inside. */
	split("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	      "Content-Type: multipart/mixed; boundary=c\n\n"
	      "--c\n\n1\n--a\n\n2\n--c\n\nstill 2\n--a--\n");
	assert_int_equal(s.count, 4);
	assert_string_equal(body(3), "2\n--c\n\nstill 2");
	/* The same boundary twice: the inner one has it. */
	split("Content-Type: multipart/mixed; boundary=a\n\n--a\n"
	      "Content-Type: multipart/mixed; boundary=a\n\n"
	      "--a\n\n1\n--a--\n--a\n\n2\n--a--\n");
	assert_int_equal(s.count, 4);
	assert_int_equal(s.entities[3].parent, 0);
	/* A header that a delimiter ends: only then it is known as one. */
	split("Content-Type: multipart/mixed; boundary=a\n--a\n\n1\n--a--\n");
	assert_int_equal(s.count, 2);
	assert_string_equal(body(1), "1");
}

static void
test_message(void **state)
{
	(void)state;
	split("Content-Type: message/rfc822\n\nSubject: in\n\ninner\n");
	assert_int_equal(s.count, 2);
	assert_string_equal(body(0), "Subject: in\n\ninner\n");
	assert_string_equal(body(1), "inner\n");
	split("Content-Type: message/rfc822\n"
	      "Content-Transfer-Encoding: base64\n\nU3ViamVjdA==\n");
	assert_int_equal(s.count, 1);
	split("Content-Type: multipart/digest; boundary=b\n\n"
	      "--b\n\nSubject: 1\n\none\n--b\nContent-Type: text/html\n\n2\n"
	      "--b--\n");
	assert_int_equal(s.count, 4);
	assert_string_equal(s.entities[1].content.type, "message/rfc822");
	assert_string_equal(body(2), "one");
	assert_string_equal(s.entities[3].content.type, "text/html");
}

static void
test_fields(void **state)
{
	struct span head =
		SPAN("A: 1\r\nB :\r\n 2\r\n\t3\r\nno field\nC:4\n5:");
	struct buf b = BUF_INIT(100);
	struct field f;

	(void)state;
	assert_true(field_next(&head, &f));
	assert_true(span_is(f.name, "A"));
	assert_true(span_is(f.body, " 1"));
	assert_true(field_next(&head, &f));
	assert_true(span_is(f.name, "B"));
	field_unfold(f.body, &b);
	assert_string_equal(b.data, "2\t3");
	assert_true(field_next(&head, &f));
	assert_true(span_is(f.name, "C"));
	assert_true(field_next(&head, &f));
	assert_true(span_is(f.name, "5"));
	assert_int_equal(f.body.len, 0);
	assert_false(field_next(&head, &f));
	buf_clear(&b);
	field_unfold(SPAN(" a\0b\r\n \r\n c "), &b);
	assert_string_equal(b.data, "a b  c");
	assert_true(field_find(SPAN("X: 1\nx: 2\n"), "x", &f.body));
	assert_true(span_is(f.body, " 1"));
	assert_false(field_find(SPAN("X: 1\n"), "y", &f.body));
	buf_release(&b);
}

static void
test_cfws(void **state)
{
	struct span t = SPAN(" (a (b \\) ( ) c) d) \r\n (x)word(y");
	struct buf b = BUF_INIT(100);

	(void)state;
	skip_cfws(&t);
	assert_true(span_is(take_token(&t), "word"));
	skip_cfws(&t);
	assert_int_equal(t.len, 0);
	t = SPAN("\"a\\\"b\r\n c\"rest");
	assert_true(take_quoted(&t, &b));
	assert_string_equal(b.data, "a\"b c");
	assert_true(span_is(t, "rest"));
	assert_false(take_quoted(&t, &b));
	t = SPAN("\"never ends");
	assert_true(take_quoted(&t, &b));
	assert_int_equal(t.len, 0);
	buf_release(&b);
}

static struct content
content(const char *head)
{
	struct content c;

	content_read(arena, span_of(head), "text/plain", &hit, &c);
	return c;
}

static void
test_content(void **state)
{
	struct content c;

	(void)state;
	c = content("Content-Type: Text/HTML (a comment); Charset=\"UTF-8\" ;;"
		    "\r\n\tformat = flowed (x)\r\n"
		    "Content-Transfer-Encoding: (c)\r\n base64\r\n"
		    "Content-Disposition: ATTACHMENT; filename=\"a;b.c\"\r\n");
	assert_string_equal(c.type, "text/html");
	assert_string_equal(content_param(&c, "charset"), "UTF-8");
	assert_string_equal(content_param(&c, "format"), "flowed");
	assert_string_equal(content_param(&c, "none"), "");
	assert_int_equal(c.encoding, ENCODING_BASE64);
	assert_true(c.attachment);
	assert_string_equal(c.filename, "a;b.c");
	/* The first counts. */
	c = content("Content-Type: text/html; a=1; a=2\n"
		    "Content-Type: image/png\n");
	assert_string_equal(c.type, "text/html");
	assert_string_equal(content_param(&c, "a"), "1");
	/* What cannot be parsed is text. */
	assert_string_equal(content("Content-Type: text\n").type, "text/plain");
	assert_string_equal(content("Content-Type: /x\n").type, "text/plain");
	assert_string_equal(content("Content-Type:\n").type, "text/plain");
	/* Quotes left out where they are needed. */
	c = content("Content-Type: x/y; name=my file (1).txt; b==?=\n");
	assert_string_equal(c.filename, "my file (1).txt");
	assert_string_equal(content_param(&c, "b"), "=?=");
	/* A semicolon left out. */
	c = content("Content-Type: multipart/mixed\r\n\tboundary=\"x y\""
		    " charset = \"z\" noise foo = 1 bar=2\n");
	assert_string_equal(c.type, "multipart/mixed");
	assert_string_equal(content_param(&c, "boundary"), "x y");
	assert_string_equal(content_param(&c, "charset"), "z");
	assert_string_equal(content_param(&c, "foo"), "1 bar=2");
	c = content("Content-Disposition: ;\n filename=a.png\n");
	assert_string_equal(c.filename, "a.png");
	assert_false(c.attachment);
	c = content("Content-Disposition: inline\n");
	assert_true(c.is_inline);
	assert_false(c.attachment);
	/* A multipart has no encoding; an unknown one is none. */
	assert_int_equal(content("Content-Type: multipart/mixed\n"
				 "Content-Transfer-Encoding: base64\n")
				 .encoding,
		ENCODING_IDENTITY);
	assert_int_equal(content("Content-Transfer-Encoding: x-foo\n").encoding,
		ENCODING_IDENTITY);
	assert_int_equal(
		content("Content-Transfer-Encoding: X-UUENCODE\n").encoding,
		ENCODING_UUENCODE);
}

static void
test_rfc2231(void **state)
{
	static const struct {
		const char *params, *name;
	} cases[] = {
		{"name*=utf-8''%C3%A4.txt", "ä.txt"},
		{"name*=iso-8859-1'de'%E4.txt", "ä.txt"},
		{"name=plain; name*=utf-8''ext", "ext"},
		{"name*=utf-8''ext; name=plain", "ext"},
		{"name*0=a; name*1=b; name*2=\"c d\"", "abc d"},
		{"name*1=b; name*0=a", "ab"},
		{"name*0*=utf-8''%C3; name*1*=%A4; name*2=%41", "ä%41"},
		{"name*0=a; name*2=c", "a"},
		{"name*=%41%4", "A%4"},
		{"name*='%41", "'A"},
		{"name*=x''y", "y"},
		{"name*=", ""},
		{"name*0*=utf-8''a; name*0=b", "a"},
		{"name*9999=x; name=y", "y"},
		{"name*0=; name*1=", ""},
	};
	struct buf b = BUF_INIT(200);
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		buf_clear(&b);
		buf_printf(&b, "Content-Type: x/y; %s\n", cases[i].params);
		assert_string_equal(content(b.data).filename, cases[i].name);
	}
	buf_release(&b);
	assert_string_equal(
		content("Content-Type: x/y; name=a\n"
			"Content-Disposition: x; filename*0*=utf-8''b\n")
			.filename,
		"b");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_plain), T(test_boundaries),
		T(test_nested), T(test_message), T(test_fields), T(test_cfws),
		T(test_content), T(test_rfc2231)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
