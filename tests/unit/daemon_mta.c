/*
 * A letter to an MTA that stands in this process: what it is told, and that no
 * letter waits for an acknowledgement that is put off (TCP_NODELAY).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "daemon/mta.h"

#define LINE_BYTES 512
#define FDS_MAX 64
#define LETTER_BYTES 5000 /* more than libesmtp writes at once */

struct mta {
	int listener, port;
	int64_t received; /* bytes of the letter, with its end */
	int no_delay; /* of the courier's end, once it has the letter */
};

/* The other end of FD, which is a descriptor of this process, too. */
static int
other_end(int fd)
{
	struct sockaddr_in peer = {0}, own;
	socklen_t len = sizeof(peer);
	int i;

	assert_int_equal(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	for (i = 0; i < FDS_MAX; i++) {
		len = sizeof(own);
		if (getsockname(i, (struct sockaddr *)&own, &len) == 0 &&
			own.sin_family == AF_INET &&
			own.sin_port == peer.sin_port)
			return i;
	}
	return -1;
}

static void
take_letter(struct mta *m, FILE *in, int fd)
{
	char line[LINE_BYTES];
	socklen_t len = sizeof(m->no_delay);

	while (fgets(line, sizeof(line), in) != NULL) {
		m->received += (int64_t)strlen(line);
		if (strcmp(line, ".\r\n") == 0)
			break;
	}
	(void)getsockopt(
		other_end(fd), IPPROTO_TCP, TCP_NODELAY, &m->no_delay, &len);
}

static void *
serve(void *arg)
{
	struct mta *m = arg;
	int fd = accept(m->listener, NULL, NULL);
	FILE *in = fdopen(fd, "r");
	char line[LINE_BYTES];

	dprintf(fd, "220 here\r\n");
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "DATA", 4) != 0) {
			dprintf(fd, "%s250 DSN\r\n",
				strncmp(line, "EHLO", 4) == 0
					? "250-here\r\n250-8BITMIME\r\n"
					: "");
			continue;
		}
		dprintf(fd, "354 go on\r\n");
		take_letter(m, in, fd);
		dprintf(fd, "250 stored\r\n");
	}
	fclose(in);
	return NULL;
}

static void
begin(struct mta *m)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(m->listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(m->listener, 1), 0);
	assert_int_equal(
		getsockname(m->listener, (struct sockaddr *)&at, &len), 0);
	m->port = ntohs(at.sin_port);
}

static int
letter_file(void)
{
	static const char line[] = "A line of a letter.\r\n";
	struct err e;
	int fd, i;

	assert_int_equal(fs_memory_file("letter", &fd, &e), 0);
	assert_int_equal(fs_write_all(fd, "Subject: A\r\n\r\n", 14, &e), 0);
	for (i = 0; i < LETTER_BYTES; i += (int)sizeof(line) - 1)
		assert_int_equal(
			fs_write_all(fd, line, sizeof(line) - 1, &e), 0);
	return fd;
}

static void
test_letter_waits_for_nobody(void **state)
{
	struct post_letter l = {.letter = 1,
		.sender = (char[]){"security@example.test"},
		.recipient = (char[]){"faye@finder.test"},
		.message_id = (char[]){"a@example.test"}};
	struct conf c = {.hostname = (char[]){"example.test"},
		.address = (char[]){"security@example.test"},
		.reply_delimiter = (char[]){"+"},
		.reply_domain = (char[]){""}};
	struct post_report r = {.letter = 1};
	char deliver[32], text[MTA_TEXT_MAX];
	struct mta m = {0};
	pthread_t server;
	struct err e;
	int fd;

	(void)state;
	begin(&m);
	snprintf(deliver, sizeof(deliver), "smtp:127.0.0.1:%d", m.port);
	c.deliver = deliver;
	fd = letter_file();
	assert_int_equal(fs_size(fd, &l.size, &e), 0);
	assert_int_equal(pthread_create(&server, NULL, serve, &m), 0);
	mta_deliver(&c, &l, fd, &r, text);
	assert_int_equal(pthread_join(server, NULL), 0);
	assert_string_equal(text, "250 stored");
	assert_int_equal(r.outcome, POST_HANDED);
	/* libesmtp adds the fields that this letter has not. */
	assert_true(m.received > l.size);
	assert_true(m.no_delay);
	close(fd);
	close(m.listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letter_waits_for_nobody),
	};

	log_open("test", NULL, LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
