#include "rules/range.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "rules/interval.h"

/* What the words say of the version behind them. */
enum relation {
	PLAIN,
	BELOW,
	UP_TO,
	FROM,
	ABOVE,
	BETWEEN, /* from this one up to the next */
	SERIES, /* from this one on while all parts but its last stay */
	/* Words between versions, not before one: */
	LIST, /* another version follows */
	OR, /* another interval follows */
	FILLER,
};

struct phrase {
	const char *words;
	enum relation relation;
};

/* Where one begins like another, the longer one stands first. */
static const struct phrase before_version[] = {
	{"up to but not including", BELOW},
	{"up to but excluding", BELOW},
	{"up to and including", UP_TO},
	{"up to, and including", UP_TO},
	{"up to (and including)", UP_TO},
	{"up to", UP_TO},
	{"upto", UP_TO},
	{"through", UP_TO},
	{"thru", UP_TO},
	{"until", UP_TO},
	{"to", UP_TO},
	{"at most", UP_TO},
	{"less than or equal to", UP_TO},
	{"lower than or equal to", UP_TO},
	{"<=", UP_TO},
	{"=<", UP_TO},
	{"\u2264", UP_TO},
	{"-", UP_TO},
	{"\u2013", UP_TO},
	{"\u2014", UP_TO},
	{"\u81f3", UP_TO}, /* to */
	{"\u5230", UP_TO}, /* to */
	{"before", BELOW},
	{"and prior to", BELOW},
	{"and before", BELOW},
	{"and below", BELOW},
	{"and less than", BELOW},
	{"and lower than", BELOW},
	{"and earlier than", BELOW},
	{"and up to", UP_TO},
	{"prior to", BELOW},
	{"previous to", BELOW},
	{"preceding", BELOW},
	{"earlier than", BELOW},
	{"older than", BELOW},
	{"lower than", BELOW},
	{"less than", BELOW},
	{"below", BELOW},
	{"under", BELOW},
	{"<", BELOW},
	{"\u4f4e\u4e8e", BELOW}, /* lower than */
	{"\u65e9\u4e8e", BELOW}, /* earlier than */
	{"\u5c0f\u4e8e", BELOW}, /* smaller than */
	{"starting from", FROM},
	{"starting with", FROM},
	{"starting at", FROM},
	{"starting in", FROM},
	{"beginning with", FROM},
	{"since", FROM},
	{"from", FROM},
	{"as of", FROM},
	{"at least", FROM},
	{"greater than or equal to", FROM},
	{"higher than or equal to", FROM},
	{">=", FROM},
	{"=>", FROM},
	{"\u2265", FROM},
	{"\u4ece", FROM}, /* from */
	{"\u81ea", FROM}, /* since */
	{"after", ABOVE},
	{"above", ABOVE},
	{"later than", ABOVE},
	{"newer than", ABOVE},
	{"higher than", ABOVE},
	{"greater than", ABOVE},
	{"~>", SERIES},
	{">", ABOVE},
	{"\u9ad8\u4e8e", ABOVE}, /* higher than */
	{"\u665a\u4e8e", ABOVE}, /* later than */
	{"between", BETWEEN},
	{"==", PLAIN},
	{"=", PLAIN},
	{"||", OR},
	{"and/or", LIST},
	{"and", LIST},
	{"or", LIST},
	{"as well as", LIST},
	{"&", LIST},
	{",", LIST},
	{";", LIST},
	{"/", LIST},
	{"\u3001", LIST}, /* enumeration comma */
	{"\uff0c", LIST}, /* comma */
	{"\u548c", LIST}, /* and */
	{"\u53ca", LIST}, /* and */
	{"\u6216", LIST}, /* or */
	{"all", FILLER},
	{"any", FILLER},
	{"the", FILLER},
	{"versions", FILLER},
	{"version", FILLER},
	{"ver.", FILLER},
	{"releases", FILLER},
	{"release", FILLER},
	{"\u7248\u672c", FILLER}, /* version */
	{"\u7684", FILLER}, /* of */
	{":", FILLER},
	{"(", FILLER},
	{")", FILLER},
	{"[", FILLER},
	{"]", FILLER},
	{"`", FILLER},
	{"*", FILLER},
	{"\"", FILLER},
	{"'", FILLER},
};

