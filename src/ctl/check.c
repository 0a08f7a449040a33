/* psirtctl check: what is wrong, why it matters, how to mend it. */
#include "ctl/check.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "ctl/verb.h"
#include "daemon/sandbox.h"
#include "daemon/spool_log.h"
#include "daemon/supervisor.h"
#include "rules/version.h"
#include "store/border.h"
#include "store/clocks.h"
#include "store/letters.h"

#define GREETING_MS 5000
#define DPKG_STATUS "/var/lib/dpkg/status"
#define DPKG_STATUS_MAX (64 << 20)
#define PCRE2_LEAST "10.42-1+deb12u2" /* as in contrib/deps */
#define TEXT_BYTES 500
#define SPOOL_AGE (10 * MINUTE)

void
check_tell(struct checkup *k, enum finding finding, const char *what,
	const char *mend, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "warning", "PROBLEM"};
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->bad += finding == FINDING_BAD;
	k->warnings += finding == FINDING_WARNING;
	if (k->json) {
		output_object(k->o, NULL);
		output_text(k->o, "finding",
			finding == FINDING_BAD ? "problem" : words[finding]);
		output_text(k->o, "what", what);
		output_text(k->o, "text", text);
		output_text(k->o, "mend", mend[0] != '\0' ? mend : NULL);
		output_end(k->o);
		return;
	}
	printf("%s: %s: %s\n", words[finding], what, text);
	if (mend[0] != '\0')
		printf("    mend: %s\n", mend);
}

/* --- files --- */

static void
check_directory(struct checkup *k, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		check_tell(k, FINDING_BAD, path, "psirtctl init makes it", "%s",
			strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		check_tell(k, FINDING_BAD, path,
			"remove it and run psirtctl init",
			"it is not a directory");
	else if (st.st_uid != geteuid())
		check_tell(k, FINDING_BAD, path,
			"chown it to the service's user",
			"it belongs to somebody else");
	else if (st.st_mode & 077)
		check_tell(k, FINDING_BAD, path, "chmod 700 it",
			"others can look into it (mode %o)",
			(unsigned int)st.st_mode & 0777);
	else
		check_tell(k, FINDING_GOOD, path, "", "is ours alone");
}

static void
check_files(struct checkup *k)
{
	const struct conf *c = k->conf;
	int64_t room;
	struct err e;

	check_directory(k, c->state);
	if (c->agent_start)
		check_directory(k, c->agent_home);
	if (fs_free_space(c->state, &room, &e) == -1)
		check_tell(k, FINDING_BAD, "disk", "", "%s", e.text);
	else if (room < c->spool_reserve)
		check_tell(k, FINDING_BAD, "disk",
			"free some space, or lower [limits] spool_reserve",
			"%lld MB are free, less than spool_reserve: mail is "
			"answered 452",
			(long long)(room >> 20));
	else
		check_tell(k, FINDING_GOOD, "disk", "", "%lld MB are free",
			(long long)(room >> 20));
	if (supervisor_check(c, &e) == -1)
		check_tell(k, FINDING_BAD, "rules and templates",
			"correct the file that is named", "%s", e.text);
	else
		check_tell(k, FINDING_GOOD, "rules and templates", "",
			"all can be used");
}

/* The version of the Debian package NAME in the text of dpkg's status; empty
 * when it is not there. */
static struct span
version_in(struct span status, const char *name)
{
	struct buf head = BUF_INIT(200);
	const char *at, *end, *version = NULL;
	struct span none = {"", 0};

	buf_printf(&head, "\nPackage: %s\n", name);
	at = memmem(status.data, status.len, head.data, head.len);
	buf_release(&head);
	if (at == NULL)
		return none;
	status.len -= (size_t)(at + 1 - status.data);
	status.data = at + 1;
	end = memmem(status.data, status.len, "\n\n", 2);
	if (end != NULL)
		status.len = (size_t)(end - status.data);
	version = memmem(status.data, status.len, "\nVersion: ", 10);
	if (version == NULL)
		return none;
	version += 10;
	end = memchr(
		version, '\n', status.len - (size_t)(version - status.data));
	return (struct span){version,
		end != NULL ? (size_t)(end - version)
			    : status.len - (size_t)(version - status.data)};
}

/* The rules run on strangers' text: the library has to have its fixes. */
static void
check_pcre2(struct checkup *k)
{
	struct buf status = BUF_INIT(DPKG_STATUS_MAX);
	struct span version = {"", 0};
	struct err e;

	if (fs_read_file(DPKG_STATUS, &status, &e) == 0)
		version = version_in(buf_view(&status), "libpcre2-8-0");
	if (version.len == 0)
		check_tell(k, FINDING_WARNING, "PCRE2",
			"see to it that it has the fixes of "
			"Debian's " PCRE2_LEAST,
			"no Debian package: its version is not known");
	else if (version_compare(VERSION_DEB, version, SPAN(PCRE2_LEAST)) < 0)
		check_tell(k, FINDING_BAD, "PCRE2",
			"apt-get install libpcre2-8-0",
			"%.*s lacks security fixes that " PCRE2_LEAST " has",
			(int)version.len, version.data);
	else
		check_tell(k, FINDING_GOOD, "PCRE2", "", "%.*s has its fixes",
			(int)version.len, version.data);
	buf_release(&status);
}

struct spool_age {
	struct checkup *check;
	int count;
};

static int
note_segment(void *arg, const char *segment)
{
	struct spool_age *a = arg;
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s/spool/%s.log", a->check->conf->state,
		segment);
	if (stat(path, &st) == 0 &&
		clock_now() - st.st_mtim.tv_sec * SECOND > SPOOL_AGE)
		a->count++;
	return 0;
}

