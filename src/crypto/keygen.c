#include "crypto/keygen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "crypto/agent.h"
#include "crypto/cms.h"

#define ARGS_MAX 24
#define OUTPUT_MAX 262144
#define HOME_MAX 200
#define CONTAINER_MAX 262144
#define EXIT_CANNOT_RUN 126

static void
become(char *const *argv, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	/* What it complains about goes to ours. */
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(EXIT_CANNOT_RUN);
}

/* Run a program to its end; what it writes is appended to OUT. */
static int
run(const char *const *args, struct buf *out, struct err *e)
{
	char *argv[ARGS_MAX + 1] = {NULL};
	scoped(close_fd) int fd = -1;
	size_t i;
	pid_t pid;
	int status;

	for (i = 0; i < ARGS_MAX && args[i] != NULL; i++)
		argv[i] = (char *)args[i];
	if (fs_memory_file("output", &fd, e) == -1)
		return -1;
	if ((pid = fork()) == -1)
		return err_errno(e, "fork");
	if (pid == 0)
		become(argv, fd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_permanent(
			e, "5.3.5", "%s failed; see above", argv[0]);
	return out != NULL ? fs_read_fd(fd, argv[0], out, e) : 0;
}

/* The fingerprint of the first secret key that a colon listing tells of. */
static int
find_fingerprint(
	const char *listing, char fingerprint[static 48], struct err *e)
{
	const char *line = strstr(listing, "\nfpr:");

	if (line == NULL ||
		sscanf(line, "\nfpr:%*[^0-9A-F]%40[0-9A-F]", fingerprint) != 1)
		return err_permanent(e, "5.3.5", "no secret key was found");
	return 0;
}

static int
export_minimal(const char *home, const char *fingerprint, struct buf *public,
	struct err *e)
{
	const char *args[] = {GPG, "--homedir", home, "--batch", "--armor",
		"--export-options", "export-minimal", "--export", fingerprint,
		NULL};

	return run(args, public, e);
}

static int
tell_openpgp(const char *home, char fingerprint[static 48], struct buf *public,
	struct err *e)
{
	const char *list[] = {GPG, "--homedir", home, "--batch",
		"--with-colons", "--list-secret-keys", NULL};
	struct buf listing = BUF_INIT(OUTPUT_MAX);
	int result = run(list, &listing, e);

	if (result == 0)
		result = find_fingerprint(listing.data, fingerprint, e);
	if (result == 0)
		result = export_minimal(home, fingerprint, public, e);
	buf_release(&listing);
	return result;
}

/* Which key has just been made: there may be others in the home. */
static int
find_created(const char *status, char fingerprint[static 48], struct err *e)
{
	const char *line = strstr(status, "[GNUPG:] KEY_CREATED ");

	if (line == NULL ||
		sscanf(line, "[GNUPG:] KEY_CREATED %*c %40[0-9A-F]",
			fingerprint) != 1)
		return err_permanent(e, "5.3.5", "no key was made");
	return 0;
}

int
keygen_openpgp(const char *home, const char *user_id,
	char fingerprint[static 48], struct buf *public, struct err *e)
{
	const char *args[] = {GPG, "--homedir", home, "--batch", "--quiet",
		"--yes", "--status-fd", "1", "--pinentry-mode", "loopback",
		"--passphrase", "", "--quick-generate-key", user_id,
		"future-default", "default", "never", NULL};
	struct buf status = BUF_INIT(OUTPUT_MAX);
	int result = run(args, &status, e);

	if (result == 0)
		result = find_created(status.data, fingerprint, e);
	if (result == 0)
		result = export_minimal(home, fingerprint, public, e);
	buf_release(&status);
	return result;
}

int
keygen_import_openpgp(const char *home, const char *file,
	char fingerprint[static 48], struct buf *public, struct err *e)
{
	const char *args[] = {GPG, "--homedir", home, "--batch", "--quiet",
		"--pinentry-mode", "loopback", "--passphrase", "", "--import",
		file, NULL};

	if (run(args, NULL, e) == -1)
		return err_prefix(e, "%s", file);
	return tell_openpgp(home, fingerprint, public, e);
}

/* The agent of HOME: the one that is there, or one that ends with
 * keygen_end(). */
static int
give_to_agent(
	const char *home, const struct agent_secret *secret, struct err *e)
{
	const char *launch[] = {
		"gpgconf", "--homedir", home, "--launch", "gpg-agent", NULL};
	char path[HOME_MAX];

	snprintf(path, sizeof(path), "%s/S.gpg-agent", home);
	if (run(launch, NULL, e) == -1)
		return -1;
	return agent_import(path, secret, e);
}

int
keygen_import_smime(const char *home, const char *file, const char *passphrase,
	char fingerprint[static 48], struct buf *public, struct err *e)
{
	struct buf bytes = BUF_INIT(CONTAINER_MAX);
	struct arena *a = arena_new();
	struct cms_container c;
	int result = fs_read_file(file, &bytes, e);

	if (result == 0)
		result = cms_read_container(
			buf_view(&bytes), passphrase, a, &c, e);
	if (result == 1 && give_to_agent(home, &c.secret, e) == -1)
		result = -1;
	if (result == 1) {
		snprintf(fingerprint, 48, "%s", c.facts.fingerprint);
		buf_puts(public, c.certificates);
	}
	buf_release(&bytes);
	arena_free(&a);
	return result == -1 ? err_prefix(e, "%s", file) : result;
}

/* Each secret key of the listing but FIRST, in an armor of its own. */
static int
export_others(const char *home, const char *listing, const char *first,
	struct buf *public, struct err *e)
{
	const char *at = listing;
	char fingerprint[48];

	for (; (at = strstr(at, "sec:")) != NULL; at++) {
		if (at != listing && at[-1] != '\n')
			continue;
		if (find_fingerprint(at, fingerprint, e) == -1)
			return -1;
		if (strcmp(fingerprint, first) != 0 &&
			export_minimal(home, fingerprint, public, e) == -1)
			return -1;
	}
	return 0;
}

static int
extend(const char *home, const char *fingerprint, const char *span,
	struct buf *public, struct err *e)
{
	const char *key[] = {GPG, "--homedir", home, "--batch", "--quiet",
		"--pinentry-mode", "loopback", "--passphrase", "",
		"--quick-set-expire", fingerprint, span, NULL};
	const char *subkeys[] = {GPG, "--homedir", home, "--batch", "--quiet",
		"--pinentry-mode", "loopback", "--passphrase", "",
		"--quick-set-expire", fingerprint, span, "*", NULL};
	const char *list[] = {GPG, "--homedir", home, "--batch",
		"--with-colons", "--list-secret-keys", NULL};
	struct buf listing = BUF_INIT(OUTPUT_MAX);
	int result = -1;

	if (run(key, NULL, e) == 0 && run(subkeys, NULL, e) == 0 &&
		export_minimal(home, fingerprint, public, e) == 0 &&
		run(list, &listing, e) == 0)
		result = export_others(
			home, listing.data, fingerprint, public, e);
	buf_release(&listing);
	return result;
}

bool
keygen_agent_runs(const char *home)
{
	char socket_path[HOME_MAX];
	struct err ignored;

	snprintf(socket_path, sizeof(socket_path), "%s/S.gpg-agent", home);
	return agent_check(socket_path, &ignored) == 0;
}

int
keygen_renew(const char *home, const char *fingerprint, const char *span,
	struct buf *public, struct err *e)
{
	bool runs = keygen_agent_runs(home);
	int result = extend(home, fingerprint, span, public, e);
	if (!runs)
		keygen_end(home);
	return result;
}

void
keygen_end(const char *home)
{
	const char *args[] = {
		"gpgconf", "--homedir", home, "--kill", "gpg-agent", NULL};
	struct err e;

	if (run(args, NULL, &e) == -1)
		fprintf(stderr, "psirtctl: %s\n", e.text);
}
