/* Limits, each of them, and mails that were made to hurt. */
#include "mail_kit.h"

#include "base/clock.h"

#define HEAD "From: Finder <finder@example.org>\nTo: s@example.com\n"

static const char *
repeated(struct kit *k, const char *front, const char *text, size_t count,
	const char *back)
{
	struct buf b = BUF_INIT(KIT_BYTES);
	const char *out;

	buf_puts(&b, front);
	while (count-- > 0)
		buf_puts(&b, text);
	buf_puts(&b, back);
	out = arena_dup(k->arena, b.data, b.len);
	buf_release(&b);
	return out;
}

/* One header that sends libetpan 1.9.4 into the heap of somebody else. */
static void
test_boundary_quote(void **state)
{
	struct kit *k = *state;

	kit_read(k, "Content-Type: multipart/mixed; boundary=\"\\\"\"\n");
	assert_string_equal(kit_tree(k), "multipart/mixed unshown");
	kit_read(k,
		"Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n"
		"--\"\n\nx\n--\"--\n");
	assert_string_equal(
		kit_tree(k), "multipart/mixed multipart, >text/plain text");
}

static void
test_depth(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(KIT_BYTES);
	int i;

	for (i = 0; i < 5000; i++)
		buf_printf(&b,
			"Content-Type: multipart/mixed; boundary=b%d\n\n"
			"--b%d\n",
			i, i);
	buf_puts(&b, "\ninmost\n");
	kit_read(k, b.data);
	assert_true(kit_limit(k, "depth"));
	assert_int_equal(k->r.parts_count, 20);
	assert_string_equal(k->r.parts[19].type, "multipart/mixed");
	assert_int_equal(k->r.parts[19].role, PART_ATTACHMENT);
	buf_release(&b);

	kit_read(k,
		repeated(k, "", "Content-Type: message/rfc822\n\n", 60000,
			"x\n"));
	assert_true(kit_limit(k, "depth"));
	assert_int_equal(k->r.parts_count, 20);
}

/* The depth counts through what was opened. */
static void
test_depth_of_sources(void **state)
{
	struct kit *k = *state;
	static const char cms[] =
		"Content-Type: application/pkcs7-mime\n\n"
		"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
	size_t i;

	k->conf.depth = 5;
	kit_read(k, cms);
	for (i = 0; i < 5; i++)
		kit_open(k, i, SOURCE_ENTITY, cms);
	assert_int_equal(k->r.parts_count, 5);
	assert_true(kit_limit(k, "depth"));
}

/* So do the parts. */
static void
test_parts_of_sources(void **state)
{
	struct kit *k = *state;
	const char *many =
		repeated(k, "Content-Type: multipart/mixed; boundary=m\n\n",
			"--m\n\nx\n", 30, "--m--\n");
	const char *text = "-----BEGIN PGP MESSAGE-----\n\nx\n"
			   "-----END PGP MESSAGE-----\n";
	struct buf b = BUF_INIT(10000);

	k->conf.parts = 10;
	buf_printf(&b,
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: application/octet-stream; name=a.pgp\n\n%s"
		"--b\n\n%s--b\n\nlast\n--b--\n",
		text, text);
	kit_read(k, b.data);
	assert_int_equal(k->r.parts_count, 4);
	kit_open(k, 0, SOURCE_ENTITY, many);
	assert_int_equal(k->r.parts_count, 10);
	assert_true(kit_limit(k, "parts"));
	/* No part is left for what a block was opened to. */
	k->conf.parts = 2;
	kit_read(k, b.data);
	kit_open(k, 0, SOURCE_ENTITY, many);
	assert_int_equal(k->r.parts_count, 2);
	k->conf.parts = 1;
	kit_read_bytes(k, kit_crlf(k, arena_printf(k->arena, "\n%s", text)));
	kit_open(k, 0, SOURCE_TEXT, "opened");
	assert_int_equal(k->r.parts_count, 1);
	assert_string_equal(k->r.new_text, "");
	buf_release(&b);
}

static void
test_parts(void **state)
{
	struct kit *k = *state;
	const char *mail =
		repeated(k, "Content-Type: multipart/mixed; boundary=b\n\n",
			"--b\n\nx\n", 10000, "--b--\n");

	kit_read(k, mail);
	assert_true(kit_limit(k, "parts"));
	assert_int_equal(k->r.parts_count, 500);
	k->conf.parts = 5000;
	kit_read(k, mail);
	assert_int_equal(k->r.parts_count, 5000);
	/* Empty parts, unclosed, are counted as well. */
	kit_read(k,
		repeated(k, "Content-Type: multipart/mixed; boundary=b\n\n",
			"--b\n", 10000, ""));
	assert_int_equal(k->r.parts_count, 5000);
}

