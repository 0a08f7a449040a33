/* The postman: leases letters for the courier and records what became of
 * them; see daemon/post.h. */
#include "daemon/post.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/packet.h"
#include "daemon/bell.h"
#include "daemon/desk.h"
#include "daemon/pipeline.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "store/letters.h"

enum postman_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_WORK,
	FD_OUTBOX,
	FD_COURIER,
};

#define LEASE_LETTER (30 * MINUTE)
#define IDLE_MAX (30 * SECOND)
#define DAEMON_ADDRESS_MAX 254
#define TEXT_MAX 400

static const struct record_field letter_fields[] = {
	FIELD_INT64(1, struct post_letter, letter, 1, INT64_MAX),
	FIELD_INT64(2, struct post_letter, size, 0, INT64_MAX),
	FIELD_LINE(3, struct post_letter, sender, DAEMON_ADDRESS_MAX),
	FIELD_LINE(4, struct post_letter, recipient, DAEMON_ADDRESS_MAX),
	FIELD_LINE(5, struct post_letter, message_id, TEXT_MAX),
	FIELD_BOOL(6, struct post_letter, sealed),
};
const struct record_schema post_letter_schema =
	SCHEMA_OF(post_letter, letter_fields);

static const struct record_field report_fields[] = {
	FIELD_INT64(1, struct post_report, letter, 0, INT64_MAX),
	FIELD_INT(2, struct post_report, outcome, 0, POST__COUNT - 1),
	FIELD_LINE(3, struct post_report, text, TEXT_MAX),
};
const struct record_schema post_report_schema =
	SCHEMA_OF(post_report, report_fields);

/* Wait for a letter that may go, or the end: true when there is one. */
static bool
await_letter(struct desk *d, struct arena *a, struct letter *l)
{
	struct pollfd fds[] = {{.fd = FD_LEASH, .events = POLLIN},
		{.fd = FD_OUTBOX, .events = POLLIN}};
	int64_t now, due, wait;
	struct err e;
	int got;

	for (;;) {
		now = clock_now();
		got = letter_lease(d->store, LETTER_SEALED, d->owner, now,
			now + LEASE_LETTER, a, l, &e);
		if (got == 1)
			return true;
		if (got == -1)
			log_event(LOG_ERROR, "postman", LOG_ERR(&e));
		wait = IDLE_MAX;
		if (letter_next(d->store, LETTER_SEALED, &due, &e) == 1 &&
			due - now < wait)
			wait = due > now ? due - now : 0;
		poll(fds, countof(fds), (int)(bell_patience(wait) / 1000));
		if (fds[0].revents != 0)
			return false;
		bell_hear(FD_OUTBOX);
	}
}

/* How long after its N-th failure a letter rests. */
static int64_t
rest(const struct conf *c, int64_t attempts)
{
	int64_t wait = c->retry_first;

	for (; attempts > 1 && wait < c->retry_last; attempts--)
		wait *= 2;
	return wait < c->retry_last ? wait : c->retry_last;
}

static struct letter_fate
fate_of(const struct desk *d, const struct letter *l,
	const struct post_report *r)
{
	int64_t now = clock_now();
	struct letter_fate fate = {.letter = l->order.letter, .text = r->text};

	switch (r->outcome) {
	case POST_HANDED:
		fate.state = LETTER_HANDED;
		break;
	case POST_PERMANENT:
		fate.state = LETTER_FAILED;
		break;
	case POST_UNREACHABLE:
		fate.state = LETTER_WAITING;
		break;
	default:
		fate.state = now - l->ordered >= d->conf->give_up
			? LETTER_FAILED
			: LETTER_SEALED;
		fate.until = now + rest(d->conf, l->attempts);
	}
	return fate;
}

/* Is there something for a worker, now or before it would look again? */
static bool
makes_work(const struct letter_fate *fate, const struct plan *p)
{
	return fate->state == LETTER_ORDERED || p->orders != NULL ||
		p->timers != NULL || p->released != NULL;
}

