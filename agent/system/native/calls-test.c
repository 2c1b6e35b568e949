/*
 * Drives every function of calls.c with good and bad arguments; built with -fsanitize=address,undefined, run by
 * native-sanitized.test.ts with an empty directory as its argument. Prints TAP. `overrun` as the argument makes the mistake that
 * the sanitizer must catch, so that the test knows it is on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"

extern int fake_reboot_command;
extern int fake_block_device;

static int count, failed;

static void is(long got, long want, const char *what) {
  count++;
  if (got != want) failed++;
  printf("%sok %d - %s", got == want ? "" : "not ", count, what);
  printf(got == want ? "\n" : " # got %ld, wanted %ld\n", got, want);
}

static int make(const char *name, const char *content) {
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content)) abort();
  return fd;
}

static int first_byte(const char *name) {
  char byte = 0;
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, &byte, 1) != 1) abort();
  close(fd);
  return byte;
}

static void test_peercred(int file) {
  int pair[2];
  struct hf_peer peer = {-1, -1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) abort();
  is(hf_peercred(pair[0], &peer), 0, "peercred answers for a socket pair");
  is(peer.pid == getpid() && peer.uid == getuid() && peer.gid == getgid(), 1, "and names this process");
  close(pair[0]);
  close(pair[1]);
  is(hf_peercred(pair[0], &peer), -EBADF, "peercred refuses a closed descriptor");
  is(hf_peercred(file, &peer), -ENOTSOCK, "peercred refuses a file");
  int lonely = socket(AF_UNIX, SOCK_STREAM, 0);
  is(hf_peercred(lonely, &peer), -ENOTCONN, "peercred vouches for nobody where there is no peer");
  close(lonely);
}

static int receiver(const struct sockaddr_un *addr, socklen_t len) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (const struct sockaddr *)addr, len)) abort();
  return fd;
}

static void test_datagram(void) {
  char got[16], name[109];
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  strcpy(addr.sun_path, "socket");
  int fd = receiver(&addr, sizeof(addr));
  is(hf_send_datagram("socket", 6, "READY=1", 7, NULL, 0), 0, "a datagram reaches a path");
  is(recv(fd, got, sizeof(got), MSG_DONTWAIT), 7, "whole");
  is(hf_send_datagram("socket", 6, "", 0, NULL, 0), 0, "an empty datagram is one too");
  is(hf_send_datagram("missing", 7, "x", 1, NULL, 0), -ENOENT, "no socket at the path is an error");
  is(hf_send_datagram("file", 4, "x", 1, NULL, 0), -ECONNREFUSED, "a file at the path is an error");
  is(hf_send_datagram("a\0b", 3, "x", 1, NULL, 0), -EINVAL, "a NUL in a path is an error");
  is(hf_send_datagram("", 0, "x", 1, NULL, 0), -ENAMETOOLONG, "no path is an error");
  is(hf_send_datagram("@", 1, "x", 1, NULL, 0), -ENAMETOOLONG, "an abstract name needs a name");
  memset(name, 'n', sizeof(name));
  is(hf_send_datagram(name, 108, "x", 1, NULL, 0), -ENAMETOOLONG, "a path that leaves no room for its NUL is an error");
  is(hf_send_datagram(name, 107, "x", 1, NULL, 0), -ENOENT, "the longest path is tried");
  int last = 0;
  for (int i = 0; i < 4096 && last == 0; i++) last = hf_send_datagram("socket", 6, "x", 1, NULL, 0);
  is(last, -EAGAIN, "a full socket answers at once");
  close(fd);

  memset(&addr, 0, sizeof(addr));
  addr.sun_family = AF_UNIX;
  int len = snprintf(name, sizeof(name), "@holdfast-calls-%d", getpid());
  memcpy(addr.sun_path + 1, name + 1, len - 1);
  fd = receiver(&addr, offsetof(struct sockaddr_un, sun_path) + len);
  is(hf_send_datagram(name, len, "WATCHDOG=1", 10, NULL, 0), 0, "a datagram reaches an abstract name");
  is(recv(fd, got, sizeof(got), MSG_DONTWAIT), 10, "whole");
  close(fd);
  name[0] = '@';
  memset(name + 1, 'n', sizeof(name) - 1);
  is(hf_send_datagram(name, 108, "x", 1, NULL, 0), -ECONNREFUSED, "the longest abstract name is tried");
  is(hf_send_datagram(name, 109, "x", 1, NULL, 0), -ENAMETOOLONG, "a longer one is an error");
}

/* Receives one datagram with at most `most` descriptors; how many came. */
static int receive_fds(int fd, int *fds, int most) {
  char got[16];
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(HF_MAX_FDS * sizeof(int))];
  } control;
  struct iovec content = {.iov_base = got, .iov_len = sizeof(got)};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
  if (recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) abort();
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header) return 0;
  int n = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  if (header->cmsg_type != SCM_RIGHTS || n > most) abort();
  memcpy(fds, CMSG_DATA(header), (size_t)n * sizeof(int));
  return n;
}

