/* The command line of the dead man. */
#ifndef HOLDFAST_OPTIONS_H
#define HOLDFAST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    int64_t deadline; /* seconds */
    const char *watchdog;
    const char *console;
    const char *control;
    const char *pid_file;
    const char *trace; /* NULL: no trace is kept */
};

/* Reads `--name value` pairs: each name at most once, all but --trace required. On failure `*problem` says what is wrong. */
bool parse_options(int argc, char *const argv[], struct options *options, const char **problem);

#endif
