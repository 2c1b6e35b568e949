#include "inhibit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "files.h"
#include "lookup.h"
#include "memory.h"

#define FOLDER "/var/lib/snapd/inhibit"

bool inhibition_open(const char *instance, struct inhibition *inhibition, struct failure *failure)
{
    const char *path = keep_format(FOLDER "/%s.lock", instance);

    *inhibition = (struct inhibition){.fd = open(on_device(path), O_RDONLY | O_CLOEXEC)};
    if (inhibition->fd < 0)
        return errno == ENOENT || fail(failure, STATUS_FAILED, "cannot open %s: %s", path, strerror(errno));
    int taken;
    while ((taken = flock(inhibition->fd, LOCK_SH)) != 0 && errno == EINTR)
        continue;
    /* Nothing longer is a hint; what does not fit is one that is not known here, either way. */
    ssize_t count = taken == 0 ? read(inhibition->fd, inhibition->hint, sizeof inhibition->hint - 1) : -1;
    if (count >= 0)
        return true;
    fail(failure, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    inhibition_close(inhibition);
    return false;
}

void inhibition_close(struct inhibition *inhibition)
{
    if (inhibition->fd >= 0)
        close(inhibition->fd);
    inhibition->fd = -1;
}

bool inhibition_previous(const char *instance, const char *hint, char revision[NAME_BYTES])
{
    enum { INFO_MAX = 4096 };

    if (!is_program(hint))
        return false;
    const char *text = read_file(keep_format(FOLDER "/%s.%s", instance, hint), INFO_MAX, NULL);
    return text != NULL && previous_revision(text, revision);
}
