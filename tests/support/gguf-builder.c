/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/support/gguf-builder.h"

#include <string.h>

struct _GgufBuilder {
  uint32_t version;
  uint32_t alignment;
  uint64_t n_values;
  uint64_t n_tensors;
  GByteArray *values;
  GByteArray *tensors;
  GByteArray *data;
};

enum {
  TYPE_U32 = 4,
  TYPE_I32 = 5,
  TYPE_F32 = 6,
  TYPE_BOOLEAN = 7,
  TYPE_STRING = 8,
  TYPE_ARRAY = 9
};

static void
append_u32 (GByteArray *array, uint32_t value)
{
  g_byte_array_append (array, (const guint8 *) &value, sizeof value);
}

static void
append_u64 (GByteArray *array, uint64_t value)
{
  g_byte_array_append (array, (const guint8 *) &value, sizeof value);
}

static void
append_string (GByteArray *array, const char *string, size_t length)
{
  append_u64 (array, length);
  g_byte_array_append (array, (const guint8 *) string, (guint) length);
}

static void
append_padding (GByteArray *array, uint32_t alignment)
{
  static const guint8 zero;

  while (array->len % alignment != 0)
    g_byte_array_append (array, &zero, 1);
}

GgufBuilder *
gguf_builder_new (void)
{
  GgufBuilder *builder = g_new0 (GgufBuilder, 1);

  builder->version = 3;
  builder->alignment = 32;
  builder->values = g_byte_array_new ();
  builder->tensors = g_byte_array_new ();
  builder->data = g_byte_array_new ();
  return builder;
}

void
gguf_builder_free (GgufBuilder *builder)
{
  g_byte_array_unref (builder->values);
  g_byte_array_unref (builder->tensors);
  g_byte_array_unref (builder->data);
  g_free (builder);
}

void
gguf_builder_set_version (GgufBuilder *builder, uint32_t version)
{
  builder->version = version;
}

void
gguf_builder_set_alignment (GgufBuilder *builder, uint32_t alignment)
{
  g_assert (builder->n_tensors == 0);
  builder->alignment = alignment;
  gguf_builder_add_u32 (builder, "general.alignment", alignment);
}

void
gguf_builder_add_raw (GgufBuilder *builder, const char *key, uint32_t type, const void *data,
                      size_t n_bytes)
{
  append_string (builder->values, key, strlen (key));
  append_u32 (builder->values, type);
  g_byte_array_append (builder->values, data, (guint) n_bytes);
  builder->n_values++;
}

void
gguf_builder_add_u32 (GgufBuilder *builder, const char *key, uint32_t value)
{
  gguf_builder_add_raw (builder, key, TYPE_U32, &value, sizeof value);
}

void
gguf_builder_add_f32 (GgufBuilder *builder, const char *key, float value)
{
  gguf_builder_add_raw (builder, key, TYPE_F32, &value, sizeof value);
}

void
gguf_builder_add_boolean (GgufBuilder *builder, const char *key, gboolean value)
{
  uint8_t byte = value ? 1 : 0;

  gguf_builder_add_raw (builder, key, TYPE_BOOLEAN, &byte, sizeof byte);
}

void
gguf_builder_add_string (GgufBuilder *builder, const char *key, const char *value)
{
  gguf_builder_add_raw (builder, key, TYPE_STRING, NULL, 0);
  append_string (builder->values, value, strlen (value));
}

static void
begin_array (GgufBuilder *builder, const char *key, uint32_t type, size_t n)
{
  gguf_builder_add_raw (builder, key, TYPE_ARRAY, NULL, 0);
  append_u32 (builder->values, type);
  append_u64 (builder->values, n);
}

void
gguf_builder_add_strings (GgufBuilder *builder, const char *key, const char *const *values,
                          size_t n)
{
  begin_array (builder, key, TYPE_STRING, n);
  for (size_t i = 0; i < n; i++)
    append_string (builder->values, values[i], strlen (values[i]));
}

void
gguf_builder_add_byte_strings (GgufBuilder *builder, const char *key, const NnGgufString *values,
                               size_t n)
{
  begin_array (builder, key, TYPE_STRING, n);
  for (size_t i = 0; i < n; i++)
    append_string (builder->values, values[i].data, values[i].length);
}

void
gguf_builder_add_floats (GgufBuilder *builder, const char *key, const float *values, size_t n)
{
  begin_array (builder, key, TYPE_F32, n);
  g_byte_array_append (builder->values, (const guint8 *) values, (guint) (n * sizeof *values));
}

void
gguf_builder_add_ints (GgufBuilder *builder, const char *key, const int32_t *values, size_t n)
{
  begin_array (builder, key, TYPE_I32, n);
  g_byte_array_append (builder->values, (const guint8 *) values, (guint) (n * sizeof *values));
}

void
gguf_builder_add_tensor (GgufBuilder *builder, const char *name, uint32_t type, int n_dims,
                         const int64_t *dims, const void *data, size_t n_bytes)
{
  append_string (builder->tensors, name, strlen (name));
  append_u32 (builder->tensors, (uint32_t) n_dims);
  for (int i = 0; i < n_dims; i++)
    append_u64 (builder->tensors, (uint64_t) dims[i]);
  append_u32 (builder->tensors, type);
  append_padding (builder->data, builder->alignment);
  append_u64 (builder->tensors, builder->data->len);
  g_byte_array_append (builder->data, data, (guint) n_bytes);
  builder->n_tensors++;
}

void
gguf_builder_add_f32_tensor (GgufBuilder *builder, const char *name, int n_dims,
                             const int64_t *dims, const float *values)
{
  size_t n = 1;

  for (int i = 0; i < n_dims; i++)
    n *= (size_t) dims[i];
  gguf_builder_add_tensor (builder, name, NN_TYPE_F32, n_dims, dims, values, n * sizeof *values);
}

GBytes *
gguf_builder_build (const GgufBuilder *builder)
{
  GByteArray *file = g_byte_array_new ();

  g_byte_array_append (file, (const guint8 *) "GGUF", 4);
  append_u32 (file, builder->version);
  append_u64 (file, builder->n_tensors);
  append_u64 (file, builder->n_values);
  g_byte_array_append (file, builder->values->data, builder->values->len);
  g_byte_array_append (file, builder->tensors->data, builder->tensors->len);
  append_padding (file, builder->alignment);
  g_byte_array_append (file, builder->data->data, builder->data->len);
  return g_byte_array_free_to_bytes (file);
}

void
gguf_builder_write (const GgufBuilder *builder, const char *path)
{
  g_autoptr (GBytes) bytes = gguf_builder_build (builder);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  g_file_set_contents (path, data, (gssize) length, &error);
  g_assert_no_error (error);
}
