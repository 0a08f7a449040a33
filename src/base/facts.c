#include "base/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
facts_init(struct facts *f, struct arena *a)
{
	*f = (struct facts){.arena = a};
	f->end = &f->first;
}

static void
append(struct facts *f, const char *key, const char *value)
{
	struct fact *fact = arena_alloc(f->arena, sizeof(*fact));

	fact->key = key;
	fact->value = value;
	/* A struct facts may have been copied since facts_init(). */
	if (f->first == NULL)
		f->end = &f->first;
	*f->end = fact;
	f->end = &fact->next;
}

void
facts_add(struct facts *f, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	append(f, arena_strdup(f->arena, key), arena_strdup(f->arena, value));
}

void
facts_add_number(struct facts *f, const char *key, int64_t number)
{
	append(f, arena_strdup(f->arena, key),
		arena_printf(f->arena, "%" PRId64, number));
}

const char *
facts_get(const struct facts *f, const char *key)
{
	const struct fact *fact;

	for (fact = f->first; fact != NULL; fact = fact->next)
		if (strcmp(fact->key, key) == 0)
			return fact->value;
	return NULL;
}

int64_t
facts_number(const struct facts *f, const char *key, int64_t absent)
{
	const char *text = facts_get(f, key);
	char *end;
	long long n;

	if (text == NULL)
		return absent;
	errno = 0;
	n = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' ? n : absent;
}

void
facts_encode(struct buf *out, const struct facts *f)
{
	const struct fact *fact;
	const char *p;

	for (fact = f->first; fact != NULL; fact = fact->next) {
		buf_printf(out, "%s=", fact->key);
		for (p = fact->value; *p != '\0'; p++) {
			if (*p == '\n')
				buf_puts(out, "\\n");
			else if (*p == '\\')
				buf_puts(out, "\\\\");
			else
				buf_putc(out, *p);
		}
		buf_putc(out, '\n');
	}
}

static char *
unescape(struct arena *a, struct span s)
{
	char *text = arena_alloc(a, s.len + 1);
	size_t i, n = 0;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] == '\\' && i + 1 < s.len) {
			i++;
			text[n++] = s.data[i] == 'n' ? '\n' : s.data[i];
		} else {
			text[n++] = s.data[i];
		}
	}
	return text;
}

int
facts_decode(struct facts *f, struct arena *a, struct span in, struct err *e)
{
	const char *end, *equal;
	size_t len;

	facts_init(f, a);
	while (in.len > 0) {
		end = memchr(in.data, '\n', in.len);
		equal = memchr(in.data, '=', in.len);
		if (end == NULL || equal == NULL || equal > end)
			return err_permanent(
				e, "5.6.0", "facts: a line is not key=value");
		len = (size_t)(equal - in.data);
		append(f, arena_dup(a, in.data, len),
			unescape(a,
				(struct span){
					equal + 1, (size_t)(end - equal - 1)}));
		in.len -= (size_t)(end + 1 - in.data);
		in.data = end + 1;
	}
	return 0;
}
