/*
 * Drives every function of tree.c, as calls-test.c does those of calls.c: as root, with an empty directory as its argument, on a
 * file system with extended attributes and ACLs. Prints TAP.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

static int count, failed;

static void is(long got, long want, const char *what) {
  count++;
  if (got != want) failed++;
  printf("%sok %d - %s", got == want ? "" : "not ", count, what);
  printf(got == want ? "\n" : " # got %ld, wanted %ld\n", got, want);
}

static void must(int result) {
  if (result < 0) abort();
}

static int make(int dir, const char *name, const char *content) {
  int fd = hf_tree_open(dir, name, HF_OPEN_NEW);
  if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content)) abort();
  return fd;
}

/* u::rw-,u:99:r--,g::r--,m::r--,o::---, as the kernel keeps it. */
static const unsigned char ACL[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 99, 0, 0, 0, 4, 0, 4, 0,
                                    255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};
/* cap_net_bind_service=ep */
static const unsigned char CAPABILITY[] = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

static void test_opening(int dir) {
  int fd = hf_tree_base(".");
  is(fd >= 0, 1, "a directory is opened by its path");
  is(hf_tree_close(fd), 0, "and closed");
  is(hf_tree_close(fd), -EBADF, "once");
  is(hf_tree_base("missing"), -ENOENT, "a missing one is an error");
  must(symlinkat(".", dir, "link"));
  must(hf_tree_close(make(dir, "plain", "abc")));
  is(hf_tree_open(dir, "link", HF_OPEN_DIRECTORY), -ENOTDIR, "a symlink is no directory");
  is(hf_tree_open(dir, "link", HF_OPEN_FILE), -ELOOP, "and no file");
  is(hf_tree_open(dir, "link", HF_OPEN_NEW), -EEXIST, "and in the way of a new file");
  is(hf_tree_open(dir, "plain", HF_OPEN_NEW), -EEXIST, "as a file is");
  is(hf_tree_open(dir, "plain", HF_OPEN_DIRECTORY), -ENOTDIR, "a file is no directory");
  must(mkfifoat(dir, "pipe", 0600));
  fd = hf_tree_open(dir, "pipe", HF_OPEN_FILE);
  is(fd >= 0, 1, "a pipe does not block");
  must(hf_tree_close(fd));
  fd = hf_tree_open(dir, "plain", HF_OPEN_FILE);
  is(fcntl(fd, F_GETFL) & O_NOATIME, O_NOATIME, "reading leaves no trace");
  must(hf_tree_close(fd));
}

static void test_stat(int dir) {
  struct hf_entry entry, same;
  is(hf_tree_stat(dir, "plain", &entry), 0, "a file is looked at");
  is(entry.size == 3 && entry.links == 1 && S_ISREG(entry.mode) && entry.inode > 0 && entry.changed > 0, 1, "for what it is");
  is(hf_tree_stat(dir, "link", &same), 0, "a symlink");
  is(S_ISLNK(same.mode), 1, "is not followed");
  is(same.device == entry.device && same.mount == entry.mount, 1, "and of the same mount");
  is(hf_tree_stat(dir, "", &same), 0, "the directory itself");
  is(S_ISDIR(same.mode), 1, "is one");
  is(hf_tree_stat(dir, "missing", &entry), -ENOENT, "nothing is an error");
  is(hf_tree_stat(-1, "", &entry), -EBADF, "as no descriptor is");
}

static void test_names(int dir) {
  char buffer[4096];
  is(hf_tree_mkdir(dir, "folder"), 0, "a directory is made");
  is(hf_tree_mkdir(dir, "folder"), -EEXIST, "once");
  int folder = hf_tree_open(dir, "folder", HF_OPEN_DIRECTORY);
  is(hf_tree_list(folder, buffer, sizeof(buffer)), 48, "it has itself and its parent");
  is(hf_tree_list(folder, buffer, sizeof(buffer)), 0, "and an end");
  is(hf_tree_list(folder, buffer, 1) <= 0, 1, "also without room");
  is(hf_tree_link(dir, "plain", folder, "second"), 0, "a second name");
  is(hf_tree_link(dir, "plain", folder, "second"), -EEXIST, "that is taken");
  is(hf_tree_link(dir, "link", folder, "link"), 0, "a symlink has one too");
  is(hf_tree_rename(dir, "plain", folder, "second"), -EEXIST, "renaming replaces nothing");
  is(hf_tree_rename(folder, "second", folder, "third"), 0, "a new name");
  is(hf_tree_rename(folder, "second", folder, "fourth"), -ENOENT, "for what is there");
  is(hf_tree_unlink(dir, "folder", 0), -EISDIR, "a directory is no file");
  is(hf_tree_unlink(dir, "folder", 1), -ENOTEMPTY, "and goes only empty");
  is(hf_tree_unlink(folder, "third", 1), -ENOTDIR, "a file is no directory");
  is(hf_tree_unlink(folder, "third", 0) || hf_tree_unlink(folder, "link", 0), 0, "names go");
  is(hf_tree_unlink(dir, "folder", 1), 0, "and then it goes");
  must(hf_tree_close(folder));
}

