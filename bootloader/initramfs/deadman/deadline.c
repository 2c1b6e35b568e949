#include "deadline.h"

#include <stddef.h>

struct deadline deadline_start(int64_t now, int64_t seconds)
{
    return (struct deadline){.at = now + seconds * 1000, .limit = now + 2 * seconds * 1000};
}

bool deadline_extend(struct deadline *deadline, int64_t now, int64_t seconds)
{
    int64_t wanted = now + seconds * 1000;
    bool granted = wanted <= deadline->limit;

    if (!granted)
        wanted = deadline->limit;
    if (wanted > deadline->at)
        deadline->at = wanted;
    return granted;
}

int deadline_wait(const struct deadline *deadline, int64_t now, int64_t next_feed)
{
    int64_t next = deadline->at < next_feed ? deadline->at : next_feed;

    /* Fits an int: neither lies further away than two days. */
    return next > now ? (int)(next - now) : 0;
}

bool parse_seconds(const char *text, int64_t *seconds)
{
    int64_t value = 0;

    if (text[0] < '1' || text[0] > '9')
        return false;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (text[i] - '0');
        if (value > DEADLINE_MAX_S)
            return false;
    }
    *seconds = value;
    return true;
}
