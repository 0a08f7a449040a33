/* The worker's side of psirtd-cms, and rows of engines[]; see crypto/cms.h. */
#include "crypto/cms.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/packet.h"
#include "crypto/cms_parts.h"
#include "crypto/cms_protocol.h"

#define PROGRAM "psirtd-cms"
#define EXIT_CANNOT_RUN 126
#define QUESTIONS_MAX 64

/* One call: the process, and what it is told. */
struct call {
	const struct engine_options *o;
	struct arena *a;
	struct cms_request q;
	int input, output; /* the caller's; OUTPUT is -1 if there is none */
	int socket;
	pid_t pid;
	int64_t until; /* monotonic */
	struct buf own;
	int own_fd;
	struct cms_word word;
};

/* --- the process --- */

static void
become(const struct call *c, int socket, pid_t parent)
{
	char path[4096], seconds[24];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(socket, STDIN_FILENO) == -1)
		_exit(EXIT_CANNOT_RUN);
	snprintf(path, sizeof(path), "%s/" PROGRAM, c->o->programs);
	snprintf(seconds, sizeof(seconds), "%lld",
		(long long)(c->o->seconds / SECOND));
	execl(path, PROGRAM, seconds, (char *)NULL);
	perror(path);
	_exit(EXIT_CANNOT_RUN);
}

static int
start(struct call *c, struct err *e)
{
	pid_t parent = getpid();
	int pair[2];

	if (packet_pair(pair, e) == -1)
		return -1;
	c->socket = pair[0];
	if ((c->pid = fork()) == 0)
		become(c, pair[1], parent);
	close(pair[1]);
	return c->pid == -1 ? err_errno(e, "fork " PROGRAM) : 0;
}

/* It has nothing that would be lost. */
static void
end(struct call *c, int *status)
{
	close_fd(&c->socket);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, status, 0) == -1 && errno == EINTR)
		;
}

