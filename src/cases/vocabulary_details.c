/* Commands that state something about a case; see cases/detail.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cases/vocabulary_parts.h"
#include "rules/cvss.h"
#include "rules/range.h"

#define TITLE_MAX 200
#define TAG_MAX 32
#define CWE_MAX 99999
#define VECTOR_MAX 400
#define RANGE_MAX 600

static const char *const severities[] = {
	"none", "low", "medium", "high", "critical"};

static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t len = strcspn(word, " \t");

	*rest = word + len;
	if (len == 0)
		return NULL;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static void
set_detail(struct deciding *d, enum detail detail, const char *product,
	const char *value, const char *score)
{
	const char *was = details_value(&d->c->details, detail, product);
	struct facts f;

	if (strcmp(was, strcmp(value, DETAIL_NONE) != 0 ? value : "") == 0)
		return;
	facts_init(&f, d->plan->arena);
	facts_add(&f, "detail", detail_name(detail));
	facts_add(&f, "product", product);
	facts_add(&f, "value", value);
	facts_add(&f, "score", score);
	facts_add(&f, "was", was);
	vocabulary_record(d, EVENT_DETAIL_SET, &f);
}

/* --- severity and vectors --- */

static const char *
severity_of(const char *word)
{
	size_t i;

	if (strcmp(word, DETAIL_NONE) == 0)
		return DETAIL_NONE;
	for (i = 0; i < countof(severities); i++)
		if (strcasecmp(severities[i], word) == 0)
			return severities[i];
	return NULL;
}

static int
check_vector(const struct command *cmd, const char *text, struct err *e)
{
	struct cvss vector;
	struct err why;

	if (cvss_parse(span_of(text), &vector, &why) == 0)
		return 0;
	return err_permanent(e, "5.5.4", "line %d: /%s: %s", cmd->line,
		cmd->row->word, why.text);
}

static void
set_vector(struct deciding *d, const char *text)
{
	static const enum detail details[] = {
		[CVSS_2_0] = DETAIL_CVSS_2_0,
		[CVSS_3_0] = DETAIL_CVSS_3_0,
		[CVSS_3_1] = DETAIL_CVSS_3_1,
		[CVSS_4_0] = DETAIL_CVSS_4_0,
	};
	struct buf canonical = BUF_INIT(VECTOR_MAX);
	struct cvss vector;
	struct err e;
	int score;

	if (cvss_parse(span_of(text), &vector, &e) == -1)
		return;
	cvss_print(&vector, &canonical);
	score = cvss_score(&vector);
	set_detail(d, details[vector.version], NULL, canonical.data,
		arena_printf(d->plan->arena, "%d.%d", score / 10, score % 10));
	buf_release(&canonical);
}

static int
check_severity(
	const struct deciding *d, const struct command *cmd, struct err *e)
{
	char *rest = arena_strdup(d->plan->arena, cmd->argument);
	char *word = next_word(&rest);

	if (word == NULL || severity_of(word) == NULL)
		return vocabulary_refuse(cmd,
			"the severity is none, low, medium, high or critical, "
			"or - to take it back",
			e);
	rest += strspn(rest, " \t");
	return *rest != '\0' ? check_vector(cmd, rest, e) : 0;
}

static void
apply_severity(struct deciding *d, const struct command *cmd)
{
	char *rest = arena_strdup(d->plan->arena, cmd->argument);
	char *word = next_word(&rest);

	set_detail(d, DETAIL_SEVERITY, NULL, severity_of(word), NULL);
	set_vector(d, rest);
}

/* "-3.1" takes back the vector of that version. */
static int
vector_taken_back(const char *argument)
{
	int detail;

	if (argument[0] != '-')
		return -1;
	for (detail = DETAIL_CVSS_2_0; detail <= DETAIL_CVSS_4_0; detail++)
		if (strcmp(argument + 1,
			    strchr(detail_name((enum detail)detail), ' ') +
				    1) == 0)
			return detail;
	return -1;
}

static int
check_cvss(const struct deciding *d, const struct command *cmd, struct err *e)
{
	(void)d;
	if (vector_taken_back(cmd->argument) != -1)
		return 0;
	return check_vector(cmd, cmd->argument, e);
}

static void
apply_cvss(struct deciding *d, const struct command *cmd)
{
	int back = vector_taken_back(cmd->argument);

	if (back != -1)
		set_detail(d, (enum detail)back, NULL, DETAIL_NONE, NULL);
	else
		set_vector(d, cmd->argument);
}

