/* Templates: what each tag does, and what no value can do. */
#include "letters_kit.h"

static int
setup(void **state)
{
	struct values *v;
	struct desk *d;

	desk_setup(state);
	d = *state;
	v = d->v;
	values_text(v, "a", "A");
	values_text(v, "empty", "");
	values_text(v, "lines", "one\ntwo\n\nthree");
	values_text(v, "commands", "/close\n/valid x");
	values_text(v, "tags", "{{a}} {{#list}} }}");
	values_text(v, "header", "x\r\nBcc: y@z");
	values_list(v, "none");
	values_list(v, "list");
	values_text(values_item(v, "list"), "k", "1");
	values_text(values_item(v, "list"), "k", "2");
	return 0;
}

static const struct {
	const char *body, *is;
} bodies[] = {
	{"", ""},
	{"Words.\n", "Words.\n"},
	{"x {{a}} y\n", "x A y\n"},
	{"{{ a }}{{a}}\n", "AA\n"},
	{"x{{empty}}y\n", "xy\n"},
	/* sections */
	{"{{#a}}yes{{/a}}{{^a}}no{{/a}}\n", "yes\n"},
	{"{{#empty}}no{{/empty}}{{^empty}}none{{/empty}}\n", "none\n"},
	{"{{#none}}no{{/none}}{{^none}}none{{/none}}\n", "none\n"},
	{"{{#list}}{{k}},{{/list}}{{^list}}no{{/list}}\n", "1,2,\n"},
	{"{{#list}}\n- {{k}} of {{a}}\n{{/list}}\nend\n",
		"- 1 of A\n- 2 of A\nend\n"},
	{"{{#a}}{{#a}}x{{/a}}y{{/a}}\n", "xy\n"},
	{"{{#a}}{{#empty}}no{{/empty}}{{^none}}x{{/none}}{{/a}}\n", "x\n"},
	{"{{#list}}{{#list}}{{k}}{{/list}};{{/list}}\n", "12;12;\n"},
	/* A tag alone on its line takes it with it. */
	{"x\n{{! remark }}\ny\n", "x\ny\n"},
	{"x{{! remark }}y\n", "xy\n"},
	{"x\n  {{#a}}  \ny\n\t{{/a}}\nz\n", "x\ny\nz\n"},
	{"x\n  {{a}}\ny\n", "x\nA\ny\n"},
	{"x\n{{a}}", "x\nA\n"},
	{"x\n{{empty}}\ny\n", "x\ny\n"},
	/* lines */
	{"{{lines}}\n", "one\ntwo\n\nthree\n"},
	{"> {{lines}}\n", "> one two  three\n"},
	{"{{lines}} <\n", "one two  three <\n"},
	/* No value is a tag, a field or a command. */
	{"{{tags}}\n", "{{a}} {{#list}} }}\n"},
	{"x {{tags}}\n", "x {{a}} {{#list}} }}\n"},
	{"{{#tags}}{{tags}}{{/tags}}\n", "{{a}} {{#list}} }}\n"},
	{"{{commands}}\n", "  /close\n  /valid x\n"},
	{"{{commands}} and\n", "  /close /valid x and\n"},
	{"x\n{{#a}}{{commands}}{{/a}}\n", "x\n  /close /valid x\n"},
	{"x {{commands}}\n", "x /close /valid x\n"},
	/* Its own commands are the template's. */
	{"/case {{a}}\n", "/case A\n"},
	/* What looks like a tag and is none. */
	{"{ {a} } }} {x}\n", "{ {a} } }} {x}\n"},
};

static void
test_bodies(void **state)
{
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < countof(bodies); i++) {
		if (desk_load(d,
			    arena_printf(d->a, "Subject: S\n\n%s",
				    bodies[i].body)) == -1 ||
			desk_render(d, "en") == -1)
			fail_msg("%s: %s", bodies[i].body, d->e.text);
		if (strcmp(d->body.data, bodies[i].is) != 0)
			fail_msg("%s: %s", bodies[i].body, d->body.data);
		assert_string_equal(d->subject.data, "S");
	}
}

/* Always one line, also when it is one tag. */
static void
test_subjects(void **state)
{
	static const struct {
		const char *subject, *is;
	} rows[] = {{"Words", "Words"}, {"[{{a}}] x", "[A] x"}, {"{{a}}", "A"},
		{"{{lines}}", "one two  three"},
		{"{{lines}} x", "one two  three x"},
		{"x {{header}}", "x x Bcc: y@z"}, {"{{header}}", "x Bcc: y@z"},
		{"{{commands}}", "/close /valid x"},
		{"{{tags}}", "{{a}} {{#list}} }}"},
		{"{{#empty}}no{{/empty}}{{^empty}}x{{/empty}}", "x"}};
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < countof(rows); i++) {
		if (desk_load(d,
			    arena_printf(d->a, "Subject: %s\n\nB\n",
				    rows[i].subject)) == -1 ||
			desk_render(d, "en") == -1)
			fail_msg("%s: %s", rows[i].subject, d->e.text);
		assert_string_equal(d->subject.data, rows[i].is);
		assert_string_equal(d->body.data, "B\n");
	}
}

