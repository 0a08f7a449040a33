/*
 * catalogue: the organisation's products, and what is inside them.
 *
 * The file is described in psirtd-catalogue(5): a section for each product,
 * read by base/ini.h, and beside it a list of components for each product that
 * has one, which `psirtctl catalogue import` writes.  Errors are permanent and
 * name file and line.
 *
 * A name is found in a text where it stands as a word, whatever the case of A
 * to Z; of names that overlap the one that begins first, of those the longest.
 * One pass over the text for each CATALOGUE_NAMES_BYTES of names.
 *
 * Not changed after loading; may be used after fork.
 */
#ifndef RULES_CATALOGUE_H
#define RULES_CATALOGUE_H

#include "base/err.h"
#include "base/memory.h"
#include "rules/hint.h"

#define CATALOGUE_BYTES_MAX (4 << 20)
#define CATALOGUE_NAMES_BYTES 32768
#define CATALOGUE_NAMES_MAX (8 * CATALOGUE_NAMES_BYTES)
#define CATALOGUE_SUFFIX ".components"
#define COMPONENTS_MAX 20000 /* of a product */
#define COMPONENT_LINE_MAX 1000

struct component {
	const char *name, *version, *purl; /* the last two may be "" */
};

/* A branch and the day on which its support ends or ended. */
struct support_end {
	const char *versions; /* vers: */
	const char *day; /* 2026-12-31 */
	int64_t at; /* the instant behind it */
};

struct product {
	const char *section; /* "product foo", small letters */
	int line;
	/* As they stand in the file; "" where they are left out. */
	char *name, *aliases, *repositories, *supported, *end_of_life, *owner,
		*components_file, *upstream, *downstream;

	const char **names; /* all that it is known by */
	size_t names_count;
	const char *versions; /* the supported ones, vers:, or "" */
	const struct support_end *ends;
	size_t ends_count;
	const struct component *components; /* sorted by name */
	size_t components_count;
};

struct catalogue;
struct rule;

struct catalogue *catalogue_load(const char *path, struct err *e);
void catalogue_free(struct catalogue **c);

size_t catalogue_count(const struct catalogue *c);
const struct product *catalogue_product(const struct catalogue *c, size_t i);
/* The product with that name or alias, or NULL. */
const struct product *catalogue_named(
	const struct catalogue *c, const char *name);

/* A name of a product stands in [START, END); RULE is what says so. */
typedef void catalogue_found(
	void *arg, const struct rule *rule, size_t start, size_t end);
void catalogue_scan(const struct catalogue *c, struct span text,
	catalogue_found *found, void *arg);

/* The file of the list, from the directory of PATH, the catalogue's. */
char *catalogue_components_path(
	const struct product *p, const char *path, struct arena *a);

/* One line of such a list: NAME, VERSION, PURL with tabs between them. */
void component_print(const struct component *c, struct buf *out);

/* Flask-User, flask_user and Flask User are one name: <0, 0, >0. */
int name_compare(const char *a, const char *b);

#endif
