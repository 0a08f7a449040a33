/* Making, opening and upgrading a store; and its transactions. */
#include "store_kit.h"

#include "base/clock.h"

static bool
has(const struct shop *x, const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/%s", x->dir, name);
	return access(path, F_OK) == 0;
}

/* Who only opens makes nothing: it may be the wrong directory. */
static void
test_a_store_that_is_not_there_is_not_opened(void **state)
{
	struct shop *x = *state;

	x->s = store_open(x->dir, SPAN(shop_secret), "h", &x->e);
	assert_null(x->s);
	assert_int_equal(x->e.kind, ERR_PERMANENT);
	assert_string_equal(x->e.text,
		"store.db is not there yet or is old: start psirtd, or run "
		"psirtctl init");
	assert_false(has(x, "store.db"));
}

static void
test_a_new_store_is_made_and_opened(void **state)
{
	struct shop *x = *state;
	int64_t version;

	must(x, store_migrate(x->dir, &x->e));
	assert_true(has(x, "store.db"));
	shop_open(x);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM cases"), 0);
	/* Once more changes nothing. */
	version = shop_number(x, "PRAGMA user_version");
	assert_true(version > 0);
	store_close(&x->s);
	assert_null(x->s);
	store_close(&x->s);
	must(x, store_migrate(x->dir, &x->e));
	shop_open(x);
	assert_int_equal(shop_number(x, "PRAGMA user_version"), version);
}

static void
test_every_switch_is_as_we_want_it(void **state)
{
	struct shop *x = *state;
	struct sql *q;

	assert_int_equal(shop_number(x, "PRAGMA synchronous"), 2);
	assert_int_equal(shop_number(x, "PRAGMA foreign_keys"), 1);
	assert_int_equal(shop_number(x, "PRAGMA secure_delete"), 1);
	assert_int_equal(shop_number(x, "PRAGMA trusted_schema"), 0);
	assert_int_equal(shop_number(x, "PRAGMA mmap_size"), 0);
	q = sql_query(x->s, &x->e, "PRAGMA journal_mode");
	assert_int_equal(sql_next(q, &x->e), 1);
	assert_string_equal(sql_text(q, 0), "wal");
	sql_end(q);
	/* No views, no triggers, no identifiers that become strings. */
	assert_int_equal(
		sql_script(x->s, "SELECT \"no such column\"", &x->e), -1);
	assert_int_equal(sql_script(x->s,
				 "INSERT INTO tokens VALUES('t','reply',99,1,"
				 "0,0)",
				 &x->e),
		-1);
}

static void
test_a_newer_store_is_refused_with_its_version(void **state)
{
	struct shop *x = *state;
	char text[200];

	snprintf(text, sizeof(text),
		"store.db was written by a newer psirtd (version 777, this one "
		"knows %d): install that one, or restore a backup",
		(int)shop_number(x, "PRAGMA user_version"));
	shop_sql(x, "PRAGMA user_version = 777");
	store_close(&x->s);
	assert_null(store_open(x->dir, SPAN(shop_secret), "h", &x->e));
	assert_int_equal(x->e.kind, ERR_PERMANENT);
	assert_string_equal(x->e.text, text);
	assert_int_equal(store_migrate(x->dir, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_PERMANENT);
	assert_string_equal(x->e.text, text);
}

static void
test_what_is_no_store_is_not_touched(void **state)
{
	static const char text[] = "this is a file of somebody else's, and "
				   "it is to stay as it is";
	struct buf now = BUF_INIT(1000);
	struct shop *x = *state;
	char path[80];

	snprintf(path, sizeof(path), "%s/store.db", x->dir);
	must(x, fs_replace_file(path, SPAN(text), 0600, &x->e));
	assert_int_equal(store_migrate(x->dir, &x->e), -1);
	assert_null(store_open(x->dir, SPAN(shop_secret), "h", &x->e));
	must(x, fs_read_file(path, &now, &x->e));
	assert_string_equal(now.data, text);
	buf_release(&now);
}

static void
test_long_paths_and_absent_directories_are_errors(void **state)
{
	struct shop *x = *state;
	char path[2000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(store_open(path, SPAN(shop_secret), "h", &x->e));
	assert_non_null(strstr(x->e.text, "path too long"));
	assert_int_equal(store_migrate("/nonexistent", &x->e), -1);
	assert_int_equal(x->e.kind, ERR_TEMPORARY);
}

/* It is for when nobody else has it open: who held a lease is dead. */
static void
test_migration_forgets_all_leases(void **state)
{
	struct shop *x = *state;

	shop_case(x);
	shop_sql(x,
		"UPDATE letters SET owner = 'w1', until = 77;"
		"UPDATE timers SET owner = 'w1', until = 77;"
		"INSERT INTO spool(segment, at, state, owner, until)"
		" VALUES('a', 0, 'leased', 'w1', 77),"
		" ('a', 1, 'done', '', 0), ('a', 2, 'waiting', '', 88)");
	store_close(&x->s);
	must(x, store_migrate(x->dir, &x->e));
	shop_open(x);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM letters"
				 " WHERE owner <> '' OR until <> 0"),
		0);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM timers"
				 " WHERE owner <> '' OR until <> 0"),
		0);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM spool"
				 " WHERE state = 'leased'"),
		0);
	/* Who waits for its time goes on waiting. */
	assert_int_equal(shop_number(x,
				 "SELECT until FROM spool"
				 " WHERE at = 2"),
		88);
}

