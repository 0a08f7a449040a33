/*
 * forget: a case leaves nothing but its events' links and one last event.
 *
 * Gone are the facts of its events, its messages and letters, what would lead a
 * mail to it, and names, addresses and keys of people who are in no other case.
 * Bytes that are rows are overwritten (secure_delete); files are unlinked after
 * the commit.
 */
#ifndef STORE_FORGET_H
#define STORE_FORGET_H

#include "cases/case.h"
#include "store/store.h"

/* Files to unlink once it is committed; in the arena. */
struct forgotten {
	struct arena *arena;
	struct forgotten_file {
		struct hash hash;
		struct forgotten_file *next;
	} * files;
};

/* Forget C, as it is before the event that says so.  In a transaction. */
must_check int case_forget(struct store *s, const struct case_file *c,
	struct forgotten *f, struct err *e);

/* After the commit: the files that nothing names any more. */
must_check int forgotten_unlink(
	struct store *s, const struct forgotten *f, struct err *e);

/* A case that was merged into ID and is not purged yet: 1, 0 or -1. */
must_check int case_merged_into(
	struct store *s, int64_t id, int64_t *merged_r, struct err *e);

/* A case that was closed, and nothing since, before BEFORE: 1, 0 or -1. */
must_check int case_outlived(
	struct store *s, int64_t before, int64_t *id_r, struct err *e);

#endif
