/* Files as this program needs them. Paths are those of the device. */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>

/* The path itself, except in a build for tests, where all of the device is in a folder. */
const char *on_device(const char *path);

/* All of a file, with a NUL after it; `length` may be NULL. NULL with errno; EFBIG where it has more than `max` bytes. */
char *read_file(const char *path, size_t max, size_t *length);

/* What a link says; NULL with errno. */
char *read_link(const char *path);

bool is_directory(const char *path);

/* With the folders that it is in, each 0700. Keeps what is there. False with errno. */
bool make_folder(const char *path);

/* Makes or exchanges a link. False with errno. */
bool make_link(const char *path, const char *text);

#endif
