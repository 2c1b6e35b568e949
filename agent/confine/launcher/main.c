/*
 * /usr/bin/snap on the device: starts the commands, services and hooks of snaps. Called by the name of a command in
 * /snap/bin, or as `snap run`; all else is the agent's own command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "memory.h"
#include "run.h"

#define AGENT "/snap/holdfast/current/bin/holdfast"

extern char **environ;

static int told(const struct failure *failure)
{
    fprintf(stderr, "error: %s\n", failure->text);
    return failure->status;
}

/* What a link in /snap/bin stands for: an alias names its app, a command leads to this program. NULL where there is none. */
static const char *app_of_link(const char *name)
{
    const char *link = strchr(name, '/') == NULL ? read_link(keep_format("/snap/bin/%s", name)) : NULL;
    if (link == NULL)
        return NULL;
    return strchr(link, '/') == NULL ? link : name;
}

static int run_link(const char *app, char *const *arguments)
{
    struct request request = {.target = app, .arguments = arguments};
    struct failure failure;

    run(&request, environ, &failure);
    if (failure.status == STATUS_FAILED)
        failure.status = STATUS_BAD_LINK;
    return told(&failure);
}

static int run_command(char *const *words)
{
    struct request request;
    struct failure failure;

    if (request_read(words, &request, &failure) && run(&request, environ, &failure))
        return EXIT_SUCCESS;
    return told(&failure);
}

int main(int argc, char **argv)
{
    if (argc < 1) {
        fputs("error: cannot tell what to run: this program was started without a name\n", stderr);
        return STATUS_USAGE;
    }
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash == NULL ? argv[0] : slash + 1;
    /* Not even a snap of this name takes it away from all others. */
    const char *app = strcmp(name, "snap") == 0 ? NULL : app_of_link(name);
    if (app != NULL)
        return run_link(app, argv + 1);
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return run_command(argv + 2);
    execv(on_device(AGENT), argv);
    perror("error: cannot start " AGENT);
    return EXIT_FAILURE;
}
