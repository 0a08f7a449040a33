/* Structs to bytes and back; and whatever else somebody sends instead. */
#include "base/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LINES_MAX 3
#define LIST_MAX 2

struct leaf {
	char *word;
	int number;
};

struct branch {
	struct leaf leaf;
	char *text;
	struct leaf *leaves;
	size_t leaves_count;
};

struct tree {
	bool yes;
	int small;
	int64_t large;
	char *line, *text;
	struct span bytes;
	struct branch branch;
	struct leaf *leaves;
	size_t leaves_count;
	char **lines;
	size_t lines_count;
};

static const struct record_field leaf_fields[] = {
	FIELD_LINE(1, struct leaf, word, 10),
	FIELD_INT(2, struct leaf, number, 1, 9),
};
static const struct record_schema leaf_schema = SCHEMA_OF(leaf, leaf_fields);
static const struct record_field branch_fields[] = {
	FIELD_STRUCT(1, struct branch, leaf, &leaf_schema),
	FIELD_TEXT(2, struct branch, text, 10),
	FIELD_LIST(
		3, struct branch, leaves, leaves_count, &leaf_schema, LIST_MAX),
};
static const struct record_schema branch_schema =
	SCHEMA_OF(branch, branch_fields);
static const struct record_field tree_fields[] = {
	FIELD_BOOL(1, struct tree, yes),
	FIELD_INT(2, struct tree, small, -5, 5),
	FIELD_INT64(3, struct tree, large, INT64_MIN, INT64_MAX),
	FIELD_LINE(4, struct tree, line, 8),
	FIELD_TEXT(5, struct tree, text, 8),
	FIELD_BYTES(6, struct tree, bytes, 4),
	FIELD_STRUCT(7, struct tree, branch, &branch_schema),
	FIELD_LIST(
		8, struct tree, leaves, leaves_count, &leaf_schema, LIST_MAX),
	FIELD_LINES(9, struct tree, lines, lines_count, 5, LINES_MAX),
};
static const struct record_schema tree_schema = SCHEMA_OF(tree, tree_fields);

static struct arena *a;
static struct buf out;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	buf_init(&out, 1 << 20);
	e = (struct err){.kind = ERR_NONE};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&a);
	buf_release(&out);
	return 0;
}

/* Bytes of their own, so that ASan sees who reads beyond them. */
static int
decode(struct span in, struct tree *t)
{
	char *copy = xcalloc(1, in.len);
	int result;

	if (in.len > 0)
		memcpy(copy, in.data, in.len);
	result = record_decode(
		a, (struct span){copy, in.len}, &tree_schema, t, &e);
	if (result == 0 && t->bytes.len > 0)
		t->bytes.data = arena_dup(a, t->bytes.data, t->bytes.len);
	free(copy);
	return result;
}

static void
put(uint16_t tag, const char *value, size_t len)
{
	uint8_t head[] = {(uint8_t)tag, (uint8_t)(tag >> 8), (uint8_t)len,
		(uint8_t)(len >> 8), 0, 0};

	buf_add(&out, head, sizeof(head));
	buf_add(&out, value, len);
}

static void
put_text(uint16_t tag, const char *value)
{
	put(tag, value, strlen(value));
}

static void
put_number(uint16_t tag, int64_t number)
{
	char bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)((uint64_t)number >> (8 * i));
	put(tag, bytes, sizeof(bytes));
}

