/* A control group of its own for each command and hook, by which a refresh sees what runs. */
#ifndef TRACK_H
#define TRACK_H

#include <stdbool.h>

/*
 * Moves this process into a scope named after its security tag, unless it is in one, or in its service. False where systemd
 * does not do that, as for those who are not root: then it runs all the same, and a refresh does not wait for it.
 */
bool track(const char *tag);

#endif
