/* A key that an analyst brings by psirtctl; see daemon/transact.h. */
#include "base/clock.h"
#include "daemon/transact_parts.h"
#include "store/keys.h"
#include "store/persons.h"

struct bringing {
	const struct transactor *t;
	struct key_input in;
	struct arena *arena;
	struct transacted *r;
	int64_t cases;
};

static int
tell_case(void *arg, int64_t id, struct err *e)
{
	struct bringing *w = arg;
	struct ground g;

	if (transact_load(w->t, id, w->arena, &w->r->c, e) == -1 ||
		transact_prepare(
			w->t, w->r->c, 0, w->arena, &g, &w->r->plan, e) == -1)
		return -1;
	decide_key(&g, w->r->c, &w->in, &w->r->plan);
	w->cases++;
	return transact_finish(w->t, &g, "key", w->r, e);
}

static int
bring(struct bringing *w, struct err *e)
{
	const struct key_change change = {.person = w->in.person,
		.fingerprint = w->in.key->fingerprint,
		.to = KEY_PINNED,
		.key = w->in.key};

	if (cases_of_finder(w->t->store, w->in.person, tell_case, w, e) == -1)
		return -1;
	/* Somebody who is in no case has a key for the next one. */
	return w->cases > 0 ? 0
			    : key_change(w->t->store, &change, clock_now(), e);
}

int
transact_key(const struct transactor *t, const char *address, int64_t actor,
	const struct input_key *key, struct arena *a, struct transacted *r,
	int64_t *cases_r, struct err *e)
{
	struct bringing w = {
		.t = t, .in = {.actor = actor, .key = key}, .arena = a, .r = r};
	int result;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	result = person_of_address(t->store, address, "", &w.in.person, e);
	if (result == 0)
		result = bring(&w, e);
	*cases_r = w.cases;
	return transact_end(t, result, e);
}
