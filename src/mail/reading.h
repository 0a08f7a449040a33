/*
 * reading: what a mail says, as a plain, bounded description.
 *
 * mail_read() makes it inside the sandboxed reader; the worker gets it as a
 * record (reading_schema), decodes it with every bound checked, and holds the
 * offsets against the sources with reading_check() before it believes a word.
 * Nothing in it is a pointer into the mail; everything is clean UTF-8 (see
 * base/utf8.h), cut to the maxima below.
 *
 * Sources.  A mail is read from several byte strings: source 0 is the message
 * as it came; each sealed item that has been opened (decrypted, or verified
 * with its content given out) adds one.  Reading is done from the start each
 * time with all sources there are, so it is a pure function and the reading
 * of an opened mail shows the whole tree, ciphertext and content.
 */
#ifndef MAIL_READING_H
#define MAIL_READING_H

#include "base/record.h"

#define READING_PARTS_MAX 5000
#define READING_ADDRESSES_MAX 5000
#define READING_REFERENCES_MAX 100
#define READING_LINE_MAX 2000
#define READING_TEXT_MAX (8 << 20)
#define READING_SEALED_MAX 100
#define READING_KEYS_MAX 8
#define READING_KEY_BYTES 65536
#define CASE_TOKEN_CHARS 24
#define READING_MESSAGE_MAX INT64_C(2000000000)

/* One mailbox of a header.  An address that address_valid() refuses is "". */
struct mail_address {
	char *name; /* display name, one clean line */
	char *address; /* addr-spec, domain in lower case */
};

/* The header fields that anybody here asks for; absent is "" or 0. */
struct mail_header {
	struct mail_address *from, *to, *cc, *reply_to;
	size_t from_count, to_count, cc_count, reply_to_count;
	char *subject;
	char *message_id; /* without <>; "" if there is no valid one */
	char **in_reply_to; /* without <> */
	char **references; /* oldest first; the last 100 */
	size_t in_reply_to_count, references_count;
	int64_t date; /* instant */
	char *auto_submitted, *precedence, *list_id, *return_path;
	char *autocrypt_address; /* of the one valid Autocrypt field */
};

enum auth_result {
	AUTH_ABSENT, /* nothing was said of this method */
	AUTH_PASS,
	AUTH_FAIL,
	AUTH_NO_RECORD, /* "none": the domain says nothing of itself */
	AUTH_OTHER, /* softfail, neutral, policy, errors */
	AUTH__COUNT
};

/* What our own border found out (mail/authres.h). */
struct mail_authentication {
	bool usable; /* it left a field that we may believe */
	int dmarc, spf; /* enum auth_result */
	char *spf_domain; /* of MAIL FROM, or "" */
	/* A signature that is good is of the domain in From, or of one above
	 * it; without the public suffix list no more can be told. */
	bool dkim_aligned;
};

enum delivery_action {
	DELIVERY_NONE, /* it is no delivery status notification */
	DELIVERY_DELIVERED,
	DELIVERY_DELAYED,
	DELIVERY_FAILED,
	DELIVERY__COUNT
};

/* What a delivery status notification claims (mail/delivery.h). */
struct mail_delivery {
	int action; /* enum delivery_action */
	char *status; /* "5.1.1", or "" */
	char *envelope_id; /* Original-Envelope-Id, or "" */
};

enum part_role {
	PART_MULTIPART, /* has children */
	PART_MESSAGE, /* message/rfc822; its content is its child */
	PART_TEXT, /* went into new_text and quoted_text */
	PART_UNSHOWN, /* an alternative not chosen, an empty text */
	PART_ATTACHMENT,
	PART_SEALED, /* ciphertext or a signed object: see sealed[] */
	PART_SIGNATURE, /* a detached signature */
	PART_CONTROL, /* "Version: 1" of RFC 3156 */
	PART__COUNT
};

enum part_encoding {
	ENCODING_IDENTITY, /* 7bit, 8bit, binary, unknown */
	ENCODING_BASE64,
	ENCODING_QUOTED_PRINTABLE,
	ENCODING_UUENCODE,
	ENCODING__COUNT
};

/* A node of the tree, in pre-order: a parent stands before its children. */
struct mail_part {
	int parent; /* index in parts, -1 for the root */
	int source;
	int role; /* enum part_role */
	int encoding; /* enum part_encoding */
	char *type; /* "text/plain", lower case, as the mail calls it */
	char *name; /* file name, one line, no directory in it */
	char *charset;
	int64_t head_at, head_len; /* its own header, in the source */
	int64_t body_at, body_len; /* encoded, in the source */
	int64_t size; /* decoded bytes of a leaf, -1: unknown */
	int64_t out_at, out_len; /* decoded bytes in the extract, if asked */
	char *hash; /* SHA-256 of the decoded bytes in hex, if extracted */
};

enum sealed_kind {
	SEALED_PGP_ENCRYPTED, /* multipart/encrypted, RFC 3156 */
	SEALED_PGP_SIGNED, /* multipart/signed, RFC 3156: detached */
	SEALED_PGP_INLINE, /* -----BEGIN PGP MESSAGE----- in a text */
	SEALED_PGP_CLEARSIGNED, /* -----BEGIN PGP SIGNED MESSAGE----- */
	SEALED_PGP_FILE, /* an attachment that is an OpenPGP message */
	SEALED_SMIME_ENVELOPED, /* application/pkcs7-mime, RFC 8551 */
	SEALED_SMIME_SIGNED, /* the same, opaque signed-data */
	SEALED_SMIME_DETACHED, /* multipart/signed with pkcs7-signature */
	/* Packed, so that it takes a round to read, but nothing is secret or
	 * signed: what is in the extract is the entity that it holds. */
	SEALED_MESSAGE, /* message/rfc822 in base64 or quoted-printable */
	SEALED_TNEF, /* winmail.dat, see mail/tnef.h */
	SEALED__COUNT
};

