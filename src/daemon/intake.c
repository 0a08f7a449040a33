#include "daemon/intake.h"

#include "base/fs.h"
#include "base/log.h"
#include "base/utf8.h"
#include "mail/address.h"

bool
intake_is_ours(const struct conf *c, const char *address)
{
	return address_same(address, c->address) ||
		address_token(address, c->address, c->reply_delimiter,
			c->reply_domain)
			.len > 0;
}

bool
intake_has_room(const struct conf *c, int64_t size)
{
	int64_t room;
	struct err e;

	if (fs_free_space(c->state, &room, &e) == -1)
		return false;
	if (room - size >= c->spool_reserve)
		return true;
	log_event(LOG_ERROR, "disk-full", LOG_NUMBER("free", room),
		LOG_NUMBER("reserve", c->spool_reserve));
	return false;
}

char *
intake_line(const char *text, struct arena *a)
{
	struct buf b = BUF_INIT(ENVELOPE_ADDRESS_MAX);
	char *copy;

	utf8_clean(&b, span_of(text), UTF8_ONE_LINE);
	copy = arena_strdup(a, b.data);
	buf_release(&b);
	return copy;
}

void
intake_log(const struct spool_item *item, const char *queue, const char *client,
	size_t recipients)
{
	char number[SPOOL_NUMBER_MAX];

	log_event(LOG_INFO, "accepted",
		LOG_TEXT("spool", spool_number(item, number)),
		LOG_TEXT("queue", queue), LOG_TEXT("client", client),
		LOG_NUMBER("recipients", (int64_t)recipients));
}
