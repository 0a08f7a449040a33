/* Packets between processes: whole or not at all, with their descriptors. */
#include "base/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"

struct note {
	char *text;
	struct span bytes;
};
static const struct record_field note_fields[] = {
	FIELD_LINE(1, struct note, text, 100),
	FIELD_BYTES(2, struct note, bytes, PACKET_BYTES),
};
static const struct record_schema note_schema = SCHEMA_OF(note, note_fields);

static int pair[2];
static struct packet p;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	packet_init(&p);
	return packet_pair(pair, &e);
}

static int
teardown(void **state)
{
	(void)state;
	packet_release(&p);
	close_fd(&pair[0]);
	close_fd(&pair[1]);
	return 0;
}

static int
open_descriptors(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static int
send_text(const char *text, const int *fds, int count)
{
	char copy[101];
	struct note n = {.text = copy};

	snprintf(copy, sizeof(copy), "%s", text);
	return packet_send(pair[0], &note_schema, &n, fds, count, &e);
}

static void
received(const char *text)
{
	struct arena *a = arena_new();
	struct note n;

	assert_int_equal(packet_receive(pair[1], &p, 10 * SECOND, &e), 1);
	assert_int_equal(
		record_decode(a, buf_view(&p.bytes), &note_schema, &n, &e), 0);
	assert_string_equal(n.text, text);
	arena_free(&a);
}

static void
test_packets_come_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(send_text("one", NULL, 0), 0);
	assert_int_equal(send_text("two", NULL, 0), 0);
	received("one");
	received("two");
	assert_int_equal(packet_take_fd(&p, 0), -1);
}

/* A packet without any field is not the end. */
static void
test_an_empty_packet_is_a_packet(void **state)
{
	struct note n = {.text = NULL};

	(void)state;
	assert_int_equal(
		packet_send(pair[0], &note_schema, &n, NULL, 0, &e), 0);
	assert_int_equal(packet_receive(pair[1], &p, -1, &e), 1);
	assert_int_equal(p.bytes.len, 0);
	close_fd(&pair[0]);
	assert_int_equal(packet_receive(pair[1], &p, -1, &e), 0);
	assert_int_equal(packet_receive(pair[1], &p, SECOND, &e), 0);
}

static void
test_descriptors_come_along_and_are_close_on_exec(void **state)
{
	int fds[2], fd;
	char c;

	(void)state;
	assert_int_equal(fs_memory_file("one", &fds[0], &e), 0);
	assert_int_equal(fs_memory_file("two", &fds[1], &e), 0);
	assert_int_equal(fs_write_all(fds[1], "2", 1, &e), 0);
	assert_int_equal(send_text("two files", fds, 2), 0);
	close(fds[0]);
	close(fds[1]);
	received("two files");
	assert_int_equal(p.count, 2);
	fd = packet_take_fd(&p, 1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(pread(fd, &c, 1, 0), 1);
	assert_int_equal(c, '2');
	assert_int_equal(packet_take_fd(&p, 1), -1);
	assert_int_equal(packet_take_fd(&p, 2), -1);
	/* The one that was taken is ours now, the other one the packet's. */
	packet_release(&p);
	assert_true(fcntl(fd, F_GETFD) != -1);
	close(fd);
}

static void
test_what_nobody_takes_is_closed(void **state)
{
	int fds[PACKET_FDS] = {0, 1, 2, 0}, before = open_descriptors();

	(void)state;
	assert_int_equal(send_text("four", fds, PACKET_FDS), 0);
	assert_int_equal(send_text("none", NULL, 0), 0);
	received("four");
	assert_int_equal(open_descriptors(), before + PACKET_FDS);
	received("none");
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(send_text("five", fds, PACKET_FDS + 1), -1);
	assert_int_equal(e.kind, ERR_BUG);
}

/* What packet_send() refuses to send may come all the same. */
static void
test_more_descriptors_than_fit_are_closed(void **state)
{
	int fds[PACKET_FDS + 3] = {0}, before = open_descriptors();
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = {0};
	char byte = 'x';
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	(void)state;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	assert_int_equal(sendmsg(pair[0], &msg, 0), 1);
	assert_int_equal(packet_receive(pair[1], &p, SECOND, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_in_range(open_descriptors(), before, before + PACKET_FDS);
	packet_release(&p);
	assert_int_equal(open_descriptors(), before);
}

static void
test_silence_is_a_time_out(void **state)
{
	int64_t before = clock_monotonic();

	(void)state;
	assert_int_equal(packet_receive(pair[1], &p, 20000, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_string_equal(e.status, "4.4.1");
	assert_true(clock_monotonic() - before >= 20000);
	assert_int_equal(packet_receive(pair[1], &p, 0, &e), -1);
	assert_string_equal(e.status, "4.4.1");
	/* It is there already: nothing is waited for. */
	assert_int_equal(send_text("now", NULL, 0), 0);
	assert_int_equal(packet_receive(pair[1], &p, 0, &e), 1);
}

static void
test_the_largest_packet_arrives_whole(void **state)
{
	char *bytes = xcalloc(1, PACKET_BYTES);
	struct note n = {.bytes = {bytes, PACKET_BYTES - 6}}, back;
	struct arena *a = arena_new();

	(void)state;
	memset(bytes, 'x', PACKET_BYTES);
	if (packet_send(pair[0], &note_schema, &n, NULL, 0, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(packet_receive(pair[1], &p, SECOND, &e), 1);
	assert_int_equal(p.bytes.len, PACKET_BYTES);
	if (record_decode(a, buf_view(&p.bytes), &note_schema, &back, &e) == -1)
		fail_msg("%s", e.text);
	assert_int_equal(back.bytes.len, n.bytes.len);
	assert_memory_equal(back.bytes.data, bytes, n.bytes.len);
	arena_free(&a);
	free(bytes);
}

static void
test_a_larger_one_is_not_sent(void **state)
{
	char *bytes = xcalloc(1, PACKET_BYTES);
	struct note n = {.bytes = {bytes, PACKET_BYTES - 5}};

	(void)state;
	assert_int_equal(
		packet_send(pair[0], &note_schema, &n, NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_BUG);
	assert_non_null(strstr(e.text, "packet note is too large"));
	assert_int_equal(packet_receive(pair[1], &p, 0, &e), -1);
	assert_string_equal(e.status, "4.4.1");
	free(bytes);
}

static void
test_one_that_comes_all_the_same_is_refused(void **state)
{
	char *bytes = xcalloc(1, PACKET_BYTES + 2);

	(void)state;
	assert_int_equal(
		send(pair[0], bytes, PACKET_BYTES + 2, 0), PACKET_BYTES + 2);
	assert_int_equal(packet_receive(pair[1], &p, SECOND, &e), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(e.text, "too large"));
	assert_int_equal(p.bytes.len, 0);
	free(bytes);
}

static void
test_nobody_listens_is_an_error_and_no_signal(void **state)
{
	(void)state;
	close_fd(&pair[1]);
	assert_int_equal(send_text("x", NULL, 0), -1);
	assert_int_equal(e.kind, ERR_TEMPORARY);
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_packets_come_one_by_one),
		T(test_an_empty_packet_is_a_packet),
		T(test_descriptors_come_along_and_are_close_on_exec),
		T(test_what_nobody_takes_is_closed),
		T(test_more_descriptors_than_fit_are_closed),
		T(test_silence_is_a_time_out),
		T(test_the_largest_packet_arrives_whole),
		T(test_a_larger_one_is_not_sent),
		T(test_one_that_comes_all_the_same_is_refused),
		T(test_nobody_listens_is_an_error_and_no_signal)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
