/*
 * case: what the events of a case amount to.
 *
 * A case is made by case_apply(), event after event, and by nothing else: the
 * same code runs when an event is decided, when a case is loaded, and when the
 * audit looks whether the store's columns are right.  Everything lives in the
 * arena that the case was begun with.
 */
#ifndef CASES_CASE_H
#define CASES_CASE_H

#include "cases/detail.h"
#include "cases/states.h"

#define CASE_ID_MAX 40 /* "PREFIX-2026-0001" and its NUL */

enum role {
	ROLE_FINDER,
	ROLE__COUNT
};

/* Somebody in the case; analysts are not parties. */
struct party {
	int64_t person;
	enum role role;
	bool sealed; /* nothing to them in clear */
	bool removed;
	/* Who signed their first mail, or "": their later mails must too. */
	const char *signer;
	/* What robots say that answer for them. */
	int64_t bounced; /* the letter that last came back, 0: none */
	const char *bounce_status; /* of it, or "" */
	const char *ticket; /* by which their tracker knows the case, or "" */
	int64_t away_until; /* instant, 0: not known to be away */
	bool key_asked, key_reminded; /* for a key to write to them with */
	const char *key_warned; /* fingerprint of what will expire, or "" */
	struct party *next;
};

enum posted_kind {
	POSTED_REPORT,
	POSTED_REPLY,
	POSTED_CONTRIBUTION,
	POSTED_ROBOT,
	POSTED_NOTE,
	POSTED_WORDS, /* of an analyst, to a party */
	POSTED_REASON, /* of a change of status */
	POSTED_TITLE,
	POSTED__COUNT
};

/* A message in the case.  People count them: 1 is the first. */
struct posted {
	int64_t number;
	int64_t message; /* of the store */
	int64_t person, at;
	enum posted_kind kind;
	const char *problem, *detail; /* why it was not opened, or "" */
	bool clear; /* a mail that was not encrypted */
	struct posted *next;
};

struct case_hint {
	const char *kind, *value, *normalized, *where, *rule;
	int64_t score;
	struct case_hint *next;
};

enum acknowledgement_state {
	ACKNOWLEDGEMENT_NONE, /* there was nothing to acknowledge */
	ACKNOWLEDGEMENT_SENT,
	ACKNOWLEDGEMENT_HELD,
	ACKNOWLEDGEMENT_WITHHELD,
	ACKNOWLEDGEMENT__COUNT
};

/* A case has one. */
struct acknowledgement {
	enum acknowledgement_state state;
	int64_t letter, person;
	const char *reason; /* why it is held or withheld */
	int64_t until; /* it goes out by itself, not before; 0: never */
};

/* A letter that has come back. */
struct bounced_letter {
	int64_t letter;
	struct bounced_letter *next;
};

/*
 * What an analyst has changed, for /undo: their events of one instant are one
 * block.  The facts tell what was before.
 */
struct change {
	int64_t number, at, actor;
	enum event_kind kind;
	const struct facts *facts;
	bool undone, undoes;
	struct change *next;
};

/* Commands that wait for a second analyst; FACTS as in cases/request.h. */
struct request {
	int64_t number, at, actor, until;
	const struct facts *facts;
	bool over; /* confirmed, or expired */
	struct request *next;
};

/* Another case that the report looked like when it came. */
struct case_likeness {
	const char *public_id, *state, *why;
	int64_t score;
	struct case_likeness *next;
};

struct case_file {
	int64_t id; /* the store's */
	char public_id[CASE_ID_MAX];
	enum report_state state;
	int64_t opened, changed;
	int64_t answer_by, answered; /* by a person; 0: not yet */
	bool overdue; /* the analysts were reminded of it, once */
	int64_t embargo_end;
	bool asked; /* the finder, for what the report lacks */
	int64_t assignee; /* person, 0: nobody */
	int64_t merged_into; /* a case, 0: none */
	enum report_state before_closed; /* where it was when it was closed */
	bool sealed; /* nothing of it leaves in clear */
	int64_t author; /* person who wrote what was forwarded to us; 0 */
	struct details details;
	struct change *changes;
	int64_t changes_count;
	struct request *requests;
	int64_t requests_count;
	bool purged; /* nothing is left but that it was there */
	struct party *parties;
	struct posted *posted;
	int64_t posted_count;
	struct case_hint *hints;
	struct acknowledgement acknowledgement;
	const char *class; /* class_name(), or "" */
	struct bounced_letter *bounced;
	struct case_likeness *alike;
	struct arena *arena;
};

/* An empty case; its first event must be case.opened. */
void case_begin(struct case_file *c, struct arena *a, int64_t id);

/*
 * Apply one event.  Facts that are missing count as 0 or "": a purged payload
 * must not make a case unreadable.
 */
void case_apply(struct case_file *c, const struct event *ev);

/* The party, in the case now; NULL when there is none. */
struct party *case_party(const struct case_file *c, int64_t person);
struct party *case_finder(const struct case_file *c);

bool case_has_bounced(const struct case_file *c, int64_t letter);

/* Only robots have written in it, and nobody here has touched it. */
bool case_is_of_robots(const struct case_file *c);
/*
 * Nothing may go to the party in clear: by its channel, by /seal, or because
 * the case is TLP:RED or TLP:AMBER+STRICT.
 */
bool case_is_sealed_to(const struct case_file *c, const struct party *p);

/* The request of that number, or the only one that waits for NUMBER 0; NULL. */
struct request *case_request(const struct case_file *c, int64_t number);

/* The last message that PERSON sent: what a letter to them answers; 0: none. */
int64_t case_last_message(const struct case_file *c, int64_t person);

const struct posted *case_posted(const struct case_file *c, int64_t number);

/* What it was found to be, also when it is closed: Valid, Invalid, or Received,
 * not yet. */
enum report_state case_judged(const struct case_file *c);

const char *role_name(enum role role);
const char *acknowledgement_state_name(enum acknowledgement_state state);
const char *posted_kind_name(enum posted_kind kind);

#endif
