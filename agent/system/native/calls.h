/*
 * The system calls that Node lacks, as plain C without Node: each returns 0 (or what its comment says) or -errno and
 * allocates nothing, so that calls-test.c can drive all of them under AddressSanitizer and UBSan.
 */
#ifndef HOLDFAST_CALLS_H
#define HOLDFAST_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct hf_peer {
  int64_t pid; /* 0 where the peer lives in a pid namespace that is not ours to see */
  int64_t uid;
  int64_t gid;
};

enum hf_flock { HF_FLOCK_EX, HF_FLOCK_SH, HF_FLOCK_UN };

/* Who connected the other end of a unix stream socket, as the kernel noted it at connect(2). */
int hf_peercred(int fd, struct hf_peer *out);

/* The kernel sends no more descriptors at once (SCM_MAX_FD). */
#define HF_MAX_FDS 253

/*
 * One datagram to a unix socket: a path, or an abstract name if the first byte is '@'. Never blocks (-EAGAIN). The receiver
 * gets copies of the descriptors, of which there may be none.
 */
int hf_send_datagram(const char *path, size_t path_len, const void *bytes, size_t len, const int *fds, size_t n_fds);

/* Drops a whole file (or block device) from the page cache, so that the next read comes from the medium. */
int hf_fadvise_dontneed(int fd);

/* 0 when the lock is held (or released), -EWOULDBLOCK when nonblock is set and another holds it. */
int hf_flock(int fd, enum hf_flock mode, int nonblock);

/* Writes out the whole file system that fd is on. */
int hf_syncfs(int fd);

/* Exchanges two names in one step; both must exist and be on one file system. */
int hf_rename_exchange(const char *a, const char *b);

/* Resets the machine at once: no file system is synced, no unit is stopped. Returns only on failure. */
int hf_reboot_now(void);

/* Drops the buffers of a block device; needs CAP_SYS_ADMIN. */
int hf_blkflsbuf(int fd);

#endif
