/*
 * compose: MIME entities out of a tree of parts (RFC 2045, 2046, 2047).
 *
 * Output is always 7 bit, lines end in CRLF and are at most 76 characters
 * (998 where a value cannot be folded), as RFC 3156 asks of what is signed.
 * Text is quoted-printable, or base64 when most of it is not ASCII; trailing
 * blanks and a leading "From " are encoded.  Nothing here reads foreign
 * structure: names and values are data, and a header value with CR, LF or NUL
 * is refused as a bug, never passed on.
 *
 * Encoders are by hand: libetpan's may only run in the reader, and what the
 * other libraries offer wants a stream of its own type.
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"

enum compose_kind {
	COMPOSE_TEXT, /* UTF-8 `text` */
	COMPOSE_DATA, /* base64 of `data` */
	COMPOSE_FILE, /* base64 of `len` bytes at `at` of `fd` */
	COMPOSE_RAW, /* `data` as it is: armor, or a made entity's body */
	COMPOSE_MULTIPART, /* the children */
};

/* A header field of a part; a list ends with a NULL name. */
struct compose_field {
	const char *name;
	const char *value; /* UTF-8; encoded words where needed */
};

struct compose_part {
	enum compose_kind kind;
	const char *type; /* "text/plain", "multipart/mixed" */
	const char *params; /* further parameters, "; hp=\"cipher\"", or NULL */
	const char *name; /* file name (RFC 2231 where needed), or NULL */
	bool attachment; /* disposition attachment instead of inline */
	const struct compose_field *fields; /* before Content-Type, or NULL */
	const char *text;
	struct span data;
	int fd;
	int64_t at, len;
	const struct compose_part *children;
	size_t children_count;
};

/*
 * Append "Name: value\r\n", folded, non-ASCII words encoded (UTF-8, base64).
 * For unstructured fields and for values that are made of ASCII.  -1 (bug) when
 * the name is not a field name or the value has a control character.
 */
must_check int compose_field(
	struct buf *out, const char *name, const char *value, struct err *e);

/* "Name: display <address>\r\n"; NAME_SHOWN may be NULL. */
must_check int compose_mailbox(struct buf *out, const char *name,
	const char *name_shown, const char *address, struct err *e);

/*
 * Append the entity: header and body, without a final empty line.  The
 * boundaries of multiparts are random (96 bits), so no content can hold one.
 */
must_check int compose_entity(
	struct buf *out, const struct compose_part *root, struct err *e);

/* What compose_entity() would append, within some percent, without files. */
int64_t compose_size(const struct compose_part *root);

#endif
