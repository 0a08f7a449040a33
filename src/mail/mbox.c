#include "mail/mbox.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define FROM "From "
#define FROM_LEN (sizeof(FROM) - 1)

struct mbox {
	const struct mbox_events *events;
	void *arg;
	char line[MBOX_LOOK];
	size_t len;
	bool tail; /* of a line whose beginning has been seen */
	bool begun, is_mbox;
	bool in_mail, in_header;
	bool dropping; /* a field that is left out, and its folded lines */
	bool held; /* an empty line that may be the file's */
	char last; /* that was put out */
};

struct mbox *
mbox_new(const struct mbox_events *e, void *arg)
{
	struct mbox *m = xcalloc(1, sizeof(*m));

	m->events = e;
	m->arg = arg;
	return m;
}

void
mbox_free(struct mbox **m)
{
	free_pointer(m);
}

bool
mbox_is_mbox(const struct mbox *m)
{
	return m->is_mbox;
}

/* --- what a line is --- */

static bool
is_empty(struct span line)
{
	return (line.len == 1 && line.data[0] == '\n') ||
		(line.len == 2 && memcmp(line.data, "\r\n", 2) == 0);
}

static bool
begins_with_from(struct span line)
{
	return line.len >= FROM_LEN && memcmp(line.data, FROM, FROM_LEN) == 0;
}

/* Has it PATTERN, where a 0 is any digit? */
static bool
has(struct span line, const char *pattern)
{
	size_t len = strlen(pattern), i, j;

	for (i = 0; i + len <= line.len; i++) {
		for (j = 0; j < len; j++)
			if (pattern[j] == '0'
					? !isdigit((unsigned char)
							   line.data[i + j])
					: line.data[i + j] != pattern[j])
				break;
		if (j == len)
			return true;
	}
	return false;
}

/* "From SENDER Sat Nov 21 16:00:00 2026", or something like it. */
static bool
is_separator(struct span line)
{
	return begins_with_from(line) && has(line, " 00:00") &&
		has(line, " 0000");
}

static bool
is_quoted(struct span line)
{
	struct span rest = line;

	while (rest.len > 0 && rest.data[0] == '>') {
		rest.data++;
		rest.len--;
	}
	return rest.len < line.len && begins_with_from(rest);
}

static bool
is_note(struct span line)
{
	static const char *const fields[] = {"Status:", "X-Status:",
		"X-Keywords:", "X-UID:", "X-IMAP:", "X-IMAPbase:"};
	size_t i, len;

	for (i = 0; i < countof(fields); i++) {
		len = strlen(fields[i]);
		if (line.len >= len &&
			strncasecmp(line.data, fields[i], len) == 0)
			return true;
	}
	return false;
}

/* --- what is put out --- */

static int
put(struct mbox *m, struct span text)
{
	char out[2 * MBOX_LOOK];
	size_t i, len = 0;

	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\n' && m->last != '\r')
			out[len++] = '\r';
		m->last = out[len++] = text.data[i];
	}
	return m->events->data(m->arg, out, len);
}

static int
begin_mail(struct mbox *m)
{
	m->in_mail = m->in_header = true;
	m->held = m->dropping = false;
	m->last = '\0';
	return m->events->begin(m->arg);
}

static int
end_mail(struct mbox *m)
{
	int result = 0;

	if (!m->in_mail)
		return 0;
	m->in_mail = false;
	if (m->last != '\n' && m->last != '\0')
		result = put(m, SPAN("\n"));
	return result != 0 ? result : m->events->end(m->arg);
}

static int
put_held(struct mbox *m)
{
	if (!m->held)
		return 0;
	m->held = false;
	return put(m, SPAN("\n"));
}

/* --- lines --- */

/* A line of a mail in an mbox, or its beginning. */
static int
on_mbox_line(struct mbox *m, struct span line)
{
	int result = put_held(m);

	if (result != 0)
		return result;
	if (is_empty(line)) {
		m->held = true;
		m->in_header = m->dropping = false;
		return 0;
	}
	if (m->in_header && line.data[0] != ' ' && line.data[0] != '\t')
		m->dropping = is_note(line);
	if (m->dropping)
		return 0;
	if (is_quoted(line)) {
		line.data++;
		line.len--;
	}
	return put(m, line);
}

/* A line, or as much as is looked at of a longer one. */
static int
on_line(struct mbox *m, struct span line)
{
	bool first = !m->begun;
	int result;

	if (first)
		m->is_mbox = begins_with_from(line);
	m->begun = true;
	if (m->is_mbox && (first || (m->held && is_separator(line)))) {
		result = end_mail(m);
		return result != 0 ? result : begin_mail(m);
	}
	if (first && (result = begin_mail(m)) != 0)
		return result;
	return m->is_mbox ? on_mbox_line(m, line) : put(m, line);
}

static int
flush_line(struct mbox *m)
{
	struct span line = {m->line, m->len};

	m->len = 0;
	if (m->tail)
		return m->dropping ? 0 : put(m, line);
	return on_line(m, line);
}

int
mbox_feed(struct mbox *m, const char *data, size_t len)
{
	size_t i;
	int result;

	for (i = 0; i < len; i++) {
		m->line[m->len++] = data[i];
		if (data[i] != '\n' && m->len < sizeof(m->line))
			continue;
		if ((result = flush_line(m)) != 0)
			return result;
		m->tail = data[i] != '\n';
	}
	return 0;
}

int
mbox_finish(struct mbox *m)
{
	int result = m->len > 0 ? flush_line(m) : 0;

	return result != 0 ? result : end_mail(m);
}
