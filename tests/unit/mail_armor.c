/* What bytes look like. */
#include "mail/armor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGE "-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----"
#define SIGNED \
	"-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nt\n" \
	"-----BEGIN PGP SIGNATURE-----\n\ny\n-----END PGP SIGNATURE-----"
#define KEY \
	"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nz\n" \
	"-----END PGP PUBLIC KEY BLOCK-----"

/* Fed in pieces of every size the answer is the same. */
static void
scan(const char *text, struct armor_scanner *s)
{
	size_t piece, len = strlen(text), at, n;
	struct armor_scanner other;

	*s = (struct armor_scanner){.count = 0};
	armor_feed(s, text, len);
	armor_end(s);
	for (piece = 1; piece < 70; piece++) {
		other = (struct armor_scanner){.count = 0};
		for (at = 0; at < len; at += n) {
			n = len - at < piece ? len - at : piece;
			armor_feed(&other, text + at, n);
		}
		armor_end(&other);
		assert_int_equal(other.count, s->count);
		assert_int_equal(other.outside, s->outside);
		assert_int_equal(other.size, len);
		assert_memory_equal(
			other.block, s->block, s->count * sizeof(s->block[0]));
	}
}

static void
test_scanner(void **state)
{
	struct armor_scanner s;

	(void)state;
	scan(MESSAGE, &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.block[0].kind, ARMOR_MESSAGE);
	assert_int_equal(s.block[0].at, 0);
	assert_int_equal(s.block[0].end, strlen(MESSAGE));
	assert_false(s.outside);
	scan(" \r\n\r\n" MESSAGE "  \r\n\r\n" SIGNED "\n" KEY "\n\n", &s);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.block[0].at, 5);
	assert_int_equal(s.block[0].end, 5 + strlen(MESSAGE));
	assert_int_equal(s.block[1].kind, ARMOR_SIGNED_MESSAGE);
	assert_int_equal(s.block[2].kind, ARMOR_PUBLIC_KEY);
	assert_false(s.outside);
	scan("words\n" MESSAGE "\n", &s);
	assert_true(s.outside);
	assert_int_equal(s.count, 1);
	/* No end, or another beginning before it. */
	scan("-----BEGIN PGP MESSAGE-----\n\nx\n", &s);
	assert_int_equal(s.count, 0);
	assert_true(s.outside);
	scan("-----BEGIN PGP MESSAGE-----\n\n" MESSAGE "\n", &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.block[0].at, 29);
	assert_true(s.outside);
	/* Quoted, indented, or not quite. */
	scan("> -----BEGIN PGP MESSAGE-----\n> -----END PGP MESSAGE-----\n",
		&s);
	assert_int_equal(s.count, 0);
	scan(" -----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----\n", &s);
	assert_int_equal(s.count, 0);
	scan("", &s);
	assert_int_equal(s.count, 0);
	assert_false(s.outside);
}

static void
test_too_many(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct armor_scanner s = {.count = 0};
	int i;

	(void)state;
	for (i = 0; i < 200; i++)
		buf_puts(&b, MESSAGE "\n");
	armor_feed(&s, b.data, b.len);
	armor_end(&s);
	assert_int_equal(s.count, ARMOR_BLOCKS_MAX);
	assert_true(s.more);
	assert_true(s.outside);
	buf_release(&b);
}

static void
test_front(void **state)
{
	(void)state;
	assert_int_equal(
		armor_begins(SPAN("\r\n \r\n" MESSAGE)), ARMOR_MESSAGE);
	assert_int_equal(armor_begins(SPAN(KEY)), ARMOR_PUBLIC_KEY);
	assert_int_equal(armor_begins(SPAN("x\n" KEY)), ARMOR_NONE);
	assert_int_equal(armor_begins(SPAN("")), ARMOR_NONE);
	assert_true(packets_begin(SPAN("\x85\x01\x0c"))); /* old, session */
	assert_true(packets_begin(SPAN("\xc1\x8c"))); /* new, session */
	assert_true(packets_begin(SPAN("\xa3\x01"))); /* compressed */
	assert_true(packets_begin(SPAN("\x90\x0d"))); /* one-pass */
	assert_true(packets_begin(SPAN("\xd4\x01"))); /* OCB */
	assert_false(packets_begin(SPAN("\x89\x01"))); /* signature */
	assert_false(packets_begin(SPAN("\x99\x01"))); /* public key */
	assert_false(packets_begin(SPAN("PK")));
	assert_false(packets_begin(SPAN("\x85")));
	assert_false(packets_begin(SPAN("")));
}

#define OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"

static void
test_cms(void **state)
{
	(void)state;
	assert_int_equal(
		cms_begins(SPAN("\x30\x80" OID "\x03")), CMS_ENVELOPED);
	assert_int_equal(
		cms_begins(SPAN("\x30\x82\x01\x02" OID "\x02")), CMS_SIGNED);
	assert_int_equal(cms_begins(SPAN("\x30\x0b" OID "\x01")), CMS_NONE);
	assert_int_equal(cms_begins(SPAN("\x30\x80" OID)), CMS_NONE);
	assert_int_equal(cms_begins(SPAN("\x30\x85\1\1\1\1\1" OID)), CMS_NONE);
	assert_int_equal(cms_begins(SPAN("\x30\x84\x01")), CMS_NONE);
	assert_int_equal(cms_begins(SPAN("\x30")), CMS_NONE);
	assert_int_equal(cms_begins(SPAN("")), CMS_NONE);
	assert_true(cms_pem_begins(SPAN("\n-----BEGIN PKCS7-----\r\nx")));
	assert_true(cms_pem_begins(SPAN("-----BEGIN CMS-----\n")));
	assert_false(cms_pem_begins(SPAN("x\n-----BEGIN CMS-----\n")));
	assert_false(cms_pem_begins(SPAN("")));
	assert_true(certificate_begins(SPAN("\x30\x82\1\1\x30\x81\1\xa0")));
	assert_true(
		certificate_begins(SPAN("Bag\n-----BEGIN CERTIFICATE-----\n")));
	assert_false(certificate_begins(SPAN("\x30\x82\1\1\x02\1\1")));
	assert_false(certificate_begins(SPAN("-----BEGIN PRIVATE KEY-----\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scanner),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_front),
		cmocka_unit_test(test_cms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
