/* The lines that the control FIFO takes: `extend SECONDS`, `handover`, `reset`. Pure. */
#ifndef HOLDFAST_CONTROL_H
#define HOLDFAST_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No command is longer; a longer line is unknown as a whole, and none of it is taken for a command. */
#define CONTROL_LINE_MAX 64

enum command_kind { COMMAND_UNKNOWN, COMMAND_EXTEND, COMMAND_HANDOVER, COMMAND_RESET };

struct command {
    enum command_kind kind;
    int64_t seconds; /* with COMMAND_EXTEND */
};

/* What has arrived of a line; all zero at the start. */
struct control {
    char line[CONTROL_LINE_MAX + 1];
    size_t length;
    bool unusable;
};

/* Takes one byte. True when it ended a line: then `command` says what the line asked for. */
bool control_take(struct control *control, char byte, struct command *command);

#endif
