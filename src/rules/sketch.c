#include "rules/sketch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define ROWS_OF_BAND (SKETCH_ROWS / SKETCH_BANDS)
#define TEXT_LEAST 20 /* percent: less is chance */

/* What it says of two reports that both name the same, in points. */
static const struct {
	enum hint_kind kind;
	int points;
	bool finds;
} kinds[] = {
	{HINT_CVE, 60, true},
	{HINT_GHSA, 60, true},
	{HINT_VU, 60, true},
	{HINT_FUNCTION, 25, true},
	{HINT_FILE, 20, true},
	{HINT_COMMIT, 20, true},
	{HINT_PRODUCT, 10, false},
	{HINT_COMPONENT, 8, false},
	{HINT_CWE, 10, false},
	{HINT_WEAKNESS, 8, false},
};
_Static_assert(HINT__COUNT <= 64, "kinds are bits");

static uint64_t
number_of(const struct hash *h)
{
	uint64_t number;

	memcpy(&number, h->bytes, sizeof(number));
	return number;
}

static int64_t
keyed(struct span key, const char *what, struct span value)
{
	struct span parts[] = {span_of(what), value};
	struct hash h = hmac_of(key, parts, countof(parts));
	int64_t number = (int64_t)number_of(&h);

	return number != 0 ? number : 1;
}

/* A permutation of the keyed numbers for each row: splitmix64. */
static uint64_t
permute(uint64_t x, uint64_t row)
{
	x += (row + 1) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void
set_rows(struct span key, struct span shingles, struct sketch *s)
{
	uint64_t least[SKETCH_ROWS], x, one;
	size_t i, row;

	memset(least, 0xff, sizeof(least));
	for (i = 0; i + sizeof(x) <= shingles.len; i += sizeof(x)) {
		x = (uint64_t)keyed(key, "shingle",
			(struct span){shingles.data + i, sizeof(x)});
		for (row = 0; row < SKETCH_ROWS; row++)
			if ((one = permute(x, row)) < least[row])
				least[row] = one;
	}
	for (row = 0; row < SKETCH_ROWS; row++)
		s->row[row] = (uint32_t)(least[row] >> 32);
}

static void
set_bands(struct span key, struct sketch *s)
{
	char what[16];
	size_t i;

	for (i = 0; i < SKETCH_BANDS; i++) {
		snprintf(what, sizeof(what), "band %zu", i);
		s->band[i] = keyed(key, what,
			(struct span){(const char *)&s->row[i * ROWS_OF_BAND],
				ROWS_OF_BAND * sizeof(*s->row)});
	}
}

static void
add_mark(struct span key, const struct hint *h, struct sketch *s)
{
	const char *value = h->normalized[0] != '\0' ? h->normalized : h->value;
	char folded[HINT_VALUE_MAX + 1];
	struct sketch_mark m = {.kind = h->kind};
	size_t i;

	for (i = 0; value[i] != '\0' && i < HINT_VALUE_MAX; i++)
		folded[i] = (char)tolower((unsigned char)value[i]);
	folded[i] = '\0';
	m.mark = keyed(
		key, hint_kind_name((enum hint_kind)h->kind), span_of(folded));
	for (i = 0; i < s->marks_count; i++)
		if (s->marks[i].mark == m.mark)
			return;
	if (s->marks_count < SKETCH_MARKS_MAX)
		s->marks[s->marks_count++] = m;
}

void
sketch_make(struct span key, struct span shingles, const struct hint *hints,
	size_t count, struct sketch *out)
{
	size_t i, k;

	*out = (struct sketch){.has_text = shingles.len >= sizeof(uint64_t)};
	if (out->has_text) {
		set_rows(key, shingles, out);
		set_bands(key, out);
	}
	for (i = 0; i < count; i++)
		for (k = 0; k < countof(kinds); k++)
			if ((int)kinds[k].kind == hints[i].kind)
				add_mark(key, &hints[i], out);
}

bool
sketch_kind_finds(enum hint_kind kind)
{
	size_t i;

	for (i = 0; i < countof(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].finds;
	return false;
}

int
sketch_text_likeness(const uint32_t a[static SKETCH_ROWS],
	const uint32_t b[static SKETCH_ROWS])
{
	int same = 0;
	size_t i;

	for (i = 0; i < SKETCH_ROWS; i++)
		same += a[i] == b[i];
	return same * 100 / SKETCH_ROWS;
}

int
sketch_score(int text, uint64_t shared, struct buf *why)
{
	int points = 0;
	size_t i;

	if (text < TEXT_LEAST)
		text = 0;
	if (text > 0)
		buf_printf(why, "%d%% of the text", text);
	for (i = 0; i < countof(kinds); i++) {
		if (!(shared >> kinds[i].kind & 1))
			continue;
		points += kinds[i].points;
		buf_printf(why, "%s%s", why->len > 0 ? ", " : "",
			hint_kind_name(kinds[i].kind));
	}
	if (points > 90)
		points = 90;
	return 100 - (100 - text) * (100 - points) / 100;
}
