/* What makes two messages one: our own fields on top, and nothing else. */
#include "daemon/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"

#define MAIL \
	"Received: from laptop by mail.finder.test; Sat, 21 Nov 2026\r\n" \
	"From: <faye@finder.test>\r\nSubject: a bug\r\n\r\nWords.\r\n"

static const struct conf conf = {.address = (char *)"security@example.test",
	.hostname = (char *)"gate.example.test",
	.authserv_id = (char *)"border"};

static struct hash
identity(const char *data, size_t len)
{
	struct hash h;
	struct err e;
	int fd;

	assert_int_equal(fs_memory_file("mail", &fd, &e), 0);
	assert_int_equal(fs_write_all(fd, data, len, &e), 0);
	assert_int_equal(identity_of(fd, (int64_t)len, &conf, &h, &e), 0);
	close(fd);
	return h;
}

static bool
same(const char *a, const char *b)
{
	struct hash of_a = identity(a, strlen(a)),
		    of_b = identity(b, strlen(b));

	return memcmp(of_a.bytes, of_b.bytes, HASH_BYTES) == 0;
}

#define TOP \
	"Received: from mail.finder.test (unknown [192.0.2.1])\r\n" \
	"\tby mx (Postfix) with ESMTPS id 4XyZ\r\n" \
	"\tfor <security@example.test>; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
#define OTHER_TOP "Received: from a by b with SMTP id OTHER; later\r\n"

/* On top of the same mail these make no difference. */
static void
test_passed_over(void **state)
{
	static const char *const tops[] = {
		OTHER_TOP,
		/* At delivery. */
		"Return-Path: <faye@finder.test>\r\n"
		"X-Original-To: security@example.test\r\n"
		"Delivered-To: security@example.test\r\n" TOP,
		"DELIVERED-TO : a@b\r\n" TOP,
		/* Further hosts of ours, and what they have found out. */
		TOP "Received: from mx (localhost)\r\n by Mx1.Example.TEST id "
		    "1\r\nReceived: (q) by gate.example.test (Postfix)\r\n",
		"Authentication-Results: border 1; dmarc=pass\r\n" TOP,
		TOP "Authentication-Results: (c) BORDER;\r\n\tdmarc=pass\r\n",
		"DKIM-Filter: OpenDKIM v2 mx.example.test 4XyZ\r\n"
		"DMARC-Filter: OpenDMARC v1 border 4XyZ\r\n" TOP,
		TOP "Received-SPF: Pass (mailfrom) receiver=gate.example.test; "
		    "client-ip=192.0.2.1\r\n",
		/* As Unix has it. */
		"Return-Path: <>\nReceived: from c by d;\n\tlater\n",
	};
	char text[4096];
	size_t i;

	(void)state;
	for (i = 0; i < countof(tops); i++) {
		snprintf(text, sizeof(text), "%s%s", tops[i], MAIL);
		if (!same(TOP MAIL, text))
			fail_msg("not the same: %s", text);
	}
}

/* These do. */
static void
test_counts(void **state)
{
	static const char *const others[] = {
		"",
		/* The second Received, when it is not by a host of ours. */
		TOP OTHER_TOP MAIL,
		TOP "Received: from gate.example.test by b; now\r\n" MAIL,
		TOP "Received: by notexample.test\r\n" MAIL,
		TOP "Received: by example.test.finder.test\r\n" MAIL,
		TOP "Authentication-Results: borders; dmarc=pass\r\n" MAIL,
		TOP "Authentication-Results: x.test; by=border\r\n" MAIL,
		TOP "DKIM-Filter: OpenDKIM v2 mx.finder.test 4XyZ\r\n" MAIL,
		/* Below a field that is not ours nothing is. */
		TOP "X: y\r\nDelivered-To: a@b\r\n" MAIL,
		TOP "Resent-To: a@b\r\n" MAIL,
		/* No field: the header is over, or never was. */
		TOP "\r\nDelivered-To: a@b\r\n" MAIL,
		"\r\n" MAIL,
		"Delivered-To\r\n" MAIL,
		TOP " folded\r\n\r\n" MAIL,
		/* Everything else. */
		TOP MAIL " ",
		TOP "\r\n" MAIL,
	};
	size_t i;

	(void)state;
	for (i = 0; i < countof(others); i++)
		if (same(TOP MAIL, others[i]))
			fail_msg("the same: %s", others[i]);
}

/* A body that looks like fields of ours is a body. */
static void
test_only_header(void **state)
{
	(void)state;
	assert_false(same(TOP "\r\nReturn-Path: <a@b>\r\nx", TOP "\r\nx"));
	assert_false(same(TOP "\r\n\r\nDelivered-To: a\r\nx", TOP "\r\n\r\nx"));
	assert_false(same(TOP, TOP "Delivered-To: a"));
}

/* The whole of it is hashed, however long, and zero bytes are bytes. */
static void
test_long(void **state)
{
	static char text[200000];
	struct hash before, after;
	size_t at;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, TOP MAIL, sizeof(TOP MAIL) - 1);
	before = identity(text, sizeof(text));
	for (at = sizeof(TOP) - 1; at < sizeof(text); at += 9973) {
		text[at] ^= 1;
		after = identity(text, sizeof(text));
		assert_memory_not_equal(before.bytes, after.bytes, HASH_BYTES);
		text[at] ^= 1;
	}
	after = identity(text, sizeof(text) - 1);
	assert_memory_not_equal(before.bytes, after.bytes, HASH_BYTES);
}

/* One field without an end is nobody's, and nothing is read beyond it. */
static void
test_endless_field(void **state)
{
	static char text[150000], other[150000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "Delivered-To: ", 14);
	memcpy(other, text, sizeof(text));
	other[20] = 'y';
	assert_false(same(text, other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_only_header),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_endless_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
