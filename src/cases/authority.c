#include "cases/authority.h"

#include <string.h>

#include "base/clock.h"

#define SIGNED_BEFORE (72 * HOUR)
#define SIGNED_AFTER (10 * MINUTE)
#define TOKEN_LIVES (14 * DAY)

static bool
is_strong(const char *digest)
{
	return strcmp(digest, "SHA256") == 0 || strcmp(digest, "SHA384") == 0 ||
		strcmp(digest, "SHA512") == 0;
}

static const char *
signature_refusal(const struct authority_facts *f)
{
	const struct signature *s = verdict_signer(f->verdict);

	if (f->verdict->encrypted != ENCRYPTED_ALL)
		return "The mail is not encrypted as a whole.";
	if (s == NULL)
		return "The mail is not signed as a whole by one valid "
		       "signature (an inline signature carries no commands).";
	if (f->analyst == 0)
		return "The signature is not by the key that the configuration "
		       "has for an analyst.";
	if (!is_strong(s->digest))
		return "The signature is made with a digest that is weaker "
		       "than SHA-256.";
	if (s->made < f->received - SIGNED_BEFORE)
		return "The signature was made more than 72 hours before the "
		       "mail came; send it again.";
	if (s->made > f->received + SIGNED_AFTER)
		return "The signature claims to be made in the future; set the "
		       "clock right and send it again.";
	return NULL;
}

static const char *
token_refusal(const struct authority_facts *f, const struct authority_token *t)
{
	if (!t->known)
		return "The /case line is not one of ours; answer a letter of "
		       "this case.";
	if (t->analyst != f->analyst)
		return "The /case line is of a letter to another analyst; "
		       "answer a letter of your own.";
	if (t->case_id != f->case_id)
		return "The /case line is of another case than the mail; "
		       "answer a letter of this case.";
	return NULL;
}

/* A conversation quotes old letters: the newest of them counts. */
static const char *
age_refusal(const struct authority_facts *f)
{
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < f->tokens_count; i++)
		if (f->tokens[i].made > newest)
			newest = f->tokens[i].made;
	if (newest + TOKEN_LIVES >= f->received)
		return NULL;
	return "The letter that was answered is older than 14 days; answer a "
	       "newer one.";
}

const char *
authority_refusal(const struct authority_facts *f)
{
	const char *refusal = signature_refusal(f);
	size_t i;

	if (refusal == NULL && !f->for_us)
		refusal = "The protected header says that the mail is for "
			  "somebody else.";
	if (refusal == NULL && f->tokens_count == 0)
		refusal = "The /case line is missing, which is the last line "
			  "of each letter to you; leave it in the answer.";
	for (i = 0; i < f->tokens_count && refusal == NULL; i++)
		refusal = token_refusal(f, &f->tokens[i]);
	return refusal != NULL ? refusal : age_refusal(f);
}