static void test_descriptors(int file) {
  int sent[HF_MAX_FDS + 1], got[HF_MAX_FDS];
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  strcpy(addr.sun_path, "fds");
  int fd = receiver(&addr, sizeof(addr));
  int other = make("other", "o");
  for (int i = 0; i <= HF_MAX_FDS; i++) sent[i] = i == 1 ? other : file;
  is(hf_send_datagram("fds", 3, "FDSTORE=1", 9, sent, 2), 0, "descriptors go with a datagram");
  is(receive_fds(fd, got, 2), 2, "and arrive");
  char byte = 0;
  is(pread(got[1], &byte, 1, 0) == 1 && byte == 'o', 1, "in their order, open to the same file");
  is(pread(other, &byte, 1, 0), 1, "and stay open here");
  close(got[0]);
  close(got[1]);
  is(hf_send_datagram("fds", 3, "x", 1, sent, HF_MAX_FDS), 0, "as many as the kernel takes");
  is(receive_fds(fd, got, HF_MAX_FDS), HF_MAX_FDS, "arrive all");
  for (int i = 0; i < HF_MAX_FDS; i++) close(got[i]);
  is(hf_send_datagram("fds", 3, "x", 1, sent, HF_MAX_FDS + 1), -EINVAL, "one more is an error");
  sent[0] = -1;
  is(hf_send_datagram("fds", 3, "x", 1, sent, 1), -EBADF, "no descriptor is an error");
  is(hf_send_datagram("fds", 3, "x", 1, NULL, 0), 0, "none at all is none");
  is(receive_fds(fd, got, 1), 0, "and none arrives");
  close(other);
  close(fd);
}

static void test_locks(void) {
  int a = make("lock", "x");
  int b = open("lock", O_RDWR | O_CLOEXEC);
  is(hf_flock(a, HF_FLOCK_EX, 1), 0, "the first taker gets the lock");
  is(hf_flock(b, HF_FLOCK_EX, 1), -EWOULDBLOCK, "the second does not");
  is(hf_flock(a, HF_FLOCK_UN, 1), 0, "it is given back");
  is(hf_flock(b, HF_FLOCK_SH, 0), 0, "a shared lock");
  is(hf_flock(a, HF_FLOCK_SH, 0), 0, "is shared");
  is(hf_flock(a, HF_FLOCK_EX, 1), -EWOULDBLOCK, "and keeps an exclusive taker out");
  close(a);
  close(b);
  is(hf_flock(b, HF_FLOCK_EX, 1), -EBADF, "flock refuses a closed descriptor");
}

#define CACHE_PAGES 64

/* How many of the first pages of a file are in the page cache. */
static int resident(int fd) {
  unsigned char pages[CACHE_PAGES];
  size_t len = CACHE_PAGES * (size_t)sysconf(_SC_PAGESIZE);
  void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED || mincore(map, len, pages)) abort();
  munmap(map, len);
  int sum = 0;
  for (int i = 0; i < CACHE_PAGES; i++) sum += pages[i] & 1;
  return sum;
}

static void test_page_cache(void) {
  char page[65536] = {1};
  int fd = make("cached", "");
  for (long done = 0; done < CACHE_PAGES * sysconf(_SC_PAGESIZE); done += sizeof(page))
    if (write(fd, page, sizeof(page)) != sizeof(page)) abort();
  if (fsync(fd)) abort();
  is(resident(fd), CACHE_PAGES, "what was written is in the page cache");
  is(hf_fadvise_dontneed(fd), 0, "it is dropped");
  is(resident(fd), 0, "and gone from there");
  close(fd);
}

static void test_files(int file) {
  is(hf_fadvise_dontneed(-1), -EBADF, "fadvise refuses a bad descriptor");
  int ends[2];
  if (pipe(ends)) abort();
  is(hf_fadvise_dontneed(ends[0]), -ESPIPE, "fadvise refuses a pipe");
  close(ends[0]);
  close(ends[1]);
  is(hf_syncfs(file), 0, "a file system is synced");
  is(hf_syncfs(-1), -EBADF, "syncfs refuses a bad descriptor");
  close(make("one", "1"));
  close(make("two", "2"));
  is(hf_rename_exchange("one", "two"), 0, "two names are exchanged");
  is(first_byte("one") == '2' && first_byte("two") == '1', 1, "both at once");
  is(hf_rename_exchange("one", "missing"), -ENOENT, "an exchange needs both names");
  is(hf_rename_exchange("", ""), -ENOENT, "an empty name is an error");
}

static void test_machine(int file) {
  is(hf_blkflsbuf(file), -ENOTTY, "BLKFLSBUF refuses a file");
  is(hf_blkflsbuf(-1), -EBADF, "BLKFLSBUF refuses a bad descriptor");
  fake_block_device = file;
  is(hf_blkflsbuf(file), 0, "BLKFLSBUF is what a block device is asked for");
  is(hf_reboot_now(), -EPERM, "a refused reboot is an error");
  is(fake_reboot_command, (int)LINUX_REBOOT_CMD_RESTART, "a restart is what was asked for");
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (strcmp(argv[1], "overrun") == 0) {
    char *name = malloc(8);
    memset(name, 'n', 8);
    int result = hf_send_datagram(name, 9, "x", 1, NULL, 0);
    free(name);
    return result == -ENOENT ? 0 : 3;
  }
  if (chdir(argv[1])) return 2;
  int file = make("file", "content");
  test_peercred(file);
  test_datagram();
  test_descriptors(file);
  test_locks();
  test_page_cache();
  test_files(file);
  test_machine(file);
  close(file);
  printf("1..%d\n", count);
  return failed ? 1 : 0;
}
