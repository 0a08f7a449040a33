/*
 * past: fills a store as years of reports would have.
 *
 *	past STATE COUNT
 *
 * STATE is the state directory of a service that does not run.  Each of COUNT
 * mails is another person's and opens a case, decided and written by the code
 * of the service; the acknowledgement and the letters to two analysts are
 * written off as handed over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/hash.h"
#include "cases/decide.h"
#include "store/casebook.h"
#include "store/messages.h"
#include "store/persons.h"
#include "store/internal.h"

#define BATCH 500 /* mails in a transaction */
#define BYTES 1000 /* of a mail */
#define AGE (365 * DAY)

struct past {
	struct store *s;
	struct policy_analyst analysts[2];
	struct policy policy;
	char secret[32];
	struct err e;
};

static void
must(const struct past *p, int result)
{
	if (result == -1) {
		fprintf(stderr, "past: %s\n", p->e.text);
		exit(EX_SOFTWARE);
	}
}

static int64_t
add_message(struct past *p, int number, int64_t now, const char *sender)
{
	char bytes[BYTES], id[40];
	struct stored_bytes b = {
		.size = BYTES, .bytes = {bytes, sizeof(bytes)}};
	struct message m = {.form = MESSAGE_RECEIVED,
		.received = now,
		.sender = sender,
		.recipients = "security@example.test\n",
		.spool = "",
		.queue = "",
		.message_id = id,
		.has_identity = true};

	snprintf(id, sizeof(id), "%d@past.test", number);
	random_bytes(bytes, sizeof(bytes));
	b.hash = m.identity = hash_of(b.bytes);
	must(p, message_add(p->s, &m, &b, &p->e));
	return m.id;
}

static void
add_case(struct past *p, int number, int64_t now, struct arena *a)
{
	struct case_file c, *cases[] = {&c};
	struct verdict verdict = {.opened = true, .detail = ""};
	struct mail_delivery delivery = {.status = arena_strdup(a, ""),
		.envelope_id = arena_strdup(a, "")};
	struct ground ground = {.now = now, .policy = &p->policy};
	struct plan plan;
	char *sender = arena_printf(a, "finder@d%d.past.test", number);
	struct mail_input in = {.outer = {.received = now,
					.sender = sender,
					.from = sender,
					.robot = "",
					.key = ""},
		.delivery = &delivery,
		.ticket = "",
		.verdict = &verdict};
	struct plan_context x = {.cause = arena_printf(a, "mail:%d", number),
		.owner = "",
		.now = now,
		.cases = cases,
		.cases_count = 1};

	must(p, person_of_address(p->s, sender, "", &in.person, &p->e));
	in.sender_person = in.person;
	in.message = add_message(p, number, now, sender);
	must(p, case_new(p->s, "EX", now, a, &c, &p->e));
	must(p, case_ground(p->s, &c, in.person, a, &ground, &p->e));
	plan_begin(&plan, a, ground.next_letter);
	must(p, decide_mail(&ground, &c, NULL, &in, &plan, &p->e));
	must(p, case_carry_out(p->s, &plan, &x, &p->e));
}

static void
fill(struct past *p, int count)
{
	int64_t begun = clock_now() - AGE;
	struct arena *a;
	int i;

	for (i = 0; i < count;) {
		a = arena_new();
		must(p, store_begin(p->s, &p->e));
		do
			add_case(p, i, begun + AGE / count * i, a);
		while (++i < count && i % BATCH != 0);
		must(p,
			sql_script(p->s,
				"UPDATE letters SET state = 'handed'"
				" WHERE state = 'ordered'",
				&p->e));
		must(p, store_commit(p->s, &p->e));
		arena_free(&a);
	}
}

int
main(int argc, char **argv)
{
	struct past p = {.policy = {.acknowledge = ACKNOWLEDGE_PLAUSIBLE,
				 .answer_within = 2 * AGE,
				 .embargo = 2 * AGE,
				 .analysts_count = 2}};
	const char *const names[] = {"alice", "bob"};
	int i;

	if (argc != 3) {
		fputs("usage: past STATE COUNT\n", stderr);
		return EX_USAGE;
	}
	hash_open();
	clock_open();
	random_bytes(p.secret, sizeof(p.secret));
	must(&p, store_migrate(argv[1], &p.e));
	p.s = store_open(argv[1], (struct span){p.secret, sizeof(p.secret)},
		"mail.example.test", &p.e);
	must(&p, p.s == NULL ? -1 : 0);
	must(&p, sql_script(p.s, "PRAGMA synchronous = OFF", &p.e));
	must(&p, store_begin(p.s, &p.e));
	for (i = 0; i < 2; i++) {
		p.analysts[i].name = names[i];
		must(&p,
			person_of_analyst(p.s, names[i],
				i == 0 ? "alice@example.test"
				       : "bob@example.test",
				&p.analysts[i].person, &p.e));
	}
	must(&p, store_commit(p.s, &p.e));
	p.policy.analysts = p.analysts;
	fill(&p, (int)strtol(argv[2], NULL, 10));
	/* Else the kernel would still be writing when somebody measures. */
	must(&p,
		sql_script(p.s,
			"PRAGMA synchronous = FULL;"
			"PRAGMA wal_checkpoint(TRUNCATE)",
			&p.e));
	store_close(&p.s);
	return EX_OK;
}
