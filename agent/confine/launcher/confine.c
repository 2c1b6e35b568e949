#include "confine.h"

#include <string.h>

#include "files.h"
#include "lookup.h"

enum { TEXT_MAX = 64 * 1024 };

/* Without a mount namespace of its own a program has the base that booted under it. */
static bool has_its_base(const struct launch *launch, struct failure *failure)
{
    char running[NAME_BYTES];

    if (launch->base == NULL || strcmp(launch->base, "none") == 0)
        return true;
    const char *command_line = read_file("/proc/cmdline", TEXT_MAX, NULL);
    const char *modeenv = read_file("/var/lib/snapd/modeenv", TEXT_MAX, NULL);
    if (!running_base(command_line, modeenv, running))
        return fail(failure, STATUS_FAILED, "it needs the base \"%.64s\", and nothing says which one runs", launch->base);
    if (strcmp(launch->base, running) == 0)
        return true;
    return fail(failure, STATUS_FAILED,
                "it needs the base \"%.64s\"; this version runs only what is for the base that booted, \"%s\"",
                launch->base, running);
}

bool confine(const struct launch *launch, struct failure *failure)
{
    if (strcmp(launch->confinement, "strict") == 0)
        return fail(failure, STATUS_FAILED,
                    "this version cannot confine it as its snap asks for; a snap installed with --devmode runs unconfined");
    if (strcmp(launch->confinement, "devmode") != 0 && strcmp(launch->confinement, "classic") != 0)
        return fail(failure, STATUS_FAILED, "its launch file is not valid: the confinement \"%.64s\"", launch->confinement);
    return has_its_base(launch, failure);
}
