/*
 * letter: from an order and what it refers to, to a draft.
 *
 * Pure: everything that a letter says is in struct letter_content.  An
 * acknowledgement is given nothing of a mail but its outer header, so it cannot
 * say more.
 */
#ifndef LETTERS_LETTER_H
#define LETTERS_LETTER_H

#include "base/conf.h"
#include "cases/case.h"
#include "crypto/verdict.h"
#include "letters/draft.h"
#include "letters/template.h"
#include "mail/reading.h"
#include "rules/hint.h"
#include "store/letters.h"
#include "store/likenesses.h"
#include "store/persons.h"

/* What we say of ourselves. */
struct letter_self {
	const char *openpgp, *smime; /* fingerprints, or "" */
	const char *public_key; /* armored */
	const char *autocrypt; /* value of the field, or "" */
};

/* The mail that a letter carries to analysts. */
struct letter_mail {
	const struct message *message;
	const struct reading *reading;
	const struct verdict *verdict;
	const struct hint *hints;
	size_t hints_count;
	int64_t number; /* in its case */
	const char *kind; /* posted_kind_name() */
	/* Decoded attachments lie here, at out_at of their parts; -1: left
	 * out, and listed. */
	int attachments_fd;
	/* The mail as it came, attached when it could not be read or opened;
	 * -1: not. */
	int raw_fd;
	int64_t raw_len;
};

struct letter_content {
	const struct conf *conf;
	const struct templates *templates;
	const struct letter_self *self;
	const struct letter *letter;
	const struct case_file *c;
	const struct person *reader;
	const char *to; /* the address that it goes to */
	const char *language;
	int64_t now;
	bool encrypted;
	const char *reply_to; /* an address, or "": From is enough */
	const char *ref; /* reply token */
	const char *command_token; /* of a letter to an analyst, or "" */
	const char *loop_mark; /* of every letter */
	/* Of an acknowledgement: without our key, to be shorter. */
	bool slim;
	const struct letter_mail *mail; /* or NULL */
	const char *words; /* of a LETTER_MESSAGE or a transcript, or "" */
	const char *title; /* of the case, or "" */
	const char *answered_text; /* own words of what is answered, or "" */
	const struct event *events; /* of the case, where they are shown */
	/* Outer header of the mail that is answered, or NULL. */
	const struct mail_header *answers;
	/* The first letter to this reader in this case, or "": a thread. */
	const char *thread;
	struct finder_record record; /* of the finder, but for this case */
	/* Name of a person, by number; and address, "" if it is forgotten. */
	const char *(*name)(void *arg, int64_t person);
	const char *(*address)(void *arg, int64_t person);
	void *name_arg;
};

/*
 * A letter that must not depend on anything that was inside a mail, and goes to
 * whom we may know nothing about: in all languages, seeing only outer headers.
 */
bool letter_is_blind(enum letter_kind kind);

/* Fill D, whose texts live in A. */
must_check int letter_draft(const struct letter_content *in, struct arena *a,
	struct draft *d, struct err *e);

/* Every name that a letter of this kind gives its template, for `psirtctl
 * template` and the lint test: hostile values in all of them. */
void letter_sample_values(struct values *v, const char *value);

#endif
