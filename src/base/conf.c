#include "base/conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/conf_value.h"
#include "base/ini.h"
#include "base/fs.h"

#define ANALYST "analyst"

static int
fill_analysts(const struct ini *ini, struct conf *c, struct err *e)
{
	struct conf_analyst *who;
	const char *section = NULL;

	while ((section = ini_next_named(ini, section)) != NULL) {
		if (c->analysts == CONF_ANALYSTS_MAX)
			return err_permanent(e, "5.3.5",
				"%s: more than %d analysts", c->path,
				CONF_ANALYSTS_MAX);
		who = &c->analyst[c->analysts++];
		if (ini_fill(ini, section, who, e) == -1)
			return -1;
		who->name = arena_strdup(c->arena, section + sizeof(ANALYST));
		if (who->openpgp[0] == '\0' && who->smime[0] == '\0')
			return err_permanent(e, "5.3.5",
				"%s: [%s] needs `openpgp = FINGERPRINT` or "
				"`smime = FINGERPRINT`: letters to analysts "
				"are always encrypted",
				c->path, section);
	}
	if (c->analysts == 0)
		return err_permanent(e, "5.3.5",
			"%s: no [analyst NAME] section: somebody has to read "
			"the reports",
			c->path);
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
	make_absolute(c, &c->catalogue);
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
check_prefix(const struct ini *ini, const struct conf *c, struct err *e)
{
	const char *p = c->prefix;

	while (isalnum((unsigned char)*p) || *p == '-')
		p++;
	if (p > c->prefix && *p == '\0')
		return 0;
	return err_permanent(e, "5.3.5",
		"%s:%d: prefix: letters, digits and hyphens only", c->path,
		ini_line(ini, "service", "prefix"));
}

static int
fill(const struct ini *ini, struct conf *c, struct err *e)
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
		if (ini_fill(ini, section, c, e) == -1)
			return -1;
	}
	if (check_prefix(ini, c, e) == -1)
		return -1;
	if (fill_analysts(ini, c, e) == -1)
		return -1;
	derive(c);
	return 0;
}

struct conf *
conf_read(int fd, const char *path, struct err *e)
{
	struct ini_format format = {.named = ANALYST,
		.manual = "psirtd.conf(5)",
		.bytes_max = CONF_BYTES_MAX};
	struct conf *c = xcalloc(1, sizeof(*c));
	struct ini *ini;
	int result = -1;

	format.options = option_table(&format.count);
	c->arena = arena_new();
	c->path = arena_strdup(c->arena, path);
	if ((ini = ini_read(fd, path, &format, c->arena, e)) != NULL)
		result = fill(ini, c, e);
	ini_free(&ini);
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
	char title[100];

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
