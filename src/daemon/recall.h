/*
 * recall: a message of the store, opened again.
 *
 * A mail that came encrypted is opened as when it came; one that was sealed to
 * our own key is first unsealed into memory.  Words that were written here are
 * text.  Nothing of it touches a disk.
 */
#ifndef DAEMON_RECALL_H
#define DAEMON_RECALL_H

#include "daemon/desk.h"
#include "store/messages.h"

struct recalled {
	struct message message;
	int fd; /* the mail as it came, in memory or a file of ciphertext */
	int64_t len;
	bool is_mail;
	struct opening opening; /* of a mail */
	char *words; /* of MESSAGE_WORDS */
	struct arena *arena; /* wiped */
};

/* -1: temporary (then R is released). */
must_check int recall(
	struct desk *d, int64_t message, struct recalled *r, struct err *e);

void recall_release(struct recalled *r);

#endif
