#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

char *home_of(const char *text, uid_t user)
{
    enum { USER = 2, HOME = 5, FIELDS = 7 };

    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        const char *fields[FIELDS] = {text};
        size_t count = 1;
        for (size_t i = 0; i < line && count < FIELDS; i++) {
            if (text[i] == ':')
                fields[count++] = text + i + 1;
        }
        if (count == FIELDS) {
            char *end;
            unsigned long number = strtoul(fields[USER], &end, 10);
            bool is_number = fields[USER][0] >= '0' && fields[USER][0] <= '9' && *end == ':';
            if (is_number && number == user && fields[HOME][0] == '/')
                return keep_text(fields[HOME], strcspn(fields[HOME], ":"));
        }
        text += line;
        text += *text == '\n';
    }
    return NULL;
}

/* NAME_7.snap */
static bool base_of_file(const char *file, size_t length, char base[NAME_BYTES])
{
    size_t name = strcspn(file, "_");

    if (name == 0 || name >= length || name >= NAME_BYTES)
        return false;
    snprintf(base, NAME_BYTES, "%.*s", (int)name, file);
    return true;
}

bool running_base(const char *command_line, const char *modeenv, char base[NAME_BYTES])
{
    static const struct {
        const char *key, *ends;
    } places[] = {{"snap_core=", " \n"}, {"base=", "\n"}};
    const char *texts[] = {command_line, modeenv};

    for (size_t i = 0; i < 2; i++) {
        for (const char *at = texts[i]; at != NULL && *at != '\0';) {
            size_t length = strcspn(at, places[i].ends), key = strlen(places[i].key);
            if (length > key && strncmp(at, places[i].key, key) == 0 && base_of_file(at + key, length - key, base))
                return true;
            at += length;
            at += strspn(at, places[i].ends);
        }
    }
    return false;
}

bool previous_revision(const char *text, char revision[NAME_BYTES])
{
    static const char before[] = "{\"previous\":\"";
    size_t skipped = sizeof before - 1;

    if (strncmp(text, before, skipped) != 0)
        return false;
    size_t length = strcspn(text + skipped, "\"");
    if (length >= NAME_BYTES || text[skipped + length] != '"')
        return false;
    snprintf(revision, NAME_BYTES, "%.*s", (int)length, text + skipped);
    return is_revision(revision);
}

/* Whether a group's name begins with the tag, ends so, and has so many characters between. */
static bool is_in_group(const char *cgroups, const char *tag, size_t between, const char *end)
{
    size_t head = strlen(tag), tail = strlen(end);

    for (const char *at = cgroups; (at = strchr(at, '/')) != NULL;) {
        at++;
        size_t length = strcspn(at, "/\n");
        if (length == head + between + tail && memcmp(at, tag, head) == 0 && memcmp(at + length - tail, end, tail) == 0)
            return true;
    }
    return false;
}

bool is_in_service(const char *cgroups, const char *tag)
{
    return is_in_group(cgroups, tag, 0, ".service");
}

bool is_in_scope(const char *cgroups, const char *tag)
{
    return is_in_group(cgroups, tag, sizeof "-01234567-0123-0123-0123-0123456789ab" - 1, ".scope");
}
