#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 4096

static struct {
	const char *program, *role;
	enum log_level level;
	bool priorities;
} state = {.program = "psirtd", .level = LOG_INFO};

static const struct {
	const char *name;
	int priority; /* syslog's */
} levels[] = {
	[LOG_ERROR] = {"error", 3},
	[LOG_WARNING] = {"warning", 4},
	[LOG_INFO] = {"info", 6},
	[LOG_DEBUG] = {"debug", 7},
};
_Static_assert(countof(levels) == LOG__COUNT, "a name for each level");

struct line {
	char text[LINE_BYTES];
	size_t len;
};

const char *
log_level_name(enum log_level level)
{
	return level < LOG__COUNT ? levels[level].name : NULL;
}

void
log_open(const char *program, const char *role, enum log_level level)
{
	state.program = program;
	state.role = role;
	state.level = level;
	state.priorities = getenv("JOURNAL_STREAM") != NULL;
}

/* Room for the newline is always kept. */
static void
put(struct line *l, const char *text, size_t len)
{
	if (len > sizeof(l->text) - 1 - l->len)
		len = sizeof(l->text) - 1 - l->len;
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

static void
put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == '"' ||
			*text == '=' || *text == '\\' || *text == 0x7f ||
			(unsigned char)*text >= 0x80)
			return false;
	return true;
}

static void
put_quoted(struct line *l, const char *text)
{
	char escape[8];
	unsigned char c;

	put_text(l, "\"");
	for (; (c = (unsigned char)*text) != '\0'; text++) {
		if (c == '"' || c == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", c);
			put_text(l, escape);
		} else if (c < ' ' || c >= 0x7f) {
			snprintf(escape, sizeof(escape), "\\x%02x", c);
			put_text(l, escape);
		} else {
			put(l, (const char *)&c, 1);
		}
	}
	put_text(l, "\"");
}

static void
put_field(struct line *l, const struct log_field *f)
{
	char number[24];

	if (f->text != NULL && f->text[0] == '\0')
		return;
	put_text(l, " ");
	put_text(l, f->key);
	put_text(l, "=");
	if (f->text == NULL) {
		snprintf(number, sizeof(number), "%lld", (long long)f->number);
		put_text(l, number);
	} else if (is_plain(f->text)) {
		put_text(l, f->text);
	} else {
		put_quoted(l, f->text);
	}
}

void
log_write(
	enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l = {.len = 0};
	char front[96];

	if (level > state.level)
		return;
	if (state.priorities) {
		snprintf(front, sizeof(front), "<%d>", levels[level].priority);
		put_text(&l, front);
	}
	snprintf(front, sizeof(front), "%s%s%s[%ld] %s ", state.program,
		state.role != NULL ? "-" : "",
		state.role != NULL ? state.role : "", (long)getpid(),
		levels[level].name);
	put_text(&l, front);
	put_text(&l, event);
	for (; fields->key != NULL; fields++)
		put_field(&l, fields);
	l.text[l.len++] = '\n';
	/* Nobody is left to tell when this fails. */
	if (write(STDERR_FILENO, l.text, l.len) < 0)
		return;
}