/* It must not be able to change what it reads. */
static int
read_only(int fd, int *fd_r, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((*fd_r = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	return 0;
}

static int
send_request(struct call *c, struct err *e)
{
	scoped(close_fd) int input = -1;
	int fds[CMS_FD__COUNT];

	if (read_only(c->input, &input, e) == -1)
		return -1;
	fds[CMS_FD_INPUT] = fds[CMS_FD_OUTPUT] = input;
	if (c->output != -1)
		fds[CMS_FD_OUTPUT] = c->output;
	fds[CMS_FD_OWN] = c->own_fd;
	return packet_send(
		c->socket, &cms_request_schema, &c->q, fds, CMS_FD__COUNT, e);
}

/* --- its questions --- */

static int
read_own(struct call *c, struct err *e)
{
	struct buf path = BUF_INIT(4096);
	int result = fs_memory_file("own", &c->own_fd, e);

	buf_printf(&path, "%s/smime/own.pem", c->o->ring);
	if (result == 0 && c->q.operation == CMS_DECRYPT)
		result = fs_read_file(path.data, &c->own, e);
	if (result == 0)
		result = fs_write_all(c->own_fd, c->own.data, c->own.len, e);
	buf_release(&path);
	return result;
}

/* Only of our own certificates, whatever it says: it names one by number. */
static int
use_key(struct call *c, struct buf *out, struct err *e)
{
	STACK_OF(X509) *own = cms_parse_all(buf_view(&c->own));
	X509 *x = sk_X509_value(own, c->word.key);
	struct agent_key k;
	int used = 0;

	if (x != NULL && cms_agent_key(X509_get0_pubkey(x), c->a, &k))
		used = agent_use(
			c->o->agent_socket, &k, c->word.secret, out, e);
	sk_X509_pop_free(own, X509_free);
	return used;
}

static int
answer_question(struct call *c, struct err *e)
{
	struct buf out = BUF_INIT(CMS_SECRET_MAX);
	struct cms_reply reply = {.refused = true};
	int used = use_key(c, &out, e);

	if (used == 1)
		reply = (struct cms_reply){.secret = buf_view(&out)};
	if (used != -1)
		used = packet_send(
			c->socket, &cms_reply_schema, &reply, NULL, 0, e);
	buf_release(&out);
	return used;
}

/* --- its answer --- */

/* Whatever it ended by is data: the message is what it died of. */
static int
conclude(struct call *c, enum seal_problem problem, const char *detail)
{
	c->word = (struct cms_word){.problem = problem,
		.detail = arena_strdup(c->a, detail),
		.certificate = arena_strdup(c->a, "")};
	return 0;
}

/* It closed the socket without an answer. */
static int
blame(struct call *c, struct err *e)
{
	char text[80];
	int status = 0;

	end(c, &status);
	if (WIFEXITED(status))
		return err_temporary(e, "4.3.0", PROGRAM ": exit status %d",
			WEXITSTATUS(status));
	snprintf(text, sizeof(text), PROGRAM ": died of signal %d (%s)",
		WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
	/* That is somebody else's doing. */
	if (WTERMSIG(status) == SIGKILL)
		return err_temporary(e, "4.3.0", "%s", text);
	return conclude(c,
		WTERMSIG(status) == SIGXCPU ? PROBLEM_TIMED_OUT
					    : PROBLEM_DAMAGED,
		text);
}

/* 1 with the next word, 0 with the last one, which is ours, or -1. */
static int
next_word(struct call *c, struct err *e)
{
	int64_t left = c->until - clock_monotonic();
	struct packet p;
	struct span bytes;
	struct err why;
	int got, decoded = -1;

	packet_init(&p);
	got = packet_receive(c->socket, &p, left > 0 ? left : 0, &why);
	if (got == 1) {
		bytes = (struct span){
			arena_dup(c->a, p.bytes.data, p.bytes.len),
			p.bytes.len};
		decoded = record_decode(
			c->a, bytes, &cms_word_schema, &c->word, &why);
	}
	packet_release(&p);
	if (got == 1)
		return decoded == 0
			? 1
			: conclude(c, PROBLEM_DAMAGED, PROGRAM ": nonsense");
	if (got == -1 && clock_monotonic() >= c->until)
		return conclude(c, PROBLEM_TIMED_OUT, "");
	return blame(c, e);
}

static int
talk(struct call *c, struct err *e)
{
	int got, asked = 0;

	if (send_request(c, e) == -1)
		return -1;
	for (;;) {
		if ((got = next_word(c, e)) != 1)
			return got;
		if (!c->word.asks)
			return 0;
		if (asked++ == QUESTIONS_MAX)
			return conclude(c, PROBLEM_DAMAGED,
				PROGRAM ": asks without an end");
		if (answer_question(c, e) == -1)
			return -1;
	}
}

static int
run(struct call *c, struct err *e)
{
	int result, status;

	c->socket = c->own_fd = -1;
	c->until = clock_monotonic() + c->o->deadline;
	buf_init(&c->own, CMS_OWN_MAX);
	result = read_own(c, e);
	if (result == 0)
		result = start(c, e);
	if (result == 0) {
		result = talk(c, e);
		if (c->socket != -1)
			end(c, &status);
	}
	close_fd(&c->own_fd);
	buf_release(&c->own);
	return result;
}

/* --- the rows --- */

/* What it says that it wrote is held against what there is. */
static int
take_output(struct call *c, struct crypto_output *out, int64_t before,
	struct err *e)
{
	int64_t size;

	if (fs_size(out->fd, &size, e) == -1)
		return -1;
	out->written = size - before;
	if (c->word.problem == PROBLEM_NONE && out->written > out->max)
		c->word.problem = PROBLEM_TOO_LARGE;
	return 0;
}

/* What claims to be a signature and is none is not taken for unsigned. */
static void
note_no_signature(struct arena *a, struct unsealed *u)
{
	u->count = 1;
	u->signatures = arena_alloc(a, sizeof(*u->signatures));
	*u->signatures = (struct signature){.protocol = PROTOCOL_SMIME,
		.status = SIGNATURE_ERROR,
		.covers = COVERS_NOTHING,
		.fingerprint = "",
		.digest = "",
		.chain = ""};
}

static int
call(struct engine *g, struct call *c, struct crypto_output *out,
	struct arena *a, struct unsealed *u, struct err *e)
{
	int64_t before = 0;

	*u = (struct unsealed){.problem = PROBLEM_NONE};
	c->o = engine_options(g);
	c->a = a;
	c->q.now = clock_now();
	c->output = out != NULL ? out->fd : -1;
	if (out != NULL && (fs_size(out->fd, &before, e) == -1))
		return -1;
	if (run(c, e) == -1 ||
		(out != NULL && take_output(c, out, before, e) == -1))
		return -1;
	u->problem = c->word.problem;
	u->detail = c->word.detail;
	u->malleable = c->word.malleable;
	u->signatures = c->word.signatures;
	u->count = c->word.count;
	if (u->count == 0 && c->q.operation != CMS_DECRYPT)
		note_no_signature(a, u);
	else if (u->count == 1 && c->word.certificate[0] != '\0')
		u->certificate =
			(struct signer_certificate){.pem = c->word.certificate,
				.address = c->word.address,
				.expires = c->word.expires,
				.can_encrypt = c->word.usable};
	return 0;
}

int
cms_decrypt(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e)
{
	struct call c = {.input = in->fd,
		.q = {.operation = CMS_DECRYPT,
			.at = in->at,
			.len = in->len,
			.max = out->max}};

	return call(g, &c, out, a, u, e);
}

int
cms_verify(struct engine *g, const struct crypto_input *signed_bytes,
	const struct crypto_input *signature, struct arena *a,
	struct unsealed *u, struct err *e)
{
	struct call c = {.input = signature->fd,
		.q = {.operation = CMS_VERIFY,
			.at = signature->at,
			.len = signature->len,
			.content_at = signed_bytes->at,
			.content_len = signed_bytes->len}};

	if (signature->fd != signed_bytes->fd)
		return err_bug(e, "signature and content lie in two files");
	return call(g, &c, NULL, a, u, e);
}

int
cms_open(struct engine *g, const struct crypto_input *in,
	struct crypto_output *out, struct arena *a, struct unsealed *u,
	struct err *e)
{
	struct call c = {.input = in->fd,
		.q = {.operation = CMS_OPEN,
			.at = in->at,
			.len = in->len,
			.max = out->max}};

	return call(g, &c, out, a, u, e);
}

int
cms_examine_apart(const struct engine_options *o, struct span certificate,
	struct arena *a, struct key_facts *k, struct err *e)
{
	struct call c = {.o = o,
		.a = a,
		.output = -1,
		.q = {.operation = CMS_EXAMINE,
			.len = (int64_t)certificate.len,
			.now = clock_now()}};
	scoped(close_fd) int fd = -1;

	if (fs_memory_file("certificate", &fd, e) == -1 ||
		fs_write_all(fd, certificate.data, certificate.len, e) == -1)
		return -1;
	c.input = fd;
	if (certificate.len == 0 || run(&c, e) == -1)
		return certificate.len == 0
			? err_permanent(e, "5.7.5", "no certificate in it")
			: -1;
	if (c.word.problem != PROBLEM_NONE)
		return err_permanent(e, "5.7.5", "no certificate in it");
	*k = (struct key_facts){.protocol = PROTOCOL_SMIME,
		.fingerprint = c.word.fingerprint,
		.address = c.word.address,
		.minimal = c.word.certificate,
		.created = c.word.created,
		.expires = c.word.expires,
		.usable = c.word.usable};
	return 0;
}
