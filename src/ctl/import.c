/* psirtctl import: mails and mailboxes, through the spool like all others. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/output.h"
#include "ctl/verb.h"
#include "daemon/intake.h"
#include "daemon/spool_log.h"
#include "mail/mbox.h"

#define CHUNK_BYTES 65536
#define SYNC_MAILS 100 /* mails that share one fsync */
#define PROGRESS_EVERY (SECOND / 5)
#define PATH_BYTES 4096
#define OUT_MAX (1 << 20)

struct import {
	const struct conf *conf;
	struct spool_writer *writer;
	struct output *json; /* NULL: plain text */
	bool terminal; /* somebody waits and looks */
	int status;
	int64_t mails, refused; /* of all */
	/* Of the file that is being read. */
	const char *path;
	int64_t number; /* of the mail in it */
	struct spool_message *message; /* NULL: refused */
	int64_t size;
	struct spool_item last;
	struct err problem;
	int64_t unsynced, told;
};

/* --- what the operator sees --- */

static void
clear_progress(struct import *im)
{
	if (im->terminal && im->told != 0)
		fputs("\r\033[K", stderr);
	im->told = 0;
}

static void
tell_progress(struct import *im)
{
	int64_t now = clock_monotonic();

	if (!im->terminal || now - im->told < PROGRESS_EVERY)
		return;
	im->told = now;
	fprintf(stderr, "\r%s: %lld mails\033[K", im->path,
		(long long)im->mails);
}

static void
complain(struct import *im, int status, const char *text)
{
	clear_progress(im);
	im->status = status;
	fprintf(stderr, "psirtctl: %s: %s\n", im->path, text);
}

/* --- mails, as mail/mbox.h finds them --- */

/*
 * The envelope sender is null: what is imported came long ago, and its sender
 * is not to be surprised by an acknowledgement.
 */
static int
on_begin(void *arg)
{
	struct import *im = arg;
	char *recipients[] = {im->conf->address};
	struct envelope env = {.received = clock_now(),
		.recipients = recipients,
		.recipients_count = 1};

	if (!intake_has_room(im->conf, im->conf->message_size))
		return err_temporary(&im->problem, "4.3.1",
			"the disk is too full (spool_reserve)");
	im->number++;
	im->size = 0;
	im->message = spool_begin(im->writer, &env);
	return 0;
}

static int
on_data(void *arg, const char *data, size_t len)
{
	struct import *im = arg;

	if (im->message == NULL)
		return 0;
	im->size += (int64_t)len;
	if (im->size > im->conf->message_size) {
		spool_abort(&im->message);
		return 0;
	}
	return spool_add(im->message, data, len, &im->problem);
}

static int
sync_mails(struct import *im)
{
	if (spool_sync(im->writer, &im->problem) == -1)
		return -1;
	im->mails += im->unsynced;
	im->unsynced = 0;
	spool_rotate(im->writer, clock_monotonic());
	return 0;
}

static int
on_end(void *arg)
{
	struct import *im = arg;
	char text[80];

	if (im->message == NULL) {
		im->refused++;
		snprintf(text, sizeof(text),
			"mail %lld is larger than message_size",
			(long long)im->number);
		complain(im, EX_UNAVAILABLE, text);
		return 0;
	}
	if (spool_commit(&im->message, &im->last, &im->problem) == -1)
		return -1;
	im->unsynced++;
	if (im->unsynced >= SYNC_MAILS && sync_mails(im) == -1)
		return -1;
	tell_progress(im);
	return 0;
}

/* --- files --- */

static int
feed(struct import *im, struct mbox *m, int fd)
{
	char chunk[CHUNK_BYTES];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (mbox_feed(m, chunk, (size_t)n) == -1)
			return -1;
	if (n == -1)
		return err_errno(&im->problem, "read");
	return mbox_finish(m);
}

/* Mails of the file, one or many: *MBOX_R says which form it had. */
static int
read_file(struct import *im, int fd, bool *mbox_r)
{
	static const struct mbox_events events = {on_begin, on_data, on_end};
	struct mbox *m = mbox_new(&events, im);
	int result;

	im->number = 0;
	result = feed(im, m, fd);
	*mbox_r = mbox_is_mbox(m);
	spool_abort(&im->message);
	mbox_free(&m);
	return result;
}

