/* How a mail finds its case: tokens that nobody can guess, and Message-IDs. */
#include "store_kit.h"

#include <ctype.h>

#include "base/clock.h"
#include "store/letters.h"
#include "store/routes.h"

static int
look_up(struct shop *x, const char *token, struct route *r)
{
	int found = route_of_token(x->s, span_of(token), r, &x->e);

	must(x, found);
	return found;
}

static void
test_each_token_has_its_purpose(void **state)
{
	struct shop *x = *state;
	char tokens[TOKEN__COUNT][TOKEN_CHARS + 1];
	struct route r;
	int p;

	shop_case(x);
	for (p = 0; p < TOKEN__COUNT; p++) {
		must(x,
			token_mint(x->s, (enum token_purpose)p, 1, FINDER, 7,
				NOW, tokens[p], &x->e));
		assert_int_equal(strlen(tokens[p]), TOKEN_CHARS);
	}
	for (p = 0; p < TOKEN__COUNT; p++) {
		assert_int_equal(look_up(x, tokens[p], &r), 1);
		assert_int_equal(r.purpose, p);
		assert_int_equal(r.case_id, 1);
		assert_int_equal(r.person, FINDER);
		assert_int_equal(r.letter, 7);
		assert_true(r.made == NOW);
	}
}

/* Mail programs fold the local part of an address. */
static void
test_a_token_is_found_in_any_case(void **state)
{
	struct shop *x = *state;
	char token[TOKEN_CHARS + 1];
	struct route r;
	int i;

	shop_case(x);
	must(x, token_mint(x->s, TOKEN_REPLY, 1, FINDER, 0, NOW, token, &x->e));
	for (i = 0; i < TOKEN_CHARS; i += 2)
		token[i] = (char)toupper((unsigned char)token[i]);
	assert_int_equal(look_up(x, token, &r), 1);
	assert_int_equal(r.person, FINDER);
}

static void
test_no_other_token_is_found(void **state)
{
	struct shop *x = *state;
	char token[TOKEN_CHARS + 1], wrong[TOKEN_CHARS + 2];
	struct route r;
	int i;

	shop_case(x);
	must(x, token_mint(x->s, TOKEN_REPLY, 1, FINDER, 0, NOW, token, &x->e));
	for (i = 0; i < TOKEN_CHARS; i++) {
		snprintf(wrong, sizeof(wrong), "%s", token);
		wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
		assert_int_equal(look_up(x, wrong, &r), 0);
	}
	snprintf(wrong, sizeof(wrong), "%sa", token);
	assert_int_equal(look_up(x, wrong, &r), 0);
	assert_int_equal(look_up(x, token + 1, &r), 0);
	assert_int_equal(look_up(x, "", &r), 0);
	assert_int_equal(look_up(x, "%%%%%%%%%%%%%%%%%%%%%%%%", &r), 0);
	/* Computed, but not handed out. */
	token_text(x->s, TOKEN_REPLY, 1, SOMEBODY, 0, wrong);
	assert_int_equal(look_up(x, wrong, &r), 0);
}

/* After a restore from a backup they are the same; elsewhere they are not. */
static void
test_tokens_come_from_the_secret(void **state)
{
	static const char other[] = "another secret of thirty-two bytes";
	char token[TOKEN_CHARS + 1], again[TOKEN_CHARS + 1];
	struct shop *x = *state;
	const char *id = message_id_mint(x->s, 7, x->a);

	token_text(x->s, TOKEN_REPLY, 1, 2, 3, token);
	store_close(&x->s);
	shop_open(x);
	token_text(x->s, TOKEN_REPLY, 1, 2, 3, again);
	assert_string_equal(again, token);
	assert_string_equal(message_id_mint(x->s, 7, x->a), id);
	assert_non_null(strstr(id, "@mail.example.com"));
	store_close(&x->s);
	x->s = store_open(x->dir, SPAN(other), "mail.example.com", &x->e);
	token_text(x->s, TOKEN_REPLY, 1, 2, 3, again);
	assert_string_not_equal(again, token);
	assert_string_not_equal(message_id_mint(x->s, 7, x->a), id);
}

/* None can be made of another: each number and the purpose are in it. */
static void
test_no_two_tokens_are_alike(void **state)
{
	static const struct {
		enum token_purpose purpose;
		int64_t case_id, person, letter;
	} rows[] = {{TOKEN_REPLY, 1, 2, 3}, {TOKEN_BOUNCE, 1, 2, 3},
		{TOKEN_COMMAND, 1, 2, 3}, {TOKEN_REPLY, 2, 1, 3},
		{TOKEN_REPLY, 1, 3, 2}, {TOKEN_REPLY, 1, 2, 4},
		{TOKEN_REPLY, 0, 2, 3}, {TOKEN_REPLY, 12, 3, 0}};
	char tokens[countof(rows)][TOKEN_CHARS + 1];
	struct shop *x = *state;
	size_t i, j;

	for (i = 0; i < countof(rows); i++) {
		token_text(x->s, rows[i].purpose, rows[i].case_id,
			rows[i].person, rows[i].letter, tokens[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(tokens[i], tokens[j]);
	}
}

static void
test_a_letter_is_found_by_its_message_id(void **state)
{
	struct shop *x = *state;
	struct letter l;
	struct route r;

	shop_case(x);
	assert_int_equal(letter_get(x->s, 1, x->a, &l, &x->e), 1);
	assert_int_equal(route_of_message_id(x->s, l.message_id, &r, &x->e), 1);
	assert_int_equal(r.case_id, 1);
	assert_int_equal(r.letter, 1);
	assert_int_equal(r.message, 0);
	assert_int_equal(r.person, l.order.person);
	assert_int_equal(route_of_message_id(x->s, "x@y", &r, &x->e), 0);
	assert_int_equal(route_of_message_id(x->s, "", &r, &x->e), 0);
}

static void
test_a_mail_is_found_in_its_newest_case(void **state)
{
	struct shop *x = *state;
	struct route r;

	shop_case(x);
	shop_case(x);
	must(x, route_remember(x->s, "a@finder", 1, FINDER, 5, &x->e));
	must(x, route_remember(x->s, "a@finder", 1, SOMEBODY, 6, &x->e));
	assert_int_equal(route_of_message_id(x->s, "a@finder", &r, &x->e), 1);
	assert_int_equal(r.message, 5);
	assert_int_equal(r.person, FINDER);
	assert_int_equal(r.letter, 0);
	must(x, route_remember(x->s, "a@finder", 2, FINDER, 7, &x->e));
	assert_int_equal(route_of_message_id(x->s, "a@finder", &r, &x->e), 1);
	assert_int_equal(r.case_id, 2);
	/* A mail without a Message-ID is not found by its absence. */
	must(x, route_remember(x->s, "", 1, FINDER, 8, &x->e));
	assert_int_equal(route_of_message_id(x->s, "", &r, &x->e), 0);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {T(test_each_token_has_its_purpose),
		T(test_a_token_is_found_in_any_case),
		T(test_no_other_token_is_found),
		T(test_tokens_come_from_the_secret),
		T(test_no_two_tokens_are_alike),
		T(test_a_letter_is_found_by_its_message_id),
		T(test_a_mail_is_found_in_its_newest_case)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
