#include "mail/reading.h"

#include <string.h>

#include "base/hash.h"
#include "mail/address.h"
#include "mail/limit.h"

#define TYPE_MAX 256
#define NAME_MAX_BYTES 255
#define CHARSET_MAX 64
#define ID_MAX 998
#define ROBOT_MAX 40
#define WORD_MAX 64
#define WORDS_MAX 20
#define REPAIRS_MAX 10
#define DATE_MAX (INT64_C(253402300800) * 1000000) /* year 10000 */

static const char *const role_names[] = {
	[PART_MULTIPART] = "multipart",
	[PART_MESSAGE] = "message",
	[PART_TEXT] = "text",
	[PART_UNSHOWN] = "unshown",
	[PART_ATTACHMENT] = "attachment",
	[PART_SEALED] = "sealed",
	[PART_SIGNATURE] = "signature",
	[PART_CONTROL] = "control",
};
_Static_assert(countof(role_names) == PART__COUNT, "a name for each role");

static const char *const encoding_names[] = {
	[ENCODING_IDENTITY] = "identity",
	[ENCODING_BASE64] = "base64",
	[ENCODING_QUOTED_PRINTABLE] = "quoted-printable",
	[ENCODING_UUENCODE] = "uuencode",
};
_Static_assert(countof(encoding_names) == ENCODING__COUNT, "a name for each");

static const char *const kind_names[] = {
	[SEALED_PGP_ENCRYPTED] = "pgp-encrypted",
	[SEALED_PGP_SIGNED] = "pgp-signed",
	[SEALED_PGP_INLINE] = "pgp-inline",
	[SEALED_PGP_CLEARSIGNED] = "pgp-clearsigned",
	[SEALED_PGP_FILE] = "pgp-file",
	[SEALED_SMIME_ENVELOPED] = "smime-enveloped",
	[SEALED_SMIME_SIGNED] = "smime-signed",
	[SEALED_SMIME_DETACHED] = "smime-detached",
	[SEALED_MESSAGE] = "message",
	[SEALED_TNEF] = "tnef",
};
_Static_assert(countof(kind_names) == SEALED__COUNT, "a name for each kind");

static const char *const state_names[] = {
	[SEALED_NEW] = "new",
	[SEALED_OPENED] = "opened",
	[SEALED_FAILED] = "failed",
};
_Static_assert(countof(state_names) == SEALED__STATES, "a name for each state");

static const char *const origin_names[] = {
	[KEY_ATTACHED] = "attached",
	[KEY_AUTOCRYPT] = "autocrypt",
	[KEY_CERTIFICATE] = "certificate",
};
_Static_assert(countof(origin_names) == KEY__ORIGINS, "a name for each origin");

static const char *const auth_names[] = {
	[AUTH_ABSENT] = "absent",
	[AUTH_PASS] = "pass",
	[AUTH_FAIL] = "fail",
	[AUTH_NO_RECORD] = "none",
	[AUTH_OTHER] = "other",
};
_Static_assert(countof(auth_names) == AUTH__COUNT, "a name for each result");

static const struct record_field address_fields[] = {
	FIELD_LINE(1, struct mail_address, name, READING_LINE_MAX),
	FIELD_LINE(2, struct mail_address, address, ADDRESS_MAX),
};
static const struct record_schema mail_address_schema =
	SCHEMA_OF(mail_address, address_fields);

#define FIELD_ADDRESSES(TAG, M) \
	FIELD_LIST(TAG, struct mail_header, M, M##_count, \
		&mail_address_schema, READING_ADDRESSES_MAX)

static const struct record_field header_fields[] = {
	FIELD_ADDRESSES(1, from),
	FIELD_ADDRESSES(2, to),
	FIELD_ADDRESSES(3, cc),
	FIELD_ADDRESSES(4, reply_to),
	FIELD_LINE(5, struct mail_header, subject, READING_LINE_MAX),
	FIELD_LINE(6, struct mail_header, message_id, ID_MAX),
	FIELD_LINES(7, struct mail_header, in_reply_to, in_reply_to_count,
		ID_MAX, READING_REFERENCES_MAX),
	FIELD_LINES(8, struct mail_header, references, references_count, ID_MAX,
		READING_REFERENCES_MAX),
	FIELD_INT64(9, struct mail_header, date, 0, DATE_MAX),
	FIELD_LINE(10, struct mail_header, auto_submitted, READING_LINE_MAX),
	FIELD_LINE(11, struct mail_header, precedence, READING_LINE_MAX),
	FIELD_LINE(12, struct mail_header, list_id, READING_LINE_MAX),
	FIELD_LINE(13, struct mail_header, return_path, READING_LINE_MAX),
	FIELD_LINE(14, struct mail_header, autocrypt_address, ADDRESS_MAX),
};
const struct record_schema mail_header_schema =
	SCHEMA_OF(mail_header, header_fields);

