/* The worker: whatever there is to do, one thing at a time. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/canary.h"
#include "daemon/bell.h"
#include "daemon/pipeline.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "daemon/sealer.h"
#include "daemon/service.h"
#include "daemon/spool_watch.h"
#include "daemon/transact.h"
#include "store/clocks.h"
#include "store/forget.h"

enum worker_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_WORK,
	FD_OUTBOX,
	FD_JOBS,
};

#define BATCH 4
#define LEASE_MAIL (10 * MINUTE)
#define LEASE_LETTER (10 * MINUTE)
#define RETRY_MAIL (5 * SECOND)
#define IDLE_MAX (30 * SECOND)
#define TIDY_EVERY (2 * SECOND)
#define RETAIN_EVERY (10 * SECOND)

struct worker {
	struct desk desk;
	struct spool_watch *watch;
	struct spool_item found[WATCH_FOUND_MAX]; /* not yet in the store */
	size_t found_count;
	struct spool_item batch[BATCH];
	size_t batch_count, batch_at;
	int64_t tidied, swept, empty_log_at, retained;
	int64_t jump; /* of the clock: timers are frozen */
	bool stop;
};

/* A step did something (1), had nothing to do (0), or failed for now (-1). */
typedef int step(struct worker *w, struct err *e);

/* --- mail --- */

static int
lease_mail(struct worker *w, struct err *e)
{
	int64_t now = clock_now();

	/* The watch tells of each record once: it is kept until it is noted. */
	if (w->found_count == 0 &&
		spool_watch_find(w->watch, w->found, &w->found_count, e) == -1)
		return -1;
	w->batch_at = w->batch_count = 0;
	if (spool_lease(w->desk.store, w->found, w->found_count, w->desk.owner,
		    now, now + LEASE_MAIL, w->batch, BATCH, &w->batch_count,
		    e) == -1)
		return -1;
	w->found_count = 0;
	return 0;
}

static int
do_mail(struct worker *w, struct err *e)
{
	const struct spool_item *item;

	if (w->batch_at == w->batch_count && lease_mail(w, e) == -1)
		return -1;
	if (w->batch_at == w->batch_count)
		return 0;
	item = &w->batch[w->batch_at++];
	if (pipeline_mail(&w->desk, item, e) == 0)
		return 1;
	if (spool_retry(w->desk.store, item, w->desk.owner,
		    clock_now() + RETRY_MAIL, e) == 0)
		return 1;
	/* It could not be given back: it is ours, and first the next time. */
	w->batch_at--;
	return -1;
}

/* --- what is due --- */

static int
look_at_clock(struct worker *w, struct err *e)
{
	int64_t before = w->jump;

	if (clocks_jumped(w->desk.store, clock_ahead(), &w->jump, e) == -1)
		return -1;
	if (w->jump != 0 && before == 0)
		log_event(LOG_ERROR, "clock-jumped",
			LOG_NUMBER("seconds", w->jump / SECOND));
	if (w->jump == 0 && before != 0)
		log_event(LOG_INFO, "clock-trusted");
	return 0;
}

static int
do_timer(struct worker *w, struct err *e)
{
	struct transactor t = pipeline_transactor(&w->desk);
	int64_t now = clock_now();
	struct transacted r;
	struct due_timer timer;
	struct arena *a;
	int due;

	if (w->jump != 0)
		return 0;
	due = timer_due(w->desk.store, w->desk.owner, now, now + LEASE_LETTER,
		&timer, e);

	if (due != 1)
		return due;
	a = arena_new();
	due = transact_timer(&t, &timer, a, &r, e) == -1 ? -1 : 1;
	if (due == 1 && !r.consumed_before) {
		log_event(LOG_INFO, "timer",
			LOG_TEXT("kind", timer_kind_name(timer.kind)),
			LOG_TEXT("case", r.c->public_id));
		pipeline_seal(&w->desk, &r.plan, NULL);
	}
	arena_free(&a);
	return due;
}

