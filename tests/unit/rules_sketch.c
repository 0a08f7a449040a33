/* Near copies: shingles and sketches. */
#include "rules/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

#define KEY SPAN("0123456789abcdef0123456789abcdef")
#define OTHER SPAN("0123456789abcdef0123456789abcdeF")

/* COUNT words of a made-up language, other ones for each SEED. */
static void
add_words(struct buf *b, unsigned seed, int count)
{
	for (int i = 0; i < count; i++) {
		seed = seed * 1103515245 + 12345;
		buf_printf(b, "w%u ", seed >> 16);
	}
}

/* How alike the texts are by their sketches; A and B words are theirs alone. */
static int
likeness(int common, int a, int b)
{
	struct buf x = BUF_INIT(1 << 22), y = BUF_INIT(1 << 22);
	struct arena *arena = arena_new();
	struct sketch *s = xcalloc(2, sizeof(*s));
	int result;

	add_words(&x, 1, common);
	add_words(&y, 1, common);
	add_words(&x, 2, a);
	add_words(&y, 3, b);
	sketch_make(KEY, shingles_of(buf_view(&x), arena), NULL, 0, &s[0]);
	sketch_make(KEY, shingles_of(buf_view(&y), arena), NULL, 0, &s[1]);
	result = sketch_text_likeness(s[0].row, s[1].row);
	free(s);
	arena_free(&arena);
	buf_release(&x);
	buf_release(&y);
	return result;
}

static void
assert_about(int percent, int expected)
{
	/* Three standard deviations of 64 rows. */
	if (abs(percent - expected) > 19)
		fail_msg("%d, not about %d", percent, expected);
}

static void
test_likeness_is_the_common_part(void **state)
{
	(void)state;
	assert_int_equal(likeness(300, 0, 0), 100);
	assert_about(likeness(300, 30, 30), 83);
	assert_about(likeness(300, 150, 150), 50);
	assert_about(likeness(50, 300, 300), 8);
	/* Beyond what is sampled it is the same. */
	assert_about(likeness(100000, 50000, 50000), 50);
}

static void
test_writing_does_not_count(void **state)
{
	struct arena *a = arena_new();
	struct span x, y;

	(void)state;
	x = shingles_of(SPAN("One two three four five six seven eight nine "
			     "ten eleven twelve thirteen fourteen fifteen"),
		a);
	y = shingles_of(SPAN("> one, two; THREE\n> four (five) six seven\n"
			     "eight nine ten eleven twelve thirteen\tfourteen "
			     "- fifteen."),
		a);
	assert_true(x.len > 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.data, y.data, x.len);
	arena_free(&a);
}

static void
test_short_texts_have_none(void **state)
{
	struct arena *a = arena_new();
	struct sketch s;

	(void)state;
	assert_int_equal(shingles_of(SPAN(""), a).len, 0);
	assert_int_equal(shingles_of(SPAN("Thank you, this helps."), a).len, 0);
	/* Each character of Chinese is a word. */
	assert_true(
		shingles_of(SPAN("这是一个关于缓冲区溢出漏洞的报告请查看"), a)
			.len > 0);
	sketch_make(KEY, SPAN("1234567"), NULL, 0, &s);
	assert_false(s.has_text);
	arena_free(&a);
}

/* Without the key nothing can be tried: other keys, other numbers. */
static void
test_everything_is_under_the_key(void **state)
{
	struct buf text = BUF_INIT(10000);
	struct arena *a = arena_new();
	struct hint cve = {.kind = HINT_CVE,
		.value = (char *)"",
		.normalized = (char *)"CVE-2026-1234"};
	struct sketch x, y;
	struct span shingles;
	size_t i;

	(void)state;
	add_words(&text, 1, 100);
	shingles = shingles_of(buf_view(&text), a);
	sketch_make(KEY, shingles, &cve, 1, &x);
	sketch_make(OTHER, shingles, &cve, 1, &y);
	assert_int_equal(x.marks_count, 1);
	assert_int_not_equal(x.marks[0].mark, y.marks[0].mark);
	for (i = 0; i < SKETCH_BANDS; i++)
		assert_int_not_equal(x.band[i], y.band[i]);
	assert_int_equal(sketch_text_likeness(x.row, y.row), 0);
	/* Nor are the numbers of the reader what is kept. */
	assert_null(memmem(&x, sizeof(x), shingles.data, 8));
	buf_release(&text);
	arena_free(&a);
}

static void
assert_score(int text, uint64_t kinds, int expected, const char *why)
{
	struct buf b = BUF_INIT(200);

	assert_int_equal(sketch_score(text, kinds, &b), expected);
	assert_string_equal(b.data, why);
	buf_release(&b);
}

static void
test_score_says_why(void **state)
{
	uint64_t cve = UINT64_C(1) << HINT_CVE,
		 function = UINT64_C(1) << HINT_FUNCTION,
		 product = UINT64_C(1) << HINT_PRODUCT;

	(void)state;
	assert_score(0, 0, 0, "");
	assert_score(100, 0, 100, "100% of the text");
	assert_score(19, product, 10, "product");
	assert_score(50, function, 63, "50% of the text, function");
	assert_score(0, cve | function | product, 90, "cve, function, product");
}

static int
set_up(void **state)
{
	(void)state;
	hash_open();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likeness_is_the_common_part),
		cmocka_unit_test(test_writing_does_not_count),
		cmocka_unit_test(test_short_texts_have_none),
		cmocka_unit_test(test_everything_is_under_the_key),
		cmocka_unit_test(test_score_says_why),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
