#include "environment.h"

#include <string.h>

#include "memory.h"

static size_t name_length(const char *entry)
{
    return strcspn(entry, "=");
}

static char **find(const struct environment *environment, const char *name, size_t length)
{
    for (size_t i = 0; i < environment->count; i++) {
        char *entry = environment->entries[i];
        if (name_length(entry) == length && memcmp(entry, name, length) == 0)
            return &environment->entries[i];
    }
    return NULL;
}

static void add(struct environment *environment, char *entry)
{
    if (environment->count + 1 >= environment->room) {
        size_t room = environment->room * 2 + 64;
        char **entries = keep(room * sizeof *entries);
        for (size_t i = 0; i < environment->count; i++)
            entries[i] = environment->entries[i];
        environment->entries = entries;
        environment->room = room;
    }
    environment->entries[environment->count++] = entry;
    environment->entries[environment->count] = NULL;
}

void environment_start(struct environment *environment, char *const *entries)
{
    *environment = (struct environment){.entries = keep(sizeof(char *))};
    for (; *entries != NULL; entries++) {
        size_t length = name_length(*entries);
        if (length > 0 && (*entries)[length] == '=' && find(environment, *entries, length) == NULL)
            add(environment, *entries);
    }
}

const char *environment_get(const struct environment *environment, const char *name, size_t length)
{
    char **entry = find(environment, name, length);
    return entry == NULL ? NULL : *entry + length + 1;
}

bool environment_set(struct environment *environment, const char *name, const char *value, struct failure *failure)
{
    size_t length = strlen(name);

    if (length + strlen(value) + 2 > ENTRY_MAX)
        return fail(failure, STATUS_FAILED, "cannot set the variable %.64s: it takes more than %d KiB", name,
                    ENTRY_MAX / 1024);
    char *entry = keep_format("%s=%s", name, value);
    char **known = find(environment, name, length);
    if (known == NULL)
        add(environment, entry);
    else
        *known = entry;
    return true;
}

/* glibc's unsecvars.h. */
static const char *const unsafe[] = {
    "GCONV_PATH",       "GETCONF_DIR",   "GLIBC_TUNABLES",  "HOSTALIASES",     "LD_AUDIT",        "LD_DEBUG",
    "LD_DEBUG_OUTPUT",  "LD_DYNAMIC_WEAK", "LD_HWCAP_MASK", "LD_LIBRARY_PATH", "LD_ORIGIN_PATH",  "LD_PRELOAD",
    "LD_PROFILE",       "LD_SHOW_AUXV",  "LD_USE_LOAD_BIAS", "LOCALDOMAIN",    "LOCPATH",         "MALLOC_TRACE",
    "NIS_PATH",         "NLSPATH",       "RESOLV_HOST_CONF", "RES_OPTIONS",    "TMPDIR",          "TZDIR",
};

void environment_drop_unsafe(struct environment *environment)
{
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++) {
        char **entry = find(environment, unsafe[i], strlen(unsafe[i]));
        if (entry == NULL)
            continue;
        *entry = environment->entries[--environment->count];
        environment->entries[environment->count] = NULL;
    }
}
