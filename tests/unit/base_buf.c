/* Byte strings under a ceiling, and arenas. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"

static void
test_an_empty_buf_is_a_text(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	buf_add(&b, NULL, 0);
	buf_puts(&b, "");
	buf_cut(&b, 5);
	buf_clear(&b);
	assert_string_equal(b.data, "");
	assert_false(b.failed);
	buf_release(&b);
	buf_release(&b);
	assert_string_equal(b.data, "");
}

static void
test_a_ceiling_is_reached_and_not_passed(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	buf_puts(&b, "1234");
	buf_putc(&b, '5');
	assert_false(b.failed);
	buf_add(&b, "", 0);
	assert_false(b.failed);
	buf_putc(&b, '6');
	assert_true(b.failed);
	assert_string_equal(b.data, "12345");
	buf_release(&b);
}

/* What does not fit is left out whole, and nothing comes after it. */
static void
test_failure_sticks(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	buf_puts(&b, "123");
	buf_puts(&b, "456");
	assert_true(b.failed);
	assert_string_equal(b.data, "123");
	buf_putc(&b, '4');
	buf_printf(&b, "%d", 4);
	buf_span(&b, SPAN("4"));
	assert_string_equal(b.data, "123");
	buf_clear(&b);
	assert_false(b.failed);
	buf_puts(&b, "12345");
	assert_string_equal(b.data, "12345");
	buf_release(&b);
	assert_false(b.failed);
	assert_int_equal(b.max, 5);
}

static void
test_printf_keeps_to_the_ceiling(void **state)
{
	struct buf b = BUF_INIT(6);

	(void)state;
	buf_printf(&b, "%s", "");
	buf_printf(&b, "%d-%s", 12, "ab");
	assert_string_equal(b.data, "12-ab");
	buf_printf(&b, "%s", "xy");
	assert_true(b.failed);
	assert_string_equal(b.data, "12-ab");
	assert_int_equal(b.len, 5);
	buf_release(&b);
}

static void
test_sizes_cannot_overflow(void **state)
{
	struct buf b = BUF_INIT(SIZE_MAX - 1);

	(void)state;
	buf_puts(&b, "abc");
	b.max = 4;
	buf_add(&b, "", SIZE_MAX);
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	buf_release(&b);
}

static void
test_it_grows_and_keeps_what_it_has(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 100000);
	for (i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	assert_int_equal(b.data[b.len], 0);
	buf_release(&b);
}

/* It may have held decrypted text: nothing of it stays behind. */
static void
test_what_is_cut_or_cleared_is_wiped(void **state)
{
	struct buf b = BUF_INIT(100);
	size_t i;

	(void)state;
	buf_puts(&b, "nobody may read this");
	buf_cut(&b, 6);
	assert_string_equal(b.data, "nobody");
	for (i = 6; i < b.room; i++)
		assert_int_equal(b.data[i], 0);
	buf_clear(&b);
	for (i = 0; i < b.room; i++)
		assert_int_equal(b.data[i], 0);
	buf_release(&b);
}

static void
test_spans_are_compared_whole(void **state)
{
	(void)state;
	assert_true(span_is(SPAN("abc"), "abc"));
	assert_false(span_is(SPAN("abc"), "ab"));
	assert_false(span_is(SPAN("ab"), "abc"));
	assert_false(span_is(SPAN("abc"), "abC"));
	assert_true(span_is_nocase(SPAN("abc"), "aBC"));
	assert_false(span_is_nocase(SPAN("abc"), "abcd"));
	assert_true(span_is((struct span){"abcd", 3}, "abc"));
	assert_true(span_is(span_of(""), ""));
}

static void
test_an_arena_gives_zeroed_and_aligned_memory(void **state)
{
	struct arena *a = arena_new();
	size_t size, i;
	char *p;

	(void)state;
	for (size = 0; size < 40000; size = size * 2 + 1) {
		p = arena_alloc(a, size);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	assert_true(arena_used(a) >= 2 * 32767);
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

static void
test_copies_in_an_arena_are_texts(void **state)
{
	struct arena *a = arena_new();
	char *p;

	(void)state;
	p = arena_dup(a, "a\0b", 3);
	assert_memory_equal(p, "a\0b", 4);
	assert_string_equal(arena_dup(a, NULL, 0), "");
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_printf(a, "%d %s", 7, "x"), "7 x");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	p = arena_calloc(a, 3, 5);
	assert_memory_equal(p, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_buf_is_a_text),
		cmocka_unit_test(test_a_ceiling_is_reached_and_not_passed),
		cmocka_unit_test(test_failure_sticks),
		cmocka_unit_test(test_printf_keeps_to_the_ceiling),
		cmocka_unit_test(test_sizes_cannot_overflow),
		cmocka_unit_test(test_it_grows_and_keeps_what_it_has),
		cmocka_unit_test(test_what_is_cut_or_cleared_is_wiped),
		cmocka_unit_test(test_spans_are_compared_whole),
		cmocka_unit_test(test_an_arena_gives_zeroed_and_aligned_memory),
		cmocka_unit_test(test_copies_in_an_arena_are_texts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
