/* Digests, against FIPS 180-4, RFC 2104, 4231 and 4648; and text forms. */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

#define BLOCK 64 /* of SHA-256 */

static void
hash_is(struct hash h, const char *hex)
{
	char text[HASH_HEX];

	hex_of(h.bytes, sizeof(h.bytes), text);
	assert_string_equal(text, hex);
}

static void
test_sha256_is_the_standards(void **state)
{
	struct hasher *h;
	char a[1000];
	int i;

	(void)state;
	hash_is(hash_of(SPAN("")),
		"e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855");
	hash_is(hash_of(SPAN("abc")),
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad");
	hash_is(hash_of(SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmno"
			     "mnopnopq")),
		"248d6a61d20638b8e5c026930c3e6039"
		"a33ce45964ff2167f6ecedd419db06c1");
	memset(a, 'a', sizeof(a));
	h = hasher_new();
	for (i = 0; i < 1000; i++)
		hasher_add(h, a, sizeof(a));
	hash_is(hasher_finish(&h),
		"cdc76e5c9914fb9281a1c7e284d73e67"
		"f1809a48a497200e046d39ccc7112cd0");
	assert_null(h);
}

static void
test_pieces_make_the_same_digest(void **state)
{
	struct hasher *h = hasher_new();
	struct hash once = hash_of(SPAN("one two three")), pieces;

	(void)state;
	hasher_add(h, "one", 3);
	hasher_add(h, "", 0);
	hasher_add(h, " two three", 10);
	pieces = hasher_finish(&h);
	assert_memory_equal(once.bytes, pieces.bytes, HASH_BYTES);
}

/* RFC 2104 by hand, to hold hmac_of() against. */
static struct hash
hmac_by_hand(struct span key, struct span data)
{
	unsigned char inner[BLOCK] = {0}, outer[BLOCK];
	struct hasher *h;
	struct hash short_key, d;
	size_t i;

	if (key.len > BLOCK) {
		short_key = hash_of(key);
		key = (struct span){(char *)short_key.bytes, HASH_BYTES};
	}
	memcpy(inner, key.data, key.len);
	memcpy(outer, inner, BLOCK);
	for (i = 0; i < BLOCK; i++) {
		inner[i] ^= 0x36;
		outer[i] ^= 0x5c;
	}
	h = hasher_new();
	hasher_add(h, inner, BLOCK);
	hasher_add(h, data.data, data.len);
	d = hasher_finish(&h);
	h = hasher_new();
	hasher_add(h, outer, BLOCK);
	hasher_add(h, d.bytes, HASH_BYTES);
	return hasher_finish(&h);
}

/* The hand knows what it does: test cases 1, 2 and 6 of RFC 4231. */
static void
test_the_hand_made_hmac_is_rfc_4231s(void **state)
{
	char key[131];

	(void)state;
	memset(key, 0x0b, 20);
	hash_is(hmac_by_hand((struct span){key, 20}, SPAN("Hi There")),
		"b0344c61d8db38535ca8afceaf0bf12b"
		"881dc200c9833da726e9376c2e32cff7");
	hash_is(hmac_by_hand(
			SPAN("Jefe"), SPAN("what do ya want for nothing?")),
		"5bdcc146bf60754e6a042426089575c7"
		"5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hash_is(hmac_by_hand((struct span){key, sizeof(key)},
			SPAN("Test Using Larger Than Block-Size Key - Hash Key "
			     "First")),
		"60e431591ee0b67f0d8a26aacbf5b77f"
		"8e0bc6213728c5140546040f0ee37f54");
}

/* hmac_of() puts the length of each part, little-endian, in front of it. */
static void
test_hmac_is_over_parts_with_their_lengths(void **state)
{
	static const char flat[] = "\3\0\0\0\0\0\0\0one\0\0\0\0\0\0\0\0"
				   "\5\0\0\0\0\0\0\0three";
	const struct span parts[] = {SPAN("one"), SPAN(""), SPAN("three")};
	char key[200];
	size_t len;
	struct hash h, by_hand;

	(void)state;
	memset(key, 'k', sizeof(key));
	for (len = 1; len < sizeof(key); len += 21) {
		h = hmac_of((struct span){key, len}, parts, countof(parts));
		by_hand = hmac_by_hand((struct span){key, len}, SPAN(flat));
		assert_memory_equal(h.bytes, by_hand.bytes, HASH_BYTES);
	}
	h = hmac_of(SPAN("k"), NULL, 0);
	by_hand = hmac_by_hand(SPAN("k"), SPAN(""));
	assert_memory_equal(h.bytes, by_hand.bytes, HASH_BYTES);
}

