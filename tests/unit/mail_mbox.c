/* Files of one or many mails: where each begins and ends, and its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/mbox.h"

#define FAYE "From faye@finder.test Sat Nov 21 16:00:00 2026\n"
#define SAM "From sam@finder.test  Sun Nov 22 16:00:00 +0000 2026\n"

/* What came out: "[" bytes "]" for each mail. */
static int
on_begin(void *arg)
{
	buf_puts(arg, "[");
	return 0;
}

static int
on_data(void *arg, const char *data, size_t len)
{
	buf_add(arg, data, len);
	return 0;
}

static int
on_end(void *arg)
{
	buf_puts(arg, "]");
	return 0;
}

static const struct mbox_events events = {on_begin, on_data, on_end};

static void
split(const char *file, size_t len, size_t chunk, struct buf *out, bool *mbox_r)
{
	struct mbox *m = mbox_new(&events, out);
	size_t at, n;

	buf_cut(out, 0);
	for (at = 0; at < len; at += n) {
		n = len - at < chunk ? len - at : chunk;
		assert_int_equal(mbox_feed(m, file + at, n), 0);
	}
	assert_int_equal(mbox_finish(m), 0);
	*mbox_r = mbox_is_mbox(m);
	mbox_free(&m);
}

/* However it is cut into pieces. */
static void
assert_split(const char *file, const char *wanted, bool mbox_wanted)
{
	static const size_t chunks[] = {1, 2, 3, 7, 4096};
	struct buf out = BUF_INIT(1 << 16);
	bool mbox;
	size_t i;

	for (i = 0; i < countof(chunks); i++) {
		split(file, strlen(file), chunks[i], &out, &mbox);
		assert_string_equal(out.data != NULL ? out.data : "", wanted);
		assert_int_equal(mbox, mbox_wanted);
	}
	buf_release(&out);
}

static void
test_one_mail_is_itself(void **state)
{
	(void)state;
	assert_split("Subject: a\n\nb\n", "[Subject: a\r\n\r\nb\r\n]", false);
	assert_split("Subject: a\r\n\r\nb", "[Subject: a\r\n\r\nb\r\n]", false);
	/* Nothing of it is the file's. */
	assert_split("Status: a\n\n>From b\n\n" FAYE "\n\n",
		"[Status: a\r\n\r\n>From b\r\n\r\n"
		"From faye@finder.test Sat Nov 21 16:00:00 2026\r\n\r\n\r\n]",
		false);
	assert_split("", "", false);
}

static void
test_mails_of_an_mbox(void **state)
{
	(void)state;
	assert_split(FAYE "A: 1\n\none\n\n" SAM "A: 2\n\ntwo\n\n",
		"[A: 1\r\n\r\none\r\n][A: 2\r\n\r\ntwo\r\n]", true);
	assert_split(
		"From a Sat Nov 21 16:00:00 2026\r\nA: 1\r\n\r\none\r\n\r\n"
		"From b Sat Nov 21 16:00 2026\r\nA: 2\r\n\r\n\r\n",
		"[A: 1\r\n\r\none\r\n][A: 2\r\n\r\n]", true);
	/* Without a last line end. */
	assert_split(FAYE "A: 1\n\none", "[A: 1\r\n\r\none\r\n]", true);
	/* Empty lines of the mail stay. */
	assert_split(FAYE "A: 1\n\n\n\none\n\n\n\n" SAM "A: 2\n\n",
		"[A: 1\r\n\r\n\r\n\r\none\r\n\r\n\r\n][A: 2\r\n]", true);
	/* Mails of nothing. */
	assert_split(FAYE "\n" SAM, "[][]", true);
}

static void
test_text_that_looks_like_a_separator(void **state)
{
	(void)state;
	/* Not behind an empty line; no time, no year. */
	assert_split(FAYE "A: 1\n\none\n" SAM "\nFrom here on it crashes\n"
			  "\nFrom 10:20 on, too\n\nFrom the year 2026\n",
		"[A: 1\r\n\r\none\r\n"
		"From sam@finder.test  Sun Nov 22 16:00:00 +0000 2026\r\n"
		"\r\nFrom here on it crashes\r\n\r\nFrom 10:20 on, too\r\n"
		"\r\nFrom the year 2026\r\n]",
		true);
}

static void
test_quotes_are_taken_off(void **state)
{
	(void)state;
	assert_split(FAYE "A: 1\n\n>From me\n>>From you\n> From him\n>>\n"
			  "a >From b\n",
		"[A: 1\r\n\r\nFrom me\r\n>From you\r\n> From him\r\n>>\r\n"
		"a >From b\r\n]",
		true);
}

static void
test_notes_of_mail_readers_are_left_out(void **state)
{
	(void)state;
	assert_split(FAYE "A: 1\nStatus: RO\nX-Keywords: a\n b\n\tc\nB: 2\n d\n"
			  "x-uid: 7\nX-Status-Page: 8\n\nStatus: 9\n",
		"[A: 1\r\nB: 2\r\n d\r\nX-Status-Page: 8\r\n\r\nStatus: 9\r\n]",
		true);
	/* That of one mail are no business of the next. */
	assert_split(FAYE "Status: RO\n\n" SAM "A: 2\n", "[][A: 2\r\n]", true);
}

/* Lines of any length, and bytes that are no text. */
static void
test_long_lines_and_any_bytes(void **state)
{
	static const char head[] = FAYE "A: 1\nX-Keywords: ";
	size_t len = sizeof(head) - 1;
	char *file = xcalloc(1, 5 * MBOX_LOOK);
	struct buf out = BUF_INIT(1 << 16);
	bool mbox;

	(void)state;
	memcpy(file, head, len);
	memset(file + len, 'k', 2 * MBOX_LOOK);
	len += 2 * MBOX_LOOK;
	memcpy(file + len, "\n\n\0\r\r\n", 6);
	len += 6;
	memset(file + len, '>', MBOX_LOOK);
	len += MBOX_LOOK;
	split(file, len, 100, &out, &mbox);
	assert_true(mbox);
	assert_int_equal(out.len, 1 + 6 + 2 + 4 + MBOX_LOOK + 2 + 1);
	assert_memory_equal(out.data, "[A: 1\r\n\r\n\0\r\r\n>", 14);
	assert_memory_equal(out.data + out.len - 4, ">\r\n]", 4);
	buf_release(&out);
	free(file);
}

static int
refuse(void *arg)
{
	(void)arg;
	return -1;
}

static void
test_an_event_can_end_it(void **state)
{
	static const struct mbox_events refusing = {refuse, on_data, on_end};
	struct mbox *m = mbox_new(&refusing, NULL);

	(void)state;
	assert_int_equal(mbox_feed(m, FAYE, sizeof(FAYE) - 1), -1);
	mbox_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_mail_is_itself),
		cmocka_unit_test(test_mails_of_an_mbox),
		cmocka_unit_test(test_text_that_looks_like_a_separator),
		cmocka_unit_test(test_quotes_are_taken_off),
		cmocka_unit_test(test_notes_of_mail_readers_are_left_out),
		cmocka_unit_test(test_long_lines_and_any_bytes),
		cmocka_unit_test(test_an_event_can_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
