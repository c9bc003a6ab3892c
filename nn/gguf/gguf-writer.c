/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/gguf/gguf-writer.h"

#include <math.h>
#include <string.h>

#include "nn/gguf/blocks.h"

#define VERSION 3
#define ALIGNMENT 32
/* The types of metadata that are written. */
#define KIND_STRING 8
#define KIND_ARRAY 9
#define KIND_INT64 11
#define KIND_DOUBLE 12

struct _NnGgufWriter {
  GByteArray *metadata;
  GByteArray *tensors; /* their directory */
  GByteArray *data;
  uint64_t n_keys;
  uint64_t n_tensors;
};

NnGgufWriter *
nn_gguf_writer_new (const char *architecture)
{
  NnGgufWriter *writer = g_new0 (NnGgufWriter, 1);

  writer->metadata = g_byte_array_new ();
  writer->tensors = g_byte_array_new ();
  writer->data = g_byte_array_new ();
  nn_gguf_writer_add_string (writer, "general.architecture", architecture);
  return writer;
}

void
nn_gguf_writer_free (NnGgufWriter *writer)
{
  g_byte_array_unref (writer->metadata);
  g_byte_array_unref (writer->tensors);
  g_byte_array_unref (writer->data);
  g_free (writer);
}

/* Numbers of the machine's byte order, which is the format's wherever this program runs. */
static void
put (GByteArray *out, const void *bytes, size_t n)
{
  g_byte_array_append (out, bytes, (guint) n);
}

static void
put_u32 (GByteArray *out, uint32_t value)
{
  put (out, &value, sizeof value);
}

static void
put_u64 (GByteArray *out, uint64_t value)
{
  put (out, &value, sizeof value);
}

static void
put_string (GByteArray *out, const char *string)
{
  put_u64 (out, strlen (string));
  put (out, string, strlen (string));
}

static void
begin_key (NnGgufWriter *writer, const char *key, uint32_t kind)
{
  put_string (writer->metadata, key);
  put_u32 (writer->metadata, kind);
  writer->n_keys++;
}

void
nn_gguf_writer_add_string (NnGgufWriter *writer, const char *key, const char *value)
{
  begin_key (writer, key, KIND_STRING);
  put_string (writer->metadata, value);
}

void
nn_gguf_writer_add_strings (NnGgufWriter *writer, const char *key, const char *const *values,
                            size_t n)
{
  begin_key (writer, key, KIND_ARRAY);
  put_u32 (writer->metadata, KIND_STRING);
  put_u64 (writer->metadata, n);
  for (size_t i = 0; i < n; i++)
    put_string (writer->metadata, values[i]);
}

void
nn_gguf_writer_add_int (NnGgufWriter *writer, const char *key, int64_t value)
{
  begin_key (writer, key, KIND_INT64);
  put (writer->metadata, &value, sizeof value);
}

void
nn_gguf_writer_add_double (NnGgufWriter *writer, const char *key, double value)
{
  begin_key (writer, key, KIND_DOUBLE);
  put (writer->metadata, &value, sizeof value);
}

static void
put_q8_0 (GByteArray *out, const float *values)
{
  NnBlockQ80 block;
  float largest = 0;

  for (int i = 0; i < 32; i++)
    largest = MAX (largest, fabsf (values[i]));
  block.d = nn_f16_from_f32 (largest / 127);
  const float scale = nn_f16_to_f32 (block.d);
  for (int i = 0; i < 32; i++)
    block.qs[i] =
        (int8_t) (scale > 0 ? CLAMP (nearbyintf (values[i] / scale), -127.0f, 127.0f) : 0);
  put (out, &block, sizeof block);
}

static void
put_values (GByteArray *out, NnType type, const float *values, size_t n)
{
  if (type == NN_TYPE_F32)
    put (out, values, n * sizeof *values);
  else if (type == NN_TYPE_F16)
    for (size_t i = 0; i < n; i++)
      put (out, &(uint16_t){ nn_f16_from_f32 (values[i]) }, sizeof (uint16_t));
  else
    for (size_t i = 0; i < n; i += 32)
      put_q8_0 (out, values + i);
}

static void
pad (GByteArray *out, size_t n_before)
{
  static const uint8_t zeros[ALIGNMENT] = { 0 };

  put (out, zeros, (ALIGNMENT - (n_before + out->len) % ALIGNMENT) % ALIGNMENT);
}

void
nn_gguf_writer_add_matrix (NnGgufWriter *writer, const char *name, NnType type, int64_t width,
                           int64_t n_rows, const float *values)
{
  const gboolean is_matrix = n_rows > 0;

  g_return_if_fail (type == NN_TYPE_F32 || type == NN_TYPE_F16
                    || (type == NN_TYPE_Q8_0 && width % 32 == 0));
  put_string (writer->tensors, name);
  put_u32 (writer->tensors, is_matrix ? 2 : 1);
  put_u64 (writer->tensors, (uint64_t) width);
  if (is_matrix)
    put_u64 (writer->tensors, (uint64_t) n_rows);
  put_u32 (writer->tensors, (uint32_t) type);
  put_u64 (writer->tensors, writer->data->len);
  put_values (writer->data, type, values, (size_t) width * (size_t) (is_matrix ? n_rows : 1));
  pad (writer->data, 0);
  writer->n_tensors++;
}

GBytes *
nn_gguf_writer_finish (const NnGgufWriter *writer)
{
  GByteArray *out = g_byte_array_new ();

  put (out, "GGUF", 4);
  put_u32 (out, VERSION);
  put_u64 (out, writer->n_tensors);
  put_u64 (out, writer->n_keys);
  put (out, writer->metadata->data, writer->metadata->len);
  put (out, writer->tensors->data, writer->tensors->len);
  pad (out, 0);
  put (out, writer->data->data, writer->data->len);
  return g_byte_array_free_to_bytes (out);
}
