/*
 * The calls that copying and removing trees of strangers needs, as calls.h has them: every name is looked up in an open
 * directory and never followed, so that whoever moves things about meanwhile leads nobody out of the tree.
 */
#ifndef HOLDFAST_TREE_H
#define HOLDFAST_TREE_H

#include <stddef.h>
#include <stdint.h>

struct hf_entry {
  int64_t mode; /* kind and permission bits, st_mode */
  int64_t size;
  int64_t inode;
  int64_t links;
  int64_t device;
  int64_t mount; /* what it is mounted by; 0 where the kernel does not tell */
  int64_t changed;  /* ns since the epoch: of content */
  int64_t altered;  /* and of anything, st_ctim */
  int64_t born;     /* and of it itself; 0 where the file system does not tell */
};

enum hf_open { HF_OPEN_DIRECTORY, HF_OPEN_FILE, HF_OPEN_NEW };

/* A directory by its path, which is followed; a descriptor. */
int hf_tree_base(const char *path);

/* A descriptor of what `name` is: a directory, a file to read (a pipe in its place does not block), or a new empty file. */
int hf_tree_open(int dir, const char *name, enum hf_open how);

int hf_tree_close(int fd);

/* What `name` is, or the directory itself where `name` is empty. */
int hf_tree_stat(int dir, const char *name, struct hf_entry *out);

/* The next entries of a directory as getdents64(2) writes them; how many bytes, 0 at the end. */
int hf_tree_list(int dir, void *buffer, size_t len);

/* A new directory of mode 0700, without ACLs from above: what is made in it has none either. */
int hf_tree_mkdir(int dir, const char *name);

int hf_tree_unlink(int dir, const char *name, int is_directory);

/* -EEXIST where something is at `to` already. */
int hf_tree_rename(int from_dir, const char *from, int to_dir, const char *to);

int hf_tree_link(int from_dir, const char *from, int to_dir, const char *to);

/* Makes an empty file share the content of another (FICLONE). */
int hf_tree_clone(int from, int to);

/*
 * Copies the content from `offset` up to `end`, leaving out holes, and makes the copy at least as long as `end`. Where the
 * file has become shorter meanwhile, the rest is a hole.
 */
int hf_tree_copy_range(int from, int to, int64_t offset, int64_t end);

/* Owner, extended attributes with ACLs, mode and times, as `cp -a`: what this user or file system cannot have is left out. */
int hf_tree_copy_attributes(int from, int to);

/*
 * The same thing of that name once more, with its attributes: a symlink, a pipe, a socket or a device; -EAGAIN for what is none
 * of these. The directory it is put into has to be out of everybody's reach.
 */
int hf_tree_copy_node(int from_dir, const char *name, int to_dir);

#endif
