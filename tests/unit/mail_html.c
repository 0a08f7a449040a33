/* HTML to text. */
#include "mail/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct limits hit;

static void
expect(const char *html, const char *text)
{
	struct buf out = BUF_INIT(10000);

	hit = (struct limits){.hit = {false}};
	html_to_text(span_of(html), false, &hit, &out);
	assert_string_equal(out.data, text);
	buf_release(&out);
}

static void
test_blocks(void **state)
{
	(void)state;
	expect("a\n  b&nbsp;<b>c</b>d", "a b cd");
	expect("<p>a</p><p>b</p>", "a\n\nb");
	expect("a<br>b<br/><br>c", "a\nb\n\nc");
	expect("<div>a</div><div>b<div>c</div></div>d", "a\nb\nc\nd");
	expect("<h1>T</h1>x", "T\n\nx");
	expect("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc");
	expect("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>",
		"a b\nc");
	expect("x<pre>a\n  b\n\nc</pre>y", "x\n\na\n  b\n\nc\n\ny");
	expect("&lt;b&gt; &amp; &auml; &#x1f41b; &unknown;",
		"<b> & ä 🐛 &unknown;");
	expect("", "");
	expect("   ", "");
	expect("plain text", "plain text");
}

static void
test_unseen(void **state)
{
	(void)state;
	expect("<title>t</title><style>p{}</style><script>x<b>y</b></script>a",
		"a");
	expect("<!-- c -->a<!-- <p>b</p> -->", "a");
	expect("<template><p>x</p></template>a", "a");
	expect("a<textarea>x</textarea>b", "ab");
}

static void
test_hidden(void **state)
{
	static const char *const hiding[] = {"hidden", "style='display:none'",
		"style='color: red; DISPLAY : None;'",
		"style='visibility:hidden'", "style='font-size:0'",
		"style='font-size:0px'", "style='mso-hide:all'",
		"style='opacity:0'", "style='max-height:0;overflow:hidden'"};
	static const char *const showing[] = {"style='font-size:0.9em'",
		"style='opacity:0.5'", "style='display:block'", "class=hidden"};
	struct buf html = BUF_INIT(200);
	size_t i;

	(void)state;
	for (i = 0; i < countof(hiding); i++) {
		buf_clear(&html);
		buf_printf(&html, "<p>a</p><div %s>x<b>y</b>z</div><p>b</p>",
			hiding[i]);
		expect(html.data, "a\n\n" HTML_HIDDEN "\n\nb");
		/* Nothing was hidden. */
		buf_clear(&html);
		buf_printf(&html, "<p>a</p><div %s> </div><p>b</p>", hiding[i]);
		expect(html.data, "a\n\nb");
	}
	for (i = 0; i < countof(showing); i++) {
		buf_clear(&html);
		buf_printf(&html, "<p>a</p><div %s>x</div>", showing[i]);
		expect(html.data, "a\n\nx");
	}
	buf_release(&html);
}

static void
test_links(void **state)
{
	(void)state;
	expect("<a href='https://x.example/a'>here</a>.",
		"here <https://x.example/a>.");
	expect("<a href='https://x.example/'>https://x.example</a>",
		"https://x.example");
	expect("<a href='http://www.x.example'>x.example</a>", "x.example");
	expect("<a href='https://evil.example'>https://good.example</a>",
		"https://good.example <https://evil.example>");
	expect("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example");
	expect("<a href='#top'>up</a> <a href='javascript:x()'>run</a>",
		"up run");
	expect("<a href='https://x.example'><img src=y></a>z", "z");
	expect("<a name=x>y</a>", "y");
}

static void
test_quotation(void **state)
{
	(void)state;
	expect("a<blockquote>b<br>c<blockquote>d</blockquote>e</blockquote>f",
		"a\n\n> b\n> c\n>\n>> d\n>\n> e\n\nf");
	expect("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b");
}

static void
test_legacy(void **state)
{
	static const char html[] =
		"<div class='header-protection-legacy-display'>"
		"<pre>Subject: x</pre></div><p>a</p>";
	struct buf out = BUF_INIT(1000);

	(void)state;
	html_to_text(SPAN(html), true, &hit, &out);
	assert_string_equal(out.data, "a");
	buf_release(&out);
	expect(html, "Subject: x\n\na");
}

/* What is declared inside of the document must not make us open anything. */
static void
test_inert(void **state)
{
	(void)state;
	expect("<meta charset=iso-2022-jp>\xc3\xa4", "ä");
	expect("<meta http-equiv=content-type content='text/html; "
	       "charset=utf-16'>\xc3\xa4",
		"ä");
	expect("<!DOCTYPE x SYSTEM 'file:///etc/passwd' [<!ENTITY e SYSTEM "
	       "'file:///etc/passwd'>]>a&e;",
		"]>a&e;");
	expect("<?xml version='1.0' encoding='utf-7'?>a", "a");
}

static void
test_limits(void **state)
{
	struct buf html = BUF_INIT(1 << 20);
	int i;

	(void)state;
	buf_puts(&html, "seen");
	for (i = 0; i < 300; i++)
		buf_puts(&html, "<b>");
	buf_puts(&html, "unseen");
	expect(html.data, "seen");
	assert_true(hit.hit[LIMIT_HTML_DEPTH]);
	buf_clear(&html);
	buf_puts(&html, "seen<b ");
	for (i = 0; i < 2000; i++)
		buf_printf(&html, "a%d ", i);
	buf_puts(&html, ">unseen");
	expect(html.data, "seen");
	assert_true(hit.hit[LIMIT_HTML_DEPTH]);
	buf_release(&html);
	expect("<b>fine</b>", "fine");
	assert_false(hit.hit[LIMIT_HTML_DEPTH]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_quotation),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_inert),
		cmocka_unit_test(test_limits),
	};

	html_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
