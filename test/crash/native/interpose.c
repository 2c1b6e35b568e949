/*
 * The C library's calls that change files, each in place of the real one: the real call and its entry in the trace happen
 * under one lock, so that the trace has them in the order in which the kernel saw them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "recorder.h"

/* Without a recording nothing is locked: a process that forks must not leave the lock to its child. */
#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Ends an interposed call. */
#define LEAVE(value) \
  do { \
    __typeof__(value) result_ = (value); \
    int errno_ = errno; \
    hf_unlock(); \
    errno = errno_; \
    return result_; \
  } while (0)

/* Fails the call where a fault is due. */
#define MEET_FAULT(takes_space) \
  do { \
    int error_ = hf_fault(takes_space, 0, NULL); \
    if (error_) { \
      errno = error_; \
      LEAVE(-1); \
    } \
  } while (0)

/* The absolute name behind `name`: the links of its directory are followed, its own last part is not. 0 if not under the root. */
static int resolve(int dirfd, const char *name, char out[HF_PATH]) {
  char whole[2 * HF_PATH], folder[HF_PATH];
  if (!hf_active() || name == NULL || strlen(name) >= HF_PATH) return 0;
  if (name[0] == '/') {
    strcpy(whole, name);
  } else {
    char link[64];
    if (dirfd == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
    ssize_t size = readlink(link, folder, sizeof folder - 1);
    if (size <= 0) return 0;
    folder[size] = '\0';
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
  }
  size_t size = strlen(whole);
  while (size > 1 && whole[size - 1] == '/') whole[--size] = '\0';
  char *last = strrchr(whole, '/');
  if (last == NULL || last == whole) return 0;
  *last = '\0';
  if (realpath(whole, folder) == NULL) return 0;
  return snprintf(out, HF_PATH, "%s/%s", folder, last + 1) < HF_PATH && hf_under_root(out);
}

/* What an open descriptor is; 0 where it is no file or directory under the root. */
static int describe(int fd, struct stat *stats) {
  char link[64], path[HF_PATH];
  if (!hf_active() || fstat(fd, stats) != 0 || !(S_ISREG(stats->st_mode) || S_ISDIR(stats->st_mode))) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = '\0';
  return hf_under_root(path);
}

typedef int (*open_call)(int, const char *, int, mode_t);

static int recorded_open(open_call call, int dirfd, const char *name, int flags, mode_t mode) {
  char path[HF_PATH];
  struct stat before, after;
  if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !resolve(dirfd, name, path))
    return call(dirfd, name, flags, mode);
  hf_lock();
  int is_new = lstat(path, &before) != 0;
  if (is_new || (flags & O_TRUNC)) MEET_FAULT(is_new);
  int fd = call(dirfd, name, flags, mode);
  if (fd < 0 || fstat(fd, &after) != 0) LEAVE(fd);
  if (is_new) hf_log(HF_CREATE, after.st_mode & 07777, after.st_ino, 0, path, NULL, 0);
  else if ((flags & O_TRUNC) && before.st_size > 0) hf_log(HF_TRUNCATE, 0, after.st_ino, 0, NULL, NULL, 0);
  LEAVE(fd);
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }

static int call_open(int dirfd, const char *name, int flags, mode_t mode) {
  static int (*real)(int, const char *, int, ...);
  if (real == NULL) real = (__typeof__(real))dlsym(RTLD_NEXT, "openat64");
  return real(dirfd, name, flags, mode);
}