static const struct record_field authentication_fields[] = {
	FIELD_BOOL(1, struct mail_authentication, usable),
	FIELD_INT(2, struct mail_authentication, dmarc, 0, AUTH__COUNT - 1),
	FIELD_INT(3, struct mail_authentication, spf, 0, AUTH__COUNT - 1),
	FIELD_LINE(4, struct mail_authentication, spf_domain, ADDRESS_MAX),
	FIELD_BOOL(5, struct mail_authentication, dkim_aligned),
};
static const struct record_schema mail_authentication_schema =
	SCHEMA_OF(mail_authentication, authentication_fields);

static const struct record_field delivery_fields[] = {
	FIELD_INT(1, struct mail_delivery, action, 0, DELIVERY__COUNT - 1),
	FIELD_LINE(2, struct mail_delivery, status, WORD_MAX),
	FIELD_LINE(3, struct mail_delivery, envelope_id, READING_LINE_MAX),
};
static const struct record_schema mail_delivery_schema =
	SCHEMA_OF(mail_delivery, delivery_fields);

#define FIELD_AT(TAG, S, M) \
	FIELD_INT64(TAG, struct S, M, 0, READING_MESSAGE_MAX)
#define FIELD_INDEX(TAG, S, M, MIN) \
	FIELD_INT(TAG, struct S, M, MIN, READING_PARTS_MAX)

static const struct record_field part_fields[] = {
	FIELD_INDEX(1, mail_part, parent, -1),
	FIELD_INDEX(2, mail_part, source, 0),
	FIELD_INT(3, struct mail_part, role, 0, PART__COUNT - 1),
	FIELD_INT(4, struct mail_part, encoding, 0, ENCODING__COUNT - 1),
	FIELD_LINE(5, struct mail_part, type, TYPE_MAX),
	FIELD_LINE(6, struct mail_part, name, NAME_MAX_BYTES),
	FIELD_LINE(7, struct mail_part, charset, CHARSET_MAX),
	FIELD_AT(8, mail_part, head_at),
	FIELD_AT(9, mail_part, head_len),
	FIELD_AT(10, mail_part, body_at),
	FIELD_AT(11, mail_part, body_len),
	FIELD_INT64(12, struct mail_part, size, -1, READING_MESSAGE_MAX),
	FIELD_AT(13, mail_part, out_at),
	FIELD_AT(14, mail_part, out_len),
	FIELD_LINE(15, struct mail_part, hash, HASH_HEX - 1),
};
static const struct record_schema mail_part_schema =
	SCHEMA_OF(mail_part, part_fields);

static const struct record_field sealed_fields[] = {
	FIELD_INDEX(1, mail_sealed, part, 0),
	FIELD_INT(2, struct mail_sealed, kind, 0, SEALED__COUNT - 1),
	FIELD_INT(3, struct mail_sealed, state, 0, SEALED__STATES - 1),
	FIELD_BOOL(4, struct mail_sealed, whole),
	FIELD_BOOL(5, struct mail_sealed, armored),
	FIELD_INDEX(6, mail_sealed, source, 0),
	FIELD_AT(7, mail_sealed, at),
	FIELD_INDEX(8, mail_sealed, opened, 0),
	FIELD_AT(9, mail_sealed, payload_at),
	FIELD_AT(10, mail_sealed, payload_len),
	FIELD_AT(11, mail_sealed, signature_at),
	FIELD_AT(12, mail_sealed, signature_len),
	FIELD_LINE(13, struct mail_sealed, sniffed, READING_LINE_MAX),
};
static const struct record_schema mail_sealed_schema =
	SCHEMA_OF(mail_sealed, sealed_fields);

static const struct record_field key_fields[] = {
	FIELD_INT(1, struct mail_key, origin, 0, KEY__ORIGINS - 1),
	FIELD_BOOL(2, struct mail_key, inside),
	FIELD_LINE(3, struct mail_key, address, ADDRESS_MAX),
	FIELD_BYTES(4, struct mail_key, data, READING_KEY_BYTES),
};
static const struct record_schema mail_key_schema =
	SCHEMA_OF(mail_key, key_fields);

