/* psirtd.conf: its lines, and what iniparser would pass over in silence. */
#include "conf_kit.h"

#include <stdlib.h>
#include <sys/stat.h>

static void
test_the_least_is_enough_and_the_rest_has_defaults(void **state)
{
	struct conf *c = conf_kit_read(LEAST);

	(void)state;
	assert_string_equal(c->organisation, "Example");
	assert_string_equal(c->address, "psirt@example.com");
	assert_string_equal(c->openpgp, OWN);
	assert_string_equal(c->smime, "");
	assert_string_equal(c->prefix, "PSIRT");
	assert_int_equal(c->languages.count, 1);
	assert_string_equal(c->languages.word[0], "en");
	assert_string_equal(c->hostname, "example.com");
	assert_string_equal(c->reply_delimiter, "+");
	assert_string_equal(c->state, "/var/lib/psirtd");
	assert_string_equal(c->agent_home, "/var/lib/psirtd/agent");
	assert_string_equal(c->agent_socket, "/run/psirtd/agent.sock");
	assert_string_equal(c->control, "/run/psirtd/control.sock");
	assert_true(c->agent_start);
	assert_true(c->workers >= 1);
	assert_true(c->answer_within == INT64_C(5) * 86400 * 1000000);
	assert_int_equal(c->message_size, 50 << 20);
	assert_string_equal(c->acknowledge, "plausible");
	assert_int_equal(c->analysts, 1);
	assert_string_equal(c->analyst[0].name, "bob");
	assert_string_equal(c->analyst[0].openpgp, BOBS);
	assert_string_equal(c->analyst[0].language, "en");
	assert_int_equal(c->analyst[0].max_letter, 10 << 20);
	assert_string_equal(conf_state_path(c, "keys"), "/var/lib/psirtd/keys");
	conf_free(&c);
	assert_null(c);
	conf_free(&c);
}

static void
test_relative_paths_begin_at_the_file(void **state)
{
	struct conf *c = conf_kit_read(LEAST
		"[paths]\nstate = state\nruntime = run\nrules = ../rules\n"
		"templates = /usr/templates\n"
		"[agent]\nhome = keys\nsocket = a.sock\n"
		"[control]\nsocket = c.sock\n");

	(void)state;
	assert_string_equal(c->state, "/etc/p/state");
	assert_string_equal(c->runtime, "/etc/p/run");
	assert_string_equal(c->rules, "/etc/p/../rules");
	assert_string_equal(c->templates, "/usr/templates");
	assert_string_equal(c->analyst[0].key_file, "/etc/p/bob.asc");
	assert_string_equal(c->agent_home, "/etc/p/keys");
	assert_string_equal(c->agent_socket, "/etc/p/a.sock");
	assert_string_equal(c->control, "/etc/p/c.sock");
	conf_free(&c);
	c = conf_kit_read(LEAST "[paths]\nstate = state\nruntime = run\n");
	assert_string_equal(c->agent_home, "/etc/p/state/agent");
	assert_string_equal(c->agent_socket, "/etc/p/run/agent.sock");
	assert_string_equal(c->control, "/etc/p/run/control.sock");
	conf_free(&c);
}

static void
test_names_are_without_case_and_values_are_not(void **state)
{
	struct conf *c = conf_kit_read(
		"[SERVICE]\nOrganisation = ExAmple\nADDRESS=a@B.example\n"
		"OpenPGP =  " OWN "\n\t[ Analyst Ada ]  \n"
		"address\t=\tada@example.com\r\nkey_file = A.asc\r\n"
		"openpgp = 7654 3210 fedc ba98 7654  3210 fedc ba98 7654 3210"
		"\n");

	(void)state;
	assert_string_equal(c->organisation, "ExAmple");
	assert_string_equal(c->hostname, "B.example");
	assert_string_equal(c->analyst[0].address, "ada@example.com");
	assert_string_equal(c->analyst[0].key_file, "/etc/p/A.asc");
	assert_string_equal(c->analyst[0].openpgp, BOBS);
	assert_ptr_equal(conf_analyst_named(c, "ADA"), &c->analyst[0]);
	assert_null(conf_analyst_named(c, "ad"));
	conf_free(&c);
}

