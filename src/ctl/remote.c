/* Verbs that the daemon answers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "ctl/verb.h"
#include "daemon/service.h"

#define TRIES 3
#define NONCE_BYTES 16
#define REPLY_HEAD_MAX 4096
#define NOT_ALLOWED "5.7.0"

static int
connect_to(const char *path, struct err *e)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return err_errno(e, "socket");
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	if (errno == EACCES)
		err_permanent(e, NOT_ALLOWED,
			"%s: permission denied; you need to be in the group of "
			"the service",
			path);
	else
		err_temporary(e, "4.3.0", "%s: %s; is psirtd running?", path,
			strerror(errno));
	close(fd);
	return -1;
}

static int
send_request(int fd, const struct service_request *r, struct err *e)
{
	struct buf b = BUF_INIT(SERVICE_REQUEST_MAX);
	uint32_t len;
	int result;

	record_encode(&b, &service_request_schema, r);
	len = (uint32_t)b.len;
	result = b.failed
		? err_permanent(e, "5.3.4", "the request is too large")
		: fs_write_all(fd, &len, sizeof(len), e);
	if (result == 0)
		result = fs_write_all(fd, b.data, b.len, e);
	buf_release(&b);
	return result;
}

static int
read_all(int fd, void *data, size_t len, struct err *e)
{
	char *p = data;
	ssize_t n;

	while (len > 0) {
		n = read(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_temporary(e, "4.3.0", "the daemon hung up");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
read_reply(int fd, struct service_reply *r, struct err *e)
{
	struct arena *a = arena_new();
	char head[REPLY_HEAD_MAX];
	uint32_t len;
	int result = read_all(fd, &len, sizeof(len), e);

	if (result == 0 && len > sizeof(head))
		result = err_temporary(e, "4.3.0", "not a psirtd");
	if (result == 0)
		result = read_all(fd, head, len, e);
	if (result == 0)
		result = record_decode(a, (struct span){head, len},
			&service_reply_schema, r, e);
	arena_free(&a);
	return result;
}

static int
copy_stream(int fd, int64_t len, FILE *to, struct err *e)
{
	char chunk[16384];
	size_t n;

	for (; len > 0; len -= (int64_t)n) {
		n = len < (int64_t)sizeof(chunk) ? (size_t)len : sizeof(chunk);
		if (read_all(fd, chunk, n, e) == -1)
			return -1;
		fwrite(chunk, 1, n, to);
	}
	return 0;
}

static int
ask(const char *socket_path, const struct service_request *request,
	struct service_reply *reply, struct err *e)
{
	scoped(close_fd) int fd = connect_to(socket_path, e);

	if (fd == -1 || send_request(fd, request, e) == -1 ||
		read_reply(fd, reply, e) == -1)
		return -1;
	if (copy_stream(fd, reply->out, stdout, e) == -1)
		return -1;
	return copy_stream(fd, reply->err, stderr, e);
}

/* `case new` reads the report from standard input: it is the last word. */
static int
add_standard_input(const struct call *c, struct service_request *request,
	struct buf *text, struct err *e)
{
	char chunk[16384];
	size_t n;

	if (c->argc < 2 || strcmp(c->argv[0], "case") != 0 ||
		strcmp(c->argv[1], "new") != 0 ||
		request->words_count == SERVICE_WORDS_MAX)
		return 0;
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		buf_add(text, chunk, n);
	explicit_bzero(chunk, sizeof(chunk));
	if (text->failed || ferror(stdin))
		return err_permanent(e, "5.3.4",
			"standard input: cannot be read, or has more than %d "
			"bytes",
			SERVICE_WORD_BYTES);
	request->words[request->words_count++].text = text->data;
	return 0;
}

/* One request, again while workers die of it: its nonce makes that harmless. */
static int
ask_until_answered(
	const char *socket_path, struct service_request *request, struct err *e)
{
	char nonce[2 * NONCE_BYTES + 1], random[NONCE_BYTES];
	struct service_reply reply = {.again = true};
	int tries;

	random_bytes(random, sizeof(random));
	hex_of(random, sizeof(random), nonce);
	request->nonce = nonce;
	for (tries = 0; reply.again && tries < TRIES; tries++)
		if (ask(socket_path, request, &reply, e) == -1)
			return strcmp(e->status, NOT_ALLOWED) == 0
				? (verb_fail(e), EX_NOPERM)
				: verb_fail(e);
	if (reply.again) {
		fputs("psirtctl: the daemon's workers died of it; see its "
		      "log\n",
			stderr);
		return EX_TEMPFAIL;
	}
	return fflush(stdout) == 0 ? reply.status : EX_IOERR;
}

int
verb_remote(const struct call *c)
{
	struct conf *conf = verb_conf(c);
	struct service_word words[SERVICE_WORDS_MAX];
	struct service_request request = {.words = words};
	struct buf text = BUF_INIT(SERVICE_WORD_BYTES);
	struct err e;
	int status;

	if (conf == NULL)
		return EX_CONFIG;
	for (; request.words_count < (size_t)c->argc &&
		request.words_count < SERVICE_WORDS_MAX;
		request.words_count++)
		words[request.words_count].text = c->argv[request.words_count];
	status = add_standard_input(c, &request, &text, &e) == -1
		? verb_fail(&e)
		: SERVICE_MORE;
	while (status == SERVICE_MORE)
		status = ask_until_answered(conf->control, &request, &e);
	conf_free(&conf);
	buf_release(&text);
	return status;
}

const struct verb verb_case = {"case",
	"case list [--all | --robots] [--json]\n"
	"case show|log ID [--json]\n"
	"case ID read [N] [--mbox | --attachment K]\n"
	"case ID do [--dry-run] '/COMMAND ...'\n"
	"case new [TITLE] <REPORT",
	"Look at cases, read their messages, give commands.", verb_remote};

const struct verb verb_outbox = {"outbox", "outbox [--json]",
	"List the letters that have not been handed to the MTA.", verb_remote};

const struct verb verb_trace = {"trace",
	"trace QUEUEID|MESSAGE-ID|RECORD [--json]",
	"Show the way of a mail or a letter.", verb_remote};

const struct verb verb_audit = {"audit", "audit verify [--json]",
	"Verify the chain of events and print its head.", verb_remote};

const struct verb verb_purge = {"purge", "purge ID",
	"Forget a closed case but for a stub that can be audited; there is no "
	"way back.",
	verb_remote};

const struct verb verb_rekey = {"rekey", "rekey",
	"Seal what lies in the store to the service's key, after another one "
	"was set in the configuration.",
	verb_remote};
