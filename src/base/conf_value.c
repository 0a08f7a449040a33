#include "base/conf_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

struct unit {
	const char *name;
	int64_t size;
};

/* The largest first: a value is printed in the largest that divides it. */
static const struct unit size_units[] = {{"G", INT64_C(1) << 30},
	{"M", INT64_C(1) << 20}, {"K", INT64_C(1) << 10}, {"", 1}, {NULL, 0}};
static const struct unit duration_units[] = {{"d", INT64_C(86400000000)},
	{"h", INT64_C(3600000000)}, {"m", INT64_C(60000000)},
	{"s", INT64_C(1000000)}, {"ms", INT64_C(1000)}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static const struct unit *
units_of(enum option_type type)
{
	if (type == OPTION_SIZE)
		return size_units;
	return type == OPTION_DURATION ? duration_units : plain_units;
}

static const char *
example_of(enum option_type type)
{
	if (type == OPTION_SIZE)
		return "a size such as 512, 64K, 50M or 1G";
	if (type == OPTION_DURATION)
		return "a duration such as 90s, 15m, 12h or 14d";
	return "a whole number";
}

static void
print_number(const struct option *o, int64_t number, struct buf *out)
{
	const struct unit *u = units_of(o->type);

	while (number % u->size != 0 && u[1].name != NULL)
		u++;
	buf_printf(out, "%" PRId64 "%s", number / u->size, u->name);
}

static int
parse_number(
	const struct option *o, const char *text, int64_t *out, struct err *e)
{
	struct buf bounds = BUF_INIT(200);
	const struct unit *u;
	int64_t number = 0;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	for (u = units_of(o->type); u->name != NULL; u++)
		if (strcasecmp(end, u->name) == 0)
			break;
	if (errno != 0 || !isdigit((unsigned char)text[0]) || u->name == NULL ||
		__builtin_mul_overflow(number, u->size, &number))
		return err_permanent(e, "5.3.5", "\"%s\" is not %s", text,
			example_of(o->type));
	if (number < o->min || number > o->max) {
		print_number(o, o->min, &bounds);
		buf_puts(&bounds, " to ");
		print_number(o, o->max, &bounds);
		err_permanent(
			e, "5.3.5", "%s is outside of %s", text, bounds.data);
		buf_release(&bounds);
		return -1;
	}
	*out = number;
	return 0;
}

static int
parse_bool(const char *text, bool *out, struct err *e)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};
	size_t i;

	for (i = 0; i < countof(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0 ||
			strcasecmp(text, no[i]) == 0) {
			*out = strcasecmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return err_permanent(e, "5.3.5", "\"%s\" is not yes or no", text);
}

static int
parse_words(const struct option *o, const char *text, struct arena *a,
	struct words *w, struct err *e)
{
	const char *p = text;
	size_t len;

	/* Tabs may part words; a line has no newline. */
	if (!utf8_is_clean(span_of(text), UTF8_MANY_LINES))
		return err_permanent(e, "5.3.5", "not plain UTF-8 text");
	w->count = 0;
	for (p += strspn(p, " \t,"); *p != '\0'; p += strspn(p, " \t,")) {
		len = strcspn(p, " \t,");
		if (w->count == CONF_WORDS_MAX)
			return err_permanent(e, "5.3.5", "more than %d words",
				CONF_WORDS_MAX);
		w->word[w->count++] = arena_dup(a, p, len);
		p += len;
	}
	if (w->count < (size_t)o->min)
		return err_permanent(e, "5.3.5", "%s needs a word", o->name);
	return 0;
}

static bool
is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);
	const char *p = choices;

	if (strchr(text, '|') != NULL)
		return false;
	for (;; p++) {
		if (strncmp(p, text, len) == 0 &&
			(p[len] == '|' || p[len] == '\0'))
			return true;
		if ((p = strchr(p, '|')) == NULL)
			return false;
	}
}

/* Upper case, without blanks: how GnuPG writes it and how we compare it. */
static int
parse_fingerprint(const char *text, struct arena *a, char **out, struct err *e)
{
	char *hex = arena_alloc(a, strlen(text) + 1);
	size_t n = 0;
	const char *p;

	for (p = text; *p != '\0'; p++) {
		if (*p == ' ' || *p == ':')
			continue;
		if (!isxdigit((unsigned char)*p))
			break;
		hex[n++] = (char)toupper((unsigned char)*p);
	}
	if (*p != '\0' || (n != 0 && n != 40 && n != 64))
		return err_permanent(e, "5.3.5",
			"\"%s\" is not a fingerprint (40 hex digits)", text);
	*out = hex;
	return 0;
}

/* A first look; mail/address.h knows what an address really is. */
static bool
looks_like_address(const char *text)
{
	const char *at = strrchr(text, '@');

	return at != NULL && at > text && at[1] != '\0' &&
		strpbrk(text, " \t<>,;\"") == NULL;
}

static int
parse_text(const struct option *o, const char *text, struct arena *a,
	char **out, struct err *e)
{
	if (strlen(text) > (size_t)o->max)
		return err_permanent(
			e, "5.3.5", "longer than %" PRId64 " bytes", o->max);
	if (!utf8_is_clean(span_of(text), UTF8_ONE_LINE))
		return err_permanent(e, "5.3.5", "not plain UTF-8 text");
	if (o->choices != NULL && !is_choice(o->choices, text))
		return err_permanent(e, "5.3.5", "\"%s\" is not one of %s",
			text, o->choices);
	if (o->type == OPTION_ADDRESS && !looks_like_address(text))
		return err_permanent(
			e, "5.3.5", "\"%s\" is not a mail address", text);
	*out = arena_strdup(a, text);
	return 0;
}

int
conf_value_parse(const struct option *o, const char *text, struct arena *a,
	void *base, struct err *e)
{
	void *at = (char *)base + o->offset;

	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
	case OPTION_ADDRESS:
		return parse_text(o, text, a, at, e);
	case OPTION_WORDS:
		return parse_words(o, text, a, at, e);
	case OPTION_FINGERPRINT:
		return parse_fingerprint(text, a, at, e);
	case OPTION_BOOL:
		return parse_bool(text, at, e);
	case OPTION_NUMBER:
	case OPTION_SIZE:
	case OPTION_DURATION:
		return parse_number(o, text, at, e);
	case OPTION__COUNT:
		break;
	}
	return err_bug(e, "option %s has no type", o->name);
}

void
conf_value_print(const struct option *o, const void *base, struct buf *out)
{
	const void *at = (const char *)base + o->offset;
	const struct words *w = at;
	size_t i;

	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
	case OPTION_ADDRESS:
	case OPTION_FINGERPRINT:
		buf_printf(out, "\"%s\"", *(char *const *)at);
		break;
	case OPTION_WORDS:
		buf_putc(out, '"');
		for (i = 0; i < w->count; i++)
			buf_printf(out, "%s%s", i > 0 ? " " : "", w->word[i]);
		buf_putc(out, '"');
		break;
	case OPTION_BOOL:
		buf_puts(out, *(const bool *)at ? "yes" : "no");
		break;
	case OPTION_NUMBER:
	case OPTION_SIZE:
	case OPTION_DURATION:
		print_number(o, *(const int64_t *)at, out);
		break;
	case OPTION__COUNT:
		break;
	}
}
