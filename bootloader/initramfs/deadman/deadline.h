/* When the machine resets: one monotonic moment, which evidence of progress may move, but only so far. Pure. */
#ifndef HOLDFAST_DEADLINE_H
#define HOLDFAST_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* The longest deadline that can be asked for, in seconds. */
#define DEADLINE_MAX_S 86400

/* All in milliseconds of the monotonic clock. */
struct deadline {
    int64_t at;
    int64_t limit;
};

/* A deadline `seconds` (1 to DEADLINE_MAX_S) after `now`; extensions reach at most twice as far. */
struct deadline deadline_start(int64_t now, int64_t seconds);

/* Moves the deadline to `seconds` after `now`, never beyond the limit and never back. False where the limit cut it short. */
bool deadline_extend(struct deadline *deadline, int64_t now, int64_t seconds);

/* Milliseconds from `now` to the earlier of the deadline and `next_feed`, as poll(2) takes them; 0 if one has passed. */
int deadline_wait(const struct deadline *deadline, int64_t now, int64_t next_feed);

/* Reads a whole number of seconds from 1 to DEADLINE_MAX_S: digits only, no sign, no leading zero. False on all else. */
bool parse_seconds(const char *text, int64_t *seconds);

#endif