/* --- TLP --- */

static int
check_tlp(const struct deciding *d, const struct command *cmd, struct err *e)
{
	(void)d;
	if (tlp_label(cmd->argument) != NULL ||
		strcmp(cmd->argument, DETAIL_NONE) == 0)
		return 0;
	return vocabulary_refuse(cmd,
		"the label is red, amber+strict, amber, green or clear, or - "
		"to take it back",
		e);
}

static void
apply_tlp(struct deciding *d, const struct command *cmd)
{
	const char *label = tlp_label(cmd->argument);

	set_detail(
		d, DETAIL_TLP, NULL, label != NULL ? label : DETAIL_NONE, NULL);
	if (label != NULL && tlp_is_sealed(label))
		vocabulary_hold_back(d);
}

/* --- the title --- */

static int
check_title(const struct deciding *d, const struct command *cmd, struct err *e)
{
	(void)d;
	if (cmd->words[0] == '\0')
		return vocabulary_refuse(cmd, "it needs a text behind it", e);
	if (strlen(cmd->words) > TITLE_MAX)
		return vocabulary_refuse(
			cmd, "a title has at most 200 bytes", e);
	return 0;
}

static int
check_new(const struct deciding *d, const struct command *cmd, struct err *e)
{
	if (command_with(d->input->commands, COMMAND_DRY_RUN) != NULL)
		return vocabulary_refuse(cmd,
			"there is no case yet that a dry run could be about",
			e);
	if (!d->input->fresh)
		return vocabulary_refuse(cmd,
			"it begins a case, by a mail to the service or "
			"psirtctl case new",
			e);
	return cmd->words[0] != '\0' ? check_title(d, cmd, e) : 0;
}

static void
apply_title(struct deciding *d, const struct command *cmd)
{
	struct facts f;

	vocabulary_words(d, cmd, &f);
	facts_add_number(&f, "title", cmd->message);
	facts_add(&f, "was", details_value(&d->c->details, DETAIL_TITLE, NULL));
	vocabulary_record(d, EVENT_TITLED, &f);
}

static void
apply_new(struct deciding *d, const struct command *cmd)
{
	if (cmd->words[0] != '\0')
		apply_title(d, cmd);
}

/* --- lists --- */

/* The normal form of WORD, which is cut off, into ITEM; false: it has none. */
static bool
normal_cwe(const char *word, char *item, size_t room)
{
	char *end;
	long n;

	if (strncasecmp(word, "CWE-", 4) == 0)
		word += 4;
	n = strtol(word, &end, 10);
	if (!isdigit((unsigned char)word[0]) || *end != '\0' || n < 1 ||
		n > CWE_MAX)
		return false;
	snprintf(item, room, "CWE-%ld", n);
	return true;
}

static bool
normal_cve(const char *word, char *item, size_t room)
{
	size_t year, number;

	if (strncasecmp(word, "CVE-", 4) == 0)
		word += 4;
	year = strspn(word, "0123456789");
	if (year != 4 || word[4] != '-')
		return false;
	number = strspn(word + 5, "0123456789");
	if (number < 4 || number > 10 || word[5 + number] != '\0')
		return false;
	snprintf(item, room, "CVE-%s", word);
	return true;
}

static bool
normal_tag(const char *word, char *item, size_t room)
{
	size_t i;

	if (strlen(word) > TAG_MAX)
		return false;
	snprintf(item, room, "%s", word);
	for (i = 0; item[i] != '\0'; i++) {
		item[i] = (char)tolower((unsigned char)item[i]);
		if (!isalnum((unsigned char)item[i]) &&
			strchr("-._+", item[i]) == NULL)
			return false;
	}
	return i > 0 && item[0] != '-';
}

static const struct {
	bool (*normal)(const char *word, char *item, size_t room);
	const char *wanted;
} lists[LIST__COUNT] = {
	[LIST_CWE] = {normal_cwe,
		"numbers of weaknesses are wanted, like 79 or CWE-79; a - "
		"before one takes it out"},
	[LIST_CVE] = {normal_cve,
		"CVE IDs are wanted, like CVE-2026-1234; a - before one takes "
		"it out"},
	[LIST_TAG] = {normal_tag,
		"tags are wanted, of letters, digits and -._+, at most 32; a - "
		"before one takes it out"},
};

static void
record_item(struct deciding *d, enum event_kind kind, enum detail_list list,
	const char *value)
{
	struct facts f;

	facts_init(&f, d->plan->arena);
	facts_add(&f, "list", detail_list_name(list));
	facts_add(&f, "value", value);
	vocabulary_record(d, kind, &f);
}