/* How far an item has been opened; the worker says it for the next reading. */
enum sealed_state {
	SEALED_NEW, /* its bytes are in the extract */
	SEALED_OPENED, /* read from `opened` (detached: verification is data) */
	SEALED_FAILED, /* cannot be opened: shown as it is */
	SEALED__STATES
};

/*
 * Something encrypted or signed.  (source, at) is its identity from one
 * reading to the next.  `whole`: it is a layer of the cryptographic envelope
 * (RFC 9787): the payload of the message is in it, and nothing else is.
 */
struct mail_sealed {
	int part;
	int kind; /* enum sealed_kind */
	int state; /* enum sealed_state */
	bool whole;
	bool armored; /* ASCII armor or base64 PEM, not binary */
	int source;
	int64_t at; /* where it begins in the source; of a block in an
		       encoded body: where that begins, and its number */
	int opened; /* index of the source it was opened into, 0: none */
	/* In the extract, while state is SEALED_NEW; detached kinds: payload
	 * is the signed bytes with canonical line ends. */
	int64_t payload_at, payload_len;
	int64_t signature_at, signature_len;
	/* What a look at the packets told (crypto/sniff.h), "" if nothing. */
	char *sniffed;
};

enum key_origin {
	KEY_ATTACHED, /* application/pgp-keys, or an armored block */
	KEY_AUTOCRYPT, /* Autocrypt header field of the outer header */
	KEY_CERTIFICATE, /* S/MIME certificate in a file of its own */
	KEY__ORIGINS
};

/* A public key that came along; not yet looked into by anybody. */
struct mail_key {
	int origin; /* enum key_origin */
	bool inside; /* it stood in something that had to be opened first */
	char *address; /* Autocrypt's addr */
	struct span data; /* binary or armored, <= READING_KEY_BYTES */
};

/* "/case ID TOKEN": what binds an analyst's answer to a letter of ours. */
struct mail_case_line {
	char *id; /* upper case */
	char *token; /* lower case, CASE_TOKEN_CHARS */
};

struct reading {
	struct mail_header outer;
	/* The header that counts: protected (RFC 9788 or the older drafts) if
	 * there is one in the payload of the envelope, else outer. */
	struct mail_header header;
	bool protected_header;
	/* From of header and outer disagree. */
	bool from_differs;

	struct mail_part *parts;
	size_t parts_count;
	struct mail_sealed *sealed;
	size_t sealed_count;
	struct mail_key *keys;
	size_t keys_count;

	/* RFC 3834 and its kin, by outer header and outer structure alone; ""
	 * when a person seems to have written. */
	char *robot;
	struct mail_authentication authentication;
	struct mail_delivery delivery;
	char *loop_mark; /* of a letter of ours (draft.h), unproved, or "" */
	bool spam; /* a filter in front of us marked it */
	int64_t absence; /* of a robot: its owner is away until, or 0 */

	/* The text of the mail: own words, and what was quoted, cut off or
	 * forwarded.  Clean, newline at line ends, no trailing blanks. */
	char *new_text, *quoted_text;
	bool html_only; /* new_text was made from HTML */
	/* Where new_text begins with "/", what only matters then: own words as
	 * the alternative that was not chosen has them, "" where it says the
	 * same or there is none; and who wrote what is forwarded, or "". */
	char *other_text;
	char *forwarded_from;
	bool text_cut; /* longer than text_size: the rest was left out */

	/* Words of ours that came back: tokens after "Ref:", and case IDs of
	 * the configured prefix in subject and text. */
	char **refs, **case_ids;
	size_t refs_count, case_ids_count;
	/* Lines of the text, own or quoted, and "[ID TOKEN]" in a protected
	 * subject; each once. */
	struct mail_case_line *case_lines;
	size_t case_lines_count;

	/* What others did to the mail and reading has undone, each once:
	 * "exchange" (multipart/encrypted taken apart), "no-version" (its
	 * "Version: 1" is missing), "tnef" (something sealed was in it). */
	char **repairs;
	size_t repairs_count;

	/* Names of the limits that were hit, each once. */
	char **limits;
	size_t limits_count;
};

extern const struct record_schema mail_header_schema;
extern const struct record_schema reading_schema;

const char *auth_result_name(int result);
const char *part_role_name(enum part_role role);
const char *part_encoding_name(enum part_encoding encoding);
const char *sealed_kind_name(enum sealed_kind kind);
const char *sealed_state_name(enum sealed_state state);
const char *key_origin_name(enum key_origin origin);

/*
 * Is part I handed on as a file?  An enclosed mail is, as a whole; what stands
 * in it goes with it.
 */
bool reading_is_file(const struct reading *r, size_t i);

/* Is it ciphertext (or may be), as against only signed? */
bool sealed_is_encrypted(enum sealed_kind kind);
/* Is it only packed: no cryptography has a say in it? */
bool sealed_is_packed(enum sealed_kind kind);
/* Is the signature a part of its own, so that nothing has to be given out? */
bool sealed_is_detached(enum sealed_kind kind);

/*
 * Hold R against reality: SIZES of the sources it was read from, and the size
 * of the extract.  Every offset, index and count is checked: parents stand
 * before their children, spans lie inside.  An error is permanent: the reader
 * lied or broke.
 */
must_check int reading_check(const struct reading *r, const int64_t *sizes,
	size_t sources, int64_t extract, struct err *e);

#endif
