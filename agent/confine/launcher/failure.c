#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

bool fail(struct failure *failure, int status, const char *format, ...)
{
    va_list values;

    failure->status = status;
    va_start(values, format);
    vsnprintf(failure->text, sizeof failure->text, format, values);
    va_end(values);
    return false;
}
