#include "crypto/sniff.h"

#include <gpg-error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const data_names[] = {
	[SNIFF_NOTHING] = "nothing",
	[SNIFF_SEIPD1] = "seipd1",
	[SNIFF_SEIPD2] = "seipd2",
	[SNIFF_OCB] = "ocb",
	[SNIFF_SED] = "sed",
	[SNIFF_SIGNED] = "signed",
	[SNIFF_MIXED] = "mixed",
	[SNIFF_KEY] = "key",
};
_Static_assert(countof(data_names) == SNIFF__COUNT, "a name for each");

#define KEY_ID_BYTES 8

enum packet_tag {
	TAG_PKESK = 1,
	TAG_SIGNATURE = 2,
	TAG_SKESK = 3,
	TAG_ONE_PASS = 4,
	TAG_SECRET_KEY = 5,
	TAG_PUBLIC_KEY = 6,
	TAG_COMPRESSED = 8,
	TAG_SED = 9,
	TAG_LITERAL = 11,
	TAG_SEIPD = 18,
	TAG_OCB = 20
};

struct packet {
	int tag;
	struct span body; /* what of it is here */
	bool last; /* partial or indeterminate: nothing comes after */
};

static size_t
big_endian(const char *p, size_t bytes)
{
	size_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | (unsigned char)*p++;
	return n;
}

/* How many bytes the length takes at P, and what it says (RFC 4880, 4.2.2). */
static size_t
new_length(struct span in, size_t *len, bool *partial)
{
	unsigned char c = in.len > 0 ? (unsigned char)in.data[0] : 0;

	*partial = c >= 224 && c < 255;
	if (in.len == 0)
		return 0;
	if (c < 192) {
		*len = c;
		return 1;
	}
	if (c < 224) {
		if (in.len < 2)
			return 0;
		*len = ((size_t)(c - 192) << 8) + (unsigned char)in.data[1] +
			192;
		return 2;
	}
	if (*partial) {
		*len = (size_t)1 << (c & 31);
		return 1;
	}
	if (in.len < 5)
		return 0;
	*len = big_endian(in.data + 1, 4);
	return 5;
}

static bool
next_packet(struct span *in, struct packet *p)
{
	unsigned char c = in->len > 0 ? (unsigned char)in->data[0] : 0;
	size_t bytes, len = 0;

	if (!(c & 0x80))
		return false;
	in->data++;
	in->len--;
	p->last = false;
	if (c & 0x40) {
		p->tag = c & 0x3f;
		if ((bytes = new_length(*in, &len, &p->last)) == 0)
			return false;
	} else {
		p->tag = c >> 2 & 15;
		bytes = (size_t)1 << (c & 3);
		p->last = bytes == 8;
		if (p->last)
			bytes = 0, len = in->len;
		else if (in->len < bytes)
			return false;
		else
			len = big_endian(in->data, bytes);
	}
	in->data += bytes;
	in->len -= bytes;
	if (len >= in->len)
		p->last = true;
	p->body = (struct span){in->data, len < in->len ? len : in->len};
	in->data += p->body.len;
	in->len -= p->body.len;
	return true;
}

/*
 * The key ID in a PKESK.  Version 6 (RFC 9580, 5.1.2) has the key's version and
 * fingerprint instead, or nothing for a hidden key; of a version 4 key the ID
 * is the end of the fingerprint, of later ones its beginning.
 */
static struct span
recipient_id(struct span body)
{
	static const char hidden[KEY_ID_BYTES];
	const char *p = body.data;
	size_t version = body.len > 0 ? (unsigned char)p[0] : 0, len;

	if (version == 3 && body.len > KEY_ID_BYTES)
		return (struct span){p + 1, KEY_ID_BYTES};
	if (version != 6 || body.len < 3)
		return (struct span){p, 0};
	len = (unsigned char)p[1];
	if (len == 0)
		return (struct span){hidden, KEY_ID_BYTES};
	if (len <= KEY_ID_BYTES || body.len < 2 + len)
		return (struct span){p, 0};
	return (struct span){
		p[2] == 4 ? p + 2 + len - KEY_ID_BYTES : p + 3, KEY_ID_BYTES};
}

static void
note_recipient(struct sniff *s, struct span body)
{
	struct span id = recipient_id(body);
	size_t slot = 0, i;

	s->recipients++;
	while (slot < countof(s->keys) && s->keys[slot][0] != '\0')
		slot++;
	if (slot == countof(s->keys))
		return;
	for (i = 0; i < id.len; i++)
		snprintf(s->keys[slot] + 2 * i, 3, "%02X",
			(unsigned char)id.data[i]);
}

static bool
is_of_ciphertext(int tag)
{
	return tag == TAG_PKESK || tag == TAG_SKESK || tag == TAG_SED ||
		tag == TAG_SEIPD || tag == TAG_OCB;
}

/* True while the packets that may come before the data go on. */
static bool
note_packet(struct sniff *s, const struct packet *p)
{
	int version = p->body.len > 0 ? (unsigned char)p->body.data[0] : 0;

	if (s->data == SNIFF_SIGNED && is_of_ciphertext(p->tag)) {
		s->data = SNIFF_MIXED;
		return false;
	}
	switch (p->tag) {
	case TAG_PKESK:
		note_recipient(s, p->body);
		break;
	case TAG_SKESK:
		s->passwords++;
		break;
	case TAG_SEIPD:
		s->data = version == 2 ? SNIFF_SEIPD2 : SNIFF_SEIPD1;
		return false;
	case TAG_OCB:
		s->data = SNIFF_OCB;
		return false;
	case TAG_SED:
		s->data = SNIFF_SED;
		return false;
	case TAG_SIGNATURE:
	case TAG_ONE_PASS:
		s->data = SNIFF_SIGNED;
		break;
	case TAG_COMPRESSED:
	case TAG_LITERAL:
		/* What follows may be its signature, and nothing else. */
		s->data = SNIFF_SIGNED;
		return true;
	case TAG_PUBLIC_KEY:
	case TAG_SECRET_KEY:
		s->data = SNIFF_KEY;
		break;
	default: /* markers, padding, what is to come */
		return true;
	}
	if (version > s->version)
		s->version = version;
	return s->data != SNIFF_KEY;
}