static void test_acl_of_parent(int dir) {
  must(hf_tree_mkdir(dir, "acl"));
  int parent = hf_tree_open(dir, "acl", HF_OPEN_DIRECTORY);
  must(fsetxattr(parent, "system.posix_acl_default", ACL, sizeof(ACL), 0));
  must(hf_tree_mkdir(parent, "made"));
  int made = hf_tree_open(parent, "made", HF_OPEN_DIRECTORY);
  is(fgetxattr(made, "system.posix_acl_default", NULL, 0), -1, "a new directory hands no ACL down");
  is(fgetxattr(made, "system.posix_acl_access", NULL, 0), -1, "and has none of its own");
  is(hf_tree_copy_attributes(parent, made), 0, "with those of its parent");
  is(fgetxattr(made, "system.posix_acl_default", NULL, 0), sizeof(ACL), "it has the parent's");
  close(made);
  close(parent);
}

static void test_content(int dir) {
  char byte = 0;
  int from = make(dir, "sparse", "begin");
  must((int)pwrite(from, "x", 1, 1 << 20));
  must(ftruncate(from, 3 << 20));
  int to = make(dir, "copy", "");
  struct stat st, was;
  is(hf_tree_copy_range(from, to, 0, 1 << 20), 0, "the first slice");
  must(fstat(to, &st));
  is(st.st_size, 1 << 20, "is as long as it is");
  is(hf_tree_copy_range(from, to, 1 << 20, 3 << 20), 0, "the rest");
  must(fstat(to, &st) | fstat(from, &was));
  is(st.st_size, 3 << 20, "has its length");
  is(st.st_blocks <= was.st_blocks, 1, "and the holes");
  is(pread(to, &byte, 1, 1 << 20) == 1 && byte == 'x', 1, "and the content");
  is(hf_tree_copy_range(from, to, 0, 5 << 20), 0, "a file that became shorter");
  is(hf_tree_copy_range(-1, to, 0, 1), -EBADF, "no file is an error");
  is(hf_tree_copy_range(dir, to, 0, 1) < 0, 1, "a directory too");
  is(hf_tree_copy_range(from, to, 5, 5), 0, "nothing is nothing");
  int proc = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  must(ftruncate(to, 0));
  is(hf_tree_copy_range(proc, to, 0, 8), 0, "a file that the kernel makes up");
  is(pread(to, &byte, 1, 0) == 1 && byte == 'N', 1, "has its content");
  int clone = hf_tree_clone(from, to);
  is(clone == 0 || clone == -EOPNOTSUPP || clone == -EINVAL || clone == -ENOTTY, 1, "content is shared, or cannot be");
  is(hf_tree_clone(from, -1), -EBADF, "but never with nothing");
  int full = open("/dev/full", O_RDWR | O_CLOEXEC);
  is(hf_tree_copy_range(from, full, 0, 5), -ENOSPC, "no space is an error");
  close(full);
  close(proc);
  close(from);
  close(to);
}

