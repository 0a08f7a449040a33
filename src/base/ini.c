#include "base/ini.h"

#include <ctype.h>
#include <iniparser/iniparser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_value.h"
#include "base/fs.h"

#define NAME_MAX_BYTES 64

struct setting {
	const char *key; /* "section:name" */
	uint32_t sum; /* of it: most keys differ there */
	int line;
};

/* A section of the kind that is written [KIND NAME]. */
struct named {
	const char *section;
	int line;
	struct named *next;
};

/* The file line by line, for what iniparser does not say. */
struct ini {
	const struct ini_format *format;
	const char *path;
	dictionary *dictionary;
	struct setting *seen;
	size_t count, room;
	struct named *named, **named_end;
	struct arena *arena;

	/* While it is read. */
	int line;
	char section[NAME_MAX_BYTES];
	struct err *err;
};

static int bad_line(const struct ini *s, const char *fmt, ...)
	printf_like(2, 3);

static int
bad_line(const struct ini *s, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_permanent(
		s->err, "5.3.5", "%s:%d: %s", s->path, s->line, text);
}

static char *
trim(char *text)
{
	char *end;

	text += strspn(text, " \t\r");
	for (end = text + strlen(text); end > text; end--)
		if (strchr(" \t\r", end[-1]) == NULL)
			break;
	*end = '\0';
	return text;
}

/* Is SECTION one of those that bear a name? */
static bool
is_named(const struct ini_format *f, const char *section)
{
	size_t len = strlen(f->named);

	return strncmp(section, f->named, len) == 0 && section[len] == ' ' &&
		section[len + 1] != '\0' &&
		!isspace((unsigned char)section[len + 1]);
}

static const struct option *
find_option(const struct ini_format *f, const char *section, const char *name)
{
	size_t i;

	if (is_named(f, section))
		section = f->named;
	for (i = 0; i < f->count; i++)
		if (strcmp(f->options[i].section, section) == 0 &&
			(name == NULL || strcmp(f->options[i].name, name) == 0))
			return &f->options[i];
	return NULL;
}

static int
begin_section(struct ini *s, char *name)
{
	size_t len = strlen(s->format->named);
	struct named *n;

	snprintf(s->section, sizeof(s->section), "%s", name);
	if (strcmp(name, s->format->named) == 0 ||
		(strncmp(name, s->format->named, len) == 0 &&
			isspace((unsigned char)name[len]) &&
			!is_named(s->format, name)))
		return bad_line(s, "write [%s NAME], a name for each",
			s->format->named);
	if (find_option(s->format, name, NULL) == NULL)
		return bad_line(s, "unknown section [%s]; see %s", name,
			s->format->manual);
	if (!is_named(s->format, name) || ini_line(s, name, NULL) != 0)
		return 0;
	n = arena_calloc(s->arena, 1, sizeof(*n));
	n->section = arena_strdup(s->arena, name);
	n->line = s->line;
	*s->named_end = n;
	s->named_end = &n->next;
	return 0;
}

