/* psirtctl import: mails from files, through the spool like all others. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "ctl/verb.h"
#include "daemon/spool_log.h"

#define CHUNK_BYTES 65536

/* Mail has CRLF line ends; files here mostly do not. */
struct line_ends {
	char last;
};

static int
add_chunk(struct spool_message *m, struct line_ends *l, const char *data,
	size_t len, struct err *e)
{
	struct buf out = BUF_INIT(2 * CHUNK_BYTES);
	size_t i;
	int result;

	for (i = 0; i < len; i++) {
		if (data[i] == '\n' && l->last != '\r')
			buf_putc(&out, '\r');
		buf_putc(&out, data[i]);
		l->last = data[i];
	}
	result = spool_add(m, out.data, out.len, e);
	buf_release(&out);
	return result;
}

static int
add_file(struct spool_message *m, const char *path, int64_t max, struct err *e)
{
	scoped(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct line_ends ends = {.last = '\0'};
	char chunk[CHUNK_BYTES];
	int64_t size = 0;
	ssize_t n;

	if (fd == -1)
		return err_errno(e, "%s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		size += n;
		if (size > max)
			return err_permanent(e, "5.3.4",
				"%s: larger than message_size", path);
		if (add_chunk(m, &ends, chunk, (size_t)n, e) == -1)
			return -1;
	}
	return n == -1 ? err_errno(e, "%s", path) : 0;
}

/*
 * The envelope sender is null: what is imported came long ago, and its sender
 * is not to be surprised by an acknowledgement.
 */
static int
import_file(struct spool_writer *w, const struct conf *conf, const char *path,
	struct err *e)
{
	char *recipients[] = {conf->address};
	struct envelope env = {.received = clock_now(),
		.recipients = recipients,
		.recipients_count = 1};
	struct spool_message *m = spool_begin(w, &env);
	char number[SPOOL_NUMBER_MAX];
	struct spool_item item;

	if (add_file(m, path, conf->message_size, e) == -1) {
		spool_abort(&m);
		return -1;
	}
	if (spool_commit(&m, &item, e) == -1 || spool_sync(w, e) == -1)
		return -1;
	printf("%s: spooled as %s\n", path, spool_number(&item, number));
	return 0;
}

static int
run(const struct call *c)
{
	struct conf *conf;
	struct spool_writer *w;
	struct err e;
	int i, status = EX_OK;

	if (c->argc < 2)
		return -1;
	if ((conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if (!verb_as_service(c, conf)) {
		conf_free(&conf);
		return EX_NOPERM;
	}
	if ((w = spool_writer_open(conf->state, "import", &e)) == NULL)
		status = verb_fail(&e);
	for (i = 1; i < c->argc && w != NULL; i++)
		if (access(c->argv[i], R_OK) == -1) {
			fprintf(stderr, "psirtctl: %s: %s\n", c->argv[i],
				strerror(errno));
			status = EX_NOINPUT;
		} else if (import_file(w, conf, c->argv[i], &e) == -1) {
			status = verb_fail(&e);
		}
	spool_writer_close(&w);
	conf_free(&conf);
	return status;
}

const struct verb verb_import = {"import", "import FILE...",
	"File mails as if they had come by mail; they are not acknowledged "
	"(as the service's user).",
	run};
