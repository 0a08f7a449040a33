/*
 * event: something that happened to a case.  The only way a case changes.
 *
 * A case is the fold of its events (cases/case.h).  An event has a kind, an
 * actor (a person's number; 0 is the service itself), an instant, the input
 * that caused it and facts.  Facts hold numbers of persons and messages, never
 * names, addresses or words that people wrote: those can be forgotten, an event
 * cannot.  The kinds, and the facts of each, are one table in event.c.
 */
#ifndef CASES_EVENT_H
#define CASES_EVENT_H

#include "base/facts.h"

enum event_kind {
	EVENT_CASE_OPENED,
	EVENT_REPORT_RECEIVED,
	EVENT_HINT_FOUND,
	EVENT_LIKENESS_FOUND,
	EVENT_KEY_KEPT,
	EVENT_KEY_QUARANTINED,
	EVENT_KEY_PINNED,
	EVENT_KEY_UPDATED,
	EVENT_KEY_EXPIRES,
	EVENT_KEY_WANTED,
	EVENT_PARTY_ADDED,
	EVENT_PARTY_REMOVED,
	EVENT_CHANNEL_SEALED,
	EVENT_ACKNOWLEDGED,
	EVENT_UNACKNOWLEDGED,
	EVENT_ACKNOWLEDGEMENT_HELD,
	EVENT_CLASSIFIED,
	EVENT_REPLY_ADDED,
	EVENT_CONTRIBUTION_ADDED,
	EVENT_ROBOT_FILED,
	EVENT_NOTE_ADDED,
	EVENT_ASKED,
	EVENT_WORDS_SENT,
	EVENT_ANSWER_SENT,
	EVENT_STATUS_CHANGED,
	EVENT_ASSIGNED,
	EVENT_MERGED,
	EVENT_ANSWER_OVERDUE,
	EVENT_MESSAGE_READ,
	EVENT_LETTER_HANDED,
	EVENT_LETTER_WAITING,
	EVENT_LETTER_FAILED,
	EVENT_LETTER_CANCELLED,
	EVENT_LETTER_BOUNCED,
	EVENT_LETTER_DELAYED,
	EVENT_COMMAND_REFUSED,
	EVENT_REOPENED,
	EVENT_CASE_SEALED,
	EVENT_TITLED,
	EVENT_DETAIL_SET,
	EVENT_ITEM_ADDED,
	EVENT_ITEM_REMOVED,
	EVENT_COMMANDS_WAIT,
	EVENT_COMMANDS_CONFIRMED,
	EVENT_COMMANDS_EXPIRED,
	EVENT_GLASS_BROKEN,
	EVENT_CASE_PURGED,
	EVENT__COUNT
};

struct event {
	enum event_kind kind;
	int64_t at; /* instant */
	int64_t actor; /* person, 0: psirtd */
	struct facts facts;
	struct event *next;
};

const char *event_kind_name(enum event_kind kind);
/* -1 when no kind has that name. */
int event_kind_of(const char *name);

/*
 * What happened, in one English line with the facts put in, for `case log`
 * and transcripts.  NAME gives a person's name, by number, and may be NULL.
 */
void event_describe(const struct event *ev, struct buf *out,
	const char *(*name)(void *arg, int64_t person), void *arg);

#endif
