#include "mail/decode.h"

#include <libetpan/charconv.h>
#include <libetpan/mailimf.h>
#include <libetpan/mailmime_content.h>
#include <libetpan/mailmime_decode.h>
#include <libetpan/mmapstring.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/field.h"

#define HEADER_BYTES (1 << 20) /* the largest header_size there is */
#define DATE_BYTES 200
#define FIRST_ROOM 4

char *
clean_line(struct arena *a, struct span s, size_t max)
{
	struct buf text = BUF_INIT(HEADER_BYTES);
	struct span line;
	char *out;

	utf8_clean(&text, s, UTF8_ONE_LINE);
	line = span_trim(buf_view(&text));
	line.len = utf8_cut(line, max);
	out = arena_dup(a, line.data, line.len);
	buf_release(&text);
	return out;
}

/* libetpan's hook.  It never says "unknown": libetpan would open files. */
static int
convert(const char *to, const char *from, const char *text, size_t len,
	char *result, size_t *result_len)
{
	struct buf out = BUF_INIT(*result_len);

	(void)to; /* always UTF-8 */
	charset_to_utf8(span_of(from), (struct span){text, len}, &out);
	memcpy(result, out.data, out.len);
	*result_len = out.len;
	buf_release(&out);
	return MAIL_CHARCONV_NO_ERROR;
}

void
decode_open(void)
{
	charset_open();
	extended_charconv = convert;
}

static bool
has_encoded_word(struct span s)
{
	return memmem(s.data, s.len, "=?", 2) != NULL;
}

void
decode_words(struct span raw, struct buf *out)
{
	scoped(free_pointer) char *text = NULL;
	struct buf line = BUF_INIT(HEADER_BYTES);
	size_t at = 0;
	int r = MAILIMF_ERROR_PARSE;

	decode_open();
	field_unfold(raw, &line);
	if (has_encoded_word(buf_view(&line)))
		r = mailmime_encoded_phrase_parse(
			"utf-8", line.data, line.len, &at, "utf-8", &text);
	if (r == MAILIMF_NO_ERROR)
		buf_puts(out, text);
	else
		charset_to_utf8(SPAN(""), buf_view(&line), out);
	buf_release(&line);
}

/* A list of addresses in work. */
struct list {
	struct arena *arena;
	struct address_list *out;
	size_t max;
	bool more; /* than MAX */
};

static struct mail_address *
next_mailbox(struct list *l)
{
	struct address_list *out = l->out;
	struct mail_address *more;

	if (out->count == out->room) {
		out->room = out->room > 0 ? 2 * out->room : FIRST_ROOM;
		more = arena_calloc(l->arena, out->room, sizeof(*more));
		if (out->count > 0)
			memcpy(more, out->address, out->count * sizeof(*more));
		out->address = more;
	}
	return &out->address[out->count++];
}

static void
add_mailbox(struct list *l, struct span name, struct span address)
{
	char normal[ADDRESS_MAX + 1] = "";
	struct buf text = BUF_INIT(HEADER_BYTES);
	struct mail_address *m;

	l->more = l->more || l->out->count >= l->max;
	if (l->more)
		return;
	decode_words(name, &text);
	if (address_valid(address))
		address_normalize(address, normal);
	m = next_mailbox(l);
	m->name = clean_line(l->arena, buf_view(&text), READING_LINE_MAX);
	m->address = arena_strdup(l->arena, normal);
	buf_release(&text);
}

static struct span
span_or_empty(const char *text)
{
	return span_of(text != NULL ? text : "");
}

static void
add_parsed_mailbox(struct list *l, const struct mailimf_mailbox *m)
{
	add_mailbox(l, span_or_empty(m->mb_display_name),
		span_or_empty(m->mb_addr_spec));
}

static void
add_parsed_group(struct list *l, const struct mailimf_group *g)
{
	clistiter *i;

	if (g->grp_mb_list == NULL)
		return;
	for (i = clist_begin(g->grp_mb_list->mb_list); i != NULL;
		i = clist_next(i))
		add_parsed_mailbox(l, clist_content(i));
}

static void
add_parsed(struct list *l, const struct mailimf_address_list *parsed)
{
	const struct mailimf_address *a;
	clistiter *i;

	for (i = clist_begin(parsed->ad_list); i != NULL; i = clist_next(i)) {
		a = clist_content(i);
		if (a->ad_type == MAILIMF_ADDRESS_GROUP)
			add_parsed_group(l, a->ad_data.ad_group);
		else
			add_parsed_mailbox(l, a->ad_data.ad_mailbox);
	}
}

/* False when libetpan must not see S, or did not understand all of it. */
static bool
parse_list(struct list *l, struct span s)
{
	struct mailimf_address_list *parsed = NULL;
	size_t i, at = 0, comments = 0;
	bool whole;

	for (i = 0; i < s.len; i++)
		comments += s.data[i] == '(';
	if (comments > DECODE_COMMENTS_MAX ||
		mailimf_address_list_parse(s.data, s.len, &at, &parsed) !=
			MAILIMF_NO_ERROR)
		return false;
	s = span_from(s, at);
	skip_cfws(&s);
	whole = s.len == 0;
	if (whole)
		add_parsed(l, parsed);
	mailimf_address_list_free(parsed);
	return whole;
}

