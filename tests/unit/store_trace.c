/* Where a mail has been, by its queue ID or a Message-ID. */
#include "store_kit.h"

#include "base/clock.h"
#include "store/letters.h"
#include "store/routes.h"
#include "store/trace.h"

#define QUEUE "4XyZ1a"
#define MAIL_ID "1@finder.example"

/* A message received, and the case that it opened. */
static void
receive(struct shop *x, const char *message_id)
{
	struct message m = {.form = MESSAGE_RECEIVED,
		.received = NOW - MINUTE,
		.sender = "f@finder.example",
		.recipients = "psirt@example.com\n",
		.spool = "lmtp/a.0",
		.queue = QUEUE,
		.message_id = message_id};
	struct stored_bytes b;
	int fd = shop_file(SPAN("mail"));

	must(x, message_put(x->s, fd, 0, 4, x->a, &b, &x->e));
	close(fd);
	shop_begin(x);
	must(x, message_add(x->s, &m, &b, &x->e));
	shop_commit(x);
	x->k->mail.message = m.id;
	shop_case(x);
	must(x, route_remember(x->s, message_id, 1, FINDER, m.id, &x->e));
}

static int
add(void *arg, const struct trace_step *step)
{
	buf_printf(arg, "%s%s%s\n", step->step,
		step->public_id[0] != '\0' ? " " : "", step->public_id);
	return 0;
}

static int
add_detail(void *arg, const struct trace_step *step)
{
	buf_printf(arg, "%s %s\n", step->step, step->detail);
	return 0;
}

/* The steps, a line each; there are N. */
static void
traces(struct shop *x, const char *what, const char *steps, int n)
{
	struct buf b = BUF_INIT(4000);
	int count = trace(x->s, what, add, &b, &x->e);

	must(x, count);
	if (strcmp(b.data, steps) != 0)
		fail_msg("%s: %s", what, b.data);
	assert_int_equal(count, n);
	buf_release(&b);
}

static const char way[] = "received\n"
			  "filed EX-2026-0001\n"
			  "letter ordered: acknowledgement EX-2026-0001\n"
			  "letter ordered: report EX-2026-0001\n"
			  "letter ordered: report EX-2026-0001\n";

static void
test_a_mail_is_found_by_each_of_its_names(void **state)
{
	struct shop *x = *state;

	receive(x, MAIL_ID);
	traces(x, QUEUE, way, 5);
	traces(x, MAIL_ID, way, 5);
	traces(x, "<" MAIL_ID ">", way, 5);
	traces(x, "lmtp/a.0", way, 5);
}

/* Each time that it came is a step, and each queue ID leads to it. */
static void
test_copies_are_steps(void **state)
{
	struct shop *x = *state;
	struct message copy = {.received = NOW + MINUTE,
		.sender = "g@finder.example",
		.recipients = "a@x.org\nb@x.org\n",
		.spool = "lmtp/b.0",
		.queue = "4Other"};
	struct hash identity = hash_of(SPAN("what it is"));
	struct buf details = BUF_INIT(4000);
	int64_t id;

	receive(x, MAIL_ID);
	shop_begin(x);
	must(x,
		sql_do(x->s, &x->e, "UPDATE messages SET identity = ?",
			SQL_BLOB(identity.bytes, HASH_BYTES)));
	assert_int_equal(message_copy(x->s, &identity, &copy, &id, &x->e), 1);
	shop_commit(x);
	assert_int_equal(trace(x->s, "4Other", add_detail, &details, &x->e), 6);
	assert_non_null(strstr(details.data,
		"received copies=2 from=<f@finder.example> "
		"to=<psirt@example.com>\n"));
	assert_non_null(strstr(details.data,
		"copy from=<g@finder.example> to=<a@x.org>,<b@x.org>\n"));
	buf_release(&details);
}

static void
test_a_mail_without_message_id_is_found(void **state)
{
	struct shop *x = *state;

	receive(x, "");
	traces(x, QUEUE, way, 5);
}

static void
test_what_is_not_known_has_no_steps(void **state)
{
	struct shop *x = *state;

	receive(x, "");
	traces(x, "4Other", "", 0);
	traces(x, "nobody@finder.example", "", 0);
	traces(x, "%", "", 0);
	traces(x, "lmtp/a.1", "", 0);
	traces(x, "<>", "", 0);
}

static void
test_nothing_is_asked_nothing_is_found(void **state)
{
	struct shop *x = *state;

	receive(x, "");
	traces(x, "", "", 0);
}

/* A letter is followed to its end. */
static void
test_a_letter_is_found_by_its_message_id(void **state)
{
	struct shop *x = *state;
	struct letter l;

	receive(x, MAIL_ID);
	assert_int_equal(letter_lease(x->s, LETTER_ORDERED, "w", NOW,
				 NOW + MINUTE, x->a, &l, &x->e),
		1);
	shop_begin(x);
	must(x,
		letter_set(x->s, l.order.letter, "w", LETTER_WAITING, "no key",
			NOW + DAY, NOW + 1, &x->e));
	shop_commit(x);
	traces(x, l.message_id,
		"letter ordered: acknowledgement EX-2026-0001\n"
		"letter waiting EX-2026-0001\n",
		2);
}

static int
stop(void *arg, const struct trace_step *step)
{
	(void)step;
	++*(int *)arg;
	return 1;
}

static void
test_who_has_seen_enough_stops(void **state)
{
	struct shop *x = *state;
	int seen = 0;

	receive(x, MAIL_ID);
	assert_int_equal(trace(x->s, QUEUE, stop, &seen, &x->e), 1);
	assert_int_equal(seen, 1);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, shop_setup, shop_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_mail_is_found_by_each_of_its_names),
		T(test_copies_are_steps),
		T(test_a_mail_without_message_id_is_found),
		T(test_what_is_not_known_has_no_steps),
		T(test_nothing_is_asked_nothing_is_found),
		T(test_a_letter_is_found_by_its_message_id),
		T(test_who_has_seen_enough_stops)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
