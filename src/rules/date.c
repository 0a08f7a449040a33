#include "rules/date.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec"};

/* The numbers and the month's name, in the order in which they stand. */
struct parts {
	int number[3];
	size_t digits[3], count;
	int month; /* 0: none is named */
	bool dotted;
};

static void
take_number(struct span words, size_t *at, struct parts *p)
{
	int number = 0;
	size_t from = *at;

	for (; *at < words.len && isdigit((unsigned char)words.data[*at]);
		(*at)++)
		number = number > 9999 ? number
				       : number * 10 + (words.data[*at] - '0');
	if (p->count < 3) {
		p->number[p->count] = number;
		p->digits[p->count] = *at - from;
	}
	p->count++;
	p->dotted |= *at < words.len && words.data[*at] == '.';
}

static void
take_word(struct span words, size_t *at, struct parts *p)
{
	size_t from = *at, i;

	while (*at < words.len && isalpha((unsigned char)words.data[*at]))
		(*at)++;
	for (i = 0; i < countof(months) && *at - from >= 3; i++)
		if (strncasecmp(words.data + from, months[i], 3) == 0)
			p->month = (int)i + 1;
}

static bool
is_day(int year, int month, int day)
{
	static const int days[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 ||
		(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

void
date_print(struct span words, struct buf *out)
{
	struct parts p = {.count = 0};
	int year, month, day;
	size_t at = 0;

	while (at < words.len) {
		if (isdigit((unsigned char)words.data[at]))
			take_number(words, &at, &p);
		else if (isalpha((unsigned char)words.data[at]))
			take_word(words, &at, &p);
		else
			at++;
	}
	if (p.month != 0 && p.count == 2 && p.digits[1] == 4) {
		year = p.number[1];
		month = p.month;
		day = p.number[0];
	} else if (p.month == 0 && p.count == 3 && p.digits[0] == 4) {
		year = p.number[0];
		month = p.number[1];
		day = p.number[2];
	} else if (p.month == 0 && p.count == 3 && p.digits[2] == 4 &&
		p.dotted) {
		year = p.number[2];
		month = p.number[1];
		day = p.number[0];
	} else {
		return;
	}
	if (is_day(year, month, day))
		buf_printf(out, "%04d-%02d-%02d", year, month, day);
}
