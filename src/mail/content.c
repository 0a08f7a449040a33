#include "mail/content.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/charset.h"
#include "mail/field.h"
#include "mail/reading.h"

#define TYPE_BYTES 200
#define VALUE_BYTES 65536

/* A parameter as it stands: "filename*0*" and its undecoded value. */
struct raw_param {
	struct span name; /* without the asterisks and the number */
	int section; /* -1: whole */
	bool extended; /* percent-encoded */
	struct span value;
};

struct raw_params {
	struct raw_param param[CONTENT_PARAMETERS_MAX];
	size_t count;
};

static char *
lower_dup(struct arena *a, struct span s)
{
	char *text = arena_dup(a, s.data, s.len);
	size_t i;

	for (i = 0; i < s.len; i++)
		text[i] = (char)tolower((unsigned char)text[i]);
	return text;
}

/* "name*0*": take the signs off the end. */
static void
split_name(struct span name, struct raw_param *p)
{
	size_t digits = 0;
	const char *number;

	p->section = -1;
	p->extended = name.len > 0 && name.data[name.len - 1] == '*';
	if (p->extended)
		name.len--;
	while (digits < name.len &&
		isdigit((unsigned char)name.data[name.len - digits - 1]))
		digits++;
	if (digits > 0 && digits < 4 && digits < name.len &&
		name.data[name.len - digits - 1] == '*') {
		number = name.data + name.len - digits;
		for (p->section = 0; digits > 0; digits--)
			p->section = 10 * p->section + (*number++ - '0');
		name.len = (size_t)(number - name.data);
		while (name.data[name.len - 1] != '*')
			name.len--;
		name.len--;
	}
	p->name = name;
}

/*
 * An unquoted value goes to the semicolon, because programs leave the quotes
 * out where they are needed; a comment at its end is none of it.
 */
static struct span
take_bare(struct span *s)
{
	struct span value = {s->data, 0};
	const char *end = memchr(s->data, ';', s->len), *open;

	value.len = end != NULL ? (size_t)(end - s->data) : s->len;
	span_skip(s, value.len);
	value = span_trim(value);
	if (value.len > 0 && value.data[value.len - 1] == ')' &&
		(open = memchr(value.data, '(', value.len)) != NULL)
		value.len = (size_t)(open - value.data);
	return span_trim(value);
}

static struct span
take_value(struct arena *a, struct span *s)
{
	struct buf text = BUF_INIT(VALUE_BYTES);
	struct span value;

	skip_cfws(s);
	if (!take_quoted(s, &text))
		return take_bare(s);
	value.data = arena_dup(a, text.data, text.len);
	value.len = text.len;
	buf_release(&text);
	return value;
}

/* Does a parameter stand at S, for which the semicolon was forgotten? */
static bool
param_begins(struct span s)
{
	bool name = take_token(&s).len > 0;

	skip_cfws(&s);
	return name && take_char(&s, '=');
}

/* Go to the next parameter: over a semicolon, if one is there. */
static bool
next_param(struct span *s)
{
	for (skip_cfws(s); s->len > 0; span_skip(s, 1))
		if (take_char(s, ';') || param_begins(*s))
			return true;
	return false;
}

static void
read_params(struct arena *a, struct span s, struct limits *limits,
	struct raw_params *out)
{
	struct raw_param *p;
	struct span name;

	out->count = 0;
	while (next_param(&s)) {
		name = take_token(&s);
		skip_cfws(&s);
		if (name.len == 0 || !take_char(&s, '='))
			continue;
		if (out->count == CONTENT_PARAMETERS_MAX) {
			limit_note(limits, LIMIT_PARAMETERS);
			return;
		}
		p = &out->param[out->count++];
		split_name(name, p);
		p->value = take_value(a, &s);
	}
}

static const struct raw_param *
find_raw(const struct raw_params *raw, struct span name, int section)
{
	const struct raw_param *found = NULL, *p;
	size_t i;

	for (i = 0; i < raw->count; i++) {
		p = &raw->param[i];
		if (p->section != section || p->name.len != name.len ||
			strncasecmp(p->name.data, name.data, name.len) != 0)
			continue;
		if (found == NULL || (p->extended && !found->extended))
			found = p;
	}
	return found;
}

static int
hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					  : -1;
}

static void
percent_decode(struct span s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] == '%' && i + 2 < s.len &&
			hex_value(s.data[i + 1]) >= 0 &&
			hex_value(s.data[i + 2]) >= 0) {
			buf_putc(out,
				(char)(hex_value(s.data[i + 1]) << 4 |
					hex_value(s.data[i + 2])));
			i += 2;
		} else {
			buf_putc(out, s.data[i]);
		}
	}
}

/* Take "charset'language'" off the front of an extended value. */
static struct span
take_charset(struct span *value)
{
	struct span charset = {value->data, 0};
	const char *first = memchr(value->data, '\'', value->len), *second;

	if (first == NULL)
		return charset;
	second = memchr(first + 1, '\'',
		value->len - (size_t)(first + 1 - value->data));
	if (second == NULL)
		return charset;
	charset.len = (size_t)(first - value->data);
	span_skip(value, (size_t)(second + 1 - value->data));
	return charset;
}

