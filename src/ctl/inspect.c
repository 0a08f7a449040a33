/* psirtctl inspect: everything psirtd sees in a mail, without a store. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/output.h"
#include "ctl/show_hints.h"
#include "ctl/verb.h"
#include "daemon/desk.h"
#include "rules/classify.h"

#define OUT_MAX (256 << 20)

/* --- JSON: a stable interface, documented in psirtctl(1) --- */

static void
json_part(struct output *o, const struct reading *r, size_t i)
{
	const struct mail_part *p = &r->parts[i];
	size_t j;

	output_text(o, "type", p->type);
	output_text(o, "name", p->name[0] != '\0' ? p->name : NULL);
	if (p->size >= 0)
		output_number(o, "size", p->size);
	else
		output_null(o, "size");
	output_text(o, "encoding", part_encoding_name(p->encoding));
	output_text(o, "role", part_role_name(p->role));
	output_array(o, "parts");
	for (j = i + 1; j < r->parts_count; j++) {
		if (r->parts[j].parent != (int)i)
			continue;
		output_object(o, NULL);
		json_part(o, r, j);
		output_end(o);
	}
	output_end(o);
}

static const char *
issuers(const struct signature *s)
{
	return s->chain != NULL && s->chain[0] != '\0' ? s->chain : NULL;
}

static void
json_signatures(struct output *o, const struct verdict *v)
{
	size_t i;

	output_array(o, "signatures");
	for (i = 0; i < v->count; i++) {
		output_object(o, NULL);
		output_text(o, "protocol",
			protocol_name(v->signatures[i].protocol));
		output_text(o, "fingerprint", v->signatures[i].fingerprint);
		output_text(o, "status",
			signature_status_name(v->signatures[i].status));
		output_text(o, "covers",
			signature_covers_name(v->signatures[i].covers));
		output_text(o, "issuers", issuers(&v->signatures[i]));
		output_text(o, "digest", v->signatures[i].digest);
		output_instant(o, "made", v->signatures[i].made);
		output_end(o);
	}
	output_end(o);
}

static void
json_words(struct output *o, const char *key, char *const *words, size_t count)
{
	size_t i;

	output_array(o, key);
	for (i = 0; i < count; i++)
		output_text(o, NULL, words[i]);
	output_end(o);
}

static void
json_senders(struct output *o, const char *key, const struct mail_header *h)
{
	size_t i;

	output_array(o, key);
	for (i = 0; i < h->from_count; i++)
		output_text(o, NULL, h->from[i].address);
	output_end(o);
}

/* Whose words it is, by the header that counts and by the outer one. */
static void
json_header(struct output *o, const struct reading *r)
{
	output_text(o, "subject", r->header.subject);
	json_senders(o, "from", &r->header);
	output_bool(o, "protected", r->protected_header);
	output_text(o, "outer_subject", r->outer.subject);
	json_senders(o, "outer_from", &r->outer);
	output_bool(o, "from_differs", r->from_differs);
}

static void
json_sealed(struct output *o, const struct reading *r)
{
	size_t i;

	output_array(o, "sealed");
	for (i = 0; i < r->sealed_count; i++) {
		output_object(o, NULL);
		output_text(o, "kind", sealed_kind_name(r->sealed[i].kind));
		output_text(o, "state", sealed_state_name(r->sealed[i].state));
		output_bool(o, "whole", r->sealed[i].whole);
		output_end(o);
	}
	output_end(o);
}

static void
json_hints(struct output *o, const struct reader_answer *a)
{
	size_t i;

	output_array(o, "hints");
	for (i = 0; i < a->hints_count; i++)
		json_hint(o, &a->hints[i]);
	output_end(o);
}

/* Without a store: a reply is what bears words of ours. */
static enum mail_class
class_of_mail(const struct opening *op)
{
	const struct reading *r = &op->answer.reading;

	return classify(r, op->answer.hints, op->answer.hints_count,
		r->refs_count + r->case_ids_count + r->case_lines_count > 0);
}

