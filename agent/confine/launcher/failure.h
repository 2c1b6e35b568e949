/* Why nothing is run, and what the program ends with. */
#ifndef FAILURE_H
#define FAILURE_H

#include <stdbool.h>

/* As shells have them, and as snapd's command line ends where it is not understood. */
enum { STATUS_FAILED = 1, STATUS_BAD_LINK = 46, STATUS_USAGE = 64, STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127 };

struct failure {
    int status;
    char text[1024];
};

/* Always false, to be returned at once. */
__attribute__((format(printf, 3, 4))) bool fail(struct failure *failure, int status, const char *format, ...);

#endif
