#include "located.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "memory.h"

/* As often as snapd. */
enum { BETWEEN_LOOKS_NS = 500 * 1000 * 1000 };

static bool current_revision(const char *instance, char revision[NAME_BYTES], struct failure *failure)
{
    const char *folder = keep_format("/snap/%s", instance);
    const char *link = read_link(keep_format("%s/current", folder));

    if (link != NULL && is_revision(link)) {
        snprintf(revision, NAME_BYTES, "%s", link);
        return true;
    }
    if (link == NULL && !is_directory(folder))
        return fail(failure, STATUS_FAILED, "snap \"%s\" is not installed", instance);
    return fail(failure, STATUS_FAILED, "cannot run anything of snap \"%s\": it has no current revision", instance);
}

static bool load(const struct request *request, const struct target *target, const char *revision,
                 struct launch *launch, struct failure *failure)
{
    const char *instance = target->instance, *program = target->program;
    const char *path = keep_format("/var/lib/snapd/launch/%s_%s", instance, revision);
    const char *section = request->hook == NULL ? "app" : "hook";
    size_t length = 0;
    char *text = read_file(path, LAUNCH_FILE_MAX, &length);
    struct failure cause = {0};
    enum launch_found found;

    if (text == NULL) {
        const char *why = errno == EFBIG ? "it is too large" : strerror(errno);
        return fail(failure, STATUS_FAILED, "cannot read %s: %s", path, why);
    }
    found = launch_read(text, length, section, program, launch, &cause);
    if (found == LAUNCH_MISSING)
        return fail(failure, STATUS_FAILED, "cannot find %s \"%s\" in \"%s\"", section, program, instance);
    if (found == LAUNCH_BAD)
        return fail(failure, STATUS_FAILED, "cannot run \"%s\": %s", request->target, cause.text);
    if (strcmp(launch->instance, instance) != 0 || strcmp(launch->revision, revision) != 0)
        return fail(failure, STATUS_FAILED, "cannot run \"%s\": its launch file is another snap's", request->target);
    return true;
}

static bool locate_hook(const struct request *request, const struct target *target, struct located *located,
                        struct failure *failure)
{
    located->inhibition.fd = -1;
    if (request->revision == NULL) {
        if (!current_revision(target->instance, located->revision, failure))
            return false;
    } else {
        if (!is_revision(request->revision))
            return fail(failure, STATUS_FAILED, "invalid snap revision: \"%.64s\"", request->revision);
        snprintf(located->revision, sizeof located->revision, "%s", request->revision);
    }
    return load(request, target, located->revision, &located->launch, failure);
}

/* What a snap that is inhibited leads to. */
enum next { GIVE_UP, GO_ON, WAIT };

static enum next inhibited(const struct request *request, const struct target *target, struct located *located,
                           struct failure *failure)
{
    const char *hint = located->inhibition.hint;
    struct failure unused;

    if (strcmp(hint, "remove") == 0) {
        fail(failure, STATUS_FAILED, "cannot run \"%s\", snap is being removed", target->instance);
        return GIVE_UP;
    }
    if (strcmp(hint, "disable") == 0) {
        fail(failure, STATUS_FAILED, "cannot run \"%s\", snap is disabled", target->instance);
        return GIVE_UP;
    }
    if (!inhibition_previous(target->instance, hint, located->revision) ||
        !load(request, target, located->revision, &located->launch, &unused)) {
        fail(failure, STATUS_FAILED, "cannot run \"%s\", snap is being refreshed", target->instance);
        return GIVE_UP;
    }
    return located->launch.is_service ? GO_ON : WAIT;
}

bool locate(const struct request *request, const struct target *target, struct located *located,
            struct failure *failure)
{
    void *mark = keep_mark();
    bool was_told = false;

    if (request->hook != NULL)
        return locate_hook(request, target, located, failure);
    for (;;) {
        if (!inhibition_open(target->instance, &located->inhibition, failure))
            return false;
        if (located->inhibition.hint[0] == '\0')
            return current_revision(target->instance, located->revision, failure) &&
                   load(request, target, located->revision, &located->launch, failure);
        enum next next = inhibited(request, target, located, failure);
        if (next == GO_ON)
            return true;
        inhibition_close(&located->inhibition);
        if (next == GIVE_UP)
            return false;
        if (!was_told)
            fprintf(stderr, "snap package \"%s\" is being refreshed, please wait\n", target->instance);
        was_told = true;
        forget_since(mark);
        nanosleep(&(struct timespec){.tv_nsec = BETWEEN_LOOKS_NS}, NULL);
    }
}
