#include "crypto/agent.h"

#include <assuan.h>
#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"

#define GREETING_MS 10000
#define GREETING_MAX 1000 /* a line of libassuan */
#define BACKLOG 64
#define USE_SECONDS 60 /* a key on a slow machine, and a queue */
#define ANSWER_MAX 16384
#define FIRST_FD 3 /* sd_listen_fds(3): SD_LISTEN_FDS_START */

static int
fill_address(struct sockaddr_un *sun, const char *path, struct err *e)
{
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(sun->sun_path))
		return err_permanent(e, "5.3.5",
			"%s: socket paths end at %zu bytes", path,
			sizeof(sun->sun_path) - 1);
	memcpy(sun->sun_path, path, strlen(path) + 1);
	return 0;
}

/* The whole line: an agent must not be writing still when we hang up. */
static bool
is_greeted(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char line[GREETING_MAX];
	size_t len = 0;
	ssize_t n;

	do {
		if (len == sizeof(line) || poll(&p, 1, GREETING_MS) != 1)
			return false;
		if ((n = read(fd, line + len, sizeof(line) - len)) <= 0)
			return false;
		len += (size_t)n;
	} while (memchr(line, '\n', len) == NULL);
	return len >= 3 && memcmp(line, "OK ", 3) == 0;
}

