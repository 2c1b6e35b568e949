#include "options.h"

#include <stddef.h>
#include <string.h>

#include "deadline.h"

bool parse_options(int argc, char *const argv[], struct options *options, const char **problem)
{
    const char *deadline = NULL;
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--deadline", &deadline},          {"--watchdog", &options->watchdog}, {"--console", &options->console},
        {"--control", &options->control},   {"--pid-file", &options->pid_file}, {"--trace", &options->trace},
    };
    const size_t count = sizeof known / sizeof known[0];

    *options = (struct options){0};
    *problem = "each option takes a value";
    if (argc % 2 == 0)
        return false;
    for (int i = 1; i < argc; i += 2) {
        size_t k = 0;
        while (k < count && strcmp(argv[i], known[k].name) != 0)
            k++;
        *problem = "an option is unknown, given twice or empty";
        if (k == count || *known[k].value != NULL || argv[i + 1][0] == '\0')
            return false;
        *known[k].value = argv[i + 1];
    }
    *problem = "--deadline, --watchdog, --console, --control and --pid-file are needed";
    if (!deadline || !options->watchdog || !options->console || !options->control || !options->pid_file)
        return false;
    *problem = "--deadline takes whole seconds, from 1 to 86400";
    return parse_seconds(deadline, &options->deadline);
}
