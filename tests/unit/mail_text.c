/* Own words and quotation, as mail programs write them. */
#include "mail/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
expect(const char *text, const char *own)
{
	struct buf new_text = BUF_INIT(10000), quoted = BUF_INIT(10000);

	reply_split(span_of(text), &new_text, &quoted);
	assert_string_equal(new_text.data, own);
	buf_release(&new_text);
	buf_release(&quoted);
}

static void
test_quotation(void **state)
{
	struct buf own = BUF_INIT(1000), quoted = BUF_INIT(1000);

	(void)state;
	expect("only words\n\n\nand more\n", "only words\n\n\nand more\n");
	expect("", "");
	expect("no line end", "no line end\n");
	reply_split(SPAN("yes\n\n> a?\n>> b\n\nno\n> c?\n"), &own, &quoted);
	assert_string_equal(own.data, "yes\n\nno\n");
	assert_string_equal(quoted.data, "> a?\n>> b\n> c?\n");
	buf_release(&own);
	buf_release(&quoted);
	/* Answers below, as on lists. */
	expect("On 21 Nov 2026, Jane <j@x.org> wrote:\n> question\n\nanswer\n",
		"answer\n");
	expect("> all of it\n> quoted\n", "");
}

/* Each stands above a quotation, marked or not. */
static const char *const attributions[] = {
	"On Sat, 21 Nov 2026 at 16:00, Jane Doe <jane@x.org> wrote:",
	"On Sat, 21 Nov 2026 at 16:00, Jane Doe\n<jane@x.org> wrote:",
	"On Nov 21, 2026,\nat 4:00 PM,\nJane Doe <jane@x.org>\nwrote:",
	"On 21.11.26 16:00, Jane Doe wrote:",
	"Am 21.11.26 um 16:00 schrieb Jane Doe:",
	"Am Sa., 21. Nov. 2026 um 16:00 Uhr schrieb Jane <jane@x.org>:",
	"Le sam. 21 nov. 2026 à 16:00, Jane Doe <jane@x.org> a écrit :",
	"El sáb, 21 nov 2026 a las 16:00, Jane (<jane@x.org>) escribió:",
	"21.11.2026 16:00, Jane Doe пишет:",
	"сб, 21 нояб. 2026 г. в 16:00, Jane Doe <jane@x.org>:",
	"Jane Doe <jane@x.org> 于2026年11月21日周六 16:00写道：",
	"在 2026-11-21 16:00:00，\"Jane\" <jane@x.org> 写道：",
	"2026年11月21日(土) 16:00 Jane Doe <jane@x.org>:",
	"* Jane Doe <jane@x.org> [2026-11-21 16:00]:",
	"Jane Doe <jane@x.org> writes on 2026-11-21:",
};

static void
test_attributions(void **state)
{
	struct buf text = BUF_INIT(1000);
	size_t i;

	(void)state;
	for (i = 0; i < countof(attributions); i++) {
		buf_clear(&text);
		buf_printf(&text, "my answer\n\n%s\n\n> a question\n",
			attributions[i]);
		expect(text.data, "my answer\n");
	}
	/* Those that name somebody and a date need no marks below them. */
	for (i = 0; i < 13; i++) {
		if (strchr(attributions[i], '@') == NULL)
			continue;
		buf_clear(&text);
		buf_printf(&text, "my answer\n\n%s\n\na question\n",
			attributions[i]);
		expect(text.data, "my answer\n");
	}
	buf_release(&text);
}

static void
test_separators(void **state)
{
	static const char *const lines[] = {"-----Original Message-----",
		"-----ORIGINAL MESSAGE-----", "----- Original Message -----",
		"-----Ursprüngliche Nachricht-----",
		"-------- Message d'origine --------",
		"-----Mensaje original-----",
		"------------------ 原始邮件 ------",
		"---------- Forwarded message ---------",
		"-------- Weitergeleitete Nachricht --------",
		"Begin forwarded message:",
		"---- On Sat, 21 Nov 2026 16:00:00 +0000 j@x.org wrote ----",
		"From: Jane <j@x.org>\nSent: Saturday\nTo: S\nSubject: x",
		"*From:* Jane\n*Sent:* Saturday\n*To:* S\n*Subject:* x",
		"Von: Jane\nGesendet: Samstag\nAn: S\nBetreff: x",
		"De : Jane\nEnvoyé : samedi\nÀ : S\nObjet : x",
		"De: Jane\nEnviado el: sábado\nPara: S\nAsunto: x",
		"От: Jane\nОтправлено: суббота\nКому: S\nТема: x",
		"发件人: Jane\n发送时间: 2026\n收件人: S\n主题: x",
		"发件人：Jane\n发送时间：2026\n收件人：S\n主题：x",
		"差出人: Jane\n送信日時: 2026\n宛先: S\n件名: x",
		"________________________________\n"
		"From: Jane\nSent: Saturday\nTo: S\nSubject: x"};
	struct buf text = BUF_INIT(1000);
	size_t i;

	(void)state;
	for (i = 0; i < countof(lines); i++) {
		buf_clear(&text);
		buf_printf(&text, "my answer\n\n%s\n\nold words\n", lines[i]);
		expect(text.data, "my answer\n");
	}
	buf_release(&text);
}

static void
test_signature(void **state)
{
	(void)state;
	expect("words\n-- \nJane\nPSIRT\n", "words\n");
	expect("words\n--\nJane\n", "words\n");
	expect("words\n-- \nJane\n\n> old\n\nmore words\n",
		"words\n\nmore words\n");
	expect("words\n\nSent from my iPhone\n", "words\n");
	expect("words\n\nSent from my phone, which is bad.\n",
		"words\n\nSent from my phone, which is bad.\n");
	expect("words -- more\n--- a/x.c\n+++ b/x.c\n----\n",
		"words -- more\n--- a/x.c\n+++ b/x.c\n----\n");
	/* Too long for a signature: two dashes in a text. */
	expect("a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n",
		"a\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n"
		"16\n");
}

/* What only looks like it. */
static void
test_own_words(void **state)
{
	static const char *const texts[] = {
		"On the other hand, it crashes.\nOn line 3 you wrote:\n\nx\n",
		"From: is a header field.\nIt comes from: the network.\n",
		"In 2026 we saw this:\n\nint main;\n",
		"Send mail to a@b.example, please:\n\nwords\n",
		"Subject: x\nTo: y\n",
		"----\ntext\n====\n",
		"The original message was lost.\n",
		"see the original message:\nno\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i + 1 < countof(texts); i++)
		expect(texts[i], texts[i]);
}

static void
flowed(const char *text, bool delsp, const char *joined)
{
	struct buf out = BUF_INIT(1000);

	flowed_join(span_of(text), delsp, &out);
	assert_string_equal(out.data, joined);
	buf_release(&out);
}

static void
test_flowed(void **state)
{
	(void)state;
	flowed("a \nb \nc\nd\n", false, "a b c\nd\n");
	flowed("a \nb\n", true, "ab\n");
	flowed("> a \n> b\n>> c \n> d\n", false, "> a b\n>> c \n> d\n");
	flowed(" >not quoted\n From here\n", false, ">not quoted\nFrom here\n");
	flowed("a \n-- \nme\n", false, "a \n-- \nme\n");
	flowed("a \r\nb\r\n", false, "a b\n");
	flowed("a ", false, "a \n");
	flowed("", false, "");
	flowed("\n \n", false, "\n\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quotation),
		cmocka_unit_test(test_attributions),
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_own_words),
		cmocka_unit_test(test_flowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
