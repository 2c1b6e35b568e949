/* From a request to the program that it asks for. */
#ifndef RUN_H
#define RUN_H

#include "request.h"

/*
 * Becomes the program. Returns only where that failed, with false, or where there is nothing to do, with true: a timer that
 * came at the wrong time. Waits while a refresh keeps an app from being started.
 */
bool run(const struct request *request, char *const *environment, struct failure *failure);

#endif
