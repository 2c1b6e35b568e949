/* The words that are executed. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "environment.h"
#include "launch-file.h"

/*
 * The command chain, the command with its own arguments, and `more` after them; ends with NULL. In the command's arguments
 * variables are put in, and what comes out empty is left out, as snap-exec does. NULL where a path leads out of the snap.
 * `mount`: where the snap is. `command`: words with single blanks between them.
 */
char **arguments_of(const struct launch *launch, const char *mount, const char *command, char *const *more,
                    const struct environment *environment, struct failure *failure);

/* Paths of the chain with, last, a program that is no part of the snap. */
char **arguments_around(const struct launch *launch, const char *mount, const char *program, char *const *more,
                        struct failure *failure);

#endif
