/* Orders and the outbox: each step a letter can take, and whose it is. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/letters.h"
#include "store/routes.h"

#define OWNER "worker.1"
#define OTHER "worker.2"

/* Letter 1 of a new case, leased to OWNER in STATE. */
static struct letter
leased(struct shop *x, enum letter_state state)
{
	struct letter l;

	assert_int_equal(letter_lease(x->s, state, OWNER, NOW, NOW + MINUTE,
				 x->a, &l, &x->e),
		1);
	return l;
}

static struct letter
get(struct shop *x, int64_t id)
{
	struct letter l;

	assert_int_equal(letter_get(x->s, id, x->a, &l, &x->e), 1);
	return l;
}

static int
set(struct shop *x, int64_t id, const char *owner, enum letter_state state,
	int64_t until)
{
	int result;

	shop_begin(x);
	result = letter_set(
		x->s, id, owner, state, "because", until, NOW, &x->e);
	must(x, result);
	shop_commit(x);
	return result;
}

static int
seal_as(struct shop *x, const struct letter *l, const char *owner,
	struct span bytes)
{
	struct letter sealed = *l;
	struct stored_bytes b;
	int fd = shop_file(bytes), result;

	must(x, message_put(x->s, fd, 0, (int64_t)bytes.len, x->a, &b, &x->e));
	close(fd);
	sealed.sender = "bounce@example.com";
	sealed.recipient = "f@finder.example";
	sealed.not_after = NOW + DAY;
	shop_begin(x);
	result = letter_seal(x->s, &sealed, owner, &b, NOW, &x->e);
	must(x, result);
	shop_commit(x);
	return result;
}

static void
cancel(struct shop *x, int64_t id)
{
	kit_plan(x->k);
	plan_cancel(&x->k->plan, id);
	shop_begin(x);
	must(x, letters_cancel(x->s, &x->k->plan, NOW, &x->e));
	shop_commit(x);
}

static void
test_an_order_is_what_was_planned(void **state)
{
	struct shop *x = *state;
	int64_t id = shop_case(x);
	const struct order *o;
	struct letter l;
	int n = 0;

	for (o = x->k->plan.orders; o != NULL; o = o->next, n++) {
		l = get(x, o->letter);
		assert_int_equal(l.order.case_id, id);
		assert_int_equal(l.order.kind, o->kind);
		assert_int_equal(l.order.person, o->person);
		assert_string_equal(l.order.address, o->address);
		assert_int_equal(l.order.analyst, o->analyst);
		assert_int_equal(l.order.sealed, o->sealed);
		assert_string_equal(l.order.key, o->key);
		assert_int_equal(l.order.message, o->message);
		assert_int_equal(l.order.answers, o->answers);
		assert_int_equal(l.state, LETTER_ORDERED);
		assert_string_equal(l.public_id, x->k->c.public_id);
		assert_true(l.ordered == NOW);
		assert_string_equal(
			l.message_id, message_id_mint(x->s, o->letter, x->a));
	}
	assert_int_equal(n, 3);
	assert_int_equal(letter_get(x->s, 99, x->a, &l, &x->e), 0);
}

/* ordered -> sealed -> handed; and then nothing. */
static void
test_a_letter_goes_its_way_once(void **state)
{
	struct shop *x = *state;
	struct letter l;

	shop_case(x);
	l = leased(x, LETTER_ORDERED);
	assert_int_equal(l.attempts, 1);
	assert_int_equal(seal_as(x, &l, OWNER, SPAN("sealed")), 1);
	assert_int_equal(seal_as(x, &l, OWNER, SPAN("again")), 0);
	l = leased(x, LETTER_SEALED);
	assert_int_equal(l.order.letter, 1);
	assert_string_equal(l.sender, "bounce@example.com");
	assert_string_equal(l.recipient, "f@finder.example");
	assert_true(l.not_after == NOW + DAY);
	assert_int_equal(l.size, 6);
	assert_int_equal(l.attempts, 1);
	assert_int_equal(set(x, 1, OWNER, LETTER_HANDED, 0), 1);
	l = get(x, 1);
	assert_int_equal(l.state, LETTER_HANDED);
	assert_string_equal(l.outcome, "because");
	/* It has left: it can neither be sent nor called back. */
	assert_int_equal(set(x, 1, OWNER, LETTER_SEALED, 0), 0);
	cancel(x, 1);
	assert_int_equal(get(x, 1).state, LETTER_HANDED);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM letters"
				 " WHERE bytes IS NOT NULL"
				 " OR hash IS NOT NULL"),
		0);
}