int
agent_check(const char *socket_path, struct err *e)
{
	struct sockaddr_un sun;
	scoped(close_fd) int fd = -1;

	if (fill_address(&sun, socket_path, e) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return err_errno(e, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		return err_errno(e, "gpg-agent at %s", socket_path);
	if (!is_greeted(fd))
		return err_temporary(e, "4.3.0",
			"gpg-agent at %s does not answer", socket_path);
	return 0;
}

/* Each binds its socket anew. */
int64_t
agent_incarnation(const char *socket_path)
{
	struct stat st;

	if (stat(socket_path, &st) == -1)
		return 0;
	return st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
}

/* --- the private operation --- */

#define GRIP_BYTES 20
#define HASH_MAX 64
#define WRAP_BYTES 8 /* RFC 3394: blocks, and what it adds */

/* For scoped(). */
static void
release_sexp(gcry_sexp_t *s)
{
	gcry_sexp_release(*s);
}

static void
release_assuan(assuan_context_t *ctx)
{
	if (*ctx != NULL)
		assuan_release(*ctx);
}

/* For scoped(). */
static void
release_mpi(gcry_mpi_t *n)
{
	gcry_mpi_release(*n);
}

/* As S-expressions have it: a zero in front if the first bit is set. */
static gcry_mpi_t
number_of(struct span bytes)
{
	gcry_mpi_t n = NULL;

	if (gcry_mpi_scan(&n, GCRYMPI_FMT_USG, bytes.data, bytes.len, NULL) !=
		0)
		abort(); /* only memory can be short here */
	return n;
}

/* The name by which the agent files a key. */
static bool
grip_of(const struct agent_key *k, char hex[static 2 * GRIP_BYTES + 1])
{
	scoped(release_sexp) gcry_sexp_t key = NULL;
	scoped(release_mpi) gcry_mpi_t n = number_of(k->modulus);
	scoped(release_mpi) gcry_mpi_t exponent = number_of(k->exponent);
	unsigned char grip[GRIP_BYTES];
	gcry_error_t error;

	error = k->curve[0] == '\0'
		? gcry_sexp_build(&key, NULL, "(public-key(rsa(n%m)(e%m)))", n,
			  exponent)
		: gcry_sexp_build(&key, NULL, "(public-key(ecc(curve%s)(q%b)))",
			  k->curve, (int)k->point.len, k->point.data);
	if (error != 0 || gcry_pk_get_keygrip(key, grip) == NULL)
		return false;
	hex_of(grip, sizeof(grip), hex);
	return true;
}

/* Without the flag, the agent would answer in an older form. */
static bool
question_of(const struct agent_key *k, struct span in, struct buf *out)
{
	scoped(release_sexp) gcry_sexp_t s = NULL;
	scoped(release_mpi) gcry_mpi_t n = number_of(in);
	const char *form = k->curve[0] == '\0'
		? "(enc-val(flags raw)(rsa(a%m)))"
		: "(enc-val(ecdh(e%m)))";
	char *text;
	size_t size;

	if (gcry_sexp_build(&s, NULL, form, n) != 0)
		return false;
	size = gcry_sexp_sprint(s, GCRYSEXP_FMT_CANON, NULL, 0);
	text = xcalloc(1, size + 1);
	size = gcry_sexp_sprint(s, GCRYSEXP_FMT_CANON, text, size + 1);
	buf_add(out, text, size);
	free(text);
	return !out->failed;
}

/* "(value ...)" */
static bool
take_value(const struct buf *answer, struct buf *out)
{
	scoped(release_sexp) gcry_sexp_t s = NULL;
	scoped(release_sexp) gcry_sexp_t value = NULL;
	const char *data;
	size_t len = 0;

	if (gcry_sexp_new(&s, answer->data, answer->len, 1) != 0 ||
		(value = gcry_sexp_find_token(s, "value", 0)) == NULL ||
		(data = gcry_sexp_nth_data(value, 1, &len)) == NULL)
		return false;
	/* A number has a zero in front if its first bit is set. */
	while (len > 0 && *data == '\0') {
		data++;
		len--;
	}
	buf_add(out, data, len);
	return !out->failed;
}

static gpg_error_t
take_data(void *arg, const void *data, size_t len)
{
	struct buf *answer = arg;

	buf_add(answer, data, len);
	return answer->failed ? gpg_error(GPG_ERR_TOO_LARGE) : 0;
}

/* A connection, and what is said when the agent asks for WORD. */
struct talk {
	assuan_context_t ctx;
	const char *word;
	struct buf text;
};

static gpg_error_t
answer_inquiry(void *arg, const char *line)
{
	const struct talk *t = arg;

	if (strncmp(line, t->word, strlen(t->word)) == 0)
		return assuan_send_data(t->ctx, t->text.data, t->text.len);
	/* No passphrase: an empty one. */
	if (strstr(line, "PASSPHRASE") != NULL)
		return 0;
	return gpg_error(GPG_ERR_ASS_UNKNOWN_INQUIRE);
}

static gpg_error_t
connect_to(struct talk *t, const char *socket_path)
{
	struct timeval patience = {.tv_sec = USE_SECONDS};
	assuan_fd_t fds[2];
	gpg_error_t error;

	assuan_set_gpg_err_source(GPG_ERR_SOURCE_USER_1);
	if ((error = assuan_new(&t->ctx)) != 0 ||
		(error = assuan_socket_connect(
			 t->ctx, socket_path, ASSUAN_INVALID_PID, 0)) != 0)
		return error;
	/* An agent that hangs must not hang us. */
	if (assuan_get_active_fds(t->ctx, 0, fds, countof(fds)) > 0)
		(void)setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof(patience));
	return 0;
}

static gpg_error_t
say(struct talk *t, const char *command, struct buf *answer)
{
	return assuan_transact(t->ctx, command, take_data, answer,
		answer_inquiry, t, NULL, NULL);
}

static int
fail(struct err *e, const char *socket_path, gpg_error_t error)
{
	return err_temporary(e, "4.3.0", "gpg-agent at %s: %s (%s)",
		socket_path, gpg_strerror(error), gpg_strsource(error));
}

/* The agent answered, and what it said is about the key or the ciphertext. */
static bool
is_refusal(gpg_error_t error)
{
	switch (gpg_err_code(error)) {
	case GPG_ERR_NO_SECKEY:
	case GPG_ERR_NOT_FOUND:
	case GPG_ERR_INV_DATA:
	case GPG_ERR_INV_OBJ:
	case GPG_ERR_DECRYPT_FAILED:
	case GPG_ERR_WRONG_PUBKEY_ALGO:
		return true;
	default:
		return false;
	}
}

int
agent_use(const char *socket_path, const struct agent_key *k, struct span in,
	struct buf *out, struct err *e)
{
	struct talk t = {.word = "CIPHERTEXT", .text = BUF_INIT(ANSWER_MAX)};
	struct buf answer = BUF_INIT(ANSWER_MAX);
	char grip[2 * GRIP_BYTES + 1], set[16 + 2 * GRIP_BYTES];
	gpg_error_t error;
	int result = 0;

	if (!grip_of(k, grip) || !question_of(k, in, &t.text))
		goto done;
	snprintf(set, sizeof(set), "SETKEY %s", grip);
	if ((error = connect_to(&t, socket_path)) == 0 &&
		(error = say(&t, set, &answer)) == 0)
		error = say(&t, "PKDECRYPT", &answer);
	if (error == 0)
		result = take_value(&answer, out) ? 1 : 0;
	else if (!is_refusal(error))
		result = fail(e, socket_path, error);
done:
	release_assuan(&t.ctx);
	buf_release(&t.text);
	buf_release(&answer);
	return result;
}

/* A number of "(sig-val(rsa(s ...)))", with zeros in front up to WIDTH. */
static bool
take_number(gcry_sexp_t s, const char *name, size_t width, struct buf *out)
{
	scoped(release_sexp) gcry_sexp_t token =
		gcry_sexp_find_token(s, name, 0);
	const char *data;
	size_t len = 0;

	if (token == NULL ||
		(data = gcry_sexp_nth_data(token, 1, &len)) == NULL)
		return false;
	while (len > 0 && *data == '\0') {
		data++;
		len--;
	}
	for (; width > len; width--)
		buf_putc(out, '\0');
	buf_add(out, data, len);
	return !out->failed;
}

static bool
take_signature(
	const struct buf *answer, const struct agent_key *k, struct buf *out)
{
	scoped(release_sexp) gcry_sexp_t s = NULL;
	size_t width = k->point.len / 2; /* 4, x, y */

	if (gcry_sexp_new(&s, answer->data, answer->len, 1) != 0)
		return false;
	if (k->curve[0] == '\0')
		return take_number(s, "s", 0, out);
	return take_number(s, "r", width, out) &&
		take_number(s, "s", width, out);
}

int
agent_sign(const char *socket_path, const struct agent_key *k,
	const char *digest, struct span hash, struct buf *out, struct err *e)
{
	struct talk t = {.word = "-", .text = BUF_INIT(ANSWER_MAX)};
	struct buf answer = BUF_INIT(ANSWER_MAX);
	char grip[2 * GRIP_BYTES + 1], set[16 + 2 * GRIP_BYTES];
	char hex[2 * HASH_MAX + 1], command[2 * HASH_MAX + 40];
	gpg_error_t error;
	int result = 0;

	if (hash.len > HASH_MAX || !grip_of(k, grip))
		return err_bug(e, "agent: not a key that signs");
	hex_of(hash.data, hash.len, hex);
	snprintf(set, sizeof(set), "SETKEY %s", grip);
	snprintf(command, sizeof(command), "SETHASH --hash=%s %s", digest, hex);
	if ((error = connect_to(&t, socket_path)) == 0 &&
		(error = say(&t, set, &answer)) == 0 &&
		(error = say(&t, command, &answer)) == 0)
		error = say(&t, "PKSIGN", &answer);
	if (error != 0)
		result = fail(e, socket_path, error);
	else if (!take_signature(&answer, k, out))
		result = err_temporary(e, "4.3.0",
			"gpg-agent at %s: not a signature", socket_path);
	release_assuan(&t.ctx);
	buf_release(&answer);
	return result;
}

/* --- keys for it --- */

/* The numbers of a secret key. */
static bool
secret_sexp(const struct agent_secret *s, gcry_sexp_t *sexp_r)
{
	const struct agent_key *k = &s->public;
	scoped(release_mpi) gcry_mpi_t n = number_of(k->modulus);
	scoped(release_mpi) gcry_mpi_t exponent = number_of(k->exponent);
	scoped(release_mpi) gcry_mpi_t d = number_of(s->d);
	scoped(release_mpi) gcry_mpi_t p = number_of(s->p);
	scoped(release_mpi) gcry_mpi_t q = number_of(s->q);
	scoped(release_mpi) gcry_mpi_t u = number_of(s->u);

	if (k->curve[0] != '\0')
		return gcry_sexp_build(sexp_r, NULL,
			       "(private-key(ecc(curve%s)(q%b)(d%m)))",
			       k->curve, (int)k->point.len, k->point.data,
			       d) == 0;
	return gcry_sexp_build(sexp_r, NULL,
		       "(private-key(rsa(n%m)(e%m)(d%m)(p%m)(q%m)(u%m)))", n,
		       exponent, d, p, q, u) == 0;
}

/* Wrapped by AES (RFC 3394) with the key that the agent gave for it. */
static bool
wrap(const struct agent_secret *s, const struct buf *key, struct buf *out)
{
	scoped(release_sexp) gcry_sexp_t sexp = NULL;
	gcry_cipher_hd_t cipher = NULL;
	size_t size, padded;
	char *text, *wrapped;
	bool good;

	if (!secret_sexp(s, &sexp))
		return false;
	size = gcry_sexp_sprint(sexp, GCRYSEXP_FMT_CANON, NULL, 0);
	padded = (size + WRAP_BYTES - 1) / WRAP_BYTES * WRAP_BYTES;
	text = xcalloc(1, padded + WRAP_BYTES);
	wrapped = xcalloc(1, padded + WRAP_BYTES);
	gcry_sexp_sprint(sexp, GCRYSEXP_FMT_CANON, text, size);
	good = gcry_cipher_open(&cipher, GCRY_CIPHER_AES128,
		       GCRY_CIPHER_MODE_AESWRAP, 0) == 0 &&
		gcry_cipher_setkey(cipher, key->data, key->len) == 0 &&
		gcry_cipher_encrypt(cipher, wrapped, padded + WRAP_BYTES, text,
			padded) == 0;
	if (good)
		buf_add(out, wrapped, padded + WRAP_BYTES);
	gcry_cipher_close(cipher);
	explicit_bzero(text, padded);
	free(text);
	free(wrapped);
	return good && !out->failed;
}

int
agent_import(
	const char *socket_path, const struct agent_secret *s, struct err *e)
{
	struct talk t = {.word = "KEYDATA", .text = BUF_INIT(ANSWER_MAX)};
	struct buf key = BUF_INIT(ANSWER_MAX);
	gpg_error_t error;
	int result = 0;

	if ((error = connect_to(&t, socket_path)) == 0 &&
		(error = say(&t, "OPTION pinentry-mode=loopback", &key)) == 0)
		error = say(&t, "KEYWRAP_KEY --import", &key);
	if (error == 0 && !wrap(s, &key, &t.text))
		result = err_permanent(e, "5.7.5", "not a key for gpg-agent");
	else if (error == 0)
		error = say(&t, "IMPORT_KEY", &key);
	if (error != 0 && gpg_err_code(error) != GPG_ERR_EEXIST)
		result = fail(e, socket_path, error);
	release_assuan(&t.ctx);
	buf_release(&t.text);
	buf_release(&key);
	return result;
}

/* --- the agent as a child --- */

static int
bind_at(const char *path, mode_t mode, struct err *e)
{
	struct sockaddr_un sun;
	int fd;

	if (fill_address(&sun, path, e) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return err_errno(e, "socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		chmod(path, mode) == -1 || listen(fd, BACKLOG) == -1) {
		close(fd);
		return err_errno(e, "%s", path);
	}
	return fd;
}

int
agent_exec(const char *home, const char *socket_path, struct err *e)
{
	char own[128], pid[24];
	int std, extra;

	snprintf(own, sizeof(own), "%s/S.gpg-agent", home);
	if ((std = bind_at(own, 0600, e)) == -1 ||
		(extra = bind_at(socket_path, 0660, e)) == -1)
		return -1;
	/* Move both out of the way first: either may lie where the other
	 * belongs. */
	if ((std = fcntl(std, F_DUPFD, 10)) == -1 ||
		(extra = fcntl(extra, F_DUPFD, 10)) == -1 ||
		dup2(std, FIRST_FD) == -1 || dup2(extra, FIRST_FD + 1) == -1)
		return err_errno(e, "dup2");
	close(std);
	close(extra);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "std:extra", 1);
	/* Supervised, it leaves this to its parent: a client that is gone (a
	 * gpg that ran out of time) would be its end. */
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	execl(GPG_AGENT, "gpg-agent", "--homedir", home, "--supervised",
		"--no-detach", "--quiet", (char *)NULL);
	return err_errno(e, "%s", GPG_AGENT);
}