static int
check_list(const struct deciding *d, const struct command *cmd,
	enum detail_list list, struct err *e)
{
	char *rest = arena_strdup(d->plan->arena, cmd->argument), *word;
	char item[TAG_MAX + 1];
	size_t n = 0;

	for (; (word = next_word(&rest)) != NULL; n++) {
		if (!lists[list].normal(
			    word + (word[0] == '-'), item, sizeof(item)))
			return vocabulary_refuse(cmd, lists[list].wanted, e);
		if (word[0] == '-' &&
			details_item(&d->c->details, list, item) == NULL)
			return vocabulary_refuse(
				cmd, "it is not there to be taken out", e);
	}
	return n > 0 ? 0 : vocabulary_refuse(cmd, lists[list].wanted, e);
}

static void
apply_list(struct deciding *d, const struct command *cmd, enum detail_list list)
{
	char *rest = arena_strdup(d->plan->arena, cmd->argument), *word;
	char item[TAG_MAX + 1];

	while ((word = next_word(&rest)) != NULL) {
		(void)lists[list].normal(
			word + (word[0] == '-'), item, sizeof(item));
		if (word[0] == '-')
			record_item(d, EVENT_ITEM_REMOVED, list, item);
		else if (details_item(&d->c->details, list, item) == NULL)
			record_item(d, EVENT_ITEM_ADDED, list, item);
	}
}

#define LIST_COMMAND(NAME, LIST) \
	static int check_##NAME(const struct deciding *d, \
		const struct command *cmd, struct err *e) \
	{ \
		return check_list(d, cmd, LIST, e); \
	} \
	static void apply_##NAME( \
		struct deciding *d, const struct command *cmd) \
	{ \
		apply_list(d, cmd, LIST); \
	}

LIST_COMMAND(cwe, LIST_CWE)
LIST_COMMAND(cve, LIST_CVE)
LIST_COMMAND(tag, LIST_TAG)

/* --- products --- */

/* A product as it was written: a name, then what stands behind it. */
struct named {
	char *name;
	const char *rest; /* "" if nothing */
};

static char *
without_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
		text[--len] = '\0';
	return text;
}

/* A name in quotation marks ends with them; else the caller knows where. */
static bool
quoted_name(char *text, struct named *n)
{
	char *end;

	if (text[0] != '"' || (end = strchr(text + 1, '"')) == NULL)
		return false;
	*end = '\0';
	n->name = text + 1;
	n->rest = end + 1 + strspn(end + 1, " \t");
	return true;
}

/* The range is the longest end of the line that says one. */
static struct named
split_range(const struct deciding *d, const char *argument)
{
	char *text = arena_strdup(d->plan->arena, argument), *blank;
	struct buf range = BUF_INIT(RANGE_MAX);
	struct named n = {.name = text, .rest = ""};

	if (!quoted_name(text, &n)) {
		for (blank = strchr(text, ' '); blank != NULL;
			blank = strchr(blank + 1, ' ')) {
			if (!range_normalize(span_of(blank + 1), &range))
				continue;
			*blank = '\0';
			n.rest = blank + 1;
			break;
		}
		without_end(text);
	}
	buf_release(&range);
	return n;
}

static struct named
split_version(const struct deciding *d, const char *argument)
{
	char *text = arena_strdup(d->plan->arena, argument), *blank;
	struct named n = {.name = text, .rest = ""};

	if (!quoted_name(text, &n) && (blank = strrchr(text, ' ')) != NULL) {
		*blank = '\0';
		n.rest = blank + 1;
		without_end(text);
	}
	return n;
}

static const struct detail_item *
product_named(const struct deciding *d, const char *name)
{
	return details_item(&d->c->details, LIST_PRODUCT, name);
}

static int
check_product(
	const struct deciding *d, const struct command *cmd, struct err *e)
{
	struct buf range = BUF_INIT(RANGE_MAX);
	struct named n;
	bool known;

	if (cmd->argument[0] == '-')
		return product_named(d, cmd->argument + 1) != NULL
			? 0
			: vocabulary_refuse(cmd,
				  "there is no such product to be taken out",
				  e);
	n = split_range(d, cmd->argument);
	known = n.rest[0] == '\0' || range_normalize(span_of(n.rest), &range);
	buf_release(&range);
	if (n.name[0] == '\0')
		return vocabulary_refuse(cmd, "it needs a name", e);
	return known ? 0
		     : vocabulary_refuse(cmd,
			       "what stands behind the name says no versions, "
			       "like 1.0 to 1.4, before 1.4.2 or <=1.4",
			       e);
}

