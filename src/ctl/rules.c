/* psirtctl rules: whether they can be used, and what they find in a text. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/fs.h"
#include "base/output.h"
#include "base/utf8.h"
#include "ctl/show_hints.h"
#include "ctl/verb.h"
#include "rules/ruleset.h"

#define TEXT_MAX (8 << 20)
#define MICROSECOND (CLOCKS_PER_SEC / 1000000)

/* What the rules found in one file. */
struct trial {
	const char *path;
	struct hints hints;
	size_t bytes;
	clock_t cpu;
};

static void
print_timed_out(const struct hints *h)
{
	size_t i;

	for (i = 0; i < h->timed_out_count; i++)
		printf("rule %s timed out\n", h->timed_out[i]);
}

static void
print_text(const struct trial *t)
{
	const struct hint *h;
	size_t i;

	for (i = 0; i < t->hints.count; i++) {
		h = &t->hints.hint[i];
		print_hint(h);
		printf(" [%lld-%lld, rule %s, score %d]\n", (long long)h->start,
			(long long)h->end, h->rule, h->score);
	}
	print_timed_out(&t->hints);
}

/* The contexts by which a hit was weighed, with what each rule adds there. */
static void
print_contexts(unsigned contexts)
{
	enum context c;

	for (c = 0; c < CONTEXT__COUNT; c++)
		if (contexts & 1u << c)
			printf(", %s", context_name(c));
}

static void
print_explanation(const struct trial *t)
{
	const struct rule_hit *f;
	size_t i;

	for (i = 0; i < t->hints.hits_count; i++) {
		f = &t->hints.hits[i];
		print_hint(&f->hint);
		printf("\n    %s %lld-%lld, rule %s, score %d",
			hint_where_name(f->hint.where),
			(long long)f->hint.start, (long long)f->hint.end,
			f->hint.rule, f->base);
		if (f->hint.score != f->base)
			printf(" -> %d", f->hint.score);
		print_contexts(f->contexts);
		printf("\n    %s\n", hit_fate_name(f->fate));
	}
	print_timed_out(&t->hints);
}

static void
print_json(const struct trial *t)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct output *o = output_new();
	size_t i;

	output_text(o, "file", t->path);
	output_number(o, "bytes", (int64_t)t->bytes);
	output_number(o, "cpu_us", t->cpu / MICROSECOND);
	output_array(o, "hints");
	for (i = 0; i < t->hints.count; i++)
		json_hint(o, &t->hints.hint[i]);
	output_end(o);
	output_array(o, "timed_out");
	for (i = 0; i < t->hints.timed_out_count; i++)
		output_text(o, NULL, t->hints.timed_out[i]);
	output_end(o);
	output_finish(&o, &out);
	fputs(out.data, stdout);
	buf_release(&out);
}

static int
try_file(const struct ruleset *rules, const char *path,
	void (*print)(const struct trial *t))
{
	struct buf text = BUF_INIT(TEXT_MAX), clean = BUF_INIT(TEXT_MAX);
	struct rule_texts texts = {.text = {{"", 0}, {"", 0}, {"", 0}}};
	struct arena *a = arena_new();
	struct trial t = {.path = path};
	int status = EX_OK;
	clock_t begin;
	struct err e;

	if (fs_read_file(path, &text, &e) == -1) {
		verb_fail(&e);
		status = EX_NOINPUT;
	} else {
		utf8_clean(&clean, buf_view(&text), UTF8_MANY_LINES);
		texts.text[WHERE_TEXT] = buf_view(&clean);
		begin = clock();
		ruleset_find(rules, &texts, a, &t.hints);
		t.cpu = clock() - begin;
		t.bytes = clean.len;
		print(&t);
	}
	arena_free(&a);
	buf_release(&text);
	buf_release(&clean);
	return status;
}

static int
check(const struct call *c, const struct conf *conf)
{
	struct ruleset *rules;
	struct err e;

	rules = ruleset_of_conf(conf, c->argc > 2 ? c->argv[2] : NULL, &e);
	if (rules == NULL)
		return verb_fail(&e);
	printf("%zu rules can be used\n", ruleset_count(rules));
	ruleset_free(&rules);
	return EX_OK;
}

static int
try_files(const struct call *c, const struct conf *conf, bool json)
{
	bool explain = strcmp(c->argv[1], "explain") == 0;
	struct ruleset *rules;
	int i, status = EX_OK, one;
	struct err e;

	if ((rules = ruleset_of_conf(conf, NULL, &e)) == NULL)
		return verb_fail(&e);
	for (i = 2; i < c->argc; i++) {
		if (strcmp(c->argv[i], "--json") == 0)
			continue;
		one = try_file(rules, c->argv[i],
			explain	       ? print_explanation
				: json ? print_json
				       : print_text);
		status = one != EX_OK ? one : status;
	}
	ruleset_free(&rules);
	return status;
}

static int
run(const struct call *c)
{
	struct conf *conf;
	bool json = false, may_json, checks;
	int i, files = 0, status;

	for (i = 2; i < c->argc; i++) {
		json |= strcmp(c->argv[i], "--json") == 0;
		files += c->argv[i][0] != '-';
	}
	checks = c->argc > 1 && strcmp(c->argv[1], "check") == 0;
	may_json = c->argc > 1 && strcmp(c->argv[1], "test") == 0;
	if (c->argc < 2 || files + json < c->argc - 2 || json > may_json ||
		(checks && files > 1) || (!checks && files == 0) ||
		(!checks && !may_json && strcmp(c->argv[1], "explain") != 0))
		return -1;
	if ((conf = verb_conf(c)) == NULL)
		return EX_CONFIG;
	status = checks ? check(c, conf) : try_files(c, conf, json);
	conf_free(&conf);
	return status;
}

const struct verb verb_rules = {"rules",
	"rules check [FILE]\nrules test FILE ... [--json]\n"
	"rules explain FILE ...",
	"Check the rules; show what they find in a text, and why.", run};
