/* What is packed (encoded messages, TNEF), unpacked for a round of reading. */
#include "mail_kit.h"

#include "base/hash.h"
#include "mail/tnef.h"

#define HEAD "From: Finder <finder@example.org>\nTo: s@example.com\n"
#define MESSAGE "Content-Type: message/rfc822\nContent-Transfer-Encoding: "

/* What the reader put into the extract for item I becomes a source. */
static struct reading *
unpack(struct kit *k, size_t i)
{
	const struct mail_sealed *s = &k->r.sealed[i];

	assert_true(i < k->r.sealed_count);
	assert_true(sealed_is_packed(s->kind));
	kit_add(k, SOURCE_ENTITY, s->source, s->at,
		span_of(kit_extract(k, s->payload_at, s->payload_len)));
	return kit_reread(k);
}

static void
test_message(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	/* "Subject: in\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n" */
	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n"
		     "--m\n\nown words\n--m\n" MESSAGE "base64\n\n"
		     "U3ViamVjdDogaW4NCkNvbnRlbnQtVHlwZTogdGV4dC9odG1sDQoNCjx"
		     "iPng8L2I+DQo=\n--m--\n");
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">message/rfc822 attachment");
	assert_int_equal(r->sealed_count, 1);
	assert_int_equal(r->sealed[0].kind, SEALED_MESSAGE);
	assert_false(r->sealed[0].whole);
	k->options.attachments = true;
	r = unpack(k, 0);
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">message/rfc822 message, >>text/html attachment");
	assert_int_equal(r->sealed[0].state, SEALED_OPENED);
	/* It is handed on whole, and its words are not this mail's. */
	assert_string_equal(r->new_text, "own words\n");
	assert_string_equal(r->header.subject, "");
	assert_int_equal(r->parts[2].size, 50);
	assert_string_equal(r->parts[3].hash, "");
}

/* As the root, in quoted-printable, and a further one inside. */
static void
test_messages_nested(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD MESSAGE "quoted-printable\n\n"
			     "Content-Type: message/rfc822\n"
			     "Content-Transfer-Encoding: base64=0D=0A\n\n"
			     "U3ViamVjdDogeA0KDQp5DQo=3D\n");
	assert_int_equal(r->sealed_count, 1);
	unpack(k, 0);
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[1].source, 1);
	unpack(k, 1);
	assert_string_equal(kit_tree(k),
		"message/rfc822 message, >message/rfc822 message, "
		">>text/plain attachment");
	assert_string_equal(r->new_text, "");
}

/* A signature in it is none on this mail, and its hp counts for nothing. */
static void
test_message_is_no_envelope(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	kit_read(k,
		HEAD MESSAGE "quoted-printable\n\n"
			     "Content-Type: multipart/signed; boundary=3Ds;\n"
			     " protocol=3D\"application/pgp-signature\"\n\n"
			     "--s\nContent-Type: text/plain; hp=3Dclear\n"
			     "Subject: forged\n\nx\n--s\n"
			     "Content-Type: application/pgp-signature\n\n"
			     "-----BEGIN PGP SIGNATURE-----\n--s--\n");
	r = unpack(k, 0);
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[1].kind, SEALED_PGP_SIGNED);
	assert_false(r->sealed[1].whole);
	assert_false(r->protected_header);
	assert_string_equal(r->header.subject, "");
}

/* --- TNEF --- */

static void
put32(struct buf *b, uint32_t n)
{
	int i;

	for (i = 0; i < 4; i++)
		buf_putc(b, (char)(n >> 8 * i));
}

static void
put_attribute(struct buf *b, uint32_t id, struct span data)
{
	buf_putc(b, 2);
	put32(b, id);
	put32(b, (uint32_t)data.len);
	buf_span(b, data);
	buf_puts(b, "ab"); /* a checksum that nobody looks at */
}

#define BEGINS 0x00069002
#define TITLE 0x00018010
#define DATA 0x0006800f
#define OTHER 0x00069005

static void
put_front(struct buf *b)
{
	put32(b, 0x223e9f78);
	buf_puts(b, "kk");
	put_attribute(b, 0x00089006, SPAN("\0\0\1\0"));
}

static void
put_file(struct buf *b, const char *title, const char *data)
{
	put_attribute(b, BEGINS, SPAN("\1\0 fourteen"));
	put_attribute(b, TITLE, (struct span){title, strlen(title) + 1});
	put_attribute(b, OTHER, SPAN("MAPI properties"));
	put_attribute(b, DATA, span_of(data));
}

static struct reading *
read_tnef(struct kit *k, const struct buf *tnef)
{
	struct buf mail = BUF_INIT(100000);
	struct reading *r;

	buf_puts(&mail,
		"From: f@example.org\r\nContent-Type: multipart/mixed;"
		" boundary=m\r\n\r\n--m\r\n\r\nwords\r\n--m\r\n"
		"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n");
	buf_span(&mail, buf_view(tnef));
	buf_puts(&mail, "\r\n--m--\r\n");
	r = kit_read_bytes(k, buf_view(&mail));
	buf_release(&mail);
	return r;
}

