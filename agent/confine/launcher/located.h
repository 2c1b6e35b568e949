/* Which revision of a snap is to be started, and when. */
#ifndef LOCATED_H
#define LOCATED_H

#include "inhibit.h"
#include "launch-file.h"
#include "request.h"

struct located {
    struct launch launch;
    char revision[NAME_BYTES];
    /* Open: nobody inhibits the snap meanwhile who honours the lock. */
    struct inhibition inhibition;
};

/*
 * Waits while an app is kept from being started. A service does not wait: it starts as the revision that ran before, as in
 * snapd. Hooks are run by who inhibits.
 */
bool locate(const struct request *request, const struct target *target, struct located *located,
            struct failure *failure);

#endif
