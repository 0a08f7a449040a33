/* transact_parts: what every transaction is made of; see daemon/transact.h. */
#ifndef DAEMON_TRANSACT_PARTS_H
#define DAEMON_TRANSACT_PARTS_H

#include "daemon/transact.h"

#define CAUSE_MAX 160

/* The case as it is now. */
must_check int transact_load(const struct transactor *t, int64_t id,
	struct arena *a, struct case_file **c_r, struct err *e);

/* What every transaction begins with: the ground of C and of WRITER (a person,
 * or 0), and an empty plan. */
must_check int transact_prepare(const struct transactor *t,
	const struct case_file *c, int64_t writer, struct arena *a,
	struct ground *g, struct plan *p, struct err *e);

/* The words of COMMANDS become messages; BYTES has one for each that has
 * some. */
must_check int transact_store_words(const struct transactor *t,
	struct command *commands, const struct stored_bytes *bytes, int64_t now,
	struct err *e);

/* Whose the addresses are that stand behind COMMANDS. */
must_check int transact_find_persons(const struct transactor *t,
	struct command *commands, struct arena *a, struct err *e);

/* What every transaction ends with, but for the commit. */
must_check int transact_finish(const struct transactor *t,
	const struct ground *g, const char *cause, struct transacted *r,
	struct err *e);

/* Commit, or roll back and pass the error on. */
must_check int transact_end(
	const struct transactor *t, int result, struct err *e);

#endif
