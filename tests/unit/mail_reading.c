/* The description of a mail: names, record, and what reading_check() refuses.
 */
#include "mail/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char empty[] = "", type[] = "text/plain", bad_utf8[] = "\xff";
static char long_hash[] = "abc";

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(part_role_name(PART_CONTROL), "control");
	assert_string_equal(part_role_name(PART__COUNT), "unknown");
	assert_string_equal(part_encoding_name(ENCODING_UUENCODE), "uuencode");
	assert_string_equal(part_encoding_name(ENCODING__COUNT), "unknown");
	assert_string_equal(
		sealed_kind_name(SEALED_SMIME_DETACHED), "smime-detached");
	assert_string_equal(sealed_kind_name(SEALED__COUNT), "unknown");
	assert_string_equal(sealed_state_name(SEALED_FAILED), "failed");
	assert_string_equal(sealed_state_name(SEALED__STATES), "unknown");
	assert_string_equal(key_origin_name(KEY_CERTIFICATE), "certificate");
	assert_string_equal(key_origin_name(KEY__ORIGINS), "unknown");
}

static void
test_kinds(void **state)
{
	static const struct {
		enum sealed_kind kind;
		bool encrypted, detached, packed;
	} kinds[] = {
		{SEALED_PGP_ENCRYPTED, true, false, false},
		{SEALED_PGP_SIGNED, false, true, false},
		{SEALED_PGP_INLINE, true, false, false},
		{SEALED_PGP_CLEARSIGNED, false, false, false},
		{SEALED_PGP_FILE, true, false, false},
		{SEALED_SMIME_ENVELOPED, true, false, false},
		{SEALED_SMIME_SIGNED, false, false, false},
		{SEALED_SMIME_DETACHED, false, true, false},
		{SEALED_MESSAGE, false, false, true},
		{SEALED_TNEF, false, false, true},
	};
	size_t i;

	(void)state;
	assert_int_equal(countof(kinds), SEALED__COUNT);
	for (i = 0; i < countof(kinds); i++) {
		assert_int_equal(
			sealed_is_encrypted(kinds[i].kind), kinds[i].encrypted);
		assert_int_equal(
			sealed_is_detached(kinds[i].kind), kinds[i].detached);
		assert_int_equal(
			sealed_is_packed(kinds[i].kind), kinds[i].packed);
	}
}

/* A reading of two sources (100 and 50 bytes) and an extract of 30. */
struct sample {
	struct mail_part parts[3];
	struct mail_sealed sealed[1];
	struct mail_key keys[1];
	struct reading r;
};

static void
make(struct sample *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < countof(s->parts); i++)
		s->parts[i] = (struct mail_part){.parent = (int)i - 1,
			.source = i == 2,
			.type = type,
			.name = empty,
			.charset = empty,
			.hash = empty,
			.head_len = 10,
			.body_at = 12,
			.body_len = 38};
	s->sealed[0] = (struct mail_sealed){.part = 1,
		.state = SEALED_OPENED,
		.at = 12,
		.opened = 1,
		.payload_at = 10,
		.payload_len = 20,
		.sniffed = empty};
	s->keys[0] = (struct mail_key){.address = empty, .data = SPAN("key")};
	s->r = (struct reading){.parts = s->parts,
		.parts_count = 3,
		.sealed = s->sealed,
		.sealed_count = 1,
		.keys = s->keys,
		.keys_count = 1};
}

static int
check(const struct sample *s)
{
	static const int64_t sizes[] = {100, 50};
	struct err e = {.kind = ERR_NONE};
	int result = reading_check(&s->r, sizes, 2, 30, &e);

	assert_int_equal(e.kind, result == 0 ? ERR_NONE : ERR_PERMANENT);
	return result;
}

