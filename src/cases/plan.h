/*
 * plan: what decide() wants done.  Data only; the store carries it out whole
 * or not at all, and a dry run prints it.
 *
 * Everything lives in the plan's arena.
 */
#ifndef CASES_PLAN_H
#define CASES_PLAN_H

#include "base/err.h"
#include "cases/case.h"
#include "cases/key.h"

/* The letters that psirtd writes; a template for each (letters/). */
enum letter_kind {
	LETTER_ACKNOWLEDGEMENT, /* to whoever sent the mail */
	LETTER_REPORT, /* a report, to an analyst */
	LETTER_UPDATE, /* a later mail in a case, to an analyst */
	LETTER_ASK, /* for what the report lacks, to the finder */
	LETTER_MESSAGE, /* an analyst's words, to a party */
	LETTER_ANSWER, /* the ready-made answer of a class, to a party */
	LETTER_OVERDUE, /* the human-answer clock, to an analyst */
	LETTER_TROUBLE, /* a letter waits or failed, to an analyst */
	LETTER_TRANSCRIPT, /* what commands did, to the analyst */
	LETTER_NOTICE, /* what another analyst asks or did, to an analyst */
	LETTER_KEY, /* of a party: changed, expires; to an analyst */
	LETTER_KEY_WANTED, /* to a party whose channel is sealed, in clear and
			    * without content: a key, please */
	LETTER__COUNT
};

enum timer_kind {
	TIMER_ANSWER, /* a person has to have answered the finder */
	TIMER_ACKNOWLEDGE, /* there may be room for an acknowledgement */
	TIMER_REQUEST, /* commands wait no longer for a second analyst */
	TIMER_KEY_EXPIRY, /* a party's key will expire within the embargo */
	TIMER_KEY_REMINDER, /* no key has come that was asked for */
	TIMER__COUNT
};

/* Why a letter is not sealed at once: it is released by a later plan. */
enum hold {
	HOLD_NONE,
	HOLD_FOR_TURN, /* many went where it goes */
	HOLD_FOR_ANALYST, /* who has to say so */
	HOLD__COUNT
};

struct planned_event {
	int64_t case_id;
	struct event event;
	struct planned_event *next;
};

/* An order for one letter to one reader.  Never text: numbers of messages. */
struct order {
	int64_t letter; /* its number, taken from the ground */
	int64_t case_id;
	enum letter_kind kind;
	int64_t person; /* the reader */
	const char *address; /* instead of the person's own, or "" */
	bool analyst; /* the reader is an analyst */
	bool sealed; /* must not leave in clear */
	enum hold hold;
	/* Acknowledgement only: the key it is encrypted to, or "": fixed here,
	 * because keys from inside the mail must not count. */
	const char *key;
	int64_t message; /* of the store: what it carries, 0: nothing */
	int64_t answers; /* of the store: what it replies to, 0: nothing */
	struct facts facts; /* for the template */
	struct order *next;
};

struct timer_change {
	int64_t case_id;
	enum timer_kind kind;
	int64_t due; /* 0: clear it */
	struct timer_change *next;
};

/* Of a letter that has not reached the MTA. */
struct cancellation {
	int64_t letter;
	struct cancellation *next;
};

/* Of a letter that was ordered to be held. */
struct release {
	int64_t letter;
	struct release *next;
};

/* What becomes of a public key of a person: see cases/trust.h. */
struct key_change {
	int64_t person;
	const char *fingerprint;
	enum key_state to;
	const struct input_key *key; /* its bytes; NULL: they are known */
	struct key_change *next;
};

/* What cannot be done, and why, for whoever asked for it. */
struct remark {
	const char *text;
	struct remark *next;
};

struct plan {
	struct arena *arena;
	struct planned_event *events, **events_end;
	struct order *orders, **orders_end;
	struct timer_change *timers, **timers_end;
	struct cancellation *cancelled, **cancelled_end;
	struct release *released, **released_end;
	struct key_change *keys, **keys_end;
	int64_t next_letter;
	struct remark *remarks, **remarks_end;
	/* A command asks to see: */
	bool show_status, show_help, show_log, show_parties;
	const char *help_about; /* a command's word, or NULL for all */
};

void plan_begin(struct plan *p, struct arena *a, int64_t next_letter);

/*
 * Record an event of C and apply it to C at once, so that what is decided next
 * sees it.  Add its facts first: they are copied.
 */
void plan_event(struct plan *p, struct case_file *c, enum event_kind kind,
	int64_t at, int64_t actor, const struct facts *facts);

/* The order is the plan's; fill in the rest.  Its facts are empty. */
struct order *plan_order(struct plan *p, const struct case_file *c,
	enum letter_kind kind, int64_t person);

void plan_timer(struct plan *p, const struct case_file *c, enum timer_kind kind,
	int64_t due);
void plan_cancel(struct plan *p, int64_t letter);
void plan_release(struct plan *p, int64_t letter);
/* KEY may be NULL, and must outlive the plan. */
void plan_key(struct plan *p, int64_t person, const char *fingerprint,
	enum key_state to, const struct input_key *key);

/* TEXT lives as long as the plan. */
void plan_remark(struct plan *p, const char *text);

const char *letter_kind_name(enum letter_kind kind);
int letter_kind_of(const char *name);
const char *timer_kind_name(enum timer_kind kind);
int timer_kind_of(const char *name);

#endif
