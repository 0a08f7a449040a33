/* psirtctl rules: what the rules find in a text. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/fs.h"
#include "base/output.h"
#include "base/utf8.h"
#include "ctl/verb.h"
#include "rules/ruleset.h"

#define TEXT_MAX (8 << 20)

static void
print_text(const struct hints *h)
{
	size_t i;

	for (i = 0; i < h->count; i++)
		printf("%s: %s%s%s%s [%lld-%lld, rule %s, score %d]\n",
			hint_kind_name(h->hint[i].kind), h->hint[i].value,
			h->hint[i].normalized[0] != '\0' ? " = " : "",
			h->hint[i].normalized, "", (long long)h->hint[i].start,
			(long long)h->hint[i].end, h->hint[i].rule,
			h->hint[i].score);
	for (i = 0; i < h->timed_out_count; i++)
		printf("rule %s timed out\n", h->timed_out[i]);
}

static void
print_json(const struct hints *h)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct output *o = output_new();
	size_t i;

	output_array(o, "hints");
	for (i = 0; i < h->count; i++) {
		output_object(o, NULL);
		output_text(o, "kind", hint_kind_name(h->hint[i].kind));
		output_text(o, "value", h->hint[i].value);
		output_text(o, "normalized", h->hint[i].normalized);
		output_text(o, "where", hint_where_name(h->hint[i].where));
		output_number(o, "start", h->hint[i].start);
		output_number(o, "end", h->hint[i].end);
		output_text(o, "rule", h->hint[i].rule);
		output_number(o, "score", h->hint[i].score);
		output_end(o);
	}
	output_end(o);
	output_array(o, "timed_out");
	for (i = 0; i < h->timed_out_count; i++)
		output_text(o, NULL, h->timed_out[i]);
	output_end(o);
	output_finish(&o, &out);
	fputs(out.data, stdout);
	buf_release(&out);
}

static int
test_file(const struct ruleset *rules, const char *path, bool json)
{
	struct buf text = BUF_INIT(TEXT_MAX), clean = BUF_INIT(TEXT_MAX);
	struct rule_texts texts = {.text = {{"", 0}}};
	struct arena *a = arena_new();
	struct hints hints;
	struct err e;
	int status = EX_OK;

	if (fs_read_file(path, &text, &e) == -1) {
		verb_fail(&e);
		status = EX_NOINPUT;
	} else {
		utf8_clean(&clean, buf_view(&text), UTF8_MANY_LINES);
		texts.text[WHERE_TEXT] = buf_view(&clean);
		texts.text[WHERE_SUBJECT] = texts.text[WHERE_QUOTED] =
			(struct span){"", 0};
		ruleset_find(rules, &texts, a, &hints);
		if (json)
			print_json(&hints);
		else
			print_text(&hints);
	}
	arena_free(&a);
	buf_release(&text);
	buf_release(&clean);
	return status;
}

static int
run(const struct call *c)
{
	const char *path = NULL;
	struct ruleset *rules;
	struct conf *conf;
	bool json = false;
	struct err e;
	int i, status;

	for (i = 2; i < c->argc; i++) {
		if (strcmp(c->argv[i], "--json") == 0)
			json = true;
		else
			path = path == NULL ? c->argv[i] : "";
	}
	if (c->argc < 2 || strcmp(c->argv[1], "test") != 0 || path == NULL ||
		path[0] == '\0')
		return -1;
	if ((conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	if ((rules = ruleset_load(conf->rules, &e)) == NULL)
		status = verb_fail(&e);
	else
		status = test_file(rules, path, json);
	ruleset_free(&rules);
	conf_free(&conf);
	return status;
}

const struct verb verb_rules = {"rules", "rules test FILE [--json]",
	"Show what the rules find in a text.", run};
