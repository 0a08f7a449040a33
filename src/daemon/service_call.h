/* service_call: one request in a worker's hands; see daemon/service.h. */
#ifndef DAEMON_SERVICE_CALL_H
#define DAEMON_SERVICE_CALL_H

#include "daemon/pipeline.h"
#include "daemon/service.h"

#define SERVICE_OUT_MAX (256 << 20)

struct service_call {
	struct desk *desk;
	struct arena *arena;
	const struct policy_analyst *actor;
	char **words; /* behind the verb */
	size_t count;
	const char *nonce;
	bool json;
	struct buf out, err;
	struct transacted decided; /* its orders are sealed after the answer */
	bool has_decided;
};

/* Each returns an exit status (sysexits.h). */
int service_case_list(struct service_call *s);
int service_case_new(struct service_call *s);
int service_case_show(struct service_call *s, int64_t id);
int service_case_parties(struct service_call *s, int64_t id);
int service_case_log(struct service_call *s, int64_t id);
int service_case_read(struct service_call *s, int64_t id);
int service_case_do(struct service_call *s, int64_t id);
int service_outbox(struct service_call *s);
int service_trace(struct service_call *s);
int service_audit(struct service_call *s);
int service_purge(struct service_call *s);
int service_key(struct service_call *s);
int service_rekey(struct service_call *s);

/* Say what E says on standard error; returns the status for its kind. */
int service_fail(struct service_call *s, const struct err *e);
int service_usage(struct service_call *s, const char *usage);

/* A person's name, for event_describe(): ARG is the call. */
const char *service_name(void *arg, int64_t person);

/* Take an option out of the words: true if it was there. */
bool service_flag(struct service_call *s, const char *flag);
/* The word behind an option, both taken out; NULL if it is not there. */
const char *service_option(struct service_call *s, const char *option);

#endif
