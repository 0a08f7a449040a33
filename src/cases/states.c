#include "cases/states.h"

#include <string.h>

#define TO(STATE) (1u << REPORT_##STATE)

static const struct {
	const char *name;
	unsigned int to; /* set of states */
	const char *ways;
} states[] = {
	[REPORT_RECEIVED] = {"Received", TO(VALID) | TO(INVALID),
		"Valid, Invalid"},
	[REPORT_INVALID] = {"Invalid", TO(VALID) | TO(CLOSED), "Valid, Closed"},
	[REPORT_VALID] = {"Valid", TO(ACCEPTED) | TO(DEFERRED),
		"Accepted, Deferred"},
	[REPORT_DEFERRED] = {"Deferred", TO(ACCEPTED) | TO(CLOSED),
		"Accepted, Closed"},
	[REPORT_ACCEPTED] = {"Accepted", TO(DEFERRED) | TO(CLOSED),
		"Deferred, Closed"},
	[REPORT_CLOSED] = {"Closed", 0, "nothing"},
};
_Static_assert(countof(states) == REPORT__COUNT, "a row for each state");

bool
report_state_may(enum report_state from, enum report_state to)
{
	return states[from].to & 1u << to;
}

const char *
report_state_name(enum report_state state)
{
	return states[state].name;
}

int
report_state_of(const char *name)
{
	int state;

	for (state = 0; state < REPORT__COUNT; state++)
		if (strcmp(states[state].name, name) == 0)
			return state;
	return -1;
}

const char *
report_state_ways(enum report_state from)
{
	return states[from].ways;
}
