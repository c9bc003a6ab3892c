/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Activations into panels with AVX-512. */

#include "nn/kernels/kernels-avx512.h"

#include <immintrin.h>

/* Four values of four tokens are transposed in registers. Steps of the input are the outer loop, so
 * that a panel is written front to back. */
void
nn_avx512_fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  size_t width = (size_t) panel->width;
  size_t fours = width / 4 * 4;
  int k = 0;

  for (; fours > 0 && k + 4 <= n_in; k += 4) {
    float *to = panel->values + (size_t) k * width;

    for (size_t t = 0; t < fours; t += 4) {
      const float *from = x + t * x_stride + (size_t) k;
      __m128 a = _mm_loadu_ps (from);
      __m128 b = _mm_loadu_ps (from + x_stride);
      __m128 c = _mm_loadu_ps (from + 2 * x_stride);
      __m128 d = _mm_loadu_ps (from + 3 * x_stride);

      _MM_TRANSPOSE4_PS (a, b, c, d);
      _mm_storeu_ps (to + t, a);
      _mm_storeu_ps (to + width + t, b);
      _mm_storeu_ps (to + 2 * width + t, c);
      _mm_storeu_ps (to + 3 * width + t, d);
    }
  }
  for (; k < n_in; k++)
    for (size_t t = 0; t < fours; t++)
      panel->values[(size_t) k * width + t] = x[t * x_stride + (size_t) k];
  for (size_t t = fours; t < width; t++)
    for (k = 0; k < n_in; k++)
      panel->values[(size_t) k * width + t] = x[t * x_stride + (size_t) k];
}

/* 16 values to codes at value k; returns minus their sum. */
static inline int
store_codes (const float *x, int k, __m512 inverse, const NnPanel *panel, int token)
{
  __m512i codes = _mm512_cvtps_epi32 (_mm512_mul_ps (_mm512_loadu_ps (x + k), inverse));
  __m128i bytes = _mm512_cvtsepi32_epi8 (codes);
  size_t step = 4 * (size_t) panel->width;
  int8_t *to = panel->codes + (size_t) (k / 4) * step + 4 * (size_t) token;

  if (panel->width == 1) {
    _mm_storeu_si128 ((__m128i *) to, bytes);
  } else {
    _mm_storeu_si32 (to, bytes);
    _mm_storeu_si32 (to + step, _mm_srli_si128 (bytes, 4));
    _mm_storeu_si32 (to + 2 * step, _mm_srli_si128 (bytes, 8));
    _mm_storeu_si32 (to + 3 * step, _mm_srli_si128 (bytes, 12));
  }
  return -_mm512_reduce_add_epi32 (codes);
}

static inline float
largest (const float *x, int n)
{
  __m512 highest = _mm512_setzero_ps ();

  for (int i = 0; i < n; i += 16)
    highest = _mm512_max_ps (highest, _mm512_abs_ps (_mm512_loadu_ps (x + i)));
  return _mm512_reduce_max_ps (highest);
}

static inline float
round_to_half (float v)
{
  return _cvtsh_ss (_cvtss_sh (v, _MM_FROUND_TO_NEAREST_INT));
}

/* 16 values of each of 8 tokens to codes at value k. Four codes of a token are transposed as one
 * number of 32 bits. Returns minus the tokens' sums. */
static inline __m256i
store_codes_8 (const float *x, size_t x_stride, int k, const __m512 *inverse, const NnPanel *panel)
{
  const __m256i ones = _mm256_set1_epi8 (1);
  int8_t *to = panel->codes + (size_t) k * 8;
  __m256i sums = _mm256_setzero_si256 ();
  __m128 steps[8];

  for (int t = 0; t < 8; t++) {
    __m512 v = _mm512_mul_ps (_mm512_loadu_ps (x + (size_t) t * x_stride + (size_t) k), inverse[t]);

    steps[t] = _mm_castsi128_ps (_mm512_cvtsepi32_epi8 (_mm512_cvtps_epi32 (v)));
  }
  _MM_TRANSPOSE4_PS (steps[0], steps[1], steps[2], steps[3]);
  _MM_TRANSPOSE4_PS (steps[4], steps[5], steps[6], steps[7]);
  for (int i = 0; i < 4; i++) {
    __m256i codes = _mm256_castps_si256 (_mm256_set_m128 (steps[4 + i], steps[i]));

    _mm256_storeu_si256 ((__m256i *) (to + 32 * i), codes);
    sums = _mm256_dpbusd_epi32 (sums, ones, codes);
  }
  return _mm256_sub_epi32 (_mm256_setzero_si256 (), sums);
}

/* The highest magnitude of n values of each of 8 tokens. */
static inline __m256
largest_8 (const float *x, size_t x_stride, int n)
{
  __m256 v[8];

  for (int t = 0; t < 8; t++, x += x_stride) {
    __m512 highest = _mm512_abs_ps (_mm512_loadu_ps (x));

    for (int i = 16; i < n; i += 16)
      highest = _mm512_max_ps (highest, _mm512_abs_ps (_mm512_loadu_ps (x + i)));
    v[t] = _mm256_max_ps (_mm512_castps512_ps256 (highest), _mm512_extractf32x8_ps (highest, 1));
  }
  /* Within each half of 128 bits, four tokens at once; then the halves. */
  for (int t = 0; t < 8; t += 2)
    v[t] = _mm256_max_ps (_mm256_unpacklo_ps (v[t], v[t + 1]), _mm256_unpackhi_ps (v[t], v[t + 1]));
  for (int t = 0; t < 8; t += 4)
    v[t] = _mm256_max_ps (_mm256_castpd_ps (_mm256_unpacklo_pd (_mm256_castps_pd (v[t]),
                                                                _mm256_castps_pd (v[t + 2]))),
                          _mm256_castpd_ps (_mm256_unpackhi_pd (_mm256_castps_pd (v[t]),
                                                                _mm256_castps_pd (v[t + 2]))));
  return _mm256_max_ps (_mm256_permute2f128_ps (v[0], v[4], 0x20),
                        _mm256_permute2f128_ps (v[0], v[4], 0x31));
}

