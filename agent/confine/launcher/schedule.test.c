/* Schedules, as a table. */
#include "check.h"
#include "schedule.h"

static void schedules_include_what_they_say(void)
{
    /* August 2018: the 1st is a Wednesday, the last of July a Tuesday. '+': included, '-': not, '!': no schedule. */
    static const struct {
        const char *schedule;
        int month, day, hour, minute;
        char result;
    } cases[] = {
        {"10:00", 8, 1, 10, 0, '+'},       {"10:00", 8, 1, 10, 5, '+'},       {"10:00", 8, 1, 10, 6, '-'},
        {"10:00", 8, 1, 9, 59, '-'},       {"23:58", 8, 2, 0, 1, '+'},        {"9:00-11:00", 8, 1, 11, 4, '+'},
        {"9:00-11:00", 8, 1, 11, 5, '-'},  {"9:00~11:00", 8, 1, 10, 0, '+'},  {"23:00-01:00", 8, 1, 0, 30, '+'},
        {"23:00-01:00", 8, 1, 1, 5, '-'},  {"9:00-11:00/2", 8, 1, 10, 59, '+'}, {"0:00-24:00/99999", 8, 1, 3, 3, '+'},
        {"mon", 8, 6, 0, 0, '+'},          {"mon", 8, 6, 12, 0, '-'},         {"mon", 8, 7, 0, 0, '-'},
        {"mon,wed,10:00", 8, 8, 10, 0, '+'}, {"fri-mon,10:00", 8, 5, 10, 0, '+'}, {"fri-mon,10:00", 8, 7, 10, 0, '-'},
        {"mon,10:00,,tue,12:00", 8, 7, 12, 0, '+'}, {"mon,10:00,,tue,12:00", 8, 7, 10, 0, '-'},
        {"mon1,10:00", 8, 6, 10, 0, '+'},  {"mon1,10:00", 8, 13, 10, 0, '-'}, {"fri5,10:00", 8, 31, 10, 0, '+'},
        {"fri5,10:00", 8, 24, 10, 0, '-'}, {"mon5,10:00", 8, 27, 10, 0, '+'},
        /* snapd's own cases */
        {"mon1-fri,10:00", 8, 6, 10, 0, '+'},  {"mon1-fri,10:00", 8, 10, 10, 0, '+'},
        {"mon1-fri,10:00", 8, 5, 10, 0, '-'},  {"mon1-fri,10:00", 8, 3, 10, 0, '-'},
        {"mon-fri2,10:00", 8, 6, 10, 0, '+'},  {"mon-fri2,10:00", 8, 3, 10, 0, '-'},
        {"fri1-mon,10:00", 8, 3, 10, 0, '+'},  {"fri1-mon,10:00", 8, 6, 10, 0, '+'},
        {"fri1-mon,10:00", 8, 7, 10, 0, '-'},  {"mon-fri1,10:00", 7, 30, 10, 0, '+'},
        {"mon-fri1,10:00", 8, 3, 10, 0, '+'},  {"mon-fri1,10:00", 7, 29, 10, 0, '-'},
        {"fri4-thu,10:00", 7, 27, 10, 0, '+'}, {"fri4-thu,10:00", 8, 2, 10, 0, '+'},
        {"fri4-thu,10:00", 8, 3, 10, 0, '-'},  {"fri4-thu,10:00", 8, 24, 10, 0, '+'},
        {"mon1-mon,10:00", 8, 13, 10, 0, '+'}, {"mon1-mon,10:00", 8, 14, 10, 0, '-'},
        {"mon1-mon1,10:00", 8, 13, 10, 0, '-'}, {"mon1-tue2,10:00", 8, 7, 10, 0, '+'},
        {"mon1-tue2,10:00", 8, 14, 10, 0, '-'},
        {"", 8, 1, 0, 0, '!'},             {",,", 8, 1, 0, 0, '!'},           {"mon,", 8, 1, 0, 0, '!'},
        {"9:00,mon", 8, 1, 0, 0, '!'},     {"Mon", 8, 1, 0, 0, '!'},          {"mon6", 8, 1, 0, 0, '!'},
        {"25:00", 8, 1, 0, 0, '!'},        {"9:60", 8, 1, 0, 0, '!'},         {"9:00-", 8, 1, 0, 0, '!'},
        {"9:00-11:00/0", 8, 1, 0, 0, '!'}, {"9", 8, 1, 0, 0, '!'},            {"99999999999999999999:00", 8, 1, 0, 0, '!'},
        {"mon-tue-wed", 8, 1, 0, 0, '!'},  {"10:00 ", 8, 1, 0, 0, '!'},       {"mon,10:00,,", 8, 1, 0, 0, '!'},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct tm now = {.tm_year = 118, .tm_mon = cases[i].month - 1, .tm_mday = cases[i].day,
                         .tm_hour = cases[i].hour, .tm_min = cases[i].minute, .tm_isdst = -1};
        mktime(&now);
        bool is_included = false;
        bool is_good = schedule_includes(cases[i].schedule, &now, &is_included);
        char result = is_good ? (is_included ? '+' : '-') : '!';
        CHECK(result == cases[i].result, "'%s' on %d.%d. %d:%02d: %c", cases[i].schedule, cases[i].day, cases[i].month,
              cases[i].hour, cases[i].minute, result);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    schedules_include_what_they_say();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
