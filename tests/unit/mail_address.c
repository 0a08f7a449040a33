/* Addresses that are safe to hand on, and those with a token. */
#include "mail/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void
test_valid(void **state)
{
	static const char *const good[] = {"a@b", "a.b+c@example.org",
		"!#$%&'*+-/=?^_`{|}~@x.org", "jäne@exämple.org",
		SIXTY "aaaa@x.org", "a@" SIXTY "aaa.org", "1@2.example"};
	static const char *const bad[] = {"", "a", "@", "a@", "@b", "a@b@c",
		".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "a@-b",
		"a@b-", "\"a\"@b", "a b@c", "a@b c", "a@[1.2.3.4]", "a(c)@b",
		"<a@b>", "a@b>", "a,b@c", "a\n@b", "a@b\r\nBcc: c@d", "a;b@c",
		"a\\@b", "a@b_c", "a@b/../c", "\xff@b", "a\xe2\x80\xae@b",
		SIXTY "aaaaa@x.org", "a@" SIXTY "aaaa.org"};
	size_t i;

	(void)state;
	for (i = 0; i < countof(good); i++)
		if (!address_valid(span_of(good[i])))
			fail_msg("refused: %s", good[i]);
	for (i = 0; i < countof(bad); i++)
		if (address_valid(span_of(bad[i])))
			fail_msg("passed: %s", bad[i]);
	assert_false(address_valid(SPAN("a\0b@c")));
	assert_false(address_valid(
		SPAN("a@" SIXTY "." SIXTY "." SIXTY "." SIXTY "." SIXTY)));
}

static void
test_normal(void **state)
{
	char out[ADDRESS_MAX + 1];

	(void)state;
	address_normalize(SPAN("Jane.Doe@Example.ORG"), out);
	assert_string_equal(out, "Jane.Doe@example.org");
	address_normalize(SPAN("J@\xc3\x84.ORG"), out);
	assert_string_equal(out, "J@\xc3\x84.org");
	assert_true(address_same("a@b.org", "A@B.ORG"));
	assert_false(address_same("a@b.org", "a@c.org"));
	assert_false(address_same("", ""));
	assert_true(address_local_is_ascii("a@\xc3\xa4.org"));
	assert_false(address_local_is_ascii("\xc3\xa4@a.org"));
}

static void
test_token(void **state)
{
	struct buf b = BUF_INIT(300);
	struct span t;

	(void)state;
	assert_true(address_with_token(
		"security@example.com", "+", "", "c7f3", &b));
	assert_string_equal(b.data, "security+c7f3@example.com");
	t = address_token(
		"SECURITY+C7F3@Example.COM", "security@example.com", "+", "");
	assert_true(span_is(t, "C7F3"));
	buf_clear(&b);
	assert_true(address_with_token(
		"security@example.com", "+", "psirt.example.com", "c7f3", &b));
	assert_string_equal(b.data, "c7f3@psirt.example.com");
	t = address_token(
		b.data, "security@example.com", "+", "psirt.example.com");
	assert_true(span_is(t, "c7f3"));
	/* None of ours. */
	t = address_token(
		"security@example.com", "security@example.com", "+", "");
	assert_int_equal(t.len, 0);
	t = address_token(
		"securityx+c@example.com", "security@example.com", "+", "");
	assert_int_equal(t.len, 0);
	t = address_token(
		"security+c@example.org", "security@example.com", "+", "");
	assert_int_equal(t.len, 0);
	t = address_token("c@example.com", "security@example.com", "+",
		"psirt.example.com");
	assert_int_equal(t.len, 0);
	t = address_token("none", "security@example.com", "+", "");
	assert_int_equal(t.len, 0);
	/* Too long a local part, or no address to begin with. */
	buf_clear(&b);
	assert_false(
		address_with_token("security@example.com", "+", "", SIXTY, &b));
	assert_false(address_with_token("nobody", "+", "", "c7f3", &b));
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
test_a_domain_has_those_below_it(void **state)
{
	static const struct {
		const char *name, *domain;
		bool is;
	} cases[] = {{"example.org", "example.org", true},
		{"Mail.Example.ORG", "example.org", true},
		{"notexample.org", "example.org", false},
		{"org", "example.org", false}, {"example.org", "", false}};
	size_t i;

	(void)state;
	for (i = 0; i < countof(cases); i++)
		assert_int_equal(
			domain_is_at_or_below(cases[i].name, cases[i].domain),
			cases[i].is);
	assert_string_equal(address_domain("a@b@example.org"), "example.org");
	assert_string_equal(address_domain("example.org"), "example.org");
	assert_string_equal(address_domain(""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_normal),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_a_domain_has_those_below_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
