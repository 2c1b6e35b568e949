#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct piece {
    struct piece *before;
    max_align_t start[];
};

/* All that was taken, so that it counts as in use. */
static struct piece *newest;

void *keep(size_t size)
{
    struct piece *piece = calloc(1, sizeof(struct piece) + size);
    if (piece == NULL) {
        fputs("error: cannot run anything: no memory is left\n", stderr);
        exit(EXIT_FAILURE);
    }
    piece->before = newest;
    newest = piece;
    return piece->start;
}

char *keep_text(const char *text, size_t length)
{
    char *kept = keep(length + 1);
    memcpy(kept, text, length);
    return kept;
}

char *keep_format(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    char *kept = keep((size_t)length + 1);
    va_start(values, format);
    vsnprintf(kept, (size_t)length + 1, format, values);
    va_end(values);
    return kept;
}

void *keep_mark(void)
{
    return newest;
}

void forget_since(void *mark)
{
    while (newest != mark) {
        struct piece *before = newest->before;
        free(newest);
        newest = before;
    }
}
