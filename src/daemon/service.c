#include "daemon/service.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/packet.h"
#include "daemon/service_call.h"
#include "store/persons.h"

enum job_fd {
	FD_REQUEST,
	FD_OUT,
	FD_ERR,
	FD_STATUS,
	FD__COUNT
};

static const struct record_field word_fields[] = {
	FIELD_TEXT(1, struct service_word, text, SERVICE_WORD_BYTES),
};
static const struct record_schema service_word_schema =
	SCHEMA_OF(service_word, word_fields);

static const struct record_field request_fields[] = {
	FIELD_LIST(1, struct service_request, words, words_count,
		&service_word_schema, SERVICE_WORDS_MAX),
	FIELD_LINE(2, struct service_request, nonce, SERVICE_NONCE_MAX),
};
const struct record_schema service_request_schema =
	SCHEMA_OF(service_request, request_fields);

static const struct record_field job_fields[] = {
	FIELD_LINE(1, struct service_job, analyst, 100),
};
const struct record_schema service_job_schema =
	SCHEMA_OF(service_job, job_fields);

static const struct record_field reply_fields[] = {
	FIELD_INT64(1, struct service_reply, out, 0, SERVICE_OUT_MAX),
	FIELD_INT64(2, struct service_reply, err, 0, SERVICE_OUT_MAX),
	FIELD_INT(3, struct service_reply, status, 0, 255),
	FIELD_BOOL(4, struct service_reply, again),
};
const struct record_schema service_reply_schema =
	SCHEMA_OF(service_reply, reply_fields);

/* --- for the verbs --- */

int
service_fail(struct service_call *s, const struct err *e)
{
	buf_printf(&s->err, "psirtctl: %s\n", e->text);
	if (e->kind == ERR_PERMANENT)
		return EX_DATAERR;
	return e->kind == ERR_BUG ? EX_SOFTWARE : EX_TEMPFAIL;
}

int
service_usage(struct service_call *s, const char *usage)
{
	buf_printf(&s->err, "usage: psirtctl %s\n", usage);
	return EX_USAGE;
}

const char *
service_name(void *arg, int64_t person)
{
	struct service_call *s = arg;
	struct person p;
	struct err e;

	if (person_get(s->desk->store, person, s->arena, &p, &e) != 1)
		return NULL;
	return p.analyst[0] != '\0' ? p.analyst : p.address;
}

static void
take_out(struct service_call *s, size_t at, size_t n)
{
	s->count -= n;
	memmove(&s->words[at], &s->words[at + n],
		(s->count - at) * sizeof(*s->words));
}

bool
service_flag(struct service_call *s, const char *flag)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (strcmp(s->words[i], flag) == 0) {
			take_out(s, i, 1);
			return true;
		}
	}
	return false;
}

const char *
service_option(struct service_call *s, const char *option)
{
	const char *value;
	size_t i;

	for (i = 0; i + 1 < s->count; i++) {
		if (strcmp(s->words[i], option) == 0) {
			value = s->words[i + 1];
			take_out(s, i, 2);
			return value;
		}
	}
	return NULL;
}

/* --- the verbs --- */

static const struct {
	const char *name;
	int (*run)(struct service_call *s, int64_t id);
} case_verbs[] = {
	{"show", service_case_show},
	{"log", service_case_log},
	{"read", service_case_read},
	{"do", service_case_do},
};

static bool
is_case_verb(const char *word)
{
	size_t i;

	for (i = 0; i < countof(case_verbs); i++)
		if (strcmp(word, case_verbs[i].name) == 0)
			return true;
	return false;
}

/* `case show ID` means `case ID show`. */
static void
put_id_first(struct service_call *s)
{
	char *verb;

	if (s->count < 2 || !is_case_verb(s->words[0]))
		return;
	verb = s->words[0];
	s->words[0] = s->words[1];
	s->words[1] = verb;
}

