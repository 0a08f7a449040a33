#include "rules/catalogue.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/ini.h"
#include "base/utf8.h"
#include "rules/catalogue_names.h"
#include "rules/range.h"
#include "rules/rule.h"

#define AT(MEMBER) offsetof(struct product, MEMBER)
#define LINE .max = CONF_LINE_MAX
#define ENDS_MAX 64
#define COMPONENTS_BYTES_MAX (16 << 20)

static const struct option options[] = {
	{"product", "name", OPTION_TEXT, AT(name), NULL, .max = 200,
		.help = "What people call it."},
	{"product", "aliases", OPTION_TEXT, AT(aliases), "", LINE,
		.help = "Other names, with commas between them."},
	{"product", "repositories", OPTION_TEXT, AT(repositories), "", LINE,
		.help = "Addresses of repositories, with commas between "
			"them; each is a name, too."},
	{"product", "supported", OPTION_TEXT, AT(supported), "", LINE,
		.help = "The supported versions, in the words of a report: "
			"2.x, 3.1 and later."},
	{"product", "end_of_life", OPTION_TEXT, AT(end_of_life), "", LINE,
		.help = "When the support of versions ends: 1.x 2025-06-30, "
			"2.x 2027-01-31."},
	{"product", "owner", OPTION_ADDRESS, AT(owner), NULL, .max = 254,
		.help = "Address of the team that it belongs to."},
	{"product", "components", OPTION_TEXT, AT(components_file), "",
		.max = 200,
		.help = "File with what is inside it, beside this one; "
			"`psirtctl catalogue import` writes it."},
	{"product", "upstream", OPTION_TEXT, AT(upstream), "", LINE,
		.help = "Whom to tell where it comes from."},
	{"product", "downstream", OPTION_TEXT, AT(downstream), "", LINE,
		.help = "Whom to tell who builds on it, with commas between "
			"them."},
};

struct catalogue {
	struct arena *arena;
	char *path;
	struct product *products;
	size_t count;
	struct catalogue_names *names;
};

int
name_compare(const char *a, const char *b)
{
	int left, right;

	do {
		while (*a != '\0' && strchr("-_. ", *a) != NULL)
			a++;
		while (*b != '\0' && strchr("-_. ", *b) != NULL)
			b++;
		left = tolower((unsigned char)*a);
		right = tolower((unsigned char)*b);
		a += left != '\0';
		b += right != '\0';
	} while (left == right && left != '\0');
	return left - right;
}

/* --- one product --- */

struct loading {
	struct catalogue *c;
	const struct ini *ini;
	struct product *p;
	struct err *err;
};

static int
bad(const struct loading *l, const char *setting, const char *text)
{
	return err_permanent(l->err, "5.3.5", "%s:%d: %s: %s", l->c->path,
		ini_line(l->ini, l->p->section, setting), setting, text);
}

/* Cut off the next item of a list with commas; NULL at its end. */
static char *
next_item(char **list)
{
	char *item, *end;

	while (*list != NULL) {
		item = *list;
		if ((*list = strchr(item, ',')) != NULL)
			*(*list)++ = '\0';
		item += strspn(item, " \t");
		for (end = item + strlen(item); end > item; end--)
			if (end[-1] != ' ' && end[-1] != '\t')
				break;
		*end = '\0';
		if (*item != '\0')
			return item;
	}
	return NULL;
}

/* People write the address of a repository in many ways; this is in all. */
static char *
bare_repository(char *address)
{
	char *bare = strstr(address, "://");
	size_t len;

	bare = bare != NULL ? bare + 3 : address;
	len = strlen(bare);
	while (len > 0 && bare[len - 1] == '/')
		len--;
	if (len > 4 && strncmp(bare + len - 4, ".git", 4) == 0)
		len -= 4;
	bare[len] = '\0';
	return bare;
}

static void
add_name(struct product *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->names_count; i++)
		if (strcasecmp(p->names[i], name) == 0)
			return;
	p->names[p->names_count++] = name;
}