static int
scan_section(struct ini *s, char *line)
{
	char *end = strchr(line, ']'), *p;

	if (end == NULL || *trim(end + 1) != '\0')
		return bad_line(s, "a section is written [name]");
	*end = '\0';
	line = trim(line + 1);
	if (strlen(line) >= sizeof(s->section))
		return bad_line(s, "section name is too long");
	for (p = line; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	/* iniparser would not count it among the sections. */
	if (strchr(line, ':') != NULL)
		return bad_line(
			s, "a colon cannot stand in the name of a section");
	return begin_section(s, line);
}

static int
scan_value(struct ini *s, char *value)
{
	size_t len = strlen(value);

	if (len >= 2 && value[0] == '"') {
		if (strchr(value + 1, '"') != value + len - 1)
			return bad_line(s,
				"a quoted value ends at its second "
				"quotation mark; none may stand inside");
		return 0;
	}
	/* iniparser takes it for a quotation mark, and what is behind away. */
	if (value[0] == '\'')
		return bad_line(s,
			"put a value that begins with ' in double quotation "
			"marks");
	if (strpbrk(value, ";#\"\\") != NULL)
		return bad_line(s,
			"put a value with ; # \" or \\ in quotation "
			"marks (comments go on lines of their own)");
	return 0;
}

static uint32_t
sum_of(const char *key)
{
	uint32_t sum = 2166136261u; /* FNV-1a */

	for (; *key != '\0'; key++)
		sum = (sum ^ (uint8_t)*key) * 16777619u;
	return sum;
}

static int
note_setting(struct ini *s, const char *name)
{
	struct setting new = {
		.key = arena_printf(s->arena, "%s:%s", s->section, name),
		.line = s->line};
	size_t i;

	new.sum = sum_of(new.key);
	for (i = 0; i < s->count; i++)
		if (s->seen[i].sum == new.sum &&
			strcmp(s->seen[i].key, new.key) == 0)
			return bad_line(s,
				"`%s` is set twice, first in line "
				"%d",
				name, s->seen[i].line);
	if (s->count == s->room) {
		s->room = s->room > 0 ? 2 * s->room : 128;
		s->seen = xreallocarray(s->seen, s->room, sizeof(*s->seen));
	}
	s->seen[s->count++] = new;
	return 0;
}

static int
scan_setting(struct ini *s, char *line)
{
	char *equal = strchr(line, '='), *name, *p;

	if (equal == NULL)
		return bad_line(s, "expected `name = value`");
	*equal = '\0';
	name = trim(line);
	for (p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (s->section[0] == '\0')
		return bad_line(s, "`%s` stands before any [section]", name);
	if (find_option(s->format, s->section, name) == NULL)
		return bad_line(s, "unknown setting `%s` in [%s]; see %s", name,
			s->section, s->format->manual);
	if (note_setting(s, name) == -1)
		return -1;
	return scan_value(s, trim(equal + 1));
}

static int
scan_line(struct ini *s, char *line)
{
	const char *end = line + strlen(line);

	if (end - line > CONF_LINE_MAX)
		return bad_line(s, "longer than %d bytes", CONF_LINE_MAX);
	/* iniparser looks for it when all blanks are gone, in comments too. */
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	if (end > line && end[-1] == '\\')
		return bad_line(s, "a line cannot be continued");
	line = trim(line);
	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return 0;
	return line[0] == '[' ? scan_section(s, line) : scan_setting(s, line);
}

static int
scan_file(struct ini *s, struct span text)
{
	char *copy = arena_dup(s->arena, text.data, text.len), *next;

	if (strlen(copy) != text.len)
		return bad_line(s, "the file has a NUL byte");
	for (; copy != NULL; copy = next) {
		s->line++;
		if ((next = strchr(copy, '\n')) != NULL)
			*next++ = '\0';
		if (scan_line(s, copy) == -1)
			return -1;
	}
	return 0;
}

static int
quiet(const char *fmt, ...)
{
	(void)fmt;
	return 0; /* the scan has said it better */
}

/* iniparser reads by name only: give it what was scanned, not the path. */
static dictionary *
parse(struct span text, struct err *e)
{
	scoped(close_fd) int fd = -1;
	dictionary *d;
	char name[32];

	if (fs_memory_file("conf", &fd, e) == -1 ||
		fs_write_all(fd, text.data, text.len, e) == -1)
		return NULL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	iniparser_set_error_callback(quiet);
	if ((d = iniparser_load(name)) == NULL)
		err_permanent(e, "5.3.5", "cannot be parsed");
	return d;
}

struct ini *
ini_read(int fd, const char *path, const struct ini_format *format,
	struct arena *a, struct err *e)
{
	struct buf text = BUF_INIT(format->bytes_max);
	struct ini *i = xcalloc(1, sizeof(*i));

	i->format = format;
	i->path = arena_strdup(a, path);
	i->arena = a;
	i->named_end = &i->named;
	i->err = e;
	if (fs_read_fd(fd, path, &text, e) == 0 &&
		scan_file(i, buf_view(&text)) == 0 &&
		(i->dictionary = parse(buf_view(&text), e)) == NULL)
		err_prefix(e, "%s", path);
	buf_release(&text);
	if (i->dictionary == NULL)
		ini_free(&i);
	return i;
}

void
ini_free(struct ini **i)
{
	if (*i == NULL)
		return;
	if ((*i)->dictionary != NULL)
		iniparser_freedict((*i)->dictionary);
	free((*i)->seen);
	free(*i);
	*i = NULL;
}

const char *
ini_next_named(const struct ini *i, const char *section)
{
	const struct named *n = i->named;

	while (section != NULL && n != NULL && n->section != section)
		n = n->next;
	if (section != NULL && n != NULL)
		n = n->next;
	return n != NULL ? n->section : NULL;
}

int
ini_line(const struct ini *i, const char *section, const char *name)
{
	size_t k, len = strlen(section);
	const struct named *n;

	for (n = i->named; name == NULL && n != NULL; n = n->next)
		if (strcmp(n->section, section) == 0)
			return n->line;
	for (k = 0; name != NULL && k < i->count; k++)
		if (strncmp(i->seen[k].key, section, len) == 0 &&
			i->seen[k].key[len] == ':' &&
			strcmp(i->seen[k].key + len + 1, name) == 0)
			return i->seen[k].line;
	return 0;
}

int
ini_fill(const struct ini *i, const char *section, void *base, struct err *e)
{
	const struct option *o = i->format->options;
	const char *kind, *text;
	char key[2 * NAME_MAX_BYTES];
	size_t k;

	kind = find_option(i->format, section, NULL)->section;
	for (k = 0; k < i->format->count; k++, o++) {
		if (strcmp(o->section, kind) != 0)
			continue;
		snprintf(key, sizeof(key), "%s:%s", section, o->name);
		text = iniparser_getstring(i->dictionary, key, o->standard);
		if (text == NULL || (o->standard == NULL && text[0] == '\0'))
			return err_permanent(e, "5.3.5",
				"%s: [%s] needs `%s = ...`: %s", i->path,
				section, o->name, o->help);
		if (conf_value_parse(o, text, i->arena, base, e) == -1)
			return err_prefix(e, "%s:%d: %s", i->path,
				ini_line(i, section, o->name), o->name);
	}
	return 0;
}
