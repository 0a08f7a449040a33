/*
 * status: a case as lines of text, for `case show` and for transcripts.
 */
#ifndef LETTERS_STATUS_H
#define LETTERS_STATUS_H

#include "cases/case.h"

/* What is not in the case itself. */
struct status_names {
	/* Name of a person, by number; NULL if nobody knows. */
	const char *(*name)(void *arg, int64_t person);
	void *arg;
	const char *title; /* the words, or "" */
};

/* "9.8" for a vector that is valid; else "". */
#define STATUS_SCORE_MAX 24
const char *status_score(
	const char *vector, char text[static STATUS_SCORE_MAX]);

/* State, dates, details, parties, hints, requests, messages: a line each. */
void status_case(const struct case_file *c, const struct status_names *n,
	struct buf *out);

void status_parties(const struct case_file *c, const struct status_names *n,
	struct buf *out);

/* One event, as `case log` has it. */
void status_event(
	const struct event *ev, const struct status_names *n, struct buf *out);

#endif