static void
check_spool(struct checkup *k)
{
	struct spool_age a = {.check = k};
	struct err e;

	if (spool_segments(k->conf->state, note_segment, &a, &e) == -1)
		check_tell(k, FINDING_BAD, "spool", "", "%s", e.text);
	else if (a.count > 0)
		check_tell(k, FINDING_WARNING, "spool",
			"look for mail-retry in the log of psirtd",
			"%d segment(s) are older than 10 minutes: mail is not "
			"being filed",
			a.count);
	else
		check_tell(k, FINDING_GOOD, "spool", "", "nothing waits in it");
}

/* --- neighbours --- */

static int
connect_unix(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		close_fd(&fd);
	return fd;
}

/* HOST:PORT */
static int
connect_inet(const char *place)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *ai;
	const char *colon = strrchr(place, ':');
	char host[256];
	int fd = -1;

	if (colon == NULL)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - place), place);
	if (getaddrinfo(host, colon + 1, &hints, &ai) != 0)
		return -1;
	fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, ai->ai_addr, ai->ai_addrlen) == -1)
		close_fd(&fd);
	freeaddrinfo(ai);
	return fd;
}

static bool
greets(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char code[3];

	return fd != -1 && poll(&p, 1, GREETING_MS) == 1 &&
		read(fd, code, sizeof(code)) == sizeof(code) &&
		memcmp(code, "220", sizeof(code)) == 0;
}

/* unix:PATH or inet:HOST:PORT */
static int
connect_place(const char *place)
{
	return strncmp(place, "unix:", 5) == 0 ? connect_unix(place + 5)
					       : connect_inet(place + 5);
}

static void
check_lmtp(struct checkup *k, const char *place)
{
	int fd = connect_place(place);

	if (greets(fd))
		check_tell(k, FINDING_GOOD, place, "", "LMTP answers");
	else
		check_tell(k, FINDING_BAD, place, "start psirtd; see its log",
			"no LMTP answers there");
	close_fd(&fd);
}