static void
test_comments_and_empty_lines_are_nothing(void **state)
{
	struct conf *c = conf_kit_read(
		"# [nonsense\n;x = y\n\n \t \n" SERVICE
		"  # indented, with \"quotes\" and = and [x]\n" ANALYST
		"# without an end");

	(void)state;
	assert_string_equal(c->organisation, "Example");
	conf_free(&c);
}

/* A quoted value is what stands between the quotation marks. */
static void
test_quoted_values_keep_everything(void **state)
{
	static const char *const values[] = {"a;b#c", " blanks ", "b\\s", "#",
		"=", "[x]", "it's", "'x'", "50 % off", "\xc3\x84",
		"a = b ; c # d"};
	struct conf *c;
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < countof(values); i++) {
		snprintf(text, sizeof(text), LEAST "[policy]\nurl = \"%s\"\n",
			values[i]);
		c = conf_kit_read(text);
		assert_string_equal(c->policy_url, values[i]);
		conf_free(&c);
	}
	c = conf_kit_read(LEAST "[policy]\nurl = \"\"\n");
	assert_string_equal(c->policy_url, "");
	conf_free(&c);
	c = conf_kit_read(LEAST "[policy]\nurl =\n[lmtp]\n");
	assert_string_equal(c->policy_url, "");
	conf_free(&c);
}

/* Each stands on line 12, behind LEAST and a section of its own. */
static void
test_values_that_need_quoting_are_refused(void **state)
{
	static const char mend[] =
		"12: put a value with ; # \" or \\ in quotation marks "
		"(comments go on lines of their own)";
	static const char quotes[] =
		"12: a quoted value ends at its second quotation mark; none "
		"may stand inside";
	static const char *const values[] = {"a ; b", "a # b", "a;b", "a#b",
		"a\\b", "say \"x\"", "a\"", "\"", "\\"};
	static const char *const quoted[] = {
		"\"a\" b", "\"a\"b\"", "\"a", "\"a\" # comment", "\"\"\""};
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < countof(values) - 1; i++) {
		snprintf(text, sizeof(text), LEAST "[policy]\nurl = %s\n",
			values[i]);
		conf_kit_refused(text, mend);
	}
	conf_kit_refused(LEAST "[policy]\nurl = \\\nx\n",
		"12: a line cannot be continued");
	for (i = 0; i < countof(quoted); i++) {
		snprintf(text, sizeof(text), LEAST "[policy]\nurl = %s\n",
			quoted[i]);
		conf_kit_refused(text, quotes);
	}
}

/* iniparser takes them for quotation marks; here they are letters. */
static void
test_apostrophes_are_no_quotation_marks(void **state)
{
	(void)state;
	conf_kit_refused(LEAST "[policy]\nurl = 'tis a policy\n",
		"12: put a value that begins with ' in double quotation "
		"marks");
	conf_kit_refused(LEAST "[policy]\nurl = 'a' b\n",
		"12: put a value that begins with ' in double quotation "
		"marks");
	conf_kit_refused(LEAST "[policy]\nurl = ''\n",
		"12: put a value that begins with ' in double quotation "
		"marks");
}

static void
test_nothing_is_continued(void **state)
{
	static const char message[] = "11: a line cannot be continued";

	(void)state;
	conf_kit_refused(LEAST "# a comment \\\n[policy]\n", message);
	/* iniparser takes blanks off first, and then the next line away. */
	conf_kit_refused(LEAST "# a comment \\ \t\n[policy]\n", message);
	conf_kit_refused(LEAST "# a comment \\\r\n[policy]\n", message);
	conf_kit_refused(LEAST "# a comment \\\v\f \n[policy]\n", message);
	conf_kit_refused(LEAST "[policy] \\\n", message);
}

