/*
 * split: the structure of one entity (RFC 5322, RFC 2046), in one pass.
 *
 * The splitter goes over the lines once and keeps the open entities on a stack
 * of its own, so neither its time nor its stack depends on how the mail is
 * nested: a line that could be a delimiter is compared with the boundaries of
 * the open multiparts, at most as many as `depth`, and that is all.
 *
 * How it reads what the standards leave open:
 * - Lines end in CRLF or LF; a CR alone is a character.
 * - A header ends at an empty line, or before a line that is no field (Postfix
 *   does the same): nothing of a mail is lost for a missing empty line.
 * - A delimiter is the boundary and blanks, on a line of its own; an outer one
 *   ends what is open inside; a missing last one ends with the entity.
 * - A delimiter at the very end of the bytes is a last one.
 * - The line end in front of a delimiter belongs to the delimiter.
 * - message/rfc822 is descended into, unless it is encoded: then it is packed
 *   (SEALED_MESSAGE of mail/reading.h).
 */
#ifndef MAIL_SPLIT_H
#define MAIL_SPLIT_H

#include "mail/content.h"

#define SPLIT_DEPTH_MAX 100

/* In pre-order.  Offsets are into the bytes that were split. */
struct entity {
	int parent; /* -1 for the root */
	int depth; /* 0 for the root */
	size_t children;
	bool cut; /* a limit forbade a further child */
	size_t head_at, head_len; /* without the empty line */
	size_t body_at, body_len;
	size_t end; /* of head and body: what a signature covers */
	struct content content;
};

struct split_limits {
	size_t depth; /* entities inside of each other: 1 to SPLIT_DEPTH_MAX */
	size_t parts; /* at least 1 */
	size_t header_size; /* bytes of a header that are looked at */
};

struct split {
	struct entity *entities; /* in the arena */
	size_t count; /* at least 1 */
};

void split_entity(struct arena *a, struct span in, const struct split_limits *l,
	struct limits *hit, struct split *out);

/* The header of E, as far as it is looked at. */
struct span entity_head(
	struct span in, const struct entity *e, size_t header_size);

#endif
