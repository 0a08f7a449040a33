/* What is kept, for how long and by which key; see daemon/service.h. */
#include <string.h>
#include <sysexits.h>

#include "daemon/rekey.h"
#include "daemon/service_call.h"
#include "store/casebook.h"

int
service_purge(struct service_call *s)
{
	struct transactor t = pipeline_transactor(s->desk);
	struct err e;
	int64_t id;
	int found;

	if (s->count != 1)
		return service_usage(s, "purge ID");
	found = case_find(s->desk->store, s->words[0], &id, &e);
	if (found == 0) {
		buf_printf(&s->err, "psirtctl: there is no case %s\n",
			s->words[0]);
		return EX_NOUSER;
	}
	if (found == -1 ||
		transact_purge(&t, id, s->actor->person, "an analyst said so",
			s->arena, &s->decided, &e) == -1)
		return service_fail(s, &e);
	buf_printf(&s->out, "%s is forgotten.\n", s->decided.c->public_id);
	return EX_OK;
}

int
service_rekey(struct service_call *s)
{
	struct rekeyed r;
	struct err e;

	if (s->count != 0)
		return service_usage(s, "rekey");
	if (rekey_turn(s->desk, &r, &e) == -1)
		return service_fail(s, &e);
	buf_printf(&s->out, "%lld sealed to %s", (long long)r.done,
		s->desk->conf->openpgp);
	if (r.failed > 0)
		buf_printf(&s->out, ", %lld COULD NOT BE OPENED (see the log)",
			(long long)r.failed);
	buf_printf(&s->out, ", %lld left\n", (long long)r.left);
	if (!r.finished)
		return SERVICE_MORE;
	return r.left > 0 ? EX_DATAERR : EX_OK;
}
