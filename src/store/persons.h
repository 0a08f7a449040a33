/*
 * persons: numbers for people.  Events hold the numbers, this table the names
 * and addresses, so that a person can be forgotten and the events stay.
 */
#ifndef STORE_PERSONS_H
#define STORE_PERSONS_H

#include "base/memory.h"
#include "store/store.h"

struct person {
	int64_t id;
	const char *analyst; /* name in the configuration, or "" */
	const char *address, *name;
};

/*
 * The person with that address, without ASCII case; made if there is none.  In
 * a transaction.  NAME is kept when it is the first one known; "" is none.
 */
must_check int person_of_address(struct store *s, const char *address,
	const char *name, int64_t *id_r, struct err *e);

/* The analyst of that name in the configuration; made, and given ADDRESS, which
 * is taken from whoever else had it. */
must_check int person_of_analyst(struct store *s, const char *analyst,
	const char *address, int64_t *id_r, struct err *e);

/* 1, 0 (nobody has that number) or -1. */
must_check int person_get(struct store *s, int64_t id, struct arena *a,
	struct person *p, struct err *e);

/* The number of who has that address, 0 if nobody: 1, 0 or -1. */
must_check int person_find(
	struct store *s, const char *address, int64_t *id_r, struct err *e);

#endif
