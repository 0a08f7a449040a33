#include "crypto/cms_protocol.h"

#define FILE_MAX (INT64_C(1) << 40)
#define TIME_MAX INT64_C(253402300800000000) /* the year 10000 */
#define FINGERPRINT_MAX 64

static const struct record_field request_fields[] = {
	FIELD_INT(1, struct cms_request, operation, 0, CMS__OPERATIONS - 1),
	FIELD_INT64(2, struct cms_request, at, 0, FILE_MAX),
	FIELD_INT64(3, struct cms_request, len, 0, FILE_MAX),
	FIELD_INT64(4, struct cms_request, content_at, 0, FILE_MAX),
	FIELD_INT64(5, struct cms_request, content_len, 0, FILE_MAX),
	FIELD_INT64(6, struct cms_request, max, 0, FILE_MAX),
	FIELD_INT64(7, struct cms_request, now, -TIME_MAX, TIME_MAX),
};
const struct record_schema cms_request_schema =
	SCHEMA_OF(cms_request, request_fields);

static const struct record_field signature_fields[] = {
	FIELD_INT(
		1, struct signature, protocol, PROTOCOL_SMIME, PROTOCOL_SMIME),
	FIELD_INT(2, struct signature, status, 0, SIGNATURE__COUNT - 1),
	FIELD_INT(3, struct signature, covers, 0, COVERS__COUNT - 1),
	FIELD_LINE(4, struct signature, fingerprint, FINGERPRINT_MAX),
	FIELD_LINE(5, struct signature, digest, FINGERPRINT_MAX),
	FIELD_INT64(6, struct signature, made, -TIME_MAX, TIME_MAX),
	FIELD_LINE(7, struct signature, chain, CMS_DETAIL_MAX),
	FIELD_BOOL(8, struct signature, chain_complete),
};
static const struct record_schema signature_schema =
	SCHEMA_OF(signature, signature_fields);

static const struct record_field word_fields[] = {
	FIELD_BOOL(1, struct cms_word, asks),
	FIELD_INT(2, struct cms_word, key, 0, 1000),
	FIELD_BYTES(3, struct cms_word, secret, CMS_SECRET_MAX),
	FIELD_INT(4, struct cms_word, problem, 0, PROBLEM__COUNT - 1),
	FIELD_LINE(5, struct cms_word, detail, CMS_DETAIL_MAX),
	FIELD_BOOL(6, struct cms_word, malleable),
	FIELD_INT64(7, struct cms_word, written, 0, FILE_MAX),
	FIELD_LIST(8, struct cms_word, signatures, count, &signature_schema,
		CMS_SIGNERS_MAX),
	FIELD_TEXT(9, struct cms_word, certificate, CMS_CHAIN_PEM_MAX),
	FIELD_LINE(10, struct cms_word, fingerprint, FINGERPRINT_MAX),
	FIELD_LINE(11, struct cms_word, address, CMS_DETAIL_MAX),
	FIELD_INT64(12, struct cms_word, created, -TIME_MAX, TIME_MAX),
	FIELD_INT64(13, struct cms_word, expires, -TIME_MAX, TIME_MAX),
	FIELD_BOOL(14, struct cms_word, usable),
};
const struct record_schema cms_word_schema = SCHEMA_OF(cms_word, word_fields);

static const struct record_field reply_fields[] = {
	FIELD_BOOL(1, struct cms_reply, refused),
	FIELD_BYTES(2, struct cms_reply, secret, CMS_SECRET_MAX),
};
const struct record_schema cms_reply_schema =
	SCHEMA_OF(cms_reply, reply_fields);