/* The value of a parameter, its sections put together. */
static char *
join_value(struct arena *a, const struct raw_params *raw, struct span name)
{
	struct buf bytes = BUF_INIT(VALUE_BYTES), text = BUF_INIT(VALUE_BYTES);
	const struct raw_param *p = find_raw(raw, name, 0);
	struct span charset = {.data = NULL}, value;
	int section = p != NULL ? 0 : -1;
	bool extended = false;
	char *out;

	if (p == NULL)
		p = find_raw(raw, name, -1);
	while (p != NULL) {
		value = p->value;
		if (p->extended && section <= 0)
			charset = take_charset(&value);
		if (p->extended)
			percent_decode(value, &bytes);
		else
			buf_span(&bytes, value);
		extended = extended || p->extended;
		p = section < 0 ? NULL : find_raw(raw, name, ++section);
	}
	if (extended)
		charset_to_utf8(charset, buf_view(&bytes), &text);
	else
		buf_span(&text, buf_view(&bytes));
	out = arena_dup(a, text.data, strlen(text.data));
	buf_release(&bytes);
	buf_release(&text);
	return out;
}

static const char *
param_in(const struct content_param *params, size_t count, struct span name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (span_is_nocase(name, params[i].name))
			return params[i].value;
	return NULL;
}

static void
join_params(struct arena *a, const struct raw_params *raw, struct content *c)
{
	struct span name;
	size_t i;

	c->count = 0;
	c->params = arena_calloc(a, raw->count, sizeof(*c->params));
	for (i = 0; i < raw->count; i++) {
		name = raw->param[i].name;
		if (param_in(c->params, c->count, name) != NULL)
			continue;
		c->params[c->count].name = lower_dup(a, name);
		c->params[c->count++].value = join_value(a, raw, name);
	}
}

static void
read_type(struct arena *a, struct span head, struct limits *limits,
	struct content *c)
{
	struct raw_params raw;
	struct span body, major, minor;
	bool slash;

	if (!field_find(head, "content-type", &body))
		return;
	major = take_token(&body);
	skip_cfws(&body);
	slash = take_char(&body, '/');
	minor = take_token(&body);
	if (!slash || major.len == 0 || minor.len == 0 ||
		major.len + minor.len > TYPE_BYTES) {
		c->type = arena_strdup(a, "text/plain");
		return;
	}
	c->type = arena_printf(
		a, "%s/%s", lower_dup(a, major), lower_dup(a, minor));
	read_params(a, body, limits, &raw);
	join_params(a, &raw, c);
}

static void
read_disposition(struct arena *a, struct span head, struct limits *limits,
	struct content *c)
{
	const char *name = content_param(c, "name");
	struct raw_params raw;
	struct span body, word;

	c->filename = arena_strdup(a, name);
	if (!field_find(head, "content-disposition", &body))
		return;
	word = take_token(&body);
	c->is_inline = span_is_nocase(word, "inline");
	c->attachment = !c->is_inline && word.len > 0;
	read_params(a, body, limits, &raw);
	if (find_raw(&raw, SPAN("filename"), 0) != NULL ||
		find_raw(&raw, SPAN("filename"), -1) != NULL)
		c->filename = join_value(a, &raw, SPAN("filename"));
}

static int
read_encoding(struct span head)
{
	static const struct {
		const char *name;
		int encoding;
	} names[] = {
		{"base64", ENCODING_BASE64},
		{"quoted-printable", ENCODING_QUOTED_PRINTABLE},
		{"x-uuencode", ENCODING_UUENCODE},
		{"x-uue", ENCODING_UUENCODE},
		{"uuencode", ENCODING_UUENCODE},
	};
	struct span body, word;
	size_t i;

	if (!field_find(head, "content-transfer-encoding", &body))
		return ENCODING_IDENTITY;
	word = take_token(&body);
	for (i = 0; i < countof(names); i++)
		if (span_is_nocase(word, names[i].name))
			return names[i].encoding;
	return ENCODING_IDENTITY;
}

void
content_read(struct arena *a, struct span head, const char *type,
	struct limits *limits, struct content *c)
{
	*c = (struct content){.type = arena_strdup(a, type)};
	read_type(a, head, limits, c);
	read_disposition(a, head, limits, c);
	/* RFC 2045, 6.4: a multipart has no encoding of its own. */
	if (!content_is_under(c, "multipart/"))
		c->encoding = read_encoding(head);
}

const char *
content_param(const struct content *c, const char *name)
{
	const char *value = param_in(c->params, c->count, span_of(name));

	return value != NULL ? value : "";
}

bool
content_is(const struct content *c, const char *type)
{
	return strcmp(c->type, type) == 0;
}

bool
content_is_message(const struct content *c)
{
	return content_is(c, "message/rfc822") ||
		content_is(c, "message/global");
}

bool
content_is_under(const struct content *c, const char *prefix)
{
	return strncmp(c->type, prefix, strlen(prefix)) == 0;
}
