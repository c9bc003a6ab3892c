/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions of one row, and of lanes, with AVX2. */

#include "nn/kernels/kernels-avx2.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__ ((always_inline))

enum { LANES = 8 };
typedef __m256 V;

INLINE __m256i
mask_of (int m)
{
  return _mm256_cmpgt_epi32 (_mm256_set1_epi32 (m), _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE V
v_load (const float *p, int m)
{
  return m >= LANES ? _mm256_loadu_ps (p) : _mm256_maskload_ps (p, mask_of (m));
}

INLINE void
v_store (float *p, V v, int m)
{
  if (m >= LANES)
    _mm256_storeu_ps (p, v);
  else
    _mm256_maskstore_ps (p, mask_of (m), v);
}

INLINE void
v_store_halves (uint16_t *p, V v, int m)
{
  uint16_t halves[LANES];

  _mm_storeu_si128 ((__m128i *) halves, _mm256_cvtps_ph (v, _MM_FROUND_TO_NEAREST_INT));
  memcpy (p, halves, sizeof *p * (size_t) (m < LANES ? m : LANES));
}

INLINE V
v_first (V v, int m)
{
  return _mm256_and_ps (v, _mm256_castsi256_ps (mask_of (m)));
}

INLINE V
v_set (float f)
{
  return _mm256_set1_ps (f);
}

INLINE V
v_add (V a, V b)
{
  return _mm256_add_ps (a, b);
}

INLINE V
v_sub (V a, V b)
{
  return _mm256_sub_ps (a, b);
}

INLINE V
v_mul (V a, V b)
{
  return _mm256_mul_ps (a, b);
}

INLINE V
v_div (V a, V b)
{
  return _mm256_div_ps (a, b);
}

INLINE V
v_fma (V a, V b, V c)
{
  return _mm256_fmadd_ps (a, b, c);
}

INLINE V
v_fnma (V a, V b, V c)
{
  return _mm256_fnmadd_ps (a, b, c);
}

INLINE V
v_max (V a, V b)
{
  return _mm256_max_ps (a, b);
}

INLINE V
v_min (V a, V b)
{
  return _mm256_min_ps (a, b);
}

INLINE V
v_round (V a)
{
  return _mm256_round_ps (a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* In two factors, so that results that are subnormal or infinite come out right. */
INLINE V
v_scale_by_power (V a, V n)
{
  __m256i whole = _mm256_cvtps_epi32 (n);
  __m256i half = _mm256_srai_epi32 (whole, 1);
  __m256i bias = _mm256_set1_epi32 (127);
  __m256i first = _mm256_slli_epi32 (_mm256_add_epi32 (half, bias), 23);
  __m256i second = _mm256_slli_epi32 (_mm256_add_epi32 (_mm256_sub_epi32 (whole, half), bias), 23);

  return _mm256_mul_ps (_mm256_mul_ps (a, _mm256_castsi256_ps (first)),
                        _mm256_castsi256_ps (second));
}

INLINE float
v_total (V v)
{
  __m128 sum = _mm_add_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  sum = _mm_add_ps (sum, _mm_movehl_ps (sum, sum));
  return _mm_cvtss_f32 (_mm_add_ss (sum, _mm_movehdup_ps (sum)));
}

INLINE float
v_highest (V v)
{
  __m128 four = _mm_max_ps (_mm256_castps256_ps128 (v), _mm256_extractf128_ps (v, 1));

  four = _mm_max_ps (four, _mm_movehl_ps (four, four));
  return _mm_cvtss_f32 (_mm_max_ss (four, _mm_movehdup_ps (four)));
}

#include "nn/kernels/kernels-rows-body.h"

enum { UNITS = 1, VECTORS = 3 };

#include "nn/kernels/kernels-lstm-body.h"

const NnRowKernels nn_rows_avx2 = ROW_KERNELS;

void
nn_avx2_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h, int n_rows,
                   float *cell, float *out)
{
  lstm_step (weight, x, h, n_rows, cell, out);
}
