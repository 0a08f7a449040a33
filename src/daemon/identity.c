#include "daemon/identity.h"

#include <ctype.h>
#include <string.h>

#include "base/fs.h"
#include "mail/address.h"
#include "mail/field.h"
#include "mail/mark.h"

#define COPY_BYTES 65536 /* and no field of ours stands behind as many */

enum condition {
	ALWAYS,
	BY_US, /* the topmost, or `by` a host of ours */
	ID_OF_US, /* its first word is our border's */
	NAMES_US, /* a host of ours is somewhere in it */
};

/* The fields that our own hosts put on top. */
static const struct trace_field {
	const char *name;
	enum condition condition;
} trace_fields[] = {
	/* At delivery. */
	{"Return-Path", ALWAYS},
	{"Delivered-To", ALWAYS},
	{"X-Original-To", ALWAYS},
	/* When it is taken in. */
	{"Received", BY_US},
	{"Authentication-Results", ID_OF_US},
	{"Received-SPF", NAMES_US},
	{MARK_FIELD, ALWAYS},
	/* They bear the queue ID. */
	{"DKIM-Filter", NAMES_US},
	{"DMARC-Filter", NAMES_US},
};

/* Take the next host name, or whatever is written like one. */
static struct span
take_host(struct span *s)
{
	struct span host;

	while (s->len > 0 && !isalnum((unsigned char)s->data[0]))
		span_skip(s, 1);
	host = span_front(*s, 0);
	while (host.len < s->len &&
		(isalnum((unsigned char)s->data[host.len]) ||
			strchr("-._", s->data[host.len]) != NULL))
		host.len++;
	span_skip(s, host.len);
	return host;
}

static bool
is_below(struct span host, const char *domain)
{
	size_t len = strlen(domain);

	return host.len > len && host.data[host.len - len - 1] == '.' &&
		span_ends_nocase(host, domain);
}

static bool
is_our_host(struct span host, const struct conf *c)
{
	const char *domain = address_domain(c->address);

	return span_is_nocase(host, c->hostname) ||
		span_is_nocase(host, c->authserv_id) ||
		span_is_nocase(host, domain) || is_below(host, domain);
}

static bool
names_us(struct span body, const char *behind, const struct conf *c)
{
	struct span word;
	bool counts = behind == NULL;

	while ((word = take_host(&body)).len > 0) {
		if (counts && is_our_host(word, c))
			return true;
		counts = behind == NULL || span_is_nocase(word, behind);
	}
	return false;
}

static bool
has_our_id(struct span body, const struct conf *c)
{
	skip_cfws(&body);
	return span_is_nocase(take_host(&body), c->authserv_id);
}

static bool
is_ours(const struct field *f, const struct conf *c, bool *received)
{
	bool first = !*received;
	size_t i;

	for (i = 0; i < countof(trace_fields); i++)
		if (span_is_nocase(f->name, trace_fields[i].name))
			break;
	if (i == countof(trace_fields))
		return false;
	switch (trace_fields[i].condition) {
	case ALWAYS:
		return true;
	case BY_US:
		*received = true;
		return first || names_us(f->body, "by", c);
	case ID_OF_US:
		return has_our_id(f->body, c);
	case NAMES_US:
		return names_us(f->body, NULL, c);
	}
	return false;
}

/* How much of FRONT is ours; a field that ends with it may go on behind it. */
static size_t
ours(struct span front, const struct conf *c)
{
	struct span rest = front;
	struct field f;
	bool received = false;
	size_t len = 0;

	while (field_begins(rest) && field_next(&rest, &f) && rest.len > 0 &&
		is_ours(&f, c, &received))
		len = (size_t)(rest.data - front.data);
	return len;
}

int
identity_of(int fd, int64_t len, const struct conf *c, struct hash *identity,
	struct err *e)
{
	struct hasher *h = hasher_new();
	char chunk[COPY_BYTES];
	size_t n = len < COPY_BYTES ? (size_t)len : COPY_BYTES;
	int64_t at = 0;
	int result = fs_read_at(fd, chunk, n, 0, e);

	if (result == 0)
		at = (int64_t)ours((struct span){chunk, n}, c);
	for (; result == 0 && at < len; at += (int64_t)n) {
		n = len - at < COPY_BYTES ? (size_t)(len - at) : COPY_BYTES;
		result = fs_read_at(fd, chunk, n, at, e);
		if (result == 0)
			hasher_add(h, chunk, n);
	}
	*identity = hasher_finish(&h);
	explicit_bzero(chunk, sizeof(chunk));
	return result;
}
