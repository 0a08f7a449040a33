#include "daemon/route.h"

#include "mail/address.h"
#include "store/casebook.h"
#include "store/routes.h"

const char *
envelope_recipients(const struct envelope *env, struct arena *a)
{
	struct buf b =
		BUF_INIT(ENVELOPE_RECIPIENTS_MAX * (ENVELOPE_ADDRESS_MAX + 1));
	const char *text;
	size_t i;

	for (i = 0; i < env->recipients_count; i++)
		buf_printf(&b, "%s\n", env->recipients[i]);
	text = arena_strdup(a, b.data);
	buf_release(&b);
	return text;
}

struct router {
	struct store *s;
	struct err *err;
	int64_t case_id; /* 0: not found yet */
	enum evidence evidence;
	int64_t given_to, letter;
	bool envelope;
};

static int
found(struct router *r, int64_t case_id, enum evidence evidence)
{
	r->case_id = case_id;
	r->evidence = evidence;
	return case_follow(r->s, &r->case_id, r->err);
}

static int
found_for(struct router *r, const struct route *route, enum evidence evidence)
{
	r->given_to = route->person;
	r->letter = route->letter;
	r->envelope = evidence != EVIDENCE_OUR_LETTER &&
		route->purpose == TOKEN_BOUNCE;
	return found(r, route->case_id, evidence);
}

static int
by_address(struct router *r, const struct conf *c, const struct envelope *env)
{
	struct route route;
	struct span token;
	size_t i;
	int hit;

	for (i = 0; i < env->recipients_count && r->case_id == 0; i++) {
		token = address_token(env->recipients[i], c->address,
			c->reply_delimiter, c->reply_domain);
		hit = route_of_token(r->s, token, &route, r->err);
		if (hit == -1 ||
			(hit == 1 &&
				found_for(r, &route, EVIDENCE_ADDRESS) == -1))
			return -1;
	}
	return 0;
}

/* The ENVID of a letter, which a bounce gives back (RFC 3464, 2.2.1). */
static int
by_envelope_id(struct router *r, const struct mail_delivery *d)
{
	struct route route;
	int hit = route_of_token(r->s, span_of(d->envelope_id), &route, r->err);

	if (hit != 1 || route.purpose != TOKEN_BOUNCE)
		return hit == -1 ? -1 : 0;
	return found_for(r, &route, EVIDENCE_ADDRESS);
}

static int
by_message_id(struct router *r, const char *id)
{
	struct route route;
	int hit = route_of_message_id(r->s, id, &route, r->err);

	if (hit != 1)
		return hit;
	if (route.letter == 0)
		return found(r, route.case_id, EVIDENCE_THEIR_MAIL);
	return found_for(r, &route, EVIDENCE_OUR_LETTER);
}

/* A letter of ours that comes back as it left. */
static int
by_own_id(struct router *r, const char *id)
{
	struct route route;
	int hit = route_of_message_id(r->s, id, &route, r->err);

	if (hit != 1 || route.letter == 0)
		return hit == -1 ? -1 : 0;
	return found_for(r, &route, EVIDENCE_OUR_LETTER);
}

/* The parent first, then the references from the nearest to the oldest. */
static int
by_references(struct router *r, const struct mail_header *h)
{
	size_t i;

	for (i = 0; i < h->in_reply_to_count && r->case_id == 0; i++)
		if (by_message_id(r, h->in_reply_to[i]) == -1)
			return -1;
	for (i = h->references_count; i > 0 && r->case_id == 0; i--)
		if (by_message_id(r, h->references[i - 1]) == -1)
			return -1;
	return 0;
}

static int
by_token(struct router *r, const char *token)
{
	struct route route;
	int hit = route_of_token(r->s, span_of(token), &route, r->err);

	if (hit != 1)
		return hit;
	return found(r, route.case_id, EVIDENCE_TOKEN);
}

static int
by_text_token(struct router *r, const struct reading *reading)
{
	size_t i;

	for (i = 0; i < reading->refs_count && r->case_id == 0; i++)
		if (by_token(r, reading->refs[i]) == -1)
			return -1;
	for (i = 0; i < reading->case_lines_count && r->case_id == 0; i++)
		if (by_token(r, reading->case_lines[i].token) == -1)
			return -1;
	return 0;
}

/* A case ID is no secret: it counts only from somebody in the case. */
static int
by_case_id(struct router *r, const struct reading *reading, int64_t person)
{
	struct arena *a = arena_new();
	struct case_file c;
	int64_t id;
	size_t i;
	int hit = 0;

	for (i = 0; i < reading->case_ids_count && hit != -1; i++) {
		hit = case_find(r->s, reading->case_ids[i], &id, r->err);
		if (hit == 1 && case_follow(r->s, &id, r->err) == -1)
			hit = -1;
		if (hit == 1)
			hit = case_load(r->s, id, a, &c, r->err);
		if (hit == 1 && case_party(&c, person) != NULL) {
			hit = found(r, id, EVIDENCE_CASE_ID);
			break;
		}
	}
	arena_free(&a);
	return hit == -1 ? -1 : 0;
}

int
route_mail(struct store *s, const struct conf *c, const struct envelope *env,
	const struct reading *reading, int64_t person, struct routing *out,
	struct err *e)
{
	struct router r = {.s = s, .err = e};

	*out = (struct routing){.outer_case = 0};
	if (by_address(&r, c, env) == -1 ||
		(r.case_id == 0 &&
			by_envelope_id(&r, &reading->delivery) == -1) ||
		(r.case_id == 0 &&
			by_own_id(&r, reading->outer.message_id) == -1) ||
		(r.case_id == 0 && by_references(&r, &reading->outer) == -1))
		return -1;
	out->outer_case = r.case_id;
	out->given_to = r.given_to;
	out->letter = r.letter;
	out->envelope = r.envelope;
	if (r.case_id == 0) {
		if (by_references(&r, &reading->header) == -1 ||
			by_text_token(&r, reading) == -1 ||
			(r.case_id == 0 &&
				by_case_id(&r, reading, person) == -1))
			return -1;
		out->inner_case = r.case_id;
	}
	out->evidence = r.evidence;
	return 0;
}
