/* What the N-API glue of all calls shares: reading arguments, and answering. */
#ifndef HOLDFAST_GLUE_H
#define HOLDFAST_GLUE_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <string.h>

#define PATH_BYTES 4096 /* PATH_MAX with its NUL */

static inline napi_value number(napi_env env, int value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static inline napi_value refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, NULL, message);
  return NULL;
}

/* Reads `count` arguments; missing ones are undefined and fail the typed reads below. */
static inline int arguments(napi_env env, napi_callback_info info, size_t count, napi_value *argv) {
  size_t argc = count;
  return napi_get_cb_info(env, info, &argc, argv, NULL, NULL) == napi_ok;
}

/* A whole number from -1 up: N-API's own conversion to int32 would turn NaN into descriptor 0 and 2^32 + 5 into 5. */
static inline int descriptor(napi_env env, napi_value value, int *fd) {
  double n;
  if (napi_get_value_double(env, value, &n) != napi_ok || !(n >= -1 && n <= INT32_MAX) || n != (int)n) return 0;
  *fd = (int)n;
  return 1;
}

/* Copies a string with its length; 0 if it is no string, does not fit, or holds a NUL (another name for the kernel). */
static inline int text(napi_env env, napi_value value, char out[PATH_BYTES], size_t *len) {
  size_t bytes = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &bytes) != napi_ok || bytes >= PATH_BYTES) return 0;
  return napi_get_value_string_utf8(env, value, out, PATH_BYTES, len) == napi_ok && !memchr(out, 0, *len);
}

/* The memory of a typed array of this type, and how many bytes it has. */
static inline int array(napi_env env, napi_value value, napi_typedarray_type type, void **bytes, size_t *len) {
  bool typed = false;
  napi_typedarray_type is;
  size_t items;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return 0;
  if (napi_get_typedarray_info(env, value, &is, &items, bytes, NULL, NULL) != napi_ok || is != type) return 0;
  *len = items * (type == napi_uint8_array ? 1 : 8);
  return 1;
}

/* Adds the calls of tree.h; 0 where that fails. */
int tree_exports(napi_env env, napi_value exports);

/* Adds the calls of native-hash.c; 0 where that fails. */
int hash_exports(napi_env env, napi_value exports);

#endif