static void
json_authentication(struct output *o, const struct mail_authentication *a)
{
	output_object(o, "authentication");
	output_bool(o, "usable", a->usable);
	output_text(o, "dmarc", auth_result_name(a->dmarc));
	output_text(o, "spf", auth_result_name(a->spf));
	output_bool(o, "dkim_aligned", a->dkim_aligned);
	output_end(o);
}

static void
print_json(const char *file, const struct opening *op)
{
	const struct reading *r = &op->answer.reading;
	struct buf out = BUF_INIT(OUT_MAX);
	struct output *o = output_new();

	output_text(o, "file", file);
	output_text(o, "message_id",
		r->outer.message_id[0] != '\0' ? r->outer.message_id : NULL);
	json_header(o, r);
	if (r->parts_count > 0) {
		output_object(o, "structure");
		json_part(o, r, 0);
		output_end(o);
	} else {
		output_null(o, "structure");
	}
	output_text(
		o, "encrypted", encrypted_extent_name(op->verdict.encrypted));
	output_bool(o, "opened", op->verdict.opened);
	output_text(o, "problem",
		op->verdict.problem != PROBLEM_NONE
			? seal_problem_name(op->verdict.problem)
			: NULL);
	output_bool(o, "malleable", op->verdict.malleable);
	output_text(o, "detail",
		op->verdict.problem != PROBLEM_NONE ? op->verdict.detail
						    : NULL);
	json_words(o, "repairs", r->repairs, r->repairs_count);
	json_sealed(o, r);
	json_signatures(o, &op->verdict);
	output_text(o, "class", class_name(class_of_mail(op)));
	output_bool(o, "robot", r->robot[0] != '\0');
	output_text(o, "robot_reason", r->robot[0] != '\0' ? r->robot : NULL);
	json_authentication(o, &r->authentication);
	output_text(o, "new_text", r->new_text);
	output_text(o, "quoted_text", r->quoted_text);
	json_hints(o, &op->answer);
	output_null(o, "command");
	json_words(o, "limits", r->limits, r->limits_count);
	output_finish(&o, &out);
	fputs(out.data, stdout);
	buf_release(&out);
}

/* --- for people --- */

static void
print_parts(const struct reading *r, size_t i, int depth)
{
	const struct mail_part *p = &r->parts[i];
	size_t j;

	printf("%*s%s", 2 * depth, "", p->type);
	if (p->name[0] != '\0')
		printf(" \"%s\"", p->name);
	if (p->size >= 0)
		printf(", %lld bytes", (long long)p->size);
	printf(", %s\n", part_role_name(p->role));
	for (j = i + 1; j < r->parts_count; j++)
		if (r->parts[j].parent == (int)i)
			print_parts(r, j, depth + 1);
}

static void
print_signatures(const struct verdict *v)
{
	const struct signature *s;
	char made[INSTANT_TEXT];
	size_t i;

	for (i = 0; i < v->count; i++) {
		s = &v->signatures[i];
		printf("Signature: %s, covers %s, by %s, %s, made %s\n",
			signature_status_name(s->status),
			signature_covers_name(s->covers),
			s->fingerprint[0] != '\0' ? s->fingerprint : "?",
			s->digest[0] != '\0' ? s->digest : "?",
			s->made != 0 ? instant_iso(s->made, made)
				     : "at no time that it says");
		if (issuers(s) != NULL)
			printf("Certificate: %s%s\n", s->chain,
				s->chain_complete ? "" : " (incomplete)");
	}
}

/* The sender, and the outer one when it is another. */
static void
print_senders(const struct reading *r)
{
	const struct mail_header *h = &r->header, *outer = &r->outer;

	printf("From: %s\n", h->from_count > 0 ? h->from[0].address : "");
	if (r->from_differs)
		printf("Outer From, another: %s\n",
			outer->from_count > 0 ? outer->from[0].address : "");
}

