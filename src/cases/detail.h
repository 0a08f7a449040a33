/*
 * detail: what analysts state about a case: how bad it is, what it is called,
 * which products it is in.
 *
 * A detail has one value, a list has several, each once.  All are changed by
 * events only:
 *
 *	detail.set    {detail, value, was}; of a product also {product}
 *	item.added    {list, value}
 *	item.removed  {list, value}
 *
 * A value "-" is none.  The title is what a person wrote: its value is the
 * number of the message that holds it.
 */
#ifndef CASES_DETAIL_H
#define CASES_DETAIL_H

#include "cases/event.h"

#define DETAIL_NONE "-"

enum detail {
	DETAIL_TITLE,
	DETAIL_SEVERITY,
	DETAIL_TLP,
	DETAIL_CVSS_2_0,
	DETAIL_CVSS_3_0,
	DETAIL_CVSS_3_1,
	DETAIL_CVSS_4_0,
	/* Of a product: */
	DETAIL_AFFECTED,
	DETAIL_FIXED,
	DETAIL__COUNT
};

enum detail_list {
	LIST_CWE,
	LIST_CVE,
	LIST_TAG,
	LIST_PRODUCT,
	LIST__COUNT
};

struct detail_item {
	const char *value;
	/* Of a product: the value of each detail, "" is none. */
	const char *of_product[DETAIL__COUNT];
	struct detail_item *next;
};

struct details {
	const char *value[DETAIL__COUNT]; /* "" is none */
	struct detail_item *list[LIST__COUNT];
};

void details_begin(struct details *d);

/* Apply one of the events above; what is unknown in it is passed over. */
void details_apply(struct details *d, struct arena *a, const struct event *ev);

/* The value as it is now, "" if there is none; PRODUCT is NULL for those of
 * the case. */
const char *details_value(
	const struct details *d, enum detail detail, const char *product);

/* Without case; NULL when it is not in the list. */
const struct detail_item *details_item(
	const struct details *d, enum detail_list list, const char *value);

/* Number of the message that holds the title, 0 if there is none. */
int64_t details_title(const struct details *d);

const char *detail_name(enum detail detail);
const char *detail_list_name(enum detail_list list);
/* -1 when there is none of that name. */
int detail_of(const char *name);
int detail_list_of(const char *name);

/*
 * TLP 2.0 (first.org/tlp): the label in upper case without "TLP:", or NULL
 * when TEXT is none.
 */
const char *tlp_label(const char *text);

/* Nothing with that label may leave in clear: RED, AMBER+STRICT. */
bool tlp_is_sealed(const char *label);

#endif
