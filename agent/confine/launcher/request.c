#include "request.h"

#include <string.h>

static bool command_of(const char *name, enum command *command, struct failure *failure)
{
    static const char *const names[COMMANDS] = {"", "stop", "reload", "post-stop"};

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *command = (enum command)i;
            return true;
        }
    }
    return fail(failure, STATUS_FAILED, "cannot use \"%.64s\" command", name);
}

/* The value of an option, in its word or in the next one; NULL where the word is another option. */
static const char *value_of(const char *option, char *const **words, bool *is_missing)
{
    const char *word = **words;
    size_t length = strlen(option);

    if (strncmp(word, option, length) != 0)
        return NULL;
    if (word[length] == '=')
        return word + length + 1;
    /* -r7 */
    if (word[length] != '\0')
        return option[1] == '-' ? NULL : word + length;
    if ((*words)[1] == NULL) {
        *is_missing = true;
        return NULL;
    }
    (*words)++;
    return **words;
}

static bool option(struct request *request, char *const **words, const char **command, struct failure *failure)
{
    const char *word = **words;
    const struct {
        const char *name;
        const char **value;
    } options[] = {
        {"--command", command}, {"--hook", &request->hook}, {"--timer", &request->timer}, {"-r", &request->revision},
    };

    if (strcmp(word, "--shell") == 0) {
        request->shell = true;
        return true;
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        bool is_missing = false;
        const char *value = value_of(options[i].name, words, &is_missing);
        if (is_missing)
            return fail(failure, STATUS_USAGE, "expected argument for flag `%s'", options[i].name);
        if (value == NULL)
            continue;
        *options[i].value = *value == '\0' ? NULL : value;
        return true;
    }
    return fail(failure, STATUS_USAGE, "unknown flag `%.64s'", word + strspn(word, "-"));
}

bool request_read(char *const *words, struct request *request, struct failure *failure)
{
    const char *command = NULL;

    *request = (struct request){0};
    for (; *words != NULL && (*words)[0] == '-' && (*words)[1] != '\0'; words++) {
        if (strcmp(*words, "--") == 0) {
            words++;
            break;
        }
        if (!option(request, &words, &command, failure))
            return false;
    }
    if (*words == NULL)
        return fail(failure, STATUS_FAILED, "need the application to run as argument");
    request->target = words[0];
    request->arguments = words + 1;
    if ((command != NULL) + (request->hook != NULL) + (request->timer != NULL) > 1)
        return fail(failure, STATUS_FAILED, "you can only use one of --hook, --command, and --timer");
    if (request->revision != NULL && strcmp(request->revision, "unset") == 0)
        request->revision = NULL;
    if (request->revision != NULL && request->hook == NULL)
        return fail(failure, STATUS_FAILED, "-r can only be used with --hook");
    if (request->hook != NULL && words[1] != NULL)
        return fail(failure, STATUS_FAILED, "too many arguments for hook \"%.64s\": %.200s", request->hook, words[1]);
    return command == NULL || command_of(command, &request->command, failure);
}
