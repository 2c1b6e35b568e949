/* Puts the user into what the agent wrote: %h their home, %u and %e their number, real and effective, %% a %. */
#ifndef PLACE_H
#define PLACE_H

#include <sys/types.h>

#include "environment.h"
#include "launch-file.h"

struct user {
    /* NULL where it is not known. */
    const char *home;
    uid_t real, effective;
};

/* NULL where the text asks for what is not there. */
char *with_user(const char *text, const struct user *user);

/* `is_directory`: whether there is one at this path. */
bool apply_settings(struct environment *environment, const struct launch *launch, const struct user *user,
                    bool (*is_directory)(const char *path), struct failure *failure);

#endif