static void
print_text(const char *file, const struct opening *op)
{
	const struct reading *r = &op->answer.reading;
	const struct verdict *v = &op->verdict;
	size_t i;

	printf("%s\nSubject: %s\n", file, r->header.subject);
	print_senders(r);
	printf("Encrypted: %s%s\n", encrypted_extent_name(v->encrypted),
		v->encrypted == ENCRYPTED_NONE ? ""
			: v->opened	       ? ", opened"
					       : ", NOT OPENED");
	if (v->problem != PROBLEM_NONE)
		printf("Problem: %s: %s %s\n", seal_problem_name(v->problem),
			seal_problem_text(v->problem), v->detail);
	if (v->malleable)
		puts("Could have been altered on its way without a trace");
	print_signatures(v);
	if (r->robot[0] != '\0')
		printf("Robot: %s\n", r->robot);
	for (i = 0; i < r->repairs_count; i++)
		printf("Damaged on its way, and mended: %s\n", r->repairs[i]);
	printf("Class: %s\n", class_name(class_of_mail(op)));
	if (r->authentication.usable)
		printf("Authentication: dmarc=%s spf=%s\n",
			auth_result_name(r->authentication.dmarc),
			auth_result_name(r->authentication.spf));
	for (i = 0; i < r->limits_count; i++)
		printf("Limit reached: %s\n", r->limits[i]);
	if (r->parts_count > 0)
		print_parts(r, 0, 0);
	for (i = 0; i < op->answer.hints_count; i++) {
		printf("Hint: ");
		print_hint(&op->answer.hints[i]);
		printf("\n");
	}
	printf("\n%s\n", r->new_text);
	if (r->quoted_text[0] != '\0')
		printf("\n[quoted]\n%s\n", r->quoted_text);
}

/* --- the verb --- */

/* A mailbox of one mail begins with a line that is not the mail's. */
static int
load(const char *path, int64_t max, int *fd_r, struct err *e)
{
	struct buf text = BUF_INIT((size_t)max);
	const char *lf;
	size_t skip = 0;
	int result = fs_read_file(path, &text, e);

	if (result == 0 && text.len > 5 && memcmp(text.data, "From ", 5) == 0 &&
		(lf = memchr(text.data, '\n', text.len)) != NULL)
		skip = (size_t)(lf + 1 - text.data);
	if (result == 0 && (result = fs_memory_file("mail", fd_r, e)) == 0)
		result = fs_write_all(
			*fd_r, text.data + skip, text.len - skip, e);
	buf_release(&text);
	return result;
}

static int
inspect_file(struct desk *d, const char *path, bool json)
{
	struct opener by = desk_opener(d);
	scoped(close_fd) int fd = -1;
	struct opening op;
	struct err e;
	int64_t size;

	if (load(path, d->conf->message_size, &fd, &e) == -1) {
		verb_fail(&e);
		return EX_NOINPUT;
	}
	if (fs_size(fd, &size, &e) == -1 ||
		opening_open(&by, fd, size, &op, &e) == -1)
		return verb_fail(&e);
	if (json)
		print_json(path, &op);
	else
		print_text(path, &op);
	opening_release(&op);
	return EX_OK;
}

static int
open_desk(struct desk *d, const struct conf *conf, const char *path,
	int *conf_fd, struct err *e)
{
	/* gpg's double fork makes it our child: we reap it. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		return err_errno(e, "prctl");
	if ((*conf_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	return desk_open_crypto(d, conf, *conf_fd, e);
}

static int
run(const struct call *c)
{
	scoped(close_fd) int conf_fd = -1;
	struct desk d = {.conf = NULL};
	struct conf *conf;
	bool json = false;
	int i, one, status = EX_OK, files = 0;
	struct err e;

	for (i = 1; i < c->argc; i++) {
		if (strcmp(c->argv[i], "--json") == 0)
			json = true;
		else
			files++;
	}
	if (files == 0)
		return -1;
	if ((conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if (!verb_as_service(c, conf)) {
		conf_free(&conf);
		return EX_NOPERM;
	}
	if (open_desk(&d, conf, c->conf_path, &conf_fd, &e) == -1) {
		conf_free(&conf);
		return verb_fail(&e);
	}
	for (i = 1; i < c->argc; i++) {
		if (strcmp(c->argv[i], "--json") == 0)
			continue;
		one = inspect_file(&d, c->argv[i], json);
		status = one != EX_OK ? one : status;
	}
	desk_close(&d);
	conf_free(&conf);
	return status;
}

const struct verb verb_inspect = {"inspect", "inspect [--json] FILE...",
	"Show everything that psirtd sees in a mail, without filing it.", run};
