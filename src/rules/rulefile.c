#include "rules/rulefile.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "rules/classify.h"
#include "rules/rulefile_key.h"

#define TAB 8

static bool
is_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			    s.data[i]) == NULL)
			return false;
	return s.len > 0 && s.len <= RULE_NAME_MAX;
}

/* The value of a key or a definition is complete. */
static int
finish_entry(struct rulefile *f)
{
	struct span value = buf_view(&f->value);
	const struct rule_key *key = f->key;

	f->key = NULL;
	if (f->definition == NULL && f->list == NULL && key == NULL)
		return 0;
	if (rulefile_strip(value).len == 0)
		return rulefile_fail(f, f->entry_line, "%s has no value",
			key != NULL		  ? key->name
				: f->list != NULL ? f->list->name
						  : f->definition->name);
	if (f->list != NULL)
		return rulefile_finish_list(f);
	return key != NULL ? key->set(f, value) : rulefile_define(f);
}

static int
finish_block(struct rulefile *f)
{
	struct rule *r = f->rule;
	size_t i;

	if (finish_entry(f) == -1)
		return -1;
	f->rule = NULL;
	if (r == NULL)
		return 0;
	for (i = 0; i < rule_key_count; i++)
		if (rule_keys[i].missing != NULL && !(f->has & 1u << i))
			return rulefile_fail(f, r->line,
				"rule %s has no `%s`: %s", r->name,
				rule_keys[i].name, rule_keys[i].missing);
	if (r->kind == HINT_CLASS && class_of_rule(r->name) == -1)
		return rulefile_fail(f, r->line,
			"the name of a rule for classes begins with the class: "
			"report, advisory, beg-bounty, questionnaire, privacy "
			"or abuse");
	if (r->normal == NORMAL__COUNT)
		r->normal = normal_of_kind(r->kind);
	return 0;
}

static int
begin_rule(struct rulefile *f, struct span name)
{
	struct ruleset *set = f->set;
	size_t i;

	for (i = 0; i < set->count; i++)
		if (span_is(name, set->rules[i].name))
			return rulefile_fail(f, f->line,
				"rule %s stands already in %s:%d",
				set->rules[i].name, set->rules[i].file,
				set->rules[i].line);
	if (set->count == RULES_MAX)
		return rulefile_fail(
			f, f->line, "more than %d rules", RULES_MAX);
	set->rules =
		xreallocarray(set->rules, set->count + 1, sizeof(*set->rules));
	f->rule = &set->rules[set->count++];
	*f->rule = (struct rule){
		.name = arena_dup(set->arena, name.data, name.len),
		.file = arena_strdup(set->arena, f->name),
		.line = f->line,
		.normal = NORMAL__COUNT,
		.reach = RULE_REACH,
		.where = 1u << WHERE_SUBJECT | 1u << WHERE_TEXT,
	};
	f->has = 0;
	f->key_indent = 0;
	return 0;
}

static int
begin_definition(struct rulefile *f, struct span name, struct span value)
{
	if (rulefile_definition(f, name) != NULL)
		return rulefile_fail(f, f->line, "%.*s is defined already",
			(int)name.len, name.data);
	f->definition = arena_alloc(f->set->arena, sizeof(*f->definition));
	f->definition->name = arena_dup(f->set->arena, name.data, name.len);
	f->entry_line = f->line;
	buf_clear(&f->value);
	buf_span(&f->value, value);
	return 0;
}

static int
begin_list(struct rulefile *f, struct span name, struct span value)
{
	if (rulefile_list(f, name) != NULL)
		return rulefile_fail(f, f->line, "there is a list %.*s already",
			(int)name.len, name.data);
	f->list = arena_calloc(f->set->arena, 1, sizeof(*f->list));
	f->list->name = arena_dup(f->set->arena, name.data, name.len);
	f->entry_line = f->line;
	buf_clear(&f->value);
	buf_span(&f->value, value);
	return 0;
}

