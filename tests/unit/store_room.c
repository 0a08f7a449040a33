/* How many acknowledgements went where, and which of the others go first. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/border.h"
#include "store/letters.h"

/* A case by a mail from PERSON at ADDRESS, with the room that there is. */
static int64_t
mail_from(struct shop *x, int64_t person, const char *address)
{
	struct kit *k = x->k;

	k->mail.sender_person = k->mail.person = person;
	k->mail.outer.sender = address;
	shop_begin(x);
	must(x, case_new(x->s, "EX", k->ground.now, k->arena, &k->c, &x->e));
	shop_ground(x, &k->c);
	must(x,
		letters_room(x->s, k->ground.next_letter, person,
			strchr(address, '@') + 1, k->ground.now,
			&k->ground.room, &x->e));
	kit_mail(k, &k->c, NULL);
	must(x, shop_carry(x, &k->c, NULL));
	shop_commit(x);
	return k->c.id;
}

/* Its turn may have come: decided again as the daemon does it.  True: it went.
 */
static bool
looks_again(struct shop *x, int64_t id)
{
	const struct timer_input in = {.kind = TIMER_ACKNOWLEDGE};
	struct kit *k = x->k;
	struct letter l;

	kit_plan(k);
	shop_begin(x);
	shop_load(x, id);
	assert_int_equal(
		letter_get(x->s, k->c.acknowledgement.letter, x->a, &l, &x->e),
		1);
	must(x,
		letters_room(x->s, l.order.letter, l.order.person,
			strchr(l.order.address, '@') + 1, k->ground.now,
			&k->ground.room, &x->e));
	kit_plan(k);
	decide_timer(&k->ground, &k->c, &in, &k->plan);
	must(x, shop_carry(x, &k->c, NULL));
	shop_commit(x);
	return k->c.acknowledgement.state == ACKNOWLEDGEMENT_SENT;
}

static int64_t
in_state(struct shop *x, const char *state)
{
	int64_t n;

	must(x,
		sql_number(x->s, &x->e, &n,
			"SELECT count(*) FROM letters"
			" WHERE kind = 'acknowledgement' AND state = ?",
			SQL_VALUES(SQL_TEXT(state))));
	return n;
}

static void
test_ten_to_an_address_in_an_hour(void **state)
{
	struct shop *x = *state;
	int64_t waits[5];
	int i;

	for (i = 0; i < 10; i++)
		mail_from(x, 20, "a@flood.example");
	assert_int_equal(in_state(x, "ordered"), 10);
	for (i = 0; i < 5; i++)
		waits[i] = mail_from(x, 20, "a@Flood.Example");
	assert_int_equal(in_state(x, "queued"), 5);
	/* Another at that domain is not held up. */
	mail_from(x, 21, "b@flood.example");
	assert_int_equal(in_state(x, "ordered"), 11);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM timers"
				 " WHERE kind = 'acknowledge'"),
		5);
	assert_false(looks_again(x, waits[0]));
	x->k->ground.now += HOUR + 1;
	/* The oldest of an address first, and all that there is room for. */
	assert_true(looks_again(x, waits[4]));
	assert_true(looks_again(x, waits[0]));
	assert_int_equal(in_state(x, "queued"), 3);
	assert_true(looks_again(x, waits[2]));
	assert_true(looks_again(x, waits[1]));
	assert_true(looks_again(x, waits[3]));
	assert_int_equal(in_state(x, "queued"), 0);
	assert_int_equal(in_state(x, "ordered"), 16);
	assert_int_equal(shop_number(x,
				 "SELECT count(*) FROM timers"
				 " WHERE kind = 'acknowledge'"),
		0);
}

static void
test_the_newest_address_of_a_domain_first(void **state)
{
	struct shop *x = *state;
	int64_t old, new;
	int i, j;

	/* Fifty by five who flood. */
	for (i = 0; i < 5; i++)
		for (j = 0; j < 10; j++)
			mail_from(x, 30 + i, "f@flood.example");
	assert_int_equal(in_state(x, "ordered"), 50);
	old = mail_from(x, 40, "old@flood.example");
	new = mail_from(x, 41, "new@flood.example");
	assert_int_equal(in_state(x, "queued"), 2);
	/* Those who flooded wait behind both, and others do not wait. */
	mail_from(x, 99, "x@other.example");
	assert_int_equal(in_state(x, "ordered"), 51);
	/* There is room for one. */
	shop_sql(x,
		"UPDATE letters SET ordered = ordered - 3600000001"
		" WHERE id = 1");
	assert_false(looks_again(x, old));
	assert_true(looks_again(x, new));
	assert_false(looks_again(x, old));
	shop_sql(x,
		"UPDATE letters SET ordered = ordered - 3600000001"
		" WHERE id = 4");
	assert_true(looks_again(x, old));
}

