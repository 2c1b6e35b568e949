/*
 * SHA-256 on libuv's threads, by the OpenSSL that Node carries and exports: a worker thread of Node costs ten megabytes, and
 * hashing needs none of what is in it.
 *
 * hashNew() gives a hash; hashUpdate(hash, bytes) a promise that resolves when the bytes are taken, which must stay as they
 * are until then; hashDigest(hash) the digest so far as 64 hexadecimal digits, without ending it. One update at a time: a
 * second one, or a digest during one, throws.
 */
#include "glue.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define SHA256_BYTES 32

struct hash {
  EVP_MD_CTX *context;
  int busy;
};

struct update {
  struct hash *hash;
  const void *bytes;
  size_t len;
  int good;
  napi_async_work work;
  napi_deferred deferred;
  napi_ref kept[2]; /* the hash and the bytes, which must outlive the thread's work */
};

static void drop_hash(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  struct hash *hash = data;
  EVP_MD_CTX_free(hash->context);
  free(hash);
}

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value hash_new(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  struct hash *hash = calloc(1, sizeof(*hash));
  if (!hash) return fail(env, "cannot hash: no memory");
  hash->context = EVP_MD_CTX_new();
  if (!hash->context || !EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) ||
      napi_create_external(env, hash, drop_hash, NULL, &result) != napi_ok) {
    drop_hash(env, hash, NULL);
    return fail(env, "cannot hash: no memory");
  }
  return result;
}

/* The hash that is no external of another kind: this addon makes no other kind. */
static int hash_of(napi_env env, napi_value value, struct hash **hash) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return 0;
  return napi_get_value_external(env, value, (void **)hash) == napi_ok;
}

static void take(napi_env env, void *data) {
  (void)env;
  struct update *update = data;
  update->good = EVP_DigestUpdate(update->hash->context, update->bytes, update->len);
}

static void taken(napi_env env, napi_status status, void *data) {
  struct update *update = data;
  napi_value answer;
  update->hash->busy = 0;
  napi_get_undefined(env, &answer);
  if (status == napi_ok && update->good) {
    napi_resolve_deferred(env, update->deferred, answer);
  } else {
    napi_create_string_utf8(env, "cannot hash", NAPI_AUTO_LENGTH, &answer);
    napi_create_error(env, NULL, answer, &answer);
    napi_reject_deferred(env, update->deferred, answer);
  }
  for (int i = 0; i < 2; i++) napi_delete_reference(env, update->kept[i]);
  napi_delete_async_work(env, update->work);
  free(update);
}

static napi_value hash_update(napi_env env, napi_callback_info info) {
  napi_value argv[2], promise, name;
  struct hash *hash;
  void *bytes;
  size_t len;
  if (!arguments(env, info, 2, argv) || !hash_of(env, argv[0], &hash) ||
      !array(env, argv[1], napi_uint8_array, &bytes, &len))
    return refuse(env, "hashUpdate(hash, bytes: Uint8Array)");
  if (hash->busy) return fail(env, "cannot hash: an update is under way");
  struct update *update = calloc(1, sizeof(*update));
  if (!update) return fail(env, "cannot hash: no memory");
  update->hash = hash;
  update->bytes = bytes;
  update->len = len;
  if (napi_create_promise(env, &update->deferred, &promise) != napi_ok ||
      napi_create_string_utf8(env, "holdfast-hash", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, take, taken, update, &update->work) != napi_ok ||
      napi_create_reference(env, argv[0], 1, &update->kept[0]) != napi_ok ||
      napi_create_reference(env, argv[1], 1, &update->kept[1]) != napi_ok ||
      napi_queue_async_work(env, update->work) != napi_ok)
    napi_fatal_error("holdfast-hash", NAPI_AUTO_LENGTH, "no memory", NAPI_AUTO_LENGTH);
  hash->busy = 1;
  return promise;
}

static napi_value hash_digest(napi_env env, napi_callback_info info) {
  napi_value argv[1], result;
  struct hash *hash;
  unsigned char digest[SHA256_BYTES];
  char hex[2 * SHA256_BYTES + 1];
  if (!arguments(env, info, 1, argv) || !hash_of(env, argv[0], &hash)) return refuse(env, "hashDigest(hash)");
  if (hash->busy) return fail(env, "cannot hash: an update is under way");
  EVP_MD_CTX *copy = EVP_MD_CTX_new();
  int good = copy && EVP_MD_CTX_copy_ex(copy, hash->context) && EVP_DigestFinal_ex(copy, digest, NULL);
  EVP_MD_CTX_free(copy);
  if (!good) return fail(env, "cannot hash: no memory");
  for (int i = 0; i < SHA256_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  return napi_create_string_latin1(env, hex, 2 * SHA256_BYTES, &result) == napi_ok ? result : NULL;
}

int hash_exports(napi_env env, napi_value exports) {
  const struct { const char *name; napi_callback call; } functions[] = {
    {"hashNew", hash_new}, {"hashUpdate", hash_update}, {"hashDigest", hash_digest},
  };
  for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return 0;
  }
  return 1;
}