static void
test_each_bad_line_is_named(void **state)
{
	static const struct {
		const char *line, *message;
	} lines[] = {
		{"[service", "11: a section is written [name]"},
		{"[service] x", "11: a section is written [name]"},
		{"[service] # x", "11: a section is written [name]"},
		{"[nonsense]",
			"11: unknown section [nonsense]; see psirtd.conf(5)"},
		{"[]", "11: unknown section []; see psirtd.conf(5)"},
		{"[analyst]", "11: write [analyst NAME], a name for each"},
		{"[analyst  ]", "11: write [analyst NAME], a name for each"},
		{"[analyst  ada]", "11: write [analyst NAME], a name for each"},
		{"[analyst a:b]",
			"11: a colon cannot stand in the name of a section"},
		{"[analyst "
		 "0123456789012345678901234567890123456789012345678901234567890"
		 "]",
			"11: section name is too long"},
		{"[service]\nnonsense = 1",
			"12: unknown setting `nonsense` in [service]; see "
			"psirtd.conf(5)"},
		{"[service]\n= 1",
			"12: unknown setting `` in [service]; see "
			"psirtd.conf(5)"},
		{"[service]\naddress", "12: expected `name = value`"},
		{"[analyst eve]\nlisten = x",
			"12: unknown setting `listen` in [analyst eve]; see "
			"psirtd.conf(5)"},
	};
	char text[600];
	size_t i;

	(void)state;
	for (i = 0; i < countof(lines); i++) {
		snprintf(text, sizeof(text), LEAST "%s\n", lines[i].line);
		conf_kit_refused(text, lines[i].message);
	}
	conf_kit_refused("organisation = x\n" LEAST,
		"1: `organisation` stands before any [section]");
}

static void
test_twice_is_an_error_with_both_lines(void **state)
{
	(void)state;
	conf_kit_refused(LEAST "[service]\nADDRESS = b@example.com\n",
		"12: `address` is set twice, first in line 3");
	conf_kit_refused(LEAST "[Analyst BOB]\nuser = a\nuser = b\n",
		"13: `user` is set twice, first in line 12");
	/* The same name in another section is another setting. */
	conf_kit_refused(LEAST "[agent]\nsocket = /a\n[control]\nsocket = /b\n"
			       "[agent]\nsocket = /c\n",
		"16: `socket` is set twice, first in line 12");
}

static void
test_long_lines_are_refused(void **state)
{
	char text[3000];
	struct conf *c;
	int len = snprintf(text, sizeof(text), LEAST "#");

	(void)state;
	memset(text + len, 'x', CONF_LINE_MAX - 1);
	text[len + CONF_LINE_MAX - 1] = '\0';
	c = conf_kit_read(text);
	conf_free(&c);
	text[len + CONF_LINE_MAX - 1] = 'x';
	text[len + CONF_LINE_MAX] = '\0';
	conf_kit_refused(text, "11: longer than 1000 bytes");
}

static void
test_what_is_missing_is_named(void **state)
{
	static const char no_analyst[] =
		" no [analyst NAME] section: somebody has to read the reports";

	(void)state;
	conf_kit_refused("",
		" [service] needs `organisation = ...`: Name of "
		"the organisation, as letters give it.");
	conf_kit_refused(ANALYST "[service]\norganisation = x\n",
		" [service] needs `address = ...`: The published address that "
		"reports are mailed to.");
	conf_kit_refused(SERVICE, no_analyst);
	conf_kit_refused(LEAST "[analyst eve]\n",
		" [analyst eve] needs `address = ...`: Where this analyst's "
		"letters go.");
	conf_kit_refused(LEAST
		"[analyst eve]\naddress = e@example.com\nkey_file = e\n",
		" [analyst eve] needs `openpgp = FINGERPRINT` or `smime = "
		"FINGERPRINT`: letters to analysts are always encrypted");
}

/* What is required is not given by giving nothing. */
static void
test_what_is_required_is_not_empty(void **state)
{
	(void)state;
	conf_kit_refused("[service]\norganisation = \"\"\n"
			 "address = a@example.com\nopenpgp = " OWN "\n" ANALYST,
		" [service] needs `organisation = ...`: Name of the "
		"organisation, as letters give it.");
	conf_kit_refused("[service]\norganisation = x\n"
			 "address = a@example.com\nopenpgp =\n" ANALYST,
		" [service] needs `openpgp = ...`: Fingerprint of the "
		"service's own OpenPGP key; letters are signed by it, clear "
		"mail is sealed to it.");
	conf_kit_refused(SERVICE
		"[analyst eve]\naddress = e@example.com\nkey_file =\n"
		"smime = " OWN "\n",
		" [analyst eve] needs `key_file = ...`: File with the "
		"analyst's public key or certificate.");
}

static void
test_a_nul_byte_is_refused(void **state)
{
	struct conf *c = conf_kit_span(SPAN(LEAST "#\0\n"), "p.conf");

	(void)state;
	assert_null(c);
	assert_non_null(strstr(kit_error.text, "NUL"));
}

