/*
 * sandbox: what each role may do, in one table.
 *
 * Before it touches input, a role gives up everything else: no_new_privs, a
 * seccomp filter (libseccomp) that knows the system calls it needs, Landlock
 * where the kernel has it for the files it needs, limits, and it is not
 * dumpable.  In the reader an unknown system call kills; elsewhere it fails
 * with ENOSYS, as on an older kernel, because libraries try new calls first.
 *
 * gpg and psirtd-cms inherit the worker's.  There is no switch: a role that
 * cannot enter its sandbox does not run.  Only Landlock may be missing; that is
 * logged and shown by `psirtctl check`.
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "base/conf.h"
#include "base/err.h"

enum sandbox_profile {
	SANDBOX_SUPERVISOR,
	SANDBOX_LMTP,
	SANDBOX_MILTER,
	SANDBOX_ZYGOTE, /* of readers */
	SANDBOX_READER,
	SANDBOX_CMS, /* psirtd-cms */
	SANDBOX_WORKER,
	SANDBOX_POSTMAN,
	SANDBOX_COURIER,
	SANDBOX_CONTROL,
	SANDBOX__COUNT
};

/* Memory and processor time of what parses; NULL for the others. */
struct sandbox_limits {
	int64_t memory, seconds, file_size;
};

/*
 * Build PROFILE's filter, so that sandbox_enter() in this process and in those
 * that it forks has only to load it.  Entering does it where nobody has.
 */
must_check int sandbox_prepare(enum sandbox_profile profile, struct err *e);

/* Cannot be left.  -1: do not go on.  C may be NULL for a profile without
 * files. */
must_check int sandbox_enter(enum sandbox_profile profile, const struct conf *c,
	const struct sandbox_limits *limits, struct err *e);

/* The Landlock version of the kernel, 0 if it has none. */
int sandbox_landlock(void);

const char *sandbox_name(enum sandbox_profile profile);

#endif