static void test_attributes(int dir) {
  int from = make(dir, "from", "x"), to = make(dir, "to", "x");
  char value[64];
  struct stat st;
  must(fchown(from, 12, 34));
  must(fchmod(from, 06640));
  must(fsetxattr(from, "user.empty", "", 0, 0) | fsetxattr(from, "user.text", "some text", 9, 0));
  must(fsetxattr(from, "trusted.t", "t", 1, 0) | fsetxattr(from, "security.capability", CAPABILITY, sizeof(CAPABILITY), 0));
  must(fsetxattr(from, "system.posix_acl_access", ACL, sizeof(ACL), 0));
  must(fchmod(from, 06640));
  const struct timespec times[2] = {{1, 2}, {1234567890, 123456789}};
  must(futimens(from, times));
  is(hf_tree_copy_attributes(from, to), 0, "attributes are copied");
  must(fstat(to, &st));
  is(st.st_uid == 12 && st.st_gid == 34, 1, "the owner");
  is(st.st_mode & 07777, 06640, "the mode, with the rights of the owner");
  is(st.st_mtim.tv_sec == 1234567890 && st.st_mtim.tv_nsec == 123456789 && st.st_atim.tv_nsec == 2, 1, "the times");
  is(fgetxattr(to, "user.text", value, sizeof(value)) == 9 && !memcmp(value, "some text", 9), 1, "an attribute");
  is(fgetxattr(to, "user.empty", value, sizeof(value)), 0, "an empty one");
  is(fgetxattr(to, "trusted.t", value, sizeof(value)), 1, "a trusted one");
  is(fgetxattr(to, "security.capability", value, sizeof(value)), sizeof(CAPABILITY), "capabilities");
  is(fgetxattr(to, "system.posix_acl_access", value, sizeof(value)) == sizeof(ACL) && !memcmp(value, ACL, sizeof(ACL)), 1,
     "the ACL");
  is(hf_tree_copy_attributes(-1, to), -EBADF, "no file is an error");
  is(hf_tree_copy_attributes(from, -1), -EBADF, "on either side");
  close(from);
  close(to);
}

static void test_others(int dir) {
  int from = make(dir, "of root", "x"), to = make(dir, "of other", "x");
  struct stat st;
  must(fchmod(from, 06755) | fchown(to, 1000, 1000));
  must(seteuid(1000));
  is(hf_tree_copy_attributes(from, to), 0, "who may give nothing away");
  must(seteuid(0));
  must(fstat(to, &st));
  is(st.st_uid == 1000 && (st.st_mode & 07777) == 0755, 1, "keeps it, without rights of the owner");
  close(from);
  close(to);
}

static void test_nodes(int dir) {
  char target[16], path[64];
  struct stat st;
  must(hf_tree_mkdir(dir, "nodes"));
  int to = hf_tree_open(dir, "nodes", HF_OPEN_DIRECTORY);
  must(fchownat(dir, "link", 5, 6, AT_SYMLINK_NOFOLLOW));
  snprintf(path, sizeof(path), "/proc/self/fd/%d/link", dir);
  must(lsetxattr(path, "trusted.t", "value", 5, 0));
  is(hf_tree_copy_node(dir, "link", to), 0, "a symlink once more");
  is(readlinkat(to, "link", target, sizeof(target)) == 1 && target[0] == '.', 1, "to the same");
  must(fstatat(to, "link", &st, AT_SYMLINK_NOFOLLOW));
  is(st.st_uid == 5 && st.st_gid == 6, 1, "of the same owner");
  snprintf(path, sizeof(path), "/proc/self/fd/%d/link", to);
  is(lgetxattr(path, "trusted.t", NULL, 0), 5, "with its attributes");
  is(hf_tree_copy_node(dir, "link", to), -EEXIST, "but not twice");
  must(fchmodat(dir, "pipe", 02640, 0));
  must(mknodat(dir, "device", S_IFCHR | 0620, makedev(1, 3)) | mknodat(dir, "socket", S_IFSOCK | 0755, 0));
  is(hf_tree_copy_node(dir, "pipe", to) || hf_tree_copy_node(dir, "device", to) || hf_tree_copy_node(dir, "socket", to), 0,
     "pipes, devices and sockets");
  must(fstatat(to, "pipe", &st, 0));
  is(st.st_mode, S_IFIFO | 02640, "a pipe with its mode");
  must(fstatat(to, "device", &st, 0));
  is(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3), 1, "the same device");
  must(fstatat(to, "socket", &st, 0));
  is(S_ISSOCK(st.st_mode), 1, "a socket");
  is(hf_tree_copy_node(dir, "plain", to), -EAGAIN, "a file is none of these");
  is(hf_tree_copy_node(dir, "nodes", to), -EAGAIN, "a directory neither");
  is(hf_tree_copy_node(dir, "missing", to), -ENOENT, "nothing is an error");
  close(to);
}

int main(int argc, char **argv) {
  if (argc != 2 || chdir(argv[1])) return 2;
  int dir = hf_tree_base(".");
  test_opening(dir);
  test_stat(dir);
  test_names(dir);
  test_acl_of_parent(dir);
  test_content(dir);
  test_attributes(dir);
  test_others(dir);
  test_nodes(dir);
  close(dir);
  printf("1..%d\n", count);
  return failed ? 1 : 0;
}
