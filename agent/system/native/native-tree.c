/*
 * N-API glue around tree.c, as native.c has it. Names are bytes: a file's name need not be UTF-8.
 */
#include "glue.h"

#include <string.h>

#include "tree.h"

#define NAME_BYTES 256 /* NAME_MAX with its NUL */
#define MAX_SAFE_INTEGER 9007199254740991.0

/* Copies one name; 0 where it is none: too long, with a slash, or with a NUL. */
static int name(napi_env env, napi_value value, char out[NAME_BYTES]) {
  void *bytes;
  size_t len;
  if (!array(env, value, napi_uint8_array, &bytes, &len) || len >= NAME_BYTES) return 0;
  if (len > 0 && (memchr(bytes, 0, len) || memchr(bytes, '/', len))) return 0;
  if (len > 0) memcpy(out, bytes, len);
  out[len] = 0;
  return 1;
}

/* A name in an open directory. */
static int place(napi_env env, napi_value *argv, int *dir, char out[NAME_BYTES]) {
  return descriptor(env, argv[0], dir) && name(env, argv[1], out);
}

/* A whole number of bytes. */
static int bytes_of(napi_env env, napi_value value, int64_t *out) {
  double n;
  if (napi_get_value_double(env, value, &n) != napi_ok || !(n >= 0 && n <= MAX_SAFE_INTEGER)) return 0;
  *out = (int64_t)n;
  return 1;
}

static napi_value tree_base(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  char path[PATH_BYTES];
  size_t len;
  if (!arguments(env, info, 1, argv) || !text(env, argv[0], path, &len)) return refuse(env, "treeBase(path: string)");
  return number(env, hf_tree_base(path));
}

static napi_value tree_open(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int dir;
  int32_t how;
  char entry[NAME_BYTES];
  if (!arguments(env, info, 3, argv) || !place(env, argv, &dir, entry) ||
      napi_get_value_int32(env, argv[2], &how) != napi_ok || how < HF_OPEN_DIRECTORY || how > HF_OPEN_NEW)
    return refuse(env, "treeOpen(dir: number, name: Uint8Array, how: 0 | 1 | 2)");
  return number(env, hf_tree_open(dir, entry, (enum hf_open)how));
}

static napi_value tree_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  int fd;
  if (!arguments(env, info, 1, argv) || !descriptor(env, argv[0], &fd)) return refuse(env, "treeClose(fd: number)");
  return number(env, hf_tree_close(fd));
}

static napi_value tree_stat(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int dir;
  char entry[NAME_BYTES];
  void *out;
  size_t len;
  struct hf_entry found;
  if (!arguments(env, info, 3, argv) || !place(env, argv, &dir, entry) ||
      !array(env, argv[2], napi_bigint64_array, &out, &len) || len != sizeof(found))
    return refuse(env, "treeStat(dir: number, name: Uint8Array, out: BigInt64Array of 9)");
  int result = hf_tree_stat(dir, entry, &found);
  if (result == 0) memcpy(out, &found, sizeof(found));
  return number(env, result);
}

static napi_value tree_list(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  int dir;
  void *buffer;
  size_t len;
  if (!arguments(env, info, 2, argv) || !descriptor(env, argv[0], &dir) ||
      !array(env, argv[1], napi_uint8_array, &buffer, &len))
    return refuse(env, "treeList(dir: number, buffer: Uint8Array)");
  return number(env, hf_tree_list(dir, buffer, len));
}

static napi_value tree_mkdir(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  int dir;
  char entry[NAME_BYTES];
  if (!arguments(env, info, 2, argv) || !place(env, argv, &dir, entry))
    return refuse(env, "treeMkdir(dir: number, name: Uint8Array)");
  return number(env, hf_tree_mkdir(dir, entry));
}

static napi_value tree_unlink(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int dir;
  char entry[NAME_BYTES];
  bool is_directory;
  if (!arguments(env, info, 3, argv) || !place(env, argv, &dir, entry) ||
      napi_get_value_bool(env, argv[2], &is_directory) != napi_ok)
    return refuse(env, "treeUnlink(dir: number, name: Uint8Array, isDirectory: boolean)");
  return number(env, hf_tree_unlink(dir, entry, is_directory));
}

/* The calls from one name in a directory to another. */
static napi_value between(napi_env env, napi_callback_info info, int (*call)(int, const char *, int, const char *),
                          const char *usage) {
  napi_value argv[4];
  int from_dir, to_dir;
  char from[NAME_BYTES], to[NAME_BYTES];
  if (!arguments(env, info, 4, argv) || !place(env, argv, &from_dir, from) || !place(env, argv + 2, &to_dir, to))
    return refuse(env, usage);
  return number(env, call(from_dir, from, to_dir, to));
}

static napi_value tree_rename(napi_env env, napi_callback_info info) {
  return between(env, info, hf_tree_rename, "treeRename(dir: number, from: Uint8Array, dir: number, to: Uint8Array)");
}

static napi_value tree_link(napi_env env, napi_callback_info info) {
  return between(env, info, hf_tree_link, "treeLink(dir: number, from: Uint8Array, dir: number, to: Uint8Array)");
}

/* The calls from one open file to another. */
static napi_value files(napi_env env, napi_callback_info info, int (*call)(int, int), const char *usage) {
  napi_value argv[2];
  int from, to;
  if (!arguments(env, info, 2, argv) || !descriptor(env, argv[0], &from) || !descriptor(env, argv[1], &to))
    return refuse(env, usage);
  return number(env, call(from, to));
}

static napi_value tree_clone(napi_env env, napi_callback_info info) {
  return files(env, info, hf_tree_clone, "treeClone(from: number, to: number)");
}

static napi_value tree_copy_attributes(napi_env env, napi_callback_info info) {
  return files(env, info, hf_tree_copy_attributes, "treeCopyAttributes(from: number, to: number)");
}

static napi_value tree_copy_range(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  int from, to;
  int64_t offset, end;
  if (!arguments(env, info, 4, argv) || !descriptor(env, argv[0], &from) || !descriptor(env, argv[1], &to) ||
      !bytes_of(env, argv[2], &offset) || !bytes_of(env, argv[3], &end))
    return refuse(env, "treeCopyRange(from: number, to: number, offset: number, end: number)");
  return number(env, hf_tree_copy_range(from, to, offset, end));
}

static napi_value tree_copy_node(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int from, to;
  char entry[NAME_BYTES];
  if (!arguments(env, info, 3, argv) || !place(env, argv, &from, entry) || !descriptor(env, argv[2], &to))
    return refuse(env, "treeCopyNode(from: number, name: Uint8Array, to: number)");
  return number(env, hf_tree_copy_node(from, entry, to));
}

int tree_exports(napi_env env, napi_value exports) {
  const struct { const char *name; napi_callback call; } functions[] = {
    {"treeBase", tree_base},     {"treeOpen", tree_open},           {"treeClose", tree_close},
    {"treeStat", tree_stat},     {"treeList", tree_list},           {"treeMkdir", tree_mkdir},
    {"treeUnlink", tree_unlink}, {"treeRename", tree_rename},       {"treeLink", tree_link},
    {"treeClone", tree_clone},   {"treeCopyRange", tree_copy_range}, {"treeCopyNode", tree_copy_node},
    {"treeCopyAttributes", tree_copy_attributes},
  };
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return 0;
  }
  return 1;
}