static void
remove_product(struct deciding *d, const char *name)
{
	const struct detail_item *item = product_named(d, name);
	int detail;

	for (detail = 0; detail < DETAIL__COUNT; detail++)
		set_detail(
			d, (enum detail)detail, item->value, DETAIL_NONE, NULL);
	record_item(d, EVENT_ITEM_REMOVED, LIST_PRODUCT, item->value);
}

static void
apply_product(struct deciding *d, const struct command *cmd)
{
	struct buf range = BUF_INIT(RANGE_MAX);
	struct named n;

	if (cmd->argument[0] == '-') {
		remove_product(d, cmd->argument + 1);
		return;
	}
	n = split_range(d, cmd->argument);
	if (product_named(d, n.name) == NULL)
		record_item(d, EVENT_ITEM_ADDED, LIST_PRODUCT, n.name);
	if (n.rest[0] != '\0' && range_normalize(span_of(n.rest), &range))
		set_detail(d, DETAIL_AFFECTED, product_named(d, n.name)->value,
			range.data, NULL);
	buf_release(&range);
}

static int
check_fixed(const struct deciding *d, const struct command *cmd, struct err *e)
{
	struct named n = split_version(d, cmd->argument);

	if (strpbrk(n.rest, "0123456789") == NULL &&
		strcmp(n.rest, DETAIL_NONE) != 0)
		return vocabulary_refuse(
			cmd, "a product and its fixed version are wanted", e);
	if (product_named(d, n.name) == NULL)
		return vocabulary_refuse(cmd,
			"there is no such product in the case; /product adds "
			"it",
			e);
	return 0;
}

static void
apply_fixed(struct deciding *d, const struct command *cmd)
{
	struct named n = split_version(d, cmd->argument);

	set_detail(
		d, DETAIL_FIXED, product_named(d, n.name)->value, n.rest, NULL);
}

static const struct command_row rows[] = {
	{"new", "[TITLE]",
		"Begin a case; what follows or is forwarded is the report. "
		"Needs no /case line.",
		WORDS_TITLE, check_new, apply_new, .flags = COMMAND_OPENS,
		.zh = "新建案件；其后的文字或所转发的邮件即报告，无需 /case 行"
		      "。",
		.nearest = "/invalid and /close end a case"},
	{"severity", "S [VECTOR]",
		"How bad it is: none, low, medium, high or critical.",
		WORDS_NONE, check_severity, apply_severity,
		.zh = "严重程度：none、low、medium、high 或 critical。"},
	{"cvss", "VECTOR",
		"A CVSS vector of any version; the score is computed. -3.1 "
		"takes that one back.",
		WORDS_NONE, check_cvss, apply_cvss,
		.zh = "任一版本的 CVSS 向量，分数自动计算；-3.1 表示撤回该版"
		      "本的向量。"},
	{"cwe", "N...", "Weaknesses it is an instance of; -N takes one out.",
		WORDS_NONE, check_cwe, apply_cwe,
		.zh = "所属的弱点编号；-N 表示去掉。"},
	{"cve", "ID...", "Its CVE IDs; -ID takes one out.", WORDS_NONE,
		check_cve, apply_cve, .zh = "CVE 编号；-ID 表示去掉。"},
	{"title", "TEXT", "What the case is called, in letters too.",
		WORDS_REASON, check_title, apply_title,
		.zh = "案件标题，也用于信件。"},
	{"product", "NAME [RANGE]",
		"A product it is in, and which versions; -NAME takes it out.",
		WORDS_NONE, check_product, apply_product,
		.zh = "受影响的产品及版本范围；-NAME 表示去掉。"},
	{"fixed", "NAME VERSION", "The version of a product that has the fix.",
		WORDS_NONE, check_fixed, apply_fixed,
		.zh = "产品中已修复的版本。"},
	{"tlp", "LABEL",
		"Traffic Light Protocol; nothing red or amber+strict leaves in "
		"clear.",
		WORDS_NONE, check_tlp, apply_tlp,
		.zh = "TLP 标签；red 与 amber+strict 绝不以明文发出。"},
	{"tag", "WORD...", "Labels of your own; -WORD takes one off.",
		WORDS_NONE, check_tag, apply_tag,
		.zh = "自定标签；-WORD 表示去掉。"},
};

const struct command_area details_area = {rows, countof(rows)};
