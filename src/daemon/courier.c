/* The courier: hands letters to the MTA; see daemon/post.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/packet.h"
#include "daemon/domain.h"
#include "daemon/mta.h"
#include "daemon/post.h"
#include "daemon/role.h"
#include "daemon/roles.h"
#include "daemon/sandbox.h"
#include "mail/address.h"

enum courier_fd {
	FD_CONF = ROLE_FIRST_FD,
	FD_LEASH,
	FD_POSTMAN,
};

#define DIRECTORY "directory:"
#define HEADER_LOOK 16384
#define PATH_BYTES 600

/*
 * The last look before it leaves the house: what must be ciphertext is
 * multipart/encrypted or enveloped CMS by its own header.
 */
static bool
is_ciphertext(int fd)
{
	static const char *const forms[] = {
		"\r\nContent-Type: multipart/encrypted;",
		"\r\nContent-Type: application/pkcs7-mime; "
		"smime-type=enveloped-data;",
	};
	char head[HEADER_LOOK + 1];
	ssize_t n = pread(fd, head, HEADER_LOOK, 0);
	char *end;
	size_t i;

	if (n <= 0)
		return false;
	head[n] = '\0';
	if ((end = strstr(head, "\r\n\r\n")) != NULL)
		*end = '\0';
	for (i = 0; i < countof(forms); i++)
		if (strstr(head, forms[i]) != NULL)
			return true;
	return false;
}

/*
 * For demonstrations and tests: DIR/MESSAGE-ID.eml, and .env with the envelope.
 * The same letter twice is the same file.
 */
static void
to_directory(const struct conf *c, const struct post_letter *l, int fd,
	struct post_report *r, char text[static MTA_TEXT_MAX])
{
	const char *dir = c->deliver + strlen(DIRECTORY);
	struct buf bytes = BUF_INIT((size_t)l->size + 1),
		   envelope = BUF_INIT(4096);
	char path[PATH_BYTES];
	struct err e;

	r->outcome = POST_TEMPORARY;
	snprintf(path, sizeof(path), "%s/%s.env", dir, l->message_id);
	buf_printf(&envelope, "from <%s>\nto <%s>\n", l->sender, l->recipient);
	if (strchr(l->message_id, '/') != NULL)
		snprintf(text, MTA_TEXT_MAX, "no file is called that");
	else if (fs_replace_file(path, buf_view(&envelope), 0644, &e) == -1 ||
		fs_read_fd(fd, "letter", &bytes, &e) == -1)
		snprintf(text, MTA_TEXT_MAX, "%.250s", e.text);
	else {
		snprintf(path, sizeof(path), "%s/%s.eml", dir, l->message_id);
		if (fs_replace_file(path, buf_view(&bytes), 0644, &e) == -1) {
			snprintf(text, MTA_TEXT_MAX, "%.250s", e.text);
		} else {
			r->outcome = POST_HANDED;
			snprintf(text, MTA_TEXT_MAX, "written");
		}
	}
	buf_release(&bytes);
	buf_release(&envelope);
}

static void
deliver(const struct conf *c, const struct post_letter *l, int fd,
	struct post_report *r, char text[static MTA_TEXT_MAX])
{
	r->letter = l->letter;
	r->text = text;
	if (l->sealed && !is_ciphertext(fd)) {
		r->outcome = POST_PERMANENT;
		snprintf(text, MTA_TEXT_MAX,
			"refused by us: it is not encrypted");
	} else if (!address_valid(span_of(l->recipient)) ||
		(l->sender[0] != '\0' && !address_valid(span_of(l->sender)))) {
		r->outcome = POST_PERMANENT;
		snprintf(text, MTA_TEXT_MAX,
			"refused by us: not a valid address");
	} else if (strncmp(c->deliver, DIRECTORY, strlen(DIRECTORY)) == 0) {
		to_directory(c, l, fd, r, text);
	} else {
		mta_deliver(c, l, fd, r, text);
	}
}

/* 1 with a letter, 0 at the end. */
static int
await_letter(struct arena *a, struct post_letter *l, int *fd_r, struct err *e)
{
	struct packet p;
	int got;

	packet_init(&p);
	got = packet_receive(FD_POSTMAN, &p, -1, e);
	if (got == 1 &&
		record_decode(a,
			(struct span){arena_dup(a, p.bytes.data, p.bytes.len),
				p.bytes.len},
			&post_letter_schema, l, e) == -1)
		got = -1;
	*fd_r = packet_take_fd(&p, 0);
	packet_release(&p);
	return got;
}

static bool
is_stopped(void)
{
	struct pollfd fds[] = {{.fd = FD_LEASH, .events = POLLIN},
		{.fd = FD_POSTMAN, .events = POLLIN}};

	while (poll(fds, countof(fds), -1) == -1 && errno == EINTR)
		;
	return fds[0].revents != 0;
}

static int
serve_one(const struct conf *c, struct err *e)
{
	struct arena *a = arena_new();
	char text[MTA_TEXT_MAX] = "";
	struct post_report report = {.text = text};
	scoped(close_fd) int fd = -1;
	struct post_letter l;
	int got = is_stopped() ? 0 : await_letter(a, &l, &fd, e);

	if (got == 1) {
		deliver(c, &l, fd, &report, text);
		fault_point("courier-handed");
		log_event(LOG_INFO,
			report.outcome == POST_HANDED ? "handed" : "not-handed",
			LOG_NUMBER("letter", l.letter),
			LOG_TEXT("message-id", l.message_id),
			LOG_TEXT("reply", text));
		got = packet_send(FD_POSTMAN, &post_report_schema, &report,
			      NULL, 0, e) == -1
			? -1
			: 1;
	}
	arena_free(&a);
	return got;
}

int
courier_main(const char *name, const char *conf_path)
{
	struct post_report ask = {.outcome = POST_ASK};
	struct conf *c = role_conf(FD_CONF, conf_path);
	struct err e;
	int more;

	(void)name;
	if (domain_open(&e) == -1 ||
		sandbox_enter(SANDBOX_COURIER, c, NULL, &e) == -1) {
		log_event(LOG_ERROR, "start", LOG_ERR(&e));
		return EXIT_FAILURE;
	}
	role_ready(FD_LEASH);
	more = packet_send(FD_POSTMAN, &post_report_schema, &ask, NULL, 0, &e);
	for (more = more == -1 ? -1 : 1; more == 1;)
		more = serve_one(c, &e);
	if (more == -1)
		log_event(LOG_ERROR, "courier", LOG_ERR(&e));
	return more == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
