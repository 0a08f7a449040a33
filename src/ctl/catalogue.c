/* psirtctl catalogue: whether it can be used, what it says, what is inside. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/fs.h"
#include "base/output.h"
#include "ctl/verb.h"
#include "rules/sbom.h"

#define OUT_MAX (64 << 20)
#define LIST_BYTES_MAX (16 << 20)

struct consulted {
	const struct conf *conf;
	const char *product; /* of --product, or NULL */
	const char *file; /* or NULL */
	bool json;
};

static struct catalogue *
load(const struct conf *conf)
{
	struct catalogue *c;
	struct err e;

	if (conf->catalogue[0] == '\0') {
		fprintf(stderr,
			"psirtctl: catalogue: there is none: set `catalogue` "
			"in [paths] of %s\n",
			conf->path);
		return NULL;
	}
	if ((c = catalogue_load(conf->catalogue, &e)) == NULL)
		verb_fail(&e);
	return c;
}

static int
check(const struct consulted *x, const struct catalogue *c)
{
	size_t i, components = 0;

	(void)x;
	for (i = 0; i < catalogue_count(c); i++)
		components += catalogue_product(c, i)->components_count;
	printf("%zu products with %zu components can be used\n",
		catalogue_count(c), components);
	return EX_OK;
}

/* --- list --- */

static void
print_field(const char *name, const char *value)
{
	if (value[0] != '\0')
		printf("    %s: %s\n", name, value);
}

static void
print_product(const struct product *p)
{
	printf("%s, %s\n", p->name, p->owner);
	print_field("aliases", p->aliases);
	print_field("repositories", p->repositories);
	print_field("supported", p->supported);
	print_field("end of life", p->end_of_life);
	print_field("upstream", p->upstream);
	print_field("downstream", p->downstream);
	if (p->components_count > 0)
		printf("    %zu components\n", p->components_count);
}

static void
json_product(const struct product *p)
{
	struct buf out = BUF_INIT(OUT_MAX);
	struct output *o = output_new();
	size_t i;

	output_text(o, "name", p->name);
	output_text(o, "owner", p->owner);
	output_array(o, "names");
	for (i = 0; i < p->names_count; i++)
		output_text(o, NULL, p->names[i]);
	output_end(o);
	output_text(o, "supported", p->versions);
	output_array(o, "end_of_life");
	for (i = 0; i < p->ends_count; i++) {
		output_object(o, NULL);
		output_text(o, "versions", p->ends[i].versions);
		output_text(o, "day", p->ends[i].day);
		output_end(o);
	}
	output_end(o);
	output_text(o, "upstream", p->upstream);
	output_text(o, "downstream", p->downstream);
	output_array(o, "components");
	for (i = 0; i < p->components_count; i++) {
		output_object(o, NULL);
		output_text(o, "name", p->components[i].name);
		output_text(o, "version", p->components[i].version);
		output_text(o, "purl", p->components[i].purl);
		output_end(o);
	}
	output_end(o);
	output_finish(&o, &out);
	fputs(out.data, stdout);
	buf_release(&out);
}

static int
list(const struct consulted *x, const struct catalogue *c)
{
	size_t i;

	for (i = 0; i < catalogue_count(c); i++) {
		if (x->json)
			json_product(catalogue_product(c, i));
		else
			print_product(catalogue_product(c, i));
	}
	return EX_OK;
}

/* --- import --- */

/* The product that the file is for, or NULL when nobody can say. */
static const struct product *
find_product(const struct consulted *x, const struct catalogue *c,
	const struct sbom *s)
{
	const char *name = x->product != NULL ? x->product : s->product;
	const struct product *p = catalogue_named(c, name);

	if (p == NULL)
		fprintf(stderr,
			"psirtctl: %s: it is about \"%s\", which is no product "
			"of %s; say which by --product NAME\n",
			x->file, name, x->conf->catalogue);
	else if (p->components_file[0] == '\0')
		fprintf(stderr,
			"psirtctl: %s:%d: [%s] names no file for its "
			"components: add `components = NAME" CATALOGUE_SUFFIX
			"`\n",
			x->conf->catalogue, p->line, p->section);
	else
		return p;
	return NULL;
}

static int
write_list(const struct consulted *x, const struct product *p,
	const struct sbom *s, struct arena *a)
{
	const char *path = catalogue_components_path(p, x->conf->catalogue, a);
	struct buf out = BUF_INIT(LIST_BYTES_MAX);
	struct err e;
	size_t i;
	int status = EX_OK;

	for (i = 0; i < s->count; i++)
		component_print(&s->components[i], &out);
	if (out.failed)
		err_permanent(&e, "5.3.5", "%s: too large", path);
	if (out.failed || fs_replace_file(path, buf_view(&out), 0644, &e) == -1)
		status = verb_fail(&e);
	else
		printf("%zu components of %s (%s) are in %s; reload psirtd to "
		       "use them\n",
			s->count, p->name, s->format, path);
	buf_release(&out);
	return status;
}

static int
import(const struct consulted *x, const struct catalogue *c)
{
	struct buf text = BUF_INIT(SBOM_BYTES_MAX);
	struct arena *a = arena_new();
	const struct product *p;
	int status = EX_NOINPUT;
	struct sbom s;
	struct err e;

	if (fs_read_file(x->file, &text, &e) == -1) {
		verb_fail(&e);
	} else if (sbom_read(buf_view(&text), a, &s, &e) == -1) {
		err_prefix(&e, "%s", x->file);
		status = verb_fail(&e);
	} else {
		status = EX_DATAERR;
		if ((p = find_product(x, c, &s)) != NULL)
			status = write_list(x, p, &s, a);
	}
	arena_free(&a);
	buf_release(&text);
	return status;
}

/* --- the verb --- */

static const struct {
	const char *word;
	bool json, file;
	int (*run)(const struct consulted *x, const struct catalogue *c);
} actions[] = {
	{"check", false, false, check},
	{"list", true, false, list},
	{"import", false, true, import},
};

/* False: this is not how it is called. */
static bool
take_words(const struct call *c, size_t action, struct consulted *x)
{
	int i;

	for (i = 2; i < c->argc; i++) {
		if (actions[action].json && strcmp(c->argv[i], "--json") == 0)
			x->json = true;
		else if (actions[action].file && i + 1 < c->argc &&
			strcmp(c->argv[i], "--product") == 0)
			x->product = c->argv[++i];
		else if (actions[action].file && x->file == NULL &&
			c->argv[i][0] != '-')
			x->file = c->argv[i];
		else
			return false;
	}
	return !actions[action].file || x->file != NULL;
}

static int
run(const struct call *c)
{
	struct consulted x = {.product = NULL};
	struct catalogue *catalogue;
	struct conf *conf;
	int status = EX_CONFIG;
	size_t i = 0;

	while (i < countof(actions) &&
		(c->argc < 2 || strcmp(c->argv[1], actions[i].word) != 0))
		i++;
	if (i == countof(actions) || !take_words(c, i, &x))
		return -1;
	if ((x.conf = conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if ((catalogue = load(conf)) != NULL)
		status = actions[i].run(&x, catalogue);
	catalogue_free(&catalogue);
	conf_free(&conf);
	return status;
}

const struct verb verb_catalogue = {"catalogue",
	"catalogue check\ncatalogue list [--json]\n"
	"catalogue import [--product NAME] FILE",
	"Check the organisation's products; list them; take in what is inside "
	"one, from CycloneDX or SPDX.",
	run};
