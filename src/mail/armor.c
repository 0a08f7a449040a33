#include "mail/armor.h"

#include <string.h>

#include "mail/field.h"

static const struct {
	const char *first, *last;
} armor_lines[] = {
	[ARMOR_NONE] = {"", ""},
	[ARMOR_MESSAGE] = {"-----BEGIN PGP MESSAGE-----",
		"-----END PGP MESSAGE-----"},
	[ARMOR_SIGNED_MESSAGE] = {"-----BEGIN PGP SIGNED MESSAGE-----",
		"-----END PGP SIGNATURE-----"},
	[ARMOR_PUBLIC_KEY] = {"-----BEGIN PGP PUBLIC KEY BLOCK-----",
		"-----END PGP PUBLIC KEY BLOCK-----"},
};
_Static_assert(countof(armor_lines) == ARMOR__COUNT, "lines for each kind");

/* Blanks behind the dashes are nobody's fault; in front they are quotation. */
static struct span
without_tail(struct span line)
{
	while (line.len > 0 && is_space(line.data[line.len - 1]))
		line.len--;
	return line;
}

static enum armor_kind
kind_of_line(struct span line)
{
	int kind;

	line = without_tail(line);
	for (kind = ARMOR_MESSAGE; kind < ARMOR__COUNT; kind++)
		if (span_is(line, armor_lines[kind].first))
			return kind;
	return ARMOR_NONE;
}

static void
close_block(struct armor_scanner *s)
{
	if (s->count < ARMOR_BLOCKS_MAX)
		s->block[s->count++] = (struct armor_block){.kind = s->open,
			.at = s->open_at,
			.end = s->line_at + (int64_t)s->line_len};
	else
		s->more = s->outside = true;
	s->open = ARMOR_NONE;
}

static void
end_line(struct armor_scanner *s)
{
	struct span line = without_tail((struct span){s->line, s->line_len});
	enum armor_kind begins = kind_of_line(line);

	s->line_len = line.len;
	if (begins != ARMOR_NONE) {
		/* One that begins inside of another shows that it was none. */
		s->outside = s->outside || s->open != ARMOR_NONE;
		s->open = begins;
		s->open_at = s->line_at;
	} else if (s->open == ARMOR_NONE) {
		s->outside = s->outside || s->line_ink;
	} else if (span_is(line, armor_lines[s->open].last)) {
		close_block(s);
	}
	s->line_len = 0;
	s->line_ink = false;
	s->line_at = s->size;
}

static bool
has_ink(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_space(s.data[i]))
			return true;
	return false;
}

void
armor_feed(struct armor_scanner *s, const void *data, size_t len)
{
	struct span in = {data, len}, line;
	size_t n;

	while (take_line(&in, &line)) {
		n = sizeof(s->line) - s->line_len;
		n = line.len < n ? line.len : n;
		memcpy(s->line + s->line_len, line.data, n);
		s->line_len += n;
		s->line_ink = s->line_ink || has_ink(line);
		s->size += (int64_t)line.len;
		if (line.data[line.len - 1] == '\n')
			end_line(s);
	}
}

void
armor_end(struct armor_scanner *s)
{
	if (s->size > s->line_at)
		end_line(s);
	s->outside = s->outside || s->open != ARMOR_NONE;
}

enum armor_kind
armor_begins(struct span head)
{
	struct span line;

	while (take_line(&head, &line))
		if (has_ink(line))
			return kind_of_line(line);
	return ARMOR_NONE;
}

bool
packets_begin(struct span head)
{
	/* Tags of RFC 9580, 5: sessions, one-pass signature, and the bodies
	 * that may begin a message. */
	static const bool begins[64] = {[1] = true,
		[3] = true,
		[4] = true,
		[8] = true,
		[9] = true,
		[18] = true,
		[20] = true};
	unsigned char c;

	if (head.len < 2 || ((c = (unsigned char)head.data[0]) & 0x80) == 0)
		return false;
	return begins[(c & 0x40) != 0 ? c & 0x3f : c >> 2 & 0x0f];
}

/* Pass over the identifier and the length that begin an element of TAG. */
static bool
enter_element(struct span *s, unsigned char tag)
{
	unsigned char len;

	if (s->len < 2 || (unsigned char)s->data[0] != tag)
		return false;
	len = (unsigned char)s->data[1];
	span_skip(s, 2);
	if (len <= 0x80) /* short, or indefinite */
		return true;
	len &= 0x7f;
	if (len > 4 || s->len < len)
		return false;
	span_skip(s, len);
	return true;
}

enum cms_kind
cms_begins(struct span head)
{
	static const struct {
		struct span oid;
		enum cms_kind kind;
	} types[] = {
		{{"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 9}, CMS_ENVELOPED},
		{{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17", 11},
			CMS_ENVELOPED},
		{{"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9}, CMS_SIGNED},
	};
	size_t i, len;

	if (!enter_element(&head, 0x30) || head.len < 2 || head.data[0] != 0x06)
		return CMS_NONE;
	len = (unsigned char)head.data[1];
	span_skip(&head, 2);
	for (i = 0; i < countof(types); i++)
		if (len == types[i].oid.len && head.len >= len &&
			memcmp(head.data, types[i].oid.data, len) == 0)
			return types[i].kind;
	return CMS_NONE;
}

bool
cms_pem_begins(struct span head)
{
	struct span line;

	while (take_line(&head, &line)) {
		line = without_tail(line);
		if (line.len > 0)
			return span_is(line, "-----BEGIN PKCS7-----") ||
				span_is(line, "-----BEGIN CMS-----");
	}
	return false;
}

bool
certificate_begins(struct span head)
{
	struct span rest = head, line;

	/* Certificate and TBSCertificate are sequences, each in the other. */
	if (enter_element(&rest, 0x30) && enter_element(&rest, 0x30))
		return true;
	while (take_line(&head, &line))
		if (span_is(without_tail(line), "-----BEGIN CERTIFICATE-----"))
			return true;
	return false;
}
