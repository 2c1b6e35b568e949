#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

#ifdef ROOT_FOR_TESTS
/* Never in what is shipped: whoever starts a command could choose what it is. */
const char *on_device(const char *path)
{
    const char *root = getenv("LAUNCHER_TEST_ROOT");
    return keep_format("%s%s", root == NULL ? "/nowhere" : root, path);
}
#else
const char *on_device(const char *path)
{
    return path;
}
#endif

char *read_file(const char *path, size_t max, size_t *length)
{
    int fd = open(on_device(path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *text = keep(max + 2);
    size_t used = 0;
    ssize_t count = 1;
    while (used <= max && count > 0) {
        count = read(fd, text + used, max + 1 - used);
        if (count > 0)
            used += (size_t)count;
        else if (count < 0 && errno == EINTR)
            count = 1;
    }
    int problem = count < 0 ? errno : used > max ? EFBIG : 0;
    close(fd);
    if (problem != 0) {
        errno = problem;
        return NULL;
    }
    text[used] = '\0';
    if (length != NULL)
        *length = used;
    return text;
}

char *read_link(const char *path)
{
    char text[PATH_MAX];
    ssize_t length = readlink(on_device(path), text, sizeof text);

    return length < 0 ? NULL : keep_text(text, (size_t)length);
}

bool is_directory(const char *path)
{
    struct stat stat_of;

    return stat(on_device(path), &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
}

bool make_folder(const char *path)
{
    const char *real = on_device(path);
    char *part = keep_text(real, strlen(real));

    for (char *end = part + 1;; end++) {
        end += strcspn(end, "/");
        char kept = *end;
        *end = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST && !(kept == '/' && errno == EROFS))
            return false;
        *end = kept;
        if (kept == '\0')
            return true;
    }
}

bool make_link(const char *path, const char *text)
{
    const char *real = on_device(path);
    const char *known = read_link(path);

    if (known != NULL && strcmp(known, text) == 0)
        return true;
    /* Exchanged at once: others that start a command at the same time find one or the other. */
    const char *fresh = keep_format("%s.%ld", real, (long)getpid());
    unlink(fresh);
    if (symlink(text, fresh) != 0)
        return false;
    if (rename(fresh, real) == 0)
        return true;
    int problem = errno;
    unlink(fresh);
    errno = problem;
    return false;
}
