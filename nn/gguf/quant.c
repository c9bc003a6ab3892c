/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The types with one scale per 32 values. */

#include "nn/gguf/quant.h"

#include "nn/gguf/blocks.h"
#include "nn/gguf/type.h"

const int8_t nn_iq4_values[16] = { -127, -104, -83, -65, -49, -35, -22, -10,
                                   1,    13,   25,  38,  53,  69,  89,  113 };

void
nn_dequantize_q4_0 (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ40 *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK / 2; j++) {
      dst[j] = d * (float) ((block->qs[j] & 15) - 8);
      dst[j + 16] = d * (float) ((block->qs[j] >> 4) - 8);
    }
  }
}

void
nn_dequantize_q4_1 (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ41 *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);
    float m = nn_f16_to_f32 (block->m);

    for (int j = 0; j < NN_QK / 2; j++) {
      dst[j] = d * (float) (block->qs[j] & 15) + m;
      dst[j + 16] = d * (float) (block->qs[j] >> 4) + m;
    }
  }
}

/* Value j (0..31) of a block with a fifth bit apart. */
static int
five_bits (const uint8_t qh[4], const uint8_t *qs, int j)
{
  int low = j < 16 ? qs[j] & 15 : qs[j - 16] >> 4;

  return low | (((qh[j / 8] >> (j % 8)) & 1) << 4);
}

void
nn_dequantize_q5_0 (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ50 *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK; j++)
      dst[j] = d * (float) (five_bits (block->qh, block->qs, j) - 16);
  }
}

void
nn_dequantize_q5_1 (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ51 *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);
    float m = nn_f16_to_f32 (block->m);

    for (int j = 0; j < NN_QK; j++)
      dst[j] = d * (float) five_bits (block->qh, block->qs, j) + m;
  }
}

void
nn_dequantize_q8_0 (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ80 *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK; j++)
      dst[j] = d * (float) block->qs[j];
  }
}

void
nn_dequantize_iq4_nl (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockIq4Nl *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK / 2; j++) {
      dst[j] = d * (float) nn_iq4_values[block->qs[j] & 15];
      dst[j + 16] = d * (float) nn_iq4_values[block->qs[j] >> 4];
    }
  }
}
