#include "schedule.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 24 * 60, WEEK = 7, LAST_WEEK = 5, SPLIT_MAX = DAY };
/* Minutes after a window in which what systemd started late still counts: snapd has none, and leaves such a turn out. */
enum { GRACE = 5 };

struct day {
    int day;  /* Sunday is 0 */
    int week; /* of the month, 5 the last one; 0: of all */
};

/* `*at` moves behind a day such as `mon` or `fri5`. */
static bool read_day(const char **at, struct day *day)
{
    static const char names[] = "sunmontuewedthufrisat";

    for (int i = 0; i < WEEK; i++) {
        if (strncmp(*at, names + 3 * i, 3) != 0)
            continue;
        *at += 3;
        *day = (struct day){.day = i};
        if (**at >= '1' && **at <= '5')
            day->week = *(*at)++ - '0';
        return true;
    }
    return false;
}

static bool read_number(const char **at, int max, int *number)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    unsigned long value = strtoul(*at, &end, 10);
    *at = end;
    /* More windows than minutes are one for each minute. */
    *number = value > (unsigned long)max ? max + 1 : (int)value;
    return true;
}

/* Minutes since midnight. */
static bool read_clock(const char **at, int *minutes)
{
    int hour, minute;

    if (!read_number(at, 24, &hour) || **at != ':')
        return false;
    (*at)++;
    if (!read_number(at, 59, &minute) || hour > 24 || minute > 59 || (hour == 24 && minute > 0))
        return false;
    *minutes = hour * 60 + minute;
    return true;
}

static int modulo(int number, int by)
{
    return (number % by + by) % by;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month] + (month == 1 && is_leap);
}

/* A month: how many days it has, and what weekday its first is. */
struct month {
    int days, first;
};

/* Counted from the first of the month, which is 0. */
static int place_of(struct month month, int weekday, int week)
{
    int first = modulo(weekday - month.first, WEEK);
    return week == LAST_WEEK ? first + (month.days - 1 - first) / WEEK * WEEK : first + (week - 1) * WEEK;
}

/* Whether a day is in the span of days of this month. Of two weeks the first one counts. */
static bool is_in_span(struct month month, struct day start, struct day end, int today)
{
    int week = start.week != 0 ? start.week : end.week;
    int from = place_of(month, start.day, week), to = place_of(month, end.day, week);
    bool is_single = start.day == end.day && start.week == end.week;

    if (from > to || (from == to && !is_single)) {
        if (start.week != 0)
            to += WEEK;
        else
            from -= WEEK;
    }
    return today >= from && today <= to;
}

static bool is_day(struct day start, struct day end, const struct tm *now)
{
    if (start.week == 0 && end.week == 0)
        return modulo(now->tm_wday - start.day, WEEK) <= modulo(end.day - start.day, WEEK);
    int year = now->tm_year + 1900, today = now->tm_mday - 1;
    struct month month = {days_of_month(year, now->tm_mon), modulo(now->tm_wday - today, WEEK)};
    if (is_in_span(month, start, end, today))
        return true;
    /* A span may go on into the next month, or have begun in the one before. */
    if (start.week != 0) {
        int days = days_of_month(now->tm_mon == 0 ? year - 1 : year, modulo(now->tm_mon - 1, 12));
        struct month before = {days, modulo(month.first - days, WEEK)};
        return is_in_span(before, start, end, today + days);
    }
    int days = days_of_month(now->tm_mon == 11 ? year + 1 : year, modulo(now->tm_mon + 1, 12));
    struct month after = {days, modulo(month.first + month.days, WEEK)};
    return is_in_span(after, start, end, today - month.days);
}

static bool is_in_window(int start, int length, int minute)
{
    return modulo(minute - start, DAY) < (length == 0 ? 1 : length) + GRACE;
}

/* A window may be cut into some, at whose starts the service is started. */
static bool is_time(int start, int end, int split, int minute)
{
    int length = end < start ? end + DAY - start : end - start;

    if (split <= 1 || split > SPLIT_MAX || length == 0)
        return is_in_window(start, length, minute);
    for (int i = 0; i < split; i++) {
        if (is_in_window(start + i * length / split, length / split, minute))
            return true;
    }
    return false;
}

/* What has been read of one schedule, between two `,,`. */
struct set {
    bool has_days, has_times, is_day, is_time;
};

static bool read_days(const char **at, const struct tm *now, struct set *set)
{
    struct day start, end;

    if (set->has_times || !read_day(at, &start))
        return false;
    end = start;
    if (**at == '-') {
        (*at)++;
        if (!read_day(at, &end))
            return false;
    }
    set->has_days = true;
    set->is_day = set->is_day || is_day(start, end, now);
    return true;
}

static bool read_times(const char **at, const struct tm *now, struct set *set)
{
    int start, end, split = 0;

    if (!read_clock(at, &start))
        return false;
    end = start;
    if (**at == '-' || **at == '~') {
        (*at)++;
        if (!read_clock(at, &end))
            return false;
    }
    if (**at == '/') {
        (*at)++;
        if (!read_number(at, SPLIT_MAX, &split) || split == 0)
            return false;
    }
    set->has_times = true;
    set->is_time = set->is_time || is_time(start, end, split, now->tm_hour * 60 + now->tm_min);
    return true;
}

static bool is_included_in(const struct set *set, const struct tm *now)
{
    bool is_time_now = set->has_times ? set->is_time : is_time(0, 0, 0, now->tm_hour * 60 + now->tm_min);
    return (set->is_day || !set->has_days) && is_time_now;
}

bool schedule_includes(const char *text, const struct tm *now, bool *is_included)
{
    struct set set = {0};

    *is_included = false;
    for (const char *at = text;; at++) {
        bool is_clock = *at >= '0' && *at <= '9';
        if (!(is_clock ? read_times : read_days)(&at, now, &set))
            return false;
        bool is_end = *at == '\0', is_next = at[0] == ',' && !is_end && at[1] == ',';
        if (!is_end && *at != ',')
            return false;
        if (is_end || is_next) {
            *is_included = *is_included || is_included_in(&set, now);
            set = (struct set){0};
        }
        if (is_end)
            return true;
        at += is_next;
    }
}
