#include "cases/authority.h"

#include <string.h>

#include "base/clock.h"

#define SIGNED_BEFORE (72 * HOUR)
#define SIGNED_AFTER (10 * MINUTE)
#define TOKEN_LIVES (14 * DAY)

static bool
is_encrypted(const struct authority_facts *f)
{
	return f->verdict->encrypted == ENCRYPTED_ALL;
}

static bool
is_signed(const struct authority_facts *f)
{
	const struct signature *s = verdict_signer(f->verdict);

	return s != NULL && !s->outside;
}

static bool
is_pinned(const struct authority_facts *f)
{
	return f->analyst != 0;
}

static bool
is_strong(const struct authority_facts *f)
{
	const char *digest = verdict_signer(f->verdict)->digest;

	return strcmp(digest, "SHA256") == 0 || strcmp(digest, "SHA384") == 0 ||
		strcmp(digest, "SHA512") == 0;
}

static bool
is_not_old(const struct authority_facts *f)
{
	return verdict_signer(f->verdict)->made >= f->received - SIGNED_BEFORE;
}

static bool
is_not_future(const struct authority_facts *f)
{
	return verdict_signer(f->verdict)->made <= f->received + SIGNED_AFTER;
}

static bool
is_for_us(const struct authority_facts *f)
{
	return f->for_us;
}

static bool
is_text(const struct authority_facts *f)
{
	return !f->html_only;
}

static bool
is_the_same(const struct authority_facts *f)
{
	return !f->differs;
}

static bool
has_token(const struct authority_facts *f)
{
	return f->tokens_count > 0;
}

static bool
all_are_ours(const struct authority_facts *f)
{
	size_t i;

	for (i = 0; i < f->tokens_count; i++)
		if (!f->tokens[i].known)
			return false;
	return true;
}

static bool
all_are_theirs(const struct authority_facts *f)
{
	size_t i;

	for (i = 0; i < f->tokens_count; i++)
		if (f->tokens[i].analyst != f->analyst)
			return false;
	return true;
}

static bool
all_are_of_the_case(const struct authority_facts *f)
{
	size_t i;

	for (i = 0; i < f->tokens_count; i++)
		if (f->tokens[i].case_id != f->case_id)
			return false;
	return true;
}

/* A conversation quotes old letters: the newest of them counts. */
static bool
is_fresh(const struct authority_facts *f)
{
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < f->tokens_count; i++)
		if (f->tokens[i].made > newest)
			newest = f->tokens[i].made;
	return newest + TOKEN_LIVES >= f->received;
}

static bool
is_new(const struct authority_facts *f)
{
	return !f->used;
}

static const struct {
	bool (*holds)(const struct authority_facts *f);
	bool of_token; /* not asked of what opens a case */
	const char *sentence; /* if it does not */
} conditions[] = {
	[AUTHORITY_ENCRYPTED] = {is_encrypted, false,
		"The mail is not encrypted as a whole."},
	[AUTHORITY_SIGNED] = {is_signed, false,
		"The mail is not signed as a whole by one valid signature "
		"inside the encryption (an inline signature carries no "
		"commands)."},
	[AUTHORITY_PINNED] = {is_pinned, false,
		"The signature is not by the key that the configuration has "
		"for an analyst."},
	[AUTHORITY_STRONG] = {is_strong, false,
		"The signature is made with a digest that is weaker than "
		"SHA-256."},
	[AUTHORITY_NOT_OLD] = {is_not_old, false,
		"The signature was made more than 72 hours before the mail "
		"came; send it again."},
	[AUTHORITY_NOT_FUTURE] = {is_not_future, false,
		"The signature claims to be made in the future; set the clock "
		"right and send it again."},
	[AUTHORITY_FOR_US] = {is_for_us, false,
		"The protected header says that the mail is for somebody "
		"else."},
	[AUTHORITY_TEXT] = {is_text, false,
		"The mail is HTML alone, and commands count in plain text. Set "
		"your mail program to write text, or both, and send it again."},
	[AUTHORITY_SAME] = {is_the_same, false,
		"The text and the HTML of the mail say different things; send "
		"it as text alone."},
	[AUTHORITY_TOKEN] = {has_token, true,
		"The /case line is missing, which is the last line of each "
		"letter to you; leave it in the answer."},
	[AUTHORITY_TOKEN_OURS] = {all_are_ours, true,
		"The /case line is not one of ours; answer a letter of this "
		"case."},
	[AUTHORITY_TOKEN_THEIRS] = {all_are_theirs, true,
		"The /case line is of a letter to another analyst; answer a "
		"letter of your own."},
	[AUTHORITY_TOKEN_CASE] = {all_are_of_the_case, true,
		"The /case line is of another case than the mail; answer a "
		"letter of this case."},
	[AUTHORITY_TOKEN_FRESH] = {is_fresh, true,
		"The letter that was answered is older than 14 days; answer a "
		"newer one."},
	[AUTHORITY_ONCE] = {is_new, false,
		"This signature has been obeyed before."},
};
_Static_assert(countof(conditions) == AUTHORITY__COUNT, "a row for each");

enum authority_condition
authority_fails(const struct authority_facts *f)
{
	size_t i;

	for (i = 0; i < AUTHORITY__COUNT; i++)
		if (!(conditions[i].of_token && f->opens) &&
			!conditions[i].holds(f))
			break;
	return (enum authority_condition)i;
}

const char *
authority_sentence(enum authority_condition condition)
{
	return condition < AUTHORITY__COUNT ? conditions[condition].sentence
					    : NULL;
}