/* Who may not send now holds nobody up. */
static void
test_who_has_had_ten_is_not_ahead(void **state)
{
	struct acknowledge_room room;
	struct shop *x = *state;
	int i;

	for (i = 0; i < 30; i++)
		mail_from(x, 50, "flood@flood.example");
	assert_int_equal(in_state(x, "queued"), 20);
	must(x,
		letters_room(x->s, 1000, 45, "flood.example", x->k->ground.now,
			&room, &x->e));
	assert_int_equal(room.domain.ahead, 0);
	assert_int_equal(room.domain.sent, 10);
	assert_int_equal(room.address.sent, 0);
	must(x,
		letters_room(x->s, 1000, 50, "FLOOD.example", x->k->ground.now,
			&room, &x->e));
	assert_int_equal(room.address.ahead, 20);
	assert_int_equal(room.address.sent, 10);
	assert_true(room.address.oldest == x->k->ground.now);
}

/* In doubt it waits for an analyst, and takes nobody's room. */
static void
test_what_an_analyst_decides_is_in_no_line(void **state)
{
	struct shop *x = *state;
	int64_t id;

	x->k->mail.outer.authentication.dmarc = AUTH_FAIL;
	id = mail_from(x, 60, "a@forged.example");
	assert_int_equal(in_state(x, "held"), 1);
	x->k->mail.outer.authentication.dmarc = AUTH_ABSENT;
	mail_from(x, 60, "a@forged.example");
	assert_int_equal(x->k->ground.room.address.sent, 0);
	assert_int_equal(x->k->ground.room.address.ahead, 0);
	x->k->ground.now += MINUTE;
	shop_do(x, id, "/ack");
	assert_int_equal(in_state(x, "held"), 0);
	assert_int_equal(in_state(x, "ordered"), 2);
	/* From now on it counts. */
	assert_int_equal(
		shop_number(x, "SELECT ordered FROM letters WHERE id = 1") ==
			x->k->ground.now,
		1);
}

/* However many wait, it is not all of them that are looked at. */
static void
test_a_long_line_costs_no_more(void **state)
{
	struct acknowledge_room room;
	struct shop *x = *state;

	mail_from(x, 70, "a@flood.example");
	shop_sql(x,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
		" SELECT i + 1 FROM n WHERE i < 5000)"
		" INSERT INTO letters SELECT 100 + i, case_id, kind, person,"
		" address, analyst, sealed, key, message, answers, facts,"
		" ordered, message_id, 'queued', owner, until, attempts,"
		" sender, recipient, not_after, size, hash, bytes, changed,"
		" outcome, domain FROM letters, n WHERE id = 1");
	must(x,
		letters_room(x->s, 100000, 70, "flood.example",
			x->k->ground.now, &room, &x->e));
	assert_int_equal(room.address.ahead, 1000);
	must(x,
		letters_room(x->s, 100000, 69, "flood.example",
			x->k->ground.now, &room, &x->e));
	assert_int_equal(room.domain.ahead, 9);
}

static void
test_the_border_is_remembered(void **state)
{
	struct shop *x = *state;
	int64_t with, without;

	must(x, border_last(x->s, &with, &without, &x->e));
	assert_true(with == 0 && without == 0);
	shop_begin(x);
	must(x, border_note(x->s, false, NOW, &x->e));
	must(x, border_note(x->s, true, NOW + DAY, &x->e));
	must(x, border_note(x->s, false, NOW + HOUR, &x->e));
	shop_commit(x);
	must(x, border_last(x->s, &with, &without, &x->e));
	assert_true(with == NOW + DAY && without == NOW + HOUR);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_ten_to_an_address_in_an_hour),
		T(test_the_newest_address_of_a_domain_first),
		T(test_who_has_had_ten_is_not_ahead),
		T(test_what_an_analyst_decides_is_in_no_line),
		T(test_a_long_line_costs_no_more),
		T(test_the_border_is_remembered)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