static struct sniff
sniff_packets(struct span in)
{
	struct sniff s = {0};
	struct packet p;

	while (next_packet(&in, &p))
		if (!note_packet(&s, &p) || p.last)
			break;
	return s;
}

/*
 * The words under a clear signature look like base64: pass over them, to the
 * armor of the signature.
 */
static struct span
skip_clear_text(struct span in)
{
	static const char begin[] = "-----BEGIN PGP ";
	static const char clear[] = "-----BEGIN PGP SIGNED MESSAGE-----";
	static const char end[] = "\n-----BEGIN PGP SIGNATURE-----";
	const char *at = memmem(in.data, in.len, begin, sizeof(begin) - 1);
	size_t left = at != NULL ? in.len - (size_t)(at - in.data) : 0;

	if (left < sizeof(clear) - 1 || memcmp(at, clear, sizeof(clear) - 1))
		return in;
	at = memmem(at, left, end, sizeof(end) - 1);
	if (at == NULL)
		return (struct span){in.data, 0};
	return (struct span){at + 1, in.len - (size_t)(at + 1 - in.data)};
}

struct sniff
sniff_openpgp(struct span bytes)
{
	struct sniff s = {0};
	gpgrt_b64state_t b64;
	size_t len;
	char *copy;

	if (bytes.len > SNIFF_BYTES)
		bytes.len = SNIFF_BYTES;
	if (bytes.len > 0 && (bytes.data[0] & 0x80))
		return sniff_packets(bytes);
	bytes = skip_clear_text(bytes);
	/* The title asks for armor headers and checksum to be passed over. */
	if ((b64 = gpgrt_b64dec_start("PGP")) == NULL)
		return s;
	copy = xcalloc(1, bytes.len);
	memcpy(copy, bytes.data, bytes.len);
	gpgrt_b64dec_proc(b64, copy, bytes.len, &len);
	s = sniff_packets((struct span){copy, len});
	gpgrt_b64dec_finish(b64);
	free(copy);
	return s;
}

const char *
sniff_text(struct arena *a, const struct sniff *s)
{
	struct buf b = BUF_INIT(400);
	const char *text;
	size_t i;

	buf_printf(&b, "%s version=%d recipients=%d passwords=%d",
		data_names[s->data], s->version, s->recipients, s->passwords);
	for (i = 0; i < countof(s->keys) && s->keys[i][0] != '\0'; i++)
		buf_printf(&b, " %s", s->keys[i]);
	text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

struct sniff
sniff_parse(const char *text)
{
	struct sniff s = {0};
	char name[16];
	size_t i;
	int used = 0;

	if (sscanf(text, "%15s version=%d recipients=%d passwords=%d%n", name,
		    &s.version, &s.recipients, &s.passwords, &used) != 4)
		return (struct sniff){0};
	for (i = 0; i < SNIFF__COUNT; i++)
		if (strcmp(name, data_names[i]) == 0)
			s.data = (enum sniff_data)i;
	text += used;
	for (i = 0; i < countof(s.keys); i++, text += used) {
		used = 0;
		if (sscanf(text, " %16s%n", s.keys[i], &used) != 1)
			break;
	}
	return s;
}

/* --- what a key says of itself --- */

enum subpacket {
	SUBPACKET_FEATURES = 30,
	SUBPACKET_AEAD = 34, /* of GnuPG 2.3 and later */
	SUBPACKET_SUITES = 39, /* RFC 9580, 5.2.3.15 */
};

#define FEATURE_OCB 0x02 /* of GnuPG */
#define FEATURE_SEIPD2 0x08 /* RFC 9580, 5.2.3.32 */

static bool
says_aead(struct span subpackets)
{
	size_t taken, len;
	bool partial;
	int type;

	for (; subpackets.len > 0;
		subpackets.data += taken + len, subpackets.len -= taken + len) {
		/* Lengths are as those of packets, without partial ones. */
		taken = new_length(subpackets, &len, &partial);
		if (taken == 0 || partial || len == 0 ||
			len > subpackets.len - taken)
			return false;
		type = subpackets.data[taken] & 0x7f;
		if (type == SUBPACKET_AEAD || type == SUBPACKET_SUITES)
			return true;
		if (type == SUBPACKET_FEATURES && len > 1 &&
			(subpackets.data[taken + 1] &
				(FEATURE_OCB | FEATURE_SEIPD2)))
			return true;
	}
	return false;
}

bool
sniff_offers_aead(struct span key)
{
	struct packet p;
	size_t hashed;

	while (key.len > 0 && next_packet(&key, &p)) {
		if (p.tag != TAG_SIGNATURE || p.body.len < 6 ||
			p.body.data[0] != 4)
			continue;
		hashed = big_endian(p.body.data + 4, 2);
		if (hashed <= p.body.len - 6 &&
			says_aead((struct span){p.body.data + 6, hashed}))
			return true;
	}
	return false;
}