static const struct record_field case_line_fields[] = {
	FIELD_LINE(1, struct mail_case_line, id, WORD_MAX),
	FIELD_LINE(2, struct mail_case_line, token, CASE_TOKEN_CHARS),
};
static const struct record_schema mail_case_line_schema =
	SCHEMA_OF(mail_case_line, case_line_fields);

static const struct record_field reading_fields[] = {
	FIELD_STRUCT(1, struct reading, outer, &mail_header_schema),
	FIELD_STRUCT(2, struct reading, header, &mail_header_schema),
	FIELD_BOOL(3, struct reading, protected_header),
	FIELD_BOOL(4, struct reading, from_differs),
	FIELD_LIST(5, struct reading, parts, parts_count, &mail_part_schema,
		READING_PARTS_MAX),
	FIELD_LIST(6, struct reading, sealed, sealed_count, &mail_sealed_schema,
		READING_SEALED_MAX),
	FIELD_LIST(7, struct reading, keys, keys_count, &mail_key_schema,
		READING_KEYS_MAX),
	FIELD_LINE(8, struct reading, robot, ROBOT_MAX),
	FIELD_TEXT(9, struct reading, new_text, READING_TEXT_MAX),
	FIELD_TEXT(10, struct reading, quoted_text, READING_TEXT_MAX),
	FIELD_BOOL(11, struct reading, html_only),
	FIELD_BOOL(12, struct reading, text_cut),
	FIELD_LINES(13, struct reading, refs, refs_count, WORD_MAX, WORDS_MAX),
	FIELD_LINES(14, struct reading, case_ids, case_ids_count, WORD_MAX,
		WORDS_MAX),
	FIELD_LINES(15, struct reading, limits, limits_count, WORD_MAX,
		LIMIT__COUNT),
	FIELD_LIST(16, struct reading, case_lines, case_lines_count,
		&mail_case_line_schema, WORDS_MAX),
	FIELD_LINES(17, struct reading, repairs, repairs_count, WORD_MAX,
		REPAIRS_MAX),
	FIELD_STRUCT(18, struct reading, authentication,
		&mail_authentication_schema),
	FIELD_STRUCT(19, struct reading, delivery, &mail_delivery_schema),
	FIELD_LINE(20, struct reading, loop_mark, WORD_MAX),
	FIELD_BOOL(21, struct reading, spam),
	FIELD_INT64(22, struct reading, absence, 0, DATE_MAX),
	FIELD_TEXT(23, struct reading, other_text, READING_TEXT_MAX),
	FIELD_LINE(24, struct reading, forwarded_from, ADDRESS_MAX),
};
const struct record_schema reading_schema = SCHEMA_OF(reading, reading_fields);

const char *
auth_result_name(int result)
{
	return result >= 0 && result < AUTH__COUNT ? auth_names[result]
						   : "unknown";
}

const char *
part_role_name(enum part_role role)
{
	return role < PART__COUNT ? role_names[role] : "unknown";
}

const char *
part_encoding_name(enum part_encoding encoding)
{
	return encoding < ENCODING__COUNT ? encoding_names[encoding]
					  : "unknown";
}

const char *
sealed_kind_name(enum sealed_kind kind)
{
	return kind < SEALED__COUNT ? kind_names[kind] : "unknown";
}

const char *
sealed_state_name(enum sealed_state state)
{
	return state < SEALED__STATES ? state_names[state] : "unknown";
}

const char *
key_origin_name(enum key_origin origin)
{
	return origin < KEY__ORIGINS ? origin_names[origin] : "unknown";
}

bool
reading_is_file(const struct reading *r, size_t i)
{
	int role = r->parts[i].role, at = (int)i, up;

	/* A parent stands before its children. */
	for (; (up = r->parts[at].parent) >= 0 && up < at; at = up)
		if (r->parts[up].role == PART_MESSAGE)
			return false;
	return role == PART_ATTACHMENT || role == PART_MESSAGE;
}

bool
sealed_is_encrypted(enum sealed_kind kind)
{
	return kind == SEALED_PGP_ENCRYPTED || kind == SEALED_PGP_INLINE ||
		kind == SEALED_PGP_FILE || kind == SEALED_SMIME_ENVELOPED;
}

bool
sealed_is_packed(enum sealed_kind kind)
{
	return kind == SEALED_MESSAGE || kind == SEALED_TNEF;
}