/* Who wrote the template is told where it is wrong. */
static void
test_errors_have_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", ":1: begins with `Subject: ...` and an empty line"},
		{"Subject: S\nX: y\n\nB\n", ":1: begins with"},
		{"Subject: S\nB\n", ":1: begins with"},
		{"subject: S\n\nB\n", ":1: begins with"},
		{"Subject: {{a\n\nB\n", ":1: {{ without }}"},
		{"Subject: S\n\nx\n{{a\n", ":4: {{ without }}"},
		{"Subject: S\n\n{{}}\n", ":3: a tag needs a name"},
		{"Subject: S\n\n\n{{# }}x\n", ":4: a tag needs a name"},
		{"Subject: S\n\n{{#a}}x\n", ":3: {{#a}} has no partner"},
		{"Subject: S\n\n{{^a}}\nx\n", ":3: {{^a}} has no partner"},
		{"Subject: S\n\nx\n{{/a}}\n", ":4: {{/a}} has no partner"},
		{"Subject: S\n\n{{#a}}{{#b}}{{/a}}{{/b}}\n",
			":3: {{#a}} has no partner"},
		{"Subject: {{#a}}\n\n{{/a}}\n", ":1: {{#a}} has no partner"},
		{"Subject: S\n\n{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}"
		 "{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}"
		 "{{/a}}{{/a}}\n",
			":3: {{#a}} has no partner"},
		{"Subject: S\n\n{{aaaaaaaaaabbbbbbbbbbccccccccccddddddddddx}}",
			":3: a tag needs a name"},
		{"Subject: S\n\n\xff\n", ": not plain UTF-8"},
		{"Subject: S\n\nx\r\n", ": not plain UTF-8"},
	};
	struct desk *d = *state;
	const char *file;
	size_t i;

	file = arena_printf(d->a, "%s/en/message.txt", d->dir);
	for (i = 0; i < countof(rows); i++) {
		assert_int_equal(desk_load(d, rows[i].text), -1);
		assert_int_equal(d->e.kind, ERR_PERMANENT);
		if (strncmp(d->e.text, file, strlen(file)) != 0 ||
			strncmp(d->e.text + strlen(file), rows[i].says,
				strlen(rows[i].says)) != 0)
			fail_msg("%s: %s", rows[i].says, d->e.text);
	}
}

static void
test_an_unknown_name_is_a_bug(void **state)
{
	static const char *const texts[] = {"{{b}}", "{{#b}}{{/b}}",
		"{{^b}}{{/b}}", "{{k}}", "{{#list}}{{b}}{{/list}}"};
	struct desk *d = *state;
	size_t i;

	for (i = 0; i < countof(texts); i++) {
		assert_int_equal(desk_load(d,
					 arena_printf(d->a, "Subject: S\n\n%s",
						 texts[i])),
			0);
		assert_int_equal(desk_render(d, "en"), -1);
		assert_int_equal(d->e.kind, ERR_BUG);
		assert_non_null(strstr(d->e.text, "nothing is called "));
	}
}

static void
test_each_language_needs_each_letter(void **state)
{
	static char en[] = "en", de[] = "de", fr[] = "fr";
	char *const languages[] = {en, de, fr};
	struct desk *d = *state;

	desk_write_all(d, "en", "Subject: S\n\nWords\n");
	desk_write_all(d, "de", "Subject: S\n\nWorte\n");
	assert_null(templates_load(d->dir, languages, 3, &d->e));
	assert_non_null(strstr(d->e.text, "/fr/acknowledgement.txt"));
	d->t = templates_load(d->dir, languages, 2, &d->e);
	assert_non_null(d->t);
	assert_int_equal(desk_render(d, "de"), 0);
	assert_string_equal(d->body.data, "Worte\n");
	/* Any other is the first one's. */
	assert_int_equal(desk_render(d, "fr"), 0);
	assert_string_equal(d->body.data, "Words\n");
}

static void
test_what_is_too_long_is_no_letter(void **state)
{
	struct desk *d = *state;

	assert_int_equal(desk_load(d, "Subject: S\n\n{{a}}{{a}}{{a}}\n"), 0);
	buf_release(&d->body);
	buf_init(&d->body, 3);
	assert_int_equal(desk_render(d, "en"), -1);
	assert_int_equal(d->e.kind, ERR_PERMANENT);
	assert_string_equal(d->e.status, "5.3.4");
}

int
main(void)
{
#define T(F) cmocka_unit_test_setup_teardown(F, setup, desk_teardown)
	const struct CMUnitTest tests[] = {T(test_bodies), T(test_subjects),
		T(test_errors_have_file_and_line),
		T(test_an_unknown_name_is_a_bug),
		T(test_each_language_needs_each_letter),
		T(test_what_is_too_long_is_no_letter)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