#define REFUSED(CHANGE) \
	do { \
		make(&s); \
		CHANGE; \
		if (check(&s) != -1) \
			fail_msg("passed: %s", #CHANGE); \
	} while (0)

static void
test_check_parts(void **state)
{
	struct sample s;

	(void)state;
	make(&s);
	assert_int_equal(check(&s), 0);
	REFUSED(s.r.parts_count = 0);
	REFUSED(s.parts[0].parent = 0);
	REFUSED(s.parts[1].parent = -1);
	REFUSED(s.parts[1].parent = 1);
	REFUSED(s.parts[1].parent = 2);
	REFUSED(s.parts[2].parent = 7);
	REFUSED(s.parts[1].source = 2);
	REFUSED(s.parts[1].source = -1);
	REFUSED(s.parts[0].role = PART__COUNT);
	REFUSED(s.parts[0].role = -1);
	REFUSED(s.parts[0].encoding = ENCODING__COUNT);
	REFUSED(s.parts[0].head_at = -1);
	REFUSED(s.parts[0].head_at = 91);
	REFUSED(s.parts[2].body_at = 13);
	REFUSED(s.parts[0].body_len = -1);
	REFUSED(s.parts[0].body_len = INT64_MAX);
	REFUSED(s.parts[0].body_at = INT64_MAX);
	REFUSED(s.parts[0].out_at = 31);
	REFUSED(s.parts[0].out_len = 31);
	REFUSED(s.parts[0].size = -2);
	REFUSED(s.parts[0].hash = long_hash);
}

/* A part may not stand behind somebody who is no ancestor of the one before. */
static void
test_check_order(void **state)
{
	struct mail_part parts[4];
	struct sample s;
	int i;

	(void)state;
	make(&s);
	for (i = 0; i < 4; i++)
		parts[i] = s.parts[0];
	parts[0].parent = -1;
	parts[1].parent = 0;
	parts[2].parent = 0;
	s.r.parts = parts;
	s.r.parts_count = 4;
	s.r.sealed_count = 0;
	parts[3].parent = 2;
	assert_int_equal(check(&s), 0);
	parts[3].parent = 0;
	assert_int_equal(check(&s), 0);
	parts[3].parent = 1;
	assert_int_equal(check(&s), -1);
}

static void
test_check_sealed(void **state)
{
	struct sample s;

	(void)state;
	REFUSED(s.sealed[0].part = 3);
	REFUSED(s.sealed[0].part = -1);
	REFUSED(s.sealed[0].part = 2); /* that is of another source */
	REFUSED(s.sealed[0].source = 1);
	REFUSED(s.sealed[0].source = 2);
	REFUSED(s.sealed[0].kind = SEALED__COUNT);
	REFUSED(s.sealed[0].state = SEALED__STATES);
	REFUSED(s.sealed[0].state = SEALED_NEW); /* opened, but new */
	REFUSED(s.sealed[0].at = 101);
	REFUSED(s.sealed[0].at = -1);
	REFUSED(s.sealed[0].opened = 2);
	REFUSED(s.sealed[0].payload_at = 11);
	REFUSED(s.sealed[0].payload_len = -1);
	REFUSED(s.sealed[0].signature_at = 31);
	REFUSED(s.sealed[0].signature_len = 31);
	REFUSED(s.r.sealed_count = READING_SEALED_MAX + 1);
	REFUSED(s.r.keys_count = READING_KEYS_MAX + 1);
	REFUSED(s.r.parts_count = READING_PARTS_MAX + 1);
	REFUSED(s.keys[0].origin = KEY__ORIGINS);
	REFUSED(s.keys[0].data.len = READING_KEY_BYTES + 1);
}

static int
round_trip(const struct reading *r)
{
	struct arena *a = arena_new();
	struct buf b = BUF_INIT(1 << 20);
	struct reading out;
	struct err e;
	int result;

	record_encode(&b, &reading_schema, r);
	result = record_decode(a, buf_view(&b), &reading_schema, &out, &e);
	buf_release(&b);
	arena_free(&a);
	return result;
}

/* Every enum, every text and every list has its bounds in the schema. */
static void
test_record(void **state)
{
	struct sample s;

	(void)state;
	make(&s);
	assert_int_equal(round_trip(&s.r), 0);
	make(&s);
	s.parts[0].role = PART__COUNT;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.parts[0].encoding = -1;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.sealed[0].kind = SEALED__COUNT;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.sealed[0].state = -1;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.keys[0].origin = KEY__ORIGINS;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.r.robot = bad_utf8;
	assert_int_equal(round_trip(&s.r), -1);
	make(&s);
	s.r.outer.date = -1;
	assert_int_equal(round_trip(&s.r), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_check_parts),
		cmocka_unit_test(test_check_order),
		cmocka_unit_test(test_check_sealed),
		cmocka_unit_test(test_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
