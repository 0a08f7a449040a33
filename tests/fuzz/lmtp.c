/*
 * A session: the bytes in pieces of the sizes that they say themselves, with
 * answers between.  Cut in any other way the replies and the message bytes are
 * the same, no message byte is a bare CR or LF, and a reply is a line.
 */
#include "mail/lmtp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	struct buf out, data;
};

static bool
has_room(void *arg, int64_t size)
{
	(void)arg;
	return size != 13;
}

static bool
is_ours(void *arg, const char *address)
{
	(void)arg;
	return strchr(address, 's') != NULL;
}

static void
check_lines(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((b->data[i] == '\n') != (i > 0 && b->data[i - 1] == '\r'))
			abort();
}

static bool
take_data(void *arg, const void *data, size_t len)
{
	struct session *s = arg;

	buf_add(&s->data, data, len);
	return s->data.len < 300;
}

static void
on_reset(void *arg)
{
	struct session *s = arg;

	check_lines(&s->data);
	buf_clear(&s->data);
}

static void
run(struct session *s, const char *data, size_t size, size_t piece)
{
	const struct lmtp_limits limits = {.hostname = "mx",
		.message_size = 500,
		.recipients = 3,
		.has_room = has_room,
		.is_ours = is_ours,
		.data = take_data,
		.reset = on_reset,
		.arg = s};
	struct lmtp *l = lmtp_new(&limits, &s->out);
	const struct err e = {.kind = ERR_TEMPORARY};
	enum lmtp_event event = LMTP_MORE;
	struct span in;

	lmtp_greet(l, false);
	while (size > 0 && event != LMTP_CLOSE) {
		in = (struct span){data, size < piece ? size : piece};
		event = lmtp_feed(l, &in);
		size -= (size_t)(in.data - data);
		data = in.data;
		if (event == LMTP_MORE && in.len > 0)
			abort();
		if (event == LMTP_MESSAGE)
			lmtp_answer(l, lmtp_recipients(l) > 1 ? &e : NULL);
	}
	lmtp_give_up(l);
	lmtp_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = {SIZE_MAX, 1, 7};
	struct session s[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		buf_init(&s[i].out, 1 << 24);
		buf_init(&s[i].data, 1 << 24);
		run(&s[i], (const char *)data, size, pieces[i]);
		check_lines(&s[i].out);
		if (s[i].out.len != s[0].out.len ||
			memcmp(s[i].out.data, s[0].out.data, s[0].out.len) != 0)
			abort();
	}
	for (i = 0; i < 3; i++) {
		buf_release(&s[i].out);
		buf_release(&s[i].data);
	}
	return 0;
}
