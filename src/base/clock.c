#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const char *const weekdays[] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

#ifdef PSIRTD_TEST
/* Of the wall clock, and of the time since boot. */
static const volatile int64_t *test_offset;

void
clock_open(void)
{
	const char *path = getenv("PSIRTD_TEST_CLOCK");
	void *map;
	int fd;

	if (path == NULL || test_offset != NULL)
		return;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		perror(path);
		abort();
	}
	map = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		abort();
	test_offset = map;
}
#else
void
clock_open(void)
{
}
#endif

int64_t
clock_now(void)
{
	struct timespec t;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = t.tv_sec * SECOND + t.tv_nsec / 1000;
#ifdef PSIRTD_TEST
	if (test_offset != NULL)
		now += *test_offset;
#endif
	return now;
}

int64_t
clock_monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t
clock_ahead(void)
{
	int64_t now = clock_now();
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	now -= t.tv_sec * SECOND + t.tv_nsec / 1000;
#ifdef PSIRTD_TEST
	if (test_offset != NULL)
		now -= test_offset[1];
#endif
	return now;
}

struct civil
civil_of(int64_t instant)
{
	time_t t = (time_t)(instant / SECOND);
	struct tm tm;

	if (instant % SECOND < 0)
		t--;
	gmtime_r(&t, &tm);
	return (struct civil){.year = tm.tm_year + 1900,
		.month = tm.tm_mon + 1,
		.day = tm.tm_mday,
		.hour = tm.tm_hour,
		.minute = tm.tm_min,
		.second = tm.tm_sec,
		.weekday = tm.tm_wday,
		.year_day = tm.tm_yday};
}

int64_t
instant_of(const struct civil *c)
{
	struct tm tm = {.tm_year = c->year - 1900,
		.tm_mon = c->month - 1,
		.tm_mday = c->day,
		.tm_hour = c->hour,
		.tm_min = c->minute,
		.tm_sec = c->second};

	return timegm(&tm) * SECOND;
}

const char *
instant_iso(int64_t instant, char text[static INSTANT_TEXT])
{
	struct civil c = civil_of(instant);

	snprintf(text, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		c.year % 10000, c.month, c.day, c.hour, c.minute, c.second);
	return text;
}

const char *
instant_mail(int64_t instant, char text[static INSTANT_TEXT])
{
	struct civil c = civil_of(instant);

	snprintf(text, INSTANT_TEXT, "%s, %02d %s %04d %02d:%02d:%02d +0000",
		weekdays[c.weekday], c.day, months[c.month - 1], c.year % 10000,
		c.hour, c.minute, c.second);
	return text;
}

bool
instant_parse(const char *text, int64_t *instant)
{
	struct civil c = {0};
	char again[INSTANT_TEXT];
	int used = 0;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &c.year, &c.month,
		    &c.day, &c.hour, &c.minute, &c.second, &used) != 6 ||
		text[used] != '\0' || c.year < 0 || c.month < 1 || c.month > 12)
		return false;
	*instant = instant_of(&c);
	return strcmp(instant_iso(*instant, again), text) == 0;
}