static int
record_fate(struct desk *d, const struct letter *l,
	const struct letter_fate *fate, struct err *e)
{
	struct transactor t = pipeline_transactor(d);
	struct arena *a = arena_new();
	struct transacted r;
	int result = transact_fate(&t, fate, a, &r, e);

	log_event(LOG_INFO, "letter", LOG_NUMBER("letter", l->order.letter),
		LOG_TEXT("spool", l->spool), LOG_TEXT("queue", l->queue),
		LOG_TEXT("case", l->public_id),
		LOG_TEXT("state", letter_state_name(fate->state)),
		LOG_TEXT("message-id", l->message_id),
		LOG_TEXT("reply", fate->text));
	if (makes_work(fate, &r.plan))
		bell_ring(FD_WORK);
	arena_free(&a);
	fault_point("fate-recorded");
	return result;
}

/* Its keys expire before the MTA has it: back to Seal, which asks again. */
static int
send_back(struct desk *d, const struct letter *l, struct err *e)
{
	struct letter_fate fate = {.letter = l->order.letter,
		.state = LETTER_ORDERED,
		.text = "the reader's key expired before it left"};

	return record_fate(d, l, &fate, e);
}

static int
hand_over(struct desk *d, const struct letter *l, struct err *e)
{
	struct post_letter letter = {.letter = l->order.letter,
		.sender = (char *)l->sender,
		.recipient = (char *)l->recipient,
		.message_id = (char *)l->message_id,
		.sealed = l->order.sealed};
	int fd, result;

	if (letter_open(d->store, l->order.letter, &fd, &letter.size, e) == -1)
		return -1;
	result = packet_send(
		FD_COURIER, &post_letter_schema, &letter, &fd, 1, e);
	close(fd);
	return result;
}

/* 1 with a report, 0 when the courier or the day has ended. */
static int
await_report(struct arena *a, struct post_report *r, struct err *e)
{
	struct pollfd fds[] = {{.fd = FD_COURIER, .events = POLLIN},
		{.fd = FD_LEASH, .events = POLLIN}};
	struct packet p;
	int got;

	/* A report on its way is waited for even when the day has ended. */
	if (poll(fds, countof(fds), -1) == -1 && errno != EINTR)
		return err_errno(e, "poll");
	if (fds[0].revents == 0)
		return 0;
	packet_init(&p);
	got = packet_receive(FD_COURIER, &p, -1, e);
	if (got == 1 &&
		record_decode(a,
			(struct span){arena_dup(a, p.bytes.data, p.bytes.len),
				p.bytes.len},
			&post_report_schema, r, e) == -1)
		got = -1;
	packet_release(&p);
	return got;
}

/* One letter to the courier, and what became of it: 1, 0 at the end. */
static int
deliver_one(struct desk *d, struct err *e)
{
	struct arena *a = arena_new();
	struct letter_fate fate;
	struct post_report r;
	struct letter l;
	int result = 1;

	if (!await_letter(d, a, &l))
		result = 0;
	else if (l.not_after != 0 && l.not_after <= clock_now())
		result = send_back(d, &l, e) == -1 ? -1 : 1;
	else if (hand_over(d, &l, e) == -1)
		result = -1;
	else if ((result = await_report(a, &r, e)) == 1) {
		if (r.letter != l.order.letter)
			result = err_bug(e,
				"the courier speaks of another "
				"letter");
		else {
			fate = fate_of(d, &l, &r);
			result = record_fate(d, &l, &fate, e) == -1 ? -1 : 1;
		}
	}
	arena_free(&a);
	return result;
}

int
postman_main(const char *name, const char *conf_path)
{
	struct conf *c = role_conf(FD_CONF, conf_path);
	struct arena *a = arena_new();
	struct post_report first;
	struct desk d;
	struct err e;
	int more;

	if (desk_open_store(&d, c, name, &e) == -1 ||
		sandbox_enter(SANDBOX_POSTMAN, c, NULL, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	more = await_report(a, &first, &e);
	while (more == 1)
		more = deliver_one(&d, &e);
	if (more == -1)
		log_event(LOG_ERROR, "postman", LOG_ERR(&e));
	desk_close(&d);
	arena_free(&a);
	return more == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
