/* Commands as text: words, arguments, and what is said when it is wrong. */
#include "cases/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena *a;
static struct err e;

static int
setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static struct command *
parse(const char *text)
{
	struct command *commands;

	if (command_parse(text, a, &commands, &e) == -1)
		fail_msg("%s", e.text);
	return commands;
}

static void
refused(const char *text, const char *message)
{
	struct command *commands;

	assert_int_equal(command_parse(text, a, &commands, &e), -1);
	assert_int_equal(e.kind, ERR_PERMANENT);
	assert_string_equal(e.status, "5.5.2");
	assert_string_equal(e.text, message);
}

static void
is(const struct command *cmd, const char *word, const char *argument,
	const char *words)
{
	assert_non_null(cmd);
	assert_string_equal(cmd->row->word, word);
	assert_string_equal(cmd->argument, argument);
	assert_string_equal(cmd->words, words);
	assert_int_equal(cmd->message, 0);
}

static void
test_a_block_is_parsed_in_its_order(void **state)
{
	struct command *c = parse("/valid\n/assign bob\n/to finder\n"
				  "Thank you,\n/valid is not meant.\n");

	(void)state;
	is(c, "valid", "", "");
	assert_int_equal(c->line, 1);
	is(c->next, "assign", "bob", "");
	assert_int_equal(c->next->line, 2);
	is(c->next->next, "to", "finder", "Thank you,\n/valid is not meant.");
	assert_int_equal(c->next->next->line, 3);
	assert_null(c->next->next->next);
}

static void
test_words_may_be_cut_short_where_they_are_clear(void **state)
{
	size_t i, j, k, len, matches;
	const struct command_row *row;
	char text[40];
	struct command *commands;

	(void)state;
	for (i = 0; (row = command_at(i)) != NULL; i++) {
		for (len = 1; len <= strlen(row->word); len++) {
			snprintf(text, sizeof(text), "/%.*s", (int)len,
				row->word);
			for (j = 0, matches = 0; command_at(j) != NULL; j++)
				matches += strncmp(command_at(j)->word,
						   row->word, len) == 0;
			/* A whole word is meant, whatever goes on from it. */
			k = len == strlen(row->word) ? 1 : matches;
			assert_int_equal(
				command_parse(text, a, &commands, &e) == 0,
				k == 1);
			if (k == 1)
				assert_ptr_equal(commands->row, row);
			else
				assert_non_null(strstr(
					e.text, "could be several commands"));
		}
	}
}

static void
test_words_are_without_case(void **state)
{
	(void)state;
	is(parse("/VALID"), "valid", "", "");
	is(parse("/Take"), "take", "", "");
	is(parse("/sTaT"), "status", "", "");
}

static void
test_blanks_and_crlf_are_no_part_of_anything(void **state)
{
	struct command *c = parse("\r\n \n/assign \t bob \t\r\n"
				  "/to\tfinder\r\n\r\n \r\nThank you.\r\n\r\n");

	(void)state;
	is(c, "assign", "bob", "");
	is(c->next, "to", "finder", "Thank you.");
	is(parse("/take  "), "take", "", "");
	/* Two blanks is what our letters put before other people's. */
	refused("  /take", "there is no command: a line that begins with /");
	refused("\n\t/take", "there is no command: a line that begins with /");
}

static void
test_an_argument_keeps_its_inner_blanks(void **state)
{
	(void)state;
	is(parse("/invalid  not  a\tbug / at all "), "invalid",
		"not  a\tbug / at all", "not  a\tbug / at all");
}

/* A reason is the argument, a text what follows, a note either. */
static void
test_words_belong_to_commands_by_their_kind(void **state)
{
	struct command *c;

	(void)state;
	is(parse("/close done"), "close", "done", "done");
	is(parse("/close"), "close", "", "");
	/* A token of ours goes nowhere; other lines are left as they are. */
	is(parse("/to finder\na\n/Case X-2026-0001 t\n/cases\n b"), "to",
		"finder", "a\n/cases\n b");
	is(parse("/to finder\ntext"), "to", "finder", "text");
	is(parse("/note short"), "note", "short", "short");
	is(parse("/note\nlong\n\nlonger\n"), "note", "", "long\n\nlonger");
	c = parse("/note\n/to finder\nboth");
	is(c, "note", "", "both");
	is(c->next, "to", "finder", "both");
	c = parse("/close done\n/to finder\ntext");
	is(c, "close", "done", "done");
	is(c->next, "to", "finder", "text");
}

/* Nobody's words are dropped without a word. */
static void
test_words_that_belong_to_none_void_the_block(void **state)
{
	static const char none[] =
		"the text after the commands belongs to none of them; /note "
		"keeps it, /to finder sends it";

	(void)state;
	refused("/take\ntext", none);
	refused("/close done\nand why", none);
	refused("/note short\nlong", none);
	refused("/valid confirmed by Bob",
		"line 1: /valid takes nothing behind it");
	refused("/take\n/status now",
		"line 2: /status takes nothing behind it");
}

/* An empty line ends the block: what follows is text, with a slash or not. */
static void
test_the_block_ends_at_the_first_other_line(void **state)
{
	struct command *c = parse("/note\n\n/valid\n");

	(void)state;
	is(c, "note", "", "/valid");
	assert_null(c->next);
	c = parse("/note\n /valid\n/take\n");
	is(c, "note", "", "/valid\n/take");
}