static void
test_only_a_regular_file_is_read(void **state)
{
	static char dir[] = "/tmp/psirtd.XXXXXX";
	char path[64];
	struct conf *c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	/* iniparser takes a directory for an empty file. */
	assert_null(conf_open(dir, &kit_error));
	assert_int_equal(kit_error.kind, ERR_PERMANENT);
	assert_non_null(strstr(kit_error.text, "not a regular file"));
	snprintf(path, sizeof(path), "%s/psirtd.conf", dir);
	assert_null(conf_open(path, &kit_error));
	assert_int_equal(kit_error.kind, ERR_PERMANENT);
	assert_non_null(strstr(kit_error.text, "No such file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(conf_open(path, &kit_error));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
		fs_replace_file(path, SPAN(LEAST "[paths]\nstate = s\n"), 0600,
			&kit_error),
		0);
	c = conf_open(path, &kit_error);
	assert_non_null(c);
	assert_string_equal(c->path, path);
	snprintf(path, sizeof(path), "%s/s", dir);
	assert_string_equal(c->state, path);
	conf_free(&c);
	assert_int_equal(fs_remove_tree(dir, &kit_error), 0);
}

static void
test_a_file_has_its_ceiling(void **state)
{
	struct buf text = BUF_INIT(1 << 20);

	(void)state;
	while (text.len <= CONF_BYTES_MAX)
		buf_puts(&text, "# a comment of some length\n");
	assert_null(conf_kit_span(buf_view(&text), "p.conf"));
	assert_non_null(strstr(kit_error.text, "p.conf: larger than"));
	buf_release(&text);
}

static void
test_analysts_are_found_by_name_and_by_user(void **state)
{
	struct conf *c = conf_kit_read(
		LEAST "[analyst eve]\naddress = e@example.com\nkey_file = e\n"
		      "smime = " OWN "\nuser = evelyn\nlanguage = zh-CN\n"
		      "max_letter = 1M\n");

	(void)state;
	assert_int_equal(c->analysts, 2);
	assert_ptr_equal(conf_analyst_of_user(c, "evelyn"), &c->analyst[1]);
	assert_null(conf_analyst_of_user(c, "Evelyn"));
	/* bob has none: who has no name is not bob. */
	assert_null(conf_analyst_of_user(c, ""));
	assert_string_equal(c->analyst[1].language, "zh-CN");
	assert_int_equal(c->analyst[1].max_letter, 1 << 20);
	conf_free(&c);
}

static void
test_there_may_be_a_hundred_analysts(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	struct conf *c;
	int i;

	(void)state;
	buf_puts(&text, SERVICE);
	for (i = 0; i < CONF_ANALYSTS_MAX; i++)
		buf_printf(&text,
			"[analyst a%d]\naddress = a%d@example.com\n"
			"key_file = k\nopenpgp = " BOBS "\n",
			i, i);
	c = conf_kit_read(text.data);
	assert_int_equal(c->analysts, CONF_ANALYSTS_MAX);
	assert_string_equal(c->analyst[99].address, "a99@example.com");
	conf_free(&c);
	buf_puts(&text, ANALYST);
	conf_kit_refused(text.data, " more than 100 analysts");
	buf_release(&text);
}

int
main(void)
{
#define T(F) cmocka_unit_test(F)
	const struct CMUnitTest tests[] = {
		T(test_the_least_is_enough_and_the_rest_has_defaults),
		T(test_relative_paths_begin_at_the_file),
		T(test_names_are_without_case_and_values_are_not),
		T(test_comments_and_empty_lines_are_nothing),
		T(test_quoted_values_keep_everything),
		T(test_values_that_need_quoting_are_refused),
		T(test_apostrophes_are_no_quotation_marks),
		T(test_nothing_is_continued), T(test_each_bad_line_is_named),
		T(test_twice_is_an_error_with_both_lines),
		T(test_long_lines_are_refused),
		T(test_what_is_missing_is_named),
		T(test_what_is_required_is_not_empty),
		T(test_a_nul_byte_is_refused),
		T(test_only_a_regular_file_is_read),
		T(test_a_file_has_its_ceiling),
		T(test_analysts_are_found_by_name_and_by_user),
		T(test_there_may_be_a_hundred_analysts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