static int
set_names(struct loading *l)
{
	struct arena *a = l->c->arena;
	struct product *p = l->p;
	char *list, *item;

	p->names = arena_calloc(a,
		2 + strlen(p->aliases) + strlen(p->repositories),
		sizeof(char *));
	add_name(p, p->name);
	list = arena_strdup(a, p->aliases);
	while ((item = next_item(&list)) != NULL)
		add_name(p, item);
	list = arena_strdup(a, p->repositories);
	while ((item = next_item(&list)) != NULL) {
		item = bare_repository(item);
		if (strchr(item, '/') == NULL)
			return bad(l, "repositories",
				"write the whole address: "
				"https://git.example.com/foo");
		add_name(p, item);
	}
	return 0;
}

static const char *
range_of(struct arena *a, const char *words)
{
	struct buf range = BUF_INIT(HINT_VALUE_MAX);
	const char *result = NULL;

	if (range_normalize(span_of(words), &range))
		result = arena_strdup(a, range.data);
	buf_release(&range);
	return result;
}

static int
set_supported(struct loading *l)
{
	l->p->versions = "";
	if (l->p->supported[0] == '\0')
		return 0;
	l->p->versions = range_of(l->c->arena, l->p->supported);
	return l->p->versions != NULL ? 0
				      : bad(l, "supported",
						"write versions as a report "
						"does: 2.x, 3.1 and later");
}

/* The instant behind a day 2026-12-31. */
static bool
day_end(const char *day, int64_t *at_r)
{
	char text[INSTANT_TEXT];

	snprintf(text, sizeof(text), "%sT00:00:00Z", day);
	if (strlen(day) != strlen("2026-12-31") || !instant_parse(text, at_r))
		return false;
	*at_r += DAY;
	return true;
}

static int
set_ends(struct loading *l)
{
	struct arena *a = l->c->arena;
	char *list = arena_strdup(a, l->p->end_of_life), *item, *day;
	struct support_end *ends = arena_calloc(a, ENDS_MAX, sizeof(*ends));
	struct support_end *end;

	l->p->ends = ends;
	while ((item = next_item(&list)) != NULL) {
		if (l->p->ends_count == ENDS_MAX)
			return bad(l, "end_of_life", "too many branches");
		end = &ends[l->p->ends_count++];
		if ((day = strrchr(item, ' ')) == NULL ||
			!day_end(day + 1, &end->at))
			return bad(l, "end_of_life",
				"behind the versions stands a day: 1.x "
				"2025-06-30");
		*day = '\0';
		end->day = day + 1;
		if ((end->versions = range_of(a, item)) == NULL)
			return bad(l, "end_of_life",
				"in front of the day stand versions: 1.x "
				"2025-06-30");
	}
	return 0;
}

/* --- components --- */

static int
by_name(const void *left, const void *right)
{
	const struct component *a = left, *b = right;
	int order = name_compare(a->name, b->name);

	return order != 0 ? order : strcmp(a->version, b->version);
}

static void
set_component(struct component *c, char *line)
{
	char *version = strchr(line, '\t'), *purl = NULL;

	if (version != NULL) {
		*version++ = '\0';
		if ((purl = strchr(version, '\t')) != NULL)
			*purl++ = '\0';
	}
	*c = (struct component){.name = line,
		.version = version != NULL ? version : "",
		.purl = purl != NULL ? purl : ""};
}

static int
read_components(struct product *p, struct arena *a, const char *path,
	struct span text, struct err *e)
{
	char *line = arena_dup(a, text.data, text.len), *next;
	struct component *list = NULL;
	size_t room = 1, i;
	int number = 0;

	for (i = 0; i < text.len; i++)
		room += text.data[i] == '\n';
	if (room > COMPONENTS_MAX)
		return err_permanent(e, "5.3.5", "%s: more than %d components",
			path, COMPONENTS_MAX);
	if (strlen(line) != text.len || !utf8_is_clean(text, UTF8_MANY_LINES))
		return err_permanent(e, "5.3.5",
			"%s: not plain text: write it by `psirtctl catalogue "
			"import`",
			path);
	list = arena_calloc(a, room, sizeof(*list));
	for (; line != NULL; line = next) {
		number++;
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (line[0] == '\t' || strlen(line) > COMPONENT_LINE_MAX)
			return err_permanent(e, "5.3.5",
				"%s:%d: expected NAME, VERSION and PURL with "
				"tabs between them",
				path, number);
		set_component(&list[p->components_count++], line);
	}
	qsort(list, p->components_count, sizeof(*list), by_name);
	p->components = list;
	return 0;
}