static int
begin_block(struct rulefile *f, struct span line)
{
	struct span word = rulefile_word(&line);
	struct span name = rulefile_word(&line);

	if (finish_block(f) == -1)
		return -1;
	if (!span_is(word, "rule") && !span_is(word, "define") &&
		!span_is(word, "list"))
		return rulefile_fail(f, f->line,
			"at the margin stands `rule NAME`, `define NAME` or "
			"`list NAME`; indent what belongs to one");
	if (!is_name(name))
		return rulefile_fail(f, f->line,
			"a name is made of a-z, 0-9 and -, at most %d of them",
			RULE_NAME_MAX);
	if (span_is(word, "define"))
		return begin_definition(f, name, line);
	if (span_is(word, "list"))
		return begin_list(f, name, line);
	if (line.len > 0)
		return rulefile_fail(f, f->line,
			"after the name the line ends; keys stand below it, "
			"indented");
	return begin_rule(f, name);
}

static int
begin_entry(struct rulefile *f, struct span line, size_t indent)
{
	struct span word = rulefile_word(&line);
	size_t i;

	if (finish_entry(f) == -1)
		return -1;
	for (i = 0; i < rule_key_count; i++)
		if (span_is(word, rule_keys[i].name))
			break;
	if (i == rule_key_count)
		return rulefile_fail(f, f->line,
			"%.*s is no key; a line that goes on with the value "
			"above is indented deeper than the keys",
			(int)utf8_cut(word, RULE_NAME_MAX), word.data);
	if (f->has & 1u << i)
		return rulefile_fail(f, f->line, "%s stands twice in rule %s",
			rule_keys[i].name, f->rule->name);
	f->has |= 1u << i;
	f->key = &rule_keys[i];
	f->key_indent = indent;
	f->entry_line = f->line;
	buf_clear(&f->value);
	buf_span(&f->value, line);
	return 0;
}

static size_t
indent_of(struct span line)
{
	size_t columns = 0, i;

	for (i = 0; i < line.len; i++) {
		if (line.data[i] == '\t')
			columns = (columns / TAB + 1) * TAB;
		else if (line.data[i] == ' ')
			columns++;
		else
			break;
	}
	return columns;
}

static int
take_line(struct rulefile *f, struct span line)
{
	size_t indent = indent_of(line);
	struct span content = rulefile_strip(line);

	if (!utf8_is_clean(line, UTF8_MANY_LINES))
		return rulefile_fail(f, f->line,
			"not plain text: save the file as UTF-8, with Unix "
			"line ends");
	if (content.len == 0 || content.data[0] == '#') {
		buf_putc(&f->value, '\n');
		return 0;
	}
	if (indent == 0)
		return begin_block(f, content);
	if (f->definition != NULL || f->list != NULL ||
		(f->key != NULL && indent > f->key_indent)) {
		buf_putc(&f->value, '\n');
		buf_span(&f->value, content);
		return 0;
	}
	if (f->rule == NULL)
		return rulefile_fail(f, f->line,
			"this belongs to no rule: begin one with `rule NAME` "
			"at the margin");
	return begin_entry(f, content, indent);
}

struct rulefile *
rulefile_new(void)
{
	struct rulefile *f = xcalloc(1, sizeof(*f));

	f->set = xcalloc(1, sizeof(*f->set));
	f->set->arena = arena_new();
	buf_init(&f->value, RULES_FILE_MAX);
	return f;
}

void
rulefile_free(struct rulefile **f)
{
	if (*f == NULL)
		return;
	ruleset_free(&(*f)->set);
	free((*f)->literals);
	buf_release(&(*f)->value);
	free(*f);
	*f = NULL;
}

int
rulefile_add(
	struct rulefile *f, struct span text, const char *name, struct err *e)
{
	struct span line;
	const char *end;

	f->name = name;
	f->err = e;
	for (f->line = 1; text.len > 0; f->line++) {
		end = memchr(text.data, '\n', text.len);
		line = (struct span){text.data,
			end != NULL ? (size_t)(end - text.data) : text.len};
		if (take_line(f, line) == -1)
			return -1;
		if (end == NULL)
			break;
		text.len -= line.len + 1;
		text.data = end + 1;
	}
	return finish_block(f);
}

struct ruleset *
rulefile_finish(struct rulefile **f)
{
	struct ruleset *set = (*f)->set;

	set->literals = literals_new((*f)->literals, (*f)->literal_count);
	set->languages = languages_new();
	set->lists = (*f)->lists;
	(*f)->set = NULL;
	rulefile_free(f);
	return set;
}
