#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "confine.h"
#include "files.h"
#include "located.h"
#include "lookup.h"
#include "memory.h"
#include "place.h"
#include "schedule.h"
#include "track.h"

#define SHELL "/bin/bash"

enum { PASSWD_MAX = 1024 * 1024 };

static struct user this_user(void)
{
    static const char *const files[] = {"/etc/passwd", "/var/lib/extrausers/passwd"};
    struct user user = {.real = getuid(), .effective = geteuid()};

    for (size_t i = 0; i < 2 && user.home == NULL; i++) {
        const char *text = read_file(files[i], PASSWD_MAX, NULL);
        user.home = text == NULL ? NULL : home_of(text, user.real);
    }
    return user;
}

static void warn(const char *path)
{
    fprintf(stderr, "WARNING: cannot create user data directory: %s: %s\n", path, strerror(errno));
}

/* As in snapd, a program is started without them, too. */
static void make_user_folders(const struct launch *launch, const struct user *user)
{
    if (user->home == NULL)
        return;
    for (size_t i = 0; i < launch->folder_count; i++) {
        const char *path = with_user(launch->folders[i], user);
        if (path != NULL && !make_folder(path)) {
            warn(path);
            return;
        }
    }
    const char *link = launch->current_link == NULL ? NULL : with_user(launch->current_link, user);
    if (link != NULL && !make_link(link, launch->revision))
        warn(link);
    /* Without a session of the user's there is none, and only root can make it. */
    const char *runtime = launch->runtime_folder == NULL ? NULL : with_user(launch->runtime_folder, user);
    if (runtime != NULL)
        make_folder(runtime);
}

static bool environment_of(const struct launch *launch, char *const *given, struct environment *environment,
                           struct failure *failure)
{
    struct user user = this_user();

    environment_start(environment, given);
    if (strcmp(launch->confinement, "classic") != 0)
        environment_drop_unsafe(environment);
    make_user_folders(launch, &user);
    return apply_settings(environment, launch, &user, is_directory, failure);
}

static char **words_of(const struct request *request, const struct launch *launch,
                       const struct environment *environment, struct failure *failure)
{
    static const char *const names[COMMANDS] = {"", "stop", "reload", "post-stop"};
    const char *mount = keep_format("/snap/%s/%s", launch->instance, launch->revision);
    const char *command = launch->commands[request->command];

    if (request->shell)
        return arguments_around(launch, mount, SHELL, request->arguments, failure);
    if (request->hook != NULL)
        command = keep_format("meta/hooks/%s", request->hook);
    if (command == NULL) {
        fail(failure, STATUS_FAILED, "no \"%s\" command found", names[request->command]);
        return NULL;
    }
    return arguments_of(launch, mount, command, request->arguments, environment, failure);
}

static bool become(char **words, const struct environment *environment, struct failure *failure)
{
    execve(on_device(words[0]), words, environment->entries);
    int status = errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
    return fail(failure, status, "cannot exec \"%.500s\": %s", words[0], strerror(errno));
}

/* Whether it was inhibited before it could be seen to run: whoever inhibits looks for what runs after that. */
static bool is_too_late(const struct request *request, const struct target *target, const struct launch *launch)
{
    struct inhibition now;
    struct failure unused;

    if (request->hook != NULL || launch->is_service || !inhibition_open(target->instance, &now, &unused))
        return false;
    inhibition_close(&now);
    return now.hint[0] != '\0';
}

static bool start(const struct request *request, const struct located *located, char *const *given,
                  struct failure *failure)
{
    struct environment environment;

    if (!environment_of(&located->launch, given, &environment, failure))
        return false;
    char **words = words_of(request, &located->launch, &environment, failure);
    return words != NULL && confine(&located->launch, failure) && become(words, &environment, failure);
}

static bool target_of(const struct request *request, struct target *target, struct failure *failure)
{
    if (!split_target(request->target, target))
        return fail(failure, STATUS_FAILED, "cannot run \"%.200s\": it is no name of a snap's app", request->target);
    if (request->hook == NULL)
        return true;
    if (strchr(request->target, '.') != NULL || !is_program(request->hook))
        return fail(failure, STATUS_FAILED, "cannot find hook \"%.64s\" in \"%.200s\"", request->hook, request->target);
    snprintf(target->program, sizeof target->program, "%s", request->hook);
    return true;
}

/* Whether a timer of the unit's may start it: systemd's calendars cannot say all that a schedule can. */
static bool is_time(const struct request *request, bool *is_now, struct failure *failure)
{
    char stamp[64];
    time_t now = time(NULL);
    struct tm local;

    *is_now = true;
    if (request->timer == NULL)
        return true;
    localtime_r(&now, &local);
    if (!schedule_includes(request->timer, &local, is_now))
        return fail(failure, STATUS_FAILED, "invalid timer format: \"%.200s\"", request->timer);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &local);
    if (!*is_now)
        fprintf(stderr, "%s: attempted to run \"%s\" timer outside of scheduled time \"%s\"\n", stamp, request->target,
                request->timer);
    return true;
}

bool run(const struct request *request, char *const *environment, struct failure *failure)
{
    struct target target;
    struct located located;
    struct failure cause;
    bool is_now;

    if (!target_of(request, &target, failure) || !is_time(request, &is_now, failure))
        return false;
    if (!is_now)
        return true;
    do {
        if (!locate(request, &target, &located, failure))
            return false;
        const char *kind = request->hook == NULL ? "" : "hook.";
        track(keep_format("snap.%s.%s%s", target.instance, kind, target.program));
        inhibition_close(&located.inhibition);
    } while (is_too_late(request, &target, &located.launch));
    start(request, &located, environment, &cause);
    return fail(failure, cause.status, "cannot run \"%s\": %s", request->target, cause.text);
}
