/*
 * draft: a letter's header and body, in the two forms that a sealed message
 * has: what stands outside, and the payload with the header that counts.
 *
 * Header protection is RFC 9788: the payload's root has hp="cipher" (encrypted)
 * or hp="clear" (only signed), carries the real fields and, when encrypted, a
 * HP-Outer field for each that stands outside.  Outside, the subject is the
 * case ID and the kind of letter; nothing else differs, because From, To and
 * Message-ID are of this one reader anyway.  Comments and Keywords are never
 * written.
 */
#ifndef LETTERS_DRAFT_H
#define LETTERS_DRAFT_H

#include "base/buf.h"
#include "base/err.h"
#include "mail/compose.h"

#define DRAFT_ATTACHMENTS_MAX 64

struct draft {
	const char *from_name, *from, *to_name, *to;
	const char *reply_to; /* an address, or "" */
	const char *message_id; /* without <> */
	const char *in_reply_to; /* likewise, or "" */
	const char *references; /* with <>, or "" */
	const char *subject, *outer_subject;
	int64_t date;
	/* "auto-replied", "auto-generated", or "" when a person wrote it. */
	const char *auto_submitted;
	const char *autocrypt; /* value of the field, or "" */
	const char *loop_mark; /* likewise: ROBOT_LOOP_FIELD (mail/robot.h) */
	const char *body; /* UTF-8, LF */
	struct compose_part attachments[DRAFT_ATTACHMENTS_MAX];
	size_t attachments_count;
};

/* What becomes of it: it decides which fields are protected (RFC 9788). */
enum draft_form {
	DRAFT_ENCRYPTED,
	DRAFT_SIGNED, /* in clear */
	DRAFT_BARE, /* neither: there is nothing that would protect */
};

/* OUTER: fields but MIME-Version and Content-Type; ENTITY: the payload. */
must_check int draft_write(const struct draft *d, enum draft_form form,
	struct buf *outer, struct buf *entity, struct err *e);

/* About how large the payload will be. */
int64_t draft_size(const struct draft *d);

#endif
