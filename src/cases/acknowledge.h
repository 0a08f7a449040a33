/*
 * acknowledge: who gets the automatic acknowledgement, and when.
 *
 * A function of envelope, outer header and configuration alone: what a mail
 * held when it was opened must not show in how, when or whether a stranger is
 * answered.  So even the key that makes a sender a known one is outer evidence:
 * the Autocrypt field outside holds the key that was pinned for that address.
 * That proves little (the key is public), but what it lets out is one letter,
 * encrypted to a key that we trust, to the address that we trust it for.
 *
 * Forged mail would make us mail to whom it was forged for; so mail that our
 * border found forged waits for an analyst, a sender gets so many in an hour,
 * and a domain so many, and what is more than that waits its turn.
 */
#ifndef CASES_ACKNOWLEDGE_H
#define CASES_ACKNOWLEDGE_H

#include "mail/reading.h"

#define ACKNOWLEDGE_PER_ADDRESS 10 /* in any hour */
#define ACKNOWLEDGE_PER_DOMAIN 50

enum acknowledge_policy {
	ACKNOWLEDGE_PLAUSIBLE, /* unless our border says that it is forged */
	ACKNOWLEDGE_VERIFIED, /* only who was proved to be the sender */
	ACKNOWLEDGE_ALL,
	ACKNOWLEDGE_NEVER,
	ACKNOWLEDGE__COUNT
};

/*
 * What can be seen from outside.  The acknowledgement is a function of this
 * struct and of policy, and of nothing else: the functions below do not get to
 * see more.
 */
struct outer_facts {
	int64_t received;
	const char *sender; /* envelope; "" is the null path */
	const char *from; /* the one address in From, or "" */
	const char *robot; /* reading.robot, or ROBOT_OWN_LETTER */
	bool belongs; /* there is evidence of an old case */
	bool to_us; /* from our own address: a loop */
	struct mail_authentication authentication;
	/* A key pinned earlier for SENDER, or of the outer Autocrypt header. */
	const char *key;
	bool key_is_pinned; /* it is both */
};

/* NULL, or why it is never answered, in a few words for the case. */
const char *acknowledge_refusal(const struct outer_facts *o);

/* NULL: it may go.  Else why it waits until an analyst has said so. */
const char *acknowledge_doubt(
	const struct outer_facts *o, enum acknowledge_policy policy);

/* What went to an address, and to its domain, within the last hour. */
struct acknowledge_bucket {
	int64_t sent; /* counted no further than the limit */
	int64_t oldest; /* instant of the oldest of them, 0: none */
	int64_t ahead; /* that wait, and go before this one */
};

/* The store's truth about the buckets that one acknowledgement falls into. */
struct acknowledge_room {
	struct acknowledge_bucket address, domain;
};

/*
 * NOW if there is room; else when to look again.  Ahead of an acknowledgement
 * are those to the same address that are older, and those to addresses of its
 * domain that were first seen later: who floods is served after who is new.
 */
int64_t acknowledge_when(const struct acknowledge_room *room, int64_t now);

int acknowledge_policy_of(const char *name);

#endif
