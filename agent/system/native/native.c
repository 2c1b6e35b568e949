/*
 * N-API glue around calls.c. Every function returns a number, -errno on failure, save peercred, which returns
 * { pid, uid, gid } or -errno. Arguments of a wrong type throw a TypeError: native.ts never passes them.
 */
#include "glue.h"

#include <string.h>

#include "calls.h"

static napi_value peercred(napi_env env, napi_callback_info info) {
  napi_value argv[1], result, field;
  int fd;
  if (!arguments(env, info, 1, argv) || !descriptor(env, argv[0], &fd)) return refuse(env, "peercred(fd: number)");
  struct hf_peer peer;
  int error = hf_peercred(fd, &peer);
  if (error) return number(env, error);
  const struct { const char *name; int64_t value; } fields[] = {{"pid", peer.pid}, {"uid", peer.uid}, {"gid", peer.gid}};
  if (napi_create_object(env, &result) != napi_ok) return NULL;
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
    if (napi_create_int64(env, fields[i].value, &field) != napi_ok) return NULL;
    if (napi_set_named_property(env, result, fields[i].name, field) != napi_ok) return NULL;
  }
  return result;
}

/* Reads an array of descriptors; 0 if it is none, or has too many. */
static int descriptors(napi_env env, napi_value value, int fds[HF_MAX_FDS], uint32_t *count) {
  bool is_array = false;
  napi_value item;
  if (napi_is_array(env, value, &is_array) != napi_ok || !is_array) return 0;
  if (napi_get_array_length(env, value, count) != napi_ok || *count > HF_MAX_FDS) return 0;
  for (uint32_t i = 0; i < *count; i++)
    if (napi_get_element(env, value, i, &item) != napi_ok || !descriptor(env, item, &fds[i])) return 0;
  return 1;
}

static napi_value send_datagram(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  char path[PATH_BYTES];
  size_t path_len, len;
  void *bytes;
  int fds[HF_MAX_FDS];
  uint32_t n_fds;
  if (!arguments(env, info, 3, argv) || !text(env, argv[0], path, &path_len) ||
      !array(env, argv[1], napi_uint8_array, &bytes, &len) || !descriptors(env, argv[2], fds, &n_fds))
    return refuse(env, "sendDatagram(path: string, bytes: Uint8Array, fds: number[])");
  return number(env, hf_send_datagram(path, path_len, bytes, len, fds, n_fds));
}

static napi_value lock(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  int fd;
  int32_t mode;
  bool nonblock;
  if (!arguments(env, info, 3, argv) || !descriptor(env, argv[0], &fd) ||
      napi_get_value_int32(env, argv[1], &mode) != napi_ok || mode < HF_FLOCK_EX || mode > HF_FLOCK_UN ||
      napi_get_value_bool(env, argv[2], &nonblock) != napi_ok)
    return refuse(env, "flock(fd: number, mode: 0 | 1 | 2, nonblock: boolean)");
  return number(env, hf_flock(fd, (enum hf_flock)mode, nonblock));
}

static napi_value rename_exchange(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  char a[PATH_BYTES], b[PATH_BYTES];
  size_t len;
  if (!arguments(env, info, 2, argv) || !text(env, argv[0], a, &len) || !text(env, argv[1], b, &len))
    return refuse(env, "renameExchange(a: string, b: string)");
  return number(env, hf_rename_exchange(a, b));
}

static napi_value reboot_now(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, hf_reboot_now());
}

/* The calls that take a descriptor and nothing else. */
static napi_value with_descriptor(napi_env env, napi_callback_info info, int (*call)(int), const char *usage) {
  napi_value argv[1];
  int fd;
  if (!arguments(env, info, 1, argv) || !descriptor(env, argv[0], &fd)) return refuse(env, usage);
  return number(env, call(fd));
}

static napi_value fadvise(napi_env env, napi_callback_info info) {
  return with_descriptor(env, info, hf_fadvise_dontneed, "fadviseDontNeed(fd: number)");
}

static napi_value sync_file_system(napi_env env, napi_callback_info info) {
  return with_descriptor(env, info, hf_syncfs, "syncfs(fd: number)");
}

static napi_value flush_buffers(napi_env env, napi_callback_info info) {
  return with_descriptor(env, info, hf_blkflsbuf, "blkflsbuf(fd: number)");
}

NAPI_MODULE_INIT() {
  const struct { const char *name; napi_callback call; } functions[] = {
    {"peercred", peercred},       {"sendDatagram", send_datagram}, {"fadviseDontNeed", fadvise},
    {"flock", lock},              {"syncfs", sync_file_system},    {"renameExchange", rename_exchange},
    {"rebootNow", reboot_now},    {"blkflsbuf", flush_buffers},
  };
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return NULL;
  }
  if (!tree_exports(env, exports) || !hash_exports(env, exports)) return NULL;
#ifdef HF_FAKES
  napi_value fakes;
  if (napi_get_boolean(env, true, &fakes) != napi_ok || napi_set_named_property(env, exports, "fakes", fakes) != napi_ok)
    return NULL;
#endif
  return exports;
}
