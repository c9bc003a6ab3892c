/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the AVX-512 table share. */

#pragma once

#include "nn/kernels/kernels-fetch.h"
#include "nn/kernels/kernels.h"

#include <immintrin.h>

void nn_avx512_fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx512_fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);
void nn_avx512_fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel);

void nn_avx512_widen_q4k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile);
void nn_avx512_widen_q5k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile);
void nn_avx512_widen_q6k (const NnPack *pack, int tile, int begin, const NnPack *to, int to_tile);

extern const NnRowKernels nn_rows_avx512;
void nn_avx512_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h,
                          int n_rows, float *cell, float *out);
extern const NnConvKernels nn_conv_avx512;

ALWAYS_INLINE __m512
load_halves (const void *p)
{
  return _mm512_cvtph_ps (_mm256_loadu_si256 (p));
}

ALWAYS_INLINE const uint8_t *
tile_data (const NnPack *pack, int tile)
{
  return pack->data + (size_t) tile * pack->tile_bytes;
}

/* The fifth bits of step i of a sub-block, at their place above the low ones. */
ALWAYS_INLINE __m512i
q5k_codes (__m512i low, __m512i high, const int i)
{
  if (i < 4)
    high = _mm512_slli_epi16 (high, (unsigned int) (4 - i));
  else if (i > 4)
    high = _mm512_srli_epi16 (high, (unsigned int) (i - 4));
  /* (high & 0x10) | low */
  return _mm512_ternarylogic_epi32 (high, _mm512_set1_epi8 (0x10), low, 0xea);
}

/* The codes of step i (four values) of a part of 64. */
ALWAYS_INLINE __m512i
q6k_codes (const NnRecordQ6K *record, int part, const int i, const int T)
{
  __m512i low = _mm512_load_si512 (record->parts[part].low[i % 8]);
  __m512i high = _mm512_load_si512 (record->parts[part].high[i % 4]);

  if (i < 8)
    fetch_ahead (record->parts[part].low[i], T);
  if (i < 4)
    fetch_ahead (record->parts[part].high[i], T);
  if (i >= 8)
    low = _mm512_srli_epi16 (low, 4);
  if (i < 4)
    high = _mm512_slli_epi16 (high, 4);
  else if (i < 8)
    high = _mm512_slli_epi16 (high, 2);
  else if (i >= 12)
    high = _mm512_srli_epi16 (high, 2);
  low = _mm512_and_si512 (low, _mm512_set1_epi8 (15));
  /* (high & 0x30) | low */
  return _mm512_ternarylogic_epi32 (high, _mm512_set1_epi8 (0x30), low, 0xea);
}
