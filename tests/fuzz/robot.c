/*
 * Any bytes as a mail, looked at as machines are: a result of our border lies
 * in its bounds, a status is one, and a text names a day or none.
 */
#include "mail/absence.h"
#include "mail/authres.h"
#include "mail/delivery.h"
#include "mail/header.h"
#include "mail/robot.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WRITTEN INT64_C(1795168800000000)

static void
check_authentication(const struct mail_authentication *a)
{
	if (a->dmarc < 0 || a->dmarc >= AUTH__COUNT || a->spf < 0 ||
		a->spf >= AUTH__COUNT || strlen(a->spf_domain) > ADDRESS_MAX ||
		!utf8_is_clean(span_of(a->spf_domain), UTF8_ONE_LINE))
		abort();
	if (!a->usable &&
		(a->dmarc != AUTH_ABSENT || a->spf != AUTH_ABSENT ||
			a->dkim_aligned))
		abort();
}

static void
check_delivery(const struct mail_delivery *d)
{
	if (d->action < 0 || d->action >= DELIVERY__COUNT ||
		(d->action == DELIVERY_NONE && d->status[0] != '\0') ||
		!utf8_is_clean(span_of(d->status), UTF8_ONE_LINE) ||
		!utf8_is_clean(span_of(d->envelope_id), UTF8_ONE_LINE))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct border border = {.id = "mx.example.test",
		.hostname = "mx.example.test",
		.domain = "example.test"};
	const struct split_limits bounds = {
		.depth = 20, .parts = 100, .header_size = 65536};
	struct span bytes = {(const char *)data, size}, head;
	struct arena *a = arena_new();
	struct limits hit = {{false}};
	struct mail_authentication authentication;
	struct mail_delivery delivery;
	struct mail_header h;
	struct split s;
	int64_t until;

	decode_open();
	split_entity(a, bytes, &bounds, &hit, &s);
	head = entity_head(bytes, &s.entities[0], bounds.header_size);
	header_read(a, head, 100, &hit, &h);
	if (strlen(robot_reason(head, &h, &s)) > 40)
		abort();
	(void)robot_marked_spam(head);
	authres_read(a, head, &border, "finder.example", &authentication);
	check_authentication(&authentication);
	delivery_read(a, bytes, &s, &delivery);
	check_delivery(&delivery);
	until = absence_end(bytes, WRITTEN);
	if (until != 0 && (until + DAY <= WRITTEN || until % DAY != 0))
		abort();
	arena_free(&a);
	return 0;
}