/* A waiting letter is ordered again when a key has come for its reader. */
static void
test_a_letter_waits_for_a_key(void **state)
{
	struct shop *x = *state;
	struct letter l;

	shop_case(x);
	l = leased(x, LETTER_ORDERED);
	assert_int_equal(
		set(x, l.order.letter, OWNER, LETTER_WAITING, NOW + DAY), 1);
	shop_begin(x);
	assert_int_equal(
		letters_resume(x->s, l.order.person + 1000, NOW, &x->e), 0);
	assert_int_equal(letters_resume(x->s, l.order.person, NOW, &x->e), 1);
	shop_commit(x);
	l = get(x, l.order.letter);
	assert_int_equal(l.state, LETTER_ORDERED);
	assert_int_equal(l.until, 0);
}

/* From every state but one it can be cancelled; nothing of it stays. */
static void
test_what_was_not_handed_is_cancelled(void **state)
{
	static const enum letter_state states[] = {
		LETTER_ORDERED, LETTER_WAITING, LETTER_SEALED, LETTER_FAILED};
	struct shop *x = *state;
	struct letter l;
	size_t i;

	shop_case(x);
	shop_mail(x, 1);
	for (i = 0; i < countof(states); i++) {
		l = leased(x, LETTER_ORDERED);
		if (states[i] == LETTER_SEALED)
			seal_as(x, &l, OWNER, SPAN("sealed"));
		else
			set(x, l.order.letter, OWNER, states[i], NOW + DAY);
		cancel(x, l.order.letter);
		l = get(x, l.order.letter);
		assert_int_equal(l.state, LETTER_CANCELLED);
		assert_int_equal(letter_is_mine(x->s, l.order.letter, OWNER,
					 LETTER_CANCELLED, &x->e),
			0);
	}
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM letters"
				 " WHERE bytes IS NOT NULL"),
		0);
}

/* Who has lost its lease, or never had it, changes nothing. */
static void
test_only_the_owner_closes_it(void **state)
{
	static const char *const others[] = {OTHER, "", "worker.%"};
	struct shop *x = *state;
	struct letter l;
	size_t i;

	shop_case(x);
	l = leased(x, LETTER_ORDERED);
	for (i = 0; i < countof(others); i++) {
		assert_int_equal(seal_as(x, &l, others[i], SPAN("theirs")), 0);
		assert_int_equal(set(x, 1, others[i], LETTER_FAILED, 0), 0);
		assert_int_equal(letter_is_mine(x->s, 1, others[i],
					 LETTER_ORDERED, &x->e),
			0);
	}
	assert_int_equal(
		letter_is_mine(x->s, 1, OWNER, LETTER_ORDERED, &x->e), 1);
	assert_int_equal(
		letter_is_mine(x->s, 1, OWNER, LETTER_SEALED, &x->e), 0);
	cancel(x, 1);
	assert_int_equal(seal_as(x, &l, OWNER, SPAN("too late")), 0);
	assert_int_equal(set(x, 1, OWNER, LETTER_ORDERED, 0), 0);
	assert_int_equal(get(x, 1).state, LETTER_CANCELLED);
}

static void
test_a_lease_is_one_workers_until_it_ends(void **state)
{
	struct shop *x = *state;
	struct letter l;
	int i;

	shop_case(x);
	for (i = 1; i <= 3; i++)
		assert_int_equal(leased(x, LETTER_ORDERED).order.letter, i);
	assert_int_equal(letter_lease(x->s, LETTER_ORDERED, OTHER, NOW,
				 NOW + MINUTE, x->a, &l, &x->e),
		0);
	/* The first worker has died. */
	assert_int_equal(letter_lease(x->s, LETTER_ORDERED, OTHER, NOW + MINUTE,
				 NOW + HOUR, x->a, &l, &x->e),
		1);
	assert_int_equal(l.order.letter, 1);
	assert_int_equal(l.attempts, 2);
	assert_int_equal(set(x, 1, OWNER, LETTER_FAILED, 0), 0);
}

