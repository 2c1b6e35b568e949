#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int hf_peercred(int fd, struct hf_peer *out) {
  struct ucred cred = {0};
  socklen_t len = sizeof(cred);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) return -errno;
  /* Sockets without a peer answer with uid and gid -1: nobody was vouched for. */
  if (len != sizeof(cred) || cred.uid == (uid_t)-1) return -ENOTCONN;
  out->pid = cred.pid;
  out->uid = cred.uid;
  out->gid = cred.gid;
  return 0;
}

int hf_send_datagram(const char *path, size_t path_len, const void *bytes, size_t len, const int *fds, size_t n_fds) {
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  int abstract = path_len > 0 && path[0] == '@';
  /* A path needs its closing NUL inside the address; an abstract name has none and is as long as it says. */
  if (path_len < 2 || path_len + (abstract ? 0 : 1) > sizeof(addr.sun_path)) return -ENAMETOOLONG;
  if (!abstract && memchr(path, 0, path_len)) return -EINVAL;
  memcpy(addr.sun_path, path, path_len);
  if (abstract) addr.sun_path[0] = 0;
  socklen_t addr_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len + (abstract ? 0 : 1));

  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(HF_MAX_FDS * sizeof(int))];
  } control = {0};
  struct iovec content = {.iov_base = (void *)bytes, .iov_len = len};
  struct msghdr message = {.msg_name = &addr, .msg_namelen = addr_len, .msg_iov = &content, .msg_iovlen = 1};
  if (n_fds > HF_MAX_FDS) return -EINVAL;
  if (n_fds > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
    memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
  }

  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  int result = sent < 0 ? -errno : (size_t)sent == len ? 0 : -EIO;
  close(fd);
  return result;
}

int hf_fadvise_dontneed(int fd) {
  return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* returns the error, does not set errno */
}

int hf_flock(int fd, enum hf_flock mode, int nonblock) {
  int operation = mode == HF_FLOCK_EX ? LOCK_EX : mode == HF_FLOCK_SH ? LOCK_SH : LOCK_UN;
  return flock(fd, operation | (nonblock ? LOCK_NB : 0)) < 0 ? -errno : 0;
}

int hf_syncfs(int fd) {
  return syncfs(fd) < 0 ? -errno : 0;
}

int hf_rename_exchange(const char *a, const char *b) {
  return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

int hf_reboot_now(void) {
  return reboot(RB_AUTOBOOT) < 0 ? -errno : 0;
}

int hf_blkflsbuf(int fd) {
  return ioctl(fd, BLKFLSBUF, 0) < 0 ? -errno : 0;
}
