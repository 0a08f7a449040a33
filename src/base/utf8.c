#include "base/utf8.h"

int32_t
utf8_next(struct span s, size_t *at)
{
	static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s.data + *at;
	size_t left = s.len - *at, len, i;
	int32_t c;

	if (p[0] < 0x80)
		len = 1, c = p[0];
	else if (p[0] >= 0xc2 && p[0] < 0xe0)
		len = 2, c = p[0] & 0x1f;
	else if (p[0] >= 0xe0 && p[0] < 0xf0)
		len = 3, c = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		len = 4, c = p[0] & 0x07;
	else
		len = 0, c = -1;
	if (len == 0 || len > left) {
		*at += 1;
		return -1;
	}
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*at += 1;
			return -1;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		*at += 1;
		return -1;
	}
	*at += len;
	return c;
}

bool
utf8_valid(struct span s)
{
	size_t at = 0;

	while (at < s.len)
		if (utf8_next(s, &at) < 0)
			return false;
	return true;
}

static bool
deceives(int32_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f ||
		(c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool
is_control(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

#define NOTHING (-1)

/* What stands for C: itself, another character, or nothing. */
static int32_t
allowed(int32_t c, enum utf8_lines lines)
{
	if (c < 0)
		return 0xfffd;
	if (c == 0x2028 || c == 0x2029)
		c = '\n';
	if (c == '\n' || c == '\t')
		return lines == UTF8_ONE_LINE ? ' ' : c;
	if (is_control(c) || deceives(c))
		return NOTHING;
	return c;
}

bool
utf8_is_clean(struct span s, enum utf8_lines lines)
{
	size_t at = 0;
	int32_t c;

	while (at < s.len) {
		c = utf8_next(s, &at);
		if (c < 0 || allowed(c, lines) != c)
			return false;
	}
	return true;
}

void
utf8_clean(struct buf *out, struct span s, enum utf8_lines lines)
{
	size_t at = 0, from;
	int32_t c, put;

	while (at < s.len) {
		from = at;
		c = utf8_next(s, &at);
		put = allowed(c, lines);
		if (put == c && c >= 0)
			buf_add(out, s.data + from, at - from);
		else if (put == 0xfffd)
			buf_puts(out, "\xef\xbf\xbd");
		else if (put != NOTHING)
			buf_putc(out, (char)put);
	}
}

size_t
utf8_cut(struct span s, size_t max)
{
	size_t at;

	if (s.len <= max)
		return s.len;
	for (at = max; at > 0 && ((unsigned char)s.data[at] & 0xc0) == 0x80;)
		at--;
	return at;
}
