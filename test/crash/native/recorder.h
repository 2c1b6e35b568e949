/* What the interposed calls (interpose.c) ask of the recorder (recorder.c). All of it is called with the lock held. */
#ifndef HOLDFAST_RECORDER_H
#define HOLDFAST_RECORDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The numbers are part of the trace's format: trace.ts has the same list. */
enum hf_kind {
  HF_MARK = 1,
  HF_CREATE,   /* path, inode, mode */
  HF_WRITE,    /* inode, offset, data */
  HF_TRUNCATE, /* inode, offset = new size */
  HF_MODE,     /* inode, mode */
  HF_SYNC,     /* inode */
  HF_MKDIR,    /* path, inode, mode */
  HF_SYMLINK,  /* path = the link, data = its target, inode */
  HF_LINK,     /* path = the old name, data = the new one */
  HF_RENAME,   /* path = from, data = to */
  HF_UNLINK,   /* path */
  HF_RMDIR,    /* path */
  HF_UNKNOWN,  /* path; a call that changes files in a way the trace cannot tell */
  HF_SYNC_ALL, /* nothing: the whole file system is written out */
};

#define HF_PATH 4096

/* Whether anything is recorded now. */
int hf_active(void);
/* Whether `path` is under the root that is recorded. */
int hf_under_root(const char *path);
/* `path` as it is named from the root, which is `/`. */
const char *hf_below(const char *path);
/* Appends an entry to the trace. */
void hf_log(enum hf_kind kind, uint32_t mode, uint64_t inode, int64_t offset, const char *path, const void *data, size_t size);
/*
 * Counts one call that could fail. Returns the errno it has to fail with, or 0. `takes_space` is whether it needs new
 * blocks; `is_read` whether it changes nothing. In `*partial`, where given: the call has to write only half first.
 */
int hf_fault(int takes_space, int is_read, int *partial);

void hf_lock(void);
void hf_unlock(void);

#endif