/* 127 / highest, or 0 for a block of zeros; and the same for each token in all lanes. */
static inline __m256
inverse_8 (__m256 highest, __m512 *inverse)
{
  __mmask8 positive = _mm256_cmp_ps_mask (highest, _mm256_setzero_ps (), _CMP_GT_OQ);
  __m256 all = _mm256_maskz_div_ps (positive, _mm256_set1_ps (127.0f), highest);
  float each[8];

  _mm256_storeu_ps (each, all);
  for (int t = 0; t < 8; t++)
    inverse[t] = _mm512_set1_ps (each[t]);
  return all;
}

static inline __m256
round_to_half_8 (__m256 v)
{
  return _mm256_cvtph_ps (_mm256_cvtps_ph (v, _MM_FROUND_TO_NEAREST_INT));
}

static void
fill_32_8 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  for (int k = 0; k < n_in; k += 32) {
    size_t at = (size_t) (k / 32) * 8;
    __m256 highest = largest_8 (x + k, x_stride, 32);
    __m256 d = _mm256_div_ps (highest, _mm256_set1_ps (127.0f));
    __m512 inverse[8];

    inverse_8 (highest, inverse);
    __m256i sums = _mm256_add_epi32 (store_codes_8 (x, x_stride, k, inverse, panel),
                                     store_codes_8 (x, x_stride, k + 16, inverse, panel));
    __m256 products =
        _mm256_mul_ps (d, _mm256_cvtepi32_ps (_mm256_sub_epi32 (_mm256_setzero_si256 (), sums)));
    _mm256_storeu_si256 ((__m256i *) (panel->sums_32 + at), sums);
    _mm256_storeu_ps (panel->scales + at, round_to_half_8 (d));
    _mm256_storeu_ps (panel->products + at, round_to_half_8 (products));
  }
}

static void
fill_256_8 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  const __m256i zero = _mm256_setzero_si256 ();

  for (int k = 0; k < n_in; k += 256) {
    __m512 inverse[8];
    __m256 all = inverse_8 (largest_8 (x + k, x_stride, 256), inverse);
    __mmask8 positive = _mm256_cmp_ps_mask (all, _mm256_setzero_ps (), _CMP_GT_OQ);
    __m256i even = zero;

    for (int i = 0; i < 8; i++) {
      size_t at = (size_t) (k / 32 + i) * 8;
      __m256i first = store_codes_8 (x, x_stride, k + 32 * i, inverse, panel);
      __m256i second = store_codes_8 (x, x_stride, k + 32 * i + 16, inverse, panel);
      __m256i sums = _mm256_add_epi32 (first, second);
      __m256i plain = _mm256_sub_epi32 (zero, sums);

      _mm256_storeu_si256 ((__m256i *) (panel->sums_16 + 2 * at), first);
      _mm256_storeu_si256 ((__m256i *) (panel->sums_16 + 2 * at + 8), second);
      _mm256_storeu_si256 ((__m256i *) (panel->sums_32 + at), sums);
      if (i % 2 == 0)
        even = _mm256_and_si256 (plain, _mm256_set1_epi32 (0xffff));
      else
        _mm256_storeu_si256 ((__m256i *) (panel->pairs + (at - 8)),
                             _mm256_or_si256 (even, _mm256_slli_epi32 (plain, 16)));
    }
    _mm256_storeu_ps (panel->scales + (size_t) (k / 256) * 8,
                      _mm256_maskz_div_ps (positive, _mm256_set1_ps (1.0f), all));
  }
}

void
nn_avx512_fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  if (panel->width == 8) {
    fill_32_8 (x, x_stride, n_in, panel);
    return;
  }
  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 32) {
      size_t at = (size_t) (k / 32) * (size_t) panel->width + (size_t) token;
      float highest = largest (x + k, 32);
      __m512 inverse = _mm512_set1_ps (highest > 0.0f ? 127.0f / highest : 0.0f);
      float d = highest / 127.0f;
      int sum = store_codes (x, k, inverse, panel, token);

      sum += store_codes (x, k + 16, inverse, panel, token);
      panel->sums_32[at] = sum;
      panel->scales[at] = round_to_half (d);
      panel->products[at] = round_to_half (d * (float) -sum);
    }
}

void
nn_avx512_fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  size_t width = (size_t) panel->width;

  if (panel->width == 8) {
    fill_256_8 (x, x_stride, n_in, panel);
    return;
  }
  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 256) {
      float highest = largest (x + k, 256);
      float inverse = highest > 0.0f ? 127.0f / highest : 0.0f;

      for (int i = 0; i < 8; i++) {
        size_t at = (size_t) (k / 32 + i);
        int first = store_codes (x, k + 32 * i, _mm512_set1_ps (inverse), panel, token);
        int second = store_codes (x, k + 32 * i + 16, _mm512_set1_ps (inverse), panel, token);

        panel->sums_16[2 * at * width + (size_t) token] = first;
        panel->sums_16[(2 * at + 1) * width + (size_t) token] = second;
        panel->sums_32[at * width + (size_t) token] = first + second;
        panel->pairs[((at / 2) * width + (size_t) token) * 2 + at % 2] =
            (int16_t) - (first + second);
      }
      panel->scales[(size_t) (k / 256) * width + (size_t) token] =
          highest > 0.0f ? 1.0f / inverse : 0.0f;
    }
}
