/* What matters when a mail begins with a command: alternatives, forwarding. */
#include "mail_kit.h"

#include "mail/text.h"

#define ALTERNATIVE(PLAIN, HTML) \
	"Content-Type: multipart/alternative; boundary=b\n\n" \
	"--b\nContent-Type: text/plain; charset=utf-8\n\n" PLAIN \
	"\n--b\nContent-Type: text/html; charset=utf-8\n\n" HTML "\n--b--\n"

static void
read_it(struct kit *k, const char *text)
{
	struct buf bytes = BUF_INIT(65536);

	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_putc(&bytes, '\r');
		buf_putc(&bytes, *text);
	}
	while (k->count > 0)
		free((char *)k->sources[--k->count].bytes.data);
	kit_add(k, SOURCE_MESSAGE, 0, 0, buf_view(&bytes));
	mail_read(k->arena, k->sources, k->count, &k->options, NULL, &k->r);
	buf_release(&bytes);
}

static void
test_what_says_the_same(void **state)
{
	static const char *const mails[] = {
		ALTERNATIVE("/take\n", "<p>/take</p>"),
		/* Layout: wrapped, a link, marks for bold, a no-break space. */
		ALTERNATIVE("/to finder\n\nPlease *do* read\nthe page\n"
			    "<https://a.test/> now.\n",
			"<p>/to&nbsp;finder</p><p>Please <b>do</b> read the "
			"<a href=\"https://a.test/\">page</a> now.</p>"),
		/* The quotation of each is cut. */
		ALTERNATIVE("/take\n\nOn Monday, X wrote:\n> /close a\n",
			"<p>/take</p><div>On Monday, X wrote:<br>"
			"<blockquote>/close b</blockquote></div>"),
		"Content-Type: text/plain\n\n/take\n",
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(mails); i++) {
		read_it(k, mails[i]);
		assert_true(k->r.new_text[0] == '/');
		assert_string_equal(k->r.other_text, "");
	}
}

static void
test_what_does_not(void **state)
{
	static const struct {
		const char *mail, *other;
	} rows[] = {
		{ALTERNATIVE("/take\n", "<p>/close</p>"), "/close\n"},
		{ALTERNATIVE("/product a <1\n", "<p>/product a &gt;1</p>"),
			"/product a >1\n"},
		{ALTERNATIVE("/take\n", "<p>/take</p><p>/close x</p>"),
			"/take\n\n/close x\n"},
		{ALTERNATIVE(
			 "/to finder\n\nyes\n", "<p>/to finder</p><p>no</p>"),
			"/to finder\n\nno\n"},
		{ALTERNATIVE("/take\n", "<p></p>"), "/take\n"},
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		read_it(k, rows[i].mail);
		/* An empty alternative is none. */
		if (i + 1 < countof(rows))
			assert_string_equal(k->r.other_text, rows[i].other);
	}
}

/* What begins with no command is not looked at. */
static void
test_other_mails_are_left_alone(void **state)
{
	struct kit *k = *state;

	read_it(k, ALTERNATIVE("Hello\n", "<p>/take</p>"));
	assert_string_equal(k->r.other_text, "");
	read_it(k,
		"Content-Type: text/plain\n\nHello\n\n"
		"-------- Forwarded Message --------\n"
		"From: Sam <sam@finder.test>\n");
	assert_string_equal(k->r.forwarded_from, "");
}

static void
test_who_wrote_what_is_forwarded(void **state)
{
	static const struct {
		const char *mail, *author;
	} rows[] = {
		{"Content-Type: text/plain\n\n/new\n\n"
		 "-------- Forwarded Message --------\n"
		 "Subject: x\nFrom: Sam <Sam@Finder.TEST>\n\nIt leaks.\n",
			"Sam@finder.test"},
		{"Content-Type: text/plain; charset=utf-8\n\n/new\n\n"
		 "________________________________\n"
		 "发件人：Sam <sam@finder.test>\n发送时间: x\n收件人: y\n"
		 "主题: z\n\nIt leaks.\n",
			"sam@finder.test"},
		{"Content-Type: multipart/mixed; boundary=b\n\n"
		 "--b\nContent-Type: text/plain\n\n/new A hole\n"
		 "--b\nContent-Type: message/rfc822\n\n"
		 "From: Sam <sam@finder.test>\nSubject: x\n\nIt leaks.\n"
		 "--b--\n",
			"sam@finder.test"},
		{"Content-Type: text/plain\n\n/new\n\nIt leaks.\n", ""},
		{"Content-Type: text/plain\n\n/new\n\n"
		 "-------- Forwarded Message --------\nFrom: nobody\n",
			""},
	};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		read_it(k, rows[i].mail);
		assert_string_equal(k->r.forwarded_from, rows[i].author);
	}
}

#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(test_what_says_the_same),
		T(test_what_does_not), T(test_other_mails_are_left_alone),
		T(test_who_wrote_what_is_forwarded)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
