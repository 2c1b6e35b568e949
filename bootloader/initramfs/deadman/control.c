#include "control.h"

#include <string.h>

#include "deadline.h"

static struct command parse_line(const char *line)
{
    struct command command = {.kind = COMMAND_UNKNOWN, .seconds = 0};

    if (strcmp(line, "handover") == 0)
        command.kind = COMMAND_HANDOVER;
    else if (strcmp(line, "reset") == 0)
        command.kind = COMMAND_RESET;
    else if (strncmp(line, "extend ", 7) == 0 && parse_seconds(line + 7, &command.seconds))
        command.kind = COMMAND_EXTEND;
    return command;
}

bool control_take(struct control *control, char byte, struct command *command)
{
    if (byte != '\n') {
        /* A NUL would hide what follows it from the comparison. */
        if (byte == '\0' || control->length == CONTROL_LINE_MAX)
            control->unusable = true;
        else
            control->line[control->length++] = byte;
        return false;
    }
    control->line[control->length] = '\0';
    *command = parse_line(control->unusable ? "" : control->line);
    control->length = 0;
    control->unusable = false;
    return true;
}
