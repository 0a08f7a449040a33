/*
 * store_kit: a store in a directory of its own, with cases in it that were
 * decided as the daemon does it.
 */
#ifndef TESTS_STORE_KIT_H
#define TESTS_STORE_KIT_H

#include "cases_kit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "store/casebook.h"
#include "store/internal.h"
#include "store/messages.h"

static const char shop_secret[] = "0123456789abcdef0123456789abcdef";

struct shop {
	char dir[40];
	struct store *s;
	struct kit *k; /* what is decided */
	struct arena *a;
	struct err e;
};

/* -1 is the end of the test, with the error's words. */
#define must(SHOP, CALL) \
	do { \
		if ((CALL) == -1) \
			fail_msg("%s: %s", #CALL, (SHOP)->e.text); \
	} while (0)

static inline void
shop_open(struct shop *x)
{
	x->s = store_open(x->dir, SPAN(shop_secret), "mail.example.com", &x->e);
	if (x->s == NULL)
		fail_msg("%s", x->e.text);
}

static inline void
shop_mkdir(const struct shop *x, const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%s", x->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* A directory, and no store in it yet. */
static inline int
shop_bare(void **state)
{
	struct shop *x = xcalloc(1, sizeof(*x));
	void *kit;

	hash_open();
	kit_setup(&kit);
	x->k = kit;
	x->a = arena_new();
	snprintf(x->dir, sizeof(x->dir), "/tmp/psirtd.XXXXXX");
	assert_non_null(mkdtemp(x->dir));
	shop_mkdir(x, "messages");
	*state = x;
	return 0;
}

static inline int
shop_setup(void **state)
{
	struct shop *x;

	shop_bare(state);
	x = *state;
	must(x, store_migrate(x->dir, &x->e));
	shop_open(x);
	return 0;
}

static inline int
shop_teardown(void **state)
{
	struct shop *x = *state;
	void *kit = x->k;

	store_close(&x->s);
	kit_teardown(&kit);
	arena_free(&x->a);
	must(x, fs_remove_tree(x->dir, &x->e));
	free(x);
	return 0;
}

static inline void
shop_begin(struct shop *x)
{
	must(x, store_begin(x->s, &x->e));
}

static inline void
shop_commit(struct shop *x)
{
	must(x, store_commit(x->s, &x->e));
}

/* SQL behind everybody's back. */
static inline void
shop_sql(struct shop *x, const char *text)
{
	must(x, sql_script(x->s, text, &x->e));
}

static inline int64_t
shop_number(struct shop *x, const char *query)
{
	int64_t number = 0;

	must(x, sql_number(x->s, &x->e, &number, query, SQL_VALUES()));
	return number;
}

/* Carry the kit's plan out on C and, if there is one, on ELSEWHERE. */
static inline int
shop_carry(struct shop *x, struct case_file *c, struct case_file *elsewhere)
{
	struct case_file *cases[] = {c, elsewhere};
	struct plan_context context = {.cause = "test",
		.owner = "",
		.now = x->k->ground.now,
		.cases = cases,
		.cases_count = elsewhere != NULL ? 2 : 1};

	return case_carry_out(x->s, &x->k->plan, &context, &x->e);
}

static inline void
shop_ground(struct shop *x, const struct case_file *c)
{
	must(x, case_ground(x->s, c, 0, x->k->arena, &x->k->ground, &x->e));
}

/* A case opened by the kit's mail, in a transaction of its own. */
static inline int64_t
shop_case(struct shop *x)
{
	struct kit *k = x->k;

	shop_begin(x);
	must(x, case_new(x->s, "EX", k->ground.now, k->arena, &k->c, &x->e));
	shop_ground(x, &k->c);
	kit_mail(k, &k->c, NULL);
	must(x, shop_carry(x, &k->c, NULL));
	shop_commit(x);
	return k->c.id;
}

/* The kit's case from the store, to decide on; in a transaction. */
static inline void
shop_load(struct shop *x, int64_t id)
{
	struct kit *k = x->k;

	assert_int_equal(case_load(x->s, id, k->arena, &k->c, &x->e), 1);
	shop_ground(x, &k->c);
}

/* Commands by Ada on case ID, in a transaction of their own. */
static inline void
shop_do(struct shop *x, int64_t id, const char *text)
{
	shop_begin(x);
	shop_load(x, id);
	if (kit_do(x->k, text) == -1)
		fail_msg("%s", x->k->e.text);
	must(x, shop_carry(x, &x->k->c, NULL));
	shop_commit(x);
}

/* A later mail to case ID, in a transaction of its own. */
static inline void
shop_mail(struct shop *x, int64_t id)
{
	shop_begin(x);
	shop_load(x, id);
	kit_mail(x->k, &x->k->c, NULL);
	must(x, shop_carry(x, &x->k->c, NULL));
	shop_commit(x);
}

/* A memory file with TEXT. */
static inline int
shop_file(struct span text)
{
	struct err e;
	int fd;

	assert_int_equal(fs_memory_file("test", &fd, &e), 0);
	assert_int_equal(fs_write_all(fd, text.data, text.len, &e), 0);
	return fd;
}

#endif
