/* What the agent wrote down of a revision when it was linked, so that no YAML is read here: see agent/confine/launch/file.ts. */
#ifndef LAUNCH_FILE_H
#define LAUNCH_FILE_H

#include <stddef.h>

#include "failure.h"

/* Bytes. */
#define LAUNCH_FILE_MAX (512 * 1024)

enum setting_kind { SETTING_SET, SETTING_USER, SETTING_DIRECTORY, SETTING_EXPAND };

/* One change of the environment; they are made in order. */
struct setting {
    enum setting_kind kind;
    const char *name, *value;
};

enum command { COMMAND_MAIN, COMMAND_STOP, COMMAND_RELOAD, COMMAND_POST_STOP, COMMANDS };

/* One app or hook, with what counts for all of its snap. Texts point into the file. */
struct launch {
    const char *instance, *revision, *confinement;
    /* NULL: it runs on any. */
    const char *base;
    struct setting *settings;
    size_t setting_count;
    /* Folders of the user's, to be made; and what their `current` is. */
    const char **folders;
    size_t folder_count;
    const char *runtime_folder, *current_link;
    /* Paths in the snap of what is run around the command. */
    const char **chain;
    size_t chain_count;
    /* Words with blanks between them; NULL where there is none. */
    const char *commands[COMMANDS];
    bool is_service;
};

enum launch_found { LAUNCH_BAD, LAUNCH_MISSING, LAUNCH_FOUND };

/*
 * Reads a whole file, which is changed by it and must end with a NUL after `length` bytes. `section`: "app" or "hook".
 * LAUNCH_BAD: `failure` says why; LAUNCH_MISSING: the file is good, but has no such section.
 */
enum launch_found launch_read(char *text, size_t length, const char *section, const char *program,
                              struct launch *launch, struct failure *failure);

#endif
