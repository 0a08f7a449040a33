/*
 * authority: may the commands of a mail be obeyed?
 *
 * Policy, apart from the verdict: a pure function of facts.  The binding is
 * that the analyst signed the letter's token; From is never looked at.
 *
 * Obeyed is a mail that is encrypted as a whole, whose whole payload is one
 * good signature by the key that the configuration pins to an analyst, with
 * SHA-256 or stronger, made at most 72 hours before it came and at most 10
 * minutes after; that is for us, if its protected header says for whom it is;
 * and whose tokens are all of letters to this analyst in this case, the newest
 * of them at most 14 days old.  That a signature is obeyed once is the store's
 * business.
 */
#ifndef CASES_AUTHORITY_H
#define CASES_AUTHORITY_H

#include "crypto/verdict.h"

/* A "/case ID TOKEN" that stood in the signed payload. */
struct authority_token {
	bool known; /* minted by us, for commands, and ID names its case */
	int64_t case_id; /* merges followed */
	int64_t analyst; /* person */
	int64_t made; /* instant */
};

struct authority_facts {
	const struct verdict *verdict;
	int64_t received; /* instant */
	int64_t analyst; /* person whose pinned key the signature is by; 0 */
	bool for_us; /* the protected header does not say otherwise */
	int64_t case_id; /* the mail's, merges followed; 0: none yet */
	const struct authority_token *tokens;
	size_t tokens_count;
};

/* NULL: obey; else why not, as a sentence for the analyst. */
const char *authority_refusal(const struct authority_facts *f);

#endif
