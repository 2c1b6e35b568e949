/* Names out of which paths are made: they are checked before. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>

/* The longest name of a file. */
#define NAME_BYTES 256

bool is_instance(const char *text);
/* Of an app or a hook. */
bool is_program(const char *text);
/* 7, x1 */
bool is_revision(const char *text);

/* What is to be run: <instance>.<app>; without an app, the one with the name of its snap. */
struct target {
    char instance[NAME_BYTES];
    char program[NAME_BYTES];
};

/* False where it is no such name. */
bool split_target(const char *text, struct target *target);

#endif
