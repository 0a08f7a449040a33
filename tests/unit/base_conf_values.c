/* Values of settings: what is one, what the error says, and the dump. */
#include "conf_kit.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS INT64_C(1000000)

/* LEAST with one setting more, in line 12. */
static const char *
with(const char *section, const char *setting)
{
	static char text[2000];

	snprintf(text, sizeof(text), LEAST "[%s]\n%s\n", section, setting);
	return text;
}

static void
refused(const char *section, const char *setting, const char *message)
{
	char expected[600], name[40];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(setting, " ="),
		setting);
	snprintf(expected, sizeof(expected), "12: %s: %s", name, message);
	conf_kit_refused(with(section, setting), expected);
}

static void
test_numbers(void **state)
{
	struct conf *c = conf_kit_read(with("limits", "parts = 10"));

	(void)state;
	assert_int_equal(c->parts, 10);
	conf_free(&c);
	c = conf_kit_read(with("limits", "parts = \"5000\""));
	assert_int_equal(c->parts, 5000);
	conf_free(&c);
	refused("limits", "parts = 9", "9 is outside of 10 to 5000");
	refused("limits", "parts = 5001", "5001 is outside of 10 to 5000");
	refused("limits", "parts = 12abc", "\"12abc\" is not a whole number");
	refused("limits", "parts = 0x20", "\"0x20\" is not a whole number");
	refused("limits", "parts = -20", "\"-20\" is not a whole number");
	refused("limits", "parts = +20", "\"+20\" is not a whole number");
	refused("limits", "parts = 20K", "\"20K\" is not a whole number");
	refused("limits", "parts = 20 0", "\"20 0\" is not a whole number");
	refused("limits", "parts =", "\"\" is not a whole number");
	refused("limits", "parts = 99999999999999999999",
		"\"99999999999999999999\" is not a whole number");
}

static void
size_is(const char *text, int64_t bytes)
{
	char setting[60];
	struct conf *c;

	snprintf(setting, sizeof(setting), "spool_reserve = %s", text);
	c = conf_kit_read(with("limits", setting));
	assert_true(c->spool_reserve == bytes);
	conf_free(&c);
}

static void
test_sizes(void **state)
{
	(void)state;
	size_is("0", 0);
	size_is("512", 512);
	size_is("64K", 65536);
	size_is("64k", 65536);
	size_is("50M", 50 << 20);
	size_is("3G", INT64_C(3) << 30);
	refused("limits", "depth = 101", "101 is outside of 3 to 100");
	refused("limits", "header_size = 2M", "2M is outside of 1K to 1M");
	refused("limits", "header_size = 64KB",
		"\"64KB\" is not a size such as 512, 64K, 50M or 1G");
	refused("limits", "header_size = 64 K",
		"\"64 K\" is not a size such as 512, 64K, 50M or 1G");
	refused("limits", "spool_reserve = 9999999999G",
		"\"9999999999G\" is not a size such as 512, 64K, 50M or 1G");
	refused("limits", "header_size = 1.5K",
		"\"1.5K\" is not a size such as 512, 64K, 50M or 1G");
}

static void
duration_is(const char *text, int64_t instant)
{
	char setting[60];
	struct conf *c;

	snprintf(setting, sizeof(setting), "retry_first = %s", text);
	c = conf_kit_read(with("courier", setting));
	assert_true(c->retry_first == instant);
	conf_free(&c);
}

static void
test_durations(void **state)
{
	(void)state;
	duration_is("100ms", SECONDS / 10);
	duration_is("90s", 90 * SECONDS);
	duration_is("15m", 900 * SECONDS);
	duration_is("12H", 43200 * SECONDS);
	duration_is("1d", 86400 * SECONDS);
	refused("courier", "retry_first = 90",
		"\"90\" is not a duration such as 90s, 15m, 12h or 14d");
	refused("courier", "retry_first = 1w",
		"\"1w\" is not a duration such as 90s, 15m, 12h or 14d");
	refused("courier", "retry_first = 99ms",
		"99ms is outside of 100ms to 1d");
	refused("policy", "embargo = 731d", "731d is outside of 1d to 730d");
	refused("policy", "embargo = 12h", "12h is outside of 1d to 730d");
}