/* Orders whose lease is over: their sealer died, or they have waited. */
static int
do_order(struct worker *w, struct err *e)
{
	struct arena *a = arena_new();
	int64_t now = clock_now();
	struct letter l;
	int got = letter_lease(w->desk.store, LETTER_ORDERED, w->desk.owner,
		now, now + LEASE_LETTER, a, &l, e);

	if (got == 1 && seal_order(&w->desk, &l, NULL, e) == -1)
		log_event(LOG_WARNING, "seal",
			LOG_NUMBER("letter", l.order.letter), LOG_ERR(e));
	arena_free(&a);
	return got;
}

static int
do_job(struct worker *w, struct err *e)
{
	struct pollfd p = {.fd = FD_JOBS, .events = POLLIN};

	if (poll(&p, 1, 0) != 1)
		return 0;
	return service_serve(&w->desk, FD_JOBS, e);
}

/* One case that has been closed for longer than it is to be kept. */
static int
do_retention(struct worker *w, struct err *e)
{
	struct transactor t = pipeline_transactor(&w->desk);
	int64_t now = clock_monotonic(), id, retain = w->desk.conf->retain;
	struct transacted r;
	struct arena *a;
	int found;

	if (retain == 0 || now - w->retained < RETAIN_EVERY)
		return 0;
	found = case_outlived(w->desk.store, clock_now() - retain, &id, e);
	if (found != 1) {
		w->retained = now;
		return found;
	}
	a = arena_new();
	found = transact_purge(&t, id, 0,
		"closed for longer than [policy] "
		"retain",
		a, &r, e);
	arena_free(&a);
	return found == -1 ? -1 : 1;
}

/* Each day, by one of the workers: can we still open what is sealed to us? */
static int
do_selftest(struct worker *w, struct err *e)
{
	struct store *s = w->desk.store;
	int64_t now = clock_now(), due;
	struct err why;
	bool well;
	int claimed;

	if (store_marked(s, "selftest-due", &due, e) == -1)
		return -1;
	if (due > now)
		return 0;
	claimed = store_claim(s, "selftest-due", now, now + DAY, e);
	if (claimed != 1)
		return claimed;
	well = canary_try(w->desk.engine, w->desk.conf->openpgp, &why) == 0;
	if (well)
		log_event(LOG_INFO, "self-test", LOG_TEXT("outcome", "good"));
	else
		log_event(LOG_ERROR, "self-test", LOG_ERR(&why));
	if (store_mark(s, "selftest-well", well, e) == -1 ||
		store_mark(s, "selftest-at", now, e) == -1)
		return -1;
	return 1;
}

static int
do_tidying(struct worker *w, struct err *e)
{
	int64_t now = clock_monotonic();

	if (now - w->tidied < TIDY_EVERY)
		return 0;
	w->tidied = now;
	if (spool_watch_tidy(w->watch, w->desk.store, e) == -1)
		return -1;
	if (w->swept == 0 || now - w->swept >= DAY) {
		w->swept = now;
		if (messages_sweep(w->desk.store, clock_now(), e) == -1)
			return -1;
	}
	/* What was deleted is overwritten in the store, not yet in its log;
	 * when another worker is at it, a minute later. */
	if (now >= w->empty_log_at)
		w->empty_log_at = now +
			(store_empty_log(w->desk.store, e) == 0 ? HOUR
								: MINUTE);
	return 0;
}

/* Jobs before the rest: a person waits for them. */
static step *const steps[] = {look_at_clock, do_job, do_mail, do_timer,
	do_order, do_selftest, do_retention, do_tidying};

/* --- the loop --- */