static int
load_components(struct loading *l)
{
	struct buf text = BUF_INIT(COMPONENTS_BYTES_MAX);
	struct product *p = l->p;
	const char *path;
	int result;

	if (p->components_file[0] == '\0')
		return 0;
	path = catalogue_components_path(p, l->c->path, l->c->arena);
	/* It is there when something has been imported. */
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	result = fs_read_file(path, &text, l->err);
	if (result == 0)
		result = read_components(
			p, l->c->arena, path, buf_view(&text), l->err);
	buf_release(&text);
	return result;
}

char *
catalogue_components_path(
	const struct product *p, const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	if (p->components_file[0] == '/' || slash == NULL)
		return arena_strdup(a, p->components_file);
	return arena_printf(
		a, "%.*s/%s", (int)(slash - path), path, p->components_file);
}

void
component_print(const struct component *c, struct buf *out)
{
	buf_printf(out, "%s\t%s\t%s\n", c->name, c->version, c->purl);
}

/* --- the file --- */

static int
load_product(struct loading *l)
{
	const struct product *other;
	size_t i;

	if (ini_fill(l->ini, l->p->section, l->p, l->err) == -1 ||
		set_names(l) == -1 || set_supported(l) == -1 ||
		set_ends(l) == -1 || load_components(l) == -1)
		return -1;
	l->p->line = ini_line(l->ini, l->p->section, NULL);
	for (i = 0; i < l->p->names_count; i++) {
		other = catalogue_named(l->c, l->p->names[i]);
		if (other != NULL)
			return err_permanent(l->err, "5.3.5",
				"%s:%d: \"%s\" is also a name of [%s] in line "
				"%d",
				l->c->path, l->p->line, l->p->names[i],
				other->section, other->line);
	}
	return 0;
}

static int
load_products(struct catalogue *c, const struct ini *ini, struct err *e)
{
	struct loading l = {.c = c, .ini = ini, .err = e};
	const char *section = NULL;
	size_t room = 0;

	while ((section = ini_next_named(ini, section)) != NULL)
		room++;
	c->products = arena_calloc(c->arena, room, sizeof(*c->products));
	while ((section = ini_next_named(ini, section)) != NULL) {
		l.p = &c->products[c->count];
		l.p->section = section;
		if (load_product(&l) == -1)
			return -1;
		if (catalogue_names_add(c->names, l.p) == -1)
			return err_permanent(e, "5.3.5",
				"%s:%d: the names of all products are longer "
				"than %d bytes",
				c->path, l.p->line, CATALOGUE_NAMES_MAX);
		c->count++;
	}
	if (c->count == 0)
		return err_permanent(e, "5.3.5",
			"%s: no [product NAME] section in it", c->path);
	catalogue_names_close(c->names);
	return 0;
}

struct catalogue *
catalogue_load(const char *path, struct err *e)
{
	const struct ini_format format = {.options = options,
		.count = countof(options),
		.named = "product",
		.manual = "psirtd-catalogue(5)",
		.bytes_max = CATALOGUE_BYTES_MAX};
	struct catalogue *c = xcalloc(1, sizeof(*c));
	scoped(close_fd) int fd = -1;
	struct ini *ini = NULL;
	int result = -1;

	c->arena = arena_new();
	c->path = arena_strdup(c->arena, path);
	c->names = catalogue_names_new();
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		err_permanent(e, "5.3.5", "%s: %s", path, strerror(errno));
	else
		ini = ini_read(fd, path, &format, c->arena, e);
	if (ini != NULL)
		result = load_products(c, ini, e);
	ini_free(&ini);
	if (result == -1)
		catalogue_free(&c);
	return c;
}

void
catalogue_free(struct catalogue **c)
{
	if (*c == NULL)
		return;
	catalogue_names_free(&(*c)->names);
	arena_free(&(*c)->arena);
	free(*c);
	*c = NULL;
}

size_t
catalogue_count(const struct catalogue *c)
{
	return c->count;
}

const struct product *
catalogue_product(const struct catalogue *c, size_t i)
{
	return &c->products[i];
}

const struct product *
catalogue_named(const struct catalogue *c, const char *name)
{
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->products[i].names_count; k++)
			if (strcasecmp(c->products[i].names[k], name) == 0)
				return &c->products[i];
	return NULL;
}

void
catalogue_scan(const struct catalogue *c, struct span text,
	catalogue_found *found, void *arg)
{
	catalogue_names_scan(c->names, text, found, arg);
}