bool
sealed_is_detached(enum sealed_kind kind)
{
	return kind == SEALED_PGP_SIGNED || kind == SEALED_SMIME_DETACHED;
}

/* What a reading is held against. */
struct bounds {
	const struct reading *r;
	const int64_t *sizes;
	size_t sources;
	int64_t extract;
	struct err *err;
};

static bool
inside(int64_t at, int64_t len, int64_t size)
{
	return at >= 0 && len >= 0 && at <= size && len <= size - at;
}

static bool
index_in(int index, size_t count)
{
	return index >= 0 && (size_t)index < count;
}

static int
bad(const struct bounds *b, const char *list, size_t i, const char *what)
{
	return err_permanent(
		b->err, "5.6.0", "reading: %s %zu: %s", list, i, what);
}

/* In pre-order the parent is the part before, or stands above that one. */
static bool
in_order(const struct reading *r, size_t i)
{
	int at;

	if (i == 0)
		return r->parts[0].parent == -1;
	for (at = (int)i - 1; at > r->parts[i].parent; at = r->parts[at].parent)
		;
	return at >= 0 && at == r->parts[i].parent;
}

static int
check_part(const struct bounds *b, size_t i)
{
	const struct mail_part *p = &b->r->parts[i];
	int64_t size;

	if (p->role < 0 || p->role >= PART__COUNT || p->encoding < 0 ||
		p->encoding >= ENCODING__COUNT)
		return bad(b, "part", i, "unknown role or encoding");
	if (!in_order(b->r, i))
		return bad(b, "part", i, "does not stand behind its parent");
	if (!index_in(p->source, b->sources))
		return bad(b, "part", i, "no such source");
	size = b->sizes[p->source];
	if (!inside(p->head_at, p->head_len, size) ||
		!inside(p->body_at, p->body_len, size))
		return bad(b, "part", i, "lies outside of its source");
	if (!inside(p->out_at, p->out_len, b->extract))
		return bad(b, "part", i, "lies outside of the extract");
	if (p->size < -1)
		return bad(b, "part", i, "has no size");
	if (p->hash[0] != '\0' && strlen(p->hash) != HASH_HEX - 1)
		return bad(b, "part", i, "hash is not SHA-256");
	return 0;
}

static int
check_sealed(const struct bounds *b, size_t i)
{
	const struct mail_sealed *s = &b->r->sealed[i];

	if (s->kind < 0 || s->kind >= SEALED__COUNT || s->state < 0 ||
		s->state >= SEALED__STATES)
		return bad(b, "sealed", i, "unknown kind or state");
	if (!index_in(s->part, b->r->parts_count))
		return bad(b, "sealed", i, "no such part");
	if (!index_in(s->source, b->sources) ||
		s->source != b->r->parts[s->part].source)
		return bad(b, "sealed", i, "not in the source of its part");
	if (!inside(s->at, 0, b->sizes[s->source]))
		return bad(b, "sealed", i, "lies outside of its source");
	if (!index_in(s->opened, b->sources) ||
		(s->opened != 0 && s->state != SEALED_OPENED))
		return bad(b, "sealed", i, "opened into no source");
	if (!inside(s->payload_at, s->payload_len, b->extract) ||
		!inside(s->signature_at, s->signature_len, b->extract))
		return bad(b, "sealed", i, "lies outside of the extract");
	return 0;
}

static int
check_counts(const struct bounds *b)
{
	const struct reading *r = b->r;

	if (r->parts_count == 0 || r->parts_count > READING_PARTS_MAX ||
		r->sealed_count > READING_SEALED_MAX ||
		r->keys_count > READING_KEYS_MAX || b->sources == 0)
		return bad(b, "list", 0, "empty or too long");
	return 0;
}

int
reading_check(const struct reading *r, const int64_t *sizes, size_t sources,
	int64_t extract, struct err *e)
{
	const struct bounds b = {r, sizes, sources, extract, e};
	size_t i;

	if (check_counts(&b) == -1)
		return -1;
	for (i = 0; i < r->parts_count; i++)
		if (check_part(&b, i) == -1)
			return -1;
	for (i = 0; i < r->sealed_count; i++)
		if (check_sealed(&b, i) == -1)
			return -1;
	for (i = 0; i < r->keys_count; i++)
		if (r->keys[i].origin < 0 ||
			r->keys[i].origin >= KEY__ORIGINS ||
			r->keys[i].data.len > READING_KEY_BYTES)
			return bad(&b, "key", i, "unknown origin or too long");
	return 0;
}
