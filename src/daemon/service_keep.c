/* What is kept, and for how long: purge; see daemon/service.h. */
#include <string.h>
#include <sysexits.h>

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
