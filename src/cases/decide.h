/*
 * decide: (case, input, policy, now) -> plan.  The heart of the house.
 *
 * A pure function: no clock, no store, no I/O.  A mail, a due timer, a command
 * and the fate of a letter are all just inputs.  The case is changed as the
 * plan is made (case_apply), so it is the caller's copy; when decide() returns
 * -1 both are to be thrown away, and nothing has happened.
 *
 * It runs under the store's write lock: what it is given is true until the plan
 * is committed, and it must take microseconds.
 */
#ifndef CASES_DECIDE_H
#define CASES_DECIDE_H

#include "cases/acknowledge.h"
#include "cases/plan.h"
#include "crypto/verdict.h"
#include "rules/classify.h"
#include "rules/hint.h"

/* An analyst, as policy sees one. */
struct policy_analyst {
	int64_t person;
	const char *name;
};

struct policy {
	enum acknowledge_policy acknowledge;
	int64_t answer_within, embargo; /* durations */
	/* Words of commands that wait for a second analyst, and how long. */
	char *const *confirm;
	size_t confirm_count;
	int64_t confirm_within;
	const struct policy_analyst *analysts;
	size_t analysts_count;
	/* Of which analysts get no letter. */
	bool is_quiet[CLASS__COUNT];
};

/* The store's truth at this moment, under its lock. */
struct ground {
	int64_t now;
	const struct policy *policy;
	int64_t next_letter;
	/* Letters of the case that have not reached the MTA. */
	const struct open_letter *open_letters;
	size_t open_letters_count;
	/* Of the acknowledgement that is decided about, if one is. */
	struct acknowledge_room room;
	/* Keys of who is in the case and of who wrote the mail, the pinned one
	 * of each first, then by first-seen; and their addresses. */
	const struct known_key *keys;
	size_t keys_count;
	const struct known_person *persons;
	size_t persons_count;
};

struct known_person {
	int64_t person;
	const char *address; /* "" if it was forgotten */
};

struct open_letter {
	int64_t letter, person;
	enum letter_kind kind;
	bool clear; /* it may leave so */
	bool waits; /* for a usable key of the reader */
};

/* How a mail was tied to a case; the names are in evidence_name(). */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_ADDRESS, /* a reply or envelope address of ours */
	EVIDENCE_OUR_LETTER, /* In-Reply-To, References: a letter of ours */
	EVIDENCE_THEIR_MAIL, /* the same: a mail that is in a case */
	EVIDENCE_TOKEN, /* in the text, quoted or not */
	EVIDENCE_CASE_ID, /* in subject or text, by somebody in the case */
	EVIDENCE__COUNT
};

/* A case that a new report looks like. */
struct likeness {
	int64_t case_id;
	const char *public_id, *state;
	const char *why; /* "87% of the text, cve, function" */
	int score; /* 1..100 */
};

struct command;

struct mail_input {
	struct outer_facts outer;
	int64_t message; /* of the store */
	int64_t person; /* who wrote it, by the header that counts; 0: ? */
	int64_t sender_person; /* of outer.sender; 0 when null */
	int64_t analyst; /* person of the analyst who signed it, or 0 */
	int64_t author; /* who wrote what is forwarded in it, or 0 */
	enum evidence evidence;
	/* Who alone was given what the evidence is made of, and with which
	 * letter of ours; 0: nobody, or in no letter.  ENVELOPE: the letter's
	 * own envelope address, or envelope ID, which only its bounces have. */
	int64_t given_to, letter;
	bool envelope;
	/* What a robot says; see mail/reading.h. */
	const struct mail_delivery *delivery;
	const char *ticket;
	int64_t absence;
	/* What was inside. */
	enum mail_class class; /* of a mail that opens a case */
	const struct verdict *verdict;
	const struct hint *hints;
	size_t hints_count;
	const struct likeness *alike;
	size_t alike_count;
	const struct input_key *keys;
	size_t keys_count;
	/* The commands that it begins with, if they may be obeyed (see
	 * cases/authority.h), else why not, and which analyst is told. */
	const struct command *commands;
	const char *refusal; /* a fixed sentence, or NULL */
	const char *refusal_detail; /* may hold their words, or NULL */
	int64_t refused_to;
	bool by_hand; /* not a mail: whoever gave it sees what was done */
	bool told_before; /* of the same mail: no second letter */
	int64_t note; /* as in command_input */
	/* They are only tried: this is what they would do, and the case is as
	 * it was.  NULL: they are obeyed. */
	const struct plan *trial;
};

struct timer_input {
	enum timer_kind kind;
	int64_t due;
};

struct command_input {
	int64_t actor; /* person */
	const struct command *commands;
	/* The note whose transcript is answered: /to finder alone sends it. */
	int64_t note; /* of the store; 0: none */
	bool fresh; /* the case begins with them */
	const struct input_key *keys; /* that came with them, signed */
	size_t keys_count;
};

/* A key of PERSON that an analyst vouches for, from outside a case. */
struct key_input {
	int64_t actor, person;
	const struct input_key *key;
};

enum letter_outcome {
	OUTCOME_HANDED,
	OUTCOME_WAITING,
	OUTCOME_FAILED,
	OUTCOME__COUNT
};

struct letter_input {
	enum letter_outcome outcome;
	int64_t letter, person;
	enum letter_kind kind;
	const char *text; /* the MTA's reply, or the reason */
	bool wants_key; /* it waits for a usable key of the reader */
};

struct read_input {
	int64_t actor, number;
};

/*
 * Each fills P from G and C.  A fresh case has been begun and has only its id
 * and public_id.
 */

/*
 * A mail.  ELSEWHERE is the case that inner evidence points to, or NULL.
 * -1 (permanent): a command in it is impossible; decide again with a refusal.
 */
must_check int decide_mail(const struct ground *g, struct case_file *c,
	struct case_file *elsewhere, const struct mail_input *in,
	struct plan *p, struct err *e);

void decide_timer(const struct ground *g, struct case_file *c,
	const struct timer_input *in, struct plan *p);

/* -1 (permanent): a command is impossible; the text says which and why. */
must_check int decide_command(const struct ground *g, struct case_file *c,
	const struct command_input *in, struct plan *p, struct err *e);

void decide_letter(const struct ground *g, struct case_file *c,
	const struct letter_input *in, struct plan *p);

/* Nothing is left of a case but a stub that can be audited. */
struct purge_input {
	int64_t actor; /* 0: retention */
	const char *reason;
	bool along; /* it was merged into one that is purged */
};

/* -1 (permanent): it is not closed, or merged into another, or purged. */
must_check int decide_purge(const struct ground *g, struct case_file *c,
	const struct purge_input *in, struct plan *p, struct err *e);

void decide_key(const struct ground *g, struct case_file *c,
	const struct key_input *in, struct plan *p);

void decide_read(const struct ground *g, struct case_file *c,
	const struct read_input *in, struct plan *p);

const char *evidence_name(enum evidence evidence);
const char *letter_outcome_name(enum letter_outcome outcome);

#endif