static int
visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* One of a Maildir: a file that is no file, or has gone, is passed over. */
static int
read_entry(struct import *im, int dir, const char *name)
{
	scoped(close_fd) int fd =
		openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool mbox;

	if (fd == -1 && errno == ENOENT)
		return 0; /* a mail reader has moved it to other flags */
	if (fd == -1) {
		complain(im, EX_NOINPUT, strerror(errno));
		return 0;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	return read_file(im, fd, &mbox);
}

/* The names are instants: by name is in the order of arrival. */
static int
read_half(struct import *im, int maildir, const char *half)
{
	const char *path = im->path;
	char name[PATH_BYTES];
	struct dirent **list;
	int dir, count, i, result = 0;

	dir = openat(maildir, half, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 ||
		(count = scandirat(dir, ".", &list, visible, alphasort)) ==
			-1) {
		close_fd(&dir);
		return err_permanent(&im->problem, "5.3.5",
			"no mail, mbox or Maildir: %s/ cannot be read: %s",
			half, strerror(errno));
	}
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s/%s", path, half,
			list[i]->d_name);
		im->path = name;
		if (result == 0)
			result = read_entry(im, dir, list[i]->d_name);
		im->path = path;
		free(list[i]);
	}
	free(list);
	close_fd(&dir);
	return result;
}

static int
read_maildir(struct import *im, int fd)
{
	return read_half(im, fd, "cur") == -1 ? -1 : read_half(im, fd, "new");
}

/* --- arguments --- */

static void
tell(struct import *im, const char *form, int64_t mails, int64_t refused)
{
	char number[SPOOL_NUMBER_MAX];

	clear_progress(im);
	if (im->json != NULL) {
		output_object(im->json, NULL);
		output_text(im->json, "file", im->path);
		output_text(im->json, "form", form);
		output_number(im->json, "mails", mails);
		output_number(im->json, "refused", refused);
		output_end(im->json);
	} else if (strcmp(form, "mail") != 0) {
		printf("%s: %lld mails spooled, %lld refused\n", im->path,
			(long long)mails, (long long)refused);
	} else if (mails > 0) {
		printf("%s: spooled as %s\n", im->path,
			spool_number(&im->last, number));
	}
}

static void
import_path(struct import *im)
{
	scoped(close_fd) int fd = open(im->path, O_RDONLY | O_CLOEXEC);
	int64_t mails = im->mails, refused = im->refused;
	const char *form = "mail";
	bool mbox = false;
	struct stat st;
	int result;

	if (fd == -1 || fstat(fd, &st) == -1) {
		complain(im, EX_NOINPUT, strerror(errno));
		return;
	}
	result = S_ISDIR(st.st_mode) ? read_maildir(im, fd)
				     : read_file(im, fd, &mbox);
	if (S_ISDIR(st.st_mode))
		form = "Maildir";
	else if (mbox)
		form = "mbox";
	/* Also what came before a failure has come. */
	if (im->unsynced > 0 && sync_mails(im) == -1)
		result = -1;
	if (result == -1)
		complain(im,
			im->problem.kind == ERR_TEMPORARY ? EX_TEMPFAIL
							  : EX_NOINPUT,
			im->problem.text);
	tell(im, form, im->mails - mails, im->refused - refused);
}

static void
import_all(struct import *im, char **paths, int count)
{
	struct buf out = BUF_INIT(OUT_MAX);
	int i;

	if (im->json != NULL)
		output_array(im->json, "files");
	for (i = 0; i < count; i++) {
		im->path = paths[i];
		import_path(im);
	}
	if (im->json == NULL)
		return;
	output_end(im->json);
	output_number(im->json, "mails", im->mails);
	output_number(im->json, "refused", im->refused);
	output_finish(&im->json, &out);
	fputs(out.data, stdout);
	buf_release(&out);
}

static int
run(const struct call *c)
{
	bool json = c->argc > 1 && strcmp(c->argv[1], "--json") == 0;
	struct import im = {.status = EX_OK};
	int first = json ? 2 : 1;
	struct conf *conf;
	struct err e;

	if (c->argc <= first)
		return -1;
	if ((conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if (!verb_as_service(c, conf)) {
		conf_free(&conf);
		return EX_NOPERM;
	}
	im.conf = conf;
	im.terminal = !json && isatty(STDERR_FILENO) == 1;
	if ((im.writer = spool_writer_open(conf->state, "import", &e)) ==
		NULL) {
		im.status = verb_fail(&e);
	} else {
		im.json = json ? output_new() : NULL;
		import_all(&im, c->argv + first, c->argc - first);
	}
	spool_writer_close(&im.writer);
	conf_free(&conf);
	return im.status;
}

const struct verb verb_import = {"import", "import [--json] FILE...",
	"File mails, mbox files and Maildirs as if they had come by mail; "
	"they are not acknowledged (as the service's user).",
	run};
