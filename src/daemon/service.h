/*
 * service: what psirtctl may ask the daemon, and how it is answered.
 *
 * The control role knows who is asking (SO_PEERCRED) and hands the request to
 * whichever worker is free: a packet with four descriptors: the request, where
 * standard output and standard error go (memory files), and a pipe that gets
 * the exit status as one byte.  A pipe that closes without one: the worker
 * died, and nobody knows whether it was done; the same nonce may then be sent
 * again.
 *
 * One table of verbs; a verb runs in the worker, with everything a worker has.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "daemon/desk.h"

#define SERVICE_WORDS_MAX 64
#define SERVICE_WORD_BYTES (1 << 20)
#define SERVICE_REQUEST_MAX (8 << 20)
#define SERVICE_NONCE_MAX 40

/* An exit status that is none: there is more to do, ask again. */
#define SERVICE_MORE 254

struct service_word {
	char *text; /* may have several lines */
};

/* From psirtctl, over the control socket. */
struct service_request {
	struct service_word *words; /* "case", "EX-2026-0001", "show" */
	size_t words_count;
	char *nonce; /* random, the same for a retry */
};

/* From control to a worker, beside the descriptors. */
struct service_job {
	char *analyst; /* name in the configuration */
};

/* To psirtctl: how much follows on the socket, and the exit status. */
struct service_reply {
	int64_t out, err; /* bytes */
	int status;
	bool again; /* the worker died: ask again with the same nonce */
};

extern const struct record_schema service_request_schema;
extern const struct record_schema service_job_schema;
extern const struct record_schema service_reply_schema;

/* Take one job from SOCKET and do it: 1, or 0 when somebody else had it. */
must_check int service_serve(struct desk *d, int socket, struct err *e);

#endif