/* A milter says nothing before it is asked what it wants (version 6). */
static bool
negotiates(int fd)
{
	static const unsigned char question[] = {0, 0, 0, 13, 'O', 0, 0, 0, 6,
		0, 0, 1, 0xff, 0, 0x1f, 0xff, 0xff};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char reply[5];

	return fd != -1 &&
		send(fd, question, sizeof(question), MSG_NOSIGNAL) ==
		sizeof(question) &&
		poll(&p, 1, GREETING_MS) == 1 &&
		read(fd, reply, sizeof(reply)) == sizeof(reply) &&
		reply[4] == 'O';
}

static void
check_milter(struct checkup *k, const char *place)
{
	int fd;

	if (place[0] == '\0')
		return;
	fd = connect_place(place);
	if (negotiates(fd))
		check_tell(k, FINDING_GOOD, place, "", "the milter answers");
	else
		check_tell(k, FINDING_BAD, place,
			"start psirtd; see its log.  Until then Postfix "
			"answers 451 to all mail",
			"no milter answers there");
	close_fd(&fd);
}

static void
check_courier(struct checkup *k)
{
	const char *place = k->conf->deliver;
	int fd;

	if (strncmp(place, "directory:", 10) == 0) {
		if (access(place + 10, W_OK) == 0)
			check_tell(k, FINDING_WARNING, "courier",
				"set [courier] deliver = smtp:127.0.0.1:PORT",
				"letters go into %s, not to anybody",
				place + 10);
		else
			check_tell(k, FINDING_BAD, "courier",
				"make it, and let the service write into it",
				"%s: %s", place + 10, strerror(errno));
		return;
	}
	fd = strncmp(place, "smtp:", 5) == 0 ? connect_inet(place + 5) : -1;
	if (greets(fd))
		check_tell(k, FINDING_GOOD, "courier", "", "%s answers", place);
	else
		check_tell(k, FINDING_BAD, "courier",
			"start Postfix, or set [courier] deliver to its port",
			"no SMTP answers at %s: letters wait", place);
	close_fd(&fd);
}

static void
check_neighbours(struct checkup *k)
{
	int fd = connect_unix(k->conf->control);
	size_t i;

	if (fd == -1)
		check_tell(k, FINDING_BAD, "psirtd", "start it; see its log",
			"it does not answer at %s", k->conf->control);
	else
		check_tell(k, FINDING_GOOD, "psirtd", "", "it runs");
	close_fd(&fd);
	for (i = 0; i < k->conf->listen.count; i++)
		check_lmtp(k, k->conf->listen.word[i]);
	check_milter(k, k->conf->milter_listen);
	check_courier(k);
	if (sandbox_landlock() == 0)
		check_tell(k, FINDING_WARNING, "sandbox",
			"use a kernel with Landlock (5.13 or newer)",
			"seccomp is in force, but the kernel has no Landlock: "
			"the walls between files are missing");
	else
		check_tell(k, FINDING_GOOD, "sandbox", "",
			"seccomp and Landlock version %d are in force",
			sandbox_landlock());
}

/* The workers' comparison.  Without psirtd it means nothing: at the next start
 * the clock is trusted, and the machine may have been started since. */
static void
check_clock(struct checkup *k)
{
	scoped(close_fd) int fd = connect_unix(k->conf->control);
	int64_t jump;
	struct err e;

	if (fd == -1)
		return;
	if (clocks_jumped(k->desk.store, clock_ahead(), &jump, &e) == -1)
		check_tell(k, FINDING_BAD, "store", "", "%s", e.text);
	else if (jump != 0)
		check_tell(k, FINDING_BAD, "clock",
			"set it right; if it is right now, reload psirtd",
			"it was set %s by %lld seconds while psirtd ran: no "
			"embargo ends and nobody is reminded",
			jump > 0 ? "forward" : "back",
			(long long)((jump > 0 ? jump : -jump) / SECOND));
}

