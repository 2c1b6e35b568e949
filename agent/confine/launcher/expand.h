/* Puts in what variables stand for: $NAME and ${NAME}, as Go's os.Expand does, which snapd uses. */
#ifndef EXPAND_H
#define EXPAND_H

#include "environment.h"

/* What is not set stands for nothing. NULL where the result is longer than an entry of the environment may be. */
char *expand(const char *text, const struct environment *environment, struct failure *failure);

#endif