static void
test_one_owners_leases_are_given_back(void **state)
{
	struct shop *x = *state;

	shop_case(x);
	shop_sql(x,
		"UPDATE letters SET owner = 'w2', until = 77;"
		"UPDATE letters SET owner = 'w1' WHERE id = 1;"
		"UPDATE timers SET owner = 'w1', until = 77;"
		"INSERT INTO spool(segment, at, state, owner, until)"
		" VALUES('a', 0, 'leased', 'w1', 77),"
		" ('a', 1, 'leased', 'w2', 77)");
	must(x, store_release(x->s, "w1", &x->e));
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM letters"
				 " WHERE owner = 'w2' AND until = 77"),
		2);
	assert_int_equal(
		shop_number(x, "SELECT until FROM letters WHERE id = 1"), 0);
	assert_int_equal(shop_number(x, "SELECT until FROM timers"), 0);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM spool"
				 " WHERE state = 'leased'"),
		1);
}

static void
test_a_transaction_is_whole_or_nothing(void **state)
{
	struct shop *x = *state;

	shop_begin(x);
	shop_sql(x, "INSERT INTO inputs VALUES('a', 1)");
	store_rollback(x->s);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM inputs"), 0);
	store_rollback(x->s);
	shop_begin(x);
	shop_sql(x, "INSERT INTO inputs VALUES('a', 1)");
	shop_commit(x);
	shop_begin(x);
	shop_sql(x, "INSERT INTO inputs VALUES('b', 1)");
	/* Closing is no commit. */
	store_close(&x->s);
	shop_open(x);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM inputs"), 1);
}

