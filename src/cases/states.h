/*
 * states: report management, of CERT/CC's Vultron protocol (its RM machine).
 *
 *	Received -> Valid, Invalid     Invalid -> Valid, Closed
 *	Valid -> Accepted, Deferred    Accepted <-> Deferred, -> Closed
 *	Deferred -> Closed             Closed: nothing but a reopen event
 */
#ifndef CASES_STATES_H
#define CASES_STATES_H

#include "base/attributes.h"

enum report_state {
	REPORT_RECEIVED,
	REPORT_INVALID,
	REPORT_VALID,
	REPORT_DEFERRED,
	REPORT_ACCEPTED,
	REPORT_CLOSED,
	REPORT__COUNT
};

bool report_state_may(enum report_state from, enum report_state to);

const char *report_state_name(enum report_state state);
/* -1 when no state has that name. */
int report_state_of(const char *name);

/* "Accepted, Deferred": where it may go, for an error; static. */
const char *report_state_ways(enum report_state from);

#endif
