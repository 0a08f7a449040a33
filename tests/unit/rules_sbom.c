/* What is inside a product, from CycloneDX and SPDX. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "rules/sbom.h"

static void
assert_read(const char *text, const char *product, const char *list)
{
	struct arena *a = arena_new();
	struct buf out = BUF_INIT(2000);
	struct sbom s;
	struct err e;
	size_t i;

	if (sbom_read(span_of(text), a, &s, &e) == -1)
		fail_msg("%s", e.text);
	assert_string_equal(s.product, product);
	for (i = 0; i < s.count; i++)
		component_print(&s.components[i], &out);
	assert_string_equal(out.data, list);
	buf_release(&out);
	arena_free(&a);
}

static void
test_cyclonedx(void **state)
{
	(void)state;
	assert_read("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\","
		    "\"metadata\":{\"component\":{\"name\":\"Foo\"}},"
		    "\"components\":["
		    "{\"name\":\"zlib\",\"version\":\"1.3\","
		    "\"purl\":\"pkg:generic/zlib@1.3\",\"components\":["
		    "{\"name\":\"inner\"}]},"
		    "{\"name\":\"zlib\",\"version\":\"1.3\","
		    "\"purl\":\"pkg:generic/zlib@1.3\"},"
		    "{\"version\":\"2\"},{\"name\":7},3,"
		    "{\"name\":\"a\\tb\\nc\",\"version\":null}]}",
		"Foo",
		"a b c\t\t\ninner\t\t\nzlib\t1.3\tpkg:generic/zlib@1.3\n");
}

static void
test_spdx(void **state)
{
	(void)state;
	assert_read(
		"{\"spdxVersion\":\"SPDX-2.3\",\"packages\":["
		"{\"SPDXID\":\"SPDXRef-a\",\"name\":\"Foo\"},"
		"{\"SPDXID\":\"SPDXRef-b\",\"name\":\"zlib\","
		"\"versionInfo\":\"1.3\",\"externalRefs\":["
		"{\"referenceType\":\"cpe23Type\",\"referenceLocator\":\"x\"},"
		"{\"referenceType\":\"purl\","
		"\"referenceLocator\":\"pkg:generic/zlib@1.3\"}]}],"
		"\"relationships\":[{\"relationshipType\":\"DESCRIBES\","
		"\"relatedSpdxElement\":\"SPDXRef-a\"}]}",
		"Foo", "zlib\t1.3\tpkg:generic/zlib@1.3\n");
}

static void
assert_refused(struct span text, const char *says)
{
	struct arena *a = arena_new();
	struct sbom s;
	struct err e;

	assert_int_equal(sbom_read(text, a, &s, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_non_null(strstr(e.text, says));
	arena_free(&a);
}

static void
test_what_is_neither(void **state)
{
	(void)state;
	assert_refused(SPAN("{\"a\":1}"), "neither CycloneDX nor SPDX");
	assert_refused(SPAN("[]"), "neither CycloneDX nor SPDX");
	assert_refused(SPAN("{\n\"a\":}"), "line 2");
	assert_refused(SPAN(""), "line 1");
}

/* Components inside of components without end cost no stack. */
static void
test_depth_is_bounded(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	struct arena *a = arena_new();
	struct sbom s;
	struct err e;
	int i;

	(void)state;
	buf_puts(&text, "{\"bomFormat\":\"CycloneDX\",\"components\":");
	for (i = 0; i < 900; i++)
		buf_puts(&text, "[{\"name\":\"x\",\"components\":");
	buf_puts(&text, "[]");
	for (i = 0; i < 900; i++)
		buf_puts(&text, "}]");
	buf_puts(&text, "}");
	assert_int_equal(sbom_read(buf_view(&text), a, &s, &e), 0);
	assert_int_equal(s.count, 1);
	buf_release(&text);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cyclonedx),
		cmocka_unit_test(test_spdx),
		cmocka_unit_test(test_what_is_neither),
		cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
