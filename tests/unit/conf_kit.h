/* conf_kit: configurations from texts. */
#ifndef TESTS_CONF_KIT_H
#define TESTS_CONF_KIT_H

#include "base/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"

#define OWN "0123456789ABCDEF0123456789ABCDEF01234567"
#define BOBS "76543210FEDCBA9876543210FEDCBA9876543210"

/* As little as will do: 5 lines, and 5 for the analyst behind them. */
#define SERVICE \
	"[service]\norganisation = Example\naddress = psirt@example.com\n" \
	"openpgp = " OWN "\n\n"
#define ANALYST \
	"[analyst bob]\naddress = bob@example.com\nkey_file = bob.asc\n" \
	"openpgp = " BOBS "\n\n"
#define LEAST SERVICE ANALYST

static struct err kit_error;

static inline struct conf *
conf_kit_span(struct span text, const char *path)
{
	struct conf *c;
	int fd;

	kit_error = (struct err){.kind = ERR_NONE};
	assert_int_equal(fs_memory_file("conf", &fd, &kit_error), 0);
	assert_int_equal(fs_write_all(fd, text.data, text.len, &kit_error), 0);
	c = conf_read(fd, path, &kit_error);
	close(fd);
	return c;
}

/* The configuration that TEXT is; it must be one. */
static inline struct conf *
conf_kit_read(const char *text)
{
	struct conf *c = conf_kit_span(span_of(text), "/etc/p/psirtd.conf");

	if (c == NULL)
		fail_msg("%s", kit_error.text);
	return c;
}

/* TEXT is refused, with MESSAGE behind the path. */
static inline void
conf_kit_refused(const char *text, const char *message)
{
	struct conf *c = conf_kit_span(span_of(text), "p.conf");
	char expected[800];

	if (c != NULL)
		fail_msg("taken for a configuration: %s", text);
	snprintf(expected, sizeof(expected), "p.conf:%s", message);
	assert_string_equal(kit_error.text, expected);
	assert_int_equal(kit_error.kind, ERR_PERMANENT);
	assert_string_equal(kit_error.status, "5.3.5");
}

#endif
