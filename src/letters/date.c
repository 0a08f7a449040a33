#include "letters/date.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static const char *const weekdays[] = {"Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const months[] = {"January", "February", "March", "April",
	"May", "June", "July", "August", "September", "October", "November",
	"December"};
static const char *const weekdays_zh[] = {
	"日", "一", "二", "三", "四", "五", "六"};

const char *
date_text(int64_t instant, const char *language, char text[static DATE_TEXT])
{
	struct civil c = civil_of(instant);

	if (strcmp(language, "zh-CN") == 0)
		snprintf(text, DATE_TEXT, "%d年%d月%d日（星期%s）%02d:%02d UTC",
			c.year, c.month, c.day, weekdays_zh[c.weekday], c.hour,
			c.minute);
	else
		snprintf(text, DATE_TEXT, "%s %d %s %d, %02d:%02d UTC",
			weekdays[c.weekday], c.day, months[c.month - 1], c.year,
			c.hour, c.minute);
	return text;
}
