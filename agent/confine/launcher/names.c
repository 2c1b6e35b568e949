#include "names.h"

#include <stdio.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { SNAP_MAX = 40, KEY_MAX = 10, PROGRAM_MAX = 200, DIGITS_MAX = 10 };

bool is_instance(const char *text)
{
    size_t name = strspn(text, LOWER DIGITS "-");
    if (name == 0 || name > SNAP_MAX || text[0] == '-')
        return false;
    if (text[name] == '\0')
        return true;
    if (text[name] != '_')
        return false;
    const char *key = text + name + 1;
    size_t length = strspn(key, LOWER DIGITS);
    return length > 0 && length <= KEY_MAX && key[length] == '\0';
}

bool is_program(const char *text)
{
    size_t length = strspn(text, LOWER UPPER DIGITS "-");
    return length > 0 && length <= PROGRAM_MAX && text[length] == '\0';
}

bool is_revision(const char *text)
{
    const char *number = text[0] == 'x' ? text + 1 : text;
    size_t length = strspn(number, DIGITS);
    return length > 0 && length <= DIGITS_MAX && number[0] != '0' && number[length] == '\0';
}

bool split_target(const char *text, struct target *target)
{
    const char *dot = strchr(text, '.');
    size_t length = dot == NULL ? strlen(text) : (size_t)(dot - text);

    if (length >= NAME_BYTES)
        return false;
    snprintf(target->instance, sizeof target->instance, "%.*s", (int)length, text);
    if (!is_instance(target->instance))
        return false;
    const char *program = dot == NULL ? text : dot + 1;
    size_t own = dot == NULL ? strcspn(text, "_") : strlen(program);
    if (own >= NAME_BYTES)
        return false;
    snprintf(target->program, sizeof target->program, "%.*s", (int)own, program);
    return is_program(target->program);
}
