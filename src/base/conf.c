#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/conf_value.h"
#include "base/fs.h"

#define ANALYST_PREFIX "analyst "
#define SEEN_MAX 2048
#define NAME_MAX_BYTES 64

/* The file line by line, for what iniparser does not say. */
struct scan {
	const char *path;
	int line;
	char section[NAME_MAX_BYTES];
	struct {
		char *key; /* "section:name" */
		int line;
	} seen[SEEN_MAX];
	size_t count;
	struct arena *arena;
	struct err *err;
};

static int bad_line(const struct scan *s, const char *fmt, ...)
	printf_like(2, 3);

static int
bad_line(const struct scan *s, const char *fmt, ...)
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

static const struct option *
find_option(const char *section, const char *name)
{
	size_t i, count;
	const struct option *o = option_table(&count);

	if (strncmp(section, ANALYST_PREFIX, strlen(ANALYST_PREFIX)) == 0)
		section = "analyst";
	for (i = 0; i < count; i++)
		if (strcmp(o[i].section, section) == 0 &&
			(name == NULL || strcmp(o[i].name, name) == 0))
			return &o[i];
	return NULL;
}

static int
scan_section(struct scan *s, char *line)
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
	snprintf(s->section, sizeof(s->section), "%s", line);
	/* iniparser would not count it among the sections. */
	if (strchr(line, ':') != NULL)
		return bad_line(
			s, "a colon cannot stand in the name of a section");
	if (strcmp(line, "analyst") == 0 ||
		(strncmp(line, ANALYST_PREFIX, strlen(ANALYST_PREFIX)) == 0 &&
			isspace((unsigned char)line[strlen(ANALYST_PREFIX)])))
		return bad_line(s, "write [analyst NAME], a name for each");
	if (find_option(line, NULL) == NULL)
		return bad_line(
			s, "unknown section [%s]; see psirtd.conf(5)", line);
	return 0;
}

static int
scan_value(struct scan *s, char *value)
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

