/* JSON, in the order of the calls. */
#include "base/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static struct output *o;
static struct buf out;

static int
setup(void **state)
{
	(void)state;
	o = output_new();
	buf_init(&out, 1 << 16);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

static void
is(const char *json)
{
	output_finish(&o, &out);
	assert_null(o);
	assert_string_equal(out.data, json);
}

static void
test_nothing_is_an_empty_object(void **state)
{
	(void)state;
	is("{}\n");
}

static void
test_keys_keep_the_order_of_the_calls(void **state)
{
	(void)state;
	output_text(o, "z", "1");
	output_number(o, "a", INT64_MIN);
	output_bool(o, "m", true);
	output_bool(o, "b", false);
	output_null(o, "y");
	is("{\"z\":\"1\",\"a\":-9223372036854775808,\"m\":true,\"b\":false,"
	   "\"y\":null}\n");
}

static void
test_what_is_absent_is_null(void **state)
{
	(void)state;
	output_text(o, "text", NULL);
	output_text(o, "empty", "");
	output_instant(o, "never", 0);
	output_instant(o, "once", 86400 * SECOND + 5);
	is("{\"text\":null,\"empty\":\"\",\"never\":null,"
	   "\"once\":\"1970-01-02T00:00:00Z\"}\n");
}

static void
test_containers_nest(void **state)
{
	(void)state;
	output_array(o, "list");
	output_number(o, NULL, 1);
	output_object(o, NULL);
	output_text(o, "k", "v");
	output_array(o, "none");
	output_end(o);
	output_end(o);
	output_text(o, NULL, "two");
	output_end(o);
	output_object(o, "after");
	output_end(o);
	output_end(o);
	is("{\"list\":[1,{\"k\":\"v\",\"none\":[]},\"two\"],\"after\":{}}\n");
}

static void
test_hostile_texts_stay_in_their_string(void **state)
{
	(void)state;
	output_text(o, "t", "\"},{\"x\":\"\\\n\r\t\x01\x1b</script>");
	output_text(o, "u", "\xe6\xbc\x8f\xf0\x9f\x90\x9b");
	is("{\"t\":\"\\\"},{\\\"x\\\":\\\"\\\\\\n\\r\\t\\u0001\\u001B"
	   "</script>\",\"u\":\"\xe6\xbc\x8f\xf0\x9f\x90\x9b\"}\n");
}

static void
test_what_is_not_utf8_is_empty(void **state)
{
	(void)state;
	output_text(o, "bad", "a\xff");
	output_text(o, "surrogate", "\xed\xa0\x80");
	output_text(o, "good", "a");
	is("{\"bad\":\"\",\"surrogate\":\"\",\"good\":\"a\"}\n");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_nothing_is_an_empty_object),
		T(test_keys_keep_the_order_of_the_calls),
		T(test_what_is_absent_is_null), T(test_containers_nest),
		T(test_hostile_texts_stay_in_their_string),
		T(test_what_is_not_utf8_is_empty)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