int open(const char *name, int flags, ...) { MODE_OF(flags) return recorded_open(call_open, AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE_OF(flags) return recorded_open(call_open, AT_FDCWD, name, flags, mode); }
int openat(int dirfd, const char *name, int flags, ...) { MODE_OF(flags) return recorded_open(call_open, dirfd, name, flags, mode); }
int openat64(int dirfd, const char *name, int flags, ...) { MODE_OF(flags) return recorded_open(call_open, dirfd, name, flags, mode); }

/* Writes `count` pieces at `offset`, or where the descriptor stands if that is negative. */
static ssize_t recorded_write(int fd, const struct iovec *pieces, int count, off_t offset) {
  static ssize_t (*at)(int, const struct iovec *, int, off_t);
  static ssize_t (*on)(int, const struct iovec *, int);
  if (at == NULL) at = (__typeof__(at))dlsym(RTLD_NEXT, "pwritev64");
  if (on == NULL) on = (__typeof__(on))dlsym(RTLD_NEXT, "writev");
  struct stat stats;
  /* A pipe may block, so nothing but files is written under the lock. */
  if (!describe(fd, &stats)) return offset < 0 ? on(fd, pieces, count) : at(fd, pieces, count, offset);
  hf_lock();
  fstat(fd, &stats);
  off_t start = offset;
  if (offset < 0) start = fcntl(fd, F_GETFL) & O_APPEND ? stats.st_size : lseek(fd, 0, SEEK_CUR);
  size_t size = 0;
  for (int i = 0; i < count; i++) size += pieces[i].iov_len;
  int partial = 0, error = hf_fault(start + (off_t)size > stats.st_size, 0, &partial);
  if (error) {
    errno = error;
    LEAVE((ssize_t)-1);
  }
  struct iovec half = {pieces[0].iov_base, pieces[0].iov_len / 2};
  if (partial && half.iov_len > 0) {
    pieces = &half;
    count = 1;
  }
  ssize_t done = offset < 0 ? on(fd, pieces, count) : at(fd, pieces, count, offset);
  size_t left = done > 0 ? done : 0;
  for (int i = 0; left > 0; i++) {
    size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
    hf_log(HF_WRITE, 0, stats.st_ino, start, NULL, pieces[i].iov_base, part);
    start += part;
    left -= part;
  }
  LEAVE(done);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  struct iovec piece = {(void *)bytes, size};
  return recorded_write(fd, &piece, 1, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  struct iovec piece = {(void *)bytes, size};
  return recorded_write(fd, &piece, 1, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) { return pwrite(fd, bytes, size, offset); }
ssize_t writev(int fd, const struct iovec *pieces, int count) { return recorded_write(fd, pieces, count, -1); }
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset) { return recorded_write(fd, pieces, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset) { return recorded_write(fd, pieces, count, offset); }

/* What the file has now from `start` on, as if it had been written: the kernel has moved it without showing it. */
static void log_content(int fd, uint64_t inode, off_t start, size_t size) {
  static ssize_t (*at)(int, void *, size_t, off_t);
  if (at == NULL) at = (__typeof__(at))dlsym(RTLD_NEXT, "pread64");
  char piece[65536];
  while (size > 0) {
    ssize_t got = at(fd, piece, size < sizeof piece ? size : sizeof piece, start);
    if (got <= 0) return;
    hf_log(HF_WRITE, 0, inode, start, NULL, piece, got);
    start += got;
    size -= got;
  }
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags) {
  REAL(copy_file_range);
  struct stat stats;
  if (!describe(to, &stats) || out == NULL) return real(from, in, to, out, size, flags);
  hf_lock();
  fstat(to, &stats);
  off_t start = *out;
  int partial = 0, error = hf_fault(start + (off_t)size > stats.st_size, 0, &partial);
  if (error) {
    errno = error;
    LEAVE((ssize_t)-1);
  }
  if (partial && size > 1) size /= 2;
  ssize_t done = real(from, in, to, out, size, flags);
  if (done > 0) log_content(to, stats.st_ino, start, done);
  LEAVE(done);
}

int ioctl(int fd, unsigned long request, ...) {
  REAL(ioctl);
  struct stat stats;
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  if (request != FICLONE || !describe(fd, &stats)) return real(fd, request, argument);
  hf_lock();
  MEET_FAULT(1);
  int result = real(fd, request, argument);
  if (result == 0 && fstat(fd, &stats) == 0) {
    hf_log(HF_TRUNCATE, 0, stats.st_ino, stats.st_size, NULL, NULL, 0);
    log_content(fd, stats.st_ino, 0, stats.st_size);
  }
  LEAVE(result);
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  struct stat stats;
  if (!describe(fd, &stats)) return real(fd, size);
  hf_lock();
  fstat(fd, &stats);
  MEET_FAULT(size > stats.st_size);
  int result = real(fd, size);
  if (result == 0) hf_log(HF_TRUNCATE, 0, stats.st_ino, size, NULL, NULL, 0);
  LEAVE(result);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fchmod(int fd, mode_t mode) {
  REAL(fchmod);
  struct stat stats;
  if (!describe(fd, &stats)) return real(fd, mode);
  hf_lock();
  fstat(fd, &stats);
  MEET_FAULT(0);
  int result = real(fd, mode);
  if (result == 0) hf_log(HF_MODE, mode & 07777, stats.st_ino, 0, NULL, NULL, 0);
  LEAVE(result);
}

int chmod(const char *name, mode_t mode) {
  REAL(chmod);
  char path[HF_PATH];
  struct stat stats;
  if (!resolve(AT_FDCWD, name, path)) return real(name, mode);
  hf_lock();
  MEET_FAULT(0);
  int result = real(name, mode);
  if (result == 0 && stat(path, &stats) == 0) hf_log(HF_MODE, mode & 07777, stats.st_ino, 0, NULL, NULL, 0);
  LEAVE(result);
}

#define SYNC(name) \
  int name(int fd) { \
    REAL(name); \
    struct stat stats; \
    if (!describe(fd, &stats)) return real(fd); \
    hf_lock(); \
    MEET_FAULT(0); \
    int result = real(fd); \
    if (result == 0) hf_log(HF_SYNC, 0, stats.st_ino, 0, NULL, NULL, 0); \
    LEAVE(result); \
  }
SYNC(fsync)
SYNC(fdatasync)

int syncfs(int fd) {
  REAL(syncfs);
  struct stat stats;
  if (!describe(fd, &stats)) return real(fd);
  hf_lock();
  MEET_FAULT(0);
  int result = real(fd);
  if (result == 0) hf_log(HF_SYNC_ALL, 0, 0, 0, NULL, NULL, 0);
  LEAVE(result);
}

/* Owners, times and attributes are not in the trace: these can only fail. */
#define ATTRIBUTE(takes_space, call) \
  struct stat stats; \
  if (!describe(fd, &stats)) return call; \
  hf_lock(); \
  MEET_FAULT(takes_space); \
  int result = call; \
  LEAVE(result)

int fchown(int fd, uid_t owner, gid_t group) {
  REAL(fchown);
  ATTRIBUTE(0, real(fd, owner, group));
}
int futimens(int fd, const struct timespec times[2]) {
  REAL(futimens);
  ATTRIBUTE(0, real(fd, times));
}
int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) {
  REAL(fsetxattr);
  ATTRIBUTE(1, real(fd, name, value, size, flags));
}

int mkdirat(int dirfd, const char *name, mode_t mode) {
  REAL(mkdirat);
  char path[HF_PATH];
  struct stat stats;
  if (!resolve(dirfd, name, path)) return real(dirfd, name, mode);
  hf_lock();
  MEET_FAULT(1);
  int result = real(dirfd, name, mode);
  if (result == 0 && lstat(path, &stats) == 0) hf_log(HF_MKDIR, stats.st_mode & 07777, stats.st_ino, 0, path, NULL, 0);
  LEAVE(result);
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int symlinkat(const char *target, int dirfd, const char *name) {
  REAL(symlinkat);
  char path[HF_PATH];
  struct stat stats;
  if (!resolve(dirfd, name, path)) return real(target, dirfd, name);
  hf_lock();
  MEET_FAULT(1);
  int result = real(target, dirfd, name);
  if (result == 0 && lstat(path, &stats) == 0)
    hf_log(HF_SYMLINK, 0777, stats.st_ino, 0, path, target, strlen(target));
  LEAVE(result);
}
int symlink(const char *target, const char *name) { return symlinkat(target, AT_FDCWD, name); }

/* Renames and links: two names, both under the root or the trace cannot tell what happened. */
#define TWO_NAMES(call, kind) \
  char a[HF_PATH], b[HF_PATH]; \
  int from = resolve(from_dir, from_name, a), to = resolve(to_dir, to_name, b); \
  if (!from && !to) return call; \
  hf_lock(); \
  MEET_FAULT((kind) == HF_LINK); \
  int result = call; \
  if (result == 0 && from && to) hf_log(kind, 0, 0, 0, a, hf_below(b), strlen(hf_below(b))); \
  else if (result == 0) hf_log(HF_UNKNOWN, 0, 0, 0, from ? a : b, NULL, 0); \
  LEAVE(result)

int renameat2(int from_dir, const char *from_name, int to_dir, const char *to_name, unsigned flags) {
  REAL(renameat2);
  TWO_NAMES(real(from_dir, from_name, to_dir, to_name, flags), (flags & ~RENAME_NOREPLACE) == 0 ? HF_RENAME : HF_UNKNOWN);
}
int renameat(int from_dir, const char *from_name, int to_dir, const char *to_name) {
  REAL(renameat);
  TWO_NAMES(real(from_dir, from_name, to_dir, to_name), HF_RENAME);
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_dir, const char *from_name, int to_dir, const char *to_name, int flags) {
  REAL(linkat);
  TWO_NAMES(real(from_dir, from_name, to_dir, to_name, flags), HF_LINK);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dirfd, const char *name, int flags) {
  REAL(unlinkat);
  char path[HF_PATH];
  if (!resolve(dirfd, name, path)) return real(dirfd, name, flags);
  hf_lock();
  MEET_FAULT(0);
  int result = real(dirfd, name, flags);
  if (result == 0) hf_log(flags & AT_REMOVEDIR ? HF_RMDIR : HF_UNLINK, 0, 0, 0, path, NULL, 0);
  LEAVE(result);
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name) {
  int result = unlink(name);
  return result != 0 && (errno == EISDIR || errno == EPERM) ? rmdir(name) : result;
}

/* Reading, only to make it fail. */
static ssize_t recorded_read(int fd, const struct iovec *pieces, int count, off_t offset) {
  static ssize_t (*at)(int, const struct iovec *, int, off_t);
  static ssize_t (*on)(int, const struct iovec *, int);
  if (at == NULL) at = (__typeof__(at))dlsym(RTLD_NEXT, "preadv64");
  if (on == NULL) on = (__typeof__(on))dlsym(RTLD_NEXT, "readv");
  struct stat stats;
  if (hf_active()) {
    hf_lock();
    int error = describe(fd, &stats) && S_ISREG(stats.st_mode) ? hf_fault(0, 1, NULL) : 0;
    hf_unlock();
    if (error) {
      errno = error;
      return -1;
    }
  }
  return offset < 0 ? on(fd, pieces, count) : at(fd, pieces, count, offset);
}

ssize_t read(int fd, void *bytes, size_t size) {
  struct iovec piece = {bytes, size};
  return recorded_read(fd, &piece, 1, -1);
}
ssize_t pread(int fd, void *bytes, size_t size, off_t offset) {
  struct iovec piece = {bytes, size};
  return recorded_read(fd, &piece, 1, offset);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t offset) { return pread(fd, bytes, size, offset); }
ssize_t preadv(int fd, const struct iovec *pieces, int count, off_t offset) { return recorded_read(fd, pieces, count, offset); }
ssize_t preadv64(int fd, const struct iovec *pieces, int count, off64_t offset) { return recorded_read(fd, pieces, count, offset); }
