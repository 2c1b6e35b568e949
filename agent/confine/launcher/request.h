/* `snap run` on the command line. */
#ifndef REQUEST_H
#define REQUEST_H

#include "failure.h"
#include "launch-file.h"

struct request {
    /* As it was given; what it is checked for comes later. */
    const char *target;
    /* After the target; ends with NULL. */
    char *const *arguments;
    enum command command;
    bool shell;
    /* NULL where not given. */
    const char *hook, *revision, *timer;
};

/* `words`: what comes after `snap run`; ends with NULL. */
bool request_read(char *const *words, struct request *request, struct failure *failure);

#endif
