/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "nn/gguf/type.h"

#include <string.h>

#include <glib.h>

#include "nn/gguf/blocks.h"
#include "nn/gguf/quant.h"

static void
dequantize_f32 (const void *src, float *dst, size_t n_values)
{
  memcpy (dst, src, n_values * sizeof (float));
}

static void
dequantize_f16 (const void *src, float *dst, size_t n_values)
{
  const uint8_t *bytes = src;
  uint16_t half;

  for (size_t i = 0; i < n_values; i++) {
    memcpy (&half, bytes + 2 * i, 2);
    dst[i] = nn_f16_to_f32 (half);
  }
}

static void
dequantize_bf16 (const void *src, float *dst, size_t n_values)
{
  const uint8_t *bytes = src;
  uint16_t value;

  for (size_t i = 0; i < n_values; i++) {
    memcpy (&value, bytes + 2 * i, 2);
    dst[i] = nn_bf16_to_f32 (value);
  }
}

static const struct {
  NnTypeInfo info;
  NnDequantize dequantize;
} types[] = {
  [NN_TYPE_F32] = { { "F32", 1, 4 }, dequantize_f32 },
  [NN_TYPE_F16] = { { "F16", 1, 2 }, dequantize_f16 },
  [NN_TYPE_Q4_0] = { { "Q4_0", NN_QK, sizeof (NnBlockQ40) }, nn_dequantize_q4_0 },
  [NN_TYPE_Q4_1] = { { "Q4_1", NN_QK, sizeof (NnBlockQ41) }, nn_dequantize_q4_1 },
  [NN_TYPE_Q5_0] = { { "Q5_0", NN_QK, sizeof (NnBlockQ50) }, nn_dequantize_q5_0 },
  [NN_TYPE_Q5_1] = { { "Q5_1", NN_QK, sizeof (NnBlockQ51) }, nn_dequantize_q5_1 },
  [NN_TYPE_Q8_0] = { { "Q8_0", NN_QK, sizeof (NnBlockQ80) }, nn_dequantize_q8_0 },
  [NN_TYPE_Q2_K] = { { "Q2_K", NN_QK_K, sizeof (NnBlockQ2K) }, nn_dequantize_q2_k },
  [NN_TYPE_Q3_K] = { { "Q3_K", NN_QK_K, sizeof (NnBlockQ3K) }, nn_dequantize_q3_k },
  [NN_TYPE_Q4_K] = { { "Q4_K", NN_QK_K, sizeof (NnBlockQ4K) }, nn_dequantize_q4_k },
  [NN_TYPE_Q5_K] = { { "Q5_K", NN_QK_K, sizeof (NnBlockQ5K) }, nn_dequantize_q5_k },
  [NN_TYPE_Q6_K] = { { "Q6_K", NN_QK_K, sizeof (NnBlockQ6K) }, nn_dequantize_q6_k },
  [NN_TYPE_IQ4_NL] = { { "IQ4_NL", NN_QK, sizeof (NnBlockIq4Nl) }, nn_dequantize_iq4_nl },
  [NN_TYPE_IQ4_XS] = { { "IQ4_XS", NN_QK_K, sizeof (NnBlockIq4Xs) }, nn_dequantize_iq4_xs },
  [NN_TYPE_I8] = { { "I8", 1, 1 }, NULL },
  [NN_TYPE_I16] = { { "I16", 1, 2 }, NULL },
  [NN_TYPE_I32] = { { "I32", 1, 4 }, NULL },
  [NN_TYPE_BF16] = { { "BF16", 1, 2 }, dequantize_bf16 },
};

const NnTypeInfo *
nn_type_info (uint32_t type)
{
  if (type >= G_N_ELEMENTS (types) || types[type].info.name == NULL)
    return NULL;
  return &types[type].info;
}

size_t
nn_type_row_bytes (NnType type, size_t n_values)
{
  const NnTypeInfo *info = nn_type_info (type);

  g_assert (info != NULL);
  g_assert (n_values % (size_t) info->block_values == 0);
  return n_values / (size_t) info->block_values * (size_t) info->block_bytes;
}

void
nn_dequantize_row (NnType type, const void *src, float *dst, size_t n_values)
{
  const NnTypeInfo *info = nn_type_info (type);

  g_assert (info != NULL && types[type].dequantize != NULL);
  g_assert (n_values % (size_t) info->block_values == 0);
  types[type].dequantize (src, dst, n_values / (size_t) info->block_values);
}

static float
float_from_bits (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static uint32_t
float_to_bits (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

float
nn_f16_to_f32 (uint16_t half)
{
  uint32_t sign = (uint32_t) (half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 31, fraction = half & 0x3ff;

  if (exponent == 0) { /* zero and subnormals: a multiple of 2^-24, exact in single precision */
    float magnitude = (float) fraction * 0x1p-24f;

    return float_from_bits (sign | float_to_bits (magnitude));
  }
  if (exponent == 31)
    return float_from_bits (sign | 0x7f800000 | fraction << 13);
  return float_from_bits (sign | (exponent + 112) << 23 | fraction << 13);
}

uint16_t
nn_f16_from_f32 (float value)
{
  uint32_t bits = float_to_bits (value), magnitude = bits & 0x7fffffff;
  uint16_t sign = (uint16_t) ((bits >> 16) & 0x8000);

  if (magnitude > 0x7f800000) /* NaN stays NaN, quiet */
    return (uint16_t) (sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) /* 65520 and above round to infinity */
    return sign | 0x7c00;
  if (magnitude < 0x38800000) /* below 2^-14: adding 0.5 rounds to multiples of 2^-24 */
    return (uint16_t) (sign | (float_to_bits (float_from_bits (magnitude) + 0.5f) - 0x3f000000));
  magnitude += 0xfff + ((magnitude >> 13) & 1);
  return (uint16_t) (sign | ((magnitude - 0x38000000) >> 13));
}

float
nn_bf16_to_f32 (uint16_t value)
{
  return float_from_bits ((uint32_t) value << 16);
}

uint16_t
nn_bf16_from_f32 (float value)
{
  uint32_t bits = float_to_bits (value);

  if ((bits & 0x7fffffff) > 0x7f800000)
    return (uint16_t) ((bits >> 16) | 0x40);
  return (uint16_t) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
