/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The types with 256 values in a block and small scales per sub-block. */

#include "nn/gguf/quant.h"

#include "nn/gguf/blocks.h"
#include "nn/gguf/type.h"

void
nn_dequantize_q2_k (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ2K *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);
    float dmin = nn_f16_to_f32 (block->dmin);

    for (int j = 0; j < NN_QK_K; j++) {
      int half = j / 128, shift = 2 * (j % 128 / 32);
      int q = (block->qs[32 * half + j % 32] >> shift) & 3;
      uint8_t scale = block->scales[j / 16];

      dst[j] = d * (float) (scale & 15) * (float) q - dmin * (float) (scale >> 4);
    }
  }
}

void
nn_dequantize_q3_k (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ3K *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK_K; j++) {
      int half = j / 128, shift = 2 * (j % 128 / 32);
      int low = (block->qs[32 * half + j % 32] >> shift) & 3;
      int high = (block->hmask[j % 32] >> (j / 32)) & 1;

      dst[j] = d * (float) nn_q3k_scale (block->scales, j / 16) * (float) ((low | (high << 2)) - 4);
    }
  }
}

void
nn_dequantize_q4_k (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ4K *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);
    float dmin = nn_f16_to_f32 (block->dmin);

    for (int s = 0; s < 8; s++) {
      const uint8_t *qs = block->qs + 32 * (s / 2);
      uint8_t scale, min;

      nn_k4_scale_min (block->scales, s, &scale, &min);
      float step = d * (float) scale, offset = dmin * (float) min;
      for (int l = 0; l < 32; l++)
        dst[32 * s + l] = step * (float) ((qs[l] >> (4 * (s % 2))) & 15) - offset;
    }
  }
}

void
nn_dequantize_q5_k (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ5K *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);
    float dmin = nn_f16_to_f32 (block->dmin);

    for (int s = 0; s < 8; s++) {
      const uint8_t *qs = block->qs + 32 * (s / 2);
      uint8_t scale, min;

      nn_k4_scale_min (block->scales, s, &scale, &min);
      float step = d * (float) scale, offset = dmin * (float) min;
      for (int l = 0; l < 32; l++) {
        int q = ((qs[l] >> (4 * (s % 2))) & 15) | (((block->qh[l] >> s) & 1) << 4);

        dst[32 * s + l] = step * (float) q - offset;
      }
    }
  }
}

void
nn_dequantize_q6_k (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockQ6K *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);

    for (int j = 0; j < NN_QK_K; j++) {
      int half = j / 128, s = j % 128 / 32, l = j % 32;
      int low = (block->ql[64 * half + 32 * (s % 2) + l] >> (4 * (s / 2))) & 15;
      int high = (block->qh[32 * half + l] >> (2 * s)) & 3;

      dst[j] = d * (float) block->scales[j / 16] * (float) ((low | (high << 4)) - 32);
    }
  }
}

void
nn_dequantize_iq4_xs (const void *src, float *dst, size_t n_blocks)
{
  const NnBlockIq4Xs *block = src;

  for (size_t i = 0; i < n_blocks; i++, block++, dst += NN_QK_K) {
    float d = nn_f16_to_f32 (block->d);

    for (int s = 0; s < 8; s++) {
      const uint8_t *qs = block->qs + 16 * s;
      float step = d * (float) nn_iq4xs_scale (block, s);

      for (int l = 0; l < 16; l++) {
        dst[32 * s + l] = step * (float) nn_iq4_values[qs[l] & 15];
        dst[32 * s + l + 16] = step * (float) nn_iq4_values[qs[l] >> 4];
      }
    }
  }
}
