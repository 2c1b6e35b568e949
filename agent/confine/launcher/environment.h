/* The environment of what is started: a list of NAME=value, each name once. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

/* Bytes of an entry that execve takes, its end included. */
#define ENTRY_MAX (128 * 1024)

struct environment {
    /* Ends with NULL, as execve wants it. */
    char **entries;
    size_t count, room;
};

/* Of two entries with one name the first counts, as getenv has it; what is no NAME=value is left out. */
void environment_start(struct environment *environment, char *const *entries);

/* NULL where it is not set. `length`: of the name, which need not end there. */
const char *environment_get(const struct environment *environment, const char *name, size_t length);

/* False where the entry is too long to be handed on. */
bool environment_set(struct environment *environment, const char *name, const char *value, struct failure *failure);

/* Takes out what ld.so and the C library ignore in programs with privileges, as snap-confine is one. */
void environment_drop_unsafe(struct environment *environment);

#endif