static void
test_header_size(void **state)
{
	struct kit *k = *state;
	const char *mail = repeated(k, "Subject: first\nX: ", "0123456789",
		10000, "\nFrom: late@example.org\n\nbody\n");

	kit_read(k, mail);
	assert_true(kit_limit(k, "header_size"));
	assert_string_equal(k->r.outer.subject, "first");
	assert_int_equal(k->r.outer.from_count, 0);
	assert_string_equal(k->r.new_text, "body\n");
	k->conf.header_size = 1 << 20;
	kit_read(k, mail);
	assert_false(kit_limit(k, "header_size"));
	assert_int_equal(k->r.outer.from_count, 1);
}

static void
test_addresses(void **state)
{
	struct kit *k = *state;

	kit_read(k,
		repeated(k, HEAD "Cc: ", "a@example.org, ", 1000,
			"b@example.org\n\n"));
	assert_true(kit_limit(k, "addresses"));
	assert_int_equal(k->r.outer.from_count + k->r.outer.to_count +
			k->r.outer.cc_count,
		200);
	/* As many fields as addresses. */
	k->conf.addresses = 5000;
	k->conf.header_size = 1 << 20;
	kit_read(k, repeated(k, "", "From: a@b.example\n", 20000, "\n"));
	assert_true(kit_limit(k, "addresses"));
	assert_int_equal(k->r.outer.from_count, 5000);
	assert_true(arena_used(k->arena) < 64 << 20);
}

static void
test_parens(void **state)
{
	struct kit *k = *state;
	const char *closed = repeated(k, "", ")", 250000, " a@example.org\n\n");

	/* So many overflow the stack of libetpan 1.9.4. */
	k->conf.header_size = 1 << 20;
	kit_read(k, repeated(k, "From: ", "(", 250000, closed));
	assert_int_equal(k->r.outer.from_count, 1);
	assert_string_equal(k->r.outer.from[0].address, "a@example.org");
	kit_read(k, repeated(k, "From: ", "(", 200000, " <a@example.org>\n\n"));
	assert_string_equal(k->r.outer.from[0].address, "a@example.org");
	kit_read(k, repeated(k, "Subject: ", "(", 250000, closed));
	kit_read(k, repeated(k, "Message-ID: ", "(", 250000, closed));
	assert_string_equal(k->r.outer.message_id, "");
	kit_read(k, repeated(k, "Date: ", "(", 250000, closed));
	assert_int_equal(k->r.outer.date, 0);
	kit_read(k, repeated(k, "Date: ", "(", 200000, "\n\n"));
	assert_int_equal(k->r.outer.date, 0);
	kit_read(k, repeated(k, "Content-Type: ", "(", 200000, "\n\nx\n"));
	assert_string_equal(k->r.parts[0].type, "text/plain");
}

static void
test_references(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(KIT_BYTES);
	int i;

	buf_puts(&b, "References:");
	for (i = 0; i < 150; i++)
		buf_printf(&b, "\n <id%d@x>", i);
	buf_puts(&b, "\n\n");
	kit_read(k, b.data);
	assert_true(kit_limit(k, "references"));
	assert_int_equal(k->r.outer.references_count, 100);
	assert_string_equal(k->r.outer.references[0], "id50@x");
	assert_string_equal(k->r.outer.references[99], "id149@x");
	buf_release(&b);
}

static void
test_parameters(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(KIT_BYTES);
	int i;

	buf_puts(&b, "Content-Type: text/plain; charset=utf-8");
	for (i = 0; i < 5000; i++)
		buf_printf(&b, "; name*%d=x", i % 1000);
	buf_puts(&b, "\n\nx\n");
	kit_read(k, b.data);
	assert_true(kit_limit(k, "parameters"));
	assert_string_equal(k->r.parts[0].charset, "utf-8");
	buf_release(&b);
}

#define BLOCK "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n"

static void
test_sealed_parts(void **state)
{
	struct kit *k = *state;
	size_t i;

	kit_read(k, repeated(k, "\n", BLOCK, 1000, ""));
	assert_true(kit_limit(k, "sealed_parts"));
	assert_int_equal(k->r.sealed_count, 16);
	/* Those that are told of stay, and leave fewer for new ones. */
	for (i = 0; i < 16; i++)
		kit_add(k, SOURCE_TEXT, 0, k->r.sealed[i].at, SPAN(BLOCK));
	kit_reread(k);
	assert_int_equal(k->r.sealed_count, 16);
	for (i = 0; i < 16; i++)
		assert_int_equal(k->r.sealed[i].state, SEALED_OPENED);
	/* What is not listed is text. */
	assert_non_null(strstr(k->r.new_text, "BEGIN PGP MESSAGE"));
	k->conf.sealed_parts = 100;
	kit_read(k, repeated(k, "\n", BLOCK, 1000, ""));
	assert_int_equal(k->r.sealed_count, 100);
}