/* Where a part ends matters: ("ab","c") is not ("a","bc"). */
static void
test_hmac_tells_parts_apart(void **state)
{
	const struct span sets[][2] = {{SPAN("ab"), SPAN("c")},
		{SPAN("a"), SPAN("bc")}, {SPAN("abc"), SPAN("")},
		{SPAN(""), SPAN("abc")}, {SPAN("c"), SPAN("ab")}};
	struct hash h[countof(sets) + 2];
	size_t i, j;

	(void)state;
	for (i = 0; i < countof(sets); i++)
		h[i] = hmac_of(SPAN("key"), sets[i], 2);
	h[i++] = hmac_of(SPAN("key"), sets[2], 1);
	h[i] = hmac_of(SPAN("kez"), sets[2], 2);
	for (i = 0; i < countof(h); i++)
		for (j = 0; j < i; j++)
			assert_memory_not_equal(
				h[i].bytes, h[j].bytes, HASH_BYTES);
}

static void
test_hex_there_and_back(void **state)
{
	const unsigned char bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xab};
	unsigned char back[sizeof(bytes)];
	char text[2 * sizeof(bytes) + 1];

	(void)state;
	hex_of(bytes, sizeof(bytes), text);
	assert_string_equal(text, "00017f80ffab");
	assert_true(hex_parse(text, back, sizeof(back)));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_true(hex_parse("00017F80FFAB", back, sizeof(back)));
	assert_memory_equal(back, bytes, sizeof(bytes));
	hex_of(bytes, 0, text);
	assert_string_equal(text, "");
	assert_true(hex_parse("", back, 0));
}

static void
test_what_is_not_hex_is_refused(void **state)
{
	static const char *const texts[] = {"", "0", "000", "0g", "g0", " 0",
		"0x", "-1", "00 ", "/0", ":0", "@0", "`0"};
	unsigned char back[1];
	size_t i;

	(void)state;
	for (i = 0; i < countof(texts); i++)
		assert_false(hex_parse(texts[i], back, sizeof(back)));
}

static void
base32_is(const char *data, size_t chars, const char *expected)
{
	char text[64];

	memset(text, 'X', sizeof(text));
	base32_of(data, strlen(data), text, chars);
	assert_string_equal(text, expected);
}

/* The vectors of RFC 4648, section 10, in lower case and unpadded. */
static void
test_base32_is_rfc_4648s(void **state)
{
	(void)state;
	base32_is("", 8, "");
	base32_is("f", 8, "my");
	base32_is("fo", 8, "mzxq");
	base32_is("foo", 8, "mzxw6");
	base32_is("foob", 8, "mzxw6yq");
	base32_is("fooba", 8, "mzxw6ytb");
	base32_is("foobar", 16, "mzxw6ytboi");
	base32_is("foobar", 3, "mzx");
	base32_is("foobar", 0, "");
	base32_is("\xff\xff\xff\xff\xff", 8, "77777777");
}

static void
test_secrets_are_compared_whole(void **state)
{
	char a[] = "0123456789", b[] = "0123456789";
	size_t i;

	(void)state;
	assert_true(equal_secret(a, b, 10));
	for (i = 0; i < 10; i++) {
		b[i] ^= 0x40;
		assert_false(equal_secret(a, b, 10));
		assert_true(equal_secret(a, b, i));
		b[i] ^= 0x40;
	}
	assert_true(equal_secret(a, "x", 0));
}

static void
test_random_bytes_differ(void **state)
{
	unsigned char a[32] = {0}, b[32] = {0}, zero[32] = {0};

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zero, sizeof(a));
	random_bytes(zero, 0);
	assert_int_equal(zero[0], 0);
}

static int
setup(void **state)
{
	(void)state;
	hash_open();
	hash_open();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_is_the_standards),
		cmocka_unit_test(test_pieces_make_the_same_digest),
		cmocka_unit_test(test_the_hand_made_hmac_is_rfc_4231s),
		cmocka_unit_test(test_hmac_is_over_parts_with_their_lengths),
		cmocka_unit_test(test_hmac_tells_parts_apart),
		cmocka_unit_test(test_hex_there_and_back),
		cmocka_unit_test(test_what_is_not_hex_is_refused),
		cmocka_unit_test(test_base32_is_rfc_4648s),
		cmocka_unit_test(test_secrets_are_compared_whole),
		cmocka_unit_test(test_random_bytes_differ)};

	return cmocka_run_group_tests(tests, setup, NULL);
}
