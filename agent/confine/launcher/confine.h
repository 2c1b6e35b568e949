/* What keeps a snap's program to what it may do. */
#ifndef CONFINE_H
#define CONFINE_H

#include "failure.h"
#include "launch-file.h"

/*
 * Called last before the program is executed, with its environment and words already made. This version confines nothing:
 * it refuses what would need it. Here belong, in this order: the device control group, the mount namespace with the snap's
 * own base and layouts, the AppArmor profile for what is executed next, and the system call filter.
 */
bool confine(const struct launch *launch, struct failure *failure);

#endif
