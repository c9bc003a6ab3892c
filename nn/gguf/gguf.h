/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A GGUF file (version 2 or 3), memory-mapped and read-only.
 *
 * Opening checks the whole directory (every count, offset, type, string and alignment against the
 * file's size) before anything is used, so what the getters return lies inside the mapping.
 * Everything returned is owned by the NnGguf and lives as long as it does; it never changes, so any
 * thread may read it. Dimensions are in the file's order: dims[0] is the contiguous one, so a
 * weight of a linear layer [n_out, n_in] has dims = { n_in, n_out }.
 *
 *   g_autoptr (NnGguf) gguf = nn_gguf_open (path, &error);
 *   const NnTensor *w = nn_gguf_require (gguf, "output.weight", 2, (int64_t[]){ d, v }, &error);
 *
 * Source: the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md).
 */

#pragma once

#include "nn/base/nn-error.h"
#include "nn/gguf/type.h"

G_BEGIN_DECLS

typedef struct _NnGguf NnGguf;

typedef struct {
  const char *name; /* NUL-terminated UTF-8 */
  NnType type;
  int n_dims;       /* 1..4 */
  int64_t dims[4];  /* dims[0] is contiguous; those past n_dims are 1 */
  const void *data; /* inside the mapping, aligned to 8 bytes at the least */
  size_t n_bytes;
} NnTensor;

/* Bytes that need not be text and may hold NULs: token strings. Not NUL-terminated. */
typedef struct {
  const char *data;
  size_t length;
} NnGgufString;

/* (transfer full); NN_ERROR_IO, _FORMAT, _UNSUPPORTED. */
NnGguf *nn_gguf_open (const char *path, GError **error);
/* The same over bytes in memory; `name` stands in messages in place of the path. */
NnGguf *nn_gguf_new_from_bytes (GBytes *bytes, const char *name, GError **error);
NnGguf *nn_gguf_ref (NnGguf *gguf);
void nn_gguf_unref (NnGguf *gguf);

const char *nn_gguf_get_path (const NnGguf *gguf);
uint64_t nn_gguf_get_n_bytes (const NnGguf *gguf);
/* (transfer full): what tells these weights from others, 64 hexadecimal digits, without reading all
 * of the file: its length, its beginning, and short stretches from all over it. */
char *nn_gguf_get_fingerprint (const NnGguf *gguf);
/* Tells the kernel that the mapped pages of a tensor are not needed for now (after repacking): they
 * leave the resident set and come back from the file if they are read again. */
void nn_gguf_release_pages (const NnGguf *gguf, const NnTensor *tensor);

/* Metadata. A missing key is NN_ERROR_MISSING, another type NN_ERROR_FORMAT, a value that does not
 * fit NN_ERROR_FORMAT. Integers of any width are read as int64, floats of any width as double. */
gboolean nn_gguf_has_key (const NnGguf *gguf, const char *key);
gboolean nn_gguf_get_int (const NnGguf *gguf, const char *key, int64_t *value, GError **error);
gboolean nn_gguf_get_double (const NnGguf *gguf, const char *key, double *value, GError **error);
gboolean nn_gguf_get_boolean (const NnGguf *gguf, const char *key, gboolean *value, GError **error);
/* NUL-terminated; a string with a NUL inside is NN_ERROR_FORMAT. */
const char *nn_gguf_get_string (const NnGguf *gguf, const char *key, GError **error);
const NnGgufString *nn_gguf_get_strings (const NnGguf *gguf, const char *key, size_t *n,
                                         GError **error);
const float *nn_gguf_get_floats (const NnGguf *gguf, const char *key, size_t *n, GError **error);
const int32_t *nn_gguf_get_ints (const NnGguf *gguf, const char *key, size_t *n, GError **error);

/* Tensors. */
size_t nn_gguf_get_n_tensors (const NnGguf *gguf);
const NnTensor *nn_gguf_get_tensor (const NnGguf *gguf, size_t index);
const NnTensor *nn_gguf_find (const NnGguf *gguf, const char *name); /* NULL if absent */
/* As nn_gguf_find, but an absent tensor is NN_ERROR_MISSING, other dimensions NN_ERROR_SHAPE. */
const NnTensor *nn_gguf_require (const NnGguf *gguf, const char *name, int n_dims,
                                 const int64_t *dims, GError **error);
/* The same of a tensor that is F32, or NN_ERROR_SHAPE, and finite throughout, or NN_ERROR_FORMAT:
 * its data may be used as it lies there. */
const NnTensor *nn_gguf_require_floats (const NnGguf *gguf, const char *name, int n_dims,
                                        const int64_t *dims, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnGguf, nn_gguf_unref)

G_END_DECLS
