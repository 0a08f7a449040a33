#include "mail/authres.h"

#include <string.h>
#include <strings.h>

#include "mail/address.h"
#include "mail/decode.h"
#include "mail/field.h"

#define VALUE_MAX 500

static const struct {
	const char *word;
	enum auth_result result;
} results[] = {
	{"pass", AUTH_PASS},
	{"fail", AUTH_FAIL},
	{"hardfail", AUTH_FAIL}, /* as some wrote before RFC 7001 */
	{"none", AUTH_NO_RECORD},
};

enum method {
	METHOD_DMARC,
	METHOD_SPF,
	METHOD_DKIM,
	METHOD__COUNT
};

static const char *const methods[] = {
	[METHOD_DMARC] = "dmarc",
	[METHOD_SPF] = "spf",
	[METHOD_DKIM] = "dkim",
};
_Static_assert(countof(methods) == METHOD__COUNT, "a name for each method");

struct collecting {
	struct arena *arena;
	const struct border *border;
	const char *from;
	struct mail_authentication *out;
	bool seen[METHOD__COUNT]; /* in a field above this one */
};

static enum auth_result
result_of(struct span word)
{
	size_t i;

	for (i = 0; i < countof(results); i++)
		if (span_is_nocase(word, results[i].word))
			return results[i].result;
	return AUTH_OTHER;
}

/* A quoted string, or what stands up to a blank, a comment or a semicolon. */
static void
take_value(struct span *s, struct buf *out)
{
	buf_clear(out);
	skip_cfws(s);
	if (take_quoted(s, out))
		return;
	while (s->len > 0 && !is_space(s->data[0]) && s->data[0] != ';' &&
		s->data[0] != '(') {
		buf_putc(out, s->data[0]);
		span_skip(s, 1);
	}
}

static void
note_property(const struct collecting *c, enum method method,
	enum auth_result result, struct span name, const char *value)
{
	const char *domain = address_domain(value);

	if (method == METHOD_SPF && span_is_nocase(name, "smtp.mailfrom"))
		c->out->spf_domain =
			clean_line(c->arena, span_of(domain), ADDRESS_MAX);
	if (method == METHOD_DKIM && result == AUTH_PASS &&
		span_is_nocase(name, "header.d") &&
		domain_is_at_or_below(c->from, domain))
		c->out->dkim_aligned = true;
}

/* Up to the next semicolon; one in quotes or in a comment is not it. */
static void
take_properties(struct collecting *c, struct span *s, enum method method,
	enum auth_result result)
{
	struct buf value = BUF_INIT(VALUE_MAX);
	struct span name;

	for (;;) {
		skip_cfws(s);
		if (s->len == 0 || s->data[0] == ';')
			break;
		name = take_token(s);
		skip_cfws(s);
		if (name.len > 0 && take_char(s, '=')) {
			take_value(s, &value);
			if (method != METHOD__COUNT && !value.failed)
				note_property(
					c, method, result, name, value.data);
		} else if (name.len == 0) {
			span_skip(s, 1);
		}
	}
	buf_release(&value);
}

static void
set_result(struct collecting *c, enum method method, enum auth_result result)
{
	if (method == METHOD_DMARC)
		c->out->dmarc = (int)result;
	else if (method == METHOD_SPF)
		c->out->spf = (int)result;
}

/* "spf/1=pass (a comment) smtp.mailfrom=example.net" */
static void
take_result(struct collecting *c, struct span *s, bool found[METHOD__COUNT])
{
	struct span name, word;
	int method = METHOD__COUNT, i;
	enum auth_result result;

	skip_cfws(s);
	name = take_token(s);
	for (i = 0; i < METHOD__COUNT; i++)
		if (span_is_nocase(name, methods[i]) && !c->seen[i])
			method = i;
	skip_cfws(s);
	if (take_char(s, '/')) {
		skip_cfws(s);
		if (!span_is(take_token(s), "1"))
			method = METHOD__COUNT;
		skip_cfws(s);
	}
	if (!take_char(s, '=')) {
		take_properties(c, s, METHOD__COUNT, AUTH_ABSENT);
		return;
	}
	skip_cfws(s);
	word = take_token(s);
	result = result_of(word);
	/* Signatures may be many; of the other methods there is one result. */
	if (method != METHOD__COUNT && method != METHOD_DKIM && found[method])
		method = METHOD__COUNT;
	if (method != METHOD__COUNT) {
		found[method] = true;
		set_result(c, (enum method)method, result);
	}
	take_properties(c, s, (enum method)method, result);
}

/* "mx.example.net 1;": is it our border's, and of the version we know? */
static bool
take_identity(const struct border *b, struct span *s)
{
	struct buf id = BUF_INIT(VALUE_MAX);
	struct span version;
	bool ours;

	take_value(s, &id);
	ours = !id.failed && id.len > 0 && strcasecmp(id.data, b->id) == 0;
	buf_release(&id);
	skip_cfws(s);
	version = take_token(s);
	if (version.len > 0 && !span_is(version, "1"))
		return false;
	skip_cfws(s);
	return ours && (s->len == 0 || s->data[0] == ';');
}

static void
read_field(struct collecting *c, struct span body)
{
	bool found[METHOD__COUNT] = {false};
	int i;

	if (!take_identity(c->border, &body))
		return;
	c->out->usable = true;
	while (take_char(&body, ';'))
		take_result(c, &body, found);
	for (i = 0; i < METHOD__COUNT; i++)
		c->seen[i] |= found[i];
}

/* "from A by B ...": B, or an empty span.  Words of A may stand in comments. */
static struct span
receiver(struct span body)
{
	struct span word;
	bool by = false;

	for (;;) {
		skip_cfws(&body);
		if (body.len == 0 || body.data[0] == ';')
			return (struct span){"", 0};
		word = take_token(&body);
		if (word.len == 0)
			span_skip(&body, 1);
		else if (by)
			return word;
		by = span_is_nocase(word, "by");
	}
}

static bool
is_ours(const struct border *b, struct span received)
{
	char name[ADDRESS_MAX + 1];
	struct span by = receiver(received);

	if (by.len == 0 || by.len >= sizeof(name))
		return false;
	memcpy(name, by.data, by.len);
	name[by.len] = '\0';
	return strcasecmp(name, b->id) == 0 ||
		strcasecmp(name, b->hostname) == 0 ||
		domain_is_at_or_below(name, b->domain);
}

void
authres_read(struct arena *a, struct span head, const struct border *b,
	const char *from, struct mail_authentication *out)
{
	struct collecting c = {
		.arena = a, .border = b, .from = from, .out = out};
	struct field f;

	*out = (struct mail_authentication){.spf_domain = arena_strdup(a, "")};
	while (field_next(&head, &f)) {
		if (span_is_nocase(f.name, "received") && !is_ours(b, f.body))
			return;
		if (span_is_nocase(f.name, "authentication-results"))
			read_field(&c, f.body);
	}
}
