#include "expand.h"

#include <string.h>

#include "memory.h"

struct name {
    const char *start;
    size_t length;
    /* How many bytes after the $ it takes up. */
    size_t width;
};

static bool is_special(char c)
{
    return c != '\0' && strchr("*#$@!?-0123456789", c) != NULL;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `text`: what follows a $, not empty. Without a name but with a width it is bad syntax, which is swallowed. */
static struct name name_at(const char *text)
{
    if (text[0] == '{') {
        const char *end = strchr(text, '}');
        if (end == NULL)
            return (struct name){text, 0, 1};
        return (struct name){text + 1, (size_t)(end - text - 1), (size_t)(end - text + 1)};
    }
    if (is_special(text[0]))
        return (struct name){text, 1, 1};
    size_t length = 0;
    while (is_word(text[length]))
        length++;
    return (struct name){text, length, length};
}

char *expand(const char *text, const struct environment *environment, struct failure *failure)
{
    static char buffer[ENTRY_MAX];
    size_t used = 0;

    for (const char *at = text; *at != '\0';) {
        struct name name = {at, 0, 0};
        const char *piece = at;
        size_t length = 1, width = 1;
        if (at[0] == '$' && at[1] != '\0') {
            name = name_at(at + 1);
            width = 1 + name.width;
        }
        if (name.length > 0) {
            piece = environment_get(environment, name.start, name.length);
            length = piece == NULL ? 0 : strlen(piece);
        } else if (name.width > 0) {
            length = 0;
        }
        if (length >= sizeof buffer - used) {
            fail(failure, STATUS_FAILED, "cannot put the variables into \"%.64s\": more than %d KiB come of it", text,
                 ENTRY_MAX / 1024);
            return NULL;
        }
        if (length > 0)
            memcpy(buffer + used, piece, length);
        used += length;
        at += width;
    }
    return keep_text(buffer, used);
}
