/* What an OpenPGP message is, by its packets; and what is none. */
#include "crypto/sniff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Version 3, key 0123456789ABCDEF, algorithm 18. */
#define PKESK_BODY "\x03\x01\x23\x45\x67\x89\xab\xcd\xef\x12"
#define PKESK "\xc1\x0a" PKESK_BODY
#define PKESK_HIDDEN "\xc1\x0a\x03\0\0\0\0\0\0\0\0\x12"
/* Version 6: the key's version and fingerprint. */
#define PKESK_V6 "\xc1\x04\x06\x01\x06\x19"
#define SKESK "\xc3\x04\x04\x09\x03\x08"
#define SKESK_AEAD "\xc3\x04\x05\x09\x02\x03"
#define SEIPD1 "\xd2\x03\x01zz"
/* PKESK and SEIPD1 in base64. */
#define ARMOR "wQoDASNFZ4mrze8S0gMBeno="
#define BEGIN "-----BEGIN PGP MESSAGE-----"
#define CLEAR "-----BEGIN PGP SIGNED MESSAGE-----\n"
#define ONE "0123456789ABCDEF"

static const struct sniff_case {
	const char *what;
	struct span bytes;
	const char *is;
} cases[] = {
	{"no bytes", SPAN(""), "nothing version=0 recipients=0 passwords=0"},
	{"one recipient", SPAN(PKESK SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"a hidden one", SPAN(PKESK_HIDDEN PKESK SEIPD1),
		"seipd1 version=3 recipients=2 passwords=0 "
		"0000000000000000 " ONE},
	{"old format, one octet of length", SPAN("\x84\x0a" PKESK_BODY SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"two octets", SPAN("\x85\0\x0a" PKESK_BODY SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"four octets", SPAN("\x86\0\0\0\x0a" PKESK_BODY SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"new format, five octets",
		SPAN("\xc1\xff\0\0\0\x0a" PKESK_BODY SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"indeterminate length", SPAN("\xa7zzzzzz" PKESK),
		"sed version=0 recipients=0 passwords=0"},
	{"partial length", SPAN(PKESK "\xd2\xec\x01zzz"),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"a password", SPAN(SKESK SEIPD1),
		"seipd1 version=4 recipients=0 passwords=1"},
	{"a password and a key", SPAN(PKESK SKESK SEIPD1),
		"seipd1 version=4 recipients=1 passwords=1 " ONE},
	{"a password for AEAD", SPAN(SKESK_AEAD "\xd4\x02\x01z"),
		"ocb version=5 recipients=0 passwords=1"},
	{"version 6", SPAN(PKESK_V6 "\xd2\x03\x02zz"),
		"seipd2 version=6 recipients=1 passwords=0"},
	{"a literal, then ciphertext",
		SPAN("\xcb\x02"
		     "b\0" PKESK SEIPD1),
		"mixed version=0 recipients=0 passwords=0"},
	{"signed, then ciphertext", SPAN("\xc4\x03\x03\x01\x08" SEIPD1),
		"mixed version=3 recipients=0 passwords=0"},
	{"signed, whole",
		SPAN("\xc4\x03\x03\x01\x08"
		     "\xcb\x02"
		     "b\0"
		     "\xc2\x03\x04\x01\x16"),
		"signed version=4 recipients=0 passwords=0"},
	{"version 6, to a version 4 key",
		SPAN("\xc1\x17\x06\x15\x04"
		     "............\x01\x23\x45\x67\x89\xab\xcd\xef" SEIPD1),
		"seipd1 version=6 recipients=1 passwords=0 " ONE},
	{"version 6, to a version 6 key",
		SPAN("\xc1\x23\x06\x21\x06\x01\x23\x45\x67\x89\xab\xcd\xef"
		     "........................" SEIPD1),
		"seipd1 version=6 recipients=1 passwords=0 " ONE},
	{"version 6, hidden", SPAN("\xc1\x03\x06\0\x19" SEIPD1),
		"seipd1 version=6 recipients=1 passwords=0 0000000000000000"},
	{"version 6, cut off", SPAN("\xc1\x05\x06\x15\x04.." SEIPD1),
		"seipd1 version=6 recipients=1 passwords=0"},
	{"AEAD to a version 3 packet", SPAN(PKESK "\xd2\x03\x02zz"),
		"seipd2 version=3 recipients=1 passwords=0 " ONE},
	{"GnuPG's own AEAD", SPAN(PKESK "\xd4\x03\x01zz"),
		"ocb version=3 recipients=1 passwords=0 " ONE},
	{"no integrity", SPAN(PKESK "\xc9\x02zz"),
		"sed version=3 recipients=1 passwords=0 " ONE},
	{"marker and padding before",
		SPAN("\xca\x03PGP"
		     "\xd5\x02xx" PKESK SEIPD1),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"one-pass",
		SPAN("\xc4\x03\x03\x01\x08"
		     "\xcb\x02"
		     "b\0"),
		"signed version=3 recipients=0 passwords=0"},
	{"one-pass, version 6",
		SPAN("\xc4\x03\x06\x01\x08"
		     "\xcb\x02"
		     "b\0"),
		"signed version=6 recipients=0 passwords=0"},
	{"a signature", SPAN("\xc2\x03\x04\x01\x16"),
		"signed version=4 recipients=0 passwords=0"},
	{"compressed", SPAN("\xc8\x02\x01z"),
		"signed version=0 recipients=0 passwords=0"},
	{"a literal",
		SPAN("\xcb\x02"
		     "b\0"),
		"signed version=0 recipients=0 passwords=0"},
	{"a public key",
		SPAN("\xc6\x02\x04z"
		     "\xcd\x01u"),
		"key version=4 recipients=0 passwords=0"},
	{"a secret key", SPAN("\xc5\x02\x06z"),
		"key version=6 recipients=0 passwords=0"},
	/* --- damaged --- */
	{"a tag alone", SPAN("\xc1"),
		"nothing version=0 recipients=0 passwords=0"},
	{"a length cut off", SPAN("\xc1\xff\0\0"),
		"nothing version=0 recipients=0 passwords=0"},
	{"an old length cut off", SPAN("\x86\0\0"),
		"nothing version=0 recipients=0 passwords=0"},
	{"a recipient cut off", SPAN("\xc1\x0a\x03\x01\x23"),
		"nothing version=3 recipients=1 passwords=0"},
	{"cut off before the data", SPAN(PKESK),
		"nothing version=3 recipients=1 passwords=0 " ONE},
	{"an empty recipient", SPAN("\xc1\0" PKESK SEIPD1),
		"seipd1 version=3 recipients=2 passwords=0 " ONE},
	{"a length beyond everything", SPAN("\xc1\xff\xff\xff\xff\xff\x03zz"),
		"nothing version=3 recipients=1 passwords=0"},
	{"what is no packet after one", SPAN(PKESK "hello"),
		"nothing version=3 recipients=1 passwords=0 " ONE},
	{"data without a body", SPAN("\xd2\0"),
		"seipd1 version=0 recipients=0 passwords=0"},
	/* --- text --- */
	{"words", SPAN("please help"),
		"nothing version=0 recipients=0 passwords=0"},
	{"armor",
		SPAN(BEGIN "\n\n" ARMOR "\n=AAAA\n-----END PGP MESSAGE-----\n"),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"armor with headers, after words, CRLF",
		SPAN("Words.\r\n" BEGIN "\r\nComment: gpgq\r\n\r\n" ARMOR
		     "\r\n"),
		"seipd1 version=3 recipients=1 passwords=0 " ONE},
	{"armor that is cut off", SPAN("-----BEGIN PGP MESSAGE-----\n\nwQo"),
		"nothing version=0 recipients=1 passwords=0"},
	/* Its words are no base64: "p" would be unprotected data. */
	{"a clear signature",
		SPAN(CLEAR "Hash: SHA512\n\nplease help\n"
			   "-----BEGIN PGP SIGNATURE-----\n\nwgMEARY=\n"
			   "=AAAA\n-----END PGP SIGNATURE-----\n"),
		"signed version=4 recipients=0 passwords=0"},
	{"a clear signature without an end", SPAN(CLEAR "\nplease help\n"),
		"nothing version=0 recipients=0 passwords=0"},
};

/* Bytes of their own, so that ASan sees who reads beyond them. */
static struct sniff
sniff_copy(struct span bytes)
{
	char *copy = malloc(bytes.len + 1);
	struct sniff s;

	memcpy(copy, bytes.data, bytes.len);
	copy = realloc(copy, bytes.len > 0 ? bytes.len : 1);
	s = sniff_openpgp((struct span){copy, bytes.len});
	free(copy);
	return s;
}

static void
test_every_kind_of_message(void **state)
{
	struct arena *a = arena_new();
	const char *is;
	struct sniff s;
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		s = sniff_copy(cases[i].bytes);
		is = sniff_text(a, &s);
		if (strcmp(is, cases[i].is) != 0)
			fail_msg("%s: %s", cases[i].what, is);
	}
	arena_free(&a);
}

/* The reader says it as text, and the worker takes it from there. */
static void
test_the_text_comes_back(void **state)
{
	struct arena *a = arena_new();
	struct sniff s, again;
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++) {
		s = sniff_copy(cases[i].bytes);
		again = sniff_parse(sniff_text(a, &s));
		assert_string_equal(sniff_text(a, &again), sniff_text(a, &s));
	}
	arena_free(&a);
}

static void
test_all_recipients_are_counted_and_eight_named(void **state)
{
	struct buf b = BUF_INIT(SNIFF_BYTES);
	struct sniff s;
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		buf_span(&b, SPAN(PKESK));
	buf_span(&b, SPAN(SEIPD1));
	s = sniff_copy(buf_view(&b));
	assert_int_equal(s.recipients, 500);
	assert_int_equal(s.data, SNIFF_SEIPD1);
	assert_string_equal(s.keys[countof(s.keys) - 1], ONE);
	buf_release(&b);
}

static void
test_only_the_front_is_looked_at(void **state)
{
	struct buf b = BUF_INIT(2 * SNIFF_BYTES);
	struct sniff s;

	(void)state;
	buf_span(&b, SPAN("\xd5\xff\0\1\0\0"));
	while (b.len < SNIFF_BYTES + 6)
		buf_putc(&b, 'x');
	buf_span(&b, SPAN(PKESK SEIPD1));
	s = sniff_copy(buf_view(&b));
	assert_int_equal(s.data, SNIFF_NOTHING);
	assert_int_equal(s.recipients, 0);
	buf_release(&b);
}

static void
test_other_words_are_nothing(void **state)
{
	static const char *const texts[] = {"", "seipd1", "seipd1 version=3",
		"ocb version=3 recipients=x passwords=0", "version=3"};
	struct sniff s;
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++) {
		s = sniff_parse(texts[i]);
		assert_int_equal(s.data, SNIFF_NOTHING);
		assert_int_equal(s.recipients, 0);
		assert_string_equal(s.keys[0], "");
	}
}

/* A version 4 signature whose hashed subpackets are HASHED. */
static bool
offers(struct span hashed)
{
	struct buf b = BUF_INIT(200);
	bool is;

	/* A public key, and a user ID, which are not looked into. */
	buf_span(&b,
		SPAN("\xc6\x02\x04\x00\xcd\x01"
		     "a\xc2"));
	buf_putc(&b, (char)(hashed.len + 10));
	buf_span(&b, SPAN("\x04\x13\x16\x08"));
	buf_putc(&b, 0);
	buf_putc(&b, (char)hashed.len);
	buf_span(&b, hashed);
	buf_span(&b, SPAN("\x00\x00\x12\x34"));
	is = sniff_offers_aead(buf_view(&b));
	buf_release(&b);
	return is;
}

static void
test_a_key_that_offers_aead(void **state)
{
	(void)state;
	assert_false(offers(SPAN("")));
	/* Modification detection, preferred ciphers. */
	assert_false(offers(SPAN("\x02\x1e\x01\x03\x0b\x09\x08")));
	assert_true(offers(SPAN("\x03\x0b\x09\x08\x02\x1e\x03")));
	assert_true(offers(SPAN("\x02\x1e\x09")));
	assert_true(offers(SPAN("\x03\x22\x02\x01")));
	assert_true(offers(SPAN("\x03\xa7\x09\x02")));
	/* Cut off, or longer than it is. */
	assert_false(offers(SPAN("\x09\x1e\x03")));
	assert_false(offers(SPAN("\x00\x1e\x03")));
	assert_false(sniff_offers_aead(SPAN("\xc2\xff\x00")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_message),
		cmocka_unit_test(test_the_text_comes_back),
		cmocka_unit_test(
			test_all_recipients_are_counted_and_eight_named),
		cmocka_unit_test(test_only_the_front_is_looked_at),
		cmocka_unit_test(test_other_words_are_nothing),
		cmocka_unit_test(test_a_key_that_offers_aead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
