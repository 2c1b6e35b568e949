/*
 * Records what a process does to the files under one directory, and makes calls fail on purpose. Preloaded, so that it sees
 * the calls of libuv and of SQLite alike; loaded as an N-API addon as well (the same copy), so that a test can drive it.
 *
 * start(root) . mark(text) . fail(kind, at, forever) . stop() -> { trace, calls }
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "recorder.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int active;
static char root[HF_PATH];
static size_t root_size;

static unsigned char *trace;
static size_t trace_size, trace_room;

/* What fails: `space` (ENOSPC where new blocks are needed), `io` (EIO, every change), `read` (EIO, reading). */
enum { FAIL_NOTHING, FAIL_SPACE, FAIL_IO, FAIL_READ };
static int fail_kind, fail_forever, failed;
static uint32_t fail_at;
/* Calls so far, by what could make them fail. */
static uint32_t calls_space, calls_io, calls_read;

void hf_lock(void) { pthread_mutex_lock(&lock); }
void hf_unlock(void) { pthread_mutex_unlock(&lock); }
int hf_active(void) { return active; }

int hf_under_root(const char *path) {
  return strncmp(path, root, root_size) == 0 && (path[root_size] == '/' || path[root_size] == '\0');
}

const char *hf_below(const char *path) {
  if (!hf_under_root(path)) return path;
  return path[root_size] == '\0' ? "/" : path + root_size;
}

static void append(const void *bytes, size_t size) {
  if (trace_size + size > trace_room) {
    trace_room = (trace_size + size) * 2;
    trace = realloc(trace, trace_room);
    if (trace == NULL) abort();
  }
  if (size > 0) memcpy(trace + trace_size, bytes, size);
  trace_size += size;
}

void hf_log(enum hf_kind kind, uint32_t mode, uint64_t inode, int64_t offset, const char *path, const void *data, size_t size) {
  if (path != NULL) path = hf_below(path);
  struct {
    uint32_t kind, mode;
    uint64_t inode;
    int64_t offset;
    uint32_t path_size, data_size;
  } head = {kind, mode, inode, offset, path == NULL ? 0 : strlen(path), size};
  append(&head, sizeof head);
  append(path, head.path_size);
  append(data, size);
}

int hf_fault(int takes_space, int is_read, int *partial) {
  uint32_t *count = is_read ? &calls_read : &calls_io;
  uint32_t mine = (*count)++;
  if (takes_space && !is_read) {
    uint32_t space = calls_space++;
    if (fail_kind == FAIL_SPACE) mine = space;
  }
  int is_mine = is_read ? fail_kind == FAIL_READ : fail_kind == FAIL_IO || (fail_kind == FAIL_SPACE && takes_space);
  if (!is_mine || !(mine == fail_at || (fail_forever && mine > fail_at))) return 0;
  int is_first = failed++ == 0;
  /* A disk that fills up takes the beginning of a write, and refuses only the next one. */
  if (fail_kind == FAIL_SPACE && fail_forever && is_first && partial != NULL) {
    *partial = 1;
    return 0;
  }
  return fail_kind == FAIL_SPACE ? ENOSPC : EIO;
}

static int text(napi_env env, napi_value value, char *out, size_t room) {
  size_t size = 0;
  return napi_get_value_string_utf8(env, value, out, room, &size) == napi_ok && size < room - 1;
}

static napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

static napi_value start(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  char path[HF_PATH];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc != 1 || !text(env, argv[0], path, sizeof path)) return refuse(env, "start(root: string)");
  hf_lock();
  strcpy(root, path);
  root_size = strlen(root);
  trace_size = 0;
  calls_space = calls_io = calls_read = 0;
  fail_kind = FAIL_NOTHING;
  failed = 0;
  active = 1;
  hf_unlock();
  return NULL;
}

static napi_value mark(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  size_t argc = 1;
  char words[HF_PATH];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc != 1 || !text(env, argv[0], words, sizeof words)) return refuse(env, "mark(text: string)");
  hf_lock();
  if (active) hf_log(HF_MARK, 0, 0, 0, NULL, words, strlen(words));
  hf_unlock();
  return NULL;
}

static napi_value fail(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  size_t argc = 3;
  char kind[16];
  bool forever;
  uint32_t at;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc != 3 || !text(env, argv[0], kind, sizeof kind) || napi_get_value_uint32(env, argv[1], &at) != napi_ok ||
      napi_get_value_bool(env, argv[2], &forever) != napi_ok)
    return refuse(env, "fail(kind: string, at: number, forever: boolean)");
  hf_lock();
  fail_kind = strcmp(kind, "space") == 0 ? FAIL_SPACE : strcmp(kind, "io") == 0 ? FAIL_IO : FAIL_READ;
  fail_at = at;
  fail_forever = forever;
  failed = 0;
  hf_unlock();
  return NULL;
}

static void put(napi_env env, napi_value object, const char *name, uint32_t value) {
  napi_value number;
  if (napi_create_uint32(env, value, &number) == napi_ok) napi_set_named_property(env, object, name, number);
}

static napi_value stop(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result, bytes;
  hf_lock();
  active = 0;
  int ok = napi_create_object(env, &result) == napi_ok &&
           napi_create_buffer_copy(env, trace_size, trace, NULL, &bytes) == napi_ok;
  if (ok) {
    napi_set_named_property(env, result, "trace", bytes);
    put(env, result, "space", calls_space);
    put(env, result, "io", calls_io);
    put(env, result, "read", calls_read);
    put(env, result, "failed", failed);
  }
  hf_unlock();
  return ok ? result : refuse(env, "the trace does not fit into memory");
}

NAPI_MODULE_INIT() {
  const struct { const char *name; napi_callback call; } calls[] = {
      {"start", start}, {"mark", mark}, {"fail", fail}, {"stop", stop}};
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    napi_value function;
    if (napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call, NULL, &function) != napi_ok) return NULL;
    if (napi_set_named_property(env, exports, calls[i].name, function) != napi_ok) return NULL;
  }
  return exports;
}
