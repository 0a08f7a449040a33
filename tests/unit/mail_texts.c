/* Which parts are the mail's text, and what becomes of it; keys and words. */
#include "mail_kit.h"

#define HEAD "From: Finder <finder@example.org>\nTo: s@example.com\n"

static void
test_alternative(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/alternative; boundary=a\n\n"
		     "--a\n\nplain\n--a\nContent-Type: text/html\n\n"
		     "<p>rich</p>\n--a--\n");
	assert_string_equal(r->new_text, "plain\n");
	assert_false(r->html_only);
	assert_string_equal(kit_tree(k),
		"multipart/alternative multipart, >text/plain text, "
		">text/html unshown");
	/* An empty text is no text. */
	r = kit_read(k,
		HEAD "Content-Type: multipart/alternative; boundary=a\n\n"
		     "--a\n\n \n\n--a\nContent-Type: text/html\n\n"
		     "<p>rich</p>\n--a--\n");
	assert_string_equal(r->new_text, "rich\n");
	assert_true(r->html_only);
	assert_string_equal(kit_tree(k),
		"multipart/alternative multipart, >text/plain unshown, "
		">text/html text");
}

/* What Apple and Outlook nest. */
static void
test_nested_alternative(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		     "Content-Type: multipart/alternative; boundary=a\n\n"
		     "--a\n\nplain\n--a\n"
		     "Content-Type: multipart/related; boundary=r\n\n--r\n"
		     "Content-Type: text/html\n\n<p>rich</p>\n--r\n"
		     "Content-Type: image/png; name=logo.png\n\nx\n--r--\n"
		     "--a--\n--m\n"
		     "Content-Type: text/x-diff; name=fix.patch\n\n+a\n"
		     "--m--\n");
	assert_string_equal(r->new_text, "plain\n");
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >multipart/alternative multipart, "
		">>text/plain text, >>multipart/related multipart, "
		">>>text/html unshown, >>>image/png attachment, "
		">text/x-diff attachment");
}

/* The root of multipart/related is the text, the rest belongs to it. */
static void
test_related(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/related; boundary=r\n\n--r\n"
		     "Content-Type: text/html\n\n<p>root</p>\n--r\n"
		     "Content-Type: text/plain\n\nbeside\n--r--\n");
	assert_string_equal(r->new_text, "root\n");
	assert_int_equal(r->parts[2].role, PART_ATTACHMENT);
}

static void
test_joined(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n"
		     "--m\n\none\n\n\n--m\nContent-Type: text/html\n\n"
		     "<b>two</b>\n--m\nContent-Disposition: attachment\n\n"
		     "file\n--m\nContent-Type: text/plain; name=log.txt\n\n"
		     "log\n--m\nContent-Type: text/plain; name=in.txt\n"
		     "Content-Disposition: inline\n\nthree\n--m--\n");
	assert_string_equal(r->new_text, "one\n\ntwo\n\nthree\n");
	assert_false(r->html_only);
	assert_int_equal(r->parts[3].role, PART_ATTACHMENT);
	assert_int_equal(r->parts[4].role, PART_ATTACHMENT);
}

static void
test_forwarded(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	k->options.attachments = true;
	r = kit_read(k,
		HEAD "Content-Type: multipart/mixed; boundary=m\n\n"
		     "--m\n\nfyi\n--m\nContent-Type: message/rfc822\n\n"
		     "Subject: inner\nContent-Type: multipart/mixed;"
		     " boundary=i\n\n--i\n\nnot mine\n--i\n"
		     "Content-Type: image/png\n\nx\n--i--\n--m--\n");
	assert_string_equal(kit_tree(k),
		"multipart/mixed multipart, >text/plain text, "
		">message/rfc822 message, >>multipart/mixed multipart, "
		">>>text/plain attachment, >>>image/png attachment");
	assert_string_equal(r->new_text, "fyi\n");
	/* The message is handed on as a whole, its parts are only listed. */
	assert_memory_equal(
		k->extract.data + r->parts[2].out_at, "Subject: inner", 14);
	assert_int_equal(r->parts[2].size, r->parts[2].out_len);
	assert_int_equal(r->parts[5].out_len, 0);
}

