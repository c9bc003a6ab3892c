/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/gguf/gguf.h"
#include "tests/fuzz/fuzz-target.h"

static const char *const keys[] = { "general.architecture",
                                    "general.alignment",
                                    "i8",
                                    "u64",
                                    "f64",
                                    "boolean",
                                    "strings",
                                    "floats",
                                    "ints" };

/* Asks for every key as every kind. */
static void
read_key (const NnGguf *gguf, const char *key)
{
  int64_t integer;
  double number;
  gboolean boolean;
  size_t n;

  nn_gguf_get_int (gguf, key, &integer, NULL);
  nn_gguf_get_double (gguf, key, &number, NULL);
  nn_gguf_get_boolean (gguf, key, &boolean, NULL);
  const char *string = nn_gguf_get_string (gguf, key, NULL);
  if (string != NULL)
    g_assert_true (g_utf8_validate (string, -1, NULL));
  const NnGgufString *strings = nn_gguf_get_strings (gguf, key, &n, NULL);
  /* Reads every byte, whatever the verdict. */
  for (size_t i = 0; strings != NULL && i < n; i++)
    g_free (g_memdup2 (strings[i].data, strings[i].length));
  nn_gguf_get_ints (gguf, key, &n, NULL);
  nn_gguf_get_floats (gguf, key, &n, NULL);
}

/* Reads the first and last block of the data. */
static void
read_tensor (const NnTensor *tensor)
{
  const NnTypeInfo *info = nn_type_info (tensor->type);
  float block[256];

  if (tensor->type >= NN_TYPE_I8 && tensor->type <= NN_TYPE_I32)
    return;
  size_t last = tensor->n_bytes - (size_t) info->block_bytes;
  nn_dequantize_row (tensor->type, tensor->data, block, (size_t) info->block_values);
  nn_dequantize_row (tensor->type, (const uint8_t *) tensor->data + last, block,
                     (size_t) info->block_values);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (NnGguf) gguf = nn_gguf_new_from_bytes (bytes, "fuzz", &error);

  g_assert_true ((gguf == NULL) == (error != NULL));
  if (gguf == NULL)
    return 0;
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    read_key (gguf, keys[i]);
  for (size_t i = 0; i < nn_gguf_get_n_tensors (gguf); i++)
    read_tensor (nn_gguf_get_tensor (gguf, i));
  return 0;
}
