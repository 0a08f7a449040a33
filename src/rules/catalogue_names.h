/*
 * catalogue_names: where names of products stand in a text; the part of
 * rules/catalogue.h that looks for them.
 */
#ifndef RULES_CATALOGUE_NAMES_H
#define RULES_CATALOGUE_NAMES_H

#include "rules/catalogue.h"

struct catalogue_names;

struct catalogue_names *catalogue_names_new(void);
void catalogue_names_free(struct catalogue_names **n);

/* The names of P, which must outlive N.  -1: there are too many. */
must_check int catalogue_names_add(
	struct catalogue_names *n, const struct product *p);
/* After the last, before the first search. */
void catalogue_names_close(struct catalogue_names *n);

void catalogue_names_scan(const struct catalogue_names *n, struct span text,
	catalogue_found *found, void *arg);

#endif