static void
test_charsets(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: text/plain; charset=KOI8-R\n\n"
		     "\xf0\xd2\xc9\xd7\xc5\xd4\n");
	assert_string_equal(r->new_text, "Привет\n");
	assert_string_equal(r->parts[0].charset, "KOI8-R");
	r = kit_read(k, HEAD "\nna\xc3\xafve\n");
	assert_string_equal(r->new_text, "naïve\n");
	r = kit_read(k, HEAD "\nna\xefve \x80\n");
	assert_string_equal(r->new_text, "naïve €\n");
	r = kit_read(k,
		HEAD "Content-Type: text/plain; charset=x-no-such\n\n"
		     "na\xefve\n");
	assert_string_equal(r->new_text, "naïve\n");
	/* Controls and bidirectional marks do not come through. */
	r = kit_read_bytes(k,
		SPAN("\r\nab\0c\x1b[31m \xe2\x80\xae"
		     "evil\r\n"));
	assert_string_equal(r->new_text, "ab c[31m evil\n");
	r = kit_read_bytes(k, SPAN("\r\nold\rmac\r"));
	assert_string_equal(r->new_text, "old\nmac\n");
	r = kit_read_bytes(k, SPAN("Subject: x\n\none\rtwo\r"));
	assert_string_equal(r->new_text, "one\ntwo\n");
}

/* What a block held is mostly UTF-8, whatever the mail around it says. */
static void
test_opened_charset(void **state)
{
	static const char mail[] =
		HEAD "Content-Type: text/plain; charset=iso-8859-15\n\n"
		     "-----BEGIN PGP MESSAGE-----\n\nx\n"
		     "-----END PGP MESSAGE-----\n";
	struct kit *k = *state;

	kit_read(k, mail);
	kit_open(k, 0, SOURCE_TEXT, "\xc3\xa4\n");
	assert_string_equal(k->r.new_text, "ä\n");
	kit_read(k, mail);
	kit_open(k, 0, SOURCE_TEXT, "\xe4\xa4\n");
	assert_string_equal(k->r.new_text, "ä€\n");
}

static void
test_flowed(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: text/plain; format=flowed\n\n"
		     "a line that \ngoes on\n> quoted \n> as well\n-- \nme\n");
	assert_string_equal(r->new_text, "a line that goes on\n");
	assert_string_equal(r->quoted_text, "> quoted as well\n--\nme\n");
	r = kit_read(k,
		HEAD "Content-Type: text/plain; format=flowed;\n"
		     " delsp=yes\n\nhttps://example.org/ \nlong\n");
	assert_string_equal(r->new_text, "https://example.org/long\n");
}

static void
test_cut(void **state)
{
	struct kit *k = *state;
	struct buf text = BUF_INIT(100000);
	struct reading *r;
	size_t i;

	k->conf.text_size = 1024;
	buf_puts(&text, "\n");
	for (i = 0; i < 2000; i++)
		buf_puts(&text, "\xc3\xa4");
	r = kit_read(k, text.data);
	assert_true(r->text_cut);
	assert_true(kit_limit(k, "text_size"));
	assert_int_equal(strlen(r->new_text), 1025); /* its own line end */
	/* Markup, of which much more is read than there is text. */
	buf_clear(&text);
	buf_puts(&text, "Content-Type: text/html\n\n<p>seen</p>");
	for (i = 0; i < 2000; i++)
		buf_puts(&text, "<b></b>");
	buf_puts(&text, "<p>unseen</p>");
	r = kit_read(k, text.data);
	assert_string_equal(r->new_text, "seen\n");
	assert_true(r->text_cut);
	buf_release(&text);
	r = kit_read(k, "\nshort\n");
	assert_false(r->text_cut);
}

