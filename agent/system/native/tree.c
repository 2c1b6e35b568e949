#define _GNU_SOURCE
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PIECE_BYTES 65536
#define PERMISSIONS 07777

static const char *const DEFAULT_ACL = "system.posix_acl_default";
static const char *const ACCESS_ACL = "system.posix_acl_access";

int hf_tree_base(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int hf_tree_open(int dir, const char *name, enum hf_open how) {
  int flags = O_CLOEXEC | O_NOFOLLOW;
  if (how == HF_OPEN_NEW) {
    int fd = openat(dir, name, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
    return fd < 0 ? -errno : fd;
  }
  flags |= O_RDONLY | (how == HF_OPEN_DIRECTORY ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY);
  /* Reading leaves no trace, where this user may ask for that. */
  int fd = openat(dir, name, flags | O_NOATIME);
  if (fd < 0 && errno == EPERM) fd = openat(dir, name, flags);
  return fd < 0 ? -errno : fd;
}

int hf_tree_close(int fd) {
  return close(fd) < 0 ? -errno : 0;
}

static int64_t nanoseconds(struct statx_timestamp time) {
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int hf_tree_stat(int dir, const char *name, struct hf_entry *out) {
  struct statx st;
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
  if (statx(dir, name, flags, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &st) < 0) return -errno;
  out->mode = st.stx_mode;
  out->size = (int64_t)st.stx_size;
  out->inode = (int64_t)st.stx_ino;
  out->links = st.stx_nlink;
  out->device = (int64_t)makedev(st.stx_dev_major, st.stx_dev_minor);
  out->mount = st.stx_mask & STATX_MNT_ID ? (int64_t)st.stx_mnt_id : 0;
  out->changed = nanoseconds(st.stx_mtime);
  out->altered = nanoseconds(st.stx_ctime);
  out->born = st.stx_mask & STATX_BTIME ? nanoseconds(st.stx_btime) : 0;
  return 0;
}

int hf_tree_list(int dir, void *buffer, size_t len) {
  long got = syscall(SYS_getdents64, dir, buffer, len);
  return got < 0 ? -errno : (int)got;
}

int hf_tree_mkdir(int dir, const char *name) {
  if (mkdirat(dir, name, 0700) < 0) return -errno;
  int fd = hf_tree_open(dir, name, HF_OPEN_DIRECTORY);
  if (fd < 0) return fd;
  /* Asked for first: removing what is not there would be a write. */
  if (fgetxattr(fd, DEFAULT_ACL, NULL, 0) >= 0) fremovexattr(fd, DEFAULT_ACL);
  if (fgetxattr(fd, ACCESS_ACL, NULL, 0) >= 0) fremovexattr(fd, ACCESS_ACL);
  close(fd);
  return 0;
}

int hf_tree_unlink(int dir, const char *name, int is_directory) {
  return unlinkat(dir, name, is_directory ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

int hf_tree_rename(int from_dir, const char *from, int to_dir, const char *to) {
  if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -errno;
  /* A file system or kernel that cannot promise it. */
  struct stat st;
  if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) return -EEXIST;
  return renameat(from_dir, from, to_dir, to) < 0 ? -errno : 0;
}

int hf_tree_link(int from_dir, const char *from, int to_dir, const char *to) {
  return linkat(from_dir, from, to_dir, to, 0) < 0 ? -errno : 0;
}

int hf_tree_clone(int from, int to) {
  return ioctl(to, FICLONE, from) < 0 ? -errno : 0;
}

/* Some of the bytes, through this process's memory; 0 where there are none. */
static ssize_t copy_piece(int from, int to, off_t offset, size_t len) {
  char piece[PIECE_BYTES];
  ssize_t got = pread(from, piece, len < sizeof(piece) ? len : sizeof(piece), offset);
  for (ssize_t done = 0; done < got;) {
    ssize_t put = pwrite(to, piece + done, (size_t)(got - done), offset + done);
    if (put < 0) return -1;
    done += put;
  }
  return got;
}

static ssize_t copy_some(int from, int to, off_t offset, size_t len) {
  off_t in = offset, out = offset;
  ssize_t done = copy_file_range(from, &in, to, &out, len, 0);
  if (done > 0) return done;
  /* Nothing may be the end of the file, or a file system that does not know this call's way of reading. */
  int cannot = errno == EINVAL || errno == ENOSYS || errno == EXDEV || errno == EOPNOTSUPP || errno == EPERM;
  if (done < 0 && !cannot) return -1;
  return copy_piece(from, to, offset, len);
}

int hf_tree_copy_range(int from, int to, int64_t offset, int64_t end) {
  while (offset < end) {
    off_t data = lseek(from, offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    if (data < 0 && errno != EINVAL && errno != EOPNOTSUPP) return -errno;
    if (data < 0) data = offset;
    if (data >= end) break;
    off_t hole = lseek(from, data, SEEK_HOLE);
    if (hole <= data || hole > end) hole = end;
    while (data < hole) {
      ssize_t done = copy_some(from, to, data, (size_t)(hole - data));
      if (done < 0) return -errno;
      if (done == 0) break;
      data += done;
    }
    if (data < hole) break;
    offset = hole;
  }
  struct stat st;
  if (fstat(to, &st) < 0) return -errno;
  return st.st_size < end && ftruncate(to, end) < 0 ? -errno : 0;
}

/* One end of a copy of attributes: an open file, or the path of what cannot be opened and is not followed. */
struct end {
  int fd;
  const char *path;
};

static ssize_t list_xattrs(struct end end, char *names, size_t len) {
  return end.path ? llistxattr(end.path, names, len) : flistxattr(end.fd, names, len);
}

/* What a copy goes without: another's label that this user may not set, or what went away meanwhile. */
static int is_dispensable(int error) {
  return error == EPERM || error == EACCES || error == EOPNOTSUPP || error == ENODATA || error == ERANGE;
}

static int copy_xattr(struct end from, struct end to, const char *name) {
  char value[PIECE_BYTES]; /* XATTR_SIZE_MAX */
  ssize_t len = from.path ? lgetxattr(from.path, name, value, sizeof(value)) : fgetxattr(from.fd, name, value, sizeof(value));
  if (len < 0) return -errno;
  int result = to.path ? lsetxattr(to.path, name, value, (size_t)len, 0) : fsetxattr(to.fd, name, value, (size_t)len, 0);
  return result < 0 ? -errno : 0;
}

static int copy_xattrs(struct end from, struct end to) {
  char names[PIECE_BYTES]; /* XATTR_LIST_MAX */
  ssize_t len = list_xattrs(from, names, sizeof(names));
  if (len < 0) return is_dispensable(errno) ? 0 : -errno;
  for (char *name = names; name < names + len; name += strlen(name) + 1) {
    int result = copy_xattr(from, to, name);
    if (result < 0 && !is_dispensable(-result)) return result;
  }
  return 0;
}

/* Without the owner, the right to act as the owner would be a gift to somebody else. */
static int own(int result, mode_t *mode) {
  if (result == 0) return 0;
  if (errno != EPERM || geteuid() == 0) return -errno;
  *mode &= ~(mode_t)(S_ISUID | S_ISGID);
  return 0;
}

int hf_tree_copy_attributes(int from, int to) {
  struct stat st, now;
  if (fstat(from, &st) < 0 || fstat(to, &now) < 0) return -errno;
  mode_t mode = st.st_mode & PERMISSIONS;
  int is_owned = st.st_uid == now.st_uid && st.st_gid == now.st_gid;
  int result = is_owned ? 0 : own(fchown(to, st.st_uid, st.st_gid), &mode);
  if (result < 0) return result;
  /* A new owner takes capabilities away, so they come after. */
  result = copy_xattrs((struct end){.fd = from}, (struct end){.fd = to});
  if (result < 0) return result;
  if (fchmod(to, mode) < 0) return -errno;
  const struct timespec times[2] = {st.st_atim, st.st_mtim};
  return futimens(to, times) < 0 ? -errno : 0;
}

static int make_node(int from_dir, const char *name, int to_dir, const struct stat *st) {
  if (S_ISLNK(st->st_mode)) {
    char target[PATH_MAX];
    ssize_t len = readlinkat(from_dir, name, target, sizeof(target) - 1);
    /* A file that has come in its place. */
    if (len < 0) return errno == EINVAL ? -EAGAIN : -errno;
    target[len] = 0;
    return symlinkat(target, to_dir, name) < 0 ? -errno : 0;
  }
  if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) return -EAGAIN;
  return mknodat(to_dir, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0 ? -errno : 0;
}

int hf_tree_copy_node(int from_dir, const char *name, int to_dir) {
  struct stat st;
  char from[PATH_MAX], to[PATH_MAX];
  if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0) return -errno;
  int result = make_node(from_dir, name, to_dir, &st);
  if (result < 0) return result;
  mode_t mode = st.st_mode & PERMISSIONS;
  result = own(fchownat(to_dir, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW), &mode);
  if (result < 0) return result;
  /* There are no calls that look a name up in a directory for these. */
  snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", from_dir, name);
  snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", to_dir, name);
  result = copy_xattrs((struct end){.path = from}, (struct end){.path = to});
  if (result < 0 && result != -ENOENT) return result;
  if (!S_ISLNK(st.st_mode) && fchmodat(to_dir, name, mode, 0) < 0) return -errno;
  const struct timespec times[2] = {st.st_atim, st.st_mtim};
  return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}
