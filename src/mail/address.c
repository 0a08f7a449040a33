#include "mail/address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "mail/field.h"

#define LABEL_MAX 63

static bool
is_beyond_ascii(char c)
{
	return (unsigned char)c >= 0x80;
}

/* atext of RFC 5322, with what RFC 6531 adds. */
static bool
is_atext(char c)
{
	return isalnum((unsigned char)c) || is_beyond_ascii(c) ||
		(c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_label(struct span s)
{
	size_t i;

	if (s.len == 0 || s.len > LABEL_MAX || s.data[0] == '-' ||
		s.data[s.len - 1] == '-')
		return false;
	for (i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.data[i]) && s.data[i] != '-' &&
			!is_beyond_ascii(s.data[i]))
			return false;
	return true;
}

static bool
is_atom(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_atext(s.data[i]))
			return false;
	return s.len > 0;
}

/* Each piece between the dots. */
static bool
dotted(struct span s, bool (*fits)(struct span))
{
	const char *dot;
	size_t len;

	for (;;) {
		dot = memchr(s.data, '.', s.len);
		len = dot != NULL ? (size_t)(dot - s.data) : s.len;
		if (!fits(span_front(s, len)))
			return false;
		if (dot == NULL)
			return true;
		span_skip(&s, len + 1);
	}
}

bool
address_valid(struct span address)
{
	const char *at = memchr(address.data, '@', address.len);
	size_t local;

	if (at == NULL || address.len > ADDRESS_MAX)
		return false;
	local = (size_t)(at - address.data);
	/* Clean: a bidirectional control would show another address. */
	return local <= ADDRESS_LOCAL_MAX &&
		utf8_is_clean(address, UTF8_ONE_LINE) &&
		dotted(span_front(address, local), is_atom) &&
		dotted(span_from(address, local + 1), is_label);
}

void
address_normalize(struct span address, char *out)
{
	size_t i;
	bool domain = false;

	if (address.len > ADDRESS_MAX)
		address.len = 0;
	for (i = 0; i < address.len; i++) {
		domain = domain || address.data[i] == '@';
		out[i] = address.data[i];
		if (domain && !is_beyond_ascii(out[i]))
			out[i] = (char)tolower((unsigned char)out[i]);
	}
	out[i] = '\0';
}

bool
address_same(const char *a, const char *b)
{
	return a[0] != '\0' && strcasecmp(a, b) == 0;
}

bool
address_local_is_ascii(const char *address)
{
	for (; *address != '\0' && *address != '@'; address++)
		if (is_beyond_ascii(*address))
			return false;
	return true;
}

const char *
address_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : address;
}

bool
domain_is_at_or_below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	if (d == 0 || n < d || strcasecmp(name + n - d, domain) != 0)
		return false;
	return n == d || name[n - d - 1] == '.';
}

bool
address_with_token(const char *address, const char *delimiter,
	const char *reply_domain, const char *token, struct buf *out)
{
	const char *at = strrchr(address, '@');
	struct buf made = BUF_INIT(ADDRESS_MAX);
	bool valid = at != NULL;

	if (valid && reply_domain[0] != '\0')
		buf_printf(&made, "%s@%s", token, reply_domain);
	else if (valid)
		buf_printf(&made, "%.*s%s%s%s", (int)(at - address), address,
			delimiter, token, at);
	valid = valid && !made.failed && address_valid(buf_view(&made));
	if (valid)
		buf_span(out, buf_view(&made));
	buf_release(&made);
	return valid;
}

static bool
take_nocase(struct span *s, struct span what)
{
	if (s->len < what.len || strncasecmp(s->data, what.data, what.len) != 0)
		return false;
	span_skip(s, what.len);
	return true;
}

struct span
address_token(const char *recipient, const char *address, const char *delimiter,
	const char *reply_domain)
{
	const char *at = strrchr(recipient, '@');
	const char *own = strrchr(address, '@');
	struct span none = {.data = ""}, token;

	if (at == NULL || own == NULL)
		return none;
	token = (struct span){recipient, (size_t)(at - recipient)};
	if (reply_domain[0] != '\0')
		return strcasecmp(at + 1, reply_domain) == 0 ? token : none;
	if (strcasecmp(at, own) != 0 || delimiter[0] == '\0' ||
		!take_nocase(&token,
			(struct span){address, (size_t)(own - address)}) ||
		!take_nocase(&token, span_of(delimiter)))
		return none;
	return token;
}