/* What stands in OUT is refused for a reason that has WORDS in it. */
static void
refused(const char *words)
{
	struct tree t;

	assert_int_equal(decode(buf_view(&out), &t), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_string_equal(e.status, "5.6.0");
	assert_non_null(strstr(e.text, words));
	buf_clear(&out);
}

static void
accepted(struct tree *t)
{
	if (decode(buf_view(&out), t) == -1)
		fail_msg("%s", e.text);
	buf_clear(&out);
}

static void
test_a_struct_comes_back_whole(void **state)
{
	char one[] = "one", two[] = "two", three[] = "three", text[] = "a\n\tb";
	char *lines[] = {one, two, three};
	struct leaf leaves[] = {{one, 1}, {two, 9}};
	struct tree t,
		from = {.yes = true,
			.small = -5,
			.large = INT64_MIN,
			.line = two,
			.text = text,
			.bytes = {"\0\xff\n", 3},
			.branch = {.leaf = {three, 3},
				.text = one,
				.leaves = leaves,
				.leaves_count = 1},
			.leaves = leaves,
			.leaves_count = 2,
			.lines = lines,
			.lines_count = 3};

	(void)state;
	record_encode(&out, &tree_schema, &from);
	accepted(&t);
	assert_true(t.yes);
	assert_int_equal(t.small, -5);
	assert_true(t.large == INT64_MIN);
	assert_string_equal(t.line, "two");
	assert_string_equal(t.text, "a\n\tb");
	assert_int_equal(t.bytes.len, 3);
	assert_memory_equal(t.bytes.data, "\0\xff\n", 3);
	assert_string_equal(t.branch.leaf.word, "three");
	assert_int_equal(t.branch.leaf.number, 3);
	assert_string_equal(t.branch.text, "one");
	assert_int_equal(t.branch.leaves_count, 1);
	assert_string_equal(t.branch.leaves[0].word, "one");
	assert_int_equal(t.leaves_count, 2);
	assert_string_equal(t.leaves[1].word, "two");
	assert_int_equal(t.leaves[1].number, 9);
	assert_int_equal(t.lines_count, 3);
	assert_string_equal(t.lines[2], "three");
}

static void
test_nothing_decodes_to_empty_and_never_to_null(void **state)
{
	struct tree t;

	(void)state;
	memset(&t, 0xa5, sizeof(t));
	accepted(&t);
	assert_false(t.yes);
	assert_int_equal(t.small, 0);
	assert_int_equal(t.large, 0);
	assert_string_equal(t.line, "");
	assert_string_equal(t.text, "");
	assert_int_equal(t.bytes.len, 0);
	assert_int_equal(t.leaves_count, 0);
	assert_int_equal(t.lines_count, 0);
	/* The struct is absent, and so is the one in it. */
	assert_string_equal(t.branch.text, "");
	assert_string_equal(t.branch.leaf.word, "");
	assert_int_equal(t.branch.leaves_count, 0);
}

static void
test_an_empty_struct_is_written_as_its_structs_only(void **state)
{
	char empty[] = "";
	char *lines[] = {empty, NULL};
	struct tree t,
		from = {.line = empty,
			.branch = {.leaf = {.number = 1}},
			.lines = lines,
			.lines_count = 2};

	(void)state;
	record_encode(&out, &tree_schema, &from);
	/* Branch, leaf in it and its number, two empty lines: five heads. */
	assert_int_equal(out.len, 5 * 6 + 8);
	accepted(&t);
	assert_int_equal(t.lines_count, 2);
	assert_string_equal(t.lines[0], "");
	assert_string_equal(t.lines[1], "");
}

static void
test_numbers_keep_to_their_bounds(void **state)
{
	struct tree t;

	(void)state;
	put_number(2, -5);
	accepted(&t);
	assert_int_equal(t.small, -5);
	put_number(2, 5);
	accepted(&t);
	put_number(2, 6);
	refused("field small: number out of bounds");
	put_number(2, -6);
	refused("field small: number out of bounds");
	/* It would be 1 after a cut to 32 bits. */
	put_number(2, INT64_C(0x100000001));
	refused("field small");
	put(2, "\1\0\0\0\0\0\0", 7);
	refused("field small");
	put(2, "\1\0\0\0\0\0\0\0\0", 9);
	refused("field small");
	put(2, "", 0);
	refused("field small");
	put_number(1, 1);
	accepted(&t);
	assert_true(t.yes);
	put_number(1, 2);
	refused("field yes");
	put_number(3, INT64_MAX);
	accepted(&t);
	assert_true(t.large == INT64_MAX);
}

/* Not to send a number must not be the way around its bounds. */
static void
test_an_absent_number_keeps_to_its_bounds(void **state)
{
	struct tree t;

	(void)state;
	put_text(8, "");
	refused("field number: number out of bounds");
	put(8, "\2\0\10\0\0\0\4\0\0\0\0\0\0\0", 14);
	accepted(&t);
	assert_int_equal(t.leaves[0].number, 4);
}

static void
test_texts_keep_to_their_bounds(void **state)
{
	struct tree t;

	(void)state;
	put_text(4, "12345678");
	put_text(5, "1234\n678");
	accepted(&t);
	assert_string_equal(t.line, "12345678");
	assert_string_equal(t.text, "1234\n678");
	put_text(4, "123456789");
	refused("field line: text too long or not clean");
	put_text(5, "123456789");
	refused("field text: text too long");
	put_text(4, "a\nb");
	refused("field line");
	put_text(4, "a\tb");
	refused("field line");
	put_text(5, "a\rb");
	refused("field text");
	put(5, "a\0b", 3);
	refused("field text");
	put_text(5, "\xff");
	refused("field text");
	put_text(5, "\xe2\x80\xae");
	refused("field text");
	put_text(6, "1234");
	accepted(&t);
	assert_int_equal(t.bytes.len, 4);
	put_text(6, "12345");
	refused("field bytes: too many bytes");
}

static void
test_lists_keep_to_their_bounds(void **state)
{
	struct tree t;
	size_t i;

	(void)state;
	for (i = 0; i < LINES_MAX; i++)
		put_text(9, "12345");
	accepted(&t);
	assert_int_equal(t.lines_count, LINES_MAX);
	for (i = 0; i <= LINES_MAX; i++)
		put_text(9, "1");
	refused("field lines: too often");
	put_text(9, "123456");
	refused("field lines: text too long");
	put_text(9, "a\nb");
	refused("field lines");
	for (i = 0; i <= LIST_MAX; i++)
		put(8, "\2\0\10\0\0\0\4\0\0\0\0\0\0\0", 14);
	refused("field leaves: too often");
}

static void
test_a_known_tag_twice_is_refused(void **state)
{
	(void)state;
	put_number(2, 1);
	put_number(2, 1);
	refused("field small: too often");
	put_text(4, "a");
	put_text(5, "b");
	put_text(4, "a");
	refused("field line: too often");
	put_text(7, "");
	put_text(7, "");
	refused("field branch: too often");
}

static void
test_an_unknown_tag_is_passed_over(void **state)
{
	struct tree t;

	(void)state;
	put_text(4, "a");
	put_text(77, "\xff whatever \n");
	put_text(77, "");
	put_text(0, "x");
	put_text(65535, "x");
	put_text(5, "b");
	accepted(&t);
	assert_string_equal(t.line, "a");
	assert_string_equal(t.text, "b");
}

static void
test_a_length_that_runs_over_the_end_is_refused(void **state)
{
	(void)state;
	buf_add(&out, "\4\0\2\0\0\0a", 7);
	refused("runs over its end");
	buf_add(&out, "\4\0\xff\xff\xff\xff", 6);
	refused("runs over its end");
	buf_add(&out, "\4\0\0\0\0", 5);
	refused("runs over its end");
	/* In a struct: over its own end, though not over the whole's. */
	put(7, "\2\0\4\0\0\0a", 7);
	put_text(4, "abc");
	refused("record branch, field ?: runs over its end");
	/* Behind an unknown tag too. */
	buf_add(&out, "\143\0\1\0\0\0", 6);
	refused("runs over its end");
}

/* Cut anywhere a record is refused, or is a record with less in it. */
static void
test_a_record_cut_anywhere_is_no_danger(void **state)
{
	char word[] = "word";
	char *lines[] = {word, word};
	struct leaf leaves[] = {{word, 1}, {word, 2}};
	struct tree t,
		from = {.yes = true,
			.large = 77,
			.line = word,
			.bytes = {"1234", 4},
			.branch = {.leaf = {word, 4}},
			.leaves = leaves,
			.leaves_count = 2,
			.lines = lines,
			.lines_count = 2};
	size_t len, whole = 0;

	(void)state;
	record_encode(&out, &tree_schema, &from);
	for (len = 0; len < out.len; len++)
		whole += decode((struct span){out.data, len}, &t) == 0;
	/* Only where a field of the outermost struct ends. */
	assert_int_equal(whole, 9);
}

static const struct record_schema deep_schemas[8];
struct deep {
	int64_t n;
};
#define DEEP(I) \
	{ \
		{ \
			.tag = 1, .type = RECORD_STRUCT, .offset = 0, \
			.schema = &deep_schemas[(I) + 1], .name = "inner" \
		} \
	}
static const struct record_field deep_fields[8][1] = {DEEP(0), DEEP(1), DEEP(2),
	DEEP(3), DEEP(4), DEEP(5), DEEP(6),
	{FIELD_INT64(1, struct deep, n, 0, 9)}};
#define DEEP_SCHEMA(I) \
	{ \
		.name = "deep", .size = sizeof(struct deep), \
		.fields = deep_fields[I], .count = 1 \
	}
static const struct record_schema deep_schemas[8] = {DEEP_SCHEMA(0),
	DEEP_SCHEMA(1), DEEP_SCHEMA(2), DEEP_SCHEMA(3), DEEP_SCHEMA(4),
	DEEP_SCHEMA(5), DEEP_SCHEMA(6), DEEP_SCHEMA(7)};

static void
test_nesting_ends_at_six(void **state)
{
	struct deep d = {.n = 4}, in;

	(void)state;
	record_encode(&out, &deep_schemas[2], &d);
	assert_int_equal(
		record_decode(a, buf_view(&out), &deep_schemas[2], &in, &e), 0);
	assert_int_equal(in.n, 4);
	buf_clear(&out);
	record_encode(&out, &deep_schemas[1], &d);
	assert_int_equal(
		record_decode(a, buf_view(&out), &deep_schemas[1], &in, &e),
		-1);
	assert_non_null(strstr(e.text, "nested too deep"));
}

static void
test_the_ceiling_is_the_buffers(void **state)
{
	struct buf small = BUF_INIT(20);
	char word[] = "12345678";
	struct tree from = {.line = word};

	(void)state;
	record_encode(&small, &tree_schema, &from);
	assert_true(small.failed);
	assert_true(small.len <= 20);
	buf_release(&small);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_a_struct_comes_back_whole),
		T(test_nothing_decodes_to_empty_and_never_to_null),
		T(test_an_empty_struct_is_written_as_its_structs_only),
		T(test_numbers_keep_to_their_bounds),
		T(test_an_absent_number_keeps_to_its_bounds),
		T(test_texts_keep_to_their_bounds),
		T(test_lists_keep_to_their_bounds),
		T(test_a_known_tag_twice_is_refused),
		T(test_an_unknown_tag_is_passed_over),
		T(test_a_length_that_runs_over_the_end_is_refused),
		T(test_a_record_cut_anywhere_is_no_danger),
		T(test_nesting_ends_at_six),
		T(test_the_ceiling_is_the_buffers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