static void
test_tnef(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(10000);
	struct reading *r;

	put_front(&b);
	put_file(&b, "a\xe4 b.txt", "first\r\n--x\r\n");
	/* The data may come first. */
	put_attribute(&b, BEGINS, SPAN(""));
	put_attribute(&b, DATA, SPAN("second"));
	put_attribute(&b, TITLE, SPAN("..\\c.bin\0"));
	put_attribute(&b, BEGINS, SPAN(""));
	put_attribute(&b, TITLE, SPAN("lost\0"));
	put_attribute(&b, BEGINS, SPAN(""));
	put_attribute(&b, DATA, SPAN("nameless"));
	k->options.attachments = true;
	read_tnef(k, &b);
	r = unpack(k, 0);
	assert_int_equal(r->parts_count, 7);
	assert_string_equal(r->parts[4].name, "aä b.txt");
	assert_int_equal(r->parts[4].role, PART_ATTACHMENT);
	assert_string_equal(
		kit_extract(k, r->parts[4].out_at, r->parts[4].out_len),
		"first\r\n--x\r\n");
	assert_string_equal(r->parts[5].name, "c.bin");
	assert_int_equal(r->parts[5].size, 6);
	assert_string_equal(r->parts[6].name, "");
	assert_int_equal(r->parts[6].size, 8);
	assert_string_equal(r->new_text, "words\n");
	buf_release(&b);
}

/* What Exchange hid in it is opened like any other. */
static void
test_tnef_sealed(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(10000);
	struct reading *r;

	put_front(&b);
	put_file(&b, "smime.p7m",
		"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03..");
	read_tnef(k, &b);
	r = unpack(k, 0);
	assert_int_equal(r->sealed_count, 2);
	assert_int_equal(r->sealed[1].kind, SEALED_SMIME_ENVELOPED);
	assert_int_equal(r->repairs_count, 1);
	assert_string_equal(r->repairs[0], "tnef");
	assert_false(r->sealed[1].whole);
	buf_clear(&b);
	put_front(&b);
	put_file(&b, "PGPMIME Versions Identification", "Version: 1\r\n");
	put_file(&b, "encrypted.asc",
		"-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=AAAA\n"
		"-----END PGP MESSAGE-----\n");
	read_tnef(k, &b);
	r = unpack(k, 0);
	assert_int_equal(r->sealed[1].kind, SEALED_PGP_FILE);
	assert_int_equal(r->parts[4].role, PART_CONTROL);
	r = kit_open(k, 1, SOURCE_FILE,
		"Content-Type: text/plain; hp=cipher\nSubject: in\n\nsecret\n");
	assert_string_equal(r->new_text, "words\n\nsecret\n");
	assert_false(r->protected_header);
	buf_release(&b);
}

/* Cut anywhere, or with lengths that lie, it ends where its bytes end. */
static void
test_tnef_damaged(void **state)
{
	struct kit *k = *state;
	struct buf whole = BUF_INIT(10000), out = BUF_INIT(100000);
	const struct sink sink = {sink_to_buf, &out};
	struct span cut;
	char *copy;
	size_t len;

	(void)k;
	put_front(&whole);
	put_file(&whole, "a", "some data");
	put_attribute(&whole, DATA, SPAN("more in the same attachment"));
	for (len = 0; len <= whole.len; len++) {
		buf_clear(&out);
		copy = xcalloc(1, len + 1);
		memcpy(copy, whole.data, len);
		cut = (struct span){copy, len};
		assert_true(len == 0 || tnef_begins(cut) == (len >= 6));
		tnef_unpack(cut, ENCODING_IDENTITY, &sink);
		assert_true(memcmp(out.data, "Content-Type: multipart/mixed",
				    29) == 0);
		free(copy);
	}
	assert_non_null(strstr(out.data, "some data\r\n--"));
	assert_non_null(strstr(out.data, "more in the same attachment\r\n--"));
	/* A length beyond the end, and no TNEF at all. */
	buf_clear(&whole);
	put_front(&whole);
	buf_putc(&whole, 2);
	put32(&whole, DATA);
	put32(&whole, 0xffffffff);
	buf_puts(&whole, "all there is");
	buf_clear(&out);
	assert_true(tnef_unpack(buf_view(&whole), ENCODING_IDENTITY, &sink));
	assert_non_null(strstr(out.data, "\r\n\r\nall there is\r\n--"));
	assert_false(tnef_begins(SPAN("no TNEF")));
	/* A sink that is full stops the work. */
	out.max = 20;
	buf_clear(&out);
	assert_false(tnef_unpack(buf_view(&whole), ENCODING_IDENTITY, &sink));
	buf_release(&whole);
	buf_release(&out);
}

static void
test_tnef_many(void **state)
{
	struct kit *k = *state;
	struct buf b = BUF_INIT(100000);
	struct reading *r;
	int i;

	put_front(&b);
	for (i = 0; i < TNEF_ATTACHMENTS_MAX + 5; i++)
		put_file(&b, "t", "d");
	read_tnef(k, &b);
	r = unpack(k, 0);
	assert_int_equal(r->parts_count, 4 + TNEF_ATTACHMENTS_MAX);
	/* Empty: it stays the file that it is. */
	buf_clear(&b);
	put_front(&b);
	read_tnef(k, &b);
	r = unpack(k, 0);
	assert_int_equal(r->parts[2].role, PART_ATTACHMENT);
	buf_release(&b);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_message),
		T(test_messages_nested), T(test_message_is_no_envelope),
		T(test_tnef), T(test_tnef_sealed), T(test_tnef_damaged),
		T(test_tnef_many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
