#include "rules/sbom.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

#define DEPTH_MAX 32 /* of components inside components */
#define FIELD_MAX 300

struct collecting {
	struct arena *a;
	struct sbom *s;
	size_t room;
	bool full;
};

static const char *
clean(struct arena *a, const char *text)
{
	struct buf b = BUF_INIT(FIELD_MAX * 3);
	const char *result;

	utf8_clean(&b, span_of(text), UTF8_ONE_LINE);
	result = b.failed
		? ""
		: arena_dup(a, b.data, utf8_cut(buf_view(&b), FIELD_MAX));
	buf_release(&b);
	return result;
}

static void
collect(struct collecting *c, const char *name, const char *version,
	const char *purl)
{
	struct sbom *s = c->s;
	struct component *more;

	name = clean(c->a, name);
	if (name[0] == '\0' || name[0] == '#')
		return;
	if (s->count == COMPONENTS_MAX) {
		c->full = true;
		return;
	}
	if (s->count == c->room) {
		c->room = c->room > 0 ? 2 * c->room : 64;
		more = arena_calloc(c->a, c->room, sizeof(*more));
		if (s->count > 0)
			memcpy(more, s->components, s->count * sizeof(*more));
		s->components = more;
	}
	s->components[s->count++] = (struct component){.name = name,
		.version = clean(c->a, version),
		.purl = clean(c->a, purl)};
}

/* --- CycloneDX --- */

static void
collect_components(struct collecting *c, const struct json_t *list, int depth)
{
	const struct json_t *item;
	size_t i;

	for (i = 0; i < json_count(list) && depth < DEPTH_MAX; i++) {
		item = json_item(list, i);
		collect(c, json_text_in(item, "name"),
			json_text_in(item, "version"),
			json_text_in(item, "purl"));
		collect_components(c, json_in(item, "components"), depth + 1);
	}
}

static void
read_cyclonedx(struct collecting *c, const struct json_t *document)
{
	const struct json_t *about =
		json_in(json_in(document, "metadata"), "component");

	c->s->format = "CycloneDX";
	c->s->product = clean(c->a, json_text_in(about, "name"));
	collect_components(c, json_in(document, "components"), 0);
}

/* --- SPDX --- */

/* Is the document about the package with that ID? */
static bool
is_described(const struct json_t *document, const char *id)
{
	const struct json_t *list = json_in(document, "documentDescribes");
	const struct json_t *r;
	size_t i;

	for (i = 0; i < json_count(list); i++)
		if (strcmp(json_as_text(json_item(list, i)), id) == 0)
			return true;
	list = json_in(document, "relationships");
	for (i = 0; i < json_count(list); i++) {
		r = json_item(list, i);
		if (strcmp(json_text_in(r, "relationshipType"), "DESCRIBES") ==
				0 &&
			strcmp(json_text_in(r, "relatedSpdxElement"), id) == 0)
			return true;
	}
	return false;
}

static const char *
spdx_purl(const struct json_t *package)
{
	const struct json_t *list = json_in(package, "externalRefs"), *r;
	size_t i;

	for (i = 0; i < json_count(list); i++) {
		r = json_item(list, i);
		if (strcmp(json_text_in(r, "referenceType"), "purl") == 0)
			return json_text_in(r, "referenceLocator");
	}
	return "";
}

static void
read_spdx(struct collecting *c, const struct json_t *document)
{
	const struct json_t *list = json_in(document, "packages"), *p;
	size_t i;

	c->s->format = "SPDX";
	for (i = 0; i < json_count(list); i++) {
		p = json_item(list, i);
		if (is_described(document, json_text_in(p, "SPDXID")))
			c->s->product = clean(c->a, json_text_in(p, "name"));
		else
			collect(c, json_text_in(p, "name"),
				json_text_in(p, "versionInfo"), spdx_purl(p));
	}
}

/* --- either --- */

static int
by_all(const void *left, const void *right)
{
	const struct component *a = left, *b = right;
	int order = name_compare(a->name, b->name);

	if (order == 0)
		order = strcmp(a->version, b->version);
	return order != 0 ? order : strcmp(a->purl, b->purl);
}

static void
sort(struct sbom *s)
{
	size_t i, kept = 0;

	if (s->count > 0)
		qsort(s->components, s->count, sizeof(*s->components), by_all);
	for (i = 0; i < s->count; i++)
		if (kept == 0 ||
			by_all(&s->components[kept - 1], &s->components[i]) !=
				0)
			s->components[kept++] = s->components[i];
	s->count = kept;
}

int
sbom_read(struct span text, struct arena *a, struct sbom *s, struct err *e)
{
	struct collecting c = {.a = a, .s = s};
	struct json_t *document = json_read(text, e);
	int result = 0;

	*s = (struct sbom){.format = "", .product = ""};
	if (document == NULL)
		return -1;
	if (strcmp(json_text_in(document, "bomFormat"), "CycloneDX") == 0)
		read_cyclonedx(&c, document);
	else if (strncmp(json_text_in(document, "spdxVersion"), "SPDX-2.", 7) ==
		0)
		read_spdx(&c, document);
	else
		result = err_permanent(e, "5.3.5",
			"neither CycloneDX nor SPDX 2 in JSON: there is no "
			"bomFormat and no spdxVersion");
	if (result == 0 && c.full)
		result = err_permanent(
			e, "5.3.5", "more than %d components", COMPONENTS_MAX);
	if (result == 0)
		sort(s);
	json_release(&document);
	return result;
}
