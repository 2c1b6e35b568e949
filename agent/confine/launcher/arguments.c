#include "arguments.h"

#include <string.h>

#include "expand.h"
#include "memory.h"

static bool leads_out(const char *path)
{
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");
        if (length == 2 && memcmp(part, "..", 2) == 0)
            return true;
        part += length;
        if (*part == '\0')
            return false;
    }
}

static bool add_path(char **words, size_t *count, const char *mount, const char *path, struct failure *failure)
{
    if (leads_out(path))
        return fail(failure, STATUS_FAILED, "cannot run \"%.200s\": it leads out of its snap", path);
    while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
        path++;
    words[(*count)++] = keep_format("%s/%s", mount, path);
    return true;
}

static size_t count_words(char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

/* With room for so many words more. */
static char **start(const struct launch *launch, const char *mount, size_t room, size_t *count, struct failure *failure)
{
    char **words = keep((launch->chain_count + room + 1) * sizeof *words);

    for (size_t i = 0; i < launch->chain_count; i++) {
        if (!add_path(words, count, mount, launch->chain[i], failure))
            return NULL;
    }
    return words;
}

static void append(char **words, size_t *count, char *const *more)
{
    for (; *more != NULL; more++)
        words[(*count)++] = *more;
}

char **arguments_of(const struct launch *launch, const char *mount, const char *command, char *const *more,
                    const struct environment *environment, struct failure *failure)
{
    size_t count = 0, length = strcspn(command, " ");
    char **words = start(launch, mount, strlen(command) + 1 + count_words(more), &count, failure);

    if (words == NULL || !add_path(words, &count, mount, keep_text(command, length), failure))
        return NULL;
    for (const char *at = command + length; *at == ' ';) {
        at++;
        length = strcspn(at, " ");
        char *word = expand(keep_text(at, length), environment, failure);
        if (word == NULL)
            return NULL;
        if (*word != '\0')
            words[count++] = word;
        at += length;
    }
    append(words, &count, more);
    return words;
}

char **arguments_around(const struct launch *launch, const char *mount, const char *program, char *const *more,
                        struct failure *failure)
{
    size_t count = 0;
    char **words = start(launch, mount, 1 + count_words(more), &count, failure);

    if (words == NULL)
        return NULL;
    words[count++] = keep_text(program, strlen(program));
    append(words, &count, more);
    return words;
}