static void
test_a_letter_is_tried_again_when_it_is_due(void **state)
{
	struct shop *x = *state;
	int64_t due = 77;
	struct letter l;

	assert_int_equal(letter_next(x->s, LETTER_SEALED, &due, &x->e), 0);
	shop_case(x);
	l = leased(x, LETTER_ORDERED);
	seal_as(x, &l, OWNER, SPAN("sealed"));
	assert_int_equal(letter_next(x->s, LETTER_SEALED, &due, &x->e), 1);
	assert_int_equal(due, 0);
	leased(x, LETTER_SEALED);
	set(x, 1, OWNER, LETTER_SEALED, NOW + HOUR);
	assert_int_equal(letter_next(x->s, LETTER_SEALED, &due, &x->e), 1);
	assert_true(due == NOW + HOUR);
	assert_int_equal(letter_lease(x->s, LETTER_SEALED, OWNER,
				 NOW + HOUR - 1, NOW + DAY, x->a, &l, &x->e),
		0);
	assert_int_equal(letter_lease(x->s, LETTER_SEALED, OWNER, NOW + HOUR,
				 NOW + DAY, x->a, &l, &x->e),
		1);
}

/* Always the same bytes, in the row or in a file. */
static void
test_sealed_bytes_come_back(void **state)
{
	static char large[STORE_ROW_MAX + 1];
	const struct span texts[] = {SPAN("small"), {large, sizeof(large)}};
	struct shop *x = *state;
	struct letter l;
	int64_t size;
	char *read;
	int fd;
	size_t i;

	memset(large, 'l', sizeof(large));
	shop_case(x);
	for (i = 0; i < countof(texts); i++) {
		l = leased(x, LETTER_ORDERED);
		assert_int_equal(seal_as(x, &l, OWNER, texts[i]), 1);
		must(x, letter_open(x->s, l.order.letter, &fd, &size, &x->e));
		assert_int_equal(size, texts[i].len);
		read = arena_alloc(x->a, texts[i].len);
		must(x, fs_read_at(fd, read, texts[i].len, 0, &x->e));
		assert_memory_equal(read, texts[i].data, texts[i].len);
		close(fd);
	}
	assert_int_equal(letter_open(x->s, 99, &fd, &size, &x->e), -1);
	assert_int_equal(x->e.kind, ERR_BUG);
}

static int
add_number(void *arg, const struct letter *l)
{
	struct buf *out = arg;

	buf_printf(out, "%d %s\n", (int)l->order.letter,
		letter_state_name(l->state));
	return 0;
}

static int
stop(void *arg, const struct letter *l)
{
	(void)l;
	++*(int *)arg;
	return 1;
}

static void
test_open_letters_are_listed(void **state)
{
	struct shop *x = *state;
	struct buf b = BUF_INIT(4000);
	struct letter l;
	int seen = 0;

	shop_case(x);
	l = leased(x, LETTER_ORDERED);
	seal_as(x, &l, OWNER, SPAN("sealed"));
	cancel(x, 2);
	must(x, letters_list(x->s, 0, add_number, &b, &x->e));
	assert_string_equal(b.data, "1 sealed\n3 ordered\n");
	buf_clear(&b);
	must(x, letters_list(x->s, 1, add_number, &b, &x->e));
	assert_string_equal(b.data, "1 sealed\n2 cancelled\n3 ordered\n");
	must(x, letters_list(x->s, 0, stop, &seen, &x->e));
	assert_int_equal(seen, 1);
	buf_release(&b);
}

/* What a second letter to the same reader is in reply to. */
static void
test_the_first_letter_begins_the_thread(void **state)
{
	struct shop *x = *state;
	const char *id;

	shop_case(x);
	must(x, letter_first(x->s, 1, FINDER, x->a, &id, &x->e));
	assert_string_equal(id, get(x, 1).message_id);
	shop_mail(x, 1);
	must(x, letter_first(x->s, 1, FINDER, x->a, &id, &x->e));
	assert_string_equal(id, get(x, 1).message_id);
	must(x, letter_first(x->s, 1, SOMEBODY, x->a, &id, &x->e));
	assert_string_equal(id, "");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_an_order_is_what_was_planned),
		T(test_a_letter_goes_its_way_once),
		T(test_a_letter_waits_for_a_key),
		T(test_what_was_not_handed_is_cancelled),
		T(test_only_the_owner_closes_it),
		T(test_a_lease_is_one_workers_until_it_ends),
		T(test_a_letter_is_tried_again_when_it_is_due),
		T(test_sealed_bytes_come_back), T(test_open_letters_are_listed),
		T(test_the_first_letter_begins_the_thread)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