/* One round over the steps: true if there may be more to do. */
static bool
run_steps(struct worker *w)
{
	bool more = false;
	struct err e;
	size_t i;
	int did;

	for (i = 0; i < countof(steps); i++) {
		did = steps[i](w, &e);
		if (did == -1)
			log_event(LOG_ERROR, "worker", LOG_ERR(&e));
		if (did == 1) {
			bell_ring(FD_OUTBOX);
			more = true;
		}
	}
	return more;
}

/* WAIT, or less if something is DUE before. */
static int64_t
earlier(int64_t due, int64_t now, int64_t wait)
{
	if (due <= now)
		return 0;
	return due - now < wait ? due - now : wait;
}

/* How long until something in the store is due. */
static int64_t
until_due(struct worker *w)
{
	struct store *s = w->desk.store;
	int64_t now = clock_now(), wait = IDLE_MAX, due;
	struct err e;

	if (spool_next(s, &due, &e) == 1)
		wait = earlier(due, now, wait);
	if (w->jump == 0 && timer_next(s, &due, &e) == 1)
		wait = earlier(due, now, wait);
	if (letter_next(s, LETTER_ORDERED, &due, &e) == 1)
		wait = earlier(due, now, wait);
	/* What came in clear lies in the spool until its segment goes. */
	if (spool_watch_is_untidy(w->watch))
		wait = earlier(w->tidied + TIDY_EVERY, clock_monotonic(), wait);
	return bell_patience(wait);
}

static void
wait_for_work(struct worker *w)
{
	struct pollfd fds[] = {{.fd = FD_LEASH, .events = POLLIN},
		{.fd = FD_WORK, .events = POLLIN},
		{.fd = FD_JOBS, .events = POLLIN},
		{.fd = spool_watch_fd(w->watch), .events = POLLIN}};
	int64_t wait = until_due(w);

	if (poll(fds, countof(fds), (int)(wait / 1000)) == -1 && errno != EINTR)
		log_event(
			LOG_ERROR, "poll", LOG_TEXT("error", strerror(errno)));
	if (fds[0].revents != 0)
		w->stop = true;
	if (fds[1].revents != 0)
		bell_hear(FD_WORK);
}

static void
give_back(struct worker *w)
{
	struct err e;

	for (; w->batch_at < w->batch_count; w->batch_at++)
		if (spool_retry(w->desk.store, &w->batch[w->batch_at],
			    w->desk.owner, clock_now(), &e) == -1)
			log_event(LOG_WARNING, "give-back", LOG_ERR(&e));
}

static bool
is_stopped(void)
{
	struct pollfd p = {.fd = FD_LEASH, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void
rest(void)
{
	struct pollfd p = {.fd = FD_LEASH, .events = POLLIN};

	poll(&p, 1, (int)(SECOND / 1000));
}

static int
start(struct worker *w, const char *name, const char *conf_path, struct err *e)
{
	struct conf *c = role_conf(FD_CONF, conf_path);

	/* gpg's double fork makes it our child: we reap it. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return err_errno(e, "prctl");
	unsetenv("GPGME_DEBUG");
	if (desk_open(&w->desk, c, FD_CONF, name, e) == -1)
		return -1;
	if ((w->watch = spool_watch_open(c->state, e)) == NULL)
		return -1;
	return sandbox_enter(SANDBOX_WORKER, c, NULL, e);
}

int
worker_main(const char *name, const char *conf_path)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	struct err e;

	if (start(w, name, conf_path, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	while (!w->stop && !is_stopped()) {
		if (!reader_is_alive(w->desk.reader)) {
			log_event(LOG_ERROR, "reader-gone");
			return EXIT_FAILURE;
		}
		if (desk_refresh_ring(&w->desk, &e) == -1) {
			/* Without keys nothing can be read or sealed. */
			log_event(LOG_ERROR, "ring", LOG_ERR(&e));
			rest();
		} else if (!run_steps(w)) {
			wait_for_work(w);
		}
	}
	give_back(w);
	desk_close(&w->desk);
	spool_watch_close(&w->watch);
	return EXIT_SUCCESS;
}