/* The next piece up to a comma that stands in no quotes, no <> and no (). */
static struct span
take_piece(struct span *s)
{
	struct span piece = {s->data, 0};
	bool quoted = false, angle = false;
	char c;

	for (; s->len > 0; span_skip(s, 1), piece.len++) {
		c = s->data[0];
		if (c == '\\' && s->len > 1) {
			span_skip(s, 1);
			piece.len++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && (c == '<' || c == '>')) {
			angle = c == '<';
		} else if (!quoted && !angle && (c == ',' || c == ';')) {
			span_skip(s, 1);
			break;
		}
	}
	return piece;
}

static struct span
strip_quotes(struct span s)
{
	s = span_trim(s);
	if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"')
		s = span_front(span_from(s, 1), s.len - 2);
	return s;
}

/* Up to the first blank or comment. */
static struct span
first_word(struct span s)
{
	size_t i;

	for (i = 0; i < s.len && !is_space(s.data[i]) && s.data[i] != '('; i++)
		;
	return span_front(s, i);
}

/* Our own way: what stands in <>, else what looks like an address. */
static void
scan_piece(struct list *l, struct span piece)
{
	const char *open = memrchr(piece.data, '<', piece.len), *close;
	struct span name, address;

	if (open == NULL) {
		skip_cfws(&piece);
		address = first_word(piece);
		if (memchr(address.data, '@', address.len) != NULL)
			add_mailbox(l, SPAN(""), address);
		return;
	}
	name = span_front(piece, (size_t)(open - piece.data));
	address = span_from(piece, name.len + 1);
	close = memchr(address.data, '>', address.len);
	if (close != NULL)
		address.len = (size_t)(close - address.data);
	add_mailbox(l, strip_quotes(name), span_trim(address));
}

static void
scan_list(struct list *l, struct span s)
{
	while (s.len > 0 && !l->more)
		scan_piece(l, span_trim(take_piece(&s)));
}

bool
decode_addresses(
	struct arena *a, struct span body, size_t max, struct address_list *out)
{
	struct buf line = BUF_INIT(HEADER_BYTES);
	struct list l = {.arena = a, .out = out, .max = max};

	if (out->count >= max)
		return false;
	field_unfold(body, &line);
	if (!parse_list(&l, buf_view(&line)))
		scan_list(&l, buf_view(&line));
	buf_release(&line);
	return !l.more;
}

static int
full_year(int year)
{
	if (year < 50)
		return year + 2000;
	return year < 1000 ? year + 1900 : year; /* RFC 5322, 4.3 */
}

static bool
in_range(int value, int min, int max)
{
	return value >= min && value <= max;
}

/* libetpan checks none of the numbers. */
static int64_t
instant_of_parsed(const struct mailimf_date_time *d)
{
	static const int days[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const struct civil c = {.year = full_year(d->dt_year),
		.month = d->dt_month,
		.day = d->dt_day,
		.hour = d->dt_hour,
		.minute = d->dt_min,
		.second = d->dt_sec < 60 ? d->dt_sec : 59};
	int zone = d->dt_zone;

	if (!in_range(c.year, 1971, 9998) || !in_range(c.month, 1, 12) ||
		!in_range(c.day, 1, days[c.month - 1]) ||
		!in_range(c.hour, 0, 23) || !in_range(c.minute, 0, 59) ||
		!in_range(d->dt_sec, 0, 60) || !in_range(zone, -2359, 2359))
		return 0;
	return instant_of(&c) - zone / 100 * HOUR - zone % 100 * MINUTE;
}

int64_t
decode_date(struct span body)
{
	struct mailimf_date_time *parsed = NULL;
	struct buf line = BUF_INIT(DATE_BYTES);
	int64_t instant = 0;
	size_t at = 0;

	/* What is too long, or nests too deep, is not there: at most 200. */
	field_unfold(body, &line);
	if (!line.failed &&
		mailimf_date_time_parse(line.data, line.len, &at, &parsed) ==
			MAILIMF_NO_ERROR) {
		instant = instant_of_parsed(parsed);
		mailimf_date_time_free(parsed);
	}
	buf_release(&line);
	return instant;
}

bool
decode_quoted_run(struct span run, const struct sink *to)
{
	char *out = NULL;
	size_t at = 0, len = 0;
	bool wanted;

	if (mailmime_quoted_printable_body_parse(
		    run.data, run.len, &at, &out, &len, 0) != MAILIMF_NO_ERROR)
		abort(); /* its only error is memory */
	wanted = len == 0 || to->write(to->arg, out, len);
	mmap_string_unref(out);
	return wanted;
}
