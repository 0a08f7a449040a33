#include "rules/ruleset.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "rules/rule.h"
#include "rules/rulefile.h"

#define SUFFIX ".rules"

static int
load_file(struct rulefile *f, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(RULES_FILE_MAX);
	int result;

	result = fs_read_file(path, &text, e);
	if (result == 0)
		result = rulefile_add(f, buf_view(&text), path, e);
	buf_release(&text);
	return result;
}

static int
is_rule_file(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > strlen(SUFFIX) &&
		strcmp(d->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* By bytes: the order may not depend on somebody's locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* FILE comes in the place of the one with its name; *FILE is NULL then. */
static int
load_member(struct rulefile *f, const char *dir, const char *name,
	const char **file, struct err *e)
{
	struct buf path = BUF_INIT(4096);
	int result;

	buf_printf(&path, "%s/%s", dir, name);
	if (*file != NULL && strcmp(base_name(*file), name) == 0) {
		result = load_file(f, *file, e);
		*file = NULL;
	} else {
		result = load_file(f, path.data, e);
	}
	buf_release(&path);
	return result;
}

static int
load_dir(struct rulefile *f, const char *path, const char **file, struct err *e)
{
	struct dirent **names;
	int count, i, result = 0;

	if ((count = scandir(path, &names, is_rule_file, by_name)) == -1)
		return err_errno(e, "%s", path);
	if (count == 0)
		result = err_permanent(e, "5.3.5",
			"%s: no file named *" SUFFIX " in it", path);
	for (i = 0; i < count; i++) {
		if (result == 0)
			result =
				load_member(f, path, names[i]->d_name, file, e);
		free(names[i]);
	}
	free(names);
	return result;
}

struct ruleset *
ruleset_load(const char *path, const char *file, struct err *e)
{
	struct rulefile *f = rulefile_new();
	struct stat st;
	int result;

	if (stat(path, &st) == -1)
		result = err_errno(e, "%s", path);
	else if (S_ISDIR(st.st_mode))
		result = load_dir(f, path, &file, e);
	else
		result = load_file(f, path, e);
	if (result == 0 && file != NULL)
		result = load_file(f, file, e);
	if (result == 0)
		return rulefile_finish(&f);
	rulefile_free(&f);
	/* A file that cannot be read is for the administrator to mend. */
	e->kind = ERR_PERMANENT;
	memcpy(e->status, "5.3.5", sizeof("5.3.5"));
	return NULL;
}

struct ruleset *
ruleset_of_conf(const struct conf *c, const char *file, struct err *e)
{
	struct ruleset *r = ruleset_load(c->rules, file, e);

	if (r == NULL || c->catalogue[0] == '\0')
		return r;
	if ((r->catalogue = catalogue_load(c->catalogue, e)) == NULL)
		ruleset_free(&r);
	return r;
}

void
ruleset_free(struct ruleset **r)
{
	struct rule *rule;
	size_t i;

	if (*r == NULL)
		return;
	for (i = 0; i < (*r)->count; i++) {
		rule = &(*r)->rules[i];
		pattern_free(&rule->pattern);
		pattern_free(&rule->label);
		pattern_free(&rule->if_preceded);
		pattern_free(&rule->if_followed);
		pattern_free(&rule->unless_preceded);
		pattern_free(&rule->unless_followed);
	}
	free((*r)->rules);
	literals_free(&(*r)->literals);
	languages_free(&(*r)->languages);
	catalogue_free(&(*r)->catalogue);
	arena_free(&(*r)->arena);
	free(*r);
	*r = NULL;
}

size_t
ruleset_count(const struct ruleset *r)
{
	return r->count;
}
