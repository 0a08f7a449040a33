/*
 * read: from bytes to a reading.  Pure; hostile input is its daily bread, but
 * it calls libetpan and libxml2, which are not safe against it: outside of
 * unit tests it runs only in the sandboxed reader.
 *
 * Own code finds the structure: a linear, bounded splitter (RFC 5322, 2046)
 * that never recurses deeper than the depth limit.  libetpan decodes leaves:
 * encoded words, addresses, dates, quoted-printable.  libxml2 turns HTML into
 * text.
 *
 * A limit that is hit is noted by name in reading.limits and what is beyond it
 * is left unread; it is never an error.  There are no errors: whatever the
 * bytes, there is a reading.
 */
#ifndef MAIL_READ_H
#define MAIL_READ_H

#include "base/conf.h"
#include "mail/reading.h"

#define READ_SNIFF_BYTES 65536

enum source_kind {
	SOURCE_MESSAGE, /* RFC 5322 message: only source 0 */
	SOURCE_ENTITY, /* MIME entity: header and body */
	SOURCE_TEXT, /* what an inline block or a clear signature held */
	SOURCE_FILE, /* what an encrypted file held */
	SOURCE_FAILED, /* the item could not be opened: no bytes */
	SOURCE_VERIFIED, /* a detached signature was looked at: no bytes */
	SOURCE__COUNT
};

struct mail_source {
	int kind; /* enum source_kind */
	/* The sealed item that it was opened from (0, 0 for source 0). */
	int from_source;
	int64_t from_at;
	struct span bytes;
};

/* Where decoded bytes go; returns false when no more is wanted. */
struct extract {
	bool (*write)(void *arg, const void *data, size_t len);
	void *arg;
	int64_t written; /* kept by mail_read() */
};

struct read_options {
	const struct conf *conf; /* limits, prefix, own address */
	bool attachments; /* extract the decoded attachments as well */
	/* Called once for each new item, after it was extracted, with the first
	 * READ_SNIFF_BYTES of its payload, or of its signature if that is
	 * detached; returns what to put into `sniffed` (in A), or NULL. */
	const char *(*sniff)(struct arena *a, const struct mail_sealed *item,
		struct span payload);
};

/* Once, before the sandbox closes: converters that open files, HTML tables. */
void mail_read_open(void);

/*
 * Read SOURCES; 0 is the message.  Everything that R points to lives in A.
 * X may be NULL: nothing is extracted.
 */
void mail_read(struct arena *a, const struct mail_source *sources, size_t count,
	const struct read_options *o, struct extract *x, struct reading *r);

#endif
