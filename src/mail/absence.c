#include "mail/absence.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "mail/field.h"

#define NEAR_BYTES 80 /* from the word to the end of its date */
#define LINES_BYTES 16384 /* of a text that are looked at */
#define LONGEST (2 * 366 * DAY)

static const char *const words_before[] = {"until", "till", "through", "back",
	"return", "bis", "zurück", "wieder", "erreichbar ab", "jusqu", "retour",
	"hasta", "regres", "volver", "fino", "tot en met", "terug", "do dnia",
	"до", "вернусь", "至", "到", "直到"};
static const char *const words_behind[] = {
	"返回", "回来", "为止", "まで", "戻り", "까지"};

/* By their first letters, in the languages of the words above. */
static const struct {
	const char *name;
	int month;
} months[] = {{"jan", 1}, {"ene", 1}, {"gen", 1}, {"янв", 1}, {"feb", 2},
	{"fév", 2}, {"fev", 2}, {"фев", 2}, {"mar", 3}, {"mär", 3}, {"maa", 3},
	{"мар", 3}, {"apr", 4}, {"avr", 4}, {"abr", 4}, {"апр", 4}, {"may", 5},
	{"mai", 5}, {"mei", 5}, {"mag", 5}, {"мая", 5}, {"juin", 6}, {"jun", 6},
	{"giu", 6}, {"июн", 6}, {"juil", 7}, {"jul", 7}, {"lug", 7}, {"июл", 7},
	{"aug", 8}, {"aoû", 8}, {"aou", 8}, {"ago", 8}, {"авг", 8}, {"sep", 9},
	{"set", 9}, {"сен", 9}, {"oct", 10}, {"okt", 10}, {"ott", 10},
	{"окт", 10}, {"nov", 11}, {"ноя", 11}, {"dec", 12}, {"dez", 12},
	{"déc", 12}, {"dic", 12}, {"дек", 12}};

struct day {
	int year, month, day; /* year 0: not said */
};

static int
days_of(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && (leap || year == 0));
}

static bool
is_day(const struct day *d)
{
	return d->month >= 1 && d->month <= 12 && d->day >= 1 &&
		d->day <= days_of(d->year, d->month) &&
		(d->year == 0 || (d->year >= 2000 && d->year < 2200));
}

/* A number of one to four digits. */
static bool
take_number(struct span *s, int *n)
{
	size_t digits = 0;

	*n = 0;
	while (s->len > 0 && isdigit((unsigned char)s->data[0])) {
		if (++digits > 4)
			return false;
		*n = 10 * *n + (s->data[0] - '0');
		span_skip(s, 1);
	}
	return digits > 0;
}

static bool
take_text(struct span *s, const char *text)
{
	if (!span_begins_nocase(*s, text))
		return false;
	span_skip(s, strlen(text));
	return true;
}

static void
skip_blanks(struct span *s)
{
	while (s->len > 0 &&
		(is_space(s->data[0]) || s->data[0] == ',' ||
			s->data[0] == '.'))
		span_skip(s, 1);
}

static bool
take_month(struct span *s, int *month)
{
	size_t i;

	for (i = 0; i < countof(months); i++) {
		if (!take_text(s, months[i].name))
			continue;
		*month = months[i].month;
		while (s->len > 0 &&
			(isalpha((unsigned char)s->data[0]) ||
				(s->data[0] & 0x80) != 0))
			span_skip(s, 1);
		return true;
	}
	return false;
}

static void
take_year(struct span s, struct day *d)
{
	int year;

	skip_blanks(&s);
	if (take_text(&s, "de ") || take_text(&s, "del "))
		skip_blanks(&s);
	if (take_number(&s, &year) && year >= 2000)
		d->year = year;
}

