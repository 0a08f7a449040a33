/*
 * authority: may the commands of a mail be obeyed?
 *
 * Policy, apart from the verdict: a pure function of facts.  The binding is
 * that the analyst signed the letter's token; From is never looked at.
 *
 * Obeyed is a mail that is encrypted as a whole, whose whole payload inside is
 * one good signature by the key that the configuration pins to an analyst, with
 * SHA-256 or stronger, made at most 72 hours before it came and at most 10
 * minutes after; that is for us, if its protected header says for whom it is;
 * whose words are text, and the same in each alternative; whose signature has
 * not been obeyed before; and whose tokens are all of letters to this analyst
 * in this case, the newest of them at most 14 days old.  A block that opens a
 * case (/new) can only add: it needs no token.
 */
#ifndef CASES_AUTHORITY_H
#define CASES_AUTHORITY_H

#include "crypto/verdict.h"

/* A "/case ID TOKEN" that stood in the signed payload. */
struct authority_token {
	bool known; /* minted by us, for commands, and ID names its case */
	int64_t case_id; /* merges followed */
	int64_t analyst; /* person */
	int64_t letter; /* whose token it is */
	int64_t made; /* instant */
};

struct authority_facts {
	const struct verdict *verdict;
	int64_t received; /* instant */
	int64_t analyst; /* person whose pinned key the signature is by; 0 */
	bool for_us; /* the protected header does not say otherwise */
	bool html_only; /* the words were made from HTML */
	bool differs; /* the alternatives say different things */
	bool used; /* this signature has been obeyed before */
	bool opens; /* the block begins a case */
	int64_t case_id; /* the mail's, merges followed; 0: none yet */
	const struct authority_token *tokens;
	size_t tokens_count;
};

/* The policy, condition by condition, in the order in which they are asked. */
enum authority_condition {
	AUTHORITY_ENCRYPTED,
	AUTHORITY_SIGNED, /* as a whole, by one valid signature */
	AUTHORITY_PINNED,
	AUTHORITY_STRONG,
	AUTHORITY_NOT_OLD,
	AUTHORITY_NOT_FUTURE,
	AUTHORITY_FOR_US,
	AUTHORITY_TEXT,
	AUTHORITY_SAME,
	AUTHORITY_TOKEN,
	AUTHORITY_TOKEN_OURS,
	AUTHORITY_TOKEN_THEIRS,
	AUTHORITY_TOKEN_CASE,
	AUTHORITY_TOKEN_FRESH,
	AUTHORITY_ONCE, /* only known once the rest holds */
	AUTHORITY__COUNT
};

/* The first that does not hold; AUTHORITY__COUNT: obey. */
enum authority_condition authority_fails(const struct authority_facts *f);

/* Why it is not obeyed, as a sentence for the analyst; NULL for the count. */
const char *authority_sentence(enum authority_condition condition);

#endif
