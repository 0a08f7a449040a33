/*
 * walk: a mail in the course of being read; shared by the files that make up
 * mail_read() and by nobody else.
 *
 *	read.c    the order of things, headers
 *	part.c    what a part is
 *	walk.c    where it stands, and what stands below it
 *	sealed.c  encrypted and signed items, and their way into the extract
 *	keys.c    keys that came along
 *	texts.c   which parts are the mail's text, and that text
 *	words.c   our own words in it: references and case IDs
 *	orders.c  what matters when it begins with a command
 *
 * The walk goes over the entities of a source in order; where a sealed item
 * has been opened, the walk of what it held comes in between, so that parts
 * are in pre-order.  Its depth, across sources, is bounded by the depth limit.
 */
#ifndef MAIL_WALK_H
#define MAIL_WALK_H

#include "mail/armor.h"
#include "mail/read.h"
#include "mail/split.h"
#include "mail/transfer.h"

/* What the parent makes of an entity. */
enum standing {
	STANDS_FREE,
	STANDS_AS_CIPHERTEXT, /* second of it */
	STANDS_AS_SIGNATURE, /* second of multipart/signed */
	STANDS_AS_MANGLED, /* behind "Version: 1" in any other multipart */
};

/* Where an entity stands. */
struct place {
	int source;
	int parent; /* index of a part, -1 */
	size_t depth; /* over all sources */
	enum standing standing;
	/* Nothing but layers of the cryptographic envelope stands above, and
	 * nothing stands beside: it is a further layer, or the payload. */
	bool envelope;
	size_t layers; /* of the envelope, above */
	bool alone; /* all of the envelope's content, if a leaf */
	bool in_payload; /* of an envelope, and that has a protected header */
	bool inside; /* something had to be opened on the way here */
	bool in_message; /* forwarded: not the text of this mail */
	bool covered; /* by a message that is an attachment as a whole */
	bool wrapped; /* payload wrapped in a message (RFC 8551, 3.1) */
	bool in_tnef;
};

/* What is known of a part beside its struct mail_part; same index. */
struct node {
	const struct content *content;
	struct place place;
	struct span body; /* encoded */
	size_t end; /* index behind its last descendant */
	bool may_be_text;
	bool legacy; /* has a Legacy Display Element (RFC 9788) */
	/* Blocks that were opened, in order. */
	struct cut *cuts;
	size_t cuts_count;
	bool only_blocks;
};

/* What others did to the mail, and is undone: repairs of struct reading. */
enum repair {
	REPAIR_EXCHANGE,
	REPAIR_NO_VERSION,
	REPAIR_TNEF,
	REPAIR__COUNT
};

/* A block in a text, and what it was opened to, which is shown instead. */
struct cut {
	int64_t at, end; /* in the decoded text */
	int child; /* index of a part, or -1 */
};

struct walk {
	struct arena *arena;
	const struct mail_source *sources;
	size_t sources_count;
	bool *used; /* sources that have found their item */
	const struct read_options *o;
	struct extract *x;
	bool extract_full;
	struct reading *r;
	struct split outer; /* of source 0 */
	struct limits hit;
	bool repaired[REPAIR__COUNT];
	struct node *nodes; /* as many as parts may be */
	size_t items_left; /* new sealed items that may still be listed */
	bool payload_seen; /* the envelope's payload was met */
	size_t payload; /* and is this part */
	bool cipher; /* it says that it was encrypted (RFC 9788, hp) */
	bool text_seen; /* a part that may be text was met */
	bool plain_text, html_text; /* what the text was made of */
	bool alternatives; /* one was passed over */
	bool other; /* choose that one */
};

/* part.c */

/* A leaf, looked at once from its beginning to its end. */
struct look {
	char head[ARMOR_LOOK];
	size_t head_len;
	int64_t size;
	struct armor_scanner scanner;
	bool scan; /* for blocks in a text */
};

/* A new part for E, an attachment until more is known; its index. */
size_t part_add(
	struct walk *w, const struct place *place, const struct entity *e);
void part_look(const struct walk *w, size_t i, bool scan, struct look *l);
struct span look_head(const struct look *l);

/* What a leaf that is sealed as a whole is; SEALED__COUNT for none. */
enum sealed_kind part_sealed_kind(
	const struct walk *w, size_t i, struct span head);
bool part_holds_key(const struct walk *w, size_t i, struct span head);
bool part_holds_certificate(const struct walk *w, size_t i, struct span head);
bool part_may_be_text(const struct walk *w, size_t i);

/* walk.c */
void walk_source(struct walk *w, const struct place *place);

/* sealed.c */

/* An item that was found. */
struct seal {
	enum sealed_kind kind;
	size_t part;
	int64_t at;
	bool whole, armored;
	/* Of detached kinds the signed bytes, else the body it is in, which is
	 * decoded, and of that the bytes between FROM and TO (-1: the end). */
	struct span payload;
	int64_t from, to;
	struct span signature; /* encoded */
	int encoding; /* of payload, or of signature */
};

/* List it, and extract it if it is new; NULL when there are too many. */
const struct mail_sealed *seal_add(struct walk *w, const struct seal *seal);

/* Decode the attachments into the extract. */
void extract_attachments(struct walk *w);

/* keys.c */

/* What stands between FROM and TO of the decoded part I. */
void keys_add(struct walk *w, enum key_origin origin, size_t i, int64_t from,
	int64_t to);
void keys_autocrypt(struct walk *w, struct span head);

/* texts.c */

/* Append the mail's text, and say which parts it was made of. */
void texts_collect(struct walk *w, struct buf *out);

/* The same with the alternatives that it passed over; changes nothing. */
void texts_collect_other(struct walk *w, struct buf *out);

/* words.c */
void words_find(struct walk *w, struct span text);

/* A sink for the bytes between FROM and TO (-1: the end) of what comes. */
struct range_sink {
	int64_t from, to, at;
	struct sink out;
};
bool range_write(void *arg, const void *data, size_t len);

/* orders.c */

/* Fill in other_text and forwarded_from. */
void orders_read(struct walk *w);

#endif
