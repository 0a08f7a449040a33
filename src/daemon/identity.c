#include "daemon/identity.h"

#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "mail/mark.h"

#define LOOK_BYTES 16384
#define COPY_BYTES 65536

static bool
is_named(const char *at, size_t left, const char *name)
{
	size_t len = strlen(name);

	return left >= len && strncasecmp(at, name, len) == 0;
}

/* Of Received only the one on top is our host's. */
static bool
is_ours(const char *at, size_t left, bool *received)
{
	static const char *const names[] = {"Return-Path:", "Delivered-To:",
		"X-Original-To:", MARK_FIELD ":"};
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (is_named(at, left, names[i]))
			return true;
	if (*received || !is_named(at, left, "Received:"))
		return false;
	*received = true;
	return true;
}

/* Where the first field begins that is not ours. */
static size_t
below_ours(const char *data, size_t len)
{
	bool received = false;
	size_t at = 0;
	const char *lf;

	while (is_ours(data + at, len - at, &received)) {
		do {
			lf = memchr(data + at, '\n', len - at);
			if (lf == NULL)
				return 0;
			at = (size_t)(lf + 1 - data);
		} while (at < len && (data[at] == ' ' || data[at] == '\t'));
	}
	return at;
}

int
identity_of(int fd, int64_t len, struct hash *identity, struct err *e)
{
	struct hasher *h = hasher_new();
	char chunk[COPY_BYTES];
	size_t n = len < LOOK_BYTES ? (size_t)len : LOOK_BYTES;
	int64_t at = 0;
	int result = fs_read_at(fd, chunk, n, 0, e);

	if (result == 0)
		at = (int64_t)below_ours(chunk, n);
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
