#include "trace.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HEADING "HOLDFAST-TRACE 1\n"
#define UPTIME "uptime="
#define STAGE "stage="
#define MESSAGE "message="
#define STAGE_MAX 32 /* the longest name of a stage that is repeated */
#define LAST_LINES_MAX 160

static bool starts_with(const char *line, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

void trace_deadline(char trace[TRACE_SIZE], int64_t uptime_ms)
{
    char old[TRACE_SIZE];
    char stage[STAGE_MAX + 1] = "unknown";
    size_t size = strnlen(trace, TRACE_SIZE);
    size_t written = strlen(HEADING);
    bool known = starts_with(trace, size, HEADING);

    memcpy(old, trace, TRACE_SIZE);
    memset(trace, 0, TRACE_SIZE);
    memcpy(trace, HEADING, written);
    for (size_t at = written; known && at < size;) {
        const char *line = old + at;
        const char *end = memchr(line, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - line);

        at += length + 1;
        if (starts_with(line, length, STAGE)) {
            size_t name = length - strlen(STAGE);
            snprintf(stage, sizeof stage, "%.*s", name < STAGE_MAX ? (int)name : STAGE_MAX, line + strlen(STAGE));
        } else if (!starts_with(line, length, MESSAGE) && !starts_with(line, length, UPTIME) &&
                   written + length + 1 + LAST_LINES_MAX <= TRACE_SIZE) {
            memcpy(trace + written, line, length);
            written += length;
            trace[written++] = '\n';
        }
    }
    snprintf(trace + written, LAST_LINES_MAX,
             UPTIME "%" PRId64 ".%02d\n" STAGE "deadline\n" MESSAGE "no verdict before the deadline, last stage was %s\n",
             uptime_ms / 1000, (int)(uptime_ms % 1000 / 10), stage);
}