static void
test_keys(void **state)
{
	struct kit *k = *state;

	kit_read(k,
		repeated(k, "Content-Type: multipart/mixed; boundary=b\n\n",
			"--b\nContent-Type: application/pgp-keys\n\nkey\n", 20,
			"--b--\n"));
	assert_true(kit_limit(k, "keys"));
	assert_int_equal(k->r.keys_count, READING_KEYS_MAX);
	kit_read(k,
		repeated(k, "Content-Type: application/pgp-keys\n\n",
			"0123456789abcde\n", 5000, ""));
	assert_true(kit_limit(k, "keys"));
	assert_int_equal(k->r.keys_count, 0);
}

static void
test_html_depth(void **state)
{
	struct kit *k = *state;

	kit_read(k,
		repeated(k, "Content-Type: text/html\n\n<p>seen</p>", "<div>",
			100000, "unseen"));
	assert_true(kit_limit(k, "html_depth"));
	assert_string_equal(k->r.new_text, "seen\n");
}

static void
test_words(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(KIT_BYTES);
	int i;

	buf_puts(&b, "\n");
	for (i = 0; i < 100; i++)
		buf_printf(&b, "PSIRT-2026-%04d\n", i);
	kit_read(k, b.data);
	assert_true(kit_limit(k, "words"));
	assert_int_equal(k->r.case_ids_count, 20);
	buf_release(&b);
}

/* Nothing at all, and things that are no mail. */
static void
test_no_mail(void **state)
{
	static const char *const texts[] = {"", "\n", "\n\n\n", ":", "\r", "a",
		"--", "Subject", "Content-Type", "Content-Type:",
		"Content-Type: multipart/mixed; boundary=", "From ",
		"Content-Type: message/rfc822",
		"Content-Type: multipart/digest; boundary=a\n\n--a\n--a--",
		"Content-Type: multipart/signed; boundary=a\n\n--a\n--a\n--a--",
		"Content-Type: multipart/encrypted; boundary=a\n\n--a--\n",
		"Content-Transfer-Encoding: base64\n\n=",
		"Content-Transfer-Encoding: quoted-printable\n\n=",
		"Content-Transfer-Encoding: quoted-printable\n\n=3",
		"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\nM"};
	struct kit *k = *state;
	size_t i;

	for (i = 0; i < countof(texts); i++) {
		kit_read_bytes(k, span_of(texts[i]));
		assert_true(k->r.parts_count >= 1);
	}
	kit_read_bytes(k, SPAN("\0\0\0\0"));
	assert_int_equal(k->r.parts_count, 1);
}

/* Each of these once took more than linear time somewhere. */
static void
test_linear(void **state)
{
	static const struct {
		const char *front, *text;
	} mails[] = {
		{"Content-Type: multipart/mixed; boundary=b\n\n", "--c\n"},
		{"", "\n"},
		{"", "\r"},
		{"Subject: ", "=?utf-8?Q?"},
		{"\n", "-----BEGIN PGP MESSAGE-----\n"},
		{"\n", "On 2026-11-21 a@b wrote:\n"},
		{"\n", "--\n"},
		{"\n", "From: a\n"},
		{"\n", ">"},
		{"\n", "Ref: "},
		{"Content-Type: text/html\n\n", "<!--"},
		{"Content-Type: text/html\n\n", "<blockquote>"},
		{"Content-Type: text/html\n\n", "<a b="},
		{"Content-Type: text/html\n\n", "&"},
		{"Content-Transfer-Encoding: quoted-printable\n\n", "="},
		{"Content-Transfer-Encoding: base64\n\n", "="},
		{"Content-Transfer-Encoding: x-uuencode\n\nbegin\n", "#\n"},
		{"Content-Type: text/plain; format=flowed\n\n", "a \n"},
		{"Content-Type: text/plain; charset=utf-7\n\n", "+"},
		{"Content-Type: text/plain; charset=iso-2022-jp\n\n", "\x1b$"},
	};
	struct kit *k = *state;
	int64_t began;
	size_t i;

	for (i = 0; i < countof(mails); i++) {
		began = clock_monotonic();
		kit_read_bytes(k,
			span_of(repeated(k, mails[i].front, mails[i].text,
				(4 << 20) / strlen(mails[i].text), "")));
		/* Generous: under ASan and valgrind as well. */
		if (clock_monotonic() - began > 30 * SECOND)
			fail_msg("%s%s: too slow", mails[i].front,
				mails[i].text);
	}
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_boundary_quote),
		T(test_depth), T(test_depth_of_sources), T(test_parts),
		T(test_parts_of_sources), T(test_header_size),
		T(test_addresses), T(test_parens), T(test_references),
		T(test_parameters), T(test_sealed_parts), T(test_keys),
		T(test_html_depth), T(test_words), T(test_no_mail),
		T(test_linear)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