static void
test_yes_or_no(void **state)
{
	static const char *const yes[] = {"yes", "YES", "true", "on", "1"};
	static const char *const no[] = {"no", "No", "false", "off", "0"};
	char setting[40];
	struct conf *c;
	size_t i;

	(void)state;
	for (i = 0; i < countof(yes); i++) {
		snprintf(setting, sizeof(setting), "start = %s", yes[i]);
		c = conf_kit_read(with("agent", setting));
		assert_true(c->agent_start);
		conf_free(&c);
		snprintf(setting, sizeof(setting), "start = %s", no[i]);
		c = conf_kit_read(with("agent", setting));
		assert_false(c->agent_start);
		conf_free(&c);
	}
	refused("agent", "start = maybe", "\"maybe\" is not yes or no");
	refused("agent", "start =", "\"\" is not yes or no");
}

static void
test_choices(void **state)
{
	static const char not_one[] =
		" is not one of plausible|verified|all|never";
	static const char *const wrong[] = {"", "al", "allx", "ALL",
		"plausible|all", "all|never", "|", "l", "never|"};
	struct conf *c = conf_kit_read(with("policy", "acknowledge = never"));
	char setting[60], message[100];
	size_t i;

	(void)state;
	assert_string_equal(c->acknowledge, "never");
	conf_free(&c);
	c = conf_kit_read(with("policy", "acknowledge = all"));
	assert_string_equal(c->acknowledge, "all");
	conf_free(&c);
	for (i = 0; i < countof(wrong); i++) {
		snprintf(setting, sizeof(setting), "acknowledge = \"%s\"",
			wrong[i]);
		snprintf(message, sizeof(message), "\"%s\"%s", wrong[i],
			not_one);
		refused("policy", setting, message);
	}
}

static void
test_words(void **state)
{
	struct conf *c = conf_kit_read(with(
		"lmtp", "listen = inet:[::1]:24,  unix:/run/a \tunix:/run/b,"));

	(void)state;
	assert_int_equal(c->listen.count, 3);
	assert_string_equal(c->listen.word[0], "inet:[::1]:24");
	assert_string_equal(c->listen.word[1], "unix:/run/a");
	assert_string_equal(c->listen.word[2], "unix:/run/b");
	conf_free(&c);
	refused("lmtp", "listen =", "listen needs a word");
	refused("lmtp", "listen = \" , \"", "listen needs a word");
	refused("lmtp", "listen = 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7",
		"more than 16 words");
	refused("lmtp", "listen = a\x01z", "not plain UTF-8 text");
	refused("lmtp", "listen = \xff", "not plain UTF-8 text");
}

static void
fingerprint_is(const char *text, const char *fingerprint)
{
	char setting[200];
	struct conf *c;

	snprintf(setting, sizeof(setting), "smime = %s", text);
	c = conf_kit_read(with("service", setting));
	assert_string_equal(c->smime, fingerprint);
	conf_free(&c);
}

static void
test_fingerprints(void **state)
{
	(void)state;
	fingerprint_is("", "");
	fingerprint_is("0123456789abcdef0123456789abcdef01234567", OWN);
	fingerprint_is("01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:01:23:"
		       "45:67",
		OWN);
	fingerprint_is(
		"\"0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567\"", OWN);
	refused("service", "smime = 0x0123",
		"\"0x0123\" is not a fingerprint (40 hex digits)");
	refused("service", "smime = 01234567",
		"\"01234567\" is not a fingerprint (40 hex digits)");
	refused("service", "smime = 0123456789abcdef0123456789abcdef0123456g",
		"\"0123456789abcdef0123456789abcdef0123456g\" is not a "
		"fingerprint (40 hex digits)");
}

static void
test_texts_and_addresses(void **state)
{
	char setting[700] = "url = ";

	(void)state;
	memset(setting + 6, 'x', 501);
	refused("policy", setting, "longer than 500 bytes");
	refused("policy", "url = a\x1bz", "not plain UTF-8 text");
	refused("policy", "url = a\xe2\x80\xaez", "not plain UTF-8 text");
	refused("policy", "url = \xc3", "not plain UTF-8 text");
	refused("service", "prefix = ABCDEFGHIJKLMNOPQ",
		"longer than 16 bytes");
	conf_kit_refused("[service]\norganisation = x\naddress = psirt\n",
		"3: address: \"psirt\" is not a mail address");
	conf_kit_refused("[service]\norganisation = x\naddress = @x.org\n",
		"3: address: \"@x.org\" is not a mail address");
	conf_kit_refused("[service]\norganisation = x\naddress = a@\n",
		"3: address: \"a@\" is not a mail address");
	conf_kit_refused("[service]\norganisation = x\naddress = <a@x.org>\n",
		"3: address: \"<a@x.org>\" is not a mail address");
}