static void
test_keys(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD
		"Autocrypt: addr=finder@example.org; keydata=\n"
		" QUJD\n REVG\n"
		"Content-Type: multipart/mixed; boundary=m\n\n"
		"--m\n\nhere\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n"
		"-----END PGP PUBLIC KEY BLOCK-----\nthere\n"
		"--m\nContent-Type: application/pgp-keys\n"
		"Content-Transfer-Encoding: base64\n\nmQENBA==\n"
		"--m\nContent-Type: application/octet-stream; name=k.txt\n"
		"\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n"
		"--m\nContent-Type: application/x-pem; name=me.pem\n\n"
		"Bag\n-----BEGIN CERTIFICATE-----\nMII\n"
		"--m\nContent-Type: application/pkix-cert\n"
		"Content-Transfer-Encoding: base64\n\nMIIBCjCBAA==\n"
		"--m\nContent-Type: application/x-pem; name=secret.pem\n\n"
		"-----BEGIN PRIVATE KEY-----\nMII\n--m--\n");
	assert_int_equal(r->keys_count, 6);
	assert_int_equal(r->keys[0].origin, KEY_ATTACHED);
	assert_int_equal(r->keys[0].data.len, 79);
	assert_int_equal(r->keys[1].data.len, 4);
	assert_int_equal(r->keys[3].origin, KEY_CERTIFICATE);
	assert_int_equal(r->keys[4].origin, KEY_CERTIFICATE);
	assert_int_equal(r->keys[5].origin, KEY_AUTOCRYPT);
	assert_string_equal(r->keys[5].address, "finder@example.org");
	assert_memory_equal(r->keys[5].data.data, "ABCDEF", 6);
	assert_false(r->keys[0].inside);
	/* What only looks like a key does not hide in it. */
	assert_non_null(strstr(r->new_text, "abc\n"));
}

/* Two Autocrypt fields, a foreign address, an unknown attribute: none. */
static void
test_autocrypt(void **state)
{
	static const char *const bad[] = {
		"Autocrypt: addr=finder@example.org; keydata=QUJD\n"
		"Autocrypt: addr=finder@example.org; keydata=REVG\n",
		"Autocrypt: addr=other@example.org; keydata=QUJD\n",
		"Autocrypt: addr=finder@example.org; critical=1; "
		"keydata=QUJD\n",
		"Autocrypt: addr=finder@example.org\n",
		"From: second@example.org\n"
		"Autocrypt: addr=finder@example.org; keydata=QUJD\n",
		"Content-Type: multipart/report; boundary=x\n"
		"Autocrypt: addr=finder@example.org; keydata=QUJD\n",
	};
	struct kit *k = *state;
	struct buf b = BUF_INIT(1000);
	size_t i;

	for (i = 0; i < countof(bad); i++) {
		buf_clear(&b);
		buf_printf(&b, HEAD "%s\n--x\n\nx\n--x--\n", bad[i]);
		kit_read(k, b.data);
		assert_int_equal(k->r.keys_count, 0);
	}
	buf_release(&b);
	kit_read(k,
		HEAD "Autocrypt: addr=FINDER@example.org; _mine=1;\n"
		     "\tprefer-encrypt=mutual; keydata=QUJD\n"
		     "Autocrypt: addr=other@example.org; keydata=REVG\n\n");
	assert_int_equal(k->r.keys_count, 1);
	assert_string_equal(k->r.outer.autocrypt_address, "finder@example.org");
}

static void
test_key_inside(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	kit_read(k,
		HEAD "Content-Type: application/pkcs7-mime\n\n"
		     "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03");
	r = kit_open(k, 0, SOURCE_ENTITY,
		"Content-Type: application/pgp-keys\n\nkey\n");
	assert_int_equal(r->keys_count, 1);
	assert_true(r->keys[0].inside);
}