/* 3.12.2026, 3.12., 2026-12-03, 12/31/2026; N is the first number. */
static bool
numbers_follow(struct span s, int n, struct day *d)
{
	char sign = s.len > 0 ? s.data[0] : '\0';
	int second, third = 0, year = 0;

	if (sign == '\0' || strchr("-./", sign) == NULL)
		return false;
	span_skip(&s, 1);
	while (sign == '.' && s.len > 0 && is_blank(s.data[0]))
		span_skip(&s, 1);
	if (!take_number(&s, &second))
		return false;
	if (take_char(&s, sign) && take_number(&s, &third))
		year = third < 100 ? third + 2000 : third;
	if (n >= 2000)
		*d = (struct day){n, second, third};
	else if (sign == '.' || n > 12)
		*d = (struct day){year, second, n};
	else if (sign == '/' && second > 12)
		*d = (struct day){year, n, second};
	return is_day(d);
}

/* A date that begins with a number: day, month or year. */
static bool
number_first(struct span s, struct day *d)
{
	int n, second;

	if (!take_number(&s, &n))
		return false;
	if (numbers_follow(s, n, d))
		return true;
	*d = (struct day){0};
	if (take_text(&s, "年")) {
		d->year = n;
		if (!take_number(&s, &n))
			return false;
	}
	if (take_text(&s, "月")) {
		d->month = n;
		return take_number(&s, &second) && (d->day = second, is_day(d));
	}
	d->day = n;
	if (!take_text(&s, "st") && !take_text(&s, "nd") &&
		!take_text(&s, "rd"))
		take_text(&s, "th");
	skip_blanks(&s);
	if (take_text(&s, "of ") || take_text(&s, "de "))
		skip_blanks(&s);
	if (!take_month(&s, &d->month))
		return false;
	take_year(s, d);
	return is_day(d);
}

/* December 3rd, 2026 */
static bool
month_first(struct span s, struct day *d)
{
	*d = (struct day){0};
	if (!take_month(&s, &d->month))
		return false;
	skip_blanks(&s);
	if (!take_number(&s, &d->day))
		return false;
	if (!take_text(&s, "st") && !take_text(&s, "nd") &&
		!take_text(&s, "rd"))
		take_text(&s, "th");
	take_year(s, d);
	return is_day(d);
}

/* The first date in S that begins at a word. */
static bool
find_day(struct span s, struct day *d)
{
	bool inside = false;

	for (; s.len > 0; span_skip(&s, 1)) {
		if (!inside && (number_first(s, d) || month_first(s, d)))
			return true;
		/* Not in the middle of a word, or of another date. */
		inside = isalnum((unsigned char)s.data[0]) ||
			(inside && strchr("-./", s.data[0]) != NULL);
	}
	return false;
}

static int64_t
instant_of_day(const struct day *d, int64_t written)
{
	struct civil c = {.year = d->year, .month = d->month, .day = d->day};
	int64_t at;

	if (c.year == 0) {
		if (written == 0)
			return 0;
		c.year = civil_of(written).year;
		/* On the very day of writing they may still be away. */
		if (instant_of(&c) + DAY <= written)
			c.year++;
	}
	at = instant_of(&c);
	if (written != 0 && (at + DAY <= written || at > written + LONGEST))
		return 0;
	return at;
}

/* What stands at AT of TEXT: a word with its date? */
static int64_t
date_at(struct span text, size_t at, int64_t written)
{
	struct span here = span_from(text, at);
	size_t i, from = at > NEAR_BYTES / 2 ? at - NEAR_BYTES / 2 : 0;
	int64_t found = 0;
	struct day d;

	for (i = 0; i < countof(words_before) && found == 0; i++)
		if (span_begins_nocase(here, words_before[i]) &&
			find_day(span_front(span_from(here,
						    strlen(words_before[i])),
					 NEAR_BYTES),
				&d))
			found = instant_of_day(&d, written);
	for (i = 0; i < countof(words_behind) && found == 0; i++)
		if (span_begins(here, words_behind[i]) &&
			find_day(
				(struct span){text.data + from, at - from}, &d))
			found = instant_of_day(&d, written);
	return found;
}

int64_t
absence_end(struct span text, int64_t written)
{
	int64_t found = 0;
	bool inside = false;
	size_t i;

	text = span_front(text, LINES_BYTES);
	for (i = 0; i < text.len && found == 0; i++) {
		if (!inside)
			found = date_at(text, i, written);
		inside = isalpha((unsigned char)text.data[i]) != 0;
	}
	return found;
}