static int
service_case(struct service_call *s)
{
	struct err e;
	int64_t id;
	size_t i;
	int found;

	put_id_first(s);
	if (s->count == 0 || strcmp(s->words[0], "list") == 0) {
		if (s->count > 0)
			take_out(s, 0, 1);
		return service_case_list(s);
	}
	if (strcmp(s->words[0], "new") == 0) {
		take_out(s, 0, 1);
		return service_case_new(s);
	}
	found = case_find(s->desk->store, s->words[0], &id, &e);
	if (found == -1)
		return service_fail(s, &e);
	if (found == 0) {
		buf_printf(&s->err,
			"psirtctl: there is no case %s; `psirtctl "
			"case list --all` lists them\n",
			s->words[0]);
		return EX_NOUSER;
	}
	take_out(s, 0, 1);
	for (i = 0; i < countof(case_verbs); i++) {
		if (s->count > 0 &&
			strcmp(s->words[0], case_verbs[i].name) == 0) {
			take_out(s, 0, 1);
			return case_verbs[i].run(s, id);
		}
	}
	return service_usage(s, "case ID show|log|read|do");
}

static const struct {
	const char *name;
	int (*run)(struct service_call *s);
} verbs[] = {
	{"case", service_case},
	{"outbox", service_outbox},
	{"trace", service_trace},
	{"audit", service_audit},
	{"purge", service_purge},
	{"key", service_key},
	{"rekey", service_rekey},
};

static int
run_verb(struct service_call *s)
{
	const char *verb;
	size_t i;

	if (s->count == 0)
		return service_usage(s, "VERB ...");
	verb = s->words[0];
	s->json = service_flag(s, "--json");
	take_out(s, 0, 1);
	for (i = 0; i < countof(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].run(s);
	buf_printf(&s->err, "psirtctl: the daemon knows no verb %s\n", verb);
	return EX_USAGE;
}

/* --- one job --- */

static const struct policy_analyst *
actor_named(const struct desk *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->policy.analysts_count; i++)
		if (strcmp(d->policy.analysts[i].name, name) == 0)
			return &d->policy.analysts[i];
	return NULL;
}

static int
prepare(struct service_call *s, const struct packet *p, struct err *e)
{
	struct buf request = BUF_INIT(SERVICE_REQUEST_MAX);
	struct service_request r;
	struct service_job job;
	int result = -1;

	if (p->count != FD__COUNT)
		err_bug(e, "control: %d descriptors", p->count);
	else if (record_decode(s->arena, buf_view(&p->bytes),
			 &service_job_schema, &job, e) == 0 &&
		fs_read_fd(p->fds[FD_REQUEST], "request", &request, e) == 0)
		result = record_decode(s->arena,
			(struct span){
				arena_dup(s->arena, request.data, request.len),
				request.len},
			&service_request_schema, &r, e);
	buf_release(&request);
	if (result == -1)
		return -1;
	s->words = arena_calloc(s->arena, r.words_count, sizeof(*s->words));
	for (s->count = 0; s->count < r.words_count; s->count++)
		s->words[s->count] = r.words[s->count].text;
	s->nonce = r.nonce;
	s->actor = actor_named(s->desk, job.analyst);
	if (s->actor == NULL)
		return err_permanent(e, "5.7.0",
			"%s is not an analyst of the configuration",
			job.analyst);
	return 0;
}

static int
answer(const struct service_call *s, const struct packet *p, int status,
	struct err *e)
{
	char byte = (char)status;

	if (fs_write_all(p->fds[FD_OUT], s->out.data, s->out.len, e) == -1 ||
		fs_write_all(p->fds[FD_ERR], s->err.data, s->err.len, e) == -1)
		return -1;
	return fs_write_all(p->fds[FD_STATUS], &byte, 1, e);
}

int
service_serve(struct desk *d, int socket, struct err *e)
{
	struct service_call s = {.desk = d, .arena = arena_new()};
	struct packet p;
	int got, status;

	buf_init(&s.out, SERVICE_OUT_MAX);
	buf_init(&s.err, SERVICE_OUT_MAX);
	packet_init(&p);
	got = packet_receive(socket, &p, 0, e);
	if (got == -1 && strcmp(e->status, "4.4.1") == 0)
		got = 0;
	if (got == 1) {
		status = prepare(&s, &p, e) == -1 ? service_fail(&s, e)
						  : run_verb(&s);
		got = answer(&s, &p, status, e) == -1 ? -1 : 1;
		/* The asker need not wait for the letters. */
		packet_release(&p);
		if (s.has_decided)
			pipeline_seal(d, &s.decided.plan, NULL);
	}
	packet_release(&p);
	buf_release(&s.out);
	buf_release(&s.err);
	arena_free(&s.arena);
	return got;
}
