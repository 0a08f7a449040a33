#include "cases/acknowledge.h"

#include <string.h>

#include "base/clock.h"
#include "mail/address.h"

static const char *const policies[] = {
	[ACKNOWLEDGE_PLAUSIBLE] = "plausible",
	[ACKNOWLEDGE_VERIFIED] = "verified",
	[ACKNOWLEDGE_ALL] = "all",
	[ACKNOWLEDGE_NEVER] = "never",
};
_Static_assert(countof(policies) == ACKNOWLEDGE__COUNT, "a name for each");

int
acknowledge_policy_of(const char *name)
{
	int i;

	for (i = 0; i < ACKNOWLEDGE__COUNT; i++)
		if (strcmp(policies[i], name) == 0)
			return i;
	return -1;
}

const char *
acknowledge_refusal(const struct outer_facts *o)
{
	if (o->belongs)
		return "it belongs to an old case";
	if (o->sender[0] == '\0')
		return "null envelope sender";
	if (o->to_us)
		return "it claims to come from ourselves";
	if (o->robot[0] != '\0')
		return o->robot;
	return NULL;
}

/* The two belong together: one is the other, or lies below it. */
static bool
are_related(const char *a, const char *b)
{
	return domain_is_at_or_below(a, b) || domain_is_at_or_below(b, a);
}

/* SPF says that DOMAIN sends from where this came from. */
static bool
has_spf_of(const struct outer_facts *o, const char *domain)
{
	return o->authentication.spf == AUTH_PASS &&
		domain_is_at_or_below(domain, o->authentication.spf_domain);
}

/*
 * The author is who From says, and the address that would be answered is the
 * author's or is proved as well: a good signature of one domain is no leave to
 * mail to another.
 */
static bool
is_verified(const struct outer_facts *o)
{
	const struct mail_authentication *a = &o->authentication;
	const char *from = address_domain(o->from),
		   *sender = address_domain(o->sender);
	bool author = a->dmarc == AUTH_PASS ||
		(a->dmarc == AUTH_NO_RECORD &&
			(a->dkim_aligned || has_spf_of(o, from)));

	if (from[0] == '\0' || !author)
		return false;
	return are_related(sender, from) || has_spf_of(o, sender);
}

const char *
acknowledge_doubt(const struct outer_facts *o, enum acknowledge_policy policy)
{
	const struct mail_authentication *a = &o->authentication;

	switch (policy) {
	case ACKNOWLEDGE_ALL:
		return NULL;
	case ACKNOWLEDGE_NEVER:
		return "configuration: acknowledge = never";
	case ACKNOWLEDGE_VERIFIED:
		if (o->key_is_pinned || is_verified(o))
			return NULL;
		return "the sender is not verified";
	default:
		if (a->dmarc == AUTH_FAIL)
			return "our border says dmarc=fail";
		return a->spf == AUTH_FAIL ? "our border says spf=fail" : NULL;
	}
}

/* The one after so many that wait: whole hours are enough, it looks again. */
static int64_t
bucket_when(const struct acknowledge_bucket *b, int64_t limit, int64_t now)
{
	int64_t over = b->sent + b->ahead - limit;

	if (over < 0)
		return now;
	return (b->sent > 0 ? b->oldest : now) + HOUR + over / limit * HOUR;
}

int64_t
acknowledge_when(const struct acknowledge_room *room, int64_t now)
{
	int64_t address =
		bucket_when(&room->address, ACKNOWLEDGE_PER_ADDRESS, now);
	int64_t domain =
		bucket_when(&room->domain, ACKNOWLEDGE_PER_DOMAIN, now);

	return address > domain ? address : domain;
}