/* Without it, whose name is forged cannot be told. */
static void
check_border(struct checkup *k)
{
	int64_t with, without, day = clock_now() - DAY;
	struct err e;

	if (border_last(k->desk.store, &with, &without, &e) == -1)
		check_tell(k, FINDING_BAD, "store", "", "%s", e.text);
	else if (with >= day)
		check_tell(k, FINDING_GOOD, "border", "",
			"mail bears Authentication-Results of %s",
			k->conf->authserv_id);
	else if (without < day)
		check_tell(k, FINDING_GOOD, "border", "",
			"no mail has come within a day");
	else
		check_tell(k, FINDING_WARNING, "border",
			"install opendkim, opendmarc and an SPF policy (or "
			"rspamd) as milters of Postfix, let them remove "
			"foreign fields, and set [service] authserv_id to the "
			"name that they write: psirtd(8), ROBOTS AND FORGERIES",
			"no mail of the last day bears a usable "
			"Authentication-Results of %s: forged mail is "
			"acknowledged like any other",
			k->conf->authserv_id);
}

static int
tell_letter(void *arg, const struct letter *l)
{
	struct checkup *k = arg;

	if (l->state == LETTER_WAITING || l->state == LETTER_FAILED)
		check_tell(k, FINDING_WARNING, l->public_id,
			l->state == LETTER_WAITING
				? "give the reader a key, or write to them "
				  "another way"
				: "write again when the reason is gone",
			"letter %lld (%s) to person %lld is %s: %s",
			(long long)l->order.letter,
			letter_kind_name(l->order.kind),
			(long long)l->order.person, letter_state_name(l->state),
			l->outcome);
	return 0;
}

/* --- the verb --- */

static int
open_desk(struct checkup *k, const char *path, struct err *e)
{
	scoped(close_fd) int fd = -1;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
		fs_make_dirs(k->conf->runtime, 0750, e) == -1)
		return err_errno(e, "%s", k->conf->runtime);
	if (desk_open_store(&k->desk, k->conf, "check", e) == -1)
		return -1;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_errno(e, "%s", path);
	return desk_open_crypto(&k->desk, k->conf, fd, e);
}

static void
check_all(struct checkup *k, const char *path)
{
	struct err e;

	check_files(k);
	check_pcre2(k);
	check_spool(k);
	if (open_desk(k, path, &e) == -1) {
		check_tell(k, FINDING_BAD, "store and keys",
			"mend what is named; run this as the service's user",
			"%s", e.text);
	} else {
		check_keys(k);
		check_clock(k);
		check_border(k);
		if (letters_list(k->desk.store, 0, tell_letter, k, &e) == -1)
			check_tell(k, FINDING_BAD, "store", "", "%s", e.text);
		desk_close(&k->desk);
	}
	check_neighbours(k);
}

static int
run(const struct call *c)
{
	struct checkup k = {
		.json = c->argc == 2 && strcmp(c->argv[1], "--json") == 0};
	struct buf out = BUF_INIT(1 << 20);

	if (c->argc > 2 || (c->argc == 2 && !k.json))
		return -1;
	if ((k.conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if (!verb_as_service(c, k.conf)) {
		conf_free(&k.conf);
		return EX_NOPERM;
	}
	if (k.json) {
		k.o = output_new();
		output_array(k.o, "findings");
	}
	check_all(&k, c->conf_path);
	if (k.json) {
		output_end(k.o);
		output_number(k.o, "problems", k.bad);
		output_number(k.o, "warnings", k.warnings);
		output_finish(&k.o, &out);
		fputs(out.data, stdout);
	} else {
		printf("%d problem(s), %d warning(s)\n", k.bad, k.warnings);
	}
	buf_release(&out);
	conf_free(&k.conf);
	return k.bad > 0 ? EX_CONFIG : EX_OK;
}

const struct verb verb_check = {"check", "check [--json]",
	"Say what is wrong, why it matters and how to mend it (as the "
	"service's user).",
	run};
