#include "mail/envelope.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "mail/field.h"

#define PATH_MAX_BYTES 1000

char *
envelope_path(struct span *s)
{
	struct buf path = BUF_INIT(4 * PATH_MAX_BYTES);
	struct span inner;
	const char *colon;
	bool quoted = false;
	size_t len;
	char *out;

	*s = span_trim(*s);
	if (!take_char(s, '<'))
		return NULL;
	for (len = 0; len < s->len; len++) {
		if (s->data[len] == '\\' && quoted)
			len++;
		else if (s->data[len] == '"')
			quoted = !quoted;
		else if (s->data[len] == '>' && !quoted)
			break;
	}
	if (len >= s->len || len > PATH_MAX_BYTES)
		return NULL;
	inner = span_front(*s, len);
	span_skip(s, len + 1);
	colon = memchr(inner.data, ':', inner.len);
	if (span_begins(inner, "@") && colon != NULL)
		span_skip(&inner, (size_t)(colon + 1 - inner.data));
	utf8_clean(&path, inner, UTF8_ONE_LINE);
	out = xstrdup(path.data);
	buf_release(&path);
	return out;
}

char *
envelope_argument(const char *text)
{
	struct buf path = BUF_INIT(PATH_MAX_BYTES + 2);
	struct span s = span_trim(span_of(text));
	char *out = NULL;

	if (!span_begins(s, "<")) {
		buf_putc(&path, '<');
		buf_span(&path, s);
		buf_putc(&path, '>');
		s = buf_view(&path);
	}
	if (!path.failed)
		out = envelope_path(&s);
	buf_release(&path);
	return out;
}

struct span
envelope_word(struct span *s)
{
	struct span word = {s->data, 0};

	*s = span_trim(*s);
	word.data = s->data;
	while (word.len < s->len && !is_blank(s->data[word.len]))
		word.len++;
	span_skip(s, word.len);
	return word;
}

/* Digits alone, of an amount that fits; -1 otherwise. */
static int64_t
number_of(struct span s)
{
	int64_t n = 0;
	size_t i;

	if (s.len == 0 || s.len > 18)
		return -1;
	for (i = 0; i < s.len; i++) {
		if (!isdigit((unsigned char)s.data[i]))
			return -1;
		n = 10 * n + (s.data[i] - '0');
	}
	return n;
}

const char *
envelope_mail_parameters(struct span s, int64_t *size)
{
	struct span word;

	while ((word = envelope_word(&s)).len > 0) {
		if (span_begins_nocase(word, "SIZE=")) {
			*size = number_of(span_from(word, strlen("SIZE=")));
			if (*size < 0)
				return "501 5.5.4 Syntax error in SIZE";
		} else if (!span_is_nocase(word, "BODY=7BIT") &&
			!span_is_nocase(word, "BODY=8BITMIME") &&
			!span_is_nocase(word, "SMTPUTF8")) {
			return "555 5.5.4 Unsupported parameter";
		}
	}
	return NULL;
}

static int
hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* xtext (RFC 3461, 4) to clean text; what does not fit is cut. */
static bool
decode_xtext(struct span s, char *out, size_t size)
{
	struct buf bytes = BUF_INIT(LMTP_LINE_MAX),
		   clean = BUF_INIT(4 * LMTP_LINE_MAX);
	bool valid = true;
	size_t i;

	for (i = 0; i < s.len && valid; i++) {
		if (s.data[i] != '+') {
			buf_putc(&bytes, s.data[i]);
			continue;
		}
		valid = i + 2 < s.len && hex_value(s.data[i + 1]) >= 0 &&
			hex_value(s.data[i + 2]) >= 0;
		if (valid)
			buf_putc(&bytes,
				(char)(hex_value(s.data[i + 1]) << 4 |
					hex_value(s.data[i + 2])));
		i += 2;
	}
	utf8_clean(&clean, buf_view(&bytes), UTF8_ONE_LINE);
	snprintf(out, size, "%.*s", (int)utf8_cut(buf_view(&clean), size - 1),
		clean.data);
	buf_release(&bytes);
	buf_release(&clean);
	return valid;
}

bool
envelope_forward(struct lmtp_forward *f, struct span word)
{
	const struct {
		const char *name;
		char *out;
		size_t size;
	} attributes[] = {
		{"NAME=", f->name, sizeof(f->name)},
		{"ADDR=", f->address, sizeof(f->address)},
		{"HELO=", f->helo, sizeof(f->helo)},
		{"IDENT=", f->ident, sizeof(f->ident)},
		{"SOURCE=", f->source, sizeof(f->source)},
		{"PORT=", NULL, 0},
		{"PROTO=", NULL, 0},
	};
	size_t i;

	for (i = 0; i < countof(attributes); i++) {
		if (!span_begins_nocase(word, attributes[i].name))
			continue;
		if (attributes[i].out == NULL)
			return true;
		span_skip(&word, strlen(attributes[i].name));
		if (span_is_nocase(word, "[UNAVAILABLE]") ||
			span_is_nocase(word, "[TEMPUNAVAIL]"))
			word.len = 0;
		return decode_xtext(
			word, attributes[i].out, attributes[i].size);
	}
	return false;
}
