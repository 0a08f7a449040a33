/*
 * post: what passes between postman and courier.
 *
 * The courier asks, the postman hands over one letter (with a descriptor of its
 * bytes), the courier says what became of it, and asks again.  The courier has
 * no store and no keys; the postman has no network.
 */
#ifndef DAEMON_POST_H
#define DAEMON_POST_H

#include "base/record.h"

/* To the courier, with one descriptor. */
struct post_letter {
	int64_t letter, size;
	char *sender, *recipient; /* envelope; "" is the null path */
	char *message_id;
	bool sealed; /* must be ciphertext */
};

enum post_outcome {
	POST_ASK, /* nothing to report: the first request */
	POST_HANDED, /* the MTA has it */
	POST_TEMPORARY, /* try again */
	POST_PERMANENT, /* the MTA refused it */
	POST_UNREACHABLE, /* no way of ours leads there: a person's task */
	POST__COUNT
};

/* To the postman. */
struct post_report {
	int64_t letter;
	int outcome; /* enum post_outcome */
	char *text; /* the MTA's reply, or what went wrong */
};

extern const struct record_schema post_letter_schema;
extern const struct record_schema post_report_schema;

#endif
