/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Functions of one row, and of lanes, with AVX-512. */

#include "nn/kernels/kernels-avx512.h"

#include <immintrin.h>
#include <math.h>

#define INLINE static inline __attribute__ ((always_inline))

enum { LANES = 16 };
typedef __m512 V;

INLINE __mmask16
mask_of (int m)
{
  return m >= LANES ? 0xffff : (__mmask16) ((1u << m) - 1);
}

INLINE V
v_load (const float *p, int m)
{
  /* A masked load has to wait until what was just stored there has left the core's queue. */
  return m >= LANES ? _mm512_loadu_ps (p) : _mm512_maskz_loadu_ps (mask_of (m), p);
}

INLINE void
v_store (float *p, V v, int m)
{
  if (m >= LANES)
    _mm512_storeu_ps (p, v);
  else
    _mm512_mask_storeu_ps (p, mask_of (m), v);
}

INLINE void
v_store_halves (uint16_t *p, V v, int m)
{
  _mm256_mask_storeu_epi16 (p, mask_of (m), _mm512_cvtps_ph (v, _MM_FROUND_TO_NEAREST_INT));
}

INLINE V
v_first (V v, int m)
{
  return _mm512_maskz_mov_ps (mask_of (m), v);
}

INLINE V
v_set (float f)
{
  return _mm512_set1_ps (f);
}

INLINE V
v_add (V a, V b)
{
  return _mm512_add_ps (a, b);
}

INLINE V
v_sub (V a, V b)
{
  return _mm512_sub_ps (a, b);
}

INLINE V
v_mul (V a, V b)
{
  return _mm512_mul_ps (a, b);
}

INLINE V
v_div (V a, V b)
{
  return _mm512_div_ps (a, b);
}

INLINE V
v_fma (V a, V b, V c)
{
  return _mm512_fmadd_ps (a, b, c);
}

INLINE V
v_fnma (V a, V b, V c)
{
  return _mm512_fnmadd_ps (a, b, c);
}

INLINE V
v_max (V a, V b)
{
  return _mm512_max_ps (a, b);
}

INLINE V
v_min (V a, V b)
{
  return _mm512_min_ps (a, b);
}

INLINE V
v_round (V a)
{
  return _mm512_roundscale_ps (a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE V
v_scale_by_power (V a, V n)
{
  return _mm512_scalef_ps (a, n);
}

INLINE float
v_total (V v)
{
  return _mm512_reduce_add_ps (v);
}

INLINE float
v_highest (V v)
{
  return _mm512_reduce_max_ps (v);
}

#include "nn/kernels/kernels-rows-body.h"

enum { UNITS = 2, VECTORS = 3 };

#include "nn/kernels/kernels-lstm-body.h"

const NnRowKernels nn_rows_avx512 = ROW_KERNELS;

void
nn_avx512_lstm_step (const NnLstmLaneWeight *weight, const float *x, const float *h, int n_rows,
                     float *cell, float *out)
{
  lstm_step (weight, x, h, n_rows, cell, out);
}
