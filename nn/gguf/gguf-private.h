/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the parser of the directory (gguf-parse.c) fills in and the getters (gguf.c) read. */

#pragma once

#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

/* Codes of metadata values in the file. */
typedef enum {
  NN_GGUF_U8,
  NN_GGUF_I8,
  NN_GGUF_U16,
  NN_GGUF_I16,
  NN_GGUF_U32,
  NN_GGUF_I32,
  NN_GGUF_F32,
  NN_GGUF_BOOL,
  NN_GGUF_STRING,
  NN_GGUF_ARRAY,
  NN_GGUF_U64,
  NN_GGUF_I64,
  NN_GGUF_F64,
  NN_GGUF_N_TYPES
} NnGgufValueType;

typedef struct {
  const char *key;
  NnGgufValueType type; /* of an array's elements, if is_array */
  gboolean is_array;
  gboolean fits; /* integers: the value fits in int64, an array's values in int32 */
  size_t n;      /* elements of an array */
  union {
    int64_t integer;
    double number;
    gboolean boolean;
    NnGgufString string;   /* NUL-terminated copy in `strings` */
    NnGgufString *strings; /* point into the mapping */
    float *floats;
    int32_t *ints;
    void *array;
  };
} NnGgufValue;

struct _NnGguf {
  gatomicrefcount ref_count;
  char *path; /* as messages print it */
  const uint8_t *data;
  size_t n_bytes;
  GBytes *bytes; /* NULL: data is a mapping of n_bytes */
  NnGgufValue *values;
  size_t n_values;
  GHashTable *value_index; /* key -> NnGgufValue */
  NnTensor *tensors;
  size_t n_tensors;
  GHashTable *tensor_index; /* name -> NnTensor */
  GStringChunk *strings;    /* keys, names and single strings, NUL-terminated */
};

/* Reads and checks the directory of gguf->data. On failure what was filled in so far is freed with
 * the gguf. */
gboolean nn_gguf_parse (NnGguf *gguf, GError **error);

G_END_DECLS