static int
scan_setting(struct scan *s, char *line)
{
	char *equal = strchr(line, '='), *name, *p, *key;
	size_t i;

	if (equal == NULL)
		return bad_line(s, "expected `name = value`");
	*equal = '\0';
	name = trim(line);
	for (p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (s->section[0] == '\0')
		return bad_line(s, "`%s` stands before any [section]", name);
	if (find_option(s->section, name) == NULL)
		return bad_line(s,
			"unknown setting `%s` in [%s]; see "
			"psirtd.conf(5)",
			name, s->section);
	key = arena_printf(s->arena, "%s:%s", s->section, name);
	for (i = 0; i < s->count; i++)
		if (strcmp(s->seen[i].key, key) == 0)
			return bad_line(s,
				"`%s` is set twice, first in line "
				"%d",
				name, s->seen[i].line);
	if (s->count == SEEN_MAX)
		return bad_line(s, "too many settings");
	s->seen[s->count].key = key;
	s->seen[s->count++].line = s->line;
	return scan_value(s, trim(equal + 1));
}

static int
scan_line(struct scan *s, char *line)
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
scan_file(struct scan *s, struct span text)
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
line_of(const struct scan *s, const char *section, const char *name)
{
	size_t i, len = strlen(section);

	for (i = 0; i < s->count; i++)
		if (strncmp(s->seen[i].key, section, len) == 0 &&
			s->seen[i].key[len] == ':' &&
			strcmp(s->seen[i].key + len + 1, name) == 0)
			return s->seen[i].line;
	return 0;
}

/* Every option of SECTION's kind, from the file or by its default. */
static int
fill_section(const struct scan *s, dictionary *d, const char *section,
	void *base, struct err *e)
{
	const char *kind = find_option(section, NULL)->section, *text;
	char key[2 * NAME_MAX_BYTES];
	size_t i, count;
	const struct option *o = option_table(&count);

	for (i = 0; i < count; i++, o++) {
		if (strcmp(o->section, kind) != 0)
			continue;
		snprintf(key, sizeof(key), "%s:%s", section, o->name);
		text = iniparser_getstring(d, key, o->standard);
		if (text == NULL || (o->standard == NULL && text[0] == '\0'))
			return err_permanent(e, "5.3.5",
				"%s: [%s] needs `%s = ...`: %s", s->path,
				section, o->name, o->help);
		if (conf_value_parse(o, text, s->arena, base, e) == -1)
			return err_prefix(e, "%s:%d: %s", s->path,
				line_of(s, section, o->name), o->name);
	}
	return 0;
}

static int
fill_analysts(
	const struct scan *s, dictionary *d, struct conf *c, struct err *e)
{
	int i, count = iniparser_getnsec(d);
	struct conf_analyst *who;
	const char *section;

	for (i = 0; i < count; i++) {
		section = iniparser_getsecname(d, i);
		if (strncmp(section, ANALYST_PREFIX, strlen(ANALYST_PREFIX)))
			continue;
		if (c->analysts == CONF_ANALYSTS_MAX)
			return err_permanent(e, "5.3.5",
				"%s: more than %d analysts", s->path,
				CONF_ANALYSTS_MAX);
		who = &c->analyst[c->analysts++];
		if (fill_section(s, d, section, who, e) == -1)
			return -1;
		who->name = arena_strdup(
			c->arena, section + strlen(ANALYST_PREFIX));
		if (who->openpgp[0] == '\0' && who->smime[0] == '\0')
			return err_permanent(e, "5.3.5",
				"%s: [%s] needs `openpgp = FINGERPRINT` or "
				"`smime = FINGERPRINT`: letters to analysts "
				"are always encrypted",
				s->path, section);
	}
	if (c->analysts == 0)
		return err_permanent(e, "5.3.5",
			"%s: no [analyst NAME] section: somebody has to read "
			"the reports",
			s->path);
	return 0;
}

/* A relative path is taken from the directory of the file. */
static void
make_absolute(struct conf *c, char **path)
{
	const char *slash = strrchr(c->path, '/');

	if ((*path)[0] == '/' || (*path)[0] == '\0' || slash == NULL)
		return;
	*path = arena_printf(
		c->arena, "%.*s/%s", (int)(slash - c->path), c->path, *path);
}

static void
derive(struct conf *c)
{
	size_t i;

	make_absolute(c, &c->state);
	make_absolute(c, &c->runtime);
	make_absolute(c, &c->rules);
	make_absolute(c, &c->templates);
	make_absolute(c, &c->agent_home);
	make_absolute(c, &c->agent_socket);
	make_absolute(c, &c->control);
	for (i = 0; i < c->analysts; i++)
		make_absolute(c, &c->analyst[i].key_file);
	if (c->hostname[0] == '\0')
		c->hostname = strrchr(c->address, '@') + 1;
	if (c->authserv_id[0] == '\0')
		c->authserv_id = c->hostname;
	if (c->agent_home[0] == '\0')
		c->agent_home = conf_state_path(c, "agent");
	if (c->agent_socket[0] == '\0')
		c->agent_socket =
			arena_printf(c->arena, "%s/agent.sock", c->runtime);
	if (c->control[0] == '\0')
		c->control =
			arena_printf(c->arena, "%s/control.sock", c->runtime);
	if (c->workers == 0)
		c->workers = sysconf(_SC_NPROCESSORS_ONLN);
}

static int
check_prefix(const struct scan *s, const char *prefix, struct err *e)
{
	const char *p = prefix;

	while (isalnum((unsigned char)*p) || *p == '-')
		p++;
	if (p > prefix && *p == '\0')
		return 0;
	return err_permanent(e, "5.3.5",
		"%s:%d: prefix: letters, digits and hyphens only", s->path,
		line_of(s, "service", "prefix"));
}

static int
fill(const struct scan *s, dictionary *d, struct conf *c, struct err *e)
{
	const char *section = "";
	const struct option *o;
	size_t i, count;

	/* The table stands by sections. */
	for (o = option_table(&count), i = 0; i < count; i++) {
		if (strcmp(o[i].section, section) == 0 ||
			strcmp(o[i].section, "analyst") == 0)
			continue;
		section = o[i].section;
		if (fill_section(s, d, section, c, e) == -1)
			return -1;
	}
	if (check_prefix(s, c->prefix, e) == -1)
		return -1;
	if (fill_analysts(s, d, c, e) == -1)
		return -1;
	derive(c);
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

struct conf *
conf_read(int fd, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(CONF_BYTES_MAX);
	struct conf *c = xcalloc(1, sizeof(*c));
	struct scan *s = xcalloc(1, sizeof(*s));
	dictionary *d = NULL;
	int result = -1;

	c->arena = arena_new();
	c->path = arena_strdup(c->arena, path);
	s->path = c->path;
	s->arena = c->arena;
	s->err = e;
	if (fs_read_fd(fd, path, &text, e) == 0 &&
		scan_file(s, buf_view(&text)) == 0) {
		if ((d = parse(buf_view(&text), e)) == NULL)
			err_prefix(e, "%s", path);
		else
			result = fill(s, d, c, e);
	}
	if (d != NULL)
		iniparser_freedict(d);
	free(s);
	buf_release(&text);
	if (result == -1)
		conf_free(&c);
	return c;
}

struct conf *
conf_open(const char *path, struct err *e)
{
	scoped(free_pointer) char *whole = realpath(path, NULL);
	scoped(close_fd) int fd = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || whole == NULL) {
		err_permanent(e, "5.3.5", "%s: %s", path, strerror(errno));
		return NULL;
	}
	return conf_read(fd, whole, e);
}

void
conf_free(struct conf **c)
{
	if (*c == NULL)
		return;
	arena_free(&(*c)->arena);
	free(*c);
	*c = NULL;
}

static void
dump_section(
	const char *kind, const char *title, const void *base, struct buf *out)
{
	size_t i, count;
	const struct option *o = option_table(&count);

	buf_printf(out, "[%s]\n", title);
	for (i = 0; i < count; i++, o++) {
		if (strcmp(o->section, kind) != 0)
			continue;
		buf_printf(out, "# %s (%s)\n%s = ", o->help,
			option_type_name(o->type), o->name);
		conf_value_print(o, base, out);
		buf_puts(out, "\n");
	}
	buf_puts(out, "\n");
}

void
conf_dump(const struct conf *c, struct buf *out)
{
	const char *last = "";
	size_t i, count;
	const struct option *o = option_table(&count);
	char title[2 * NAME_MAX_BYTES];

	for (i = 0; i < count; i++) {
		if (strcmp(o[i].section, last) == 0 ||
			strcmp(o[i].section, "analyst") == 0)
			continue;
		last = o[i].section;
		dump_section(last, last, c, out);
	}
	for (i = 0; i < c->analysts; i++) {
		snprintf(
			title, sizeof(title), "analyst %s", c->analyst[i].name);
		dump_section("analyst", title, &c->analyst[i], out);
	}
}

const struct conf_analyst *
conf_analyst_named(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->analysts; i++)
		if (strcasecmp(c->analyst[i].name, name) == 0)
			return &c->analyst[i];
	return NULL;
}

const struct conf_analyst *
conf_analyst_of_user(const struct conf *c, const char *user)
{
	size_t i;

	for (i = 0; i < c->analysts; i++)
		if (user[0] != '\0' && strcmp(c->analyst[i].user, user) == 0)
			return &c->analyst[i];
	return NULL;
}

char *
conf_state_path(const struct conf *c, const char *name)
{
	return arena_printf(c->arena, "%s/%s", c->state, name);
}