/* These say something of the version in front of them. */
static const struct phrase after_version[] = {
	{"and earlier", UP_TO}, {"or earlier", UP_TO},
	{"and all earlier", UP_TO}, {"and lower", UP_TO}, {"or lower", UP_TO},
	{"and below", UP_TO}, {"or below", UP_TO}, {"and older", UP_TO},
	{"or older", UP_TO}, {"and before", UP_TO}, {"or before", UP_TO},
	{"and prior", UP_TO}, {"or prior", UP_TO}, {"and previous", UP_TO},
	{"or previous", UP_TO}, {"and under", UP_TO}, {"inclusive", UP_TO},
	{"included", UP_TO}, {"\u53ca\u66f4\u65e9", UP_TO}, /* and earlier */
	{"\u53ca\u4ee5\u4e0b", UP_TO}, /* and below */
	{"\u4ee5\u4e0b", UP_TO}, /* and below */
	{"\u53ca\u4e4b\u524d", UP_TO}, /* and before */
	{"\u53ca\u4ee5\u524d", UP_TO}, /* and before */
	{"\u4e4b\u524d", BELOW}, /* before */
	{"\u4ee5\u524d", BELOW}, /* before */
	{"exclusive", BELOW}, {"excluded", BELOW}, {"and later", FROM},
	{"or later", FROM}, {"and newer", FROM}, {"or newer", FROM},
	{"and above", FROM}, {"or above", FROM}, {"and higher", FROM},
	{"or higher", FROM}, {"and greater", FROM}, {"or greater", FROM},
	{"and up", FROM}, {"and onwards", FROM}, {"onwards", FROM},
	{"onward", FROM}, {"and after", FROM}, {"or after", FROM}, {"+", FROM},
	{"\u53ca\u66f4\u9ad8", FROM}, /* and higher */
	{"\u53ca\u4ee5\u4e0a", FROM}, /* and above */
	{"\u4ee5\u4e0a", FROM}, /* and above */
	{"\u4e4b\u540e", ABOVE}, /* after */
};

struct version {
	struct span text; /* without v and without .x */
	bool any; /* all that begin with it: 1.4.x */
};

/* FROM, ABOVE, UP_TO, BELOW; PLAIN: this end is open. */
struct end {
	enum relation relation;
	struct version version;
};

struct parser {
	struct span text;
	size_t at;
	struct intervals set;

	enum relation pending; /* what the words since the last version say */
	bool apart; /* LIST or OR stood among them */
	bool named; /* and an unknown word */
	/* "before 1.2 and 1.4": the relation goes on, unless the version
	 * turns out to be the lower end of "1.4.x before 1.4.2". */
	enum relation carried;
	bool by_carry;

	struct end low, high;
	struct version single;
	bool open; /* one of those three is set */
};

