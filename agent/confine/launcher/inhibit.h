/* What keeps a snap's programs from being started. */
#ifndef INHIBIT_H
#define INHIBIT_H

#include "failure.h"
#include "names.h"

struct inhibition {
    /* Holds a shared lock as long as it is open; -1 where there is no file. */
    int fd;
    /* Why: `refresh`, `remove`, `disable`...; empty where nothing keeps them. */
    char hint[32];
};

bool inhibition_open(const char *instance, struct inhibition *inhibition, struct failure *failure);
void inhibition_close(struct inhibition *inhibition);

/* The revision that ran before it; false where nobody says. */
bool inhibition_previous(const char *instance, const char *hint, char revision[NAME_BYTES]);

#endif
