/*
 * For tests: a file that the tools of libubootenv take for NOR flash, where they keep boolean flags. Preloaded, with the
 * file's name in NOR_FLASH; stands in for the device /dev/mtd0. As in real flash, writing only clears bits and erasing sets
 * all of a sector, so a tool that did not erase first would leave a wrong checksum.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <mtd/mtd-user.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 4096
#define SECTOR_MAX_WRITE 65536

static int flash = -1;

static int is_flash(const char *path) { return strcmp(path, "/dev/mtd0") == 0; }

char *realpath(const char *path, char *resolved) {
  if (is_flash(path)) return resolved ? strcpy(resolved, path) : strdup(path);
  char *(*real)(const char *, char *) = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
  return real(path, resolved);
}

static int open_any(const char *path, int flags, int mode) {
  if (!is_flash(path)) return openat(AT_FDCWD, path, flags, mode);
  return flash = openat(AT_FDCWD, getenv("NOR_FLASH"), flags);
}

static int mode_of(int flags, va_list args) { return flags & O_CREAT ? va_arg(args, int) : 0; }

int open(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = mode_of(flags, args);
  va_end(args);
  return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  int mode = mode_of(flags, args);
  va_end(args);
  return open_any(path, flags, mode);
}

int stat(const char *path, struct stat *st) {
  int result = fstatat(AT_FDCWD, is_flash(path) ? getenv("NOR_FLASH") : path, st, 0);
  if (result == 0 && is_flash(path)) st->st_mode = S_IFCHR | 0600;
  return result;
}

int stat64(const char *path, struct stat64 *st) { return stat(path, (struct stat *)st); }

static int erase(const struct erase_info_user *range) {
  unsigned char erased[SECTOR];
  memset(erased, 0xff, sizeof erased);
  for (unsigned at = 0; at < range->length; at += SECTOR)
    if (pwrite(flash, erased, SECTOR, range->start + at) != SECTOR) return -1;
  return 0;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list args;
  va_start(args, request);
  void *argument = va_arg(args, void *);
  va_end(args);
  if (fd != flash) return -1;
  if (request == MEMERASE) return erase(argument);
  if (request != MEMGETINFO) return 0;
  struct mtd_info_user *info = argument;
  memset(info, 0, sizeof *info);
  info->type = MTD_NORFLASH;
  info->erasesize = SECTOR;
  return 0;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  if (fd != flash) return real(fd, bytes, length);
  unsigned char there[SECTOR_MAX_WRITE];
  if (length > sizeof there) return -1;
  if (pread(fd, there, length, lseek(fd, 0, SEEK_CUR)) != (ssize_t)length) return -1;
  for (size_t i = 0; i < length; i++) there[i] &= ((const unsigned char *)bytes)[i];
  return real(fd, there, length);
}
