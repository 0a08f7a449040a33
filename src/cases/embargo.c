#include "cases/embargo.h"

#include "base/clock.h"

#define END_HOUR 16

static bool
is_good_day(const struct civil *c)
{
	return c->weekday >= 1 && c->weekday <= 4;
}

int64_t
embargo_default_end(int64_t reported, int64_t length)
{
	int64_t earliest = reported + length;
	struct civil c = civil_of(earliest);
	int64_t end;

	c.hour = END_HOUR;
	c.minute = c.second = 0;
	end = instant_of(&c);
	if (end < earliest)
		end += DAY;
	for (c = civil_of(end); !is_good_day(&c); c = civil_of(end))
		end += DAY;
	return end;
}
