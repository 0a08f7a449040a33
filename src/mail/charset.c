#include "mail/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/utf8.h"

#define NAME_BYTES 32
#define PIECE 4096
#define REPLACEMENT "\xef\xbf\xbd"

/*
 * Names are compared as lower-case letters and digits only.  Where the charset
 * that programs mean is larger than the one they name (gb2312, euc-kr,
 * iso-8859-1, ...) the larger is used, as the WHATWG Encoding Standard does.
 */
static const struct charset {
	const char *converter; /* NULL: UTF-8 and its subset, or a guess */
	const char *names;
} charsets[] = {
	{NULL,
		"utf8 unicode11utf8 usascii ascii ansix341968 unknown8bit "
		"unknown xunknown binary"},
	{"CP1252", "windows1252 cp1252 iso88591 latin1 ansi"},
	{"ISO-8859-15", "iso885915 latin9"},
	{"ISO-8859-2", "iso88592 latin2"},
	{"ISO-8859-3", "iso88593"},
	{"ISO-8859-4", "iso88594"},
	{"ISO-8859-5", "iso88595"},
	{"ISO-8859-6", "iso88596 iso88596i iso88596e"},
	{"ISO-8859-7", "iso88597"},
	{"ISO-8859-8", "iso88598 iso88598i iso88598e"},
	{"CP1254", "iso88599 latin5 windows1254 cp1254"},
	{"ISO-8859-10", "iso885910 latin6"},
	{"ISO-8859-13", "iso885913"},
	{"ISO-8859-14", "iso885914"},
	{"ISO-8859-16", "iso885916"},
	{"CP1250", "windows1250 cp1250"},
	{"CP1251", "windows1251 cp1251"},
	{"CP1253", "windows1253 cp1253"},
	{"CP1255", "windows1255 cp1255"},
	{"CP1256", "windows1256 cp1256"},
	{"CP1257", "windows1257 cp1257"},
	{"CP1258", "windows1258 cp1258"},
	{"CP874", "windows874 cp874 tis620 iso885911"},
	{"CP437", "cp437 ibm437"},
	{"CP850", "cp850 ibm850"},
	{"CP852", "cp852 ibm852"},
	{"CP866", "cp866 ibm866"},
	{"KOI8-R", "koi8r"},
	{"KOI8-U", "koi8u koi8ru"},
	{"MACINTOSH", "macintosh macroman xmacroman"},
	{"GB18030",
		"gb18030 gbk gb2312 gb231280 cp936 ms936 windows936 "
		"xgbk euccn"},
	{"BIG5-HKSCS", "big5 big5hkscs cp950 windows950 xxbig5"},
	{"EUC-TW", "euctw"},
	{"ISO-2022-CN-EXT", "iso2022cn iso2022cnext"},
	{"CP932", "shiftjis sjis xsjis cp932 windows31j ms932 mskanji"},
	{"EUC-JP", "eucjp xeucjp ujis"},
	{"ISO-2022-JP-2", "iso2022jp iso2022jp1 iso2022jp2 csiso2022jp"},
	{"ISO-2022-JP-3", "iso2022jp3 iso2022jp2004"},
	{"UHC", "euckr ksc56011987 ksc56011989 ksc5601 cp949 windows949 uhc"},
	{"ISO-2022-KR", "iso2022kr"},
	{"TCVN", "tcvn"},
	{"VISCII", "viscii"},
	{"UTF-7", "utf7 unicode11utf7"},
	{"UTF-16", "utf16 unicode ucs2"},
	{"UTF-16BE", "utf16be"},
	{"UTF-16LE", "utf16le"},
	{"UTF-32", "utf32 ucs4"},
};

static iconv_t converters[countof(charsets)];
static bool is_open;

void
charset_open(void)
{
	size_t i;

	if (is_open)
		return;
	is_open = true;
	for (i = 0; i < countof(charsets); i++)
		converters[i] = charsets[i].converter != NULL
			? iconv_open("UTF-8", charsets[i].converter)
			: (iconv_t)-1;
}

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = words; (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') &&
			(p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

/* The row of a name, or -1. */
static int
row_of(struct span name)
{
	char word[NAME_BYTES];
	size_t i, len = 0;

	/* RFC 2231, 5: "charset*language" in an encoded word. */
	for (i = 0; i < name.len && name.data[i] != '*'; i++) {
		if (!isalnum((unsigned char)name.data[i]))
			continue;
		if (len + 1 == sizeof(word))
			return -1;
		word[len++] = (char)tolower((unsigned char)name.data[i]);
	}
	word[len] = '\0';
	for (i = 0; len > 0 && i < countof(charsets); i++)
		if (has_word(charsets[i].names, word))
			return (int)i;
	return -1;
}

bool
charset_known(struct span name)
{
	return row_of(name) >= 0;
}

static iconv_t
converter_named(const char *name)
{
	size_t i;

	for (i = 0; i < countof(charsets); i++)
		if (charsets[i].converter != NULL &&
			strcmp(charsets[i].converter, name) == 0)
			return converters[i];
	return (iconv_t)-1;
}

/* Valid, or with fewer slips than characters that cannot be chance. */
static bool
looks_utf8(struct span s)
{
	size_t at = 0, from, good = 0, wrong = 0;

	while (at < s.len) {
		from = at;
		if (utf8_next(s, &at) < 0)
			wrong++;
		else if (at - from > 1)
			good++;
	}
	return wrong == 0 || good > wrong;
}

/* Bytes to pass over at an error, so that what follows is in step again. */
static size_t
unit_of(const char *converter)
{
	if (strncmp(converter, "UTF-16", 6) == 0)
		return 2;
	return strncmp(converter, "UTF-32", 6) == 0 ? 4 : 1;
}

static void
convert(iconv_t cd, size_t unit, struct span s, struct buf *out)
{
	char piece[PIECE], *in = (char *)s.data, *put;
	size_t left = s.len, room, n;

	iconv(cd, NULL, NULL, NULL, NULL);
	while (left > 0 && !out->failed) {
		put = piece;
		room = sizeof(piece);
		n = iconv(cd, &in, &left, &put, &room);
		buf_add(out, piece, sizeof(piece) - room);
		if (n != (size_t)-1 || errno == E2BIG)
			continue;
		buf_puts(out, REPLACEMENT);
		/* EINVAL: a character is cut off by the end of the text. */
		n = errno == EINVAL || unit > left ? left : unit;
		in += n;
		left -= n;
	}
}

void
charset_to_utf8(struct span charset, struct span s, struct buf *out)
{
	int row = row_of(charset);
	iconv_t cd = (iconv_t)-1;
	size_t unit = 1;

	charset_open();
	if (row >= 0 && charsets[row].converter != NULL) {
		cd = converters[row];
		unit = unit_of(charsets[row].converter);
	} else if (!looks_utf8(s)) {
		cd = converter_named("CP1252");
	}
	/* No converter, for this system lacks it: utf8_clean() will mend. */
	if (cd == (iconv_t)-1)
		buf_span(out, s);
	else
		convert(cd, unit, s, out);
}
