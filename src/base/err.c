#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const char *const kind_names[] = {
	[ERR_NONE] = "none",
	[ERR_TEMPORARY] = "temporary",
	[ERR_PERMANENT] = "permanent",
	[ERR_BUG] = "bug",
};
_Static_assert(countof(kind_names) == ERR__COUNT, "a name for each kind");

const char *
err_kind_name(enum err_kind kind)
{
	return kind < ERR__COUNT ? kind_names[kind] : "unknown";
}

/* Room to see what stands behind the cut, so that it is between characters. */
#define TEXT_ROOM (sizeof(((struct err *)NULL)->text) + 4)

static void
set_text(struct err *e, const char *text)
{
	size_t len = utf8_cut(span_of(text), sizeof(e->text) - 1);

	memcpy(e->text, text, len);
	e->text[len] = '\0';
}

static void
fill(struct err *e, enum err_kind kind, const char *status, const char *fmt,
	va_list ap)
{
	char text[TEXT_ROOM];

	e->kind = kind;
	snprintf(e->status, sizeof(e->status), "%s", status);
	vsnprintf(text, sizeof(text), fmt, ap);
	set_text(e, text);
}

int
err_temporary(struct err *e, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_TEMPORARY, status, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_permanent(struct err *e, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_PERMANENT, status, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_bug(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, ERR_BUG, "4.3.5", fmt, ap);
	va_end(ap);
	return -1;
}

int
err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char text[TEXT_ROOM];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_temporary(e, "4.3.0", "%s: %s", text, strerror(saved));
	errno = saved;
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char text[2 * TEXT_ROOM];
	va_list ap;
	size_t used;

	va_start(ap, fmt);
	vsnprintf(text, TEXT_ROOM, fmt, ap);
	va_end(ap);
	used = strlen(text);
	/* The cut is wanted: the front of the text says where it was. */
	snprintf(text + used, sizeof(text) - used, ": %s", e->text);
	set_text(e, text);
	return -1;
}
