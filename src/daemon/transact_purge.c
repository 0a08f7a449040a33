/* A case, forgotten; see daemon/transact.h. */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "daemon/transact_parts.h"
#include "store/forget.h"

struct purging {
	const struct transactor *t;
	struct purge_input in;
	struct arena *arena;
	struct transacted *r; /* of the case that was named */
	struct forgotten forgotten;
};

static int purge_case(struct purging *w, int64_t id, bool along, struct err *e);

/* First what was merged into it, which names it. */
static int
purge_merged(struct purging *w, int64_t id, struct err *e)
{
	int64_t merged;
	int found;

	while ((found = case_merged_into(w->t->store, id, &merged, e)) == 1)
		if (purge_case(w, merged, true, e) == -1)
			return -1;
	return found;
}

static int
purge_case(struct purging *w, int64_t id, bool along, struct err *e)
{
	struct transacted r = {.message = 0};
	struct purge_input in = w->in;
	struct case_file before;
	struct ground g;

	in.along = along;
	if (transact_load(w->t, id, w->arena, &r.c, e) == -1 ||
		transact_prepare(w->t, r.c, 0, w->arena, &g, &r.plan, e) == -1)
		return -1;
	before = *r.c;
	if (decide_purge(&g, r.c, &in, &r.plan, e) == -1 ||
		purge_merged(w, id, e) == -1 ||
		case_forget(w->t->store, &before, &w->forgotten, e) == -1 ||
		transact_finish(w->t, &g, "purge", &r, e) == -1)
		return -1;
	*w->r = r;
	return 0;
}

int
transact_purge(const struct transactor *t, int64_t case_id, int64_t actor,
	const char *reason, struct arena *a, struct transacted *r,
	struct err *e)
{
	struct purging w = {.t = t,
		.in = {.actor = actor, .reason = reason},
		.arena = a,
		.r = r,
		.forgotten = {.arena = a}};
	struct err later;

	*r = (struct transacted){.message = 0};
	if (store_begin(t->store, e) == -1)
		return -1;
	if (transact_end(t, purge_case(&w, case_id, false, e), e) == -1)
		return -1;
	fault_point("purged");
	log_event(LOG_INFO, "purged", LOG_TEXT("case", r->c->public_id),
		LOG_TEXT("reason", reason));
	/* If it does not work now: the sweep of a day, the next hour. */
	if (forgotten_unlink(t->store, &w.forgotten, &later) == -1 ||
		store_empty_log(t->store, &later) == -1)
		log_event(LOG_WARNING, "purge-later", LOG_ERR(&later));
	return 0;
}
