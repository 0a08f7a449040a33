/*
 * trust: which key of a person is used, and how it is changed.
 *
 * The first key met is set aside and used; a mail that it signs as a whole, or
 * an analyst, pins it.  Another key of the same person is quarantined and goes
 * to the analysts with both fingerprints.  It takes the place of the one in use
 * when it came inside a mail which that one signed as a whole and bears the
 * person's address (whoever forwards a colleague's key does not mean theirs),
 * or when an analyst says so.
 *
 * Parts of decide(): pure, and all of it is planned.
 */
#ifndef CASES_TRUST_H
#define CASES_TRUST_H

#include "cases/decide.h"

/* Beyond that, keys of the same person that differ are not even kept. */
#define TRUST_QUARANTINED_MAX 8

/* The key in use, or NULL. */
const struct known_key *trust_key(const struct ground *g, int64_t person);

/* "" when it is not known. */
const char *trust_address(const struct ground *g, int64_t person);

bool trust_pinned(const struct ground *g, int64_t person);

/*
 * May the mail be believed to be the person's, as far as keys say?  Once a key
 * is pinned, only what it signs.
 */
bool trust_signed(const struct ground *g, const struct mail_input *in);

/*
 * What the keys of a mail, and its signature, are to C.  Not BELIEVED to be its
 * writer's, it can bring no key that is used.
 */
void trust_mail(const struct ground *g, struct case_file *c,
	const struct mail_input *in, bool believed, struct plan *p);

/* KEY is PERSON's because ACTOR, an analyst, says so; BYTES as in plan_key. */
void trust_pin(const struct ground *g, struct case_file *c, int64_t actor,
	int64_t person, const struct known_key *key,
	const struct input_key *bytes, struct plan *p);

/* TIMER_KEY_EXPIRY is due. */
void trust_expiry(const struct ground *g, struct case_file *c, struct plan *p);

/* A letter to PERSON waits for a key: ask for one, once. */
void trust_ask(const struct ground *g, struct case_file *c, int64_t person,
	struct plan *p);

/* TIMER_KEY_REMINDER is due: ask once more, if a letter still waits. */
void trust_remind(const struct ground *g, struct case_file *c, struct plan *p);

#endif
