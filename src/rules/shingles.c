#include "rules/shingles.h"

#include <stdlib.h>
#include <string.h>

#define FNV_BASIS UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)
#define POOL (4 * SHINGLES_MAX)

struct shingling {
	uint64_t pool[POOL]; /* sorted when it is full, and cut */
	size_t count;
	uint64_t word[SHINGLE_WORDS]; /* the last ones, in a ring */
	size_t words;
};

static uint64_t
add_byte(uint64_t sum, uint8_t byte)
{
	return (sum ^ byte) * FNV_PRIME;
}

/* FNV leaves the high bits thin: the order of the numbers must be random. */
static uint64_t
finish(uint64_t sum)
{
	sum ^= sum >> 33;
	sum *= UINT64_C(0xff51afd7ed558ccd);
	sum ^= sum >> 33;
	sum *= UINT64_C(0xc4ceb9fe1a85ec53);
	return sum ^ sum >> 33;
}

static int
by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Sort, each once, and no more than the smallest. */
static void
settle_pool(struct shingling *s)
{
	size_t i, kept = 0;

	qsort(s->pool, s->count, sizeof(*s->pool), by_number);
	for (i = 0; i < s->count && kept < SHINGLES_MAX; i++)
		if (kept == 0 || s->pool[kept - 1] != s->pool[i])
			s->pool[kept++] = s->pool[i];
	s->count = kept;
}

static void
end_word(struct shingling *s, uint64_t sum)
{
	uint64_t all = FNV_BASIS;
	size_t i, k;

	s->word[s->words++ % SHINGLE_WORDS] = sum;
	if (s->words < SHINGLE_WORDS)
		return;
	for (i = 0; i < SHINGLE_WORDS; i++)
		for (k = 0; k < 64; k += 8)
			all = add_byte(all,
				(uint8_t)(s->word[(s->words + i) %
						  SHINGLE_WORDS] >>
					k));
	if (s->count == POOL)
		settle_pool(s);
	s->pool[s->count++] = finish(all);
}

static bool
is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

struct span
shingles_of(struct span text, struct arena *a)
{
	struct shingling *s = xcalloc(1, sizeof(*s));
	uint64_t sum = FNV_BASIS;
	struct span result = {"", 0};
	size_t i;
	uint8_t c;

	for (i = 0; i < text.len; i++) {
		c = (uint8_t)text.data[i];
		c = (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
		/* A character begins: what stood before it ends. */
		if (sum != FNV_BASIS && !is_word(c) && (c & 0xc0) != 0x80) {
			end_word(s, sum);
			sum = FNV_BASIS;
		}
		if (is_word(c) || c >= 0x80)
			sum = add_byte(sum, c);
	}
	if (sum != FNV_BASIS)
		end_word(s, sum);
	settle_pool(s);
	if (s->count >= SHINGLES_LEAST) {
		result.len = s->count * sizeof(*s->pool);
		result.data = arena_dup(a, s->pool, result.len);
	}
	free(s);
	return result;
}