static bool
is_alnum(char c)
{
	return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does a version begin at AT? */
static bool
version_at(struct span s, size_t at)
{
	if (at < s.len && (s.data[at] == 'v' || s.data[at] == 'V'))
		at++;
	return at < s.len && is_digit(s.data[at]);
}

/* "1.0-1.4" is a range, "1.0-4" and "1.0-beta1" are versions. */
static bool
dash_is_range(struct span s, size_t at)
{
	size_t i = at + 1;

	while (i < s.len && is_digit(s.data[i]))
		i++;
	return i > at + 1 && i + 1 < s.len && s.data[i] == '.' &&
		is_digit(s.data[i + 1]);
}

/* How many bytes of punctuation at AT belong to the version; 0: none. */
static size_t
inner_punctuation(struct span s, size_t at)
{
	size_t i;

	if (at + 1 >= s.len)
		return 0;
	if (s.data[at] == '.' && s.data[at + 1] == '*')
		return 2;
	if (s.data[at] == '-')
		return is_alnum(s.data[at + 1]) && !dash_is_range(s, at);
	if (strchr("._+~", s.data[at]) != NULL)
		return is_alnum(s.data[at + 1]);
	/* 12.2(33)SXI */
	if (s.data[at] != '(' || !is_digit(s.data[at + 1]))
		return 0;
	for (i = at + 1; i < s.len && is_alnum(s.data[i]);)
		i++;
	return i < s.len && s.data[i] == ')' ? i + 1 - at : 0;
}

static struct version
take_version(struct parser *p)
{
	struct version v = {0};
	size_t at = p->at, step;

	if (!is_digit(p->text.data[at]))
		at++;
	v.text.data = p->text.data + at;
	while (at < p->text.len) {
		step = is_alnum(p->text.data[at])
			? 1
			: inner_punctuation(p->text, at);
		if (step == 0)
			break;
		at += step;
	}
	v.text.len = (size_t)(p->text.data + at - v.text.data);
	p->at = at;
	while (v.text.len > 2 && v.text.data[v.text.len - 2] == '.' &&
		strchr("xX*", v.text.data[v.text.len - 1]) != NULL) {
		v.text.len -= 2;
		v.any = true;
	}
	return v;
}

/* 1.4 to 1.5: the first version that does not begin with V. */
static bool
next_version(struct parser *p, struct version v, struct span *next_r)
{
	size_t head = v.text.len, i;
	int64_t number = 0;

	while (head > 0 && is_digit(v.text.data[head - 1]))
		head--;
	if (head == v.text.len || v.text.len - head > 9)
		return false;
	for (i = head; i < v.text.len; i++)
		number = number * 10 + (v.text.data[i] - '0');
	*next_r = span_of(arena_printf(p->set.arena, "%.*s%" PRId64, (int)head,
		v.text.data, number + 1));
	return true;
}

static bool
bound_of(struct parser *p, const struct end *e, struct bound *b)
{
	/* All of 1.4.x: its far end is where 1.5 begins. */
	bool far = e->version.any &&
		(e->relation == ABOVE || e->relation == UP_TO);

	*b = (struct bound){.is_set = true, .version = e->version.text};
	b->inclusive = e->relation == FROM || e->relation == UP_TO;
	if (!far)
		return true;
	b->inclusive = e->relation == ABOVE;
	return next_version(p, e->version, &b->version);
}

/* Keep the interval in hand and begin another. */
static bool
flush(struct parser *p)
{
	struct end low = p->low, high = p->high;
	struct interval i = {0};

	if (!p->open)
		return true;
	p->open = p->by_carry = false;
	p->low.relation = p->high.relation = PLAIN;
	if (low.relation == BETWEEN)
		return false;
	if (low.relation == PLAIN && high.relation == PLAIN) {
		low = (struct end){FROM, p->single};
		high = (struct end){UP_TO, p->single};
	}
	/* From 0 on is from the start: only the other end says something. */
	if (high.relation != PLAIN && span_is(low.version.text, "0"))
		low.relation = PLAIN;
	if (low.relation != PLAIN && !bound_of(p, &low, &i.low))
		return false;
	if (high.relation != PLAIN && !bound_of(p, &high, &i.high))
		return false;
	return intervals_add(&p->set, &i);
}

static bool
upper_end(struct parser *p, struct end e)
{
	bool lone = p->open && p->low.relation == PLAIN &&
		p->high.relation == PLAIN;

	if (lone && !p->apart) {
		p->low = (struct end){FROM, p->single};
	} else if (p->by_carry && !p->apart) {
		p->low = (struct end){FROM, p->high.version};
	} else if (!p->open || p->low.relation == PLAIN ||
		p->high.relation != PLAIN) {
		if (!flush(p))
			return false;
		p->carried = e.relation;
	}
	p->by_carry = false;
	p->high = e;
	p->open = true;
	return true;
}

/* ~> 1.4.2 is 1.4.2 and what follows before 1.5. */
static bool
series(struct parser *p, struct version v)
{
	struct version stem = {.text = v.text, .any = true};

	if (!flush(p))
		return false;
	while (stem.text.len > 0 && stem.text.data[stem.text.len - 1] != '.')
		stem.text.len--;
	if (stem.text.len == 0)
		return false;
	stem.text.len--;
	p->low = (struct end){FROM, v};
	p->high = (struct end){UP_TO, stem};
	p->open = true;
	return true;
}

static bool
plain_version(struct parser *p, struct version v)
{
	if (p->open && p->low.relation == BETWEEN) {
		p->low.relation = FROM;
		p->high = (struct end){UP_TO, v};
		return true;
	}
	if (!flush(p))
		return false;
	p->open = true;
	p->by_carry = p->carried != PLAIN && !v.any;
	if (p->by_carry)
		p->high = (struct end){p->carried, v};
	else
		p->single = v;
	return true;
}

static bool
on_version(struct parser *p, struct version v)
{
	enum relation r = p->pending;
	bool ok = true;

	p->pending = PLAIN;
	if (r != PLAIN && r != BELOW && r != UP_TO)
		p->carried = PLAIN;
	switch (r) {
	case BELOW:
	case UP_TO:
		ok = upper_end(p, (struct end){r, v});
		break;
	case FROM:
	case ABOVE:
	case BETWEEN:
		ok = flush(p);
		p->low = (struct end){r, v};
		p->open = true;
		break;
	case SERIES:
		ok = series(p, v);
		break;
	default:
		ok = plain_version(p, v);
		break;
	}
	p->apart = p->named = false;
	return ok;
}

/* "and earlier" after a version. */
static void
on_afterwards(struct parser *p, enum relation r)
{
	bool upper = r == UP_TO || r == BELOW;

	/* It says more than what was carried over from the one before. */
	if (p->by_carry) {
		p->by_carry = false;
		p->single = p->high.version;
		p->high.relation = PLAIN;
	}
	/* "1.0 through 1.4 inclusive"; an interval is not opened again. */
	if (p->high.relation != PLAIN)
		p->high.relation = upper ? r : p->high.relation;
	else if (p->low.relation == PLAIN && upper)
		p->high = (struct end){r, p->single};
	else if (p->low.relation == PLAIN)
		p->low = (struct end){r, p->single};
}

static void
on_phrase(struct parser *p, enum relation r)
{
	if (r == FILLER)
		return;
	if (r == LIST || r == OR)
		p->apart = true;
	else
		p->pending = r;
}

/* The length of WORDS where they stand at AT, or 0. */
static size_t
phrase_at(struct span s, size_t at, const char *words)
{
	size_t len = strlen(words);

	if (len > s.len - at || strncasecmp(s.data + at, words, len) != 0)
		return 0;
	/* "to" is not the beginning of "tomcat". */
	if (is_alnum(words[len - 1]) && at + len < s.len &&
		isalpha((unsigned char)s.data[at + len]) &&
		is_alnum(s.data[at + len]))
		return 0;
	return len;
}

static bool
take_afterwards(struct parser *p)
{
	size_t i, len, next;

	if (!p->open || p->pending != PLAIN)
		return false;
	for (i = 0; i < countof(after_version); i++) {
		len = phrase_at(p->text, p->at, after_version[i].words);
		if (len == 0)
			continue;
		next = p->at + len;
		if (next < p->text.len && p->text.data[next] == ' ')
			next++;
		/* "from 1.0 and before 1.4", "1.0 and prior to 1.4" */
		if (version_at(p->text, next) ||
			phrase_at(p->text, next, "to") > 0)
			continue;
		p->at += len;
		on_afterwards(p, after_version[i].relation);
		return true;
	}
	return false;
}

static bool
take_phrase(struct parser *p)
{
	size_t i, len;

	for (i = 0; i < countof(before_version); i++) {
		len = phrase_at(p->text, p->at, before_version[i].words);
		if (len == 0)
			continue;
		p->at += len;
		if (before_version[i].relation == OR && !flush(p))
			return false;
		on_phrase(p, before_version[i].relation);
		return true;
	}
	return false;
}

/* The product said again: "Foo 1.2 and Foo 1.4". */
static bool
take_name(struct parser *p)
{
	const char *end =
		memchr(p->text.data + p->at, ' ', p->text.len - p->at);

	if (!p->apart || p->named || end == NULL)
		return false;
	p->at = (size_t)(end - p->text.data);
	p->named = true;
	return true;
}

static bool
parse(struct parser *p)
{
	while (p->at < p->text.len) {
		if (p->text.data[p->at] == ' ')
			p->at++;
		else if (version_at(p->text, p->at)) {
			if (!on_version(p, take_version(p)))
				return false;
		} else if (!take_afterwards(p) && !take_phrase(p) &&
			!take_name(p))
			return false;
	}
	/* "1.0 before" is half a phrase. */
	return p->pending == PLAIN && flush(p);
}

bool
range_normalize(struct span text, struct buf *out)
{
	struct buf line = BUF_INIT(text.len);
	struct parser p = {.set.arena = arena_new()};
	size_t from = out->len, i;
	bool ok;

	/* Every white space is one blank, as in the phrases. */
	for (i = 0; i < text.len; i++) {
		if (!isspace((unsigned char)text.data[i]))
			buf_putc(&line, text.data[i]);
		else if (line.len > 0 && line.data[line.len - 1] != ' ')
			buf_putc(&line, ' ');
	}
	p.text = buf_view(&line);
	ok = parse(&p) && intervals_print(&p.set, out) && !out->failed;
	buf_release(&line);
	arena_free(&p.set.arena);
	if (!ok)
		buf_cut(out, from);
	return ok;
}