static void
test_transactions_do_not_nest(void **state)
{
	struct shop *x = *state;

	shop_begin(x);
	assert_int_equal(store_begin(x->s, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
	shop_commit(x);
	assert_int_equal(store_commit(x->s, &x->e), -1);
	shop_begin(x);
	store_rollback(x->s);
}

static void
test_an_input_is_consumed_once(void **state)
{
	struct shop *x = *state;

	shop_begin(x);
	assert_int_equal(store_consume(x->s, "mail:1", NOW, &x->e), 1);
	assert_int_equal(store_consume(x->s, "mail:1", NOW, &x->e), 0);
	assert_int_equal(store_consume(x->s, "mail:2", NOW, &x->e), 1);
	store_rollback(x->s);
	/* What was not committed was not consumed. */
	shop_begin(x);
	assert_int_equal(store_consume(x->s, "mail:1", NOW, &x->e), 1);
	shop_commit(x);
	store_close(&x->s);
	shop_open(x);
	shop_begin(x);
	assert_int_equal(store_consume(x->s, "mail:1", NOW + 1, &x->e), 0);
	store_rollback(x->s);
}

/* The copy that an upgrade makes first is a store like the old one. */
static void
test_a_copy_is_a_store(void **state)
{
	struct shop *x = *state;
	char path[80];

	shop_case(x);
	shop_mkdir(x, "copy");
	snprintf(path, sizeof(path), "%s/copy/store.db", x->dir);
	must(x, sql_copy(x->s, path, &x->e));
	store_close(&x->s);
	snprintf(path, sizeof(path), "%s/copy", x->dir);
	x->s = store_open(path, SPAN(shop_secret), "h", &x->e);
	assert_non_null(x->s);
	assert_int_equal(shop_number(x, "SELECT count(*) FROM cases"), 1);
	assert_int_equal(sql_copy(x->s, "/nonexistent/x", &x->e), -1);
	assert_int_equal(x->e.kind, ERR_TEMPORARY);
}

static void
test_misuse_of_statements_is_a_bug(void **state)
{
	struct shop *x = *state;

	assert_int_equal(
		sql_do(x->s, &x->e, "DELETE FROM inputs WHERE at = ?"), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
	assert_int_equal(sql_do(x->s, &x->e, "SELECT 1"), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
	assert_int_equal(sql_do(x->s, &x->e, "no sql"), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
	assert_int_equal(sql_next(NULL, &x->e), -1);
	sql_end(NULL);
}

/* A statement that is in use is compiled once more, not reset. */
static void
test_a_statement_can_run_within_itself(void **state)
{
	struct shop *x = *state;
	int outer, inner = 0;

	shop_sql(x, "INSERT INTO inputs VALUES('a', 1), ('b', 2)");
	for (outer = 0; outer < 3; outer++) {
		struct sql *q[2];
		int i;

		/* The same literal: the same text, twice at a time. */
		for (i = 0; i < 2; i++) {
			q[i] = sql_query(x->s, &x->e,
				"SELECT key FROM inputs ORDER BY key");
			assert_int_equal(sql_next(q[i], &x->e), 1);
			assert_string_equal(sql_text(q[i], 0), "a");
			inner++;
		}
		for (i = 0; i < 2; i++) {
			assert_int_equal(sql_next(q[i], &x->e), 1);
			assert_string_equal(sql_text(q[i], 0), "b");
			assert_int_equal(sql_next(q[i], &x->e), 0);
			sql_end(q[i]);
		}
	}
	assert_int_equal(inner, 6);
}

static void
test_values_are_bound_and_not_pasted(void **state)
{
	static const char evil[] = "'); DROP TABLE inputs; --\n\xff";
	struct shop *x = *state;
	struct sql *q;

	must(x,
		sql_do(x->s, &x->e, "INSERT INTO inputs VALUES(?, ?)",
			SQL_TEXT(evil), SQL_INT(INT64_MIN)));
	q = sql_query(x->s, &x->e, "SELECT key, at, NULL FROM inputs");
	assert_int_equal(sql_next(q, &x->e), 1);
	assert_string_equal(sql_text(q, 0), evil);
	assert_true(sql_int(q, 1) == INT64_MIN);
	assert_true(sql_is_null(q, 2));
	assert_string_equal(sql_text(q, 2), "");
	assert_int_equal(sql_blob(q, 2).len, 0);
	sql_end(q);
}

int
main(void)
{
#define BARE(F) cmocka_unit_test_setup_teardown(F, shop_bare, shop_teardown)
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		BARE(test_a_store_that_is_not_there_is_not_opened),
		BARE(test_a_new_store_is_made_and_opened),
		T(test_every_switch_is_as_we_want_it),
		T(test_a_newer_store_is_refused_with_its_version),
		BARE(test_what_is_no_store_is_not_touched),
		BARE(test_long_paths_and_absent_directories_are_errors),
		T(test_migration_forgets_all_leases),
		T(test_one_owners_leases_are_given_back),
		T(test_a_transaction_is_whole_or_nothing),
		T(test_transactions_do_not_nest),
		T(test_an_input_is_consumed_once), T(test_a_copy_is_a_store),
		T(test_misuse_of_statements_is_a_bug),
		T(test_a_statement_can_run_within_itself),
		T(test_values_are_bound_and_not_pasted)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