static void
test_words(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD
		"Subject: Re: [PSIRT-2026-0042] xPSIRT-2026-0001\n\n"
		"see psirt-2026-ab3f, PSIRT-2026-12345 and\n"
		"PSIRT-2026-123456789012 or PSIRT-26-0001 or PSIRT-2026-12\n"
		"> > REF: abcdefghijklmnop234567\n"
		"Ref:\xc2\xa0QRSTUVWXYZABCDEFGH\n"
		"Ref: tooshort234\nref: abcdefghijklmnop18\n"
		"Xref: bbbbbbbbbbbbbbbbbbbb\n"
		"> Ref: abcdefghijklmnop234567\n");
	assert_int_equal(r->case_ids_count, 3);
	assert_string_equal(r->case_ids[0], "PSIRT-2026-0042");
	assert_string_equal(r->case_ids[1], "PSIRT-2026-AB3F");
	assert_string_equal(r->case_ids[2], "PSIRT-2026-12345");
	assert_int_equal(r->refs_count, 2);
	assert_string_equal(r->refs[0], "abcdefghijklmnop234567");
	assert_string_equal(r->refs[1], "qrstuvwxyzabcdefgh");
}

#define TOKEN_1 "abcdefghijklmnopqrstuvwx"
#define TOKEN_2 "yz234567abcdefghijklmnop"

static void
test_case_lines(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Subject: Re: [PSIRT-2026-0001 " TOKEN_2 "] x\n\n"
		     "/take\n/CASE psirt-2026-0042  " TOKEN_1 "\n"
		     "see /case PSIRT-2026-0002 " TOKEN_2 "\n"
		     "/case PSIRT-2026-0002 " TOKEN_2 "a\n"
		     "/case PSIRT-2026-0002 tooshort\n/case\n"
		     "/cases PSIRT-2026-0002 " TOKEN_2 "\n"
		     "  /case PSIRT-2026-0044 " TOKEN_2 "\n"
		     ">  /case PSIRT-2026-0044 " TOKEN_2 "\n"
		     "> >   /case PSIRT-2026-0044 " TOKEN_2 "\n"
		     "> > /case PSIRT-2026-0042 " TOKEN_1 "\n"
		     "> /case PSIRT-2026-0043 " TOKEN_2 "\n");
	/* That of an outer subject could have been written by anybody. */
	assert_int_equal(r->case_lines_count, 2);
	assert_string_equal(r->case_lines[0].id, "PSIRT-2026-0042");
	assert_string_equal(r->case_lines[0].token, TOKEN_1);
	assert_string_equal(r->case_lines[1].id, "PSIRT-2026-0043");
	assert_string_equal(r->case_lines[1].token, TOKEN_2);
}

static void
test_attachments(void **state)
{
	struct kit *k = *state;
	struct reading *r;

	r = kit_read(k,
		HEAD "Content-Type: image/png;\n"
		     " name*0*=utf-8''%C3%A4; name*1=\"/../b.png\"\n"
		     "Content-Transfer-Encoding: base64\n\nQUJD\nREU=\n");
	assert_string_equal(r->parts[0].name, "b.png");
	assert_int_equal(r->parts[0].size, 5);
	assert_int_equal(r->parts[0].out_len, 0);
	k->options.attachments = true;
	r = kit_reread(k);
	assert_string_equal(
		kit_extract(k, r->parts[0].out_at, r->parts[0].out_len),
		"ABCDE");
	assert_string_equal(r->parts[0].hash,
		"f0393febe8baaa55e32f7be2a7cc180b"
		"f34e52137d99e056c817a9c07b8f239a");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {T(test_alternative),
		T(test_nested_alternative), T(test_related), T(test_joined),
		T(test_forwarded), T(test_charsets), T(test_opened_charset),
		T(test_flowed), T(test_cut), T(test_keys), T(test_autocrypt),
		T(test_key_inside), T(test_words), T(test_case_lines),
		T(test_attachments)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
