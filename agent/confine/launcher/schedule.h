/* When the timer of a service may start it: snapd's schedules, as `mon-fri,9:00~11:00/2,,sun` or `fri1,23:00-01:00`. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <time.h>

/* False where the text is no schedule. `is_included`: whether this local time is in it. */
bool schedule_includes(const char *text, const struct tm *now, bool *is_included);

#endif
