/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Activations into panels with AVX2. */

#include "nn/kernels/kernels-avx2.h"

#include <immintrin.h>

/* Four values of four tokens are transposed in registers. Steps of the input are the outer loop, so
 * that a panel is written front to back. */
void
nn_avx2_fill_float (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
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

static inline int
add_lanes (__m256i v)
{
  __m128i sum = _mm_add_epi32 (_mm256_castsi256_si128 (v), _mm256_extracti128_si256 (v, 1));

  sum = _mm_add_epi32 (sum, _mm_srli_si128 (sum, 8));
  sum = _mm_add_epi32 (sum, _mm_srli_si128 (sum, 4));
  return _mm_cvtsi128_si32 (sum);
}

/* 16 values to codes at value k; returns minus their sum. */
static inline int
store_codes (const float *x, int k, __m256 inverse, const NnPanel *panel, int token)
{
  __m256i a = _mm256_cvtps_epi32 (_mm256_mul_ps (_mm256_loadu_ps (x + k), inverse));
  __m256i b = _mm256_cvtps_epi32 (_mm256_mul_ps (_mm256_loadu_ps (x + k + 8), inverse));
  __m128i a16 = _mm_packs_epi32 (_mm256_castsi256_si128 (a), _mm256_extracti128_si256 (a, 1));
  __m128i b16 = _mm_packs_epi32 (_mm256_castsi256_si128 (b), _mm256_extracti128_si256 (b, 1));
  __m128i bytes = _mm_packs_epi16 (a16, b16);
  size_t step = 4 * (size_t) panel->width;
  int8_t *to = panel->codes + (size_t) (k / 4) * step + 4 * (size_t) token;

  _mm_storeu_si32 (to, bytes);
  _mm_storeu_si32 (to + step, _mm_srli_si128 (bytes, 4));
  _mm_storeu_si32 (to + 2 * step, _mm_srli_si128 (bytes, 8));
  _mm_storeu_si32 (to + 3 * step, _mm_srli_si128 (bytes, 12));
  return -add_lanes (_mm256_add_epi32 (a, b));
}

static inline float
largest (const float *x, int n)
{
  const __m256 sign = _mm256_set1_ps (-0.0f);
  __m256 highest = _mm256_setzero_ps ();

  for (int i = 0; i < n; i += 8)
    highest = _mm256_max_ps (highest, _mm256_andnot_ps (sign, _mm256_loadu_ps (x + i)));

  __m128 four = _mm_max_ps (_mm256_castps256_ps128 (highest), _mm256_extractf128_ps (highest, 1));
  four = _mm_max_ps (four, _mm_movehl_ps (four, four));
  return _mm_cvtss_f32 (_mm_max_ss (four, _mm_movehdup_ps (four)));
}

static inline float
round_to_half (float v)
{
  return _cvtsh_ss (_cvtss_sh (v, _MM_FROUND_TO_NEAREST_INT));
}

void
nn_avx2_fill_32 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 32) {
      size_t at = (size_t) (k / 32) * (size_t) panel->width + (size_t) token;
      float highest = largest (x + k, 32);
      __m256 inverse = _mm256_set1_ps (highest > 0.0f ? 127.0f / highest : 0.0f);
      float d = highest / 127.0f;
      int sum = store_codes (x, k, inverse, panel, token);

      sum += store_codes (x, k + 16, inverse, panel, token);
      panel->sums_32[at] = sum;
      panel->scales[at] = round_to_half (d);
      panel->products[at] = round_to_half (d * (float) -sum);
    }
}

void
nn_avx2_fill_256 (const float *x, size_t x_stride, int n_in, const NnPanel *panel)
{
  size_t width = (size_t) panel->width;

  for (int token = 0; token < panel->width; token++, x += x_stride)
    for (int k = 0; k < n_in; k += 256) {
      float highest = largest (x + k, 256);
      float inverse = highest > 0.0f ? 127.0f / highest : 0.0f;

      for (int i = 0; i < 8; i++) {
        size_t at = (size_t) (k / 32 + i);
        int first = store_codes (x, k + 32 * i, _mm256_set1_ps (inverse), panel, token);
        int second = store_codes (x, k + 32 * i + 16, _mm256_set1_ps (inverse), panel, token);

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
