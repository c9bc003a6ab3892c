/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Makes small GGUF files for tests, in memory or on disk.
 *
 * Keys and tensors are written in the order they were added. The builder does not check what it
 * writes: tests of the reader want broken files too. Data is copied.
 *
 *   g_autoptr (GgufBuilder) builder = gguf_builder_new ();
 *   gguf_builder_add_string (builder, "general.architecture", "llama");
 *   gguf_builder_add_u32 (builder, "llama.block_count", 2);
 *   gguf_builder_add_f32_tensor (builder, "output_norm.weight", 1, (int64_t[]){ 64 }, values);
 *   g_autoptr (GBytes) bytes = gguf_builder_build (builder);
 */

#pragma once

#include "nn/gguf/gguf.h"

G_BEGIN_DECLS

typedef struct _GgufBuilder GgufBuilder;

GgufBuilder *gguf_builder_new (void);
void gguf_builder_free (GgufBuilder *builder);
/* Defaults: version 3, alignment 32 (written as general.alignment only if set). */
void gguf_builder_set_version (GgufBuilder *builder, uint32_t version);
void gguf_builder_set_alignment (GgufBuilder *builder, uint32_t alignment);

void gguf_builder_add_u32 (GgufBuilder *builder, const char *key, uint32_t value);
void gguf_builder_add_f32 (GgufBuilder *builder, const char *key, float value);
void gguf_builder_add_boolean (GgufBuilder *builder, const char *key, gboolean value);
void gguf_builder_add_string (GgufBuilder *builder, const char *key, const char *value);
void gguf_builder_add_strings (GgufBuilder *builder, const char *key, const char *const *values,
                               size_t n);
/* Strings with NULs inside, as byte tokens have them. */
void gguf_builder_add_byte_strings (GgufBuilder *builder, const char *key,
                                    const NnGgufString *values, size_t n);
void gguf_builder_add_floats (GgufBuilder *builder, const char *key, const float *values, size_t n);
void gguf_builder_add_ints (GgufBuilder *builder, const char *key, const int32_t *values, size_t n);
/* Any value: the type's code of the format, then the bytes that follow it. */
void gguf_builder_add_raw (GgufBuilder *builder, const char *key, uint32_t type, const void *data,
                           size_t n_bytes);

/* n_bytes may be other than the dimensions say. */
void gguf_builder_add_tensor (GgufBuilder *builder, const char *name, uint32_t type, int n_dims,
                              const int64_t *dims, const void *data, size_t n_bytes);
void gguf_builder_add_f32_tensor (GgufBuilder *builder, const char *name, int n_dims,
                                  const int64_t *dims, const float *values);

/* The file so far; more may be added afterwards. (transfer full). */
GBytes *gguf_builder_build (const GgufBuilder *builder);
/* Aborts the test if the file cannot be written. */
void gguf_builder_write (const GgufBuilder *builder, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GgufBuilder, gguf_builder_free)

G_END_DECLS
