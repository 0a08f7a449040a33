/*
 * armor: what bytes look like: OpenPGP armor and packets (RFC 9580), CMS
 * (RFC 5652), certificates.
 *
 * A look at the front, never a parse: whoever opens an item judges it.  Names
 * and types are what a mail claims, this is what it holds.
 */
#ifndef MAIL_ARMOR_H
#define MAIL_ARMOR_H

#include "base/buf.h"

#define ARMOR_BLOCKS_MAX 128
#define ARMOR_LINE 80
#define ARMOR_LOOK 4096 /* bytes at the front that are enough for any look */

enum armor_kind {
	ARMOR_NONE,
	ARMOR_MESSAGE,
	ARMOR_SIGNED_MESSAGE, /* with its text and its signature */
	ARMOR_PUBLIC_KEY,
	ARMOR__COUNT
};

struct armor_block {
	int kind; /* enum armor_kind */
	int64_t at, end; /* from its first to behind its last line's text */
};

/*
 * Finds blocks in a text that comes in pieces: armor_feed() each, then
 * armor_end().  A block without its last line is text.  Zeroed is ready.
 */
struct armor_scanner {
	struct armor_block block[ARMOR_BLOCKS_MAX];
	size_t count;
	bool more; /* than fit */
	bool outside; /* something but blanks stands outside of the blocks */
	int64_t size; /* of the text so far */
	/* The line, and the block, in work. */
	char line[ARMOR_LINE];
	size_t line_len;
	int64_t line_at;
	bool line_ink;
	int open;
	int64_t open_at;
};

void armor_feed(struct armor_scanner *s, const void *data, size_t len);
void armor_end(struct armor_scanner *s);

/* What kind of armor begins in the first line of HEAD that is not blank. */
enum armor_kind armor_begins(struct span head);

/* Does HEAD begin an OpenPGP message in packets: no signature, no key? */
bool packets_begin(struct span head);

enum cms_kind {
	CMS_NONE,
	CMS_ENVELOPED, /* envelopedData, authEnvelopedData */
	CMS_SIGNED,
};

/* The content type of the CMS object that begins HEAD, in BER. */
enum cms_kind cms_begins(struct span head);

/* PEM of a CMS object, or of an unnamed kind of it. */
bool cms_pem_begins(struct span head);

/* A certificate, PEM (which may have words in front of it) or DER. */
bool certificate_begins(struct span head);

#endif
