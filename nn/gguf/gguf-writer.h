/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Makes a GGUF file (version 3) in memory: metadata and tensors in the order in which they were
 * added. Everything is copied.
 *
 *   g_autoptr (NnGgufWriter) writer = nn_gguf_writer_new ("voice");
 *   nn_gguf_writer_add_matrix (writer, "features", NN_TYPE_Q8_0, 512, n_rows, values);
 *   g_autoptr (GBytes) bytes = nn_gguf_writer_finish (writer);
 *
 * Source: the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md).
 */

#pragma once

#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

typedef struct _NnGgufWriter NnGgufWriter;

/* (transfer full): with general.architecture. */
NnGgufWriter *nn_gguf_writer_new (const char *architecture);
void nn_gguf_writer_free (NnGgufWriter *writer);

/* Keys and values are valid UTF-8. */
void nn_gguf_writer_add_string (NnGgufWriter *writer, const char *key, const char *value);
void nn_gguf_writer_add_strings (NnGgufWriter *writer, const char *key, const char *const *values,
                                 size_t n);
void nn_gguf_writer_add_int (NnGgufWriter *writer, const char *key, int64_t value);
void nn_gguf_writer_add_double (NnGgufWriter *writer, const char *key, double value);
/* A tensor of dims { width, n_rows }, or { width } if n_rows is 0. type: F32, F16 or Q8_0; of the
 * last, width is a multiple of 32. */
void nn_gguf_writer_add_matrix (NnGgufWriter *writer, const char *name, NnType type, int64_t width,
                                int64_t n_rows, const float *values);
/* (transfer full) */
GBytes *nn_gguf_writer_finish (const NnGgufWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (NnGgufWriter, nn_gguf_writer_free)

G_END_DECLS