static void
test_a_prefix_is_letters_digits_and_hyphens(void **state)
{
	struct conf *c = conf_kit_read(with("service", "prefix = AC-me2"));

	(void)state;
	assert_string_equal(c->prefix, "AC-me2");
	conf_free(&c);
	refused("service", "prefix = A_B", "letters, digits and hyphens only");
	refused("service", "prefix = \xc3\x84",
		"letters, digits and hyphens only");
	refused("service", "prefix =", "letters, digits and hyphens only");
}

/* A dump sets everything to what is, and is a configuration itself. */
static void
re_reads(const char *text)
{
	struct buf first = BUF_INIT(1 << 20), second = BUF_INIT(1 << 20);
	struct conf *c = conf_kit_read(text), *again;

	conf_dump(c, &first);
	assert_false(first.failed);
	again = conf_kit_read(first.data);
	conf_dump(again, &second);
	assert_string_equal(first.data, second.data);
	assert_int_equal(c->analysts, again->analysts);
	assert_int_equal(c->listen.count, again->listen.count);
	assert_string_equal(c->policy_url, again->policy_url);
	assert_string_equal(c->state, again->state);
	conf_free(&c);
	conf_free(&again);
	buf_release(&first);
	buf_release(&second);
}

static void
test_a_dump_re_reads_to_the_same(void **state)
{
	(void)state;
	re_reads(LEAST);
	re_reads(
		LEAST "[analyst eve-2]\naddress = e@example.com\nkey_file = e\n"
		      "smime = " OWN "\nuser = evelyn\nlanguage = zh-CN\n"
		      "max_letter = 123456\n"
		      "[paths]\nstate = s\n[agent]\nstart = no\n"
		      "[courier]\nretry_first = 1500ms\n"
		      "[policy]\nurl = \" a;b#c\\ 'x' = \"\nembargo = 45d\n"
		      "[limits]\nspool_reserve = 1023\n");
	re_reads(LEAST "[lmtp]\nlisten = \"unix:/a;b unix:/c#d 'e'\"\n");
	re_reads(LEAST "[policy]\nurl = \"'tis so'\"\n");
}

static void
test_a_dump_says_what_each_setting_is(void **state)
{
	struct buf out = BUF_INIT(1 << 20);
	struct conf *c = conf_kit_read(LEAST);
	size_t i, count;
	const struct option *o = option_table(&count);
	char line[700];

	(void)state;
	conf_dump(c, &out);
	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "# %s (%s)\n%s = ", o[i].help,
			option_type_name(o[i].type), o[i].name);
		assert_non_null(strstr(out.data, line));
	}
	assert_non_null(strstr(out.data, "message_size = 50M\n"));
	assert_non_null(strstr(out.data, "answer_within = 5d\n"));
	assert_non_null(strstr(out.data, "[analyst bob]\n"));
	conf_free(&c);
	buf_release(&out);
}

/* Each default is a value, and each setting has one place. */
static void
test_the_table_is_sound(void **state)
{
	size_t i, j, count;
	const struct option *o = option_table(&count);

	(void)state;
	assert_true(count > 30);
	for (i = 0; i < count; i++) {
		assert_non_null(o[i].help);
		assert_int_equal(o[i].help[strlen(o[i].help) - 1], '.');
		assert_true(o[i].min <= o[i].max || o[i].type == OPTION_BOOL);
		for (j = 0; j < i; j++) {
			assert_false(strcmp(o[i].section, o[j].section) == 0 &&
				strcmp(o[i].name, o[j].name) == 0);
			assert_false(o[i].offset == o[j].offset &&
				strcmp(o[i].section, "analyst") != 0 &&
				strcmp(o[j].section, "analyst") != 0);
		}
	}
}

int
main(void)
{
#define T(F) cmocka_unit_test(F)
	const struct CMUnitTest tests[] = {T(test_numbers), T(test_sizes),
		T(test_durations), T(test_yes_or_no), T(test_choices),
		T(test_words), T(test_fingerprints),
		T(test_texts_and_addresses),
		T(test_a_prefix_is_letters_digits_and_hyphens),
		T(test_a_dump_re_reads_to_the_same),
		T(test_a_dump_says_what_each_setting_is),
		T(test_the_table_is_sound)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