static void
test_what_is_no_command_is_answered_with_the_nearest(void **state)
{
	(void)state;
	refused("/vlaid",
		"line 1: there is no command /vlaid; did you mean /valid?");
	refused("/take\n/Acept",
		"line 2: there is no command /Acept; did you mean /accept?");
	refused("/clsoe x",
		"line 1: there is no command /clsoe; did you mean /close?");
	refused("/frobnicate",
		"line 1: there is no command /frobnicate; /help lists them");
	refused("/validate",
		"line 1: there is no command /validate; /help lists them");
	refused("/a", "line 1: /a could be several commands; write more of it");
	/* Longer than any word: shown as far as it was read. */
	refused("/validvalidvalidvalidvalidvalid",
		"line 1: there is no command /validvalidvalidvalidvali; /help "
		"lists them");
}

static void
test_no_command_at_all_is_an_error(void **state)
{
	static const char none[] =
		"there is no command: a line that begins with /";

	(void)state;
	refused("", none);
	refused(" \r\n\n", none);
	refused("Hello\n/take", none);
	refused("> /take", none);
}

static void
test_all_or_nothing(void **state)
{
	struct command *commands;

	(void)state;
	assert_int_equal(
		command_parse("/take\n/nonsense\n/valid", a, &commands, &e),
		-1);
	assert_memory_equal(e.text, "line 2: ", 8);
}

static void
test_limits(void **state)
{
	struct buf text = BUF_INIT(10000);
	struct command *c;
	int i;

	(void)state;
	for (i = 0; i < COMMANDS_MAX; i++)
		buf_puts(&text, "/take\n");
	for (c = parse(text.data), i = 0; c != NULL; c = c->next)
		i++;
	assert_int_equal(i, COMMANDS_MAX);
	buf_puts(&text, "/take\n");
	refused(text.data, "more than 32 commands");
	buf_clear(&text);
	buf_puts(&text, "/close ");
	for (i = 0; i < COMMAND_ARGUMENT_MAX; i++)
		buf_putc(&text, 'x');
	assert_int_equal(
		strlen(parse(text.data)->argument), COMMAND_ARGUMENT_MAX);
	buf_putc(&text, 'x');
	refused(text.data, "line 1: longer than 1000 bytes");
	buf_release(&text);
}

static void
test_what_mail_programs_make_of_a_line(void **state)
{
	const struct command *c;

	(void)state;
	/* No-break spaces, and nothing that can be seen. */
	is(parse("/to\u00a0finder\u202f\n\nyes"), "to", "finder", "yes");
	is(parse("/take\u200b"), "take", "", "");
	/* Dashes and marks of tokens; those of words stay. */
	is(parse("/tag \u2013old"), "tag", "-old", "");
	is(parse("/dry\u2011run"), "dry-run", "", "");
	is(parse("/product \u201cFoo 2\u201d before 3"), "product",
		"\"Foo 2\" before 3", "");
	is(parse("/close it is \u201cdone\u201d \u2013 now"), "close",
		"it is \u201cdone\u201d \u2013 now",
		"it is \u201cdone\u201d \u2013 now");
	/* A line that would have been longer than 72 goes on. */
	c = parse("/severity high\n"
		  "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C\n"
		  "/take");
	is(c, "severity",
		"high CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/"
		"RC:C",
		"");
	is(c->next, "take", "", "");
	/* Others do not: they are the text. */
	c = parse("/to finder\n/severity high\nThank you.");
	is(c, "to", "finder", "Thank you.");
	is(c->next, "severity", "high", "");
}

static void
test_a_block_begins_at_the_margin(void **state)
{
	(void)state;
	assert_true(command_block("\n \n/take"));
	assert_false(command_block("  /take"));
	assert_false(command_block("> /take"));
	assert_false(command_block("\u00a0/take"));
	assert_false(command_block("Hello\n/take"));
	assert_false(command_block(""));
}

static void
test_a_title_and_the_report_behind_it(void **state)
{
	(void)state;
	is(parse("/new A hole\n\nIt leaks."), "new", "A hole", "A hole");
	is(parse("/new\n\nIt leaks."), "new", "", "");
}

static void
test_the_table_is_sound(void **state)
{
	const struct command_row *row;
	size_t i, j;

	(void)state;
	for (i = 0; (row = command_at(i)) != NULL; i++) {
		assert_true(strlen(row->word) > 0);
		assert_int_equal(row->word[strspn(row->word,
					 "abcdefghijklmnopqrstuvwxyz-")],
			0);
		assert_int_equal(row->help[strlen(row->help) - 1], '.');
		assert_string_equal(
			row->zh + strlen(row->zh) - strlen("。"), "。");
		assert_string_equal(command_help(row, "zh-CN"), row->zh);
		assert_string_equal(command_help(row, "xx"), row->help);
		assert_non_null(row->apply);
		assert_ptr_equal(command_named(row->word), row);
		/* Who has a reason has a check that asks for it. */
		assert_true(row->words == WORDS_NONE || row->check != NULL);
		for (j = 0; j < i; j++)
			assert_string_not_equal(row->word, command_at(j)->word);
	}
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_block_is_parsed_in_its_order),
		T(test_words_may_be_cut_short_where_they_are_clear),
		T(test_words_are_without_case),
		T(test_blanks_and_crlf_are_no_part_of_anything),
		T(test_an_argument_keeps_its_inner_blanks),
		T(test_words_belong_to_commands_by_their_kind),
		T(test_words_that_belong_to_none_void_the_block),
		T(test_the_block_ends_at_the_first_other_line),
		T(test_what_is_no_command_is_answered_with_the_nearest),
		T(test_no_command_at_all_is_an_error), T(test_all_or_nothing),
		T(test_limits), T(test_what_mail_programs_make_of_a_line),
		T(test_a_block_begins_at_the_margin),
		T(test_a_title_and_the_report_behind_it),
		T(test_the_table_is_sound)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
