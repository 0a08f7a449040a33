/* Log lines: nobody forges one, whatever a value holds. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/memory.h"

static struct {
	int fd, saved;
	struct buf text;
} caught;

static int
setup(void **state)
{
	(void)state;
	buf_init(&caught.text, 1 << 20);
	caught.fd = memfd_create("stderr", MFD_CLOEXEC);
	fflush(stderr);
	caught.saved = dup(STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	log_open("psirtd", "worker", LOG_INFO);
	return dup2(caught.fd, STDERR_FILENO) == -1;
}

static int
teardown(void **state)
{
	(void)state;
	dup2(caught.saved, STDERR_FILENO);
	close(caught.saved);
	close(caught.fd);
	buf_release(&caught.text);
	return 0;
}

/* What was written since the last call; without the name and number. */
static const char *
line(void)
{
	const char *bracket;
	struct err e;

	buf_clear(&caught.text);
	assert_int_equal(fs_read_fd(caught.fd, "stderr", &caught.text, &e), 0);
	assert_int_equal(ftruncate(caught.fd, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
	bracket = strstr(caught.text.data, "] ");
	return bracket != NULL ? bracket + 2 : caught.text.data;
}

static void
test_a_line_is_logfmt(void **state)
{
	char expected[100];

	(void)state;
	log_event(LOG_INFO, "decided", LOG_TEXT("spool", "lmtp/1k.0"),
		LOG_TEXT("queue", "4XyZ"), LOG_NUMBER("letter", -12));
	line();
	snprintf(expected, sizeof(expected),
		"psirtd-worker[%ld] info decided spool=lmtp/1k.0 queue=4XyZ "
		"letter=-12\n",
		(long)getpid());
	assert_string_equal(caught.text.data, expected);
	log_event(LOG_WARNING, "bare");
	assert_string_equal(line(), "warning bare\n");
}

static void
test_levels_are_kept_to(void **state)
{
	(void)state;
	log_event(LOG_DEBUG, "quiet");
	assert_string_equal(line(), "");
	log_open("psirtctl", NULL, LOG_DEBUG);
	log_event(LOG_DEBUG, "loud");
	assert_string_equal(line(), "debug loud\n");
	assert_memory_equal(caught.text.data, "psirtctl[", 9);
	log_open("psirtd", "worker", LOG_ERROR);
	log_event(LOG_WARNING, "quiet");
	assert_string_equal(line(), "");
	log_event(LOG_ERROR, "loud");
	assert_string_equal(line(), "error loud\n");
	assert_string_equal(log_level_name(LOG_DEBUG), "debug");
	assert_null(log_level_name(LOG__COUNT));
}

static void
test_priorities_stand_in_front_for_a_journal(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_open("psirtd", "worker", LOG_DEBUG);
	log_event(LOG_ERROR, "a");
	line();
	assert_memory_equal(caught.text.data, "<3>psirtd-worker[", 17);
	log_event(LOG_DEBUG, "b");
	line();
	assert_memory_equal(caught.text.data, "<7>psirtd-worker[", 17);
}

static void
test_empty_values_are_left_out(void **state)
{
	(void)state;
	log_event(LOG_INFO, "x", LOG_TEXT("a", ""), LOG_NUMBER("b", 0));
	assert_string_equal(line(), "info x b=0\n");
}

static void
value_is(const char *value, const char *expected)
{
	char text[300];

	log_event(LOG_INFO, "x", LOG_TEXT("v", value), LOG_NUMBER("w", 1));
	snprintf(text, sizeof(text), "info x v=%s w=1\n", expected);
	assert_string_equal(line(), text);
}

static void
test_values_forge_neither_line_nor_field(void **state)
{
	(void)state;
	value_is("plain-1.2/3@x", "plain-1.2/3@x");
	value_is("two words", "\"two words\"");
	value_is("a=b", "\"a=b\"");
	value_is("say \"x\"", "\"say \\\"x\\\"\"");
	value_is("back\\slash", "\"back\\\\slash\"");
	value_is("a\nerror forged", "\"a\\x0aerror forged\"");
	value_is("\r\t\x1b[2J\x7f", "\"\\x0d\\x09\\x1b[2J\\x7f\"");
	value_is("\xe2\x80\xae\xff", "\"\\xe2\\x80\\xae\\xff\"");
}

static void
test_an_error_is_three_fields(void **state)
{
	struct err e;

	(void)state;
	err_permanent(&e, "5.7.5", "no such key");
	log_event(LOG_ERROR, "failed", LOG_ERR(&e));
	assert_string_equal(line(),
		"error failed outcome=permanent status=5.7.5 "
		"error=\"no such key\"\n");
}

static void
test_a_line_ends_at_4096(void **state)
{
	static char value[10000];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	log_event(LOG_INFO, "x", LOG_TEXT("a", value), LOG_TEXT("b", value));
	line();
	assert_int_equal(caught.text.len, 4096);
	assert_int_equal(caught.text.data[4095], '\n');
	assert_null(memchr(caught.text.data, '\n', 4095));
	memset(value, '\n', sizeof(value) - 1);
	log_event(LOG_INFO, "x", LOG_TEXT("a", value));
	line();
	assert_int_equal(caught.text.len, 4096);
	assert_null(memchr(caught.text.data, '\n', 4095));
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_a_line_is_logfmt),
		T(test_levels_are_kept_to),
		T(test_priorities_stand_in_front_for_a_journal),
		T(test_empty_values_are_left_out),
		T(test_values_forge_neither_line_nor_field),
		T(test_an_error_is_three_fields), T(test_a_line_ends_at_4096)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
