#include "launch-file.h"

#include <string.h>

#include "memory.h"

#define HEAD "holdfast-launch 1"
#define TAIL "end"

struct reader {
    struct launch *launch;
    const char *section, *program;
    /* In the head of the file, in the section that is looked for, or in another. */
    enum { IN_HEAD, IN_WANTED, IN_OTHER } where;
    bool is_found;
};

/* Undoes what the writer did to line ends and backslashes. */
static bool unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from != '\\' && *from != 'n')
            return false;
        *to++ = *from == 'n' ? '\n' : '\\';
    }
    *to = '\0';
    return true;
}

static bool setting(struct launch *launch, enum setting_kind kind, char *value)
{
    char *equals = strchr(value, '=');
    if (equals == NULL || equals == value)
        return false;
    *equals = '\0';
    launch->settings[launch->setting_count++] = (struct setting){kind, value, equals + 1};
    return true;
}

static bool once(const char **place, const char *value)
{
    if (*place != NULL || *value == '\0')
        return false;
    *place = value;
    return true;
}

static bool head_line(struct launch *launch, const char *key, char *value)
{
    if (strcmp(key, "instance") == 0)
        return once(&launch->instance, value);
    if (strcmp(key, "revision") == 0)
        return once(&launch->revision, value);
    if (strcmp(key, "confinement") == 0)
        return once(&launch->confinement, value);
    if (strcmp(key, "base") == 0)
        return once(&launch->base, value);
    if (strcmp(key, "runtime-folder") == 0)
        return once(&launch->runtime_folder, value);
    if (strcmp(key, "current-link") == 0)
        return once(&launch->current_link, value);
    if (strcmp(key, "folder") != 0)
        return false;
    launch->folders[launch->folder_count++] = value;
    return true;
}

static bool section_line(struct launch *launch, const char *key, const char *value)
{
    static const char *const commands[COMMANDS] = {"command", "stop-command", "reload-command", "post-stop-command"};

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(key, commands[i]) == 0)
            return once(&launch->commands[i], value);
    }
    if (strcmp(key, "service") == 0) {
        launch->is_service = true;
        return strcmp(value, "system") == 0 || strcmp(value, "user") == 0;
    }
    if (strcmp(key, "chain") != 0)
        return false;
    launch->chain[launch->chain_count++] = value;
    return true;
}

static bool line(struct reader *reader, const char *key, char *value)
{
    static const struct {
        const char *key;
        enum setting_kind kind;
    } settings[] = {
        {"set", SETTING_SET}, {"user", SETTING_USER}, {"directory", SETTING_DIRECTORY}, {"expand", SETTING_EXPAND},
    };
    /* What is in another section is looked at like the rest, and then forgotten. */
    static const struct launch nothing;
    struct launch other = nothing, *launch = reader->launch;
    struct setting one_setting;
    const char *one_text;

    if (strcmp(key, "app") == 0 || strcmp(key, "hook") == 0) {
        bool is_wanted = strcmp(key, reader->section) == 0 && strcmp(value, reader->program) == 0;
        if (is_wanted && reader->is_found)
            return false;
        reader->is_found = reader->is_found || is_wanted;
        reader->where = is_wanted ? IN_WANTED : IN_OTHER;
        return true;
    }
    if (reader->where == IN_OTHER) {
        other.settings = &one_setting;
        other.chain = &one_text;
        launch = &other;
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (strcmp(key, settings[i].key) == 0)
            return setting(launch, settings[i].kind, value);
    }
    return reader->where == IN_HEAD ? head_line(launch, key, value) : section_line(launch, key, value);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

static enum launch_found bad(struct failure *failure, size_t number, const char *what)
{
    fail(failure, STATUS_FAILED, "its launch file is not valid, line %zu: %s", number, what);
    return LAUNCH_BAD;
}

enum launch_found launch_read(char *text, size_t length, const char *section, const char *program,
                              struct launch *launch, struct failure *failure)
{
    struct reader reader = {.launch = launch, .section = section, .program = program};

    *launch = (struct launch){0};
    if (length > LAUNCH_FILE_MAX)
        return bad(failure, 1, "the file is too large");
    if (strlen(text) != length)
        return bad(failure, 1, "a zero byte in it");
    size_t lines = count_lines(text), number = 0;
    launch->settings = keep((lines + 1) * sizeof *launch->settings);
    launch->folders = keep((lines + 1) * sizeof *launch->folders);
    launch->chain = keep((lines + 1) * sizeof *launch->chain);
    for (char *start = text, *end; (end = strchr(start, '\n')) != NULL; start = end + 1) {
        *end = '\0';
        number++;
        if (number == 1) {
            if (strcmp(start, HEAD) != 0)
                return bad(failure, number, "not of a version that is known here");
            continue;
        }
        if (strcmp(start, TAIL) == 0) {
            if (end + 1 != text + length)
                return bad(failure, number, "more after the end");
            if (launch->instance == NULL || launch->revision == NULL || launch->confinement == NULL)
                return bad(failure, number, "instance, revision or confinement is missing");
            return reader.is_found ? LAUNCH_FOUND : LAUNCH_MISSING;
        }
        char *value = strchr(start, ' ');
        if (value == NULL)
            return bad(failure, number, "a key without a value");
        *value++ = '\0';
        if (!unescape(value) || !line(&reader, start, value))
            return bad(failure, number, "not understood");
    }
    return bad(failure, number + 1, "the end is missing");
}
