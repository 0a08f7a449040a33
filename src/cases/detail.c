#include "cases/detail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const detail_names[] = {
	[DETAIL_TITLE] = "title",
	[DETAIL_SEVERITY] = "severity",
	[DETAIL_TLP] = "TLP",
	[DETAIL_CVSS_2_0] = "CVSS 2.0",
	[DETAIL_CVSS_3_0] = "CVSS 3.0",
	[DETAIL_CVSS_3_1] = "CVSS 3.1",
	[DETAIL_CVSS_4_0] = "CVSS 4.0",
	[DETAIL_AFFECTED] = "affected",
	[DETAIL_FIXED] = "fixed",
};
_Static_assert(countof(detail_names) == DETAIL__COUNT, "a name for each");

static const char *const list_names[] = {
	[LIST_CWE] = "CWE",
	[LIST_CVE] = "CVE",
	[LIST_TAG] = "tag",
	[LIST_PRODUCT] = "product",
};
_Static_assert(countof(list_names) == LIST__COUNT, "a name for each");

static const char *const labels[] = {
	"RED", "AMBER", "AMBER+STRICT", "GREEN", "CLEAR"};

const char *
detail_name(enum detail detail)
{
	return detail_names[detail];
}

const char *
detail_list_name(enum detail_list list)
{
	return list_names[list];
}

static int
find(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int
detail_of(const char *name)
{
	return find(detail_names, DETAIL__COUNT, name);
}

int
detail_list_of(const char *name)
{
	return find(list_names, LIST__COUNT, name);
}

const char *
tlp_label(const char *text)
{
	size_t i;

	if (strncasecmp(text, "TLP:", 4) == 0)
		text += 4;
	for (i = 0; i < countof(labels); i++)
		if (strcasecmp(text, labels[i]) == 0)
			return labels[i];
	return NULL;
}

bool
tlp_is_sealed(const char *label)
{
	return strcmp(label, "RED") == 0 || strcmp(label, "AMBER+STRICT") == 0;
}

static void
clear(const char **values)
{
	size_t i;

	for (i = 0; i < DETAIL__COUNT; i++)
		values[i] = "";
}

void
details_begin(struct details *d)
{
	*d = (struct details){.list = {NULL}};
	clear(d->value);
}

/* Where the item stands, or where a new one goes. */
static struct detail_item **
place_of(struct details *d, enum detail_list list, const char *value)
{
	struct detail_item **at;

	for (at = &d->list[list]; *at != NULL; at = &(*at)->next)
		if (strcasecmp((*at)->value, value) == 0)
			break;
	return at;
}

const struct detail_item *
details_item(const struct details *d, enum detail_list list, const char *value)
{
	const struct detail_item *item;

	for (item = d->list[list]; item != NULL; item = item->next)
		if (strcasecmp(item->value, value) == 0)
			return item;
	return NULL;
}

const char *
details_value(const struct details *d, enum detail detail, const char *product)
{
	const struct detail_item *item;

	if (product == NULL)
		return d->value[detail];
	item = details_item(d, LIST_PRODUCT, product);
	return item != NULL ? item->of_product[detail] : "";
}

int64_t
details_title(const struct details *d)
{
	return strtoll(d->value[DETAIL_TITLE], NULL, 10);
}

static const char *
fact(const struct event *ev, const char *key)
{
	const char *value = facts_get(&ev->facts, key);

	return value != NULL ? value : "";
}

static void
set(struct details *d, struct arena *a, const struct event *ev)
{
	const char *product = facts_get(&ev->facts, "product");
	const char *value = fact(ev, "value"), **values = d->value;
	int detail = detail_of(fact(ev, "detail"));
	struct detail_item *item;

	if (product != NULL) {
		item = *place_of(d, LIST_PRODUCT, product);
		values = item != NULL ? item->of_product : NULL;
	}
	if (detail == -1 || values == NULL)
		return;
	values[detail] =
		strcmp(value, DETAIL_NONE) != 0 ? arena_strdup(a, value) : "";
}

static void
add(struct details *d, struct arena *a, const struct event *ev)
{
	const char *value = fact(ev, "value");
	int list = detail_list_of(fact(ev, "list"));
	struct detail_item **at;

	if (list == -1)
		return;
	at = place_of(d, (enum detail_list)list, value);
	if (*at != NULL)
		return;
	*at = arena_alloc(a, sizeof(**at));
	(*at)->value = arena_strdup(a, value);
	clear((*at)->of_product);
}

static void
take_out(struct details *d, const struct event *ev)
{
	int list = detail_list_of(fact(ev, "list"));
	struct detail_item **at;

	if (list == -1)
		return;
	at = place_of(d, (enum detail_list)list, fact(ev, "value"));
	if (*at != NULL)
		*at = (*at)->next;
}

void
details_apply(struct details *d, struct arena *a, const struct event *ev)
{
	if (ev->kind == EVENT_DETAIL_SET)
		set(d, a, ev);
	else if (ev->kind == EVENT_ITEM_ADDED)
		add(d, a, ev);
	else if (ev->kind == EVENT_ITEM_REMOVED)
		take_out(d, ev);
}
