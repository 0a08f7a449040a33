/* Sketches in the store, and what they find. */
#include "store_kit.h"

#include "store/likenesses.h"

#define CVE "CVE-2026-31337"

/* Message ID of a case, without bytes that matter. */
static void
add_message(struct shop *x, int64_t id)
{
	char text[200];

	snprintf(text, sizeof(text),
		"INSERT INTO messages(id, form, received, size, hash)"
		" VALUES(%lld, 'sealed', 0, 0, x'00')",
		(long long)id);
	shop_sql(x, text);
}

/* COUNT numbers, the first SAME of them those of every other sketch. */
static void
make(struct sketch *k, int same, int own, uint64_t seed, const char *cve)
{
	struct hash key = likeness_key(SPAN(shop_secret));
	uint64_t numbers[SHINGLES_MAX];
	struct hint hint = {.kind = HINT_CVE,
		.value = (char *)cve,
		.normalized = (char *)cve};
	int i;

	for (i = 0; i < same + own; i++)
		numbers[i] = i < same ? (uint64_t)i : seed * 1000000 + i;
	sketch_make((struct span){(const char *)key.bytes, HASH_BYTES},
		(struct span){(const char *)numbers,
			(size_t)(same + own) * sizeof(*numbers)},
		&hint, cve[0] != '\0', k);
}

/* A case with a sketch of its report. */
static int64_t
add_case(struct shop *x, const struct sketch *k)
{
	int64_t message = x->k->mail.message, id = shop_case(x);

	add_message(x, message);
	shop_begin(x);
	must(x, likeness_add(x->s, message, id, k, &x->e));
	shop_commit(x);
	return id;
}

/* "EX-1970-0001 100; ..." */
static const char *
found(struct shop *x, const struct sketch *k)
{
	struct buf b = BUF_INIT(1000);
	struct likeness *list;
	const char *result;
	size_t i, count;

	must(x, likeness_find(x->s, k, x->a, &list, &count, &x->e));
	for (i = 0; i < count; i++)
		buf_printf(&b, "%s %d %s; ", list[i].public_id + 8,
			list[i].score, list[i].state);
	result = arena_strdup(x->a, b.data);
	buf_release(&b);
	return result;
}

static void
test_copies_are_found_in_open_and_closed_cases(void **state)
{
	struct shop *x = *state;
	struct sketch k;
	int64_t id;

	make(&k, 100, 0, 1, "");
	assert_string_equal(found(x, &k), "");
	id = add_case(x, &k);
	shop_do(x, id, "/invalid no\n");
	shop_do(x, id, "/close done\n");
	make(&k, 0, 100, 2, "");
	add_case(x, &k);
	make(&k, 100, 0, 1, "");
	assert_string_equal(found(x, &k), "0001 100 Closed; ");
	make(&k, 0, 100, 3, "");
	assert_string_equal(found(x, &k), "");
}

static void
test_numbers_find_what_texts_do_not(void **state)
{
	struct shop *x = *state;
	struct sketch k;

	make(&k, 0, 100, 1, CVE);
	add_case(x, &k);
	make(&k, 0, 100, 2, CVE);
	assert_string_equal(found(x, &k), "0001 60 Received; ");
	make(&k, 0, 0, 2, CVE);
	assert_string_equal(found(x, &k), "0001 60 Received; ");
	make(&k, 0, 100, 2, "CVE-2026-31338");
	assert_string_equal(found(x, &k), "");
}

/* Several mails of a case are one, merged ones are the case that lives. */
static void
test_each_case_is_named_once(void **state)
{
	struct shop *x = *state;
	struct sketch k;
	int64_t first, second;

	make(&k, 100, 0, 1, "");
	first = add_case(x, &k);
	second = add_case(x, &k);
	add_message(x, 900);
	shop_begin(x);
	must(x, likeness_add(x->s, 900, first, &k, &x->e));
	shop_commit(x);
	assert_string_equal(
		found(x, &k), "0002 100 Received; 0001 100 Received; ");
	assert_int_equal(second, 2);
	shop_sql(x, "UPDATE cases SET merged_into = 1 WHERE id = 2");
	assert_string_equal(found(x, &k), "0001 100 Received; ");
}

/* A number that everybody has costs no more than one that few have. */
static void
test_a_look_up_is_bounded(void **state)
{
	struct shop *x = *state;
	struct sql *q;
	struct sketch k;
	int i;

	make(&k, 100, 0, 1, CVE);
	for (i = 0; i < 40; i++)
		add_case(x, &k);
	assert_int_equal(strlen(found(x, &k)),
		LIKENESSES_MAX * strlen("0001 100 Received; "));
	q = sql_query(x->s, &x->e,
		"EXPLAIN QUERY PLAN SELECT message FROM sketch_marks"
		" WHERE mark = ? ORDER BY message DESC LIMIT ?",
		SQL_INT(1), SQL_INT(2));
	assert_int_equal(sql_next(q, &x->e), 1);
	assert_string_equal(sql_text(q, 3),
		"SEARCH sketch_marks USING PRIMARY KEY (mark=?)");
	assert_int_equal(sql_next(q, &x->e), 0);
	sql_end(q);
}

static void
test_a_record_counts_what_was_judged(void **state)
{
	struct shop *x = *state;
	struct finder_record r;
	int64_t id;

	shop_do(x, shop_case(x), "/valid\n");
	id = shop_case(x);
	shop_do(x, id, "/invalid no\n");
	shop_do(x, id, "/close done\n");
	shop_case(x);
	id = shop_case(x);
	must(x, finder_record(x->s, FINDER, id, &r, &x->e));
	assert_int_equal(r.valid, 1);
	assert_int_equal(r.invalid, 1);
	assert_int_equal(r.open, 1);
	must(x, finder_record(x->s, SOMEBODY, id, &r, &x->e));
	assert_int_equal(r.valid + r.invalid + r.open, 0);
}

#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_copies_are_found_in_open_and_closed_cases),
		T(test_numbers_find_what_texts_do_not),
		T(test_each_case_is_named_once),
		T(test_a_look_up_is_bounded),
		T(test_a_record_counts_what_was_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
