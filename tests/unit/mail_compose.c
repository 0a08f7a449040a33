/* What we write is read back by our own reader, and keeps to the lines. */
#include "mail/compose.h"

#include "mail_kit.h"

#include "base/fs.h"

static struct buf out;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, 1 << 24);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

/* 7 bit, CRLF, at most 76 characters; no line of blanks, none ends in one. */
static void
hold_to_form(const char *text, size_t len, size_t max)
{
	size_t i, line = 0;

	for (i = 0; i < len; i++) {
		assert_true((unsigned char)text[i] < 0x80);
		assert_true(text[i] == '\r' || text[i] == '\n' ||
			text[i] == '\t' || (unsigned char)text[i] >= ' ');
		assert_int_equal(text[i] == '\n', i > 0 && text[i - 1] == '\r');
		if (text[i] == '\n') {
			assert_true(line - 1 <= max);
			assert_true(i < 2 || text[i - 2] != ' ');
			line = 0;
		} else {
			line++;
		}
	}
}

static void
expect_field(const char *value, const char *expected)
{
	buf_clear(&out);
	assert_int_equal(compose_field(&out, "Subject", value, &e), 0);
	assert_string_equal(out.data, expected);
	hold_to_form(out.data, out.len, 76);
}

static void
test_field(void **state)
{
	(void)state;
	expect_field("a b", "Subject: a b\r\n");
	expect_field("", "Subject:\r\n");
	expect_field("Für dich", "Subject: =?UTF-8?B?RsO8cg==?= dich\r\n");
	expect_field("a =?x?= b", "Subject: a =?UTF-8?B?PT94Pz0=?= b\r\n");
	expect_field("ä ö", "Subject: =?UTF-8?B?w6Qgw7Y=?=\r\n");
	expect_field("one two three four five six seven eight nine ten eleven "
		     "twelve thirteen",
		"Subject: one two three four five six seven eight nine ten "
		"eleven twelve\r\n thirteen\r\n");
	/* Nobody may add a field, or end the header. */
	assert_int_equal(compose_field(&out, "Subject", "a\r\nBcc: b", &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	assert_int_equal(compose_field(&out, "Subject", "a\nb", &e), -1);
	assert_int_equal(compose_field(&out, "Subject", "\x7f", &e), -1);
	assert_int_equal(compose_field(&out, "Subject", "\xff", &e), -1);
	assert_int_equal(compose_field(&out, "Sub ject", "a", &e), -1);
	assert_int_equal(compose_field(&out, "Subject:", "a", &e), -1);
	assert_int_equal(compose_field(&out, "", "a", &e), -1);
}

/* Whatever the value, it comes back. */
static void
test_field_round_trip(void **state)
{
	static const char *const values[] = {"ä  ö   ü", "a ä b ö c",
		"漏洞漏洞漏洞漏洞漏洞漏洞漏洞漏洞"
		"漏洞漏洞漏洞漏洞漏洞漏洞漏洞漏洞"
		"漏洞漏洞漏洞漏洞漏洞漏洞漏洞漏洞"
		"漏洞漏洞漏洞漏洞漏洞漏洞漏洞漏洞",
		"äääääääääääääääääääääääääääääääääääääääääääääääääääääää b "
		"äääääääääääääääääääääääääääääääääääääääääääääääääääääää",
		"a word that is followed by many blanks            and one",
		"🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛🐛"};
	struct kit *k;
	void *kit;
	size_t i;

	(void)state;
	kit_setup(&kit);
	k = kit;
	for (i = 0; i < countof(values); i++) {
		buf_clear(&out);
		assert_int_equal(
			compose_field(&out, "Subject", values[i], &e), 0);
		hold_to_form(out.data, out.len, 76);
		buf_puts(&out, "\r\n");
		kit_read_bytes(k, buf_view(&out));
		assert_string_equal(k->r.outer.subject, values[i]);
	}
	kit_teardown(&kit);
}

static void
test_mailbox(void **state)
{
	(void)state;
	assert_int_equal(compose_mailbox(&out, "To", NULL, "a@b.org", &e), 0);
	assert_int_equal(
		compose_mailbox(&out, "To", "Doe, \"J\"", "a@b.org", &e), 0);
	assert_int_equal(compose_mailbox(&out, "To", "Jäne", "a@b.org", &e), 0);
	assert_string_equal(out.data,
		"To: <a@b.org>\r\nTo: \"Doe, \\\"J\\\"\" <a@b.org>\r\n"
		"To: =?UTF-8?B?SsOkbmU=?= <a@b.org>\r\n");
	assert_int_equal(
		compose_mailbox(&out, "To", "a\nb", "a@b.org", &e), -1);
	assert_int_equal(
		compose_mailbox(&out, "To", NULL, "a@b\r\nBcc: x", &e), -1);
}

static void
test_text(void **state)
{
	struct compose_part part = {.kind = COMPOSE_TEXT,
		.type = "text/plain",
		.params = "; hp=\"clear\"",
		.text = "From here \n.\ntab\t\nä=b\n\nlast"};

	(void)state;
	assert_int_equal(compose_entity(&out, &part, &e), 0);
	assert_string_equal(out.data,
		"Content-Type: text/plain; charset=utf-8;\r\n hp=\"clear\"\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		"=46rom here=20\r\n=2E\r\ntab=09\r\n"
		"=C3=A4=3Db\r\n\r\nlast\r\n");
	hold_to_form(out.data, out.len, 76);
	/* Long lines are broken, never inside of an escape. */
	buf_clear(&out);
	part.text = "0123456789012345678901234567890123456789012345678901234567"
		    "890123456789012=012345678901234567890123456789\n";
	assert_int_equal(compose_entity(&out, &part, &e), 0);
	assert_non_null(strstr(out.data, "89012=\r\n=3D0123"));
	hold_to_form(out.data, out.len, 76);
	/* Mostly not ASCII. */
	buf_clear(&out);
	part.text = "漏洞\n";
	assert_int_equal(compose_entity(&out, &part, &e), 0);
	assert_non_null(strstr(out.data, "base64\r\n\r\n5ryP5rSeDQo=\r\n"));
}

static int
file_of(const char *text)
{
	int fd;

	if (fs_memory_file("test", &fd, &e) == -1 ||
		fs_write_all(fd, text, strlen(text), &e) == -1)
		fail_msg("%s", e.text);
	return fd;
}

static void
test_tree(void **state)
{
	scoped(close_fd) int fd = file_of("skip:file bytes");
	const struct compose_field fields[] = {
		{"Subject", "Grüße"}, {"X-Test", "1"}, {NULL, NULL}};
	const struct compose_part children[] = {
		{.kind = COMPOSE_TEXT, .type = "text/plain", .text = "hello\n"},
		{.kind = COMPOSE_DATA,
			.type = "application/octet-stream",
			.name = "an \"odd\".name",
			.attachment = true,
			.data = SPAN("\x00\xff data")},
		{.kind = COMPOSE_FILE,
			.type = "image/png",
			.name = "Lücke mit einem sehr langen Namen, der nicht "
				"in eine Zeile passt.png",
			.attachment = true,
			.fd = fd,
			.at = 5,
			.len = 10},
		{.kind = COMPOSE_RAW,
			.type = "message/rfc822",
			.data = SPAN("Subject: in\r\n\r\nx\r\n")},
	};
	const struct compose_part root = {.kind = COMPOSE_MULTIPART,
		.type = "multipart/mixed",
		.fields = fields,
		.children = children,
		.children_count = countof(children)};
	struct kit *k;
	struct reading *r;
	void *kit;

	(void)state;
	kit_setup(&kit);
	k = kit;
	assert_int_equal(compose_entity(&out, &root, &e), 0);
	hold_to_form(out.data, out.len, 76);
	k->options.attachments = true;
	r = kit_read_bytes(k, buf_view(&out));
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">application/octet-stream attachment, "
		">image/png attachment, >message/rfc822 message, "
		">>text/plain attachment");
	assert_string_equal(r->outer.subject, "Grüße");
	assert_string_equal(r->new_text, "hello\n");
	assert_string_equal(r->parts[2].name, "an \"odd\".name");
	assert_string_equal(r->parts[3].name,
		"Lücke mit einem sehr langen Namen, der nicht in eine Zeile "
		"passt.png");
	assert_int_equal(r->parts[2].out_len, 7);
	assert_memory_equal(
		k->extract.data + r->parts[2].out_at, "\x00\xff data", 7);
	assert_string_equal(
		kit_extract(k, r->parts[3].out_at, r->parts[3].out_len),
		"file bytes");
	kit_teardown(&kit);
}

static void
test_refusals(void **state)
{
	struct compose_part part = {.kind = COMPOSE_DATA,
		.type = "x/y",
		.name = "a\r\nb",
		.data = SPAN("x")};
	struct compose_part deep[20];
	int i;

	(void)state;
	assert_int_equal(compose_entity(&out, &part, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	part = (struct compose_part){
		.kind = COMPOSE_FILE, .type = "x/y", .fd = -1, .len = 1};
	assert_int_equal(compose_entity(&out, &part, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	for (i = 0; i < 20; i++)
		deep[i] = (struct compose_part){.kind = COMPOSE_MULTIPART,
			.type = "multipart/mixed",
			.children = &deep[i + 1],
			.children_count = i < 19};
	assert_int_equal(compose_entity(&out, &deep[0], &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	out.max = 10;
	part = (struct compose_part){
		.kind = COMPOSE_TEXT, .type = "text/plain", .text = "x"};
	buf_clear(&out);
	assert_int_equal(compose_entity(&out, &part, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
}

static void
test_size(void **state)
{
	static char data[100000];
	scoped(close_fd) int fd = -1;
	const struct compose_field fields[] = {{"X-Y", data}, {NULL, NULL}};
	struct compose_part children[] = {
		{.kind = COMPOSE_DATA,
			.type = "x/y",
			.data = {data, sizeof(data)}},
		{.kind = COMPOSE_TEXT, .type = "text/plain", .text = data},
		{.kind = COMPOSE_FILE, .type = "x/y", .len = 90000},
		{.kind = COMPOSE_RAW,
			.type = "x/y",
			.fields = fields,
			.data = {data, sizeof(data)}},
	};
	const struct compose_part root = {.kind = COMPOSE_MULTIPART,
		.type = "multipart/mixed",
		.children = children,
		.children_count = countof(children)};
	int64_t size;

	(void)state;
	/* Words; what size text has depends on what it says. */
	memset(data, 'x', sizeof(data) - 1);
	for (size = 0; size < (int64_t)sizeof(data) - 1; size += 50)
		data[size] = ' ';
	fd = file_of(data);
	children[2].fd = fd;
	size = compose_size(&root);
	assert_int_equal(compose_entity(&out, &root, &e), 0);
	assert_in_range(size, out.len * 95 / 100, out.len * 115 / 100);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_field),
		T(test_field_round_trip), T(test_mailbox), T(test_text),
		T(test_tree), T(test_refusals), T(test_size)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
